"""Import jobs, exactly once: the intent is committed before the job, the job id right after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, exists, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from include.imaging.catalog.claims import in_utc, require_claims
from include.imaging.catalog.plans import writing_batch
from include.imaging.catalog.tables import batch_items, batches, claims, instances, jobs
from include.imaging.catalog.upsert import insert_from
from include.imaging.errors import CustomerError, TransientError

LEASE = timedelta(seconds=90)
INTENDED = "INTENDED"


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


def is_underway(connection: Connection, batch_id: str) -> bool:
    """Return whether a job of the batch may be importing, or has left nothing to import."""
    known = newest(connection, batch_id)
    return known is not None and not (known.reconciled and _count_left(connection, batch_id))


def intend(engine: Engine, batch_id: str, owner: str) -> Intent:
    """Commit the intent to start the batch's job, or return the job there is.

    The generation rises only after a job that ended and was reconciled, and then only for
    the instances that it left behind, which are claimed again, or for a batch that was
    packed anew since, because other content had taken its place. Raises TransientError while
    another run is starting the same job, CustomerError when its instances went elsewhere.
    """
    with writing_batch(engine, batch_id) as connection:
        known = newest(connection, batch_id)
        if known and not known.job_id:
            _lease(connection, known, owner)
            return known
        if known and not (known.reconciled and _reopen(connection, batch_id)):
            return known
        if not known:
            require_claims(connection, batch_id, _count_left(connection, batch_id))
        intent = Intent(batch_id, known.generation + 1 if known else 1, None, is_new=True)
        connection.execute(insert(jobs).values(**_row(intent, owner)))
        return intent


def withdraw(engine: Engine, intent: Intent) -> None:
    """Take an intent back whose job was never started, so that its batch may be mended."""
    with writing_batch(engine, intent.batch_id) as connection:
        connection.execute(delete(jobs).where(_is(intent), jobs.c.job_id.is_(None)))


def mark_started(engine: Engine, intent: Intent, job_id: str, status: str) -> None:
    """Commit the job id of an intent; the lease ends."""
    values = {"job_id": job_id, "status": status, "lease_owner": None, "lease_until": None}
    with writing_batch(engine, intent.batch_id) as connection:
        connection.execute(update(jobs).where(_is(intent)).values(**values))


def mark_ended(connection: Connection, intent: Intent, status: str) -> None:
    """Write down the end of a job, and that its output is in the catalog."""
    connection.execute(
        update(jobs)
        .where(_is(intent))
        .values(status=status, reconciled=True, ended_at=datetime.now(UTC))
    )


def _is(intent: Intent) -> ColumnElement[bool]:
    return (jobs.c.batch_id == intent.batch_id) & (jobs.c.generation == intent.generation)


def _lease(connection: Connection, intent: Intent, owner: str) -> None:
    mine = _is(intent)
    row = connection.execute(select(jobs.c.lease_owner, jobs.c.lease_until).where(mine)).one()
    now = datetime.now(UTC)
    if row.lease_owner != owner and in_utc(row.lease_until) > now:
        raise TransientError(
            "JOB_BEING_STARTED",
            f"another run is starting the import job of batch {intent.batch_id}; "
            "this task looks again at its next try",
        )
    values = {"lease_owner": owner, "lease_until": now + LEASE}
    connection.execute(update(jobs).where(mine).values(**values))


def _reopen(connection: Connection, batch_id: str) -> int:
    """Claim what the batch has neither imported nor held; returns how many instances."""
    _leave_to_others(connection, batch_id)
    again = (
        select(
            batches.c.datastore_id,
            batch_items.c.sop_instance_uid,
            batch_items.c.content_hash,
            batches.c.batch_id,
        )
        .join_from(batch_items, batches, batches.c.batch_id == batch_items.c.batch_id)
        .where(_left(batch_id))
    )
    insert_from(connection, claims, again)
    count = _count_left(connection, batch_id)
    require_claims(connection, batch_id, count)
    pending = update(batch_items).where(_left(batch_id)).values(state="pending", reason=None)
    connection.execute(pending)
    if count:
        connection.execute(
            update(batches).where(batches.c.batch_id == batch_id).values(closed_at=None)
        )
    return count


def _leave_to_others(connection: Connection, batch_id: str) -> None:
    """Give up what another batch has imported meanwhile; CustomerError when it was other content.

    The same goes for what a live batch is about to import with other content.
    """
    store = select(batches.c.datastore_id).where(batches.c.batch_id == batch_id).scalar_subquery()

    def there(table: Table, same: bool) -> ColumnElement[bool]:
        is_same = table.c.content_hash == batch_items.c.content_hash
        return exists().where(
            table.c.datastore_id == store,
            table.c.sop_instance_uid == batch_items.c.sop_instance_uid,
            is_same if same else ~is_same,
        )

    imported = _left(batch_id) & there(instances, same=True)
    values = {"state": "elsewhere", "reason": "IN_DATA_STORE"}
    connection.execute(update(batch_items).where(imported).values(**values))
    # what the batch has claimed was decided when it was packed anew, and nothing has come since
    claimed = exists().where(
        claims.c.batch_id == batch_id,
        claims.c.sop_instance_uid == batch_items.c.sop_instance_uid,
    )
    changed = ~claimed & (there(instances, same=False) | there(claims, same=False))
    query = select(func.count()).select_from(batch_items).where(_left(batch_id), changed)
    if connection.execute(query).scalar_one():
        raise CustomerError(
            "CONTENT_CHANGED",
            f"another run sent newer content for instances of batch {batch_id}: leave this task "
            "as it is; the newer content stands",
        )


def _left(batch_id: str) -> ColumnElement[bool]:
    is_left = batch_items.c.state.in_(["failed", "pending", "abandoned"])
    return (batch_items.c.batch_id == batch_id) & is_left


def _count_left(connection: Connection, batch_id: str) -> int:
    query = select(func.count()).select_from(batch_items).where(_left(batch_id))
    return int(connection.execute(query).scalar_one())


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
