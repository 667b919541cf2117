"""A walk over the elements of a data set by their lengths, which sees where bytes are missing.

Values are not decoded. Sequences and fragments are followed to their end, which is a length or
a delimiter (PS3.5 7.5, A.4), without recursion; every other element is stepped over.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import Enum

from pydicom.datadict import tag_for_keyword
from pydicom.valuerep import EXPLICIT_VR_LENGTH_32, VR

from include.imaging.dicom.envelope import Buffer, is_blank, is_padding
from include.imaging.dicom.limits import DEPTH, PARTS
from include.imaging.dicom.vrs import own_vrs

VALUE_BYTES = 1024
UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_VRS = frozenset(str(vr).encode() for vr in VR if len(vr) == 2)
_LONG_VRS = frozenset(str(vr).encode() for vr in EXPLICIT_VR_LENGTH_32)
_FRAGMENTED_VRS = {b"OB", b"OW", b"OF", b"OD", b"OL", b"OV"}
_LITTLE = (struct.Struct("<HH2sH"), struct.Struct("<L"))
_BIG = (struct.Struct(">HH2sH"), struct.Struct(">L"))
_PIXEL_DATA = tag_for_keyword("PixelData")


class TruncatedError(Exception):
    """The bytes end in the middle of an element."""


class TooManyPartsError(Exception):
    """The bytes hold more elements than any real object."""


class UnparsableError(Exception):
    """The bytes are no data set, or one that no real object resembles; `args` says how."""


class Level(Enum):
    """What the walk expects next: elements, items of a sequence, or fragments of pixels."""

    DATASET = 0
    SEQUENCE = 1
    FRAGMENTS = 2


@dataclass(slots=True)
class Walk:
    """One walk from `pos` to the end of `data`; `values` collects the wanted elements.

    `group` limits the walk to the elements of one group (the file meta information).
    """

    data: Buffer
    pos: int
    explicit: bool
    little: bool = True
    wanted: frozenset[int] = frozenset()
    group: int | None = None
    values: dict[int, bytes] = field(default_factory=dict)
    _levels: list[tuple[Level, bool, int | None]] = field(default_factory=list)

    def run(self) -> int:
        """Walk to the end; returns the position reached.

        Raises TruncatedError, UnparsableError or TooManyPartsError; `values` then holds what
        came before.
        """
        end = len(self.data)
        self._levels = [(Level.DATASET, self.explicit, None)]
        for _ in range(PARTS):
            self._leave_filled()
            if end - self.pos < 8:
                if len(self._levels) > 1 or not is_padding(self.data, self.pos):
                    raise TruncatedError
                return self.pos
            level, explicit, _stop = self._levels[-1]
            if level is Level.DATASET:
                if self._element(explicit):
                    return self.pos
            else:
                self._item(level, explicit)
            if self.pos > end:
                raise TruncatedError
        raise TooManyPartsError

    def _element(self, explicit: bool) -> bool:
        """Step over one element, or into it; True at the end of what is walked."""
        tag, vr, length, value = self._header(explicit)
        top = len(self._levels) == 1
        if top and self.group is not None and tag >> 16 != self.group:
            return True
        if tag >> 16 == 0xFFFE:
            self._leave(tag, value)
        elif length != UNDEFINED:
            if top and is_blank(self.data, self.pos):
                if is_padding(self.data, self.pos):
                    return True
                raise UnparsableError("zeros where an element should be")
            if top and tag in self.wanted and value + length <= len(self.data):
                self.values[tag] = bytes(self.data[value : value + min(length, VALUE_BYTES)])
            if _is_sequence(tag, vr):
                self._enter(Level.SEQUENCE, explicit and vr == b"SQ", value, value + length)
            else:
                self.pos = value + length
        elif tag == _PIXEL_DATA or vr in _FRAGMENTED_VRS:
            self._enter(Level.FRAGMENTS, explicit, value)
        else:
            self._enter(Level.SEQUENCE, explicit and vr != b"UN", value)
        return False

    def _item(self, level: Level, explicit: bool) -> None:
        """Step over one item of a sequence or one fragment, or into the item."""
        tag, _, length, value = self._header(False)
        if tag == SEQUENCE_END and self._levels[-1][2] is None:
            self._levels.pop()
            self.pos = value
        elif tag != ITEM:
            raise UnparsableError("item of a sequence")
        elif level is Level.SEQUENCE:
            stop = value + length if length != UNDEFINED else None
            self._enter(Level.DATASET, explicit or has_vr(self.data, value), value, stop)
        elif length == UNDEFINED:
            raise UnparsableError("fragment of pixel data")
        else:
            self.pos = value + length

    def _enter(self, level: Level, explicit: bool, value: int, stop: int | None = None) -> None:
        if len(self._levels) > DEPTH:
            raise UnparsableError("depth of sequences")
        around = self._levels[-1][2]
        if (stop or 0) > (len(self.data) if around is None else around):
            raise TruncatedError
        self._levels.append((level, explicit, stop))
        self.pos = value

    def _leave_filled(self) -> None:
        """Close the items and sequences of defined length that end here."""
        while (stop := self._levels[-1][2]) is not None and self.pos >= stop:
            if self.pos > stop:
                raise TruncatedError
            self._levels.pop()

    def _leave(self, tag: int, value: int) -> None:
        """Close the item that a delimiter ends, and its sequence where that one ends too."""
        is_open = self._levels[-1][2] is None
        if tag in (ITEM_END, SEQUENCE_END) and is_open and len(self._levels) > 1:
            self._levels.pop()
            if tag == SEQUENCE_END:
                self._levels.pop()
        elif len(self._levels) > 1:
            raise UnparsableError("delimiter of an item")
        self.pos = value

    def _header(self, explicit: bool) -> tuple[int, bytes, int, int]:
        """Return tag, VR (empty when implicit), length and position of the value."""
        short, long = _LITTLE if self.little else _BIG
        group, number, vr, length = short.unpack_from(self.data, self.pos)
        tag = group << 16 | number
        if not explicit or group == 0xFFFE or not (b"AA" <= vr <= b"ZZ"):
            return tag, b"", long.unpack_from(self.data, self.pos + 4)[0], self.pos + 8
        if vr not in _LONG_VRS:
            return tag, vr, length, self.pos + 8
        if len(self.data) - self.pos < 12:
            raise TruncatedError
        return tag, vr, long.unpack_from(self.data, self.pos + 8)[0], self.pos + 12


def _is_sequence(tag: int, vr: bytes) -> bool:
    return vr == b"SQ" or (vr in (b"", b"UN") and own_vrs(tag) == ("SQ",))


def has_vr(data: Buffer, pos: int) -> bool:
    """Whether the element at `pos` names a VR of the standard, so is in an explicit encoding."""
    return bytes(data[pos + 4 : pos + 6]) in _VRS
