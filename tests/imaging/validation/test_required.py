"""What an IOD requires and the original had is still there, at every depth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from include.imaging.validation import required
from include.imaging.validation.verify import Verifier
from tests.support.deidentification import made_of
from tests.support.dicom import ct, decode, encode

VERIFIER = Verifier(conformance="off")


def _code(**attributes: object) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator = "113076", "DCM"
    item.CodeMeaning = "Segmentation"
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    return item


def _lost(image: Dataset, spoil: Callable[[Dataset], None], verifier: Verifier = VERIFIER) -> str:
    """Return what a spoilt output of an image is said to have lost."""
    original = encode(image)
    made = made_of(original)
    after = decode(made.data)
    spoil(after)
    found = verifier.verify(original, replace(made, data=encode(after)))
    texts = [each.text for each in found if each.code == "REQUIRED_ATTRIBUTE_LOST"]
    assert len(texts) < 2
    return texts[0].partition("not") and texts[0].split("(")[-1].split(")")[0] if texts else ""


def _set(keyword: str, value: object) -> Callable[[Dataset], None]:
    return lambda after: setattr(after, keyword, value)


def _del(keyword: str) -> Callable[[Dataset], None]:
    return lambda after: delattr(after, keyword)


@pytest.mark.parametrize(
    ("spoil", "lost"),
    [
        (_del("ImageType"), "ImageType"),
        (_set("ImageType", ""), "ImageType"),
        (_set("Modality", "  "), "Modality"),
        (_del("AccessionNumber"), "AccessionNumber"),
        (_set("AccessionNumber", ""), ""),
        (_del("Laterality"), "Laterality"),
        (_set("PixelRepresentation", 0), ""),
        (_del("PixelRepresentation"), "PixelRepresentation"),
        (_del("SliceThickness"), "SliceThickness"),
        (_del("DeidentificationMethod"), ""),
    ],
)
def test_type_1_keeps_a_value_and_type_2_its_place(
    spoil: Callable[[Dataset], None], lost: str
) -> None:
    assert _lost(ct(), spoil) == lost


def test_what_the_original_had_not_is_not_asked_for() -> None:
    image = ct(Modality="")
    del image.ImageType, image.AccessionNumber
    assert _lost(image, lambda after: None) == ""
    assert _lost(image, _del("Modality")) == ""


def test_five_of_many_are_named() -> None:
    def spoil(after: Dataset) -> None:
        for keyword in ("ImageType", "KVP", "Modality", "PatientID", "PatientName", "StudyDate"):
            delattr(after, keyword)

    assert _lost(ct(), spoil).endswith("and 1 more")


def _derived(*items: Dataset) -> Dataset:
    return ct(DerivationCodeSequence=Sequence(items))


def test_items_are_compared_one_by_one() -> None:
    image = _derived(_code(), Dataset(), _code(CodingSchemeVersion="1"))

    def spoil(number: int) -> Callable[[Dataset], None]:
        return lambda after: delattr(after.DerivationCodeSequence[number], "CodeMeaning")

    assert _lost(image, lambda after: None) == ""
    assert _lost(image, spoil(0)) == _lost(image, spoil(2)) == "CodeMeaning"


def test_where_items_went_each_must_have_what_all_had() -> None:
    image = _derived(_code(), _code(CodeMeaning="Other"))

    def spoil(*items: Dataset) -> Callable[[Dataset], None]:
        return lambda after: setattr(after, "DerivationCodeSequence", Sequence(items))

    lost = "CodeMeaning, CodeValue, CodingSchemeDesignator"
    assert _lost(image, spoil(_code(CodeMeaning="Third"))) == ""
    assert _lost(image, spoil(Dataset())) == lost
    assert _lost(_derived(_code(), Dataset()), spoil(Dataset())) == ""


def test_a_series_is_judged_once_a_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    compare = required._compare
    monkeypatch.setattr(
        required, "_compare", lambda *args: (seen.append(args[0]), compare(*args))[1]
    )
    verifier = Verifier(conformance="off")
    for number in range(5):
        assert _lost(ct(number + 1), lambda after: None, verifier) == ""
    assert len(seen) == 1
    assert _lost(ct(9), _del("ImageType"), verifier) == "ImageType"
    assert _lost(ct(9), _del("ImageType"), verifier) == "ImageType"
    assert len(seen) == 2
