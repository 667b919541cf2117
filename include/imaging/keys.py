"""Where things lie in the three buckets; no other module joins the parts of a key."""

from __future__ import annotations

import re
from dataclasses import dataclass

# first in the key, for a bucket's lifecycle tells objects apart by how their keys begin
RUNS, QUARANTINE, BATCHES = "runs/", "quarantine/", "batches/"

_PLAIN = re.compile(r"[A-Za-z0-9_-]")
_OF_A_BATCH = re.compile(rf"{BATCHES}([0-9a-f]{{32}})/")
_ESCAPED = re.compile(r"!([0-9a-f]{2})")


def encode_run_id(run_id: str) -> str:
    """Return `run_id` with every byte outside `[A-Za-z0-9_-]` as `!xx`; reversible, S3-safe."""
    return "".join(
        chr(byte) if _PLAIN.fullmatch(chr(byte)) else f"!{byte:02x}" for byte in run_id.encode()
    )


def decode_run_id(part: str) -> str:
    """Return the run id that `encode_run_id` made `part` of."""
    raw = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), part)
    return raw.encode("latin-1").decode()


@dataclass(frozen=True, slots=True)
class RunKeys:
    """Keys of one run: landing (`census` … `bundle`) and results (`evidence`)."""

    feed: str
    run_id: str

    @property
    def root(self) -> str:
        """Landing prefix of the run, with a final slash."""
        return f"{RUNS}{self.feed}/{encode_run_id(self.run_id)}/"

    @property
    def census(self) -> str:
        """The list of shards; its presence says that the census is taken."""
        return f"{self.root}census.ndjson.gz"

    @property
    def plan(self) -> str:
        """The list of batches; its presence says that the run is packed."""
        return f"{self.root}plan.ndjson.gz"

    def shard_items(self, shard: int, digest: str) -> str:
        """The census items of one shard, named by the SHA-256 of their list."""
        return f"{self.root}shards/{shard:06d}/items-{digest[:32]}.ndjson.gz"

    def shard_index(self, shard: int) -> str:
        """The commit point of staging one shard."""
        return f"{self.root}shards/{shard:06d}/index.ndjson.gz"

    def shard_part(self, shard: int, part: int) -> str:
        """The index of one bundle of a shard, kept until the whole index is written."""
        return f"{self.root}shards/{shard:06d}/parts/{part:06d}.ndjson.gz"

    def bundle(self, digest: str) -> str:
        """A bundle, named by the SHA-256 of its content."""
        return f"{self.root}bundles/{digest}.tar"

    def evidence(self, name: str) -> str:
        """A file of the run's evidence (results bucket)."""
        return f"{RUNS}{self.feed}/{encode_run_id(self.run_id)}/evidence/{name}"


def quarantined(feed: str, item_id: str, content_hash: str) -> str:
    """Key (landing) of the bytes of an item that is held back, by item and content."""
    return f"{QUARANTINE}{feed}/{item_id}/{content_hash}"


@dataclass(frozen=True, slots=True)
class BatchKeys:
    """Keys of one batch: the import prefix, and its records in the results bucket."""

    batch_id: str

    @classmethod
    def of_key(cls, key: str) -> BatchKeys | None:
        """Return the keys of the batch that a key belongs to; None for any other key."""
        found = _OF_A_BATCH.match(key)
        return cls(found[1]) if found else None

    @property
    def prefix(self) -> str:
        """Import-zone prefix of the batch, with the final slash that keeps siblings out."""
        return f"{BATCHES}{self.batch_id}/"

    def instance(self, sop_instance_uid: str) -> str:
        """Import-zone key of one verified object."""
        return f"{self.prefix}{sop_instance_uid}.dcm"

    def instance_of(self, key: str) -> str:
        """Return the SOPInstanceUID that `instance` made `key` of, or '' for a foreign key."""
        name = key.removeprefix(self.prefix)
        return name.removesuffix(".dcm") if name != key and name.endswith(".dcm") else ""

    @property
    def job_output(self) -> str:
        """Results prefix that is given to HealthImaging for its own output."""
        return f"jobs/{self.batch_id}/"

    @property
    def manifest(self) -> str:
        """The batch's items (results bucket)."""
        return f"{self.prefix}manifest.ndjson.gz"

    @property
    def outputs(self) -> str:
        """What de-identification made of every item; the commit point of `deidentify`."""
        return f"{self.prefix}outputs.ndjson.gz"

    @property
    def provenance(self) -> str:
        """What made the outputs: policy, key id, engine, and the map's hash (one record)."""
        return f"{self.prefix}provenance.ndjson.gz"

    @property
    def reidentification(self) -> str:
        """Originals and stand-ins, sealed for a key that the pipeline lacks."""
        return f"{self.prefix}reidentification.map"

    @property
    def verified(self) -> str:
        """What may be imported, after `validate`; its commit point."""
        return f"{self.prefix}verified.ndjson.gz"

    @property
    def findings(self) -> str:
        """Every finding of the batch (results bucket)."""
        return f"{self.prefix}findings.ndjson.gz"
