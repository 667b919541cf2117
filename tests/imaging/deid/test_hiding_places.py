"""What a kept attribute may hold: nothing that its VR does not allow, no date, no comment."""

from __future__ import annotations

import re

import pytest
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage

from include.imaging.deid.choices import choose
from include.imaging.deid.policy import load_policy
from include.imaging.deid.results import Deidentified
from include.imaging.dicom.uids import is_standard
from include.imaging.validation.verify import verify
from tests.support.deidentification import deidentifier, held, made_of
from tests.support.dicom import ROOT, ct, decode, encode, put

SNOMED, CONTEXT_GROUP = "2.16.840.1.113883.6.96", "1.2.840.10008.6.1.2"
# Attributes that speak of people's remarks or of days, in VRs that hold free text.
TELLING = re.compile(r"Comment|Notes$|Date|AlternativeCalendar$")
TEXT = {"LO", "LT", "SH", "ST", "UC", "UT"}
MOMENTS = {"DA", "DT", "TM"}


@pytest.mark.parametrize(
    "hidden", ["SECRETNAME^JOHN", "Secretname", "SECRETNAME JOHN RICHARD", "ä"]
)
def test_a_code_that_is_none_goes_and_the_others_keep_their_places(hidden: str) -> None:
    image = ct(ImageType=["ORIGINAL", "PRIMARY", hidden, "AXIAL"])
    image.SpecificCharacterSet = "ISO_IR 192"
    after = decode(made_of(encode(image)).data)
    assert after.ImageType == ["ORIGINAL", "PRIMARY", "ANONYMIZED", "AXIAL"]


def test_a_lone_code_that_is_none_is_treated_by_its_type() -> None:
    hidden = "SECRETNAME^JOHN born 1.1.1970"
    after = decode(made_of(encode(ct(BodyPartExamined=hidden, Laterality=hidden))).data)
    assert "BodyPartExamined" not in after
    assert after.Laterality == ""
    assert held(encode(ct(PhotometricInterpretation=hidden))) == ["REQUIRED_VALUE_UNFIT"]


def test_codes_within_their_limits_stay() -> None:
    image = ct(BodyPartExamined=" CHEST ", ScanOptions=["A_16_CHARACTERS_", "", "X 1"])
    after = decode(made_of(encode(image)).data)
    assert after.BodyPartExamined.strip() == "CHEST"
    assert after.ScanOptions == ["A_16_CHARACTERS_", "", "X 1"]


def test_a_value_in_an_item_is_looked_at_as_closely() -> None:
    item = put(Dataset(), ImageType=["ORIGINAL", "SECRETNAME^JOHN"])
    image = ct(DerivationCodeSequence=Sequence([item]))
    assert b"SECRETNAME" not in made_of(encode(image)).data


@pytest.mark.parametrize("keyword", ["ReferencedSOPClassUID", "CodingSchemeUID", "ContextUID"])
def test_a_class_or_a_vocabulary_of_a_root_of_one_s_own_is_keyed(keyword: str) -> None:
    own = f"{ROOT}.66.1"
    for uid, stays in ((own, False), (CTImageStorage, True), (SNOMED, True), (CONTEXT_GROUP, True)):
        item = Dataset()
        setattr(item, keyword, uid)
        original = encode(ct(DerivationCodeSequence=Sequence([item])))
        made = made_of(original)
        after = decode(made.data).DerivationCodeSequence[0][keyword].value
        assert after == (uid if stays else deidentifier().uid(own))
        assert verify(original, made) == ()


@pytest.mark.parametrize(
    "uid", [SNOMED + ".1", SNOMED + "0000", "2.16.840.1.113883.6.0", "1.2.840.10008.6.1", ""]
)
def test_only_the_registered_roots_name_vocabularies(uid: str) -> None:
    assert not is_standard(uid)


def test_no_attribute_of_the_dictionary_keeps_a_moment_or_a_comment() -> None:
    policy, kept, seen = load_policy("basic"), [], 0
    for tag, (vrs, _, _, _, keyword) in DicomDictionary.items():
        vr = vrs.split(" or ")[0]
        is_told = vr in MOMENTS or (vr in TEXT and TELLING.search(keyword))
        if is_told and tag >> 16 >= 8:
            seen += 1
            if choose(policy, tag, keyword, vr).code == "K":
                kept.append(keyword)
    assert seen > 200
    assert kept == []


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("PatientSex", "Zaborowski"),
        ("AcquisitionDateTime", "Zaborowski"),
        ("StudyDate", "Zaborows"),
        ("StudyTime", "Zaborowski"),
    ],
)
def test_what_an_option_keeps_is_looked_at_as_closely(keyword: str, value: str) -> None:
    original = encode(ct(**{keyword: value}))
    made = deidentifier(policy="limited-data-set").deidentify(original)
    assert isinstance(made, Deidentified)
    assert not decode(made.data).get(keyword)
