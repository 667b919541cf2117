"""Ultrasound leaves with its scan alone, or does not leave."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from include.imaging.deid.pixels.facts import facts_of, structure_of
from include.imaging.deid.pixels.options import PixelOptions
from include.imaging.deid.pixels.rules import PixelRules
from include.imaging.deid.pixels.treatment import treat
from include.imaging.dicom.silence import silenced
from include.imaging.validation.masked import masked_pixels
from tests.support.dicom import decode, encode, package_files
from tests.support.pictures import decoded, native, region, ultrasound

RULES = PixelRules(PixelOptions())

# What was seen in these pictures: those without regions hold a hospital's name above the scan,
# or are cut so that their regions lie beyond them.
SEEN = {
    "JPGLosslessP14SV1_1s_1f_8b.dcm": True,
    "OBXXXX1A.dcm": True,
    "OBXXXX1A_2frame.dcm": True,
    "OBXXXX1A_expb.dcm": True,
    "OBXXXX1A_expb_2frame.dcm": True,
    "OBXXXX1A_rle.dcm": True,
    "OBXXXX1A_rle_2frame.dcm": True,
    "gdcm-US-ALOKA-16.dcm": True,
    "gdcm-US-ALOKA-16_big.dcm": True,
    "examples_palette.dcm": False,
    "examples_rgb_color.dcm": False,
    "examples_ybr_color.dcm": False,
    "US1_UNCR.dcm": False,
    "US1_J2KR.dcm": False,
    "color-pl.dcm": False,
}


def _treated(image: Dataset) -> list[str]:
    verdict = RULES.judge(facts_of(image, RULES.keywords), structure_of(image))
    return [found.code for found in treat(image, verdict)]


def test_all_but_the_region_of_the_scan_is_masked() -> None:
    image = native(ultrasound())
    before = decoded(image)
    assert _treated(image) == []
    after = decoded(image)
    assert np.array_equal(after[:, 10:90, 20:150], before[:, 10:90, 20:150])
    after[:, 10:90, 20:150] = 0
    assert not after.any()
    assert image.BurnedInAnnotation == "NO"


def test_text_that_the_object_admits_is_masked_with_the_rest() -> None:
    assert _treated(native(ultrasound(BurnedInAnnotation="YES"))) == []


def test_traces_stay_and_bars_and_graphics_go() -> None:
    image = ultrasound()
    image.SequenceOfUltrasoundRegions = Sequence(
        [
            region(20, 10, 99, 49),
            region(20, 60, 99, 89, data_type=10, spatial=4),
            region(120, 20, 129, 39, data_type=13, spatial=5),
            region(140, 20, 149, 39, data_type=1, spatial=5),
        ]
    )
    image = native(image)
    before = decoded(image)
    assert _treated(image) == []
    after = decoded(image)
    assert np.array_equal(after[:, 60:90, 20:100], before[:, 60:90, 20:100])
    assert not after[:, :, 110:].any()


@pytest.mark.parametrize(
    "scan",
    [
        (20, 0, 149, 89),  # begins where consoles write names
        (20, 3, 149, 89),
        (0, 0, 159, 99),
        (20, 10, 161, 89),  # beyond the image
        (20, 10, 149, 101),
        (149, 10, 20, 89),  # no rectangle
        (20, 89, 149, 10),
        (20, 10, 20, 89),
    ],
)
def test_regions_that_cannot_be_believed_hold_the_object(scan: tuple[int, ...]) -> None:
    image = native(ultrasound(scan=scan))
    before = image.PixelData
    assert _treated(image) == ["PIXELS_MAY_HOLD_TEXT"]
    assert image.PixelData == before


@pytest.mark.parametrize(
    ("data_type", "spatial"), [(0, 1), (13, 1), (1, 0), (1, 5), (10, 4), (99, 1)]
)
def test_without_a_scan_among_its_regions_the_object_is_held(data_type: int, spatial: int) -> None:
    image = ultrasound()
    image.SequenceOfUltrasoundRegions = Sequence([region(20, 10, 149, 89, data_type, spatial)])
    assert _treated(native(image)) == ["PIXELS_MAY_HOLD_TEXT"]


def test_one_region_that_cannot_be_believed_makes_all_of_them_unbelievable() -> None:
    image = ultrasound()
    image.SequenceOfUltrasoundRegions.append(region(20, 10, 999, 89))
    assert _treated(native(image)) == ["PIXELS_MAY_HOLD_TEXT"]


def test_a_region_without_an_edge_and_too_many_regions_hold_the_object() -> None:
    image = ultrasound()
    del image.SequenceOfUltrasoundRegions[0].RegionLocationMinX0
    assert _treated(native(image)) == ["PIXELS_MAY_HOLD_TEXT"]
    image.SequenceOfUltrasoundRegions = Sequence([region(20, 10, 149, 89) for _ in range(33)])
    assert _treated(native(image)) == ["PIXELS_MAY_HOLD_TEXT"]
    image.SequenceOfUltrasoundRegions = Sequence([])
    assert _treated(native(image)) == ["PIXELS_MAY_HOLD_TEXT"]


def test_a_scan_whose_pixels_cannot_be_masked_is_held_as_it_was() -> None:
    image = native(ultrasound(NumberOfFrames=9))
    before = image.PixelData
    assert _treated(image) == ["PIXELS_MAY_HOLD_TEXT"]
    assert image.PixelData == before


def _package_files() -> list[Path]:
    return [path for path in package_files() if path.name in SEEN]


@pytest.mark.parametrize("path", _package_files(), ids=lambda path: path.name)
def test_real_consoles_are_masked_or_held_as_their_pictures_demand(path: Path) -> None:
    original = path.read_bytes()
    with silenced():
        image = dcmread(io.BytesIO(original))
        verdict = RULES.judge(facts_of(image, RULES.keywords), structure_of(image))
        found = treat(image, verdict)
        assert (found == ()) is SEEN[path.name]
        if SEEN[path.name]:
            made = encode(image, image.file_meta.TransferSyntaxUID)
            assert masked_pixels(original, made, verdict.regions) == ()
            top = min(r.RegionLocationMinY0 for r in image.SequenceOfUltrasoundRegions)
            banner = decoded(decode(made))[:, :top]
            assert len(np.unique(banner.reshape(-1, banner.shape[-1]), axis=0)) == 1


def test_every_picture_that_was_looked_at_is_there() -> None:
    assert {path.name for path in _package_files()} == SEEN.keys()
