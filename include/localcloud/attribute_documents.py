"""The JSON documents by level that UpdateImageSetMetadata and CopyImageSet take."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from include.localcloud.errors import ValidationError

SCHEMA_VERSIONS = ("1.1", 1.1)
TOP = frozenset({"SchemaVersion", "Patient", "Study"})


@dataclass(frozen=True)
class Place:
    """Where in an image set attributes stand; no UID means everywhere on that level."""

    level: str
    series_uid: str | None = None
    sop_uid: str | None = None


@dataclass(frozen=True)
class Attributes:
    """Attributes of one place: values by keyword or tag, VRs by tag."""

    place: Place
    values: Mapping[str, Any] = field(default_factory=dict)
    vrs: Mapping[str, Any] = field(default_factory=dict)


def read_document(text: str | bytes) -> list[Attributes]:
    """What a document says, place by place.

    Its form is that of image set metadata (DG/update-image-set-metadata, examples 1 to 7):
    SchemaVersion, Patient.DICOM, Study.DICOM, Study.Series.<uid>.DICOM and
    Study.Series.<uid>.Instances.<uid>.{DICOM, DICOMVRs}.

    Raises:
        ValidationError: It is not such a document; the message quotes nothing of it.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise ValidationError("the attributes are not a JSON document") from None
    document = _object(document, "the document", TOP)
    if document.get("SchemaVersion", "1.1") not in SCHEMA_VERSIONS:
        raise ValidationError("SchemaVersion must be 1.1")
    return list(_attributes(document))


def _attributes(document: Mapping[str, Any]) -> Iterator[Attributes]:
    if "Patient" in document:
        patient = _object(document["Patient"], "Patient", {"DICOM"})
        yield Attributes(Place("Patient"), _object(patient.get("DICOM", {}), "Patient.DICOM"))
    study = _object(document.get("Study", {}), "Study", {"DICOM", "Series"})
    if "DICOM" in study:
        yield Attributes(Place("Study"), _object(study["DICOM"], "Study.DICOM"))
    for uid, entry in _object(study.get("Series", {}), "Study.Series").items():
        yield from _of_series(uid, _object(entry, "a series", {"DICOM", "Instances"}))


def _of_series(uid: str, entry: Mapping[str, Any]) -> Iterator[Attributes]:
    if "DICOM" in entry or "Instances" not in entry:
        yield Attributes(Place("Series", uid), _object(entry.get("DICOM", {}), "a series' DICOM"))
    for sop_uid, found in _object(entry.get("Instances", {}), "Instances").items():
        instance = _object(found, "an instance", {"DICOM", "DICOMVRs"})
        yield Attributes(
            Place("Instance", uid, sop_uid),
            _object(instance.get("DICOM", {}), "an instance's DICOM"),
            _object(instance.get("DICOMVRs", {}), "an instance's DICOMVRs"),
        )


def _object(value: Any, what: str, known: set[str] | frozenset[str] | None = None) -> Any:
    if not isinstance(value, dict):
        raise ValidationError(f"{what} must be a JSON object")
    if known is not None and not known.issuperset(value):
        raise ValidationError(f"{what} may have {', '.join(sorted(known))} and nothing else")
    return value
