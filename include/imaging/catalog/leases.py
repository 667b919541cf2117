"""Who is rewriting a batch: one attempt at a time, known by a token of its own."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select, update

from include.imaging.catalog.claims import in_utc
from include.imaging.catalog.plans import writing_batch
from include.imaging.catalog.tables import batches
from include.imaging.errors import TransientError

WORK_LEASE = timedelta(minutes=3)
RENEWED_EVERY = timedelta(seconds=30)


class WorkLease:
    """One attempt's hold on a batch; `owner` names its run, whose dead attempts it replaces."""

    def __init__(self, engine: Engine, batch_id: str, owner: str) -> None:
        self._engine = engine
        self._batch_id = batch_id
        self._owner = owner
        self._token = f"{owner} {uuid.uuid4().hex}"
        self._lost = threading.Event()
        self._ends = time.monotonic()

    def take(self) -> bool:
        """Take the batch unless another run holds it; returns whether this attempt has it now."""
        with writing_batch(self._engine, self._batch_id) as connection:
            query = select(batches.c.worker, batches.c.worker_until)
            row = connection.execute(query.where(batches.c.batch_id == self._batch_id)).one()
            is_held = row.worker_until is not None and in_utc(row.worker_until) > datetime.now(UTC)
            if is_held and row.worker.rpartition(" ")[0] != self._owner:
                return False
            ends, until = _from_now()
            connection.execute(
                update(batches)
                .where(batches.c.batch_id == self._batch_id)
                .values(worker=self._token, worker_until=until)
            )
        self._ends = ends
        return True

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Renew the lease by the clock, however slow the work is, until the block ends."""
        ended = threading.Event()
        thread = threading.Thread(target=self._keep, args=(ended,), name="lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def require(self) -> None:
        """Raise TransientError unless the batch is known to be this attempt's; asks nobody.

        A lease that could not be renewed before it ran out is as good as taken over.
        """
        if self._lost.is_set():
            raise self._taken_over()
        if time.monotonic() >= self._ends:
            raise TransientError(
                "LEASE_EXPIRED",
                f"the hold on batch {self._batch_id} could not be renewed in the catalog, so "
                "another attempt may have it by now: this one stops, its next try takes it anew",
            )

    def renew(self) -> None:
        """Hold on; raises TransientError when a later attempt has taken the batch over."""
        ends, until = _from_now()
        self._set(until)
        self._ends = ends

    def give_back(self) -> None:
        """Let go of the batch."""
        self._set(None)

    def _set(self, until: datetime | None) -> None:
        mine = (batches.c.batch_id == self._batch_id) & (batches.c.worker == self._token)
        with writing_batch(self._engine, self._batch_id) as connection:
            held = connection.execute(update(batches).where(mine).values(worker_until=until))
        if held.rowcount == 0:
            self._lost.set()
            raise self._taken_over()

    def _keep(self, ended: threading.Event) -> None:
        while not (ended.wait(RENEWED_EVERY.total_seconds()) or self._lost.is_set()):
            # a thread that ended of an error would renew no more, so it ends of none: whatever
            # stood in the way, the catalog is asked again, and `require` tells the worker once
            # the batch has been taken over or the lease has run out
            with suppress(Exception):
                self.renew()

    def _taken_over(self) -> TransientError:
        return TransientError(
            "BATCH_TAKEN_OVER",
            f"a later attempt is rewriting batch {self._batch_id}: this one stops",
        )


def _from_now() -> tuple[float, datetime]:
    """Return when a lease of now ends: by a clock that nobody sets, and by the catalog's."""
    return time.monotonic() + WORK_LEASE.total_seconds(), datetime.now(UTC) + WORK_LEASE
