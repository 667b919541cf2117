"""What of an output's pixel data is no pixel: nothing may be, but what formats need."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from pydicom.datadict import keyword_for_tag
from pydicom.uid import JPEG2000TransferSyntaxes, JPEGLSTransferSyntaxes, JPEGTransferSyntaxes

from include.imaging.dicom.known_segments import is_known
from include.imaging.findings import finding
from include.imaging.model import Finding, Stage
from include.imaging.validation.compressed import BEGINNINGS, CODESTREAM, Encapsulated, Image
from include.imaging.validation.pixel_text import native_length

# Before a segment's payload: its marker and length; in JPEG 2000 a comment says what it is, too.
_HEADER = 4
_COMMENT, _COMMENT_OF_CODESTREAM, _FIRST_APPLICATION = 0xFE, 0x64, 0xE0
_KINDS_OF_COMMENT = (b"\0\0", b"\0\1")
# What decoders need: frames, tables, scans; sizes, coding styles, quantization, tile-parts.
_OF_JPEG = frozenset({*range(0xC0, 0xC8), *range(0xC9, 0xD0), *range(0xDA, 0xE0), 0xF7, 0xF8})
_OF_CODESTREAM = frozenset({*range(0x50, 0x64), *range(0x65, 0x80), 0x90})
_PADDING = b"\0\xff"
_OF_IMAGES = frozenset([*JPEGTransferSyntaxes, *JPEGLSTransferSyntaxes, *JPEG2000TransferSyntaxes])
_VIDEO = "1.2.840.10008.1.2.4.10"


def foreign_native(tag: int, data: memoryview, numbers: dict[str, int]) -> tuple[Finding, ...]:
    """Return a finding where anything but zeros follows the pixels, or nobody can say what does.

    `numbers` are those of `native_length`. Where chroma is subsampled, or a pixel one bit, values
    that are exactly as long as without that are pixels: many writers misread PS3.5 8.
    """
    bits = numbers.get("BitsAllocated", 0)
    expected = native_length(numbers) if bits == 1 or bits % 8 == 0 else 0
    if expected >= len(data):
        return ()
    if not expected:
        return (finding("PIXELS_UNDESCRIBED", Stage.VALIDATE, keyword_for_tag(tag)),)
    lengths = [expected]
    if numbers.get("Subsampled"):
        lengths.append(native_length(numbers | {"Subsampled": 0}))
    elif bits == 1:
        frames = numbers.get("NumberOfFrames", 1)
        lengths.append(frames * native_length(numbers | {"NumberOfFrames": 1}))
    if any(len(data) in (length, length + length % 2) for length in lengths):
        return ()
    if len(data) - expected == bytes(data[expected:]).count(0):
        return ()
    return (_found(tag, "bytes behind the last frame"),)


def foreign_compressed(
    tag: int, parts: Encapsulated, frames: int, syntax: str
) -> tuple[Finding, ...]:
    """Return findings for an offset table, segments and trailing bytes that are more than that."""
    found = [] if _has_offsets(parts, frames, syntax) else ["an offset table without offsets"]
    if any(True for image in parts.images for _ in foreign_segments(image)):
        found.append("segments of a compressed image that are no part of it")
    if syntax in _OF_IMAGES and not all(map(_is_image, parts.images)):
        found.append("fragments that are no compressed image")
    if any(bytes(tail(image)).strip(_PADDING) for image in parts.images):
        found.append("bytes behind a compressed image")
    return tuple(_found(tag, each) for each in found)


def foreign_table(table: bytes, lengths: bytes, parts: Encapsulated | None) -> bool:
    """Return whether an Extended Offset Table is none of these images (PS3.3 C.7.6.3.1.8)."""
    if parts is None or {len(table), len(lengths)} != {8 * len(parts.items)}:
        return True
    said = zip(struct.iter_unpack("<Q", table), struct.iter_unpack("<Q", lengths), strict=True)
    return not all(
        offset == at and length - 1 <= size <= length
        for ((offset,), (size,)), (at, length) in zip(said, parts.items, strict=True)
    )


def foreign_segments(image: Image) -> Iterator[memoryview]:
    """Yield the payloads of segments that a decoder does not need and no list knows."""
    for start, end in image.segments:
        marker = image.data[start + 1]
        if marker in (_OF_JPEG if image.is_jpeg else _OF_CODESTREAM):
            continue
        payload = image.data[start + _HEADER : end]
        if not is_known(*_said(marker, bytes(payload), is_jpeg=image.is_jpeg)):
            yield payload


def _said(marker: int, payload: bytes, *, is_jpeg: bool) -> tuple[str, bytes]:
    """Return a segment's name and what it says."""
    if is_jpeg:
        return ("COM" if marker == _COMMENT else f"APP{marker - _FIRST_APPLICATION}"), payload
    is_comment = marker == _COMMENT_OF_CODESTREAM and payload[:2] in _KINDS_OF_COMMENT
    return ("COM", payload[2:]) if is_comment else ("", payload)


def tail(image: Image) -> memoryview:
    """Return what is behind an image's end; nothing where it has none."""
    return image.data[len(image.data) if image.end is None else image.end :]


def _is_image(image: Image) -> bool:
    """Return whether an image begins as one, or is blank."""
    is_begun = bytes(image.data[:8]).startswith((*BEGINNINGS, CODESTREAM))
    return is_begun or bytes(image.data).count(0) == len(image.data)


def _has_offsets(parts: Encapsulated, frames: int, syntax: str) -> bool:
    table = parts.table
    if not table or (syntax.startswith(_VIDEO) and table == bytes(4)):
        return True
    if len(table) != 4 * frames:
        return False
    said = [number for (number,) in struct.iter_unpack("<L", table)]
    is_ascending = said == sorted(set(said)) and said[0] == 0
    return is_ascending and {at for at, _ in parts.items}.issuperset(said)


def _found(tag: int, what: str) -> Finding:
    detail = f"{what} in {keyword_for_tag(tag)}"
    return finding("FORBIDDEN_ELEMENT", Stage.VALIDATE, detail)
