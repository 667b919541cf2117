"""Starts the import job of a batch exactly once, or finds the one that was started."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from include.imaging import manifest
from include.imaging.catalog import jobs
from include.imaging.catalog.jobs import Intent
from include.imaging.catalog.results import settled_instances
from include.imaging.errors import IntegrityError
from include.imaging.keys import BatchKeys
from include.imaging.model import OutputEntry, Stage
from include.imaging.steps.boundary import guarded
from include.imaging.steps.service import ImportService
from include.imaging.steps.zones import Zones


@dataclass(frozen=True, slots=True)
class Started:
    """The batch's import job; `adopted` when an earlier attempt had started it."""

    job_id: str
    generation: int
    adopted: bool


@guarded(Stage.START_IMPORT)
def run(
    *, batch_id: str, owner: str, zones: Zones, engine: Engine, service: ImportService
) -> Started | None:
    """Return the batch's import job, or None for a batch that has nothing to import.

    The intent is committed before the service is called and the job id right after, so that
    a death in between leaves an intent without a job id: the next attempt looks for a job of
    that name and otherwise starts it with the same client token. `owner` names the run.
    Raises IntegrityError when the prefix holds anything but what was verified.
    """
    batch = BatchKeys(batch_id)
    verified = _verified(batch, zones)
    if not verified:
        return None
    intent = jobs.intend(engine, batch_id, owner)
    if intent.job_id:
        return Started(intent.job_id, intent.generation, adopted=True)
    found = None if intent.is_new else service.find(intent.job_name)
    if found is None:
        _prepare_prefix(batch, zones, engine, verified, intent)
    job_id = found or service.start(
        client_token=intent.client_token,
        job_name=intent.job_name,
        input_uri=f"s3://{zones.imports.name}/{batch.prefix}",
        output_uri=f"s3://{zones.results.name}/{batch.job_output}",
    )
    jobs.mark_started(engine, intent, job_id, "SUBMITTED")
    return Started(job_id, intent.generation, adopted=found is not None)


def _verified(batch: BatchKeys, zones: Zones) -> dict[str, int]:
    stored = zones.results.get(batch.verified)
    if stored is None:
        raise IntegrityError(
            "NOT_VALIDATED", f"batch {batch.batch_id} was not validated: clear its `validate`"
        )
    return {entry.key: entry.size for entry in manifest.load(OutputEntry, stored)}


def _prepare_prefix(
    batch: BatchKeys, zones: Zones, engine: Engine, verified: dict[str, int], intent: Intent
) -> None:
    with engine.connect() as connection:
        done = {batch.instance(uid) for uid in settled_instances(connection, batch.batch_id)}
    zones.imports.delete(sorted(done))
    there = {entry.key: entry.size for entry in zones.imports.listing(batch.prefix)}
    wanted = {key: size for key, size in verified.items() if key not in done}
    if there != wanted:
        # no job of this intent exists, so the batch may be mended
        jobs.withdraw(engine, intent)
        raise IntegrityError(
            "PREFIX_NOT_MANIFEST",
            f"the import prefix of batch {batch.batch_id} holds {len(there)} objects and is not "
            f"the {len(wanted)} that were verified: clear `deidentify` and `validate` of this "
            "batch, and find out who else writes to the import zone",
        )
