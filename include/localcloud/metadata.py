"""A data set as the JSON of image set metadata: four levels, keywords, VRs of private elements."""

import base64
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from pydicom import DataElement, Dataset
from pydicom.tag import BaseTag

LEVELS = Path(__file__).with_name("levels.json")
INLINE_BYTES = 1_000_000
PIXELS = frozenset({"PixelData", "FloatPixelData", "DoubleFloatPixelData"})
GROUPING = (
    "StudyInstanceUID",
    "StudyDate",
    "AccessionNumber",
    "PatientID",
    "StudyID",
    "SeriesInstanceUID",
    "SeriesNumber",
)

Level = dict[str, dict[str, Any]]


@cache
def level_of() -> dict[str, str]:
    """The level (Patient, Study, Series) of each keyword that is not the instance's own."""
    levels = json.loads(LEVELS.read_text())
    return {keyword: level for level, keywords in levels.items() for keyword in keywords}


def describe(dataset: Dataset) -> dict[str, Level]:
    """The elements by level: {level: {"DICOM": {keyword: value}, "DICOMVRs": {tag: VR}}}.

    File meta information counts as the instance's. Numbers that DICOM writes as text stay text,
    empty values are null, as are pixel data and binary values above 1 MB.
    """
    levels: dict[str, Level] = {
        name: {"DICOM": {}, "DICOMVRs": {}} for name in ("Patient", "Study", "Series", "Instance")
    }
    for element in (*_elements(dataset.file_meta), *_elements(dataset)):
        name = element.keyword or f"{int(element.tag):08X}"
        level = levels[level_of().get(name, "Instance")]
        level["DICOM"][name] = None if name in PIXELS else _value(element)
        if not element.keyword:
            level["DICOMVRs"][name] = str(element.VR)
    return levels


def grouping(levels: dict[str, Level]) -> dict[str, str]:
    """The elements that decide which image set an instance joins, as text."""
    found: dict[str, Any] = {}
    for level in levels.values():
        found |= level["DICOM"]
    return {keyword: _text(found.get(keyword)) for keyword in GROUPING}


def _elements(dataset: Dataset) -> Iterable[DataElement]:
    """All elements; one whose value its VR cannot hold comes as plain text."""
    for tag in sorted(dataset.keys()):
        if tag.element == 0:
            continue
        try:
            yield dataset[tag]
        except Exception:  # noqa: BLE001 - any value error of any VR
            raw = dataset.get_item(tag)
            text = bytes(raw.value or b"").decode("latin-1").rstrip("\0 ")
            yield DataElement(tag, "UN", text.encode())


def _value(element: DataElement) -> Any:
    if element.VR == "SQ":
        return [_item(item) for item in element.value]
    value = element.value
    if value is None or value == "" or (isinstance(value, bytes | list) and not value):
        return None
    if isinstance(value, str | bytes | int | float) or not hasattr(value, "__iter__"):
        return _single(value)
    if element.VR == "PN" and element.VM <= 1:
        return str(value) or None
    return [_single(item) for item in value]


def _item(dataset: Dataset) -> dict[str, Any]:
    return {e.keyword or f"{int(e.tag):08X}": _value(e) for e in _elements(dataset)}


def _single(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode() if len(value) <= INLINE_BYTES else None
    if isinstance(value, BaseTag):
        return f"{int(value):08X}"
    if type(value) in (int, float):
        return value
    return str(value)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "\\".join(_text(item) for item in value)
    return "" if value is None else str(value)
