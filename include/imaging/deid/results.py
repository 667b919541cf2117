"""What the engine answers: an object without identity, or why it does not leave."""

from __future__ import annotations

from dataclasses import dataclass, field

from include.imaging.deid.pixels.regions import Region
from include.imaging.model import Finding


@dataclass(frozen=True, slots=True)
class Deidentified:
    """A de-identified PS3.10 file and what it says of itself.

    Attributes:
        data: The file; b"" where it was written to a file of the caller's.
        actions: Number of attributes by action code (see `Action`).
        findings: Warnings: what did not stay, though no rule of the policy asked for that.
        rules: Ids of the pixel rules that spoke.
        is_masked: Pixels were changed, so that they are not the original's bytes.
        regions: What was masked in every frame.
        is_trimmed: Bytes among the pixels that are none were blanked, or an offset table removed.
    """

    data: bytes = field(repr=False)
    sop_instance_uid: str
    series_instance_uid: str
    study_instance_uid: str
    patient_id: str
    modality: str
    transfer_syntax_uid: str
    actions: dict[str, int]
    series_number: str = ""
    findings: tuple[Finding, ...] = ()
    rules: tuple[str, ...] = ()
    is_masked: bool = False
    regions: tuple[Region, ...] = ()
    is_trimmed: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """An object that does not leave, and why."""

    findings: tuple[Finding, ...]
