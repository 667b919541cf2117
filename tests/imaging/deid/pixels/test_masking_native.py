"""Masks of uncompressed pixels hide what they cover, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import uid
from pydicom.dataset import Dataset

from include.imaging.deid.pixels.layout import UnmaskableError
from include.imaging.deid.pixels.masking import mask
from include.imaging.deid.pixels.regions import Region
from include.imaging.validation.masked import masked_pixels
from tests.support.dicom import decode, encode
from tests.support.pictures import decoded, even, native, picture, samples_of
from tests.support.rare_images import single_bits

REGION = Region(2, 3, 7, 9)
SYNTAXES = [
    uid.ExplicitVRLittleEndian,
    uid.ImplicitVRLittleEndian,
    uid.ExplicitVRBigEndian,
    uid.DeflatedExplicitVRLittleEndian,
]


def _masked(image: Dataset, *regions: Region) -> Dataset:
    """The image with the regions masked; the independent check agrees that they alone are."""
    syntax = image.file_meta.TransferSyntaxUID
    before = encode(image, syntax)
    mask(image, regions)
    assert image.file_meta.TransferSyntaxUID == syntax
    after = encode(image, syntax)
    assert masked_pixels(before, after, regions) == ()
    return decode(after)


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize(
    ("stored", "allocated", "signed", "black"),
    [
        (8, 8, False, 0),
        (8, 8, True, -128),
        (16, 16, False, 0),
        (16, 16, True, -32768),
        (12, 16, False, 0),
        (12, 16, True, -2048),
        (32, 32, False, 0),
    ],
)
def test_grey_of_every_depth_becomes_black(
    syntax: str, stored: int, allocated: int, signed: bool, black: int
) -> None:
    pixels = samples_of(stored=stored, signed=signed, frames=2)
    image = native(picture(pixels, BitsStored=stored), syntax)
    assert image.BitsAllocated == allocated
    after = decoded(_masked(image, REGION))
    assert (after[:, 2:7, 3:9] == black).all()
    expected = pixels.copy()
    expected[:, 2:7, 3:9] = black
    assert np.array_equal(after, expected)


def test_black_is_the_largest_value_where_zero_is_white() -> None:
    image = native(picture(samples_of(stored=12), "MONOCHROME1", BitsStored=12))
    assert (decoded(_masked(image, REGION))[:, 2:7, 3:9] == 4095).all()


@pytest.mark.parametrize(("padding", "value"), [(-2000, -2000), (63536, -2000), (5000, -2048)])
def test_the_background_is_taken_where_the_image_names_one_it_can_hold(
    padding: int, value: int
) -> None:
    image = native(picture(samples_of(stored=12, signed=True), BitsStored=12))
    image.add_new(0x00280120, "SS" if padding < 0 else "US", padding)
    assert (decoded(_masked(image, REGION))[:, 2:7, 3:9] == value).all()


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("planar", [0, 1])
@pytest.mark.parametrize(
    ("photometric", "black"), [("RGB", (0, 0, 0)), ("YBR_FULL", (0, 128, 128))]
)
def test_colours_become_black_by_pixel_and_by_plane(
    syntax: str, planar: int, photometric: str, black: tuple[int, ...]
) -> None:
    pixels = samples_of(11, 13, 3, frames=3)
    image = picture(pixels, photometric, PlanarConfiguration=planar)
    if planar:
        image.PixelData = even(np.moveaxis(pixels, -1, 1).tobytes())
    after = decoded(_masked(native(image, syntax), REGION))
    expected = pixels.copy()
    expected[:, 2:7, 3:9] = black
    assert np.array_equal(after, expected)


def test_shared_chroma_is_masked_to_the_next_even_column() -> None:
    image = picture(samples_of(10, 12, 3), "YBR_FULL_422")
    image.PixelData = samples_of(10, 24).tobytes()
    image = native(image)
    before = decoded(image)
    mask(image, [Region(2, 3, 7, 9)])
    after = decoded(image)
    assert (after[:, 2:7, 2:10] == (0, 128, 128)).all()
    before[:, 2:7, 2:10] = (0, 128, 128)
    assert np.array_equal(after, before)


def test_a_palette_gives_its_darkest_entry() -> None:
    image = picture(samples_of(), "PALETTE COLOR")
    for number, colour in enumerate(("Red", "Green", "Blue")):
        entries = np.arange(256, dtype=np.uint16)[::-1] * 200 + 300 * number
        entries[77] = number
        setattr(image, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(image, f"{colour}PaletteColorLookupTableData", entries.tobytes())
    assert (decoded(_masked(native(image), REGION))[:, 2:7, 3:9] == 77).all()


def test_a_palette_that_cannot_be_read_holds_the_image() -> None:
    image = native(picture(samples_of(), "PALETTE COLOR"))
    before = encode(image)
    with pytest.raises(UnmaskableError, match="palette"):
        mask(image, [REGION])
    assert encode(image) == before


def test_bits_that_are_not_the_lowest_of_their_container_are_masked() -> None:
    pixels = samples_of(stored=12) << 4
    image = native(picture(pixels, BitsStored=12, HighBit=15))
    mask(image, [REGION])
    after = np.frombuffer(image.PixelData, "<u2").reshape(12, 16)
    assert not after[2:7, 3:9].any()
    assert np.array_equal(after[:2], pixels[0, :2, :, 0])


@pytest.mark.parametrize("name", ["bits.dcm", "odd_bits.dcm"])
def test_single_bits_are_masked_even_where_frames_begin_within_bytes(name: str) -> None:
    frames, rows, columns = {"bits.dcm": (3, 6, 8), "odd_bits.dcm": (5, 5, 7)}[name]
    image = decode(single_bits(name, frames, rows, columns).content)
    count = frames * rows * columns

    def bits() -> np.ndarray[Any, Any]:
        flat = np.unpackbits(np.frombuffer(image.PixelData, np.uint8), bitorder="little")
        return flat[:count].reshape(frames, rows, columns)

    before = bits()
    assert before[:, 1:4, 2:6].any()
    mask(image, [Region(1, 2, 4, 6)])
    before[:, 1:4, 2:6] = 0
    assert np.array_equal(bits(), before)


@pytest.mark.parametrize(
    ("keyword", "kind"), [("FloatPixelData", "<f4"), ("DoubleFloatPixelData", "<f8")]
)
def test_real_numbers_become_the_background_or_zero(keyword: str, kind: str) -> None:
    image = picture(samples_of())
    del image.PixelData, image.PixelRepresentation, image.BitsStored, image.HighBit
    values = np.random.default_rng(2).random((12, 16)).astype(kind)
    values[0, 0] = np.nan
    image.BitsAllocated = values.itemsize * 8
    setattr(image, keyword, values.tobytes())
    image = decode(encode(image))
    after = decoded(_masked(image, REGION))[0, ..., 0]
    values[2:7, 3:9] = 0
    assert np.array_equal(after, values, equal_nan=True)


def test_a_masked_image_says_that_no_text_is_burned_in() -> None:
    image = native(picture(samples_of(), BurnedInAnnotation="YES", LargestImagePixelValue=200))
    after = _masked(image, REGION)
    assert after.BurnedInAnnotation == "NO"
    assert "LargestImagePixelValue" not in after


def test_the_reason_is_told_when_pixels_end_early() -> None:
    image = native(picture(samples_of(), NumberOfFrames=2))
    with pytest.raises(UnmaskableError, match="shorter than their frames"):
        mask(image, [REGION])


@pytest.mark.parametrize(
    "attributes",
    [
        {"Rows": 13},
        {"NumberOfFrames": 2},
        {"BitsAllocated": 12},
        {"BitsStored": 9},
        {"HighBit": 9},
        {"SamplesPerPixel": 3},
        {"PhotometricInterpretation": "CMYK"},
        {"PhotometricInterpretation": ""},
        {"Rows": 65535, "Columns": 65535},
        {"NumberOfFrames": 2**31 - 1},
        {"Columns": None},
    ],
)
def test_pixels_that_contradict_their_description_are_left_and_refused(
    attributes: dict[str, object],
) -> None:
    image = native(picture(samples_of()))
    image.update(picture(samples_of(), **attributes))
    image.PixelData = samples_of().tobytes()
    with pytest.raises(UnmaskableError):
        mask(image, [REGION])
    assert image.PixelData == samples_of().tobytes()
    assert "BurnedInAnnotation" not in image


@settings(max_examples=80, deadline=None)
@given(
    st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 3]), st.integers(1, 3)),
    st.sampled_from([(8, False), (8, True), (12, True), (16, False), (32, True)]),
    st.lists(st.builds(Region, *[st.integers(-3, 12)] * 4), max_size=4),
    st.booleans(),
    st.sampled_from([uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian]),
)
def test_any_regions_on_any_layout_hide_their_pixels_and_no_other(
    shape: tuple[int, int, int, int],
    depth: tuple[int, bool],
    regions: list[Region],
    planar: bool,
    syntax: str,
) -> None:
    rows, columns, samples, frames = shape
    stored, signed = depth
    pixels = samples_of(rows, columns, samples, frames, stored=stored, signed=signed)
    image = picture(pixels, "RGB" if samples == 3 else "MONOCHROME2", BitsStored=stored)
    if planar and samples == 3:
        image.PlanarConfiguration = 1
        image.PixelData = even(np.moveaxis(pixels, -1, 1).tobytes())
    image = native(image, syntax)
    mask(image, regions)
    after, hidden = decoded(image), np.zeros((rows, columns), bool)
    for region in regions:
        down, across = np.mgrid[:rows, :columns]
        hidden |= (
            (region.top <= down)
            & (down < region.bottom)
            & (region.left <= across)
            & (across < region.right)
        )
    assert np.array_equal(after[:, ~hidden], pixels[:, ~hidden])
    assert len(np.unique(after[:, hidden])) <= 1
