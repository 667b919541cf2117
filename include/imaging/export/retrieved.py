"""Verifies a DICOM file that the service made against the metadata's checksums."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import IO, Any

import numpy as np
from pydicom import Dataset, dcmread
from pydicom.encaps import generate_fragments, generate_frames

from include.imaging.dicom.silence import silenced
from include.imaging.export import syntaxes
from include.imaging.export.frames import Frame, verified
from include.imaging.export.metadata import FrameEntry, Instance

UNDEFINED = 0xFFFFFFFF
_DELIMITER = b"\xfe\xff\xdd\xe0\0\0\0\0"


def is_instance(file: IO[bytes], instance: Instance) -> bool:
    """Return whether a file is a DICOM P10 file of that instance."""
    head = _head(file)
    return head is not None and str(head.get("SOPInstanceUID")) == instance.sop_uid


def verified_frames(file: IO[bytes], instance: Instance) -> int:
    """Return how many frames of a file have the checksum that the metadata names."""
    head = _head(file)
    if head is None or not instance.frames:
        return 0
    syntax = str(head.file_meta.TransferSyntaxUID)
    length = struct.unpack("<8xL", file.read(12))[0]
    count = 0
    try:
        with silenced():
            for data, entry in zip(
                _frames(file, length, instance, head), instance.frames, strict=True
            ):
                count += _matches(data, entry, instance, head, syntax)
    except Exception:  # noqa: BLE001 - any fault of a file that is not what it should be
        return count
    return count


def _head(file: IO[bytes]) -> Dataset | None:
    """Return what stands before the pixels, where `file` stands afterwards."""
    file.seek(0)
    try:
        with silenced():
            return dcmread(file, stop_before_pixels=True)
    except Exception:  # noqa: BLE001 - no DICOM
        return None


def _frames(file: IO[bytes], length: int, instance: Instance, head: Dataset) -> Iterator[bytes]:
    count = len(instance.frames)
    if syntaxes.is_blob(instance):
        value = file.read(-1 if length == UNDEFINED else length)
        yield value.partition(_DELIMITER)[0] if length == UNDEFINED else value
    elif length != UNDEFINED:
        yield from _native(file, length, instance, head)
    elif syntaxes.is_video(instance.stored_syntax):
        fragments = generate_fragments(file.read())
        next(fragments)
        yield b"".join(fragments)
    else:
        yield from generate_frames(file, number_of_frames=count)


def _native(file: IO[bytes], length: int, instance: Instance, head: Dataset) -> Iterator[bytes]:
    size = int(head.Rows) * int(head.Columns)
    if head.get("BitsAllocated") != 1:
        size *= int(head.SamplesPerPixel) * int(head.BitsAllocated) // 8
        is_kept = instance.stored_syntax in syntaxes.NATIVE
        left = length
        for entry in instance.frames:
            # a kept frame may be shorter or longer than it should be, or empty
            own = entry.size if is_kept and entry.size is not None else size
            # what follows the pixels is none of theirs
            data = file.read(min(own, left))
            left -= len(data)
            yield data
        return
    bits = np.unpackbits(np.frombuffer(file.read(length), np.uint8), bitorder="little")
    for number in range(len(instance.frames)):
        yield bits[number * size : (number + 1) * size].tobytes()


def _matches(
    data: bytes, entry: FrameEntry, instance: Instance, head: Dataset, syntax: str
) -> bool:
    if syntax in syntaxes.NATIVE and not syntaxes.is_blob(instance):
        return any(zlib.crc32(form) == entry.checksum for form in _forms(data, head))
    if instance.stored_syntax in syntaxes.TRANSCODED:
        return isinstance(verified(data, instance, entry), Frame)
    # an odd frame is padded with a byte that is not its own (PS3.5 A.4)
    return zlib.crc32(data[: entry.size]) == entry.checksum


def _forms(data: bytes, head: Dataset) -> Iterator[bytes]:
    """Yield the layouts a checksum may be over: as it is, packed, planar or interleaved."""
    yield data
    bits = int(head.get("BitsAllocated") or 8)
    samples = int(head.get("SamplesPerPixel") or 1)
    if bits == 1:
        yield np.packbits(np.frombuffer(data, np.uint8), bitorder="little").tobytes()
    elif samples > 1 and bits % 8 == 0:
        values: Any = np.frombuffer(data, f"V{bits // 8}")
        yield np.ascontiguousarray(values.reshape(-1, samples).T).tobytes()
        yield np.ascontiguousarray(values.reshape(samples, -1).T).tobytes()
