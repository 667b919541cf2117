"""Nothing leaves with the pixels that is none, and no pixel changes for that."""

from __future__ import annotations

import struct
from functools import cache

import numpy as np
import pytest
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate

from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.results import Deidentified
from include.imaging.dicom.known_segments import is_known
from include.imaging.dicom.silence import silenced
from include.imaging.validation.masked import masked_pixels
from include.imaging.validation.verify import Verifier
from tests.support.deidentification import deidentifier
from tests.support.dicom import ct, decode, encode
from tests.support.pictures import decoded, picture, samples_of, ultrasound
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
NATIVE = [
    uid.ExplicitVRLittleEndian,
    uid.ImplicitVRLittleEndian,
    uid.ExplicitVRBigEndian,
    uid.DeflatedExplicitVRLittleEndian,
]
KINDS = [JPEG, JPEG_LS, J2K]


@cache
def _engine() -> Deidentifier:
    return deidentifier()


def _made(original: bytes) -> Deidentified:
    """Return the verified output of an object, in which the word is not."""
    made = _engine().deidentify(original)
    assert isinstance(made, Deidentified), made.findings
    assert VERIFIER.verify(original, made) == ()
    assert WORD not in made.data
    return made


def _trimmed(original: bytes) -> Dataset:
    """Return what is made of an object that the fast path leaves to the careful one."""
    made = _made(original)
    assert made.is_trimmed
    assert _engine().fast(original) is None
    return decode(made.data)


def _kept(original: bytes) -> None:
    """Require that the pixel data stays as it is, and with it that the object is not trimmed."""
    made = _made(original)
    assert not made.is_trimmed
    assert decode(made.data).PixelData == decode(original).PixelData


def _image(pixels: bytes, **attributes: object) -> Dataset:
    image = ct(**attributes)
    image.PixelData = pixels
    return image


@pytest.mark.parametrize("syntax", NATIVE)
@pytest.mark.parametrize("behind", [WORD, bytes(9000) + WORD], ids=["near", "far"])
def test_bytes_behind_native_frames_become_zeros(syntax: str, behind: bytes) -> None:
    pixels = bytes(range(256)) * 2
    made = _trimmed(encode(_image(pixels + behind), syntax))
    assert made.PixelData == pixels + bytes(len(behind))


@pytest.mark.parametrize(
    ("pixels", "attributes"),
    [
        (bytes(512 + 4096), {}),
        (b"\7" * 27 + b"\x9e", {"Rows": 3, "Columns": 9, "BitsAllocated": 8}),
        (b"\7" * 4, {"Rows": 3, "Columns": 9, "BitsAllocated": 1}),
        (b"\7" * 6, {"Rows": 3, "Columns": 3, "BitsAllocated": 1, "NumberOfFrames": 3}),
        (b"\7" * 48, {"Rows": 4, "Columns": 4, "BitsAllocated": 8, "SamplesPerPixel": 3}),
        (WORD[:16], {}),
    ],
    ids=["zeros", "a pad byte", "bits", "bits of frames by the byte", "chroma", "too few"],
)
def test_pixels_and_zeros_stay(pixels: bytes, attributes: dict[str, object]) -> None:
    if attributes.get("SamplesPerPixel") == 3:
        attributes |= {"PhotometricInterpretation": "YBR_FULL_422", "PlanarConfiguration": 0}
    if pixels != WORD[:16]:
        original = encode(_image(pixels, **attributes))
        assert _engine().fast(original) is not None
    else:
        original = encode(_image(pixels, **attributes))
    made = _engine().deidentify(original)
    assert isinstance(made, Deidentified)
    assert not made.is_trimmed
    assert decode(made.data).PixelData == pixels
    assert not {each.code for each in VERIFIER.verify(original, made)} - {"RESIDUAL_IDENTITY"}


