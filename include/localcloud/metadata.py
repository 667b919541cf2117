"""A data set as the JSON of image set metadata: four levels, keywords, VRs of private elements."""

import base64
import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from math import isfinite
from operator import itemgetter
from pathlib import Path
from typing import Any

from pydicom import DataElement, Dataset
from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import RawDataElement
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag

LEVELS = Path(__file__).with_name("levels.json")
INLINE_BYTES = 1_000_000
DEEPEST = 64  # sequences in sequences; deeper ones would break those who read them
REPEATED = (0x5000, 0x6000)
PIXELS = frozenset({"PixelData", "FloatPixelData", "DoubleFloatPixelData"})
PIXEL_TAGS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
PLAIN = frozenset({"AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "PN", "SH", "TM", "UC", "UI"})
TEXTS = frozenset({"LT", "ST", "UT"})
BYTES = frozenset({"OB", "OD", "OF", "OL", "OV", "OW"})
NUMBERS = {  # struct's letter and the bytes of a value
    "US": ("H", 2), "SS": ("h", 2), "UL": ("I", 4), "SL": ("i", 4),
    "FL": ("f", 4), "FD": ("d", 8), "UV": ("Q", 8), "SV": ("q", 8),
}  # fmt: skip
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


class NestingError(ValueError):
    """A data set holds sequences in sequences too often."""


@dataclass(frozen=True)
class Named:
    """A tag's keyword, none for private ones and for overlays, which share theirs; hex; level."""

    keyword: str
    number: str
    level: str


@cache
def level_of() -> dict[str, str]:
    """The level (Patient, Study, Series) of each keyword that is not the instance's own."""
    levels = json.loads(LEVELS.read_text())
    return {keyword: level for level, keywords in levels.items() for keyword in keywords}


def describe(dataset: Dataset) -> dict[str, Level]:
    """The elements by level: {level: {"DICOM": {keyword: value}, "DICOMVRs": {tag: VR}}}.

    File meta information counts as the instance's. Numbers that DICOM writes as text stay text,
    empty values are null, as are pixel data and binary values above 1 MB.

    Raises:
        NestingError: It holds sequences in sequences too often.
    """
    levels: dict[str, Level] = {
        name: {"DICOM": {}, "DICOMVRs": {}} for name in ("Patient", "Study", "Series", "Instance")
    }
    for name, vr, value in (*_entries(dataset.file_meta), *_entries(dataset)):
        level = levels[name.level]
        level["DICOM"][name.keyword or name.number] = value
        if not name.keyword:
            level["DICOMVRs"][name.number] = vr
    return levels


def grouping(levels: dict[str, Level]) -> dict[str, str]:
    """The elements that decide which image set an instance joins, as text."""
    found: dict[str, Any] = {}
    for level in levels.values():
        found |= level["DICOM"]
    return {keyword: as_text(found.get(keyword)) for keyword in GROUPING}


def _entries(dataset: Dataset, depth: int = 0) -> Iterator[tuple[Named, str, Any]]:
    """Names, VR and JSON value of each element; group lengths are none."""
    if depth > DEEPEST:
        raise NestingError
    # by numbers, since comparing tags takes longer than all else here
    numbered = [(int(tag), stored) for tag, stored in dataset.items()]
    for number, stored in sorted(numbered, key=itemgetter(0)):
        if number & 0xFFFF == 0:
            continue
        name = _named(number)
        if number in PIXEL_TAGS:
            yield name, "", None
        elif isinstance(stored, RawDataElement) and is_simple(stored):
            yield name, str(stored.VR), simple_value(stored)
        else:
            element = _element(dataset, BaseTag(number))
            yield name, str(element.VR), json_value(element, depth)


@lru_cache(1 << 16)
def _named(number: int) -> Named:
    keyword = "" if number >> 16 & 0xFF00 in REPEATED else keyword_for_tag(number)
    return Named(keyword, f"{number:08X}", level_of().get(keyword, "Instance"))


def is_simple(raw: RawDataElement) -> bool:
    """Whether an element's bytes tell its value without its character set or its neighbours."""
    if not isinstance(raw.value, bytes):
        return False
    if raw.VR in PLAIN or raw.VR in TEXTS:
        return raw.value.isascii() and b"\x1b" not in raw.value
    return raw.VR in NUMBERS or raw.VR in BYTES


def simple_value(raw: RawDataElement) -> Any:
    """The value of an element that `is_simple`, as `json_value` would give it but sooner."""
    data = raw.value or b""
    if raw.VR in BYTES:
        return _single(data) if data else None
    if raw.VR in TEXTS:
        return data.decode("ascii").rstrip("\0 ") or None
    if raw.VR in PLAIN:
        text = data.decode("ascii")
        if "\\" in text:
            return [part.strip(" \0") for part in text.split("\\")]
        return text.strip(" \0") or None
    kind, size = NUMBERS[str(raw.VR)]
    layout = f"{'<' if raw.is_little_endian else '>'}{len(data) // size}{kind}"
    values: Sequence[Any] = struct.unpack_from(layout, data)
    if kind in "fd":
        values = [_single(value) for value in values]
    return list(values) if len(values) > 1 else next(iter(values), None)


def json_value(element: DataElement, depth: int = 0) -> Any:
    """The JSON value of any element.

    Raises:
        NestingError: It holds sequences in sequences too often.
    """
    if element.VR == "SQ":
        return [_item(item, depth + 1) for item in element.value]
    value = element.value
    if value is None or (hasattr(value, "__len__") and len(value) == 0):
        return None
    if isinstance(value, MultiValue | list):
        return [_single(item) for item in value]
    return _single(value)


def _item(dataset: Dataset, depth: int) -> dict[str, Any]:
    return {name.keyword or name.number: value for name, _, value in _entries(dataset, depth)}


def _element(dataset: Dataset, tag: BaseTag) -> DataElement:
    """The element; one whose value its VR cannot hold comes as bytes."""
    try:
        return dataset[tag]
    except Exception:  # noqa: BLE001 - any value error of any VR
        raw = dataset.get_item(tag)
        return DataElement(tag, "UN", bytes(getattr(raw, "value", None) or b""))


def _single(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode() if len(value) <= INLINE_BYTES else None
    if isinstance(value, BaseTag):
        return f"{int(value):08X}"
    if type(value) in (int, float):
        return value if isfinite(value) else None
    return str(value)


def as_text(value: Any) -> str:
    """A JSON value as DICOM would write it."""
    if isinstance(value, list):
        return "\\".join(as_text(item) for item in value)
    return "" if value is None else str(value)
