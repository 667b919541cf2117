"""Calls functions when their time has come, on one thread."""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)


class Clock:
    """A thread that waits for many moments at once; functions must be short."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="clock", daemon=True)
        self._thread.start()

    def at(self, moment: float, function: Callable[[], object]) -> None:
        """Call a function at a moment, in seconds since 1970; at once if it has passed."""
        with self._changed:
            heapq.heappush(self._due, (moment, next(self._order), function))
            self._changed.notify()

    def stop(self) -> None:
        """Call nothing more; waits for the function that runs."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while function := self._next():
            try:
                function()
            except Exception as error:  # noqa: BLE001 - the others must still be called
                log.error("a timed call broke: %s", type(error).__name__)

    def _next(self) -> Callable[[], object] | None:
        with self._changed:
            while not self._stopped:
                wait = self._due[0][0] - time.time() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
        return None
