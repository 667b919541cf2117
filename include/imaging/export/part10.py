"""DICOM P10 files of encoded elements and frames, written as a stream (PS3.10 7.1)."""

from __future__ import annotations

import struct
from typing import IO

from pydicom.dataset import FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import PYDICOM_IMPLEMENTATION_UID, UID

from include.imaging.export.elements import Element, Elements

PREAMBLE = bytes(128) + b"DICM"
UNDEFINED = 0xFFFFFFFF
_LONG = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"})
_PIXEL_DATA = 0x7FE00010
_SOP_CLASS_UID, _SOP_INSTANCE_UID = 0x00080016, 0x00080018
_ITEM, _SEQUENCE_END = (0xFFFE, 0xE000), (0xFFFE, 0xE0DD)
_MOST_OF_A_SHORT = 0xFFFF

PIXEL_TAGS = {
    "PixelData": _PIXEL_DATA,
    "FloatPixelData": 0x7FE00008,
    "DoubleFloatPixelData": 0x7FE00009,
}


class FileTooLargeError(Exception):
    """Native pixel data of 4 GB or more, which no element can hold (PS3.5 7.1)."""


class Part10Writer:
    """Writes one file in Explicit VR Little Endian, or with encapsulated frames.

    Args:
        file: seekable; written from its beginning.
        elements: all of the object but its pixels.
        syntax: the transfer syntax; all but Explicit VR Little Endian encapsulate the frames.
    """

    def __init__(self, file: IO[bytes], elements: Elements, syntax: str) -> None:
        self._file = file
        self._elements = dict(sorted(elements.items()))
        self._pixel_tag = 0
        self._length_at = 0
        self._is_encapsulated = False
        file.write(PREAMBLE + _file_meta(elements, syntax))

    def begin_pixels(self, keyword: str, vr: str, *, is_encapsulated: bool) -> None:
        """Write all elements that stand before the pixels, and the pixels' header."""
        tag = PIXEL_TAGS[keyword]
        self._pixel_tag = tag
        for other, element in self._elements.items():
            if other < tag:
                self._file.write(written(other, element))
        self._is_encapsulated = is_encapsulated
        self._file.write(_header(tag, vr, UNDEFINED))
        self._length_at = self._file.tell() - 4

    def write_native(self, data: bytes) -> None:
        """Write the next bytes of the element's value as they are."""
        self._file.write(data)

    def write_item(self, data: bytes) -> None:
        """Write the offset table (empty here) or the next frame as one item (PS3.5 A.4)."""
        padded = data + b"\0" * (len(data) % 2)
        if len(padded) >= UNDEFINED:
            raise FileTooLargeError
        self._file.write(_item_header(_ITEM, len(padded)))
        self._file.write(padded)

    def end_pixels(self) -> None:
        """Close the pixel element and write what stands behind it."""
        if self._is_encapsulated:
            self._file.write(_item_header(_SEQUENCE_END, 0))
        else:
            self._close_native()
        for tag, element in self._elements.items():
            if tag > self._pixel_tag:
                self._file.write(written(tag, element))

    def write_all(self) -> None:
        """Write an object without pixels."""
        for tag, element in self._elements.items():
            self._file.write(written(tag, element))

    def _close_native(self) -> None:
        length = self._file.tell() - self._length_at - 4
        if length % 2:
            self._file.write(b"\0")
            length += 1
        if length >= UNDEFINED:
            raise FileTooLargeError
        self._file.seek(self._length_at)
        self._file.write(struct.pack("<L", length))
        self._file.seek(0, 2)


def written(tag: int, element: Element) -> bytes:
    """Return an element in Explicit VR Little Endian; sequences have defined lengths."""
    value = element.value
    data = value if isinstance(value, bytes) else b"".join(map(_item, value))
    return _header(tag, element.vr, len(data)) + data


def _item(elements: Elements) -> bytes:
    inside = b"".join(written(tag, element) for tag, element in sorted(elements.items()))
    return _item_header(_ITEM, len(inside)) + inside


def _header(tag: int, vr: str, length: int) -> bytes:
    place = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    if vr not in _LONG and length > _MOST_OF_A_SHORT:
        # PS3.5 6.2.2: what a short VR cannot hold is written as UN
        vr = "UN"
    if vr in _LONG:
        return place + vr.encode() + b"\0\0" + struct.pack("<L", length)
    return place + vr.encode() + struct.pack("<H", length)


def _item_header(tag: tuple[int, int], length: int) -> bytes:
    return struct.pack("<HHL", *tag, length)


def _file_meta(elements: Elements, syntax: str) -> bytes:
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = _uid(elements, _SOP_CLASS_UID)
    meta.MediaStorageSOPInstanceUID = _uid(elements, _SOP_INSTANCE_UID)
    meta.TransferSyntaxUID = UID(syntax)
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    made = DicomBytesIO()
    write_file_meta_info(made, meta, enforce_standard=False)
    return made.getvalue()


def _uid(elements: Elements, tag: int) -> UID:
    value = elements[tag].value if tag in elements else b""
    return UID(value.decode("ascii", "replace").strip(" \0") if isinstance(value, bytes) else "")
