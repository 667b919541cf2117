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
    Native pixels of which the header does not say how many bytes they are stay: see `unsaid`.
    Raises WalkError for images of more segments than any genuine one has.
    """
    syntax = UID(dataset.file_meta.TransferSyntaxUID)
    is_changed, items = False, None
    for element in _pixels(dataset):
        if _is_native(element, syntax):
            new = _native(element, dataset)
        else:
            items = _items(element.value)
            new = _encapsulated(element.value, items, frames_of(dataset), syntax) if items else None
        if new is not None:
            element.value = new
            is_changed = True
    return _without_wrong_table(dataset, items or []) or is_changed


def unsaid(dataset: Dataset) -> tuple[str, ...]:
    """Return the attributes for want of which nobody knows how many bytes native pixels are."""
    syntax = UID(dataset.file_meta.TransferSyntaxUID)
    said = (
        (_frames(element, dataset), len(element.value))
        for element in _pixels(dataset)
        if _is_native(element, syntax)
    )
    return next((each.unsaid for each, held in said if native_bytes(each, held) is None), ())


def frames_of(dataset: Dataset) -> int:
    """Return NumberOfFrames, 1 where it is absent or empty, 0 where it is no number."""
    value = dataset.get("NumberOfFrames")
    if value is None or value == "":
        return 1
    said = str(value).strip(" \0")
    return int(said) if NUMBER.fullmatch(said) else 0


def _pixels(dataset: Dataset) -> Iterator[DataElement]:
    for keyword in KEYWORDS:
        if keyword in dataset and isinstance((element := dataset[keyword]).value, bytes):
            yield element


def _is_native(element: DataElement, syntax: UID) -> bool:
    """Return whether pixels are not in fragments; those of floats never are (PS3.5 A.4)."""
    is_encapsulated = syntax.is_transfer_syntax and syntax.is_encapsulated
    return not is_encapsulated or element.tag in BITS_OF_FLOATS


def _frames(element: DataElement, dataset: Dataset) -> Frames:
    return Frames(
        _number(dataset, "Rows"),
        _number(dataset, "Columns"),
        _number(dataset, "SamplesPerPixel"),
        BITS_OF_FLOATS.get(element.tag) or _number(dataset, "BitsAllocated"),
        frames_of(dataset),
        str(dataset.get("PhotometricInterpretation")).strip(" \0").endswith("_422"),
    )


def _native(element: DataElement, dataset: Dataset) -> bytes | None:
    value: bytes = element.value
    length = native_bytes(_frames(element, dataset), len(value))
    if length is None or value.count(0, length) == (surplus := len(value) - length):
        return None
    return value[:length] + bytes(surplus)


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
