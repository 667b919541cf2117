"""Evidence of single instances: a run's lists, held against the chain that has their hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from include.imaging import manifest
from include.imaging.keys import BatchKeys
from include.imaging.model import Finding, OutputEntry, Provenance, Stage

Record = dict[str, Any]
OF_A_BATCH = frozenset({Stage.DEIDENTIFY.value, Stage.VALIDATE.value})


class InstanceEvidence:
    """What a run's chain and a copy of the results bucket (same keys) say of its instances."""

    def __init__(self, records: Iterable[Record], results: Path) -> None:
        self._records = [each for each in records if each.get("stage") in OF_A_BATCH]
        self._results = results

    def faults(self) -> Iterator[str]:
        """Yield which lists are missing or are not those of the chain, in words."""
        for record in self._records:
            key = str(record.get("key"))
            batch = BatchKeys.of_key(key)
            if batch is None or key not in (batch.outputs, batch.verified, batch.findings):
                yield "a record of the chain names no list of a batch"
                continue
            if record.get("sha256") is not None:
                yield from self._difference(key, record["sha256"])
            # who may open maps keeps them apart, so that a copy need not hold them
            if record.get("map_sha256") and (self._results / batch.reidentification).exists():
                yield from self._difference(batch.reidentification, record["map_sha256"])

    def of(self, sop_instance_uid: str) -> Iterator[Record]:
        """Yield what the run's batches say of an instance, by its UID in the data store.

        What was held back has no `sha256_out`; what may be imported is `verified`. Raises
        IntegrityError for lists that are damaged, which `faults` tells.
        """
        for record in self._records:
            batch = BatchKeys.of_key(str(record.get("key")))
            if batch is None or record["stage"] != Stage.DEIDENTIFY:
                continue
            for entry in self._load(batch.outputs):
                if entry.sop_instance_uid == sop_instance_uid:
                    yield self._told(batch, record, entry)

    def _told(self, batch: BatchKeys, made_by: Record, entry: OutputEntry) -> Record:
        items = (each.item_id for each in self._load(batch.verified))
        provenance = manifest.from_dict(Provenance, _empty() | made_by)
        return {
            **asdict(entry),
            "batch_id": batch.batch_id,
            "is_verified": entry.item_id in items,
            "findings": [asdict(each) for each in self._findings(batch, entry)],
            "made_by": asdict(provenance),
        }

    def _findings(self, batch: BatchKeys, entry: OutputEntry) -> list[Finding]:
        """Return the findings of an item: its own, then those of its batch as a set."""
        lines = manifest.lines(self._read(batch.findings))
        mine = [line for line in lines if line.get("item_id") == entry.item_id]
        found = [*entry.findings, *(manifest.from_dict(Finding, line) for line in mine)]
        return list(dict.fromkeys(found))

    def _load(self, key: str) -> Iterator[OutputEntry]:
        return manifest.load(OutputEntry, self._read(key))

    def _read(self, key: str) -> bytes:
        path = self._results / key
        return path.read_bytes() if path.is_file() else _NOTHING

    def _difference(self, key: str, told: object) -> Iterator[str]:
        try:
            with (self._results / key).open("rb") as file:
                is_same = hashlib.file_digest(file, "sha256").hexdigest() == told
        except OSError:
            yield f"{key} cannot be read"
        else:
            if not is_same:
                yield f"{key} is not the one that the chain has the hash of"


def _empty() -> Record:
    """Return a provenance that says nothing, for batches that are older than such records."""
    return dict.fromkeys(("policy", "fingerprint", "key_id", "engine_version", "table_edition"), "")


_NOTHING = manifest.dump([])
