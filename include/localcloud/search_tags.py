"""What a search can find an image set by, and the DICOMTags it answers with."""

import json
import sqlite3
import zlib
from typing import Any

TEXT_TAGS = {
    "DICOMPatientId": "PatientID",
    "DICOMPatientName": "PatientName",
    "DICOMPatientBirthDate": "PatientBirthDate",
    "DICOMPatientSex": "PatientSex",
    "DICOMStudyInstanceUID": "StudyInstanceUID",
    "DICOMStudyId": "StudyID",
    "DICOMStudyDescription": "StudyDescription",
    "DICOMStudyDate": "StudyDate",
    "DICOMStudyTime": "StudyTime",
    "DICOMAccessionNumber": "AccessionNumber",
    "DICOMSeriesInstanceUID": "SeriesInstanceUID",
    "DICOMSeriesModality": "Modality",
    "DICOMSeriesBodyPart": "BodyPartExamined",
}


def load_metadata(row: sqlite3.Row) -> dict[str, Any]:
    """The metadata of an instance's row."""
    found: dict[str, Any] = json.loads(zlib.decompress(row["metadata"]))
    return found


def search_columns(connection: sqlite3.Connection, instance_id: int) -> dict[str, Any]:
    """The columns of an image set that come from one of its instances."""
    row = connection.execute("SELECT * FROM instances WHERE id = ?", (instance_id,)).fetchone()
    values: dict[str, Any] = {}
    for level in load_metadata(row)["levels"].values():
        values |= level["DICOM"]
    date, clock = _text(values.get("StudyDate")), _text(values.get("StudyTime"))
    return {
        "grouping": row["grouping"],
        "series_uid": row["series_uid"],
        "study_uid": _text(values.get("StudyInstanceUID")),
        "patient_id": _text(values.get("PatientID")),
        "accession_number": _text(values.get("AccessionNumber")),
        "study_id": _text(values.get("StudyID")),
        "study_moment": moment(date, clock),
        "tags": json.dumps(_tags(values)),
    }


def moment(date: str, clock: str) -> str:
    """A study's date and time as text that sorts in time, to the microsecond."""
    whole, _, fraction = clock.replace(":", "").partition(".")
    return f"{date.replace('.', '').replace('-', '')}{whole:0<6}{fraction:0<6}"


def _tags(values: dict[str, Any]) -> dict[str, Any]:
    tags: dict[str, Any] = {
        name: _text(values[keyword]) for name, keyword in TEXT_TAGS.items() if values.get(keyword)
    }
    number = _text(values.get("SeriesNumber"))
    if number.removeprefix("-").isdecimal():
        tags["DICOMSeriesNumber"] = int(number)
    return tags


def _text(value: Any) -> str:
    return "" if value is None else str(value)
