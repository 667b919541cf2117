"""How a batch ends: what was held, what the job did, and the outcome of every item in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, exists, func, literal, select, update

from include.imaging.catalog.cases import open_cases
from include.imaging.catalog.run_items import RunRef, finding_row
from include.imaging.catalog.tables import (
    batch_findings,
    batch_items,
    batches,
    claims,
    findings,
    instances,
    items,
    jobs,
)
from include.imaging.catalog.upsert import chunks, insert_from, upsert
from include.imaging.model import Finding, Outcome, OutputEntry, Severity, Stage

# what the data store held when the run settled it, whatever other runs send there later
_FINAL = (
    Outcome.IMPORTED.value,
    Outcome.IMPORTED_NON_PRIMARY.value,
    Outcome.UNCHANGED.value,
)


def record_outputs(connection: Connection, batch_id: str, outputs: Iterable[OutputEntry]) -> None:
    """Write down what was verified and what was held back, with the findings of both."""
    for chunk in chunks(outputs):
        upsert(connection, batch_findings, _finding_rows(batch_id, chunk))
        rows = [
            {
                "uid": entry.sop_instance_uid,
                "sha_in": entry.sha256_in,
                "sha_out": entry.sha256_out,
                "new_state": "pending" if entry.key else "held",
                "why": _first_error(entry.findings),
            }
            for entry in chunk
        ]
        connection.execute(_outputs_statement(batch_id), rows)


def fail_pending(connection: Connection, batch_id: str, generation: int, why: Finding) -> int:
    """Let every pending instance of the batch end as failed; returns how many there were."""
    pending = (batch_items.c.batch_id == batch_id) & (batch_items.c.state == "pending")
    columns = [literal(value).label(name) for name, value in finding_row(why).items()]
    insert_from(
        connection,
        batch_findings,
        select(batch_items.c.batch_id, batch_items.c.sop_instance_uid, *columns).where(pending),
    )
    statement = update(batch_items).where(pending)
    values = {"state": "failed", "reason": why.code, "generation": generation}
    return connection.execute(statement.values(**values)).rowcount


def close(connection: Connection, batch_id: str) -> None:
    """Publish what the newest job imported to `instances` and give the batch's claims back.

    Nothing happens while an instance of the batch is still on its way.
    """
    mine = batch_items.c.batch_id == batch_id
    waiting = select(func.count()).select_from(batch_items)
    if connection.execute(waiting.where(mine, batch_items.c.state == "pending")).scalar_one():
        return
    # what an earlier job imported was published then, and may have been replaced since
    newest = select(func.max(jobs.c.generation)).where(jobs.c.batch_id == batch_id)
    landed = (
        select(
            batches.c.datastore_id,
            batch_items.c.sop_instance_uid,
            batch_items.c.content_hash,
            batch_items.c.series_instance_uid,
            batch_items.c.study_instance_uid,
            batches.c.fingerprint,
            batch_items.c.sha256_out,
            batch_items.c.image_set_id,
            batch_items.c.image_set_version,
            batch_items.c.is_primary,
            batches.c.batch_id,
            literal(datetime.now(UTC)).label("imported_at"),
        )
        .join_from(batch_items, batches, batches.c.batch_id == batch_items.c.batch_id)
        .where(mine, batch_items.c.state == "imported", batches.c.closed_at.is_(None))
        .where(batch_items.c.generation == newest.scalar_subquery())
    )
    keys = ("datastore_id", "sop_instance_uid")
    insert_from(
        connection,
        instances,
        landed,
        replace=[column.name for column in instances.c if column.name not in keys],
    )
    connection.execute(delete(claims).where(claims.c.batch_id == batch_id))
    still_open = (batches.c.batch_id == batch_id) & batches.c.closed_at.is_(None)
    connection.execute(update(batches).where(still_open).values(closed_at=datetime.now(UTC)))


def settle_run(connection: Connection, run: RunRef, batch_id: str) -> dict[str, int]:
    """Give the run's items of the batch their outcome and findings; returns the outcomes.

    In the run that packed the batch an item is `imported`; in a run that only awaited it, the
    content came by another run's job and is `unchanged`. Doing it again changes nothing, and
    both stay so, even when a later run packs the same batch anew.
    """
    mine = run.of(items) & (items.c.batch_id == batch_id)
    same = (batch_items.c.batch_id == batch_id) & (
        batch_items.c.sop_instance_uid == items.c.sop_instance_uid
    )
    owner = exists().where(batches.c.batch_id == batch_id, run.of(batches))
    connection.execute(
        update(items)
        .where(mine, same, batch_items.c.state.not_in(["pending", "abandoned"]))
        .where(items.c.outcome.is_(None) | items.c.outcome.not_in(_FINAL))
        .values(outcome=_outcome(owner), reason=batch_items.c.reason)
    )
    _forget_failures(connection, run, batch_id)
    insert_from(connection, findings, _findings_of_run(run, batch_id))
    fingerprint = select(batches.c.fingerprint).where(batches.c.batch_id == batch_id)
    of_batch = items.c.batch_id == batch_id
    open_cases(connection, run, str(connection.execute(fingerprint).scalar_one()), of_batch)
    counted = select(items.c.outcome, func.count()).where(mine).group_by(items.c.outcome)
    return {str(name): int(count) for name, count in connection.execute(counted)}


def _outcome(owner: Any) -> Any:
    imported = batch_items.c.state == "imported"
    return case(
        (batch_items.c.state == "held", Outcome.QUARANTINED.value),
        (batch_items.c.state == "failed", Outcome.FAILED.value),
        (batch_items.c.state == "elsewhere", Outcome.UNCHANGED.value),
        (imported & ~owner, Outcome.UNCHANGED.value),
        (imported & batch_items.c.is_primary.is_(False), Outcome.IMPORTED_NON_PRIMARY.value),
        else_=Outcome.IMPORTED.value,
    )


def _forget_failures(connection: Connection, run: RunRef, batch_id: str) -> None:
    """Delete what an earlier job found of items that are in the data store by now."""
    ended = exists().where(
        run.of(items),
        items.c.item_id == findings.c.item_id,
        items.c.batch_id == batch_id,
        items.c.outcome.not_in(["quarantined", "failed"]),
    )
    of_job = findings.c.stage == Stage.RECONCILE.value
    is_error = findings.c.severity == Severity.ERROR.value
    connection.execute(delete(findings).where(run.of(findings), of_job, is_error, ended))


def _findings_of_run(run: RunRef, batch_id: str) -> Any:
    known = batch_findings.c
    columns = (known.code, known.severity, known.stage, known.text)
    return (
        select(items.c.feed, items.c.run_id, items.c.item_id, *columns)
        .join_from(items, batch_findings, known.sop_instance_uid == items.c.sop_instance_uid)
        .where(run.of(items), items.c.batch_id == batch_id, known.batch_id == batch_id)
        # an item that was imported after all keeps its warnings, not what failed before
        .where((items.c.outcome.in_(["quarantined", "failed"])) | (known.severity == "warning"))
    )


def _outputs_statement(batch_id: str) -> Any:
    return (
        update(batch_items)
        .where(
            batch_items.c.batch_id == batch_id,
            batch_items.c.sop_instance_uid == bindparam("uid"),
            # what was held stays held: an attempt that comes late must not let it go
            batch_items.c.state == "pending",
        )
        .values(
            sha256_in=bindparam("sha_in"),
            sha256_out=bindparam("sha_out"),
            state=bindparam("new_state"),
            reason=bindparam("why"),
        )
    )


def _finding_rows(batch_id: str, outputs: Iterable[OutputEntry]) -> Iterator[dict[str, Any]]:
    for entry in outputs:
        for found in entry.findings:
            uid = entry.sop_instance_uid
            yield {"batch_id": batch_id, "sop_instance_uid": uid, **finding_row(found)}


def _first_error(found: Iterable[Finding]) -> str | None:
    return next((entry.code for entry in found if entry.severity is Severity.ERROR), None)
