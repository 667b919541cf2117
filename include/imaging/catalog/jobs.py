"""Import jobs, exactly once: the intent is committed before the job, the job id right after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from include.imaging.catalog.engine import writing
from include.imaging.catalog.tables import batch_items, batches, claims, jobs
from include.imaging.catalog.upsert import insert_from
from include.imaging.errors import CustomerError, TransientError

LEASE = timedelta(seconds=90)
INTENDED = "INTENDED"
FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Intent:
    """The newest import job of a batch; without `job_id` it is still to be started or found.

    `is_new` tells that no earlier attempt can have started it, so nothing needs to be found.
    """

    batch_id: str
    generation: int
    job_id: str | None
    is_new: bool
    status: str = INTENDED
    reconciled: bool = False

    @property
    def is_live(self) -> bool:
        """Whether its job may still import, or did: a failed one whose output is known may not."""
        return not (self.status == FAILED and self.reconciled)

    @property
    def client_token(self) -> str:
        """The idempotency token of StartDICOMImportJob, equal at every attempt."""
        return f"{self.batch_id}-g{self.generation}"

    @property
    def job_name(self) -> str:
        """The name to find the job by; within [A-Za-z0-9._/#-]{1,64}."""
        return self.client_token


def newest(connection: Connection, batch_id: str) -> Intent | None:
    """Return the newest intent of a batch, or None when there never was one."""
    row = connection.execute(
        select(jobs).where(jobs.c.batch_id == batch_id).order_by(jobs.c.generation.desc()).limit(1)
    ).one_or_none()
    return None if row is None else _intent(row)


def has_live_job(connection: Connection, batch_id: str) -> bool:
    """Return whether a job of the batch was intended that may import, or has imported."""
    known = newest(connection, batch_id)
    return known is not None and known.is_live


def intend(engine: Engine, batch_id: str, owner: str) -> Intent:
    """Commit the intent to start the batch's job, or return the job there is.

    The generation rises only after a job that failed and was reconciled, and then only for
    the instances that it left failed, which are claimed again. Raises TransientError while
    another run is starting the same job, CustomerError when its instances went elsewhere.
    """
    with writing(engine, f"batch {batch_id}") as connection:
        known = newest(connection, batch_id)
        if known and known.job_id and known.is_live:
            return known
        if known and not known.job_id:
            _lease(connection, known, owner)
            return known
        if known and not _reopen(connection, batch_id):
            return known
        generation = known.generation + 1 if known else 1
        intent = Intent(batch_id, generation, None, is_new=True)
        connection.execute(insert(jobs).values(**_row(intent, owner)))
        return intent


def mark_started(engine: Engine, intent: Intent, job_id: str, status: str) -> None:
    """Commit the job id of an intent; the lease ends."""
    _update(engine, intent, job_id=job_id, status=status, lease_owner=None, lease_until=None)


def mark_ended(connection: Connection, intent: Intent, status: str) -> None:
    """Write down the end of a job, and that its output is in the catalog."""
    connection.execute(
        update(jobs)
        .where(jobs.c.batch_id == intent.batch_id, jobs.c.generation == intent.generation)
        .values(status=status, reconciled=True, ended_at=datetime.now(UTC))
    )


def _update(engine: Engine, intent: Intent, **values: object) -> None:
    with writing(engine, f"batch {intent.batch_id}") as connection:
        connection.execute(
            update(jobs)
            .where(jobs.c.batch_id == intent.batch_id, jobs.c.generation == intent.generation)
            .values(**values)
        )


def _lease(connection: Connection, intent: Intent, owner: str) -> None:
    mine = (jobs.c.batch_id == intent.batch_id) & (jobs.c.generation == intent.generation)
    row = connection.execute(select(jobs.c.lease_owner, jobs.c.lease_until).where(mine)).one()
    now = datetime.now(UTC)
    until = row.lease_until.replace(tzinfo=row.lease_until.tzinfo or UTC)
    if row.lease_owner != owner and until > now:
        raise TransientError(
            "JOB_BEING_STARTED",
            f"another run is starting the import job of batch {intent.batch_id}; "
            "this task looks again at its next try",
        )
    values = {"lease_owner": owner, "lease_until": now + LEASE}
    connection.execute(update(jobs).where(mine).values(**values))


def _reopen(connection: Connection, batch_id: str) -> int:
    """Claim what the batch has neither imported nor held; returns how many instances."""
    left = (batch_items.c.batch_id == batch_id) & batch_items.c.state.in_(["failed", "pending"])
    again = (
        select(
            batches.c.datastore_id,
            batch_items.c.sop_instance_uid,
            batch_items.c.content_hash,
            batches.c.batch_id,
        )
        .join_from(batch_items, batches, batches.c.batch_id == batch_items.c.batch_id)
        .where(left)
    )
    insert_from(connection, claims, again)
    wanted = _count(connection, batch_items, left)
    if _count(connection, claims, claims.c.batch_id == batch_id) < wanted:
        raise CustomerError(
            "CLAIMED_ELSEWHERE",
            f"instances of batch {batch_id} are on their way in another batch by now: "
            "leave this task as it is; the newer run carries them",
        )
    connection.execute(update(batch_items).where(left).values(state="pending", reason=None))
    connection.execute(update(batches).where(batches.c.batch_id == batch_id).values(closed_at=None))
    return wanted


def _count(connection: Connection, table: Table, where: ColumnElement[bool]) -> int:
    return int(
        connection.execute(select(func.count()).select_from(table).where(where)).scalar_one()
    )


def _row(intent: Intent, owner: str) -> dict[str, object]:
    now = datetime.now(UTC)
    return {
        "batch_id": intent.batch_id,
        "generation": intent.generation,
        "client_token": intent.client_token,
        "job_name": intent.job_name,
        "status": INTENDED,
        "lease_owner": owner,
        "lease_until": now + LEASE,
        "intended_at": now,
        "reconciled": False,
    }


def _intent(row: Any) -> Intent:
    return Intent(
        batch_id=row.batch_id,
        generation=row.generation,
        job_id=row.job_id,
        is_new=False,
        status=row.status,
        reconciled=bool(row.reconciled),
    )
