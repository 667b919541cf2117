"""The two forms in which nearly all objects are written: Explicit and Implicit VR Little Endian."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from include.imaging.dicom import explicit, implicit
from include.imaging.dicom.explicit import (
    DELIMITER_BYTES,
    ITEM,
    ITEM_END,
    LONG_VRS,
    UNDEFINED,
    DoubtError,
    EndsEarlyError,
    Span,
    item_header,
)
from include.imaging.dicom.limits import DEPTH

_SHORT = struct.Struct("<HH2sH")
_LONG = struct.Struct("<HH2sHL")
_IMPLICIT = struct.Struct("<HHL")
OPEN = b"\xff\xff\xff\xff"


def _explicit(tag: int, vr: bytes, value: bytes) -> bytes:
    if vr in LONG_VRS:
        return _LONG.pack(tag >> 16, tag & 0xFFFF, vr, 0, len(value)) + value
    return _SHORT.pack(tag >> 16, tag & 0xFFFF, vr, len(value)) + value


def _implicit(tag: int, vr: bytes, value: bytes) -> bytes:
    return _IMPLICIT.pack(tag >> 16, tag & 0xFFFF, len(value)) + value


@dataclass(frozen=True, slots=True)
class Form:
    """How elements are written (PS3.5 7.1).

    Attributes:
        spans: Takes bytes apart between two offsets.
        encoded: Gives an element of a tag, a VR and an encoded value.
        pixel_header_bytes: Of the header before pixel data.
    """

    name: str
    spans: Callable[..., list[Span]]
    encoded: Callable[[int, bytes, bytes], bytes]
    pixel_header_bytes: int

    def items(self, data: bytes, offset: int, depth: int) -> Iterator[tuple[bool, list[Span]]]:
        """Yield of each item of a sequence whether its length is undefined, and its elements.

        Args:
            data: The sequence's bytes from its header to its end, and nothing else.
            offset: Where its value begins.
            depth: How many sequences are around its items.

        Raises DoubtError where it is not as PS3.5 7.5 wants it.
        """
        end = len(data) - (DELIMITER_BYTES if data[offset - 4 : offset] == OPEN else 0)
        try:
            while offset < end:
                tag, length = item_header(data, offset, end)
                offset += DELIMITER_BYTES
                if tag != ITEM or depth > DEPTH:
                    raise DoubtError
                stop = end if length == UNDEFINED else offset + length
                if stop > end:
                    raise DoubtError
                found = self.spans(data, offset, stop, depth, ITEM)
                offset = found[-1][4] if found else offset
                yield length == UNDEFINED, found
                if length == UNDEFINED:
                    if item_header(data, offset, end) != (ITEM_END, 0):
                        raise DoubtError
                    offset += DELIMITER_BYTES
                elif offset != stop:
                    raise DoubtError
        except EndsEarlyError:
            raise DoubtError from None


EXPLICIT = Form("explicit", explicit.spans, _explicit, 12)
IMPLICIT = Form("implicit", implicit.spans, _implicit, 8)
