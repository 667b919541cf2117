"""Claims of live batches: joining them, taking over what a dead one claimed, and holding on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, and_, delete, exists, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from include.imaging.catalog.decisions import Rules
from include.imaging.catalog.in_flight import claim_on
from include.imaging.catalog.run_items import RunRef
from include.imaging.catalog.tables import batch_items, batches, claims, items, jobs, runs
from include.imaging.catalog.verdicts import undecided
from include.imaging.errors import CustomerError, TransientError
from include.imaging.packing import Quota

GRACE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class LiveBatch:
    """A batch that holds claims on items of a run, and what is known of its owner."""

    batch_id: str
    owner: RunRef
    fingerprint: str
    is_intended: bool
    is_worked_on: bool
    packed_at: datetime
    items: int
    bytes: int

    def fits(self, quota: Quota) -> bool:
        """Return whether it would be packed as it is today; one item alone always would."""
        small = self.items <= quota.files and self.bytes <= quota.bytes
        return small or self.items == 1


def owners_to_join(connection: Connection, run: RunRef, rules: Rules) -> set[RunRef]:
    """Return the runs whose staged bytes this one may depend on, before anything is decided."""
    live = _live(connection, run, rules)
    return {batch.owner for batch in live if not batch.is_intended}


def join_live_batches(
    connection: Connection,
    run: RunRef,
    rules: Rules,
    quota: Quota,
    expired: Collection[RunRef] = (),
) -> None:
    """Let items that a live batch has claimed travel with it: same instance, same content.

    A batch whose job was never intended, and which nobody works on, is abandoned instead
    when it cannot be carried on: packed under another policy, above a quota that has been
    lowered since, or its owner's staged bytes are gone (`expired`, found out before the
    transaction). Its claims are free then, and its own start would be refused.
    Raises TransientError while a batch of another feed or policy holds claims.
    """
    for batch in _live(connection, run, rules):
        joinable = batch.owner.feed == run.feed and batch.fingerprint == rules.fingerprint
        is_sound = batch.owner not in expired and (batch.is_worked_on or batch.fits(quota))
        if joinable and (batch.is_intended or is_sound):
            _join(connection, run, rules, batch.batch_id)
        elif not batch.is_intended and _is_dead(batch, run):
            _abandon(connection, batch.batch_id)
        else:
            raise TransientError(
                "PACKED_ELSEWHERE",
                f"items of this run are on their way in batch {batch.batch_id}, which run "
                f"{batch.owner.run_id} of feed {batch.owner.feed} packed otherwise: when that "
                "run has ended, clear this task",
            )


def require_claims(connection: Connection, batch: str, count: int) -> None:
    """Raise CustomerError unless the batch holds at least so many claims."""
    held = select(func.count()).select_from(claims).where(claims.c.batch_id == batch)
    if int(connection.execute(held).scalar_one()) < count:
        raise CustomerError(
            "CLAIMED_ELSEWHERE",
            f"instances of batch {batch} are on their way in another batch by now: "
            "leave this task as it is; the newer run carries them",
        )


def _live(connection: Connection, run: RunRef, rules: Rules) -> list[LiveBatch]:
    named = select(claims.c.batch_id.distinct()).join(items, claim_on(rules.datastore_id, items))
    owner = and_(runs.c.feed == batches.c.feed, runs.c.run_id == batches.c.run_id)
    query = (
        select(batches, _is_intended().label("is_intended"), runs.c.packed_at)
        .join(runs, owner, isouter=True)
        .where(batches.c.batch_id.in_(named.where(undecided(run))))
        .order_by(batches.c.batch_id)
    )
    now = datetime.now(UTC)
    return [
        LiveBatch(
            batch_id=row.batch_id,
            owner=RunRef(row.feed, row.run_id),
            fingerprint=row.fingerprint,
            is_intended=bool(row.is_intended),
            is_worked_on=row.worker_until is not None and in_utc(row.worker_until) > now,
            items=int(row.items),
            bytes=int(row.bytes),
            packed_at=in_utc(row.packed_at) if row.packed_at else datetime.min.replace(tzinfo=UTC),
        )
        for row in connection.execute(query)
    ]


def _is_intended() -> ColumnElement[bool]:
    """Return whether a job is under way; earlier jobs of a batch packed anew do not count."""
    of_batch = jobs.c.batch_id == batches.c.batch_id
    waiting = exists().where(
        batch_items.c.batch_id == batches.c.batch_id, batch_items.c.state == "pending"
    )
    # with nothing pending a job has ended, and waits for what it imported to be published
    return exists().where(of_batch, jobs.c.reconciled.is_(False)) | (
        exists().where(of_batch) & ~waiting
    )


def in_utc(moment: datetime) -> datetime:
    """Return a time of the catalog with its zone, which SQLite does not keep."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_dead(batch: LiveBatch, run: RunRef) -> bool:
    is_old = datetime.now(UTC) - batch.packed_at > GRACE
    return not batch.is_worked_on and (batch.owner.feed == run.feed or is_old)


def _join(connection: Connection, run: RunRef, rules: Rules, batch: str) -> None:
    claimed = exists().where(claim_on(rules.datastore_id, items), claims.c.batch_id == batch)
    connection.execute(update(items).where(undecided(run), claimed).values(batch_id=batch))


def _abandon(connection: Connection, batch: str) -> None:
    connection.execute(delete(claims).where(claims.c.batch_id == batch))
    left = (batch_items.c.batch_id == batch) & (batch_items.c.state == "pending")
    connection.execute(update(batch_items).where(left).values(state="abandoned"))
    connection.execute(
        update(batches).where(batches.c.batch_id == batch).values(closed_at=datetime.now(UTC))
    )
