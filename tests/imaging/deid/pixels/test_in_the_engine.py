"""The engine masks, holds and warns as the rules on pixels say, and its outputs are verified."""

from __future__ import annotations

import pytest
from pydicom import uid
from pydicom.dataset import Dataset

from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.pixels import ocr
from include.imaging.deid.pixels.options import PixelOptions
from include.imaging.deid.policy import load_policy
from include.imaging.deid.results import Deidentified, Held
from include.imaging.errors import CustomerError
from include.imaging.keyring import Keyring
from include.imaging.validation.verify import verify
from tests.support.deidentification import KEY, deidentifier
from tests.support.dicom import ct, decode, encode
from tests.support.pictures import (
    US_MULTIFRAME,
    compressed,
    decoded,
    picture,
    samples_of,
    ultrasound,
)


def _engine(**pixels: object) -> Deidentifier:
    options = PixelOptions.model_validate(pixels)
    policy = load_policy("basic").model_copy(update={"pixels": options})
    return Deidentifier(policy, Keyring(KEY), "hospital")


def _lossy() -> Dataset:
    image = picture(
        samples_of(100, 160, 3, 2),
        "YBR_FULL_422",
        Modality="US",
        SOPClassUID=US_MULTIFRAME,
        SequenceOfUltrasoundRegions=ultrasound().SequenceOfUltrasoundRegions,
    )
    return compressed(image, uid.JPEGBaseline8Bit)


@pytest.mark.parametrize(
    ("image", "syntax", "made_syntax"),
    [
        (ultrasound(), uid.ExplicitVRLittleEndian, uid.ExplicitVRLittleEndian),
        (ultrasound(), uid.ExplicitVRBigEndian, uid.ExplicitVRBigEndian),
        (ultrasound(), uid.DeflatedExplicitVRLittleEndian, uid.DeflatedExplicitVRLittleEndian),
        (compressed(ultrasound(), uid.RLELossless), uid.RLELossless, uid.RLELossless),
        (_lossy(), uid.JPEGBaseline8Bit, uid.JPEG2000Lossless),
    ],
    ids=["native", "big-endian", "deflated", "rle", "lossy"],
)
def test_a_masked_object_is_verified_and_says_so(
    image: Dataset, syntax: str, made_syntax: str
) -> None:
    original = encode(image, syntax)
    made = deidentifier().deidentify(original)
    assert isinstance(made, Deidentified)
    assert made.is_masked
    assert made.rules == ("ultrasound-outside-scan",)
    assert made.transfer_syntax_uid == made_syntax
    codes = {found.code for found in verify(original, made)}
    assert codes <= {"CONFORMANCE_FAULT"}  # of an image that is no sound ultrasound to begin with
    after = decode(made.data)
    assert after.BurnedInAnnotation == "NO"
    banner = decoded(after)[:, :10].reshape(-1, 3)
    assert (banner == banner[0]).all()


def test_a_mask_that_is_not_what_was_promised_does_not_leave() -> None:
    original = encode(ultrasound())
    made = deidentifier().deidentify(original)
    assert isinstance(made, Deidentified)
    for promised in ((), made.regions[:1]):
        wrong = Deidentified(
            **{n: getattr(made, n) for n in made.__slots__} | {"regions": promised}
        )
        assert "PIXELS_CHANGED" in [found.code for found in verify(original, wrong)]


def test_a_head_is_flagged_on_the_fast_path() -> None:
    original = encode(ct(BodyPartExamined="HEAD"))
    made = _engine().fast(original)
    assert made is not None
    assert [found.code for found in made.findings] == ["FACE_IN_SLICES"]
    assert made.rules == ("face",)
    careful = _engine().careful(original)
    assert isinstance(careful, Deidentified)
    assert (careful.findings, careful.rules) == (made.findings, made.rules)


@pytest.mark.parametrize(
    ("options", "image"),
    [
        ({"faces": "hold"}, ct(BodyPartExamined="HEAD")),
        ({"text": "hold"}, ultrasound()),
        ({}, ultrasound(scan=(0, 0, 159, 99))),
    ],
)
def test_what_the_policy_holds_is_held(options: dict[str, object], image: Dataset) -> None:
    assert isinstance(_engine(**options).deidentify(encode(image)), Held)


def test_without_tesseract_the_engine_stops_rather_than_holding_everything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ocr, "COMMAND", "no-such-reader")
    with pytest.raises(CustomerError, match="OCR_MISSING"):
        _engine(ocr="suspect").deidentify(encode(ultrasound()))


def test_the_fingerprint_knows_the_options() -> None:
    prints = {_engine(**pixels).fingerprint for pixels in ({}, {"faces": "keep"}, {"text": "hold"})}
    assert len(prints) == 3
