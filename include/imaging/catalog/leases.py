"""Who is rewriting a batch: one attempt at a time, known by a token of its own."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select, update
from sqlalchemy.exc import SQLAlchemyError

from include.imaging.catalog.claims import in_utc
from include.imaging.catalog.plans import writing_batch
from include.imaging.catalog.tables import batches
from include.imaging.errors import ImagingError, TransientError

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

    def take(self) -> bool:
        """Take the batch unless another run holds it; returns whether this attempt has it now."""
        with writing_batch(self._engine, self._batch_id) as connection:
            query = select(batches.c.worker, batches.c.worker_until)
            row = connection.execute(query.where(batches.c.batch_id == self._batch_id)).one()
            is_held = row.worker_until is not None and in_utc(row.worker_until) > datetime.now(UTC)
            if is_held and row.worker.rpartition(" ")[0] != self._owner:
                return False
            until = datetime.now(UTC) + WORK_LEASE
            connection.execute(
                update(batches)
                .where(batches.c.batch_id == self._batch_id)
                .values(worker=self._token, worker_until=until)
            )
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
        """Raise TransientError if the batch is known to have been taken over; asks nobody."""
        if self._lost.is_set():
            raise self._taken_over()

    def renew(self) -> None:
        """Hold on; raises TransientError when a later attempt has taken the batch over."""
        self._set(datetime.now(UTC) + WORK_LEASE)

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
            try:
                self.renew()
            except (SQLAlchemyError, ImagingError):
                # a catalog that does not answer is asked again; whoever took over has said so
                continue

    def _taken_over(self) -> TransientError:
        return TransientError(
            "BATCH_TAKEN_OVER",
            f"a later attempt is rewriting batch {self._batch_id}: this one stops",
        )
