"""Packing in the catalog: joining live batches, forming new ones and claiming their content."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, and_, exists, func, literal, select, tuple_, update
from sqlalchemy.sql.elements import ColumnElement

from include.imaging.catalog.decisions import Rules, undecided
from include.imaging.catalog.run_items import RunRef
from include.imaging.catalog.tables import (
    batch_items,
    batches,
    case_findings,
    cases,
    claims,
    findings,
    items,
    run_batches,
    runs,
)
from include.imaging.catalog.upsert import insert_from, upsert
from include.imaging.model import Outcome
from include.imaging.packing import Quota, SeriesSize, batch_id, pack, slices


def join_live_batches(connection: Connection, run: RunRef, rules: Rules) -> None:
    """Let items that a live batch has claimed travel with it: same instance, same content."""
    claim = and_(
        claims.c.datastore_id == rules.datastore_id,
        claims.c.sop_instance_uid == items.c.sop_instance_uid,
        claims.c.content_hash == items.c.content_hash,
    )
    taker = select(claims.c.batch_id).where(claim).scalar_subquery()
    connection.execute(
        update(items).where(undecided(run), exists().where(claim)).values(batch_id=taker)
    )


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


def open_cases(connection: Connection, run: RunRef, fingerprint: str) -> None:
    """Open a quarantine case for each held item whose content and policy have none yet."""
    held = and_(run.of(items), items.c.outcome == Outcome.QUARANTINED.value)
    same = and_(run.of(findings), findings.c.item_id == items.c.item_id)
    opened = (
        select(
            items.c.content_hash,
            literal(fingerprint).label("fingerprint"),
            items.c.feed,
            items.c.run_id,
            func.min(items.c.item_id).label("item_id"),
            func.max(findings.c.stage).label("stage"),
            literal("open").label("state"),
            literal(datetime.now(UTC)).label("opened_at"),
        )
        .join_from(items, findings, same)
        .where(held, findings.c.severity == "error")
        .group_by(items.c.content_hash, items.c.feed, items.c.run_id)
    )
    insert_from(connection, cases, opened)
    why = (
        select(
            items.c.content_hash,
            literal(fingerprint).label("fingerprint"),
            findings.c.code,
            func.min(findings.c.severity).label("severity"),
            func.min(findings.c.stage).label("stage"),
            func.min(findings.c.text).label("text"),
        )
        .join_from(items, findings, same)
        .where(held)
        .group_by(items.c.content_hash, findings.c.code)
    )
    insert_from(connection, case_findings, why)


def mark_packed(connection: Connection, run: RunRef) -> None:
    """Write down when the run was packed."""
    connection.execute(update(runs).where(run.of(runs)).values(packed_at=datetime.now(UTC)))


def _groups(connection: Connection, run: RunRef, quota: Quota) -> Iterator[ColumnElement[bool]]:
    study, series = items.c.study_instance_uid, items.c.series_instance_uid
    query = (
        select(study, series, func.count(), func.sum(items.c.length))
        .where(undecided(run))
        .group_by(study, series)
        .order_by(study, series)
    )
    sizes = [
        SeriesSize(str(in_study), str(uid), int(count), int(size))
        for in_study, uid, count, size in connection.execute(query)
    ]
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
    query = select(items.c.sop_instance_uid, items.c.content_hash, items.c.length)
    rows = list(connection.execute(query.where(chosen)))
    batch = batch_id(
        # sorted here and not by the database, whose collation may differ
        sorted((row.sop_instance_uid, row.content_hash) for row in rows),
        rules.fingerprint,
        rules.datastore_id,
    )
    series = select(func.count(items.c.series_instance_uid.distinct())).where(chosen)
    row = {
        "batch_id": batch,
        "datastore_id": rules.datastore_id,
        "fingerprint": rules.fingerprint,
        **run.key(),
        "items": len(rows),
        "bytes": sum(row.length for row in rows),
        "series": connection.execute(series).scalar_one(),
        "closed_at": None,
    }
    upsert(connection, batches, [row], replace=["feed", "run_id", "closed_at"])
    connection.execute(update(items).where(chosen).values(batch_id=batch))
    _claim(connection, run, rules, batch)


def _claim(connection: Connection, run: RunRef, rules: Rules, batch: str) -> None:
    mine = and_(run.of(items), items.c.batch_id == batch)
    claimed = select(
        literal(rules.datastore_id).label("datastore_id"),
        items.c.sop_instance_uid,
        items.c.content_hash,
        items.c.batch_id,
    ).where(mine)
    insert_from(connection, claims, claimed)
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
