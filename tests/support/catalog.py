"""Runs of small synthetic items, packed and settled in the catalog without any store."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy import Engine, select

from include.imaging.catalog import claims, forming, jobs, run_items, settle
from include.imaging.catalog.cases import open_cases
from include.imaging.catalog.decisions import Rules, decide
from include.imaging.catalog.engine import writing
from include.imaging.catalog.plans import planned
from include.imaging.catalog.results import InstanceResult, record_results
from include.imaging.catalog.run_items import RunRef
from include.imaging.catalog.tables import items
from include.imaging.feed import ChangeRule, ConflictRule
from include.imaging.findings import finding
from include.imaging.model import Finding, HeaderFacts, IndexEntry, OutputEntry, Stage
from include.imaging.packing import Quota

DATASTORE = "d" * 32
FINGERPRINT = "f" * 64


def rules(
    *,
    fingerprint: str = FINGERPRINT,
    on_conflict: ConflictRule = ConflictRule.QUARANTINE,
    on_change: ChangeRule = ChangeRule.HOLD,
    on_policy_change: ChangeRule = ChangeRule.HOLD,
) -> Rules:
    return Rules(DATASTORE, fingerprint, on_conflict, on_change, on_policy_change)


def entry(
    name: str,
    *,
    uid: str = "",
    content: str = "",
    series: str = "1.9",
    size: int = 10,
    codes: Sequence[str] = (),
) -> IndexEntry:
    """An item as staging leaves it; items of one `content` hold the same bytes."""
    facts = HeaderFacts("1.2.840.10008.5.1.4.1.1.2", uid or f"1.{name}", "1.5", series, "CT", "1.2")
    return IndexEntry(
        item_id=name,
        size=size,
        bundle="bundle",
        length=size,
        content_hash=sha256((content or name).encode()).hexdigest(),
        facts=facts,
        findings=tuple(finding(code, Stage.STAGE) for code in codes),
    )


def pack_run(
    engine: Engine,
    run: RunRef,
    entries: Sequence[IndexEntry],
    rules: Rules,
    quota: Quota | None = None,
    *,
    is_staged: bool = True,
) -> list[str]:
    """Load and pack a run as the step does; returns its batches by map index."""
    run_items.register(
        engine,
        run,
        datastore_id=DATASTORE,
        fingerprint=rules.fingerprint,
        items=len(entries),
        size=0,
    )
    run_items.load(engine, run, 0, entries, lambda uid: uid)
    with engine.connect() as connection:
        owners = claims.owners_to_join(connection, run, rules)
    with writing(engine, "pack") as connection:
        decide(connection, run, rules)
        expired = () if is_staged else owners
        claims.join_live_batches(connection, run, rules, quota or Quota(), expired)
        forming.form_batches(connection, run, rules, quota or Quota())
        forming.number_batches(connection, run)
        open_cases(connection, run, rules.fingerprint)
        run_items.mark_packed(connection, run)
        return [batch.batch_id for batch in planned(connection, run)]


def finish(
    engine: Engine, run: RunRef, batch_id: str, uids: Sequence[str], *, held: Sequence[str] = ()
) -> dict[str, int]:
    """Let a batch's instances be imported (or held at de-identification) and settle the run."""
    generation = 1
    if uids:
        intent = jobs.intend(engine, batch_id, "test")
        generation = intent.generation
        jobs.mark_started(engine, intent, "job", "SUBMITTED")
    why: Finding = finding("PIXELS_MAY_HOLD_TEXT", Stage.DEIDENTIFY)
    outputs = [OutputEntry("i", uid, "", "", "", key="k", sha256_out="0" * 64) for uid in uids]
    outputs += [OutputEntry("i", uid, "", "", "", findings=(why,)) for uid in held]
    with writing(engine, "finish") as connection:
        settle.record_outputs(connection, batch_id, outputs)
        done = [InstanceResult(uid, "a" * 32, 1, is_primary=True) for uid in uids]
        record_results(connection, batch_id, generation, done)
        settle.fail_pending(
            connection, batch_id, generation, finding("JOB_FAILED", Stage.RECONCILE)
        )
        if uids:
            known = jobs.newest(connection, batch_id)
            assert known is not None
            jobs.mark_ended(connection, known, "COMPLETED")
        settle.close(connection, batch_id)
        return settle.settle_run(connection, run, batch_id)


def ends(engine: Engine, run: RunRef) -> dict[str, tuple[str | None, str | None]]:
    """Outcome and reason of each item of a run."""
    with engine.connect() as connection:
        query = select(items.c.item_id, items.c.outcome, items.c.reason).where(run.of(items))
        return {row.item_id: (row.outcome, row.reason) for row in connection.execute(query)}
