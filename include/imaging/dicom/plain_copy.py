"""A deflated file as a plain one, for tools that cannot inflate (PS3.5 A.5)."""

from __future__ import annotations

import struct

from pydicom.uid import ExplicitVRLittleEndian
from pydicom.valuerep import EXPLICIT_VR_LENGTH_32

from include.imaging.dicom.elements import (
    DEFLATED,
    TRANSFER_SYNTAX_UID,
    Element,
    file_meta,
    plain_data_set,
    transfer_syntax_of,
)
from include.imaging.dicom.envelope import MARK, PREAMBLE_LENGTH

GROUP_LENGTH = 0x00020000


def plain_copy(data: bytes) -> bytes:
    """Return a deflated PS3.10 file in Explicit VR Little Endian; any other as it is.

    Raises WalkError for a file meta group that cannot be read, and for bytes that are not
    deflated, not whole, or that only a bomb inflates to.
    """
    meta, offset = file_meta(data)
    if transfer_syntax_of(meta) != DEFLATED:
        return data
    group = b"".join(_encoded(element) for element in meta if element.tag != GROUP_LENGTH)
    length = _encoded(Element((), GROUP_LENGTH, "UL", struct.pack("<L", len(group))))
    body, _ = plain_data_set(data, offset, DEFLATED)
    return b"".join((bytes(PREAMBLE_LENGTH), MARK, length, group, body))


def _encoded(element: Element) -> bytes:
    value = element.value
    if element.tag == TRANSFER_SYNTAX_UID:
        value = ExplicitVRLittleEndian.encode() + b"\0"
    number = (element.tag >> 16, element.tag & 0xFFFF, element.vr.encode())
    if element.vr in EXPLICIT_VR_LENGTH_32:
        return struct.pack("<HH2sHL", *number, 0, len(value)) + value
    return struct.pack("<HH2sH", *number, len(value)) + value
