"""HealthImaging's limits on elements (developer guide, DICOM element constraints)."""

from __future__ import annotations

from collections.abc import Mapping

from pydicom.datadict import tag_for_keyword

from include.imaging.findings import finding
from include.imaging.model import Finding, Stage
from include.imaging.validation.facts import Fact

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


_LONGEST = [(tag_for_keyword(word) or 0, word, most) for word, most in LONGEST.items()]
_LARGEST = [(tag_for_keyword(word) or 0, word, most) for word, most in LARGEST.items()]
WATCHED = frozenset(tag for tag, _, _ in (*_LONGEST, *_LARGEST))


def broken_constraints(top: Mapping[int, Fact]) -> tuple[Finding, ...]:
    """Return a finding for each top-level element, by tag, that HealthImaging would refuse."""
    too_long = [
        keyword
        for tag, keyword, most in _LONGEST
        if (fact := top.get(tag)) and len(fact.bulk or fact.data.strip()) > most
    ]
    too_large = [
        keyword
        for tag, keyword, most in _LARGEST
        if (fact := top.get(tag)) and _number(fact.data) > most
    ]
    return tuple(
        finding("ELEMENT_TOO_LONG", Stage.VALIDATE, keyword) for keyword in (*too_long, *too_large)
    )


def _number(value: bytes) -> int:
    text = value.strip(b" \0")
    return int(text) if text.isdigit() else 0
