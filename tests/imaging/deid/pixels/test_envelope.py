"""Nothing leaves with the pixels that is none, and no pixel changes for that."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate

from include.imaging.deid.results import Deidentified, Held
from include.imaging.dicom.limits import PARTS
from include.imaging.dicom.silence import silenced
from include.imaging.validation.masked import masked_pixels
from tests.support.dicom import ct, decode, encode
from tests.support.pictures import decoded, ultrasound
from tests.support.smuggled import (
    J2K,
    JPEG,
    JPEG_LS,
    comment,
    sample,
    segment,
    with_comment_in_tile,
    with_frames,
    with_segment,
    with_value,
)
from tests.support.trimming import VERIFIER, WORD, engine, require_kept, trimmed

NATIVE = [
    uid.ExplicitVRLittleEndian,
    uid.ImplicitVRLittleEndian,
    uid.ExplicitVRBigEndian,
    uid.DeflatedExplicitVRLittleEndian,
]
KINDS = [JPEG, JPEG_LS, J2K]


def _image(pixels: bytes, **attributes: object) -> Dataset:
    image = ct(**attributes)
    image.PixelData = pixels
    return image


@pytest.mark.parametrize("syntax", NATIVE)
@pytest.mark.parametrize("behind", [WORD, bytes(9000) + WORD], ids=["near", "far"])
def test_bytes_behind_native_frames_become_zeros(syntax: str, behind: bytes) -> None:
    pixels = bytes(range(256)) * 2
    made = trimmed(encode(_image(pixels + behind), syntax))
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
        assert engine().fast(original) is not None
    else:
        original = encode(_image(pixels, **attributes))
    made = engine().deidentify(original)
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
    assert trimmed(encode(image)).PixelData == b"\7" * length + bytes(len(WORD))


@pytest.mark.parametrize("syntax", NATIVE)
@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("Rows", 0),
        ("Rows", None),
        ("Columns", 0),
        ("SamplesPerPixel", None),
        ("BitsAllocated", 0),
        ("BitsAllocated", 12),
        ("NumberOfFrames", "0"),
    ],
)
def test_an_object_that_does_not_say_its_size_is_held(
    syntax: str, keyword: str, value: object
) -> None:
    original = encode(_image(bytes(512), **{keyword: value}), syntax)
    assert engine().fast(original) is None
    made = engine().deidentify(original)
    assert isinstance(made, Held)
    assert [(each.code, keyword in each.text) for each in made.findings] == [
        ("PIXELS_UNDESCRIBED", True)
    ]


def test_an_attribute_without_a_value_that_fits_holds_an_object_before_its_pixels_do() -> None:
    image = ct()
    image.add_new(0x00280010, "LO", "16")  # Rows
    made = engine().deidentify(encode(image))
    assert [each.code for each in made.findings] == ["REQUIRED_VALUE_UNFIT"]


def test_frames_whose_number_is_none_are_not_taken_for_one_frame() -> None:
    original = encode(_image(bytes(512) + b"\7" * 512, NumberOfFrames="20"))
    made = engine().deidentify(original.replace(b"IS\2\x0020", b"IS\2\x002A"))
    assert isinstance(made, Held)
    assert {each.code for each in made.findings} == {"PIXELS_UNDESCRIBED"}


def test_an_object_without_a_pixel_need_not_say_its_size() -> None:
    image = _image(b"")
    del image.Rows
    require_kept(encode(image))
    del image.PixelData
    assert isinstance(engine().deidentify(encode(image)), Deidentified)


@pytest.mark.parametrize("syntax", [uid.ExplicitVRLittleEndian, uid.JPEGBaseline8Bit])
def test_bytes_behind_floats_become_zeros_whatever_is_compressed(syntax: str) -> None:
    image = ct()
    del image.PixelData, image.BitsAllocated
    image.FloatPixelData = bytes(1024)
    assert isinstance(engine().fast(encode(image, syntax)), Deidentified)
    image.FloatPixelData += WORD
    assert trimmed(encode(image, syntax)).FloatPixelData == bytes(1024 + len(WORD))


def test_bytes_behind_masked_pixels_become_zeros_too() -> None:
    image = ultrasound()
    length = len(image.PixelData)
    image.PixelData += WORD
    made = engine().deidentify(encode(image))
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
        made = trimmed(with_frames(image, [spoilt + bytes(len(spoilt) % 2)]))
        assert np.array_equal(decoded(made), pixels), number
        assert len(made.PixelData) == len(image.PixelData)


@pytest.mark.parametrize("kind", KINDS)
def test_an_image_in_many_fragments_is_cleaned_as_one(kind: str) -> None:
    image, frame = sample(kind)
    pixels = decoded(image)
    spoilt = with_segment(frame, comment(kind, WORD * 9)) + bytes(len(frame) % 2) + WORD
    made = trimmed(with_value(image, encapsulate([spoilt], fragments_per_frame=5)))
    assert np.array_equal(decoded(made), pixels)
    assert WORD[:4] not in made.PixelData


def test_the_end_of_a_header_that_breaks_off_is_no_place_for_text() -> None:
    image, frame = sample(JPEG)
    broken = frame[:4] + b"\xff\xff\0\0" + frame[-8:].rstrip(b"\0")
    trimmed(with_frames(image, [broken + bytes(len(broken) % 2) + WORD]))


def test_a_comment_before_everything_else_becomes_zeros() -> None:
    for kind in (J2K, JPEG):
        image, frame = sample(kind)
        trimmed(with_frames(image, [frame[:2] + segment(0xFE, WORD) + frame[2:]]))


@pytest.mark.parametrize("kind", KINDS)
def test_an_image_without_an_end_stays_as_it_is(kind: str) -> None:
    image, frame = sample(kind)
    cut = frame[: len(frame) // 2 * 2 - 40]
    require_kept(with_frames(image, [cut]))


@pytest.mark.parametrize("kind", KINDS)
def test_what_encoders_say_of_themselves_stays_on_the_fast_path(kind: str) -> None:
    image, frame = sample(kind)
    for text in (b"Kakadu-v7.3.3", b"LEAD Technologies Inc. V1.01\0", b"Lavc58.134.100", bytes(6)):
        data = with_frames(image, [with_segment(frame, comment(kind, text))])
        require_kept(data)
        assert engine().fast(data) is not None


def test_an_image_of_more_segments_than_any_is_held() -> None:
    image, frame = sample(JPEG)
    crowded = with_segment(frame, segment(0xFE, b"") * (PARTS + 99) + comment(JPEG, WORD))
    made = engine().deidentify(with_frames(image, [crowded]))
    assert isinstance(made, Held)
    assert [each.code for each in made.findings] == ["TOO_MANY_ELEMENTS"]


def test_a_million_fill_bytes_hide_nothing() -> None:
    image, frame = sample(JPEG)
    trimmed(with_frames(image, [frame[:2] + b"\xff" * 10**6 + comment(JPEG, WORD) + frame[2:]]))
