"""Where pixel data can hold text is searched; where it holds pixels alone it is not."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from include.imaging.deid.pixels.regions import Region
from include.imaging.deid.results import Deidentified
from include.imaging.validation.pixel_text import between_compressed, native_length
from include.imaging.validation.verify import Verifier
from tests.support.deidentification import made_of
from tests.support.dicom import ct, decode, encode, package_files

NAME = b"SECRETNAME^JOHN"
VERIFIER, FULL = Verifier(conformance="off"), Verifier(conformance="off", search="everything")
NATIVE = [
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
]
FILES = {path.name: path for path in package_files()}


def _told(original: bytes, verifier: Verifier = VERIFIER) -> list[str]:
    """Return what is said of identity where an engine leaves the pixel data as it was."""
    made = made_of(original)
    before, after = decode(original), decode(made.data)
    after["PixelData"] = before["PixelData"]
    data = encode(after, before.file_meta.TransferSyntaxUID)
    found = verifier.verify(original, replace(made, data=data))
    assert {each.code for each in found} <= {"RESIDUAL_IDENTITY", "FORBIDDEN_ELEMENT"}
    assert len(found) < 3
    told = [each.text for each in found if each.code == "RESIDUAL_IDENTITY"]
    return [each.partition("(")[2].partition(")")[0] for each in told]


def _image(pixels: bytes, **attributes: object) -> Dataset:
    image = ct(PatientName=NAME.decode(), **attributes)
    image.PixelData = pixels
    return image


@pytest.mark.parametrize("syntax", NATIVE)
def test_pixels_are_not_searched_and_what_is_behind_them_is(syntax: str) -> None:
    hidden = NAME.rjust(512, b"\1")
    assert _told(encode(_image(hidden), syntax)) == []
    assert _told(encode(_image(hidden), syntax), FULL) == ["value of PatientName in PixelData"]
    for behind in (NAME + b"\0", NAME.rjust(4000, b"\1"), NAME.ljust(6000, b"\1")):
        image = _image(bytes(512) + behind)
        assert _told(encode(image, syntax)) == ["value of PatientName in PixelData"]
    assert _told(encode(_image(NAME.ljust(510, b"\1")), syntax)) == [
        "value of PatientName in PixelData"
    ]


def test_a_word_that_begins_among_the_pixels_is_found_behind_them() -> None:
    image = _image(bytes(506) + NAME + bytes(5))
    assert _told(encode(image)) == ["value of PatientName in PixelData"]


@pytest.mark.parametrize(
    ("numbers", "length"),
    [
        ({"Rows": 5, "Columns": 3, "SamplesPerPixel": 1, "BitsAllocated": 16}, 30),
        ({"Rows": 5, "Columns": 3, "SamplesPerPixel": 3, "BitsAllocated": 8}, 45),
        ({"Rows": 5, "Columns": 3, "SamplesPerPixel": 1, "BitsAllocated": 1}, 2),
        ({"Rows": 4, "Columns": 4, "SamplesPerPixel": 3, "BitsAllocated": 8, "Subsampled": 1}, 32),
        (
            {"Rows": 3, "Columns": 3, "SamplesPerPixel": 1, "BitsAllocated": 1}
            | {"NumberOfFrames": 3},
            4,
        ),
        ({"Rows": 5}, 0),
        ({}, 0),
    ],
)
def test_native_pixels_are_as_long_as_the_object_says(numbers: dict[str, int], length: int) -> None:
    assert native_length(numbers) == length


def _with_segment(frame: bytes, segment: bytes) -> bytes:
    """Return a compressed image with a marker segment behind its first marker, or its size."""
    at = 2 if frame.startswith(b"\xff\xd8") else 4 + int.from_bytes(frame[4:6], "big")
    return frame[:at] + segment + frame[at:]


def _segment(marker: int, text: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(text) + 2) + text


COMPRESSED = {
    "MR_small_jpeg_ls_lossless.dcm": (0xFE, 0xE1),
    "MR_small_jp2klossless.dcm": (0x64,),
    "693_J2KI.dcm": (0x64,),
    "SC_rgb_small_odd_jpeg.dcm": (0xFE, 0xE0, 0xEF),
}


def _compressed(name: str) -> tuple[Dataset, bytes]:
    image = decode(FILES[name].read_bytes())
    return image, next(generate_frames(image.PixelData, number_of_frames=1))


def _between(frames: list[bytes]) -> bytes:
    return _searched(encapsulate(frames))


def _searched(value: bytes) -> bytes:
    return b"\0".join(between_compressed(memoryview(value)))


@pytest.mark.parametrize("name", COMPRESSED)
def test_comments_and_what_follows_a_compressed_image_are_searched(name: str) -> None:
    _, frame = _compressed(name)
    assert len(_between([frame])) < len(frame)
    for marker in COMPRESSED[name]:
        assert NAME in _between([frame, _with_segment(frame, _segment(marker, NAME))])
    assert NAME in _between([frame, frame + NAME])
    assert NAME in _between([frame + bytes(100) + NAME, frame])


@pytest.mark.parametrize("name", COMPRESSED)
def test_an_image_that_breaks_off_is_searched_whole(name: str) -> None:
    _, frame = _compressed(name)
    for at in (2, 3, 20, len(frame) // 2, len(frame) - 3):
        assert frame[at - 1 : at] in _between([frame[:at]])
        assert NAME in _between([frame[:at] + NAME])


@pytest.mark.parametrize("name", COMPRESSED)
def test_an_image_in_many_fragments_is_one(name: str) -> None:
    _, frame = _compressed(name)
    spoilt = _with_segment(frame, _segment(0x64 if frame[1] == 0x4F else 0xFE, NAME * 9))
    value = encapsulate([spoilt], fragments_per_frame=5)
    assert NAME * 9 in _searched(value)
    assert len(_searched(value)) < len(spoilt) + 500


def test_what_is_no_known_image_is_searched_whole() -> None:
    for frame in (NAME * 4, b"\xff\xd8" + NAME, b"\xff\x4f\xff\x51" + NAME, b"\0" * 64 + NAME):
        assert NAME in _between([frame])
    assert _searched(b"no items at all") == b"no items at all"


def test_headers_that_a_thousand_frames_share_are_searched_once() -> None:
    _, frame = _compressed("MR_small_jpeg_ls_lossless.dcm")
    assert len(_between([frame] * 1000)) < len(_between([frame])) + 10_000  # the offset table


@pytest.mark.parametrize("name", ["MR_small_jpeg_ls_lossless.dcm", "MR_small_jp2klossless.dcm"])
def test_a_name_in_a_comment_of_an_output_is_a_finding(name: str) -> None:
    image, frame = _compressed(name)
    syntax = image.file_meta.TransferSyntaxUID
    image.PatientName = NAME.decode()
    assert _told(encode(image, syntax)) == []
    marker = 0x64 if frame[1] == 0x4F else 0xFE
    image.PixelData = encapsulate([_with_segment(frame, _segment(marker, NAME + b" "))])
    image["PixelData"].is_undefined_length = True
    assert _told(encode(image, syntax)) == ["value of PatientName in PixelData"]


def test_run_lengths_are_searched_whole() -> None:
    image = _image(encapsulate([bytes(64) + NAME + b"\0"]))
    image["PixelData"].is_undefined_length = True
    assert _told(encode(image, RLELossless)) == ["value of PatientName in PixelData"]


def _repainted(made: Deidentified, pixels: bytes) -> Deidentified:
    after = decode(made.data)
    after.PixelData = pixels
    return replace(made, data=encode(after))


WHOLE = Region(0, 0, 16, 16)


def test_masked_pixels_may_differ_but_not_in_length() -> None:
    original = encode(ct())
    made = made_of(original)
    masked = _repainted(made, b"\7" * 512)
    assert [each.code for each in VERIFIER.verify(original, masked)] == ["PIXELS_CHANGED"]
    assert VERIFIER.verify(original, replace(masked, is_masked=True, regions=(WHOLE,))) == ()
    cut = VERIFIER.verify(
        original, replace(_repainted(made, b"\7" * 510), is_masked=True, regions=(WHOLE,))
    )
    assert [each.code for each in cut] == ["PIXELS_CHANGED"]
