"""What becomes of each item of a run when it is packed, as set-based rules in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    and_,
    exists,
    func,
    or_,
    select,
    tuple_,
    union,
)
from sqlalchemy.sql.elements import ColumnElement

from include.imaging.catalog.in_flight import is_on_its_way, is_other_content_on_its_way
from include.imaging.catalog.run_items import RunRef
from include.imaging.catalog.tables import (
    batch_items,
    batches,
    case_findings,
    cases,
    claims,
    findings,
    instances,
    items,
)
from include.imaging.catalog.upsert import insert_from
from include.imaging.catalog.verdicts import end, end_by_finding, hold, undecided
from include.imaging.feed import ChangeRule, ConflictRule
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


def _gone(connection: Connection, run: RunRef, _rules: Rules) -> None:
    end_by_finding(connection, run, findings.c.code.in_(GONE), Outcome.FAILED)


def _excluded(connection: Connection, run: RunRef, _rules: Rules) -> None:
    end_by_finding(connection, run, findings.c.code.in_(EXCLUDING), Outcome.EXCLUDED)


def _held_by_staging(connection: Connection, run: RunRef, _rules: Rules) -> None:
    bad = findings.c.severity == Severity.ERROR.value
    end_by_finding(connection, run, bad, Outcome.QUARANTINED)


def _duplicates(connection: Connection, run: RunRef, _rules: Rules) -> None:
    twin = items.alias("twin")
    earlier = exists().where(
        run.of(twin),
        twin.c.content_hash == items.c.content_hash,
        _is_earlier(twin),
        or_(twin.c.outcome.is_(None), twin.c.outcome == Outcome.DUPLICATE.value),
    )
    end(connection, run, earlier, Outcome.DUPLICATE, "SAME_CONTENT")


def _conflicts(connection: Connection, run: RunRef, rules: Rules) -> None:
    """Decide between contents of one instance; what the data store holds is one of them.

    So is what a live batch is about to bring there, which travels whatever lies beside it. The
    verdict on a content so stays the same in the nights after another one was imported.
    """
    other = items.alias("other")
    rival = [
        run.of(other),
        other.c.sop_instance_uid == items.c.sop_instance_uid,
        other.c.content_hash != items.c.content_hash,
    ]
    moving, is_open = is_on_its_way(rules.datastore_id, other), other.c.outcome.is_(None)
    stored = (other.c.outcome == Outcome.UNCHANGED.value) | (is_open & moving)
    waiting = is_open & ~moving
    free = ~is_on_its_way(rules.datastore_id, items)
    if rules.on_conflict is ConflictRule.FIRST:
        superseded = exists().where(*rival, stored | (waiting & _is_earlier(other)))
        end(connection, run, free & superseded, Outcome.EXCLUDED, "SUPERSEDED")
        return
    if rules.on_change is ChangeRule.IMPORT:
        # the one in the store is newer than one that was there before, older than one never seen
        replaced = exists().where(*rival, stored) & _was_imported(rules)
        end(connection, run, free & replaced, Outcome.EXCLUDED, "SUPERSEDED")
        hold(connection, run, free & exists().where(*rival, waiting), "CONFLICTING_CONTENT")
    else:
        hold(
            connection, run, free & exists().where(*rival, is_open | stored), "CONFLICTING_CONTENT"
        )


def _was_imported(rules: Rules) -> ColumnElement[bool]:
    imported = (
        select(batch_items.c.sop_instance_uid, batch_items.c.content_hash)
        .join_from(batch_items, batches, batches.c.batch_id == batch_items.c.batch_id)
        .where(batches.c.datastore_id == rules.datastore_id, batch_items.c.state == "imported")
    )
    return tuple_(items.c.sop_instance_uid, items.c.content_hash).in_(imported)


def _unchanged(connection: Connection, run: RunRef, rules: Rules) -> None:
    """End what the data store holds, unless a live batch is about to replace it there."""
    there = exists().where(
        instances.c.datastore_id == rules.datastore_id,
        instances.c.sop_instance_uid == items.c.sop_instance_uid,
        instances.c.content_hash == items.c.content_hash,
    )
    leaving = is_other_content_on_its_way(rules.datastore_id, items)
    end(connection, run, there & ~leaving, Outcome.UNCHANGED, "IN_DATA_STORE")


def _rejected(connection: Connection, run: RunRef, rules: Rules) -> None:
    rejected = exists().where(_case(rules), cases.c.state == "rejected")
    end(connection, run, rejected, Outcome.EXCLUDED, "REJECTED")


def _torn_series(connection: Connection, run: RunRef, rules: Rules) -> None:
    """Hold series that name two studies: in the run, in the data store or on their way there."""
    other, stored, sent = items.alias("other"), instances, batch_items
    claimed = and_(
        claims.c.batch_id == sent.c.batch_id,
        claims.c.sop_instance_uid == sent.c.sop_instance_uid,
        claims.c.datastore_id == rules.datastore_id,
    )
    # one set, formed once: asked for each item, a long series would be gone through for each
    places = union(
        _place(other).where(run.of(other), other.c.outcome.is_(None)),
        _place(stored).where(_stored_series(rules, run)),
        _place(sent).join(claims, claimed),
    ).subquery()
    series = places.c.series_instance_uid
    torn = select(series).group_by(series).having(func.count() > 1)
    hold(connection, run, items.c.series_instance_uid.in_(torn), "SERIES_INCONSISTENT")


def _place(table: Any) -> Select[Any]:
    return select(table.c.series_instance_uid, table.c.study_instance_uid)


def _stored_series(rules: Rules, run: RunRef) -> ColumnElement[bool]:
    """Return the condition that the data store holds an instance of a series of the run."""
    mine = items.alias("mine")
    series = mine.c.series_instance_uid
    # grouped, or PostgreSQL would look among all slices of the series anew for each stored one
    of_run = select(series).where(run.of(mine), mine.c.outcome.is_(None)).group_by(series)
    of_store = instances.c.datastore_id == rules.datastore_id
    return of_store & instances.c.series_instance_uid.in_(of_run)


def _known_cases(connection: Connection, run: RunRef, rules: Rules) -> None:
    late = (cases.c.state == "open") & cases.c.stage.in_(LATE_STAGES)
    held = exists().where(_case(rules), late)
    of_policy = case_findings.c.fingerprint == rules.fingerprint
    insert_from(connection, findings, _known_findings().where(undecided(run), held, of_policy))
    end(connection, run, held, Outcome.QUARANTINED, "PRIOR_CASE")


def _case(rules: Rules) -> ColumnElement[bool]:
    return and_(
        cases.c.content_hash == items.c.content_hash, cases.c.fingerprint == rules.fingerprint
    )


def _changed(connection: Connection, run: RunRef, rules: Rules) -> None:
    of_store = instances.c.datastore_id == rules.datastore_id
    stored = exists().where(of_store, instances.c.sop_instance_uid == items.c.sop_instance_uid)
    if rules.on_change is ChangeRule.HOLD:
        hold(connection, run, stored, "INSTANCE_CHANGED")
    moving = is_other_content_on_its_way(rules.datastore_id, items)
    hold(connection, run, moving, "INSTANCE_CHANGED")


def _policy_changed(connection: Connection, run: RunRef, rules: Rules) -> None:
    if rules.on_policy_change is ChangeRule.IMPORT:
        return
    foreign = select(instances.c.series_instance_uid.distinct()).where(
        _stored_series(rules, run), instances.c.fingerprint != rules.fingerprint
    )
    elsewise = items.c.series_instance_uid.in_(foreign)
    hold(connection, run, elsewise, "SERIES_POLICY_CHANGED")


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