@pytest.mark.parametrize(
    ("length", "attributes"),
    [
        (32, {"SamplesPerPixel": 3, "PhotometricInterpretation": "YBR_FULL_422"}),
        (48, {"NumberOfFrames": 3}),
        (2, {"BitsAllocated": 1}),
    ],
)
def test_the_length_of_frames_follows_from_their_layout(
    length: int, attributes: dict[str, object]
) -> None:
    image = _image(
        b"\7" * length + WORD, **{"Rows": 4, "Columns": 4, "BitsAllocated": 8} | attributes
    )
    assert _trimmed(encode(image)).PixelData == b"\7" * length + bytes(len(WORD))


def test_an_object_that_does_not_say_its_size_keeps_its_pixels() -> None:
    image = _image(b"\7" * 700)
    del image.Rows
    made = _engine().deidentify(encode(image))
    assert isinstance(made, Deidentified)
    assert decode(made.data).PixelData == b"\7" * 700


def test_bytes_behind_masked_pixels_become_zeros_too() -> None:
    image = ultrasound()
    length = len(image.PixelData)
    image.PixelData += WORD
    made = _engine().deidentify(encode(image))
    assert isinstance(made, Deidentified)
    assert made.is_masked
    assert made.is_trimmed
    assert decode(made.data).PixelData[length:] == bytes(len(WORD))
    with silenced():
        assert masked_pixels(encode(image), made.data, made.regions) == ()


def _spoilt(kind: str, frame: bytes) -> list[bytes]:
    padded = frame + bytes(len(frame) % 2)
    spoilt = [padded + WORD, with_segment(frame, comment(kind, WORD)), padded + frame + WORD]
    if kind == J2K:
        return [*spoilt, with_comment_in_tile(frame, comment(kind, WORD))]
    exif = segment(0xE1, b"Exif\0\0" + WORD)
    filled = b"\xff" + segment(0xFE, WORD)
    end = frame.rindex(b"\xff\xd9")
    late = frame[:end] + segment(0xFE, WORD) + frame[end:]
    return [*spoilt, with_segment(frame, exif), with_segment(frame, filled), late + WORD]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_foreign_to_a_compressed_image_becomes_zeros(kind: str) -> None:
    image, frame = sample(kind)
    pixels = decoded(image)
    for number, spoilt in enumerate(_spoilt(kind, frame)):
        made = _trimmed(with_frames(image, [spoilt + bytes(len(spoilt) % 2)]))
        assert np.array_equal(decoded(made), pixels), number
        assert len(made.PixelData) == len(image.PixelData)


@pytest.mark.parametrize("kind", KINDS)
def test_an_image_in_many_fragments_is_cleaned_as_one(kind: str) -> None:
    image, frame = sample(kind)
    pixels = decoded(image)
    spoilt = with_segment(frame, comment(kind, WORD * 9)) + bytes(len(frame) % 2) + WORD
    made = _trimmed(with_value(image, encapsulate([spoilt], fragments_per_frame=5)))
    assert np.array_equal(decoded(made), pixels)
    assert WORD[:4] not in made.PixelData


def test_the_end_of_a_header_that_breaks_off_is_no_place_for_text() -> None:
    image, frame = sample(JPEG)
    broken = frame[:4] + b"\xff\xff\0\0" + frame[-8:].rstrip(b"\0")
    _trimmed(with_frames(image, [broken + bytes(len(broken) % 2) + WORD]))


def test_a_comment_before_everything_else_becomes_zeros() -> None:
    for kind in (J2K, JPEG):
        image, frame = sample(kind)
        _trimmed(with_frames(image, [frame[:2] + segment(0xFE, WORD) + frame[2:]]))


