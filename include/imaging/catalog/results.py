"""What an import job did, instance by instance, joined to its batch in the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    case,
    exists,
    func,
    select,
    update,
)

from include.imaging.catalog.run_items import finding_row
from include.imaging.catalog.tables import batch_findings, batch_items, batches, instances
from include.imaging.catalog.upsert import chunks, upsert
from include.imaging.errors import IntegrityError
from include.imaging.model import Finding


@dataclass(frozen=True, slots=True)
class InstanceResult:
    """What the import job's output says of one instance; `finding` when it was not imported."""

    sop_instance_uid: str
    image_set_id: str | None = None
    image_set_version: int | None = None
    is_primary: bool | None = None
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class PendingInstance:
    """An instance that the job's output has not settled.

    `was_held` tells that the data store held it before the batch, with other content.
    """

    series_instance_uid: str
    sop_instance_uid: str
    was_held: bool


_results = Table(
    "job_results",
    MetaData(),
    Column("sop_instance_uid", String(64), primary_key=True),
    Column("image_set_id", String(32)),
    Column("image_set_version", Integer),
    Column("is_primary", Boolean),
    Column("reason", String(64)),
    prefixes=["TEMPORARY"],
)


_VALUES = ("image_set_id", "image_set_version", "is_primary", "reason")


def record_results(
    connection: Connection, batch_id: str, generation: int, results: Iterable[InstanceResult]
) -> None:
    """Write down what the job did, a later word on an instance replacing an earlier one.

    Raises IntegrityError when the job names an instance that was not released for the batch.
    """
    # left to the rollback where something fails: the error must not be hidden by the drop's
    _results.create(connection)
    for chunk in chunks(results):
        rows = {entry.sop_instance_uid: _row(entry) for entry in chunk}
        upsert(connection, _results, rows.values(), replace=_VALUES)
        upsert(connection, batch_findings, _findings(batch_id, chunk))
    _refuse_foreign(connection, batch_id)
    connection.execute(_statement(batch_id, generation))
    _results.drop(connection)


def _statement(batch_id: str, generation: int) -> Any:
    imported = _results.c.image_set_id.is_not(None)
    return (
        update(batch_items)
        .where(
            batch_items.c.batch_id == batch_id,
            batch_items.c.sop_instance_uid == _results.c.sop_instance_uid,
            batch_items.c.state != "held",
        )
        .values(
            state=case((imported, "imported"), else_="failed"),
            image_set_id=_results.c.image_set_id,
            image_set_version=_results.c.image_set_version,
            is_primary=_results.c.is_primary,
            reason=_results.c.reason,
            generation=generation,
        )
    )


def _refuse_foreign(connection: Connection, batch_id: str) -> None:
    known = exists().where(
        batch_items.c.batch_id == batch_id,
        batch_items.c.sop_instance_uid == _results.c.sop_instance_uid,
        batch_items.c.state != "held",
    )
    foreign = select(func.count()).select_from(_results).where(~known)
    if count := connection.execute(foreign).scalar_one():
        raise IntegrityError(
            "FOREIGN_INSTANCE",
            f"the output of the import job of batch {batch_id} names {count} instances that "
            "were not released for it: stop, and find out who wrote below its import prefix",
        )


def _row(entry: InstanceResult) -> dict[str, Any]:
    return {
        "sop_instance_uid": entry.sop_instance_uid,
        "image_set_id": entry.image_set_id,
        "image_set_version": entry.image_set_version,
        "is_primary": entry.is_primary,
        "reason": entry.finding.code if entry.finding else None,
    }


def _findings(batch_id: str, entries: Iterable[InstanceResult]) -> Iterator[dict[str, Any]]:
    for entry in entries:
        if entry.finding:
            uid = entry.sop_instance_uid
            yield {"batch_id": batch_id, "sop_instance_uid": uid, **finding_row(entry.finding)}


def settled_instances(connection: Connection, batch_id: str) -> list[str]:
    """Return the keyed SOPInstanceUIDs of the batch that its next job must not send again."""
    query = select(batch_items.c.sop_instance_uid).where(
        batch_items.c.batch_id == batch_id, batch_items.c.state.in_(["imported", "elsewhere"])
    )
    return list(connection.execute(query).scalars())


def pending_instances(connection: Connection, batch_id: str) -> list[PendingInstance]:
    """Return the instances of the batch that no output has settled, series by series."""
    before = exists().where(
        instances.c.datastore_id == batches.c.datastore_id,
        instances.c.sop_instance_uid == batch_items.c.sop_instance_uid,
    )
    columns = (batch_items.c.series_instance_uid, batch_items.c.sop_instance_uid, before)
    query = (
        select(*columns)
        .join_from(batch_items, batches, batches.c.batch_id == batch_items.c.batch_id)
        .where(batch_items.c.batch_id == batch_id, batch_items.c.state == "pending")
        .order_by(*columns[:2])
    )
    return [PendingInstance(*row) for row in connection.execute(query)]


def count_imported(connection: Connection, batch_id: str, generation: int) -> int:
    """Return how many instances of the batch are known to have come in by one of its jobs."""
    query = select(func.count()).where(
        batch_items.c.batch_id == batch_id,
        batch_items.c.state == "imported",
        batch_items.c.generation == generation,
    )
    return int(connection.execute(query).scalar_one())
