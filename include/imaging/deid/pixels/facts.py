"""What the rules are told of an object: plain values of its header, and what lies in sequences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData", "PixelDataProviderURL")
OVERLAY_GROUPS, OVERLAY_BIT_POSITION, OVERLAY_DATA = 0x60, 0x0102, 0x3000
SCANS, ANATOMY = "SequenceOfUltrasoundRegions", "AnatomicRegionSequence"
# Hostile objects: no console writes more.
MOST_ITEMS = 64

Facts = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Scan:
    """An item of SequenceOfUltrasoundRegions (PS3.3 C.8.5.5); its edges belong to it."""

    data_type: int
    spatial_format: int
    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Structure:
    """What an object holds beside plain values.

    `scans` and `anatomy` (code values of AnatomicRegionSequence) are None where the sequence
    is there and was not read.
    """

    has_pixels: bool = True
    overlay_in_pixels: bool = False
    scans: tuple[Scan, ...] | None = ()
    anatomy: tuple[str, ...] | None = ()


def facts_of(dataset: Dataset, keywords: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the values of top-level attributes as stripped upper-case text, absent ones left out.

    Numbers are decimal text; an attribute without a value has no values.
    """
    return {word: _texts(dataset[word].value) for word in keywords if word in dataset}


def structure_of(dataset: Dataset) -> Structure:
    """Return what a data set holds beside plain values."""
    return Structure(
        has_pixels=any(word in dataset for word in PIXELS),
        overlay_in_pixels=_has_overlay_in_pixels(dataset),
        scans=tuple(_scan(item) for item in _items(dataset, SCANS)),
        anatomy=tuple(str(item.get("CodeValue", "")).strip() for item in _items(dataset, ANATOMY)),
    )


def _items(dataset: Dataset, keyword: str) -> list[Dataset]:
    return list(dataset.get(keyword) or ())[:MOST_ITEMS]


def _scan(item: Dataset) -> Scan:
    """Return the item; what is absent or no number becomes -1, which no rule takes."""
    return Scan(
        _number(item, "RegionDataType"),
        _number(item, "RegionSpatialFormat"),
        _number(item, "RegionLocationMinX0"),
        _number(item, "RegionLocationMinY0"),
        _number(item, "RegionLocationMaxX1"),
        _number(item, "RegionLocationMaxY1"),
    )


def _number(item: Dataset, keyword: str) -> int:
    value = item.get(keyword)
    return value if isinstance(value, int) else -1


def _has_overlay_in_pixels(dataset: Dataset) -> bool:
    """Return whether an overlay plane has no data of its own (retired form, PS3.3 C.9.2.1.1)."""
    tags = dataset.keys()  # iterating the data set itself would decode every element
    groups = {tag.group for tag in tags if tag.group >> 8 == OVERLAY_GROUPS}
    return any(
        (group, OVERLAY_BIT_POSITION) in dataset and (group, OVERLAY_DATA) not in dataset
        for group in groups
    )


def _texts(value: object) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    values = value if isinstance(value, MultiValue | list | tuple) else (value,)
    return tuple(str(entry).strip(" \0").upper() for entry in values)