@pytest.mark.parametrize("kind", KINDS)
def test_an_image_without_an_end_stays_as_it_is(kind: str) -> None:
    image, frame = sample(kind)
    cut = frame[: len(frame) // 2 * 2 - 40]
    _kept(with_frames(image, [cut]))


@pytest.mark.parametrize("kind", KINDS)
def test_what_encoders_say_of_themselves_stays_on_the_fast_path(kind: str) -> None:
    image, frame = sample(kind)
    for text in (b"Kakadu-v7.3.3", b"LEAD Technologies Inc. V1.01\0", b"Lavc58.134.100", bytes(6)):
        data = with_frames(image, [with_segment(frame, comment(kind, text))])
        _kept(data)
        assert _engine().fast(data) is not None


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("COM", b"Kakadu-2.2"),
        ("COM", b"Created by GDCM/OpenJPEG version 2.3.0"),
        ("COM", b"Created by OpenJPEG version 2.5.0"),
        ("COM", b"Creator: JasPer Version 1.701.0"),
        ("COM", b"CREATOR: gd-jpeg v1.0 (using IJG JPEG v62), quality = 75\n"),
        ("COM", b"Intel(R) JPEG Library, version [1.51.12.44]"),
        ("APP0", b"JFIF\0\1\1\0\0\1\0\1\0\0"),
        ("APP8", b"\0\0\0\1\xff\xd8"),
        ("APP14", b"Adobe\0d\0\0\0\0\1"),
    ],
)
def test_the_list_knows_a_text_and_nothing_more(name: str, payload: bytes) -> None:
    assert is_known(name, payload)
    assert name != "COM" or is_known(name, payload + b"\0")
    assert not is_known(name, payload + b" of " + WORD)
    assert not is_known(name, WORD + payload)
    assert not is_known("APP1", payload)


def test_segments_of_thumbnails_and_directories_are_not_known() -> None:
    assert not is_known("APP0", b"JFIF\0\1\1\0\0\1\0\1\1\1abc")
    assert not is_known("APP8", b"\0\0\0\x05" + WORD)
    assert not is_known("COM", b"Kakadu-" + b"1" * 5000)


@pytest.mark.parametrize(
    "table", [WORD, struct.pack("<L", 8), struct.pack("<2L", 0, 8), b"\0\0", bytes(8)]
)
def test_an_offset_table_that_is_none_is_emptied(table: bytes) -> None:
    image, frame = sample(J2K)
    pixels = decoded(image)
    made = _trimmed(
        with_fragments(image, [frame + bytes(len(frame) % 2)], table + bytes(len(table) % 2))
    )
    assert made.PixelData[:8] == b"\xfe\xff\x00\xe0" + bytes(4)
    assert np.array_equal(decoded(made), pixels)


def _two_frames() -> tuple[Dataset, bytes]:
    image, frame = sample(J2K)
    image.NumberOfFrames = 2
    return image, frame + bytes(len(frame) % 2)


def test_a_right_offset_table_stays() -> None:
    image, frame = _two_frames()
    size = len(frame) + 8
    _kept(with_fragments(image, [frame, frame], struct.pack("<2L", 0, size)))
    _trimmed(with_fragments(image, [frame, frame], struct.pack("<2L", size, 0)))
    _trimmed(with_fragments(image, [frame, frame], struct.pack("<2L", 0, size + 2)))


def test_an_extended_offset_table_stays_only_where_it_is_right() -> None:
    image, frame = _two_frames()
    size = len(frame)
    image.ExtendedOffsetTable = struct.pack("<2Q", 0, size + 8)
    image.ExtendedOffsetTableLengths = struct.pack("<2Q", size, size - 1)
    data = with_fragments(image, [frame, frame])
    _kept(data)
    assert _engine().fast(data) is not None
    assert "ExtendedOffsetTable" in decode(_made(data).data)
    for wrong in (WORD[:16], struct.pack("<2Q", size, size - 2), struct.pack("<Q", size)):
        image.ExtendedOffsetTableLengths = wrong
        assert "ExtendedOffsetTable" not in _trimmed(with_fragments(image, [frame, frame]))


def test_native_pixels_have_no_extended_offset_table() -> None:
    image = picture(samples_of())
    image.ExtendedOffsetTable = WORD + bytes(4)
    assert "ExtendedOffsetTable" not in _trimmed(encode(image))
