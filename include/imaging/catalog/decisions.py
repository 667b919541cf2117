"""What becomes of each item of a run when it is packed, as set-based rules in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, exists, func, literal, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from include.imaging.catalog.run_items import RunRef, finding_row
from include.imaging.catalog.tables import case_findings, cases, claims, findings, instances, items
from include.imaging.catalog.upsert import insert_from
from include.imaging.feed import ChangeRule, ConflictRule
from include.imaging.findings import finding
from include.imaging.model import Outcome, Severity, Stage

GONE = ("SOURCE_CHANGED", "SOURCE_VANISHED", "UNREADABLE")
EXCLUDING = ("BEYOND_LIMIT", "MEDIA_DIRECTORY")
LATE_STAGES = (Stage.DEIDENTIFY.value, Stage.VALIDATE.value)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the run packs for, and how its feed decides."""

    datastore_id: str
    fingerprint: str
    on_conflict: ConflictRule
    on_change: ChangeRule
    on_policy_change: ChangeRule


def decide(connection: Connection, run: RunRef, rules: Rules) -> None:
    """Give every item that will not travel its outcome and finding; the order is the rule.

    What is left without an outcome travels: with a live batch that claimed it, or in a new one.
    """
    for rule in _RULES:
        rule(connection, run, rules)


def undecided(run: RunRef) -> ColumnElement[bool]:
    """Return the condition that an item of the run has neither outcome nor batch."""
    return and_(run.of(items), items.c.outcome.is_(None), items.c.batch_id.is_(None))


def _gone(connection: Connection, run: RunRef, _rules: Rules) -> None:
    _end_by_finding(connection, run, findings.c.code.in_(GONE), Outcome.FAILED)


def _excluded(connection: Connection, run: RunRef, _rules: Rules) -> None:
    _end_by_finding(connection, run, findings.c.code.in_(EXCLUDING), Outcome.EXCLUDED)


def _held_by_staging(connection: Connection, run: RunRef, _rules: Rules) -> None:
    bad = findings.c.severity == Severity.ERROR.value
    _end_by_finding(connection, run, bad, Outcome.QUARANTINED)


def _duplicates(connection: Connection, run: RunRef, _rules: Rules) -> None:
    twin = items.alias("twin")
    earlier = exists().where(
        run.of(twin),
        twin.c.content_hash == items.c.content_hash,
        _is_earlier(twin),
        or_(twin.c.outcome.is_(None), twin.c.outcome == Outcome.DUPLICATE.value),
    )
    _end(connection, run, earlier, Outcome.DUPLICATE, "SAME_CONTENT")


def _conflicts(connection: Connection, run: RunRef, rules: Rules) -> None:
    other = items.alias("other")
    rival = [
        run.of(other),
        other.c.sop_instance_uid == items.c.sop_instance_uid,
        other.c.content_hash != items.c.content_hash,
        other.c.outcome.is_(None),
    ]
    if rules.on_conflict is ConflictRule.FIRST:
        superseded = exists().where(*rival, _is_earlier(other))
        _end(connection, run, superseded, Outcome.EXCLUDED, "SUPERSEDED")
    else:
        _hold(connection, run, exists().where(*rival), "CONFLICTING_CONTENT")


def _unchanged(connection: Connection, run: RunRef, rules: Rules) -> None:
    there = exists().where(
        instances.c.datastore_id == rules.datastore_id,
        instances.c.sop_instance_uid == items.c.sop_instance_uid,
        instances.c.content_hash == items.c.content_hash,
    )
    _end(connection, run, there, Outcome.UNCHANGED, "IN_DATA_STORE")


def _rejected(connection: Connection, run: RunRef, rules: Rules) -> None:
    rejected = exists().where(_case(rules), cases.c.state == "rejected")
    _end(connection, run, rejected, Outcome.EXCLUDED, "REJECTED")


def _torn_series(connection: Connection, run: RunRef, _rules: Rules) -> None:
    other = items.alias("other")
    studies = func.count(other.c.study_instance_uid.distinct())
    torn = (
        select(other.c.series_instance_uid)
        .where(run.of(other), other.c.outcome.is_(None))
        .group_by(other.c.series_instance_uid)
        .having(studies > 1)
    )
    _hold(connection, run, items.c.series_instance_uid.in_(torn), "SERIES_INCONSISTENT")


