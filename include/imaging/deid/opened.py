"""An object taken apart for the fast path: its elements as spans, its pixels as a range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pydicom.uid import UID

from include.imaging.deid.series import Header, LatestSeries
from include.imaging.deid.sources import Source
from include.imaging.dicom.envelope import MARK, PREAMBLE_LENGTH
from include.imaging.dicom.explicit import (
    ITEM,
    SEQUENCE_END,
    UNDEFINED,
    DoubtError,
    EndsEarlyError,
    Span,
    item_header,
)
from include.imaging.dicom.forms import EXPLICIT, OPEN, Form
from include.imaging.dicom.limits import PARTS

START = PREAMBLE_LENGTH + len(MARK)
FIRST_PIXELS, LAST_PIXELS = 0x7FE00008, 0x7FE00010
PIXEL_VRS = {0x7FE00008: (b"OF",), 0x7FE00009: (b"OD",), 0x7FE00010: (b"OB", b"OW")}
FIRST_DATA_SET_TAG = 0x00030000
META_GROUP = 2
TRANSFER_SYNTAX_UID = 0x00020010
HEAD_BYTES = 32 * 1024
LARGEST_HEAD_BYTES = 64 * 2**20
LARGEST_TAIL_BYTES = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Pixels:
    """The pixel data: its tag, its VR, its header as encoded, and its place in the source.

    `start` is behind the header; the delimiter of an encapsulated value is before `stop`.
    """

    tag: int
    vr: str
    header: bytes
    start: int
    stop: int

    @property
    def is_open(self) -> bool:
        """Whether its length is undefined."""
        return self.header[-4:] == OPEN


@dataclass(frozen=True, slots=True)
class Opened:
    """The parts of an object in one of the usual forms.

    Attributes:
        header: What stands before the pixel data.
        tail, tail_elements: What stands behind the pixel data.
    """

    transfer_syntax: bytes
    form: Form
    header: Header
    pixels: Pixels | None
    tail: bytes
    tail_elements: list[Span]


def opened(source: Source, owned: Mapping[bytes, Form], series: LatestSeries) -> Opened:
    """Return the parts of an object whose transfer syntax is among the `owned`.

    What the headers of its series share is known to `series`, or made known.

    Raises DoubtError for everything that is not exactly as PS3.5 and PS3.10 want it.
    """
    size = HEAD_BYTES
    while True:
        head = source.read(0, size)
        try:
            syntax, form, found = _head(head, owned, series)
        except EndsEarlyError as error:
            size = max(2 * size, error.wanted)
        else:
            end = found.end
            if end < len(head) or len(head) >= source.size:
                break
            size *= 2
        if len(head) >= source.size or size > LARGEST_HEAD_BYTES:
            raise DoubtError
    pixels = _pixels(source, end, form) if end < source.size else None
    if pixels and pixels.tag == LAST_PIXELS and pixels.is_open != is_encapsulated(syntax):
        raise DoubtError
    stop = pixels.stop if pixels else end
    if source.size - stop > LARGEST_TAIL_BYTES:
        raise DoubtError
    tail = source.read(stop, source.size - stop) if stop < source.size else b""
    return Opened(syntax, form, found, pixels, tail, _tail(tail, form))


@cache
def is_encapsulated(syntax: bytes) -> bool:
    """Return whether a transfer syntax has its pixel data in fragments (PS3.5 A.4)."""
    uid = UID(syntax.decode("ascii", "replace"))
    return uid.is_transfer_syntax and uid.is_encapsulated


def _head(
    head: bytes, owned: Mapping[bytes, Form], series: LatestSeries
) -> tuple[bytes, Form, Header]:
    """Return transfer syntax, form and the elements of the data set before its pixels."""
    if head[PREAMBLE_LENGTH:START] != MARK:
        raise DoubtError
    meta = EXPLICIT.spans(head, START, len(head), 0, FIRST_DATA_SET_TAG)
    syntax = next((head[s[3] : s[4]] for s in meta if s[0] == TRANSFER_SYNTAX_UID), b"")
    form = owned.get(syntax := syntax.rstrip(b"\0"))
    if form is None or meta[0][0] >> 16 != META_GROUP:
        raise DoubtError
    start = meta[-1][4]
    found = series.of(head, form).header(form, head, start, FIRST_PIXELS)
    if found.end == start:
        raise DoubtError
    return syntax, form, found


def _tail(data: bytes, form: Form) -> list[Span]:
    try:
        found = form.spans(data, 0, len(data))
    except EndsEarlyError:
        raise DoubtError from None
    if found and found[0][0] <= LAST_PIXELS:
        raise DoubtError
    return found


def _pixels(source: Source, offset: int, form: Form) -> Pixels:
    header = source.read(offset, form.pixel_header_bytes)
    if len(header) < form.pixel_header_bytes:
        raise DoubtError
    tag = int.from_bytes(header[:2], "little") << 16 | int.from_bytes(header[2:4], "little")
    length = int.from_bytes(header[-4:], "little")
    vrs = PIXEL_VRS.get(tag, ())
    vr = header[4:6] if form is EXPLICIT else b"OW"
    if vr not in vrs or (form is EXPLICIT and header[6:8] != b"\0\0"):
        raise DoubtError
    start = offset + len(header)
    if length == UNDEFINED and form is EXPLICIT:
        return Pixels(tag, vr.decode(), header, start, _end_of_fragments(source, start))
    if start + length > source.size or length % 2:
        raise DoubtError
    return Pixels(tag, vr.decode(), header, start, start + length)


def _end_of_fragments(source: Source, offset: int) -> int:
    for _ in range(PARTS):
        mark = source.read(offset, 8)
        try:
            tag, length = item_header(mark, 0, len(mark))
        except EndsEarlyError:
            raise DoubtError from None
        offset += 8
        if tag == SEQUENCE_END:
            return offset
        if tag != ITEM or length == UNDEFINED or length % 2 or offset + length > source.size:
            raise DoubtError
        offset += length
    raise DoubtError
