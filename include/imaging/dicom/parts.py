"""What a strict walk hands out: parts of a data set, named by heads that are made once."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from include.imaging.dicom.envelope import SHORTEST_ELEMENT
from include.imaging.dicom.vrs import own_vrs

UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
LONG_VRS = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
SHORT_VRS = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
# A value this long is no slice of its own, but a view of the file.
BULK_BYTES = 4096
# Of headers that are known by their bytes; real archives have some thousands.
MOST_HEADERS = 65_536


class WalkError(Exception):
    """The bytes break the encoding that their transfer syntax promises. Holds no value.

    `code` is the finding it amounts to, UNPARSABLE or one that says more; `cause` its detail.
    """

    def __init__(self, cause: str, code: str = "UNPARSABLE") -> None:
        super().__init__(cause)
        self.cause = cause
        self.code = code


class Bulk:
    """A long value where it lies, without a copy; two are equal only where they are one."""

    __slots__ = ("data", "end", "start")

    def __init__(self, data: bytes, start: int, end: int) -> None:
        self.data = data
        self.start = start
        self.end = end

    def __len__(self) -> int:
        return self.end - self.start

    def view(self, offset: int = 0) -> memoryview:
        """Return the bytes from an offset on."""
        return memoryview(self.data)[min(self.start + offset, self.end) : self.end]

    def has_same_bytes(self, other: Bulk) -> bool:
        """Return whether the bytes are another one's; neither is copied."""
        return len(self) == len(other) and self.data.startswith(other.view(), self.start)


class Head:
    """Which element a part is: tags of the enclosing sequences, own tag, VR; `ITEM` begins items.

    `inside` are the heads of what a sequence holds; an item has no VR.
    """

    __slots__ = ("_inside", "is_long", "path", "tag", "vr")

    def __init__(self, path: tuple[int, ...], tag: int, vr: str, *, is_long: bool) -> None:
        self.path = path
        self.tag = tag
        self.vr = vr
        self.is_long = is_long
        self._inside: Level | None = None

    @property
    def inside(self) -> Level:
        """The level of this sequence's items."""
        if self._inside is None:
            self._inside = Level((*self.path, self.tag))
        return self._inside


Value = bytes | Bulk
# A sequence's value is empty: its items follow, each begun by a part whose tag is `ITEM`.
Part = tuple[Head, Value]


class Level(dict[bytes, tuple[Head, int]]):
    """The heads within one sequence, or at the top level, by the bytes of their headers.

    Of an element with a short length the number is that of its header and value together, of
    any other it is 0. WalkError for a header that is cut off, or has no VR of the standard.
    """

    def __init__(self, path: tuple[int, ...]) -> None:
        super().__init__()
        self.path = path
        self.item = Head(path, ITEM, "", is_long=False)
        self._heads: dict[tuple[int, str], Head] = {}

    def head(self, tag: int, vr: str) -> Head:
        """Return the one head of an element at this level."""
        head = self._heads.get((tag, vr))
        if head is None:
            head = Head(self.path, tag, vr, is_long=vr.encode() in LONG_VRS)
            if _remembers():
                head = self._heads.setdefault((tag, vr), head)
        return head

    def __missing__(self, header: bytes) -> tuple[Head, int]:
        """Return head and size of an element whose header is 8 bytes in Explicit VR Little."""
        if len(header) < SHORTEST_ELEMENT:
            raise WalkError("ends in the middle of an element's header", "TRUNCATED")
        tag = header[1] << 24 | header[0] << 16 | header[3] << 8 | header[2]
        vr = header[4:6]
        if tag >> 16 == 0xFFFE:
            return Head(self.path, tag, "", is_long=True), 0
        if vr not in SHORT_VRS and vr not in LONG_VRS:
            raise WalkError("an element has no VR, though its transfer syntax demands one")
        length = int.from_bytes(header[6:8], "little")
        found = self.head(tag, vr.decode()), 8 + length if vr in SHORT_VRS else 0
        if _remembers():
            self[header] = found
        return found


class _Known:
    """The headers that this process has met: no values, and a bounded number."""

    def __init__(self) -> None:
        self.top = Level(())
        self.count = 0


_known = _Known()


def _remembers() -> bool:
    """Count a header that is new; returns whether there is room to know it."""
    _known.count += 1
    return _known.count <= MOST_HEADERS


def top_level() -> Level:
    """Return the heads of elements outside of sequences, emptied when it has become too many."""
    global _known
    if _known.count > MOST_HEADERS:
        _known = _Known()
    return _known.top


def slice_of(data: bytes, start: int, end: int) -> Value:
    """Return a value: of its own where it is short, a view of the file where it is long."""
    return data[start:end] if end - start < BULK_BYTES else Bulk(data, start, end)


def is_sequence(tag: int, vr: str, length: int) -> bool:
    """Return whether an element holds items: a VR UN may hide that it does (PS3.5 6.2.2)."""
    return vr == "SQ" or (vr == "UN" and (length == UNDEFINED or own_vrs(tag) == ("SQ",)))


def without_items(parts: list[Part]) -> Iterator[Part]:
    """Yield the parts that are elements."""
    return (part for part in parts if part[0].tag != ITEM)


def fragments(
    data: bytes, start: int, end: int, endian: str = "<"
) -> Iterator[tuple[int, int, int]]:
    """Yield offset, start and end of value of every item of an encapsulated value (PS3.5 A.4).

    Last comes the delimiter, whose value is empty. WalkError where the bytes are no such list.
    """
    header = struct.Struct(endian + "HHL")
    while start + header.size <= end:
        group, number, length = header.unpack_from(data, start)
        tag, inside = group << 16 | number, start + header.size
        if tag == SEQUENCE_END:
            yield start, inside, inside
            return
        if tag != ITEM or length == UNDEFINED or inside + length > end:
            raise WalkError("an encapsulated value is not a list of fragments")
        yield start, inside, inside + length
        start = inside + length
    raise WalkError("ends in the middle of an element's header", "TRUNCATED")
