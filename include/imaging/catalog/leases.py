"""Who is rewriting a batch: one attempt at a time, known by a token of its own."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select, update

from include.imaging.catalog.claims import in_utc
from include.imaging.catalog.plans import writing_batch
from include.imaging.catalog.tables import batches
from include.imaging.errors import TransientError

WORK_LEASE = timedelta(minutes=3)


class WorkLease:
    """One attempt's hold on a batch; `owner` names its run, whose dead attempts it replaces."""

    def __init__(self, engine: Engine, batch_id: str, owner: str) -> None:
        self._engine = engine
        self._batch_id = batch_id
        self._owner = owner
        self._token = f"{owner} {uuid.uuid4().hex}"

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
            raise TransientError(
                "BATCH_TAKEN_OVER",
                f"a later attempt is rewriting batch {self._batch_id}: this one stops",
            )
