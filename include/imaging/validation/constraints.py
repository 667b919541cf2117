"""HealthImaging's limits on elements (developer guide, DICOM element constraints)."""

from __future__ import annotations

from collections.abc import Mapping

from include.imaging.findings import finding
from include.imaging.model import Finding, Stage

# Keyword → longest value in bytes.
LONGEST: dict[str, int] = {
    "PatientName": 256,
    "PatientID": 256,
    "PatientBirthDate": 18,
    "PatientSex": 16,
    "StudyInstanceUID": 256,
    "StudyID": 256,
    "StudyDescription": 256,
    "AccessionNumber": 256,
    "StudyDate": 18,
    "StudyTime": 28,
    "SOPInstanceUID": 256,
    "SeriesInstanceUID": 256,
}
# Keyword → largest number.
LARGEST: dict[str, int] = {
    "NumberOfStudyRelatedSeries": 1_000_000,
    "NumberOfStudyRelatedInstances": 1_000_000,
}


def broken_constraints(values: Mapping[str, bytes]) -> tuple[Finding, ...]:
    """Return a finding for each top-level element that HealthImaging would refuse.

    `values` holds encoded values by keyword, of at least the elements named here.
    """
    too_long = [
        keyword for keyword, most in LONGEST.items() if len(values.get(keyword, b"").strip()) > most
    ]
    too_large = [
        keyword for keyword, most in LARGEST.items() if _number(values.get(keyword, b"")) > most
    ]
    return tuple(
        finding("ELEMENT_TOO_LONG", Stage.VALIDATE, keyword) for keyword in (*too_long, *too_large)
    )


def _number(value: bytes) -> int:
    text = value.strip(b" \0")
    return int(text) if text.isdigit() else 0
