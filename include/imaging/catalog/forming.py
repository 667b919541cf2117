"""Forms batches of what is left of a run: whole series within the quota, claimed at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, and_, func, literal, select, tuple_, update
from sqlalchemy.sql.elements import ColumnElement

from include.imaging.catalog.claims import require_claims
from include.imaging.catalog.decisions import Rules
from include.imaging.catalog.run_items import RunRef
from include.imaging.catalog.tables import batch_items, batches, claims, items, run_batches
from include.imaging.catalog.upsert import CHUNK_ROWS, insert_from, upsert
from include.imaging.catalog.verdicts import undecided
from include.imaging.packing import Quota, SeriesSize, batch_id, pack, slices


def form_batches(connection: Connection, run: RunRef, rules: Rules, quota: Quota) -> None:
    """Pack what is left of the run into new batches and claim it."""
    for where in list(_groups(connection, run, quota)):
        _form(connection, run, rules, where)


def number_batches(connection: Connection, run: RunRef) -> list[str]:
    """Write down which batches the run carries; returns their ids by map index."""
    known = select(run_batches.c.batch_id).where(run.of(run_batches))
    query = (
        select(items.c.batch_id)
        .where(run.of(items), items.c.batch_id.is_not(None), items.c.batch_id.not_in(known))
        .group_by(items.c.batch_id)
        .order_by(func.min(items.c.series_instance_uid), items.c.batch_id)
    )
    first = connection.execute(
        select(func.count()).select_from(run_batches).where(run.of(run_batches))
    ).scalar_one()
    new = list(connection.execute(query).scalars())
    rows = (
        {**run.key(), "batch_id": batch, "position": first + number}
        for number, batch in enumerate(new)
    )
    upsert(connection, run_batches, rows)
    order = select(run_batches.c.batch_id).where(run.of(run_batches))
    return list(connection.execute(order.order_by(run_batches.c.position)).scalars())


def _groups(connection: Connection, run: RunRef, quota: Quota) -> Iterator[ColumnElement[bool]]:
    study, series = items.c.study_instance_uid, items.c.series_instance_uid
    query = (
        select(study, series, func.count(), func.sum(items.c.length))
        .where(undecided(run))
        .group_by(study, series)
        .order_by(study, series)
    )
    # a stream: a million images may be as many series
    rows = connection.execute(query.execution_options(yield_per=CHUNK_ROWS))
    sizes = (SeriesSize(str(r[0]), str(r[1]), int(r[2]), int(r[3])) for r in rows)
    place = tuple_(study, series)
    for group in pack(sizes, quota):
        first, last = group[0], group[-1]
        within = and_(place >= _place(first), place <= _place(last))
        if len(group) == 1 and (first.items > quota.files or first.bytes > quota.bytes):
            yield from _slices(connection, run, within, quota)
        else:
            yield within


def _place(entry: SeriesSize) -> ColumnElement[Any]:
    return tuple_(literal(entry.study_instance_uid), literal(entry.series_instance_uid))


def _slices(
    connection: Connection, run: RunRef, of_series: ColumnElement[bool], quota: Quota
) -> Iterator[ColumnElement[bool]]:
    instance = items.c.sop_instance_uid
    query = select(instance, items.c.length).where(undecided(run), of_series).order_by(instance)
    rows = [(str(uid), int(size)) for uid, size in connection.execute(query)]
    start = 0
    for count in slices((size for _uid, size in rows), quota):
        first, last = rows[start][0], rows[start + count - 1][0]
        start += count
        yield and_(of_series, instance.between(first, last))


def _form(connection: Connection, run: RunRef, rules: Rules, where: ColumnElement[bool]) -> None:
    chosen = and_(undecided(run), where)
    columns = (items.c.sop_instance_uid, items.c.content_hash, items.c.length)
    query = select(*columns, items.c.series_instance_uid)
    rows = list(connection.execute(query.where(chosen)))
    batch = batch_id(
        # sorted here and not by the database, whose collation may differ
        sorted((row.sop_instance_uid, row.content_hash) for row in rows),
        rules.fingerprint,
        rules.datastore_id,
    )
    row = {
        "batch_id": batch,
        "datastore_id": rules.datastore_id,
        "fingerprint": rules.fingerprint,
        **run.key(),
        "items": len(rows),
        "bytes": sum(row.length for row in rows),
        "series": len({row.series_instance_uid for row in rows}),
        "closed_at": None,
    }
    upsert(connection, batches, [row], replace=["feed", "run_id", "closed_at"])
    connection.execute(update(items).where(chosen).values(batch_id=batch))
    _claim(connection, run, rules, batch, len(rows))


def _claim(connection: Connection, run: RunRef, rules: Rules, batch: str, count: int) -> None:
    mine = and_(run.of(items), items.c.batch_id == batch)
    claimed = select(
        literal(rules.datastore_id).label("datastore_id"),
        items.c.sop_instance_uid,
        items.c.content_hash,
        items.c.batch_id,
    ).where(mine)
    insert_from(connection, claims, claimed)
    require_claims(connection, batch, count)
    pending = select(
        items.c.batch_id,
        items.c.sop_instance_uid,
        items.c.content_hash,
        items.c.item_id,
        items.c.series_instance_uid,
        items.c.study_instance_uid,
        literal("pending").label("state"),
    ).where(mine)
    insert_from(connection, batch_items, pending, replace=["item_id", "state"])
