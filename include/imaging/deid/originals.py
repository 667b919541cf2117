"""What identifies an original, beside its stand-ins: for the re-identification map alone."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.datadict import tag_for_keyword

from include.imaging.deid.fast import OWNED, PATIENT_ID
from include.imaging.deid.opened import opened
from include.imaging.deid.series import LatestSeries
from include.imaging.deid.sources import MemorySource
from include.imaging.dicom.explicit import DoubtError

IDENTIFYING_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
_TAGS = (PATIENT_ID, *map(tag_for_keyword, IDENTIFYING_UIDS))


@dataclass(frozen=True, slots=True, repr=False)
class Identifiers:
    """The identifiers of one original, '' where it has none. It is identity, so never shown."""

    patient_id: str
    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str


def plain_identifiers(original: bytes) -> Identifiers | None:
    """Return the identifiers of an object as most writers write it, None for any other."""
    try:
        header = opened(MemorySource(original), OWNED, LatestSeries()).header
    except DoubtError:
        return None
    values = [header.get(tag or 0) or (b"LO", b"") for tag in _TAGS]
    if any(vr not in (b"LO", b"UI") or not _is_plain(raw) for vr, raw in values):
        return None
    return Identifiers(*(raw.decode("ascii") for _, raw in values))


def _is_plain(value: bytes) -> bool:
    return value.isascii() and b"\\" not in value and b"\x1b" not in value
