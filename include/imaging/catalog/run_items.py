"""The items of one run: loading them from the indexes, and counting how they ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, and_, delete, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from include.imaging.catalog.engine import count_anew, writing
from include.imaging.catalog.tables import findings, instances, items, jobs, run_batches, runs
from include.imaging.catalog.upsert import chunks, upsert
from include.imaging.model import Finding, IndexEntry, Outcome


@dataclass(frozen=True, slots=True)
class RunRef:
    """Names one run of one feed; `run_id` is Airflow's."""

    feed: str
    run_id: str

    @property
    def lock(self) -> str:
        """The name of the run's own lock."""
        return f"run {self.feed} {self.run_id}"

    def of(self, table: Any) -> ColumnElement[bool]:
        """Return the condition that a table's rows belong to this run."""
        return and_(table.c.feed == self.feed, table.c.run_id == self.run_id)

    def key(self) -> dict[str, str]:
        """Return the two columns as a row's beginning."""
        return {"feed": self.feed, "run_id": self.run_id}


def register(
    engine: Engine, run: RunRef, *, datastore_id: str, fingerprint: str, items: int, size: int
) -> None:
    """Write the run's row, with the size of its census; what is there already stays."""
    row = {
        **run.key(),
        "datastore_id": datastore_id,
        "fingerprint": fingerprint,
        "census_items": items,
        "census_bytes": size,
    }
    with writing(engine, run.lock) as connection:
        upsert(connection, runs, [row])


def is_packed(engine: Engine, run: RunRef) -> bool:
    """Return whether the run has been packed; one that failed while it was has not."""
    with engine.connect() as connection:
        query = select(runs.c.packed_at).where(run.of(runs))
        return connection.execute(query).scalar_one_or_none() is not None


def load(
    engine: Engine,
    run: RunRef,
    shard: int,
    entries: Iterable[IndexEntry],
    keyed_uid: Callable[[str], str],
) -> int:
    """Write a shard's items and findings; returns the number of items. Idempotent.

    Original UIDs become keyed ones here, before they reach the catalog; those of the standard
    stay, but what stands in the place of a class or a transfer syntax may be anything.
    """
    count = 0
    for chunk in chunks(entries):
        with writing(engine, run.lock) as connection:
            count += upsert(
                connection, items, (_row(run, shard, entry, keyed_uid) for entry in chunk)
            )
            upsert(connection, findings, _findings(run, chunk))
    count_anew(engine, items, findings)
    return count


def forget(engine: Engine, run: RunRef) -> None:
    """Delete the rows of a run that packed nothing: of a dry run nothing is left behind."""
    with writing(engine, run.lock) as connection:
        for table in (findings, items, run_batches, runs):
            connection.execute(delete(table).where(run.of(table)))


def finding_row(finding: Finding) -> dict[str, str]:
    """Return a finding as the columns that every table of findings has."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "stage": finding.stage.value,
        "text": finding.text,
    }


def census_items(connection: Connection, run: RunRef) -> int | None:
    """Return the size of the run's census, or None for a run that was never packed."""
    return connection.execute(select(runs.c.census_items).where(run.of(runs))).scalar_one_or_none()


def outcomes(connection: Connection, run: RunRef) -> dict[str, int]:
    """Return the number of items by outcome; items without one are not in it."""
    query = (
        select(items.c.outcome, func.count())
        .where(run.of(items), items.c.outcome.is_not(None))
        .group_by(items.c.outcome)
        .order_by(items.c.outcome)
    )
    return {str(name): int(count) for name, count in connection.execute(query)}


def findings_by_code(connection: Connection, run: RunRef) -> dict[str, int]:
    """Return the number of items by finding code, most frequent first."""
    query = (
        select(findings.c.code, func.count())
        .where(run.of(findings))
        .group_by(findings.c.code)
        .order_by(func.count().desc(), findings.c.code)
    )
    return {str(code): int(count) for code, count in connection.execute(query)}


def without_outcome(connection: Connection, run: RunRef, most: int) -> list[str]:
    """Return up to `most` item ids that have no outcome, in order."""
    query = select(items.c.item_id).where(run.of(items), items.c.outcome.is_(None))
    return list(connection.execute(query.order_by(items.c.item_id).limit(most)).scalars())


def with_outcome(connection: Connection, run: RunRef, outcome: Outcome, most: int) -> list[str]:
    """Return up to `most` item ids that ended so, in order."""
    query = select(items.c.item_id).where(run.of(items), items.c.outcome == outcome.value)
    return list(connection.execute(query.order_by(items.c.item_id).limit(most)).scalars())


def image_sets(connection: Connection, run: RunRef) -> int:
    """Return how many image sets the run's imported items lie in."""
    query = (
        select(func.count(instances.c.image_set_id.distinct()))
        .select_from(
            items.join(instances, instances.c.sop_instance_uid == items.c.sop_instance_uid)
        )
        .where(run.of(items), instances.c.batch_id == items.c.batch_id)
        .where(items.c.outcome.in_([Outcome.IMPORTED, Outcome.IMPORTED_NON_PRIMARY]))
    )
    return int(connection.execute(query).scalar_one())


def import_jobs(connection: Connection, run: RunRef) -> list[Any]:
    """Return (batch_id, generation, job_id, status) of the jobs of the run's batches."""
    query = (
        select(jobs.c.batch_id, jobs.c.generation, jobs.c.job_id, jobs.c.status)
        .select_from(jobs.join(run_batches, run_batches.c.batch_id == jobs.c.batch_id))
        .where(run.of(run_batches), jobs.c.job_id.is_not(None))
        .order_by(run_batches.c.position, jobs.c.generation)
    )
    return list(connection.execute(query))


def is_balanced(connection: Connection, run: RunRef) -> bool:
    """Return whether the run has balanced before."""
    query = select(runs.c.balanced_at).where(run.of(runs))
    return connection.execute(query).scalar_one_or_none() is not None


def mark_balanced(connection: Connection, run: RunRef) -> None:
    """Write down when the run's balance was drawn."""
    connection.execute(update(runs).where(run.of(runs)).values(balanced_at=datetime.now(UTC)))


def mark_packed(connection: Connection, run: RunRef) -> None:
    """Write down when the run was packed."""
    connection.execute(update(runs).where(run.of(runs)).values(packed_at=datetime.now(UTC)))


def _row(
    run: RunRef, shard: int, entry: IndexEntry, keyed_uid: Callable[[str], str]
) -> dict[str, Any]:
    facts = entry.facts
    return {
        **run.key(),
        "item_id": entry.item_id,
        "shard": shard,
        "size": entry.size,
        "content_hash": entry.content_hash or entry.item_id,
        "sop_instance_uid": keyed_uid(facts.sop_instance_uid) if facts else "",
        "series_instance_uid": keyed_uid(facts.series_instance_uid) if facts else "",
        "study_instance_uid": keyed_uid(facts.study_instance_uid) if facts else "",
        "sop_class_uid": keyed_uid(facts.sop_class_uid) if facts else "",
        "modality": facts.modality if facts else "",
        "transfer_syntax_uid": keyed_uid(facts.transfer_syntax_uid) if facts else "",
        "bundle": entry.bundle,
        "etag": entry.etag,
        "offset": entry.offset,
        "length": entry.length,
    }


def _findings(run: RunRef, entries: Iterable[IndexEntry]) -> Iterator[dict[str, Any]]:
    for entry in entries:
        for finding in entry.findings:
            yield {**run.key(), "item_id": entry.item_id, **finding_row(finding)}
