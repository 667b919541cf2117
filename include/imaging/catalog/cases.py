"""Quarantine cases: opened once for a content under a policy, with the findings that say why."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, and_, func, literal, select, true
from sqlalchemy.sql.elements import ColumnElement

from include.imaging.catalog.run_items import RunRef
from include.imaging.catalog.tables import case_findings, cases, findings, items
from include.imaging.catalog.upsert import insert_from
from include.imaging.model import Outcome


def open_cases(
    connection: Connection, run: RunRef, fingerprint: str, which: ColumnElement[bool] | None = None
) -> None:
    """Open a case for each held item (of `which`) whose content and policy have none yet."""
    chosen = true() if which is None else which
    held = and_(run.of(items), items.c.outcome == Outcome.QUARANTINED.value, chosen)
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
