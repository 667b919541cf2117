"""The nouns of the pipeline, as plain records of the standard library."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """The one end of an item."""

    IMPORTED = "imported"
    IMPORTED_NON_PRIMARY = "imported_non_primary"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    EXCLUDED = "excluded"
    QUARANTINED = "quarantined"
    FAILED = "failed"


class Severity(StrEnum):
    """What a finding does to its item: `error` holds it back, `warning` is only recorded."""

    ERROR = "error"
    WARNING = "warning"


class Stage(StrEnum):
    """The stage at which a finding was made; the task ids of the DAG."""

    TAKE_CENSUS = "take_census"
    STAGE = "stage"
    PACK_BATCHES = "pack_batches"
    DEIDENTIFY = "deidentify"
    VALIDATE = "validate"
    START_IMPORT = "start_import"
    AWAIT_IMPORT = "await_import"
    RECONCILE = "reconcile"
    BALANCE = "balance"
    EXPORT = "export"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with an item, series or batch; its text never holds identity."""

    code: str
    severity: Severity
    stage: Stage
    text: str


@dataclass(frozen=True, slots=True)
class CensusItem:
    """One file of the census, or one member of a container; holds identity (paths).

    `ordinal` is the member's position in its container (0 for a loose file) and tells
    members of one name apart. `stamp` changes when the source file changes.
    """

    item_id: str
    path: str
    size: int
    stamp: str
    member: str | None = None
    ordinal: int = 0
    container: str | None = None
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class HeaderFacts:
    """What packing must know of an object, as the source has it; holds identity (UIDs).

    An absent attribute is the empty string.
    """

    sop_class_uid: str
    sop_instance_uid: str
    study_instance_uid: str
    series_instance_uid: str
    modality: str
    transfer_syntax_uid: str


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One item of a shard after staging: where its bytes lie and what they are.

    `bundle`, `etag`, `offset` and `length` (bytes) locate it in the landing zone; an item
    whose bytes could not be read has no bundle and at least one finding.
    `content_hash` is the SHA-256 of the data set without preamble and group 0002, or of
    the whole file where that cannot be told apart.
    """

    item_id: str
    size: int
    bundle: str | None = None
    etag: str = ""
    offset: int = 0
    length: int = 0
    sha256: str = ""
    content_hash: str = ""
    facts: HeaderFacts | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One item of a batch, without identity: keyed UIDs, and where its bytes lie in landing."""

    item_id: str
    sop_instance_uid: str
    series_instance_uid: str
    study_instance_uid: str
    content_hash: str
    bundle: str
    etag: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class OutputEntry:
    """What de-identification and validation made of one item of a batch.

    With findings of severity `error` the item was held back and `key` is empty; otherwise
    `key` names the verified object in the import zone, `size` its bytes, `sha256_out` its
    hash, and `actions` counts what the policy did by action code (X, Z, D, U, …). `rules` are
    the ids of the pixel rules that spoke; `is_masked`: its pixels are not the original's;
    `is_trimmed`: nothing but what stood between and behind them is not.
    """

    item_id: str
    sop_instance_uid: str
    series_instance_uid: str
    study_instance_uid: str
    content_hash: str
    key: str = ""
    size: int = 0
    sha256_in: str = ""
    sha256_out: str = ""
    patient_id: str = ""
    modality: str = ""
    transfer_syntax_uid: str = ""
    actions: dict[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    series_number: str = ""
    rules: tuple[str, ...] = ()
    is_masked: bool = False
    is_trimmed: bool = False


@dataclass(frozen=True, slots=True)
class Provenance:
    """What made de-identified objects: names and digests, and neither a key nor identity.

    `fingerprint` names all that they depend on, `key_id` the secret, `table_edition` the edition
    of PS3.15. Where the policy asks for a re-identification map, `map_sha256` is the hash of the
    map as it is stored, and `map_key_id` names the public key that it was sealed for.
    """

    policy: str
    fingerprint: str
    key_id: str
    engine_version: str
    table_edition: str
    map_key_id: str = ""
    map_sha256: str = ""
