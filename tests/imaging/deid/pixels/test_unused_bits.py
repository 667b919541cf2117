"""An overlay in the unused bits of the pixels is cleared, and the pixels keep their values."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom import uid
from pydicom.dataset import Dataset

from include.imaging.deid.pixels.facts import facts_of, structure_of
from include.imaging.deid.pixels.options import PixelOptions
from include.imaging.deid.pixels.rules import PixelRules
from include.imaging.deid.pixels.treatment import treat
from include.imaging.validation.masked import masked_pixels
from tests.support.dicom import decode, encode
from tests.support.pictures import compressed, native, picture, samples_of


def _image(*, signed: bool = False, position: int = 15, stored: int = 12) -> Dataset:
    """An image with an overlay drawn at a bit above its 12 bits of pixels."""
    pixels = samples_of(stored=12, signed=signed, frames=2)
    drawn = pixels.copy().view(np.uint16)
    drawn[:, 3:6, 3:6] ^= 1 << position
    image = picture(drawn, BitsStored=stored, PixelRepresentation=int(signed))
    image.add_new(0x60000102, "US", position)
    return image


def _treated(image: Dataset, text: str = "mask") -> list[str]:
    rules = PixelRules(PixelOptions.model_validate({"text": text}))
    verdict = rules.judge(facts_of(image, rules.keywords), structure_of(image))
    return [found.code for found in treat(image, verdict)]


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("syntax", [uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian])
def test_the_overlay_goes_and_the_pixels_stay(syntax: str, signed: bool) -> None:
    image = native(_image(signed=signed), syntax)
    original = encode(image, syntax)
    assert _treated(image) == []
    order = "<" if syntax == uid.ExplicitVRLittleEndian else ">"
    words = np.frombuffer(image.PixelData, f"{order}{'i' if signed else 'u'}2")
    expected = samples_of(stored=12, signed=signed, frames=2)
    assert np.array_equal(words.reshape(expected.shape), expected)
    assert masked_pixels(original, encode(image, syntax), ()) == ()
    assert "BurnedInAnnotation" not in image


def test_an_overlay_goes_from_runs_too() -> None:
    image = _image()
    image.BitsStored, image.HighBit = 16, 15  # no encoder takes the overlay otherwise
    image = compressed(image, uid.RLELossless)
    image.BitsStored, image.HighBit = 12, 11
    assert _treated(image) == []
    after = decode(encode(image, uid.RLELossless))
    assert after.file_meta.TransferSyntaxUID == uid.RLELossless
    planes = after.pixel_array & 0xF000
    assert not planes.any()


@pytest.mark.parametrize("image", [_image(position=11), _image(position=15, stored=16)])
def test_an_overlay_among_the_stored_bits_is_held(image: Dataset) -> None:
    image = native(image)
    before = image.PixelData
    assert _treated(image) == ["PIXELS_MAY_HOLD_TEXT"]
    assert image.PixelData == before


def test_a_policy_that_masks_nothing_holds_an_overlay() -> None:
    assert _treated(native(_image()), "hold") == ["PIXELS_MAY_HOLD_TEXT"]
