"""Walks the bytes of a DICOM file element by element, strictly and without pydicom's reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from include.imaging.dicom.any_encoding import Walker
from include.imaging.dicom.deflate import InflationError, inflated
from include.imaging.dicom.envelope import MARK, marked_start
from include.imaging.dicom.explicit_little import ExplicitReader, explicit_parts
from include.imaging.dicom.limits import PARTS
from include.imaging.dicom.parts import (
    UNDEFINED,
    Bulk,
    Part,
    WalkError,
    slice_of,
    top_level,
    without_items,
)
from include.imaging.dicom.repeats import OfSeries, Reader, Taken

__all__ = ["UNDEFINED", "WalkError"]

PIXEL_DATA = 0x7FE00010
TRANSFER_SYNTAX_UID = 0x00020010
IMPLICIT, BIG_ENDIAN, DEFLATED = (
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.1.99",
)


@dataclass(frozen=True, slots=True)
class Element:
    """One element: tags of the enclosing sequences, own tag, VR, value as it is encoded.

    A sequence's `value` is empty, and its elements follow. An encapsulated value is the
    bytes of all its items, up to the delimiter.
    """

    path: tuple[int, ...]
    tag: int
    vr: str
    value: bytes


@dataclass(frozen=True)
class Walked:
    """A file, taken apart: preamble, file meta group and data set, in the order of the bytes.

    `parts` hold what `elements` do, long values without a copy, and where items begin; `taken`
    says which of them are runs that others of the series have, too.
    """

    preamble: bytes
    meta_parts: list[Part]
    parts: list[Part]
    transfer_syntax_uid: str
    taken: Taken = field(default_factory=list)

    @cached_property
    def meta(self) -> tuple[Element, ...]:
        """The elements of the file meta group."""
        return _elements(self.meta_parts)

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        """The elements of the data set, at every depth."""
        return _elements(self.parts)


def walk(data: bytes, others: OfSeries | None = None) -> Walked:
    """Return every element of a PS3.10 file; raises WalkError where the bytes are not that.

    A missing preamble is allowed; a missing file meta group or transfer syntax is not. With
    `others`, what the objects of that series had so far is taken at once.
    """
    meta, offset = _meta_parts(data)
    uid = _transfer_syntax(meta)
    if not uid:
        raise WalkError("no transfer syntax", "NO_FILE_META")
    body, start = plain_data_set(data, offset, uid)
    preamble = data[: max(0, marked_start(data) - len(MARK))]
    if others is None:
        return Walked(preamble, meta, _data_set(body, start, uid)[0], uid)
    reader = _reader(body, uid)
    taken, _ = others.in_syntax(uid).take(reader, body, start)
    reader.check()
    return Walked(preamble, meta, reader.parts, uid, taken)


def file_meta(data: bytes) -> tuple[tuple[Element, ...], int]:
    """Return the elements of group 0002 and the offset behind them; raises WalkError."""
    meta, offset = _meta_parts(data)
    return _elements(meta), offset


def transfer_syntax_of(meta: tuple[Element, ...]) -> str:
    """Return the UID of the transfer syntax that a file meta group names, or ''."""
    return _uid(next((e.value for e in meta if e.tag == TRANSFER_SYNTAX_UID), b""))


def plain_data_set(data: bytes, offset: int, uid: str) -> tuple[bytes, int]:
    """Return the bytes that a data set stands in undeflated, and its offset in them."""
    if uid != DEFLATED:
        return data, offset
    try:
        with inflated(data, offset) as (plain, complete):
            if not complete:
                raise WalkError("ends in the middle of its deflated data set", "TRUNCATED")
            return bytes(plain), 0
    except InflationError as error:
        raise WalkError("deflated data set", error.code) from None


def end_of_elements(data: bytes) -> int:
    """Return the offset behind the last element of an undeflated file: padding follows, or none.

    Raises WalkError where `walk` does, and copies no long value.
    """
    meta, offset = _meta_parts(data)
    return _data_set(data, offset, _transfer_syntax(meta))[1]


def _meta_parts(data: bytes) -> tuple[list[Part], int]:
    """Return the parts of group 0002, none of which is a sequence, and the offset behind them."""
    parts, level, end = list[Part](), top_level(), len(data)
    offset = marked_start(data)
    while data[offset : offset + 2] == b"\x02\x00":
        head, size = level[data[offset : offset + 8]]
        start = offset + 8
        if not size:
            start += 4
            if start > end:
                raise WalkError("an element has no VR, though its transfer syntax demands one")
            size = 12 + int.from_bytes(data[offset + 8 : start], "little")
            if size == 12 + UNDEFINED:
                raise WalkError("undefined length where none may be")
        offset += size
        if offset > end:
            raise WalkError("ends in the middle of a value", "TRUNCATED")
        parts.append((head, slice_of(data, start, offset)))
        if len(parts) > PARTS:
            raise WalkError(f"more than {PARTS:,}", "TOO_MANY_ELEMENTS")
    return parts, offset


def _data_set(data: bytes, offset: int, uid: str) -> tuple[list[Part], int]:
    """Return the parts of an undeflated data set, and the offset behind them."""
    if uid not in (IMPLICIT, BIG_ENDIAN):
        return explicit_parts(data, offset, PARTS)
    walker = _walker(data, uid)
    end = walker.data_set(offset)
    return walker.parts, end


def _walker(data: bytes, uid: str) -> Walker:
    return Walker(data, "<>"[uid == BIG_ENDIAN], PARTS, is_implicit=uid == IMPLICIT)


def _reader(data: bytes, uid: str) -> Reader:
    is_explicit_little = uid not in (IMPLICIT, BIG_ENDIAN)
    return ExplicitReader(data, PARTS) if is_explicit_little else _walker(data, uid)


def _elements(parts: list[Part]) -> tuple[Element, ...]:
    return tuple(
        Element(head.path, head.tag, head.vr, _bytes(value)) for head, value in without_items(parts)
    )


def _bytes(value: bytes | Bulk) -> bytes:
    return bytes(value.view()) if isinstance(value, Bulk) else value


def _transfer_syntax(meta: list[Part]) -> str:
    return _uid(next((v for head, v in meta if head.tag == TRANSFER_SYNTAX_UID), b""))


def _uid(value: bytes | Bulk) -> str:
    return _bytes(value).decode("ascii", "replace").strip("\0 ")
