"""What a run's batches are, and what lies in each, as the catalog has it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, and_, exists, select

from include.imaging.catalog.engine import writing
from include.imaging.catalog.run_items import RunRef
from include.imaging.catalog.tables import batches, findings, items, run_batches
from include.imaging.catalog.upsert import CHUNK_ROWS
from include.imaging.errors import IntegrityError
from include.imaging.model import ManifestEntry, Outcome, Severity, Stage


def store_lock(datastore_id: str) -> str:
    """Return the lock that all who claim, import or publish in a data store take."""
    return f"data store {datastore_id}"


@contextmanager
def writing_batch(engine: Engine, batch_id: str) -> Iterator[Connection]:
    """Yield a connection in one transaction under the lock of the batch's data store."""
    with writing(engine, store_lock(batch_of(engine, batch_id).datastore_id)) as connection:
        yield connection


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch and the run that packed it last."""

    batch_id: str
    datastore_id: str
    fingerprint: str
    owner: RunRef


def batch_of(engine: Engine, batch_id: str) -> Batch:
    """Return a batch; IntegrityError when the catalog has none of that id."""
    with engine.connect() as connection:
        query = select(batches).where(batches.c.batch_id == batch_id)
        row = connection.execute(query).one_or_none()
    if row is None:
        raise IntegrityError(
            "BATCH_UNKNOWN",
            f"the catalog knows no batch {batch_id}: see whether imaging_catalog still leads to "
            "the catalog that this run was packed in",
        )
    owner = RunRef(row.feed, row.run_id)
    return Batch(batch_id, row.datastore_id, row.fingerprint, owner)


@dataclass(frozen=True, slots=True)
class PlannedBatch:
    """One batch of a run's plan; `own` is False for a batch that another run packed."""

    batch_id: str
    items: int
    bytes: int
    series: int
    own: bool


def planned(connection: Connection, run: RunRef) -> list[PlannedBatch]:
    """Return the run's batches by map index."""
    query = (
        select(
            batches.c.batch_id,
            batches.c["items"],
            batches.c.bytes,
            batches.c.series,
            run.of(batches).label("own"),
        )
        .join_from(run_batches, batches, batches.c.batch_id == run_batches.c.batch_id)
        .where(run.of(run_batches))
        .order_by(run_batches.c.position)
    )
    return [
        PlannedBatch(row.batch_id, row.items, row.bytes, row.series, bool(row.own))
        for row in connection.execute(query)
    ]


def held_entries(connection: Connection, run: RunRef) -> Iterator[ManifestEntry]:
    """Yield the run's items that staging or packing held and whose bytes are in a bundle.

    In the order their bytes lie, and as a stream: it may be everything that a night holds.
    """
    same = and_(run.of(findings), findings.c.item_id == items.c.item_id)
    early = findings.c.stage.in_([Stage.STAGE.value, Stage.PACK_BATCHES.value])
    held = exists().where(same, early, findings.c.severity == Severity.ERROR.value)
    query = select(items).where(run.of(items), items.c.bundle.is_not(None), held)
    query = query.where(items.c.outcome == Outcome.QUARANTINED.value)
    query = query.order_by(items.c.bundle, items.c.offset, items.c.item_id)
    for row in connection.execute(query.execution_options(yield_per=CHUNK_ROWS)):
        yield _entry(row)


def manifest_entries(connection: Connection, batch_id: str) -> Iterator[ManifestEntry]:
    """Yield the batch's items as its owner staged them, in the order their bytes lie."""
    owner = and_(
        items.c.feed == batches.c.feed,
        items.c.run_id == batches.c.run_id,
        items.c.batch_id == batches.c.batch_id,
    )
    query = (
        select(items)
        .join_from(items, batches, owner)
        .where(batches.c.batch_id == batch_id)
        .order_by(items.c.bundle, items.c.offset, items.c.item_id)
    )
    for row in connection.execute(query):
        yield _entry(row)


def _entry(row: Any) -> ManifestEntry:
    return ManifestEntry(
        item_id=row.item_id,
        sop_instance_uid=row.sop_instance_uid,
        series_instance_uid=row.series_instance_uid,
        study_instance_uid=row.study_instance_uid,
        content_hash=row.content_hash,
        bundle=row.bundle,
        etag=row.etag,
        offset=row.offset,
        length=row.length,
    )
