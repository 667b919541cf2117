"""Validates a batch as a set and leaves in its import prefix exactly what may be imported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from include.imaging import manifest
from include.imaging.catalog import jobs
from include.imaging.catalog.plans import batch_of, writing_batch
from include.imaging.catalog.settle import record_outputs
from include.imaging.errors import CustomerError, IntegrityError
from include.imaging.keys import BatchKeys
from include.imaging.model import ManifestEntry, OutputEntry, Stage
from include.imaging.packing import SERVICE_BYTES
from include.imaging.steps.boundary import guarded
from include.imaging.steps.quarantine import keep_bytes
from include.imaging.steps.zones import Zones
from include.imaging.validation.series import SERIES_INCONSISTENT, check_series


@dataclass(frozen=True, slots=True)
class Validated:
    """How many objects may be imported, were withheld, and were not of the batch at all."""

    verified: int
    held: int
    foreign: int


@guarded(Stage.VALIDATE)
def run(*, batch_id: str, zones: Zones, engine: Engine, most_files: int) -> Validated:
    """Return what may be imported; withheld and foreign objects are deleted from the prefix.

    A batch whose import job is under way is left as it is. Raises CustomerError when an
    output is gone, IntegrityError when the batch exceeds the quota of an import job.
    """
    batch = BatchKeys(batch_id)
    stored = zones.results.get(batch.verified)
    with engine.connect() as connection:
        started = jobs.is_underway(connection, batch_id)
    if started and stored is not None:
        verified = sum(1 for _ in manifest.lines(stored))
        return Validated(verified, _outputs(batch, zones) - verified, 0)
    outputs = check_series(manifest.load(OutputEntry, _read(batch, zones)))
    verified_outputs = [entry for entry in outputs if entry.key]
    _check_quota(batch, verified_outputs, most_files)
    foreign = _clean(batch, zones, verified_outputs)
    _keep_withheld(batch, zones, engine, outputs)
    zones.results.put(batch.findings, manifest.dump(_findings(outputs)))
    zones.results.put(batch.verified, manifest.dump(verified_outputs))
    with writing_batch(engine, batch_id) as connection:
        record_outputs(connection, batch_id, outputs)
    return Validated(len(verified_outputs), len(outputs) - len(verified_outputs), foreign)


def _keep_withheld(
    batch: BatchKeys, zones: Zones, engine: Engine, outputs: list[OutputEntry]
) -> None:
    withheld = {
        entry.item_id
        for entry in outputs
        if any(found.code == SERIES_INCONSISTENT for found in entry.findings)
    }
    stored = zones.results.get(batch.manifest) if withheld else None
    if stored is not None:
        feed = batch_of(engine, batch.batch_id).owner.feed
        entries = manifest.load(ManifestEntry, stored)
        keep_bytes(zones.landing, feed, (e for e in entries if e.item_id in withheld))


def _findings(outputs: list[OutputEntry]) -> Iterator[dict[str, Any]]:
    for entry in outputs:
        for found in entry.findings:
            yield {"item_id": entry.item_id, **manifest.to_dict(found)}


def _read(batch: BatchKeys, zones: Zones) -> bytes:
    stored = zones.results.get(batch.outputs)
    if stored is None:
        raise IntegrityError(
            "OUTPUTS_MISSING", f"batch {batch.batch_id} was not de-identified: clear `deidentify`"
        )
    return stored


def _outputs(batch: BatchKeys, zones: Zones) -> int:
    return sum(1 for _ in manifest.lines(_read(batch, zones)))


def _check_quota(batch: BatchKeys, verified: list[OutputEntry], most_files: int) -> None:
    size = sum(entry.size for entry in verified)
    if len(verified) > most_files or (size > SERVICE_BYTES and len(verified) > 1):
        raise IntegrityError(
            "BATCH_OVER_QUOTA",
            f"batch {batch.batch_id} holds {len(verified)} files of {size} bytes, more than one "
            f"import job takes ({most_files} files, {SERVICE_BYTES} bytes): lower the feed's "
            "`quota` below what the batch holds and trigger the interval again, which packs its "
            "items anew in smaller batches",
        )


def _clean(batch: BatchKeys, zones: Zones, verified: list[OutputEntry]) -> int:
    wanted = {entry.key: entry.size for entry in verified}
    there = {entry.key: entry.size for entry in zones.imports.listing(batch.prefix)}
    missing = sum(1 for key, size in wanted.items() if there.get(key) != size)
    if missing:
        raise CustomerError(
            "OUTPUT_GONE",
            f"{missing} objects of batch {batch.batch_id} are gone from the import zone, or "
            "changed, since they were verified: clear `deidentify` of this batch",
        )
    return zones.imports.delete(key for key in there if key not in wanted)
