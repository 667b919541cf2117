"""A writer that leaves something among the pixels, or changes one for that, is caught."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, JPEGBaseline8Bit

from include.imaging.deid.results import Deidentified
from include.imaging.validation.verify import Verifier
from tests.support.deidentification import made_of
from tests.support.dicom import ct, decode, encode, put
from tests.support.smuggled import (
    J2K,
    JPEG,
    JPEG_LS,
    comment,
    sample,
    segment,
    with_comment_in_tile,
    with_fragments,
    with_frames,
    with_segment,
    with_value,
)

WORD = b"Jxqwhidden Zwyndrake"
VERIFIER = Verifier(conformance="off")
KINDS = [JPEG, JPEG_LS, J2K]


def _codes(original: bytes, made: Deidentified) -> list[str]:
    return [each.code for each in VERIFIER.verify(original, made)]


def _untrimmed(original: bytes) -> Deidentified:
    """Return what a writer makes of an object that copies its pixel data."""
    before, made = decode(original), made_of(original)
    after = decode(made.data)
    for word in ("PixelData", "ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
        if word in before:
            after[word] = before[word]
    data = encode(after, before.file_meta.TransferSyntaxUID)
    return replace(made, data=data, is_trimmed=False)


def _is_caught(original: bytes) -> bool:
    made = _untrimmed(original)
    assert _codes(original, replace(made, is_trimmed=True)) == _codes(original, made)
    return _codes(original, made) == ["FORBIDDEN_ELEMENT"]


def _padded(frame: bytes) -> bytes:
    return frame + bytes(len(frame) % 2)


def test_bytes_behind_native_frames_are_found() -> None:
    image = ct()
    image.PixelData = bytes(512)
    assert not _is_caught(encode(image))
    image.PixelData = bytes(700) + WORD
    assert _is_caught(encode(image))


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, JPEGBaseline8Bit])
def test_bytes_behind_floats_are_found_whatever_is_compressed(syntax: str) -> None:
    image = ct()
    del image.PixelData, image.BitsAllocated
    image.FloatPixelData = bytes(1024)
    made = made_of(encode(image, syntax))
    assert _codes(encode(image, syntax), made) == []
    image.FloatPixelData += WORD
    after = decode(made.data)
    after.FloatPixelData += WORD
    spoilt = replace(made, data=encode(after, syntax))
    assert _codes(encode(image, syntax), spoilt) == ["FORBIDDEN_ELEMENT"]


@pytest.mark.parametrize(
    ("keyword", "value"),
    [("Rows", 0), ("Columns", [16, 0]), ("BitsAllocated", 12), ("NumberOfFrames", "0")],
)
def test_pixels_of_which_nobody_can_say_how_many_they_are_are_found(
    keyword: str, value: object
) -> None:
    image = ct()
    made = made_of(encode(image))
    after = decode(made.data)
    for each in (image, after):
        put(each, **{keyword: value})
    spoilt = replace(made, data=encode(after))
    assert "PIXELS_UNDESCRIBED" in _codes(encode(image), spoilt)


@pytest.mark.parametrize("kind", KINDS)
def test_comments_and_bytes_behind_an_image_are_found(kind: str) -> None:
    image, frame = sample(kind)
    assert not _is_caught(with_frames(image, [frame]))
    assert _is_caught(with_frames(image, [_padded(frame) + WORD]))
    assert _is_caught(with_frames(image, [with_segment(frame, comment(kind, WORD))]))
    assert _is_caught(with_frames(image, [with_segment(frame, b"\xff" + comment(kind, WORD))])) or (
        kind == J2K
    )


def test_a_comment_behind_a_scan_or_in_a_tile_part_is_found() -> None:
    image, frame = sample(JPEG)
    end = frame.rindex(b"\xff\xd9")
    assert _is_caught(with_frames(image, [frame[:end] + segment(0xFE, WORD) + frame[end:]]))
    image, frame = sample(J2K)
    assert _is_caught(with_frames(image, [with_comment_in_tile(frame, comment(J2K, WORD))]))


@pytest.mark.parametrize("kind", KINDS)
def test_fragments_that_are_no_image_are_found(kind: str) -> None:
    image, frame = sample(kind)
    assert _is_caught(with_frames(image, [WORD + frame]))
    assert _is_caught(with_fragments(image, [WORD, _padded(frame)]))
    assert not _is_caught(with_fragments(image, [bytes(64), _padded(frame)]))


def test_offset_tables_that_are_none_are_found() -> None:
    image, frame = sample(J2K)
    assert not _is_caught(with_fragments(image, [_padded(frame)], bytes(4)))
    for table in (WORD, struct.pack("<L", 8), bytes(8)):
        assert _is_caught(with_fragments(image, [_padded(frame)], table))
    image.ExtendedOffsetTable, image.ExtendedOffsetTableLengths = bytes(8), WORD[:8]
    assert _is_caught(with_fragments(image, [_padded(frame)]))


def _with_pixels(made: Deidentified, pixels: bytes) -> Deidentified:
    after: Dataset = decode(made.data)
    if after.file_meta.TransferSyntaxUID.is_encapsulated:
        return replace(made, data=with_value(after, pixels))
    after.PixelData = pixels
    return replace(made, data=encode(after))


def test_trimming_changes_no_native_pixel() -> None:
    image = ct()
    image.PixelData = b"\7" * 512 + WORD
    original = encode(image)
    made = made_of(original)
    assert made.is_trimmed
    assert _codes(original, made) == []
    for pixels in (b"\7" * 511 + bytes(21), b"\7" * 512, b"\7" * 512 + bytes(22)):
        assert _codes(original, _with_pixels(made, pixels)) == ["PIXELS_CHANGED"]
    assert _codes(original, replace(made, is_trimmed=False)) == ["PIXELS_CHANGED"]


@pytest.mark.parametrize("kind", KINDS)
def test_trimming_changes_no_compressed_pixel(kind: str) -> None:
    image, frame = sample(kind)
    original = with_frames(image, [_padded(with_segment(frame, comment(kind, WORD))) + WORD])
    made = made_of(original)
    assert made.is_trimmed
    assert _codes(original, made) == []
    assert _codes(original, replace(made, is_trimmed=False)) == ["PIXELS_CHANGED"]
    value = decode(made.data).PixelData
    for at in (40 + len(frame) // 2, 30):
        changed = value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :]
        assert "PIXELS_CHANGED" in _codes(original, _with_pixels(made, changed))
