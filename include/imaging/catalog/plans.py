"""What a run's batches are, and what lies in each, as the catalog has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, and_, select

from include.imaging.catalog.run_items import RunRef
from include.imaging.catalog.tables import batches, items, run_batches
from include.imaging.model import ManifestEntry


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
        yield ManifestEntry(
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
