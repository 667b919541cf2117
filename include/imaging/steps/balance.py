"""Draws the run's balance, writes its evidence, and raises unless every item has its outcome."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Engine

from include.imaging import evidence, manifest
from include.imaging.balance import NAMED_ITEMS, Balance, to_markdown
from include.imaging.catalog import run_items
from include.imaging.catalog.engine import writing
from include.imaging.catalog.plans import planned
from include.imaging.catalog.run_items import RunRef
from include.imaging.errors import CustomerError
from include.imaging.keys import BatchKeys, RunKeys
from include.imaging.landing.census import Census, stored_census
from include.imaging.model import Outcome, Stage
from include.imaging.steps.boundary import guarded
from include.imaging.steps.zones import Zones


@guarded(Stage.BALANCE)
def run(
    *, run: RunRef, zones: Zones, engine: Engine, fingerprint: str, failed_allowed: int
) -> Balance:
    """Return the balance sheet after writing the evidence; raises IntegrityError if it is off.

    Evidence (results bucket): `chain.ndjson` (hash-chained records of every stage),
    `balance.json` and `report.md`. It is written for a run that does not balance, too, unless
    it has balanced before: then the evidence of that stays.
    """
    census = stored_census(zones.landing, RunKeys(run.feed, run.run_id))
    with engine.connect() as connection:
        sheet = Balance(
            feed=run.feed,
            run_id=run.run_id,
            census=census.items if census else _registered(connection, run),
            outcomes=run_items.outcomes(connection, run),
            findings=run_items.findings_by_code(connection, run),
            image_sets=run_items.image_sets(connection, run),
            import_jobs=len(run_items.import_jobs(connection, run)),
            failed_allowed=failed_allowed,
            fingerprint=fingerprint,
            missing=run_items.without_outcome(connection, run, NAMED_ITEMS),
            failed=run_items.with_outcome(connection, run, Outcome.FAILED, NAMED_ITEMS),
        )
        proven = run_items.is_balanced(connection, run)
    # without its sources, evidence that was written before must not be written anew
    if census is not None and (sheet.balanced or not proven):
        sheet = _write_evidence(run, zones, engine, sheet, census)
    sheet.require()
    with writing(engine, run.lock) as connection:
        run_items.mark_balanced(connection, run)
    return sheet


def _registered(connection: Connection, run: RunRef) -> int:
    """Return the census of a run whose landing zone has expired, as the catalog has it."""
    census = run_items.census_items(connection, run)
    if census is None:
        raise CustomerError(
            "NO_CENSUS",
            "this run took no census, so there is nothing to balance: see why `take_census` "
            "failed, then clear it with its downstream tasks",
        )
    return census


def _write_evidence(
    run: RunRef, zones: Zones, engine: Engine, sheet: Balance, census: Census
) -> Balance:
    keys = RunKeys(run.feed, run.run_id)
    records = list(evidence.chain(_records(run, zones, engine, sheet, census)))
    sheet = replace(sheet, chain_head=records[-1]["hash"])
    zones.results.put(keys.evidence("chain.ndjson"), evidence.to_ndjson(records))
    content = json.dumps(sheet.to_dict(), indent=2, sort_keys=True)
    zones.results.put(keys.evidence("balance.json"), content.encode())
    zones.results.put(keys.evidence("report.md"), to_markdown(sheet).encode())
    return sheet


def _records(
    run: RunRef, zones: Zones, engine: Engine, sheet: Balance, census: Census
) -> Iterator[dict[str, Any]]:
    keys = RunKeys(run.feed, run.run_id)
    yield {"stage": "take_census", **_object(zones.landing, keys.census), "items": sheet.census}
    for shard in census.shards:
        yield {"stage": "stage", **_object(zones.landing, keys.shard_index(shard.number))}
    yield {"stage": "pack_batches", **_object(zones.landing, keys.plan)}
    with engine.connect() as connection:
        batches = planned(connection, run)
        jobs = run_items.import_jobs(connection, run)
    for planned_batch in batches:
        batch = BatchKeys(planned_batch.batch_id)
        made_by = _provenance(zones, batch)
        yield {"stage": "deidentify", **_object(zones.results, batch.outputs), **made_by}
        yield {"stage": "validate", **_object(zones.results, batch.verified)}
        yield {"stage": "validate", **_object(zones.results, batch.findings)}
    for job in jobs:
        yield {
            "stage": "reconcile",
            "batch_id": job.batch_id,
            "generation": job.generation,
            "job_id": job.job_id,
            "status": job.status,
        }
    yield {"stage": "balance", **sheet.record()}


def _provenance(zones: Zones, batch: BatchKeys) -> dict[str, Any]:
    """Return what made the batch's outputs; nothing of a batch that is older than such records."""
    stored = zones.results.get(batch.provenance)
    records = list(manifest.lines(stored)) if stored is not None else []
    return {"batch_id": batch.batch_id, **(records[0] if records else {})}


def _object(store: Any, key: str) -> dict[str, Any]:
    stream = store.open(key)
    if stream is None:
        return {"key": key, "sha256": None}
    with stream:
        return {"key": key, "sha256": hashlib.file_digest(stream, "sha256").hexdigest()}