def _known_cases(connection: Connection, run: RunRef, rules: Rules) -> None:
    late = (cases.c.state == "open") & cases.c.stage.in_(LATE_STAGES)
    held = exists().where(_case(rules), late)
    of_policy = case_findings.c.fingerprint == rules.fingerprint
    insert_from(connection, findings, _known_findings().where(undecided(run), held, of_policy))
    _end(connection, run, held, Outcome.QUARANTINED, "PRIOR_CASE")


def _case(rules: Rules) -> ColumnElement[bool]:
    return and_(
        cases.c.content_hash == items.c.content_hash, cases.c.fingerprint == rules.fingerprint
    )


def _changed(connection: Connection, run: RunRef, rules: Rules) -> None:
    of_store = instances.c.datastore_id == rules.datastore_id
    stored = exists().where(of_store, instances.c.sop_instance_uid == items.c.sop_instance_uid)
    if rules.on_change is ChangeRule.HOLD:
        _hold(connection, run, stored, "INSTANCE_CHANGED")
    moving = exists().where(
        claims.c.datastore_id == rules.datastore_id,
        claims.c.sop_instance_uid == items.c.sop_instance_uid,
        claims.c.content_hash != items.c.content_hash,
    )
    _hold(connection, run, moving, "INSTANCE_CHANGED")


def _policy_changed(connection: Connection, run: RunRef, rules: Rules) -> None:
    if rules.on_policy_change is ChangeRule.IMPORT:
        return
    elsewise = exists().where(
        instances.c.datastore_id == rules.datastore_id,
        instances.c.series_instance_uid == items.c.series_instance_uid,
        instances.c.fingerprint != rules.fingerprint,
    )
    _hold(connection, run, elsewise, "SERIES_POLICY_CHANGED")


_RULES: tuple[Callable[[Connection, RunRef, Rules], None], ...] = (
    _gone,
    _excluded,
    _rejected,
    _held_by_staging,
    _duplicates,
    _unchanged,
    _conflicts,
    _torn_series,
    _known_cases,
    _changed,
    _policy_changed,
)


def _is_earlier(other: Any) -> ColumnElement[bool]:
    # of an expression, or SQLite would go through all earlier ids by the primary key, for each
    # item again, and not through the few items that are equal
    return func.coalesce(other.c.item_id, "") < items.c.item_id


def _hold(connection: Connection, run: RunRef, where: ColumnElement[bool], code: str) -> None:
    columns = [
        literal(value).label(name)
        for name, value in finding_row(finding(code, Stage.PACK_BATCHES)).items()
    ]
    chosen = select(items.c.feed, items.c.run_id, items.c.item_id, *columns)
    insert_from(connection, findings, chosen.where(undecided(run), where))
    found = exists().where(
        run.of(findings), findings.c.item_id == items.c.item_id, findings.c.code == code
    )
    _end(connection, run, found, Outcome.QUARANTINED, code)


def _end_by_finding(
    connection: Connection, run: RunRef, which: ColumnElement[bool], outcome: Outcome
) -> None:
    here = and_(run.of(findings), findings.c.item_id == items.c.item_id, which)
    code = select(func.min(findings.c.code)).where(here).scalar_subquery()
    connection.execute(
        update(items)
        .where(undecided(run), exists().where(here))
        .values(outcome=outcome.value, reason=code)
    )


def _end(
    connection: Connection,
    run: RunRef,
    where: ColumnElement[bool],
    outcome: Outcome,
    reason: str,
) -> None:
    connection.execute(
        update(items).where(undecided(run), where).values(outcome=outcome.value, reason=reason)
    )


def _known_findings() -> Select[Any]:
    known = case_findings.c
    return select(
        items.c.feed,
        items.c.run_id,
        items.c.item_id,
        known.code,
        known.severity,
        known.stage,
        known.text,
    ).join_from(items, case_findings, known.content_hash == items.c.content_hash)
