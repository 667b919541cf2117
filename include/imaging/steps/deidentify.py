"""De-identifies and verifies the items of a batch; what passes goes to the import zone."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol

from sqlalchemy import Engine

from include.imaging import keys, manifest
from include.imaging.catalog import jobs
from include.imaging.catalog.leases import WorkLease
from include.imaging.catalog.plans import Batch, batch_of, writing_batch
from include.imaging.catalog.settle import record_outputs
from include.imaging.deid.links import Links
from include.imaging.deid.originals import Identifiers
from include.imaging.deid.reidentification import Map
from include.imaging.deid.results import Deidentified, Held
from include.imaging.errors import CustomerError, IntegrityError
from include.imaging.findings import finding
from include.imaging.keys import BatchKeys
from include.imaging.landing.ranges import fetch
from include.imaging.model import (
    Finding,
    ManifestEntry,
    OutputEntry,
    Provenance,
    Severity,
    Stage,
)
from include.imaging.steps.boundary import guarded
from include.imaging.steps.zones import Zones

WORKERS = 4
WAIT_SECONDS = 2


class Rewriter(Protocol):
    """The engine of de-identification, under one policy and key."""

    provenance: Provenance

    def deidentify(self, original: bytes) -> Deidentified | Held:
        """Return the object without identity, or why it is held back."""

    def originals(self, original: bytes) -> Identifiers:
        """Return what identifies an object that was not held back."""


Verify = Callable[[bytes, Deidentified], tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class Worked:
    """How many items of the batch were verified, and how many held back."""

    verified: int
    held: int


@dataclass(frozen=True, slots=True)
class _Bench:
    batch: BatchKeys
    feed: str
    zones: Zones
    rewriter: Rewriter
    verify: Verify
    lease: WorkLease
    map: Map | None
    links: Links


@guarded(Stage.DEIDENTIFY)
def run(
    *,
    batch_id: str,
    owner: str,
    zones: Zones,
    engine: Engine,
    rewriter: Rewriter,
    verify: Verify,
    reidentification: Map | None = None,
    progress: Callable[[int], None] = lambda _done: None,
) -> Worked:
    """Return how the batch's items came out; each is written, or held with its bytes kept.

    A batch that is done already, or whose import job is under way, is left as it is; one that
    another run is rewriting is waited for. `owner` names the run. Where `reidentification` is
    given, one map of the batch's originals and stand-ins is sealed by it and kept in the results
    zone. Raises CustomerError when the batch was packed under another policy or key than the
    rewriter's.
    """
    known = batch_of(engine, batch_id)
    batch, lease = BatchKeys(batch_id), WorkLease(engine, batch_id, owner)
    feed, seal = known.owner.feed, reidentification
    bench = _Bench(batch, feed, zones, rewriter, verify, lease, seal, Links())
    while (done := _stored(bench, engine)) is None:
        _require_policy(known, rewriter)
        if lease.take():
            # once more: the attempt before may have ended between the look and the lease
            done = _stored(bench, engine) or _rewrite(bench, progress)
            lease.give_back()
            break
        time.sleep(WAIT_SECONDS)
    with writing_batch(engine, batch_id) as connection:
        record_outputs(connection, batch_id, done)
    verified = sum(1 for entry in done if entry.key)
    return Worked(verified, len(done) - verified)


def _stored(bench: _Bench, engine: Engine) -> list[OutputEntry] | None:
    batch, zones = bench.batch, bench.zones
    stored = zones.results.get(batch.outputs)
    if stored is None:
        return None
    outputs = list(manifest.load(OutputEntry, stored))
    with engine.connect() as connection:
        if jobs.is_underway(connection, batch.batch_id):
            return outputs
    if bench.map is not None and zones.results.written(batch.reidentification) is None:
        return None
    # what `validate` withheld is gone on purpose
    verified = zones.results.get(batch.verified)
    wanted = list(manifest.load(OutputEntry, verified)) if verified is not None else outputs
    there = {entry.key: entry.size for entry in zones.imports.listing(batch.prefix)}
    complete = all(there.get(entry.key) == entry.size for entry in wanted if entry.key)
    return outputs if complete else None


def _require_policy(known: Batch, rewriter: Rewriter) -> None:
    if known.fingerprint != rewriter.provenance.fingerprint:
        raise CustomerError(
            "POLICY_CHANGED",
            f"batch {known.batch_id} was packed under another policy, key or subject list "
            "than the feed has now: trigger the interval again, which packs its items anew",
        )


def _rewrite(bench: _Bench, progress: Callable[[int], None]) -> list[OutputEntry]:
    # a list of the attempt before must not release what this one may hold back
    bench.zones.results.delete([bench.batch.verified])
    with bench.lease.kept():
        done = list(_work(bench, progress))
    bench.lease.renew()
    made = _sealed(bench) if bench.map is not None else bench.rewriter.provenance
    bench.zones.results.put(bench.batch.provenance, manifest.dump([made]))
    bench.zones.results.put(bench.batch.outputs, manifest.dump(done))
    return done


def _sealed(bench: _Bench) -> Provenance:
    """Write the batch's map; returns what made its outputs, and which map that is."""
    assert bench.map is not None
    sealed = bench.map.seal(bench.links.rows())
    bench.zones.results.put(bench.batch.reidentification, sealed)
    digest = hashlib.sha256(sealed).hexdigest()
    return replace(bench.rewriter.provenance, map_key_id=bench.map.key_id, map_sha256=digest)


