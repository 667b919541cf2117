"""Where the objects of a page come from: a folder of originals, or a batch in its buckets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from include.imaging import manifest
from include.imaging.deid.results import Deidentified
from include.imaging.errors import CustomerError
from include.imaging.keys import BatchKeys
from include.imaging.model import ManifestEntry, Provenance, Stage
from include.imaging.qa.sample import Original
from include.imaging.steps.boundary import guarded
from include.imaging.steps.zones import Zones

Output = Callable[[Deidentified], bytes | None]


@dataclass(frozen=True, slots=True)
class Origin:
    """Originals in their order, and what an output is read with; None where there are none.

    `output` gives None for an object that has no output.
    """

    originals: Sequence[Original]
    output: Output | None = None


def of_files(files: Sequence[Path], outputs: Path | None) -> Origin:
    """Return files, and the folder that `deidentify` once wrote their outputs to."""

    def output(made: Deidentified) -> bytes | None:
        assert outputs is not None
        path = place_of(outputs, made)
        return path.read_bytes() if path.is_file() else None

    return Origin([path.read_bytes for path in files], output if outputs else None)


def place_of(target: Path, made: Deidentified) -> Path:
    """Return where an output lies below the folder of all outputs."""
    folder = target / made.study_instance_uid / made.series_instance_uid
    return folder / f"{made.sop_instance_uid}.dcm"


@guarded(Stage.DEIDENTIFY)
def of_batch(zones: Zones, batch_id: str, fingerprint: str) -> Origin:
    """Return the items of a batch, and what lies of them in the import zone.

    Raises CustomerError where there is no such batch, or where it was made under another
    fingerprint; reading an original that has expired raises it, too.
    """
    batch = BatchKeys(batch_id)
    stored = zones.results.get(batch.manifest)
    if stored is None:
        raise CustomerError(
            "BATCH_UNKNOWN", "the results bucket holds no manifest of such a batch: check both"
        )
    made_by = zones.results.get(batch.provenance)
    if made_by is not None:
        (record,) = manifest.load(Provenance, made_by)
        if record.fingerprint != fingerprint:
            raise CustomerError(
                "POLICY_CHANGED",
                f"the batch was made under policy {record.policy!r} and key {record.key_id}, with "
                "another fingerprint than these: give the policy, key, namespace and subject list "
                "that the feed had",
            )
    items = manifest.load(ManifestEntry, stored)
    read = guarded(Stage.DEIDENTIFY)(partial(_original, zones))
    output = guarded(Stage.DEIDENTIFY)(partial(_output, zones, batch))
    return Origin([partial(read, entry) for entry in items], output)


def _original(zones: Zones, entry: ManifestEntry) -> bytes:
    return zones.landing.get_range(entry.bundle, entry.offset, entry.length, entry.etag)


def _output(zones: Zones, batch: BatchKeys, made: Deidentified) -> bytes | None:
    return zones.imports.get(batch.instance(made.sop_instance_uid))
