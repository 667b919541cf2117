"""Heads in fine slices are kept, flagged or held, as the policy says."""

from __future__ import annotations

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from include.imaging.deid.pixels.facts import facts_of, structure_of
from include.imaging.deid.pixels.options import PixelOptions
from include.imaging.deid.pixels.rules import PixelRules
from tests.support.dicom import ct, put


def _found(image: Dataset, faces: str = "flag") -> list[str]:
    rules = PixelRules(PixelOptions.model_validate({"faces": faces}))
    verdict = rules.judge(facts_of(image, rules.keywords), structure_of(image))
    return [found.code for found in verdict.findings]


def _anatomy(code: str) -> Sequence:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code, "SCT", "somewhere"
    return Sequence([item])


HEADS: list[dict[str, object]] = [
    {"BodyPartExamined": "HEAD"},
    {"BodyPartExamined": "HEADNECK"},
    {"BodyPartExamined": "brain"},
    {"StudyDescription": "CT Sinus w/o contrast"},
    {"StudyDescription": "CT HEAD/NECK"},
    {"SeriesDescription": "t1_mprage_sag"},
    {"ProtocolName": "KOPF NATIV"},
    {"AnatomicRegionSequence": _anatomy("69536005")},
    {"AnatomicRegionSequence": _anatomy("T-D1100")},
]


@pytest.mark.parametrize("attributes", HEADS)
@pytest.mark.parametrize("modality", ["CT", "MR"])
def test_a_head_in_fine_slices_is_flagged(modality: str, attributes: dict[str, object]) -> None:
    assert _found(ct(Modality=modality, **attributes)) == ["FACE_IN_SLICES"]


@pytest.mark.parametrize(
    "attributes",
    [
        {"BodyPartExamined": "CHEST"},
        {"StudyDescription": "CT ABDOMEN AHEAD OF SURGERY"},
        {"AnatomicRegionSequence": _anatomy("51185008")},
        {"BodyPartExamined": "HEAD", "SliceThickness": 5},
        {"BodyPartExamined": "HEAD", "PixelSpacing": [2, 2]},
        {"BodyPartExamined": "HEAD", "ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]},
        {"BodyPartExamined": "HEAD", "Modality": "DX"},
    ],
)
def test_what_shows_no_face_is_not_flagged(attributes: dict[str, object]) -> None:
    assert _found(ct(**attributes)) == []


def test_thick_slices_that_overlap_finely_and_spacings_that_are_not_told_count_as_fine() -> None:
    head = ct(BodyPartExamined="HEAD", SliceThickness=3, SpacingBetweenSlices="-1.5")
    assert _found(head) == ["FACE_IN_SLICES"]
    untold = put(ct(BodyPartExamined="HEAD"), SliceThickness=None)
    del untold.PixelSpacing
    assert _found(untold) == ["FACE_IN_SLICES"]


@pytest.mark.parametrize(
    ("faces", "codes"),
    [("keep", []), ("flag", ["FACE_IN_SLICES"]), ("hold", ["RECOGNIZABLE_FEATURES"])],
)
def test_the_policy_decides(faces: str, codes: list[str]) -> None:
    assert _found(ct(BodyPartExamined="HEAD"), faces) == codes


@pytest.mark.parametrize("faces", ["flag", "hold"])
def test_an_object_that_says_so_itself_is_held_unless_faces_are_kept(faces: str) -> None:
    image = ct(RecognizableVisualFeatures="YES")
    assert _found(image, faces) == ["RECOGNIZABLE_FEATURES"]
    assert _found(image, "keep") == []