def _work(bench: _Bench, progress: Callable[[int], None]) -> Iterator[OutputEntry]:
    count = 0
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="deidentify") as pool:
        for fetched in fetch(bench.zones.landing, _manifest(bench)):
            yield from pool.map(lambda pair: _one(bench, *pair), fetched)
            count += len(fetched)
            progress(count)


def _manifest(bench: _Bench) -> Iterable[ManifestEntry]:
    stored = bench.zones.results.get(bench.batch.manifest)
    if stored is None:
        raise IntegrityError(
            "MANIFEST_MISSING",
            f"batch {bench.batch.batch_id} has no manifest: clear `pack_batches` of the run",
        )
    return manifest.load(ManifestEntry, stored)


def _one(bench: _Bench, entry: ManifestEntry, original: bytes) -> OutputEntry:
    made = bench.rewriter.deidentify(original)
    if isinstance(made, Held):
        return _hold(bench, entry, original, made.findings)
    found = made.findings + bench.verify(original, made)
    if made.sop_instance_uid != entry.sop_instance_uid:
        found += (finding("UID_MISMATCH", Stage.VALIDATE),)
    if any(each.severity is Severity.ERROR for each in found):
        return _hold(bench, entry, original, found)
    key = bench.batch.instance(made.sop_instance_uid)
    bench.lease.require()
    bench.zones.imports.put(key, made.data)
    if bench.map is not None:
        bench.links.add(bench.rewriter.originals(original), made)
    return replace(
        _blank(entry),
        key=key,
        size=len(made.data),
        sha256_in=hashlib.sha256(original).hexdigest(),
        sha256_out=hashlib.sha256(made.data).hexdigest(),
        patient_id=made.patient_id,
        modality=made.modality,
        transfer_syntax_uid=made.transfer_syntax_uid,
        actions=made.actions,
        findings=found,
        series_number=made.series_number,
        rules=made.rules,
        is_masked=made.is_masked,
        is_trimmed=made.is_trimmed,
    )


def _hold(
    bench: _Bench, entry: ManifestEntry, original: bytes, found: tuple[Finding, ...]
) -> OutputEntry:
    key = keys.quarantined(bench.feed, entry.item_id, entry.content_hash)
    bench.lease.require()
    bench.zones.landing.put(key, original)
    sha256_in = hashlib.sha256(original).hexdigest()
    return replace(_blank(entry), sha256_in=sha256_in, findings=found)


def _blank(entry: ManifestEntry) -> OutputEntry:
    return OutputEntry(
        item_id=entry.item_id,
        sop_instance_uid=entry.sop_instance_uid,
        series_instance_uid=entry.series_instance_uid,
        study_instance_uid=entry.study_instance_uid,
        content_hash=entry.content_hash,
    )
