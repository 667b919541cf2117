"""A PNG holds the stored values by a rule that can be undone, or shows what a viewer shows."""

from __future__ import annotations

from typing import Any

import imagecodecs
import numpy as np
import pytest
from pydicom import Dataset

from include.imaging.export.frames import Frame
from include.imaging.export.picture import NoPictureError, displayed, lossless, pixels_of
from include.imaging.export.png import png
from tests.support.exports import instance

GREY = {"PhotometricInterpretation": "MONOCHROME2"}


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4"])
def test_every_stored_value_can_be_had_back(dtype: str) -> None:
    limits = np.iinfo(dtype)
    low = max(limits.min, -30000)
    pixels = np.array([[low, 0, min(limits.max, 30000)]], dtype)
    made = lossless(pixels, instance(GREY), Dataset())
    again = imagecodecs.png_decode(png(made.samples, {})).astype(np.int64)
    np.testing.assert_array_equal(again * made.slope + made.intercept, pixels)
    assert made.note == ""


def test_more_than_sixteen_bits_are_scaled_and_say_so() -> None:
    pixels = np.array([[0, 1 << 20, 1 << 30]], np.uint32)
    made = lossless(pixels, instance(GREY), Dataset())
    assert made.samples.max() == 0xFFFF
    assert made.note == "scaled to 16 bits"
    error = np.abs(made.samples * made.slope + made.intercept - pixels)
    assert error.max() <= made.slope / 2


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3), (1, 1)])
def test_a_png_is_read_by_others(dtype: Any, shape: tuple[int, ...]) -> None:
    samples = np.random.default_rng(3).integers(0, np.iinfo(dtype).max, shape, dtype)
    np.testing.assert_array_equal(imagecodecs.png_decode(png(samples, {"Comment": "x"})), samples)


def test_a_window_goes_from_black_to_white() -> None:
    dataset = Dataset()
    dataset.RescaleSlope, dataset.RescaleIntercept = "2", "-100"
    dataset.WindowCenter, dataset.WindowWidth = ["100", "5"], ["101", "9"]
    pixels = np.array([[0, 74, 100, 125, 4000]], np.uint16)
    made = displayed(pixels, instance(GREY), dataset)
    assert made.samples.dtype == np.uint8
    assert made.samples.tolist() == [[0, 0, 129, 255, 255]]
    inverted = displayed(pixels, instance({"PhotometricInterpretation": "MONOCHROME1"}), dataset)
    assert (inverted.samples + made.samples).tolist() == [[255] * 5]


def test_a_flat_image_without_a_window_is_black() -> None:
    made = displayed(np.full((2, 2), 7, np.uint16), instance(GREY), Dataset())
    assert made.samples.tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize(
    ("syntax", "code"),
    [
        ("1.2.840.10008.1.2.4.102", "VIDEO"),
        ("1.2.840.10008.1.2.4.112", "NO_DECODER"),
        ("1.2.840.10008.1.2.4.50", "FRAME_UNDECODABLE"),
        ("1.2.840.10008.1.2.5", "BLOB"),
    ],
)
def test_what_no_png_can_be_made_of_has_a_reason(syntax: str, code: str) -> None:
    with pytest.raises(NoPictureError) as caught:
        pixels_of(Frame(b"stream", None), instance(GREY, syntax, [b"stream"]))
    assert caught.value.code == code
