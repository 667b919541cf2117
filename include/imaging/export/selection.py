"""Which image sets an export takes: one search, narrowed by what it found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any

from include.imaging.errors import CustomerError

if TYPE_CHECKING:
    from mypy_boto3_medical_imaging import HealthImagingClient
    from mypy_boto3_medical_imaging.type_defs import ImageSetsMetadataSummaryTypeDef

PAGE_SIZE = 50
EARLIEST, LATEST = date(1, 1, 1), date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class ImageSet:
    """One version of an image set."""

    image_set_id: str
    version: int
    is_primary: bool = True


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for: image sets by id, or all that meet every other criterion.

    `first` and `last` bound the study date, both included. Image sets that are not primary
    are taken when they are asked for by id, or with `include_non_primary`.
    """

    study_uid: str = ""
    patient_id: str = ""
    first: date | None = None
    last: date | None = None
    image_set_ids: tuple[str, ...] = ()
    include_non_primary: bool = False
    limit: int | None = None

    def __post_init__(self) -> None:
        """Refuse what asks for nothing, for everything, or for contradictory things."""
        has_criteria = bool(self.study_uid or self.patient_id or self.first or self.last)
        if self.image_set_ids and has_criteria:
            raise CustomerError(
                "EXPORT_SELECTION", "give image set ids, or study, patient and dates, not both"
            )
        if not self.image_set_ids and not has_criteria:
            raise CustomerError(
                "EXPORT_SELECTION",
                "name what to export: a study, a patient, a first or last date, or image set ids",
            )
        if self.first and self.last and self.first > self.last:
            raise CustomerError("EXPORT_SELECTION", "the first date lies behind the last one")


def find(
    client: HealthImagingClient, datastore_id: str, selection: Selection
) -> Iterator[ImageSet]:
    """Yield the selected image sets, each once, the one created first at the beginning.

    SearchImageSets promises one search query only (developer guide, "Searching image sets"),
    so the narrowest criterion is the service's and the others are compared here.
    """
    wanted = (
        _by_id(client, datastore_id, selection.image_set_ids)
        if selection.image_set_ids
        else _by_search(client, datastore_id, selection)
    )
    yield from islice(wanted, selection.limit)


def _by_id(
    client: HealthImagingClient, datastore_id: str, ids: tuple[str, ...]
) -> Iterator[ImageSet]:
    for image_set_id in dict.fromkeys(ids):
        found = client.get_image_set(datastoreId=datastore_id, imageSetId=image_set_id)
        yield ImageSet(image_set_id, int(found["versionId"]), found.get("isPrimary", True))


def _by_search(
    client: HealthImagingClient, datastore_id: str, selection: Selection
) -> Iterator[ImageSet]:
    pages = client.get_paginator("search_image_sets").paginate(
        datastoreId=datastore_id,
        searchCriteria={
            "filters": [_filter(selection)],
            # new image sets join at the end, so pages do not shift while they are read
            "sort": {"sortField": "createdAt", "sortOrder": "ASC"},
        },
        PaginationConfig={"PageSize": PAGE_SIZE},
    )
    seen = set()
    for page in pages:
        for summary in page["imageSetsMetadataSummaries"]:
            if summary["imageSetId"] not in seen and _is_wanted(summary, selection):
                seen.add(summary["imageSetId"])
                is_primary = summary.get("isPrimary", True)
                yield ImageSet(summary["imageSetId"], summary.get("version", 1), is_primary)


def _filter(selection: Selection) -> Any:
    if selection.study_uid:
        return {"operator": "EQUAL", "values": [{"DICOMStudyInstanceUID": selection.study_uid}]}
    if selection.patient_id:
        return {"operator": "EQUAL", "values": [{"DICOMPatientId": selection.patient_id}]}
    bounds = (
        (selection.first or EARLIEST, "000000.000000"),
        (selection.last or LATEST, "235959.999999"),
    )
    values = [
        {"DICOMStudyDateAndTime": {"DICOMStudyDate": _dicom(day), "DICOMStudyTime": clock}}
        for day, clock in bounds
    ]
    return {"operator": "BETWEEN", "values": values}


def _is_wanted(summary: ImageSetsMetadataSummaryTypeDef, selection: Selection) -> bool:
    tags = summary.get("DICOMTags", {})
    if not (selection.include_non_primary or summary.get("isPrimary", True)):
        return False
    if selection.study_uid and tags.get("DICOMStudyInstanceUID") != selection.study_uid:
        return False
    if selection.patient_id and tags.get("DICOMPatientId") != selection.patient_id:
        return False
    if selection.first or selection.last:
        first, last = selection.first or EARLIEST, selection.last or LATEST
        day = tags.get("DICOMStudyDate", "").replace(".", "")[:8]
        return _dicom(first) <= day <= _dicom(last)
    return True


def _dicom(day: date) -> str:
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"
