"""Reads a DICOM P10 file as HealthImaging does, with the service's words for its faults."""

import re
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
from pydicom import Dataset, config
from pydicom.errors import InvalidDicomError
from pydicom.uid import DeflatedExplicitVRLittleEndian

from include.localcloud.bombs import require_proportion
from include.localcloud.file_windows import leave_pixels_in_file
from include.localcloud.metadata import as_text

REQUIRED = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
LARGE = "1 MB"
UID = re.compile(r"[0-9]+(\.[0-9]+)*")
LONGEST = {
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
HIGHEST = {
    "NumberOfStudyRelatedSeries": 1_000_000,
    "NumberOfStudyRelatedInstances": 1_000_000,
}

config.settings.reading_validation_mode = config.IGNORE


class CustomerFileError(Exception):
    """A file that cannot be imported as it is: `exceptionType` and `message` of failure.ndjson."""

    exception_type = "ValidationException"


def read_file(source: bytes | Path) -> Dataset:
    """The data set of a file; large values stay on disk when the source is a path.

    Raises:
        CustomerFileError: The file is no DICOM P10 file, or lacks what every instance must have.
    """
    dataset = _parse(source)
    if not dataset.file_meta.get("TransferSyntaxUID"):
        if not len(dataset):
            raise CustomerFileError("DICOM attributes does not exist")
        raise CustomerFileError("DICOM attribute TransferSyntaxUID does not exist")
    for keyword in REQUIRED:
        if not dataset.get(keyword):
            raise CustomerFileError(f"DICOM attribute {keyword} does not exist")
        if keyword in LONGEST and len(str(dataset[keyword].value)) > LONGEST[keyword]:
            raise CustomerFileError(f"DICOM attribute {keyword} exceeds the maximum length")
    return dataset


def is_of_two_classes(dataset: Dataset) -> bool:
    """Whether file meta information names another SOP class than the data set."""
    told = dataset.file_meta.get("MediaStorageSOPClassUID")
    return bool(told) and told != dataset.SOPClassUID


def malformed_uids(levels: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Keywords of required UIDs that are more than numbers with points between them.

    Leading zeros and up to 256 characters are no fault (release of 28 June 2024).
    """
    values = {k: v for level in levels.values() for k, v in level["DICOM"].items()}
    return [k for k in REQUIRED if not UID.fullmatch(as_text(values.get(k)))]


def overlong_elements(levels: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Keywords whose values exceed the service's limits; such files are imported with a warning.

    UIDs are not among them: `read_file` refuses those, since nothing could be filed under them.
    """
    values = {k: v for level in levels.values() for k, v in level["DICOM"].items()}
    long = [k for k, most in LONGEST.items() if len(as_text(values.get(k))) > most]
    return long + [k for k, most in HIGHEST.items() if _number(values.get(k)) > most]


def _parse(source: bytes | Path) -> Dataset:
    try:
        require_proportion(source)
        if isinstance(source, bytes):
            return pydicom.dcmread(BytesIO(source))
        syntax = pydicom.dcmread(source, stop_before_pixels=True).file_meta.get("TransferSyntaxUID")
        if syntax == DeflatedExplicitVRLittleEndian:
            return pydicom.dcmread(source)
        dataset = pydicom.dcmread(source, defer_size=LARGE)
        leave_pixels_in_file(dataset, source)
        return dataset
    except InvalidDicomError:
        raise CustomerFileError(_fault_without_preamble(source)) from None
    except Exception:  # noqa: BLE001 - any parser's error; its text can quote values
        raise CustomerFileError("DICOM attributes could not be read") from None


def _fault_without_preamble(source: bytes | Path) -> str:
    stream = BytesIO(source) if isinstance(source, bytes) else source
    try:
        dataset = pydicom.dcmread(stream, force=True, stop_before_pixels=True)
        known = any(element.keyword for element in dataset)
    except Exception:  # noqa: BLE001 - not DICOM at all
        known = False
    if known:
        return "DICOM attribute TransferSyntaxUID does not exist"
    return "DICOM attributes does not exist"


def _number(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return 0
