"""Puts an instance together again: a DICOM P10 file of its attributes and its frames."""

import struct
from collections.abc import Iterator
from typing import Any, cast

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_file_meta_info
from pydicom.tag import BaseTag, Tag
from pydicom.uid import UID

from include.localcloud.dicomweb.accept import NotAcceptableError
from include.localcloud.dicomweb.multipart import Part
from include.localcloud.dicomweb.pixels import LOSSLESS, RETRY, PixelStore, decoded_colours
from include.localcloud.headers import write_attributes
from include.localcloud.transfer_syntaxes import EXPLICIT_LITTLE_ENDIAN

DICOM = "application/dicom"
PREAMBLE = bytes(128) + b"DICM"
LONGEST = 0xFFFFFFFE
UNDEFINED = 0xFFFFFFFF
ITEM = b"\xfe\xff\x00\xe0"
DELIMITER = b"\xfe\xff\xdd\xe0\0\0\0\0"
VRS = {"FloatPixelData": "OF", "DoubleFloatPixelData": "OD"}
OFFSETS = ("ExtendedOffsetTable", "ExtendedOffsetTableLengths")

Bytes = tuple[int, Iterator[bytes]]


def rebuild(store: PixelStore, syntax: str) -> Part:
    """The whole instance in a transfer syntax, its pixel data made while it is sent.

    Args:
        store: Its attributes, which are changed to agree with the syntax, and its frames.
        syntax: Explicit VR Little Endian, or the one that the frames are stored in.

    Raises:
        NotAcceptableError: The frames cannot be decoded, or are too many for one file.
    """
    length, pixels = 0, cast(Iterator[bytes], iter(()))
    tag = Tag(store.keyword or "PixelData")
    for keyword in OFFSETS:
        store.header.pop(keyword, None)
    if store.keyword:
        is_native = syntax == EXPLICIT_LITTLE_ENDIAN
        length, pixels = _native(store, tag) if is_native else _encapsulated(store, tag)
    before, after = _around(store.header, tag)
    start = PREAMBLE + _meta(store.header, syntax) + before
    chunks = _chunks(start, pixels, after)
    return Part(DICOM, len(start) + length + len(after), chunks, syntax)


def _chunks(start: bytes, pixels: Iterator[bytes], after: bytes) -> Iterator[bytes]:
    yield start
    yield from pixels
    yield after


def _meta(header: Dataset, syntax: str) -> bytes:
    """File meta information that agrees with the data set (PS3.10 7.1)."""
    meta = FileMetaDataset(header.file_meta)
    meta.TransferSyntaxUID = UID(syntax)
    meta.MediaStorageSOPClassUID = header.SOPClassUID
    meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
    stream: Any = DicomBytesIO()
    write_file_meta_info(stream, meta, enforce_standard=True)
    return bytes(stream.getvalue())


def _around(header: Dataset, tag: BaseTag) -> tuple[bytes, bytes]:
    """What is encoded before and behind the pixel data."""
    tags = [other for other in header.keys() if other > tag]  # noqa: SIM118 - elements stay raw
    behind = Dataset({other: header.get_item(other) for other in tags})
    after = write_attributes(behind)
    whole = write_attributes(header)
    return whole[: len(whole) - len(after)], after


def _native(store: PixelStore, tag: BaseTag) -> Bytes:
    """Pixel data as one value (PS3.5 8.1.1)."""
    bits = int(store.header.get("BitsAllocated") or 8)
    vr = VRS.get(store.keyword) or ("OW" if bits > 8 else "OB")
    length, frames = _packed(store) if bits == 1 and len(store.frames) > 1 else _joined(store)
    padded = length + length % 2
    if padded > LONGEST:
        raise NotAcceptableError(RETRY)
    return 12 + padded, _chunks(_head(tag, vr, padded), frames, bytes(length % 2))


def _joined(store: PixelStore) -> Bytes:
    """The frames one behind the other; all are as long as the first."""
    if store.syntax == EXPLICIT_LITTLE_ENDIAN:
        numbers = range(len(store.frames))
        chunks = (chunk for number in numbers for chunk in store.stored(number))
        return sum(frame["length"] for frame in store.frames), chunks
    first, colours = store.native(0)
    _set_colours(store.header, colours)
    return len(first) * len(store.frames), _decoded(store, first)


def _decoded(store: PixelStore, first: bytes) -> Iterator[bytes]:
    yield first
    for number in range(1, len(store.frames)):
        frame, _ = store.native(number)
        if len(frame) != len(first):
            raise NotAcceptableError(RETRY)
        yield frame


def _packed(store: PixelStore) -> Bytes:
    """Frames of single bits, without the bits that fill up each frame's last byte."""
    header = store.header
    size = int(header.Rows) * int(header.Columns) * int(header.get("SamplesPerPixel") or 1)
    frames = (np.frombuffer(store.native(n)[0], np.uint8) for n in range(len(store.frames)))
    bits = [np.unpackbits(frame, bitorder="little")[:size] for frame in frames]
    data = np.packbits(np.concatenate(bits), bitorder="little").tobytes()
    return len(data), iter((data,))


def _encapsulated(store: PixelStore, tag: BaseTag) -> Bytes:
    """Pixel data as one fragment a frame, without offsets (PS3.5 A.4)."""
    if store.is_blob:
        return _as_it_came(store, tag)
    if store.syntax in LOSSLESS:
        _set_colours(store.header, decoded_colours(str(store.header.PhotometricInterpretation)))
        if store.header.get("PlanarConfiguration"):
            store.header.PlanarConfiguration = 0
        store.header.BitsAllocated = max(8, int(store.header.get("BitsAllocated") or 8))
    sizes = [frame["length"] + frame["length"] % 2 for frame in store.frames]
    return 12 + 8 + sum(8 + size for size in sizes) + 8, _fragments(store, tag, sizes)


def _fragments(store: PixelStore, tag: BaseTag, sizes: list[int]) -> Iterator[bytes]:
    yield _head(tag, "OB", UNDEFINED) + ITEM + struct.pack("<I", 0)
    for number, size in enumerate(sizes):
        yield ITEM + struct.pack("<I", size)
        yield from store.stored(number)
        yield bytes(size - store.frames[number]["length"])
    yield DELIMITER


def _as_it_came(store: PixelStore, tag: BaseTag) -> Bytes:
    """Pixel data that could not be taken apart at import: its fragments untouched."""
    length = store.frames[0]["length"]
    if length and next(store.stored(0))[:4] != ITEM:
        raise NotAcceptableError("its pixel data is neither native nor encapsulated")
    return 12 + length + 8, _chunks(_head(tag, "OB", UNDEFINED), store.stored(0), DELIMITER)


def _head(tag: BaseTag, vr: str, length: int) -> bytes:
    return struct.pack("<HH2sHI", tag.group, tag.element, vr.encode(), 0, length)


def _set_colours(header: Dataset, colours: str) -> None:
    if colours and header.get("PhotometricInterpretation") != colours:
        header.PhotometricInterpretation = colours
