"""Blanks what stands among an object's pixels and is none, without touching a pixel."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.uid import UID

from include.imaging.deid.pixels.layout import KEYWORDS
from include.imaging.deid.pixels.markers import (
    BEGINNINGS,
    CODESTREAM,
    JPEG,
    Range,
    foreign_ranges,
    segments_of,
)
from include.imaging.deid.pixels.native_length import BITS_OF_FLOATS, Frames, native_bytes
from include.imaging.deid.pixels.offsets import basic_is_right, extended_is_right
from include.imaging.dicom.elements import WalkError

EXTENDED = ("ExtendedOffsetTable", "ExtendedOffsetTableLengths")
ITEM, ITEM_HEADER = b"\xfe\xff\x00\xe0", 8
NUMBER = re.compile(r"\+?[0-9]{1,9}")
VIDEO = re.compile(r"1\.2\.840\.10008\.1\.2\.4\.10[0-8](\.1)?")


def trim(dataset: Dataset) -> bool:
    """Blank, in place, what of the pixel data is no pixel; return whether anything was.

    Of native pixels these are bytes behind the last frame, of compressed ones foreign segments
    and bytes behind an image's end (see `foreign_ranges`): they become zeros, so that nothing
    else moves. A Basic Offset Table that holds anything but offsets is emptied, an extended one
    is removed (PS3.5 A.4, PS3.3 C.7.6.3.1.8). `dataset.file_meta` names the transfer syntax.
    Raises WalkError for images of more segments than any genuine one has, and for native pixels
    of which the header does not say how many bytes they are.
    """
    syntax = UID(dataset.file_meta.TransferSyntaxUID)
    is_encapsulated = syntax.is_transfer_syntax and syntax.is_encapsulated
    is_changed, items = False, None
    for keyword in KEYWORDS:
        if keyword not in dataset or not isinstance((element := dataset[keyword]).value, bytes):
            continue
        if is_encapsulated and keyword == "PixelData":
            items = _items(element.value)
            new = _encapsulated(element.value, items, frames_of(dataset), syntax) if items else None
        else:
            new = _native(element, dataset)
        if new is not None:
            element.value = new
            is_changed = True
    return _without_wrong_table(dataset, items or []) or is_changed


def frames_of(dataset: Dataset) -> int:
    """Return NumberOfFrames, 1 where it is absent or empty, 0 where it is no number."""
    value = dataset.get("NumberOfFrames")
    if value is None or value == "":
        return 1
    said = str(value).strip(" \0")
    return int(said) if NUMBER.fullmatch(said) else 0


def _native(element: DataElement, dataset: Dataset) -> bytes | None:
    value = element.value
    said = Frames(
        _number(dataset, "Rows"),
        _number(dataset, "Columns"),
        _number(dataset, "SamplesPerPixel"),
        BITS_OF_FLOATS.get(element.tag) or _number(dataset, "BitsAllocated"),
        frames_of(dataset),
        str(dataset.get("PhotometricInterpretation")).strip(" \0").endswith("_422"),
    )
    length = native_bytes(said, len(value))
    if length is None:
        raise WalkError(", ".join(said.unsaid), "PIXELS_UNDESCRIBED")
    surplus = len(value) - length
    return None if value.count(0, length) == surplus else value[:length] + bytes(surplus)


def _number(dataset: Dataset, keyword: str) -> int:
    value = dataset.get(keyword)
    return value if isinstance(value, int) else 0


def _items(value: bytes) -> list[Range]:
    """Return where the values of the table and the fragments lie; nothing for no such list."""
    found, at = [], 0
    while value[at : at + len(ITEM)] == ITEM:
        start = at + ITEM_HEADER
        at = start + int.from_bytes(value[at + 4 : start], "little")
        found.append((start, at))
    return found if at == len(value) else []


def _encapsulated(value: bytes, items: list[Range], frames: int, syntax: UID) -> bytes | None:
    """Return the value without what is foreign to it, None where that is nothing."""
    images = list(_images(value, items[1:]))
    segments = segments_of(len(images))
    ranges = [found for image in images for found in _foreign(value, image, segments)]
    start, end = items[0]
    offsets = [first - ITEM_HEADER - end for first, _ in items[1:]]
    is_right = basic_is_right(
        value[start:end], frames, offsets, is_video=VIDEO.fullmatch(syntax) is not None
    )
    if is_right and not ranges:
        return None
    new = bytearray(value)
    for first, last in ranges:
        new[first:last] = bytes(last - first)
    if not is_right:
        new[:end] = ITEM + bytes(4)
    return bytes(new)


def _images(value: bytes, fragments: list[Range]) -> Iterator[list[Range]]:
    """Yield the fragments of each image: one that begins it, and those that go on with it."""
    image: list[Range] = []
    for start, end in fragments:
        if image and value.startswith(BEGINNINGS, start, end):
            yield image
            image = []
        image.append((start, end))
    if image:
        yield image


def _foreign(value: bytes, image: list[Range], segments: Iterator[int]) -> Iterator[Range]:
    """Yield what is foreign to an image, as ranges of the value: none reaches over fragments."""
    if not value.startswith((JPEG, CODESTREAM), *image[0]):
        return
    joined = b"".join([value[start:end] for start, end in image])
    ends = list(accumulate(end - start for start, end in image))
    for first, last in foreign_ranges(joined, segments):
        at = bisect_right(ends, first)
        while at < len(ends) and ends[at] - (image[at][1] - image[at][0]) < last:
            moved = image[at][1] - ends[at]  # from the image to the value
            yield max(image[at][0], first + moved), min(image[at][1], last + moved)
            at += 1


def _without_wrong_table(dataset: Dataset, items: list[Range]) -> bool:
    """Remove an Extended Offset Table that is none; return whether there was one."""
    present = [word for word in EXTENDED if word in dataset]
    if not present:
        return False
    table, lengths = (dataset.get(word) for word in EXTENDED)
    if items and isinstance(table, bytes) and isinstance(lengths, bytes):
        base = items[0][1]
        fragments = [(start - ITEM_HEADER - base, end - start) for start, end in items[1:]]
        if extended_is_right(table, lengths, frames_of(dataset), fragments):
            return False
    for word in present:
        del dataset[word]
    return True
