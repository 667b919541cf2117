"""Which objects dciodvfy has found clean, by signature, so that a series costs one check."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

MOST_VERDICTS = 4096


class CleanVerdicts:
    """A bounded memory of clean verdicts; safe among threads.

    A verdict holds for an output alone where dciodvfy had nothing to say, and for a pair of
    original and output where it said the same of both.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[bytes, bytes], None] = OrderedDict()
        self._lock = Lock()

    def has(self, after: bytes, before: bytes = b"") -> bool:
        """Return whether a signature, or a pair of them, is known to be clean."""
        with self._lock:
            if (after, before) not in self._known:
                return False
            self._known.move_to_end((after, before))
            return True

    def add(self, after: bytes, before: bytes = b"") -> None:
        """Remember a clean verdict; the one that was asked for longest ago gives way."""
        with self._lock:
            self._known[(after, before)] = None
            while len(self._known) > MOST_VERDICTS:
                self._known.popitem(last=False)
