"""Pictures are of outputs, small, and outline what differs from the original."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom.uid import ExplicitVRBigEndian

from include.imaging.qa import pictures
from include.imaging.qa.pictures import OUTLINE, SIDE, picture
from tests.support.dicom import ct, encode, package_files


def image(samples: NDArray[Any], syntax: str | None = None, **more: object) -> bytes:
    """A file with these samples: uint8 or uint16, grey or colour."""
    colours = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0}
    bits = 8 * samples.dtype.itemsize
    made = ct(
        Rows=samples.shape[0],
        Columns=samples.shape[1],
        BitsAllocated=bits,
        BitsStored=bits,
        HighBit=bits - 1,
        PixelData=samples.tobytes(),
        **(colours if samples.ndim == 3 else {}),
        **more,
    )
    return encode(made, *([syntax] if syntax else []))


def seen(output: bytes, original: bytes | None = None) -> tuple[pictures.Picture, NDArray[Any]]:
    made = picture(output, original)
    assert made is not None
    with Image.open(io.BytesIO(made.png)) as opened:
        return made, np.asarray(opened)


def test_a_small_frame_is_shown_as_it_is() -> None:
    made, shown = seen(image(np.arange(256, dtype=np.uint16).reshape(16, 16)))
    assert (made.rows, made.columns, made.frames, made.boxes) == (16, 16, 1, ())
    assert shown.shape == (16, 16)
    assert shown[0, 0] == 0
    assert shown[-1, -1] == 255


def test_a_large_frame_is_made_small() -> None:
    made, shown = seen(image(np.zeros((1000, 700), np.uint16)))
    assert (made.rows, made.columns) == (1000, 700)
    assert max(shown.shape) <= SIDE
    assert seen(image(np.zeros((3000, 3), np.uint8)))[1].shape[0] <= SIDE


def test_what_was_masked_is_outlined_and_the_original_is_not_shown() -> None:
    before = np.full((200, 200), 90, np.uint8)
    before[20:30, 40:110] = 255
    before[150:160, 10:60] = 200
    after = before.copy()
    after[18:32, 38:112] = 0
    after[150:160, 10:60] = 0
    made, shown = seen(image(after), image(before))
    assert made.boxes == ((18, 38, 32, 112), (150, 10, 160, 60))
    assert shown.shape == (200, 200, 3)
    assert tuple(shown[18, 50]) == tuple(shown[32, 50]) == tuple(shown[25, 38]) == OUTLINE
    assert tuple(shown[25, 50]) == (0, 0, 0)


def test_marks_that_lie_near_are_one_box_and_there_are_few_boxes() -> None:
    before, after = np.zeros((400, 400), np.uint8), np.zeros((400, 400), np.uint8)
    before[10:20, 10:300:5] = 9
    assert seen(image(after), image(before))[0].boxes == ((10, 10, 20, 296),)
    before[::20, ::20] = 9
    assert len(seen(image(after), image(before))[0].boxes) == pictures.MOST_BOXES


def test_pixels_of_colour_stay_in_colour() -> None:
    samples = np.zeros((20, 20, 3), np.uint8)
    samples[:, :, 1] = 255
    assert tuple(seen(image(samples))[1][5, 5]) == (0, 255, 0)


def test_the_white_of_monochrome1_is_dark() -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert seen(image(ramp, PhotometricInterpretation="MONOCHROME1"))[1][0, 0] == 255


def test_big_endian_pixels_are_read_as_such() -> None:
    ramp = np.arange(256, dtype=">u2").reshape(16, 16)
    shown = seen(image(ramp, ExplicitVRBigEndian))[1]
    assert (np.diff(shown.ravel().astype(int)) >= 0).all()


@pytest.mark.parametrize(
    "output",
    [
        b"",
        b"no DICOM",
        encode(ct(PixelData=b"")),
        encode(ct(Rows=0)),
        encode(ct(Rows=65535, Columns=65535)),
        encode(ct(BitsAllocated=7)),
    ],
)
def test_without_pixels_that_can_be_shown_there_is_no_picture(output: bytes) -> None:
    assert picture(output) is None


def test_many_kinds_of_pixels_are_shown() -> None:
    shown = [
        made
        for path in package_files()
        if path.stat().st_size < 2**17 and (made := picture(path.read_bytes())) is not None
    ]
    assert len(shown) > 50
    assert all(made.png.startswith(b"\x89PNG") for made in shown)
