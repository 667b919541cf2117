"""How a rule of packing ends items: set-based, and only those that no rule before has ended."""

from __future__ import annotations

from sqlalchemy import Connection, and_, exists, func, literal, select, update
from sqlalchemy.sql.elements import ColumnElement

from include.imaging.catalog.run_items import RunRef, finding_row
from include.imaging.catalog.tables import findings, items
from include.imaging.catalog.upsert import insert_from
from include.imaging.findings import finding
from include.imaging.model import Outcome, Stage


def undecided(run: RunRef) -> ColumnElement[bool]:
    """Return the condition that an item of the run has neither outcome nor batch."""
    return and_(run.of(items), items.c.outcome.is_(None), items.c.batch_id.is_(None))


def hold(connection: Connection, run: RunRef, where: ColumnElement[bool], code: str) -> None:
    """Quarantine the undecided items of the run that fulfil a condition, with this finding."""
    columns = [
        literal(value).label(name)
        for name, value in finding_row(finding(code, Stage.PACK_BATCHES)).items()
    ]
    chosen = select(items.c.feed, items.c.run_id, items.c.item_id, *columns)
    insert_from(connection, findings, chosen.where(undecided(run), where))
    found = exists().where(
        run.of(findings), findings.c.item_id == items.c.item_id, findings.c.code == code
    )
    end(connection, run, found, Outcome.QUARANTINED, code)


def end_by_finding(
    connection: Connection, run: RunRef, which: ColumnElement[bool], outcome: Outcome
) -> None:
    """End the undecided items that have such a finding, with its code for the reason."""
    here = and_(run.of(findings), findings.c.item_id == items.c.item_id, which)
    code = select(func.min(findings.c.code)).where(here).scalar_subquery()
    connection.execute(
        update(items)
        .where(undecided(run), exists().where(here))
        .values(outcome=outcome.value, reason=code)
    )


def end(
    connection: Connection,
    run: RunRef,
    where: ColumnElement[bool],
    outcome: Outcome,
    reason: str,
) -> None:
    """End the undecided items of the run that fulfil a condition."""
    connection.execute(
        update(items).where(undecided(run), where).values(outcome=outcome.value, reason=reason)
    )
