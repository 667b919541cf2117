"""Puts bytes among the pixels of an object where no pixel is: behind frames, into segments."""

from __future__ import annotations

import struct

from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import JPEGBaseline8Bit

from tests.support.dicom import decode, encode, package_files
from tests.support.pictures import compressed, picture, samples_of

FILES = {path.name: path for path in package_files()}
ITEM = b"\xfe\xff\x00\xe0"
COMMENT, J2K_COMMENT = 0xFE, 0x64
JPEG, JPEG_LS, J2K = "jpeg", "MR_small_jpeg_ls_lossless.dcm", "MR_small_jp2klossless.dcm"


def sample(kind: str) -> tuple[Dataset, bytes]:
    """Return an object in a compressed syntax, and the stream of its one frame."""
    if kind == JPEG:
        image = compressed(picture(samples_of(40, 48)), JPEGBaseline8Bit)
    else:
        image = decode(FILES[kind].read_bytes())
    return image, next(generate_frames(image.PixelData, number_of_frames=1))


def segment(marker: int, payload: bytes) -> bytes:
    """Return a marker segment."""
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def comment(kind: str, text: bytes) -> bytes:
    """Return a comment as the format has it."""
    return segment(J2K_COMMENT, b"\0\1" + text) if kind == J2K else segment(COMMENT, text)


def with_segment(frame: bytes, added: bytes) -> bytes:
    """Return a compressed image with a segment in its header."""
    at = 2 if frame.startswith(b"\xff\xd8") else 4 + int.from_bytes(frame[4:6], "big")
    return frame[:at] + added + frame[at:]


def with_comment_in_tile(frame: bytes, added: bytes) -> bytes:
    """Return a JPEG 2000 image with a segment in the header of its first tile-part."""
    at = frame.index(b"\xff\x90\x00\x0a")
    length = int.from_bytes(frame[at + 6 : at + 10], "big")
    grown = struct.pack(">L", length + len(added) if length else 0)
    return frame[: at + 6] + grown + frame[at + 10 : at + 12] + added + frame[at + 12 :]


def with_fragments(image: Dataset, fragments: list[bytes], table: bytes = b"") -> bytes:
    """Return the file of an object that holds these fragments, and this offset table."""
    items = [ITEM + struct.pack("<L", len(each)) + each for each in (table, *fragments)]
    return with_value(image, b"".join(items))


def with_frames(image: Dataset, frames: list[bytes]) -> bytes:
    """Return the file of an object whose frames these are, with a right offset table."""
    return with_value(image, encapsulate(frames))


def with_value(image: Dataset, value: bytes) -> bytes:
    """Return the file of an object whose encapsulated pixels are this value."""
    syntax = image.file_meta.TransferSyntaxUID
    image.PixelData = value
    image["PixelData"].VR = "OB"
    image["PixelData"].is_undefined_length = True
    return encode(image, syntax)
