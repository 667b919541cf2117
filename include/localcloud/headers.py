"""An instance's attributes as bytes: a DICOM P10 file of all but its pixel data."""

import struct
import zlib
from io import BytesIO
from typing import Any

import pydicom
from pydicom import DataElement, Dataset
from pydicom.dataelem import RawDataElement
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import correct_ambiguous_vr_element, write_data_element
from pydicom.tag import BaseTag, Tag
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian
from pydicom.valuerep import EXPLICIT_VR_LENGTH_32

from include.localcloud.metadata import PIXEL_TAGS

TRANSFER_SYNTAX = Tag("TransferSyntaxUID")
UNDEFINED = 0xFFFFFFFF
DELIMITER = b"\xfe\xff\xdd\xe0\0\0\0\0"
ITEM = b"\xfe\xff\x00\xe0"


def pack_header(dataset: Dataset, file: bytes | None = None) -> bytes:
    """The data set without pixel data as a P10 file in Explicit VR Little Endian, deflated.

    What was in that encoding already is taken over byte by byte; a value that its VR cannot
    hold comes as UN, so that no file is refused for one.

    Args:
        dataset: An instance, as read or as changed.
        file: The bytes it was read from, if it was not changed: then most of the work is saved.
    """
    body = _as_it_stands(dataset, file) if file else None
    if body is None:
        body = _data_set(dataset, [])
    meta = b"".join(
        _element(dataset.file_meta, tag, [dataset.file_meta])
        for tag in sorted(dataset.file_meta.keys())
        if tag.element and tag != TRANSFER_SYNTAX
    )
    meta += _written(TRANSFER_SYNTAX, "UI", ExplicitVRLittleEndian.encode() + b"\0")
    length = _written(BaseTag(0x00020000), "UL", struct.pack("<I", len(meta)))
    return zlib.compress(bytes(128) + b"DICM" + length + meta + body, 1)


def write_attributes(dataset: Dataset) -> bytes:
    """The data set as a header has it, without pixel data and without group 0002."""
    return _data_set(dataset, [])


def unpack_header(header: bytes) -> Dataset:
    """The data set that `pack_header` packed."""
    return pydicom.dcmread(BytesIO(zlib.decompress(header)))


def _as_it_stands(dataset: Dataset, file: bytes) -> bytes | None:
    """What stands in the file before and after pixel data; None if another encoding is due."""
    syntax, encoding = dataset.file_meta.TransferSyntaxUID, dataset.original_encoding
    tags = sorted(dataset.keys(), key=int)
    if syntax == DeflatedExplicitVRLittleEndian or encoding != (False, True) or not tags:
        return None
    pixels = [at for at, tag in enumerate(tags) if tag in PIXEL_TAGS] or [len(tags)]
    edges = [tags[0], *tags[pixels[0] : pixels[0] + 1], *tags[pixels[-1] + 1 : pixels[-1] + 2]]
    begin, *rest = (_start(dataset, tag, file) for tag in edges)
    if not begin or not all(rest):
        return None
    end, after = (*rest, len(file), len(file))[:2]
    return file[begin:end] + file[after:]


def _start(dataset: Dataset, tag: BaseTag, file: bytes) -> int:
    """Where the element's tag stands in the file; 0 if it is not sure."""
    stored = dataset.get_item(tag)
    tell = stored.value_tell if isinstance(stored, RawDataElement) else stored.file_tell
    start = (tell or 0) - (12 if stored.VR in EXPLICIT_VR_LENGTH_32 else 8)
    expected = struct.pack("<HH", tag.group, tag.element)
    return start if start > 0 and file[start : start + 4] == expected else 0


def _data_set(dataset: Dataset, ancestors: list[Dataset]) -> bytes:
    """The elements in order; pixel data is left out at the root only, an icon's stays."""
    left_out: frozenset[int] = frozenset() if ancestors else PIXEL_TAGS
    return b"".join(
        _element(dataset, tag, [dataset, *ancestors])
        for tag in sorted(dataset.keys())
        if tag.element and tag not in left_out
    )


def _element(dataset: Dataset, tag: BaseTag, ancestors: list[Dataset]) -> bytes:
    stored = dataset.get_item(tag)
    if isinstance(stored, RawDataElement) and _is_explicit_little_endian(stored):
        undefined = stored.length == UNDEFINED
        return _written(tag, str(stored.VR), stored.value or b"", undefined=undefined)
    try:
        element = dataset[tag]
        if element.VR == "SQ":
            return _written(tag, "SQ", _items(element, ancestors))
        correct_ambiguous_vr_element(element, ancestors[0], True, ancestors)
        if isinstance(element.value, bytes):
            return _written(tag, str(element.VR), element.value)
        return _encoded(element, dataset)
    except Exception:  # noqa: BLE001 - any value error of any VR
        return _written(tag, "UN", bytes(getattr(stored, "value", None) or b""))


def _is_explicit_little_endian(raw: RawDataElement) -> bool:
    return raw.is_little_endian and not raw.is_implicit_VR and len(raw.VR or "") == 2


def _items(sequence: DataElement, ancestors: list[Dataset]) -> bytes:
    items = (_data_set(item, ancestors) for item in sequence.value)
    return b"".join(ITEM + struct.pack("<I", len(item)) + item for item in items)


def _encoded(element: DataElement, dataset: Dataset) -> bytes:
    stream: Any = DicomBytesIO()
    stream.is_implicit_VR, stream.is_little_endian = False, True
    write_data_element(stream, element, dataset._character_set)
    written: bytes = stream.getvalue()
    return written


def _written(tag: BaseTag, vr: str, value: bytes, *, undefined: bool = False) -> bytes:
    """An element in Explicit VR Little Endian (PS3.5 7.1.2)."""
    head = struct.pack("<HH", tag.group, tag.element)
    if undefined:
        return head + vr.encode() + struct.pack("<HI", 0, UNDEFINED) + value + DELIMITER
    value += b"\0" * (len(value) % 2)
    if vr in EXPLICIT_VR_LENGTH_32:
        return head + vr.encode() + struct.pack("<HI", 0, len(value)) + value
    if len(value) > 0xFFFF:
        return _written(tag, "UN", value)
    return head + vr.encode() + struct.pack("<H", len(value)) + value
