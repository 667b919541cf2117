"""What an attribute is decides what is done to it, and not the VR that it is written with."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydicom import config
from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from include.imaging.deid.table import row_of
from include.imaging.validation.verify import verify
from tests.support.deidentification import deidentifier, held, made_of
from tests.support.dicom import ROOT, ct, decode, encode

NAME, UID = "SECRETNAME^JOHN", f"{ROOT}.77.1"
BYTES = {"OB", "OW", "UN"}
WRITTEN_AS = ["AE", "CS", "LO", "OB", "OW", "PN", "SH", "ST", "UC", "UI", "UN", "UR", "UT"]
# By their own VR, attributes that the table has no row for.
SILENT = {
    "DA": "ProcedureCreationDate",
    "DT": "ExpirationDateTime",
    "PN": "EvaluatorName",
    "SQ": "LanguageCodeSequence",
    "UI": "TargetFrameOfReferenceUID",
    "UR": "RetrieveURL",
    "US": "PrivateGroupReference",
}


def _silent(vr: str) -> int:
    tag = tag_for_keyword(SILENT[vr])
    assert tag is not None
    assert row_of(tag) is None
    return tag


def _put(dataset: Dataset, tag: int, vr: str, text: str) -> None:
    value = text.encode() if vr in BYTES else text
    dataset[tag] = DataElement(tag, vr, value, validation_mode=config.IGNORE)


def _written(tag: int, vr: str, text: str, *, nested: bool) -> bytes:
    image = ct()
    place = Dataset() if nested else image
    _put(place, tag, vr, text)
    if nested:
        image.DerivationCodeSequence = Sequence([place])
    return encode(image)


@pytest.mark.parametrize("written_as", WRITTEN_AS)
@pytest.mark.parametrize("vr", ["DA", "DT", "PN", "UI", "UR"])
def test_no_attribute_keeps_a_text_under_a_vr_that_is_not_its_own(vr: str, written_as: str) -> None:
    for text in (NAME, "1956-12-03", UID):
        for nested in (False, True):
            original = _written(_silent(vr), written_as, text, nested=nested)
            made = made_of(original)
            assert text.encode() in original
            assert text.encode() not in made.data
            assert verify(original, made) == ()


@pytest.mark.parametrize("written_as", ["LO", "OB", "OW", "PN", "UT"])
@pytest.mark.parametrize("vr", ["SQ", "US"])
def test_what_is_no_text_keeps_none_under_another_vr(vr: str, written_as: str) -> None:
    for nested in (False, True):
        original = _written(_silent(vr), written_as, NAME, nested=nested)
        assert NAME.encode() in original
        assert NAME.encode() not in made_of(original).data


def test_a_uid_follows_its_object_whatever_it_is_written_as() -> None:
    tag = _silent("UI")
    for vr in ("LO", "OB", "UN", "UT"):
        after = decode(made_of(_written(tag, vr, UID, nested=False)).data)
        assert (after[tag].VR, after[tag].value) == ("UI", deidentifier().uid(UID))


def test_a_patient_has_one_pseudonym_whatever_the_id_is_written_as() -> None:
    image = ct()
    image.add_new(0x00100020, "OB", b"PID-20461 ")
    assert made_of(encode(image)).patient_id == made_of(encode(ct())).patient_id


def test_an_attribute_may_come_as_any_of_its_own_vrs_and_as_unknown() -> None:
    image = ct()
    image.add_new(0x00280106, "SS", -5)  # SmallestImagePixelValue: US or SS
    image.add_new(0x00180015, "UN", b"HEAD")
    after = decode(made_of(encode(image)).data)
    assert (after[0x00280106].value, after[0x00280106].VR) == (-5, "SS")
    assert after.BodyPartExamined == "HEAD"


def test_what_an_object_cannot_be_without_holds_it_and_what_it_can_goes() -> None:
    image = ct()
    image.add_new(0x00280010, "LO", "16")  # Rows, Type 1
    assert held(encode(image)) == ["REQUIRED_VALUE_UNFIT"]
    image = ct()
    image.add_new(0x00200060, "LO", "R")  # Laterality, Type 2
    image.add_new(0x00180015, "LO", "HEAD")  # BodyPartExamined, Type 3
    after = decode(made_of(encode(image)).data)
    assert after.Laterality == ""
    assert "BodyPartExamined" not in after


@pytest.mark.parametrize("vr", ["DA", "PN", "UI"])
@pytest.mark.parametrize("written_as", ["LO", "OB", "UT"])
def test_the_gate_looks_for_what_the_table_is_silent_about(vr: str, written_as: str) -> None:
    text = {"DA": "19561203", "UI": UID}.get(vr, "SECRETNAME")
    _gate_finds(_written(_silent(vr), written_as, text, nested=True), text)


def test_the_gate_looks_for_a_name_where_no_rule_expects_one() -> None:
    image = ct()
    for vr, text in (("PN", "SECRETNAME"), ("AE", "SECRETAE")):
        _put(image, 0x00180015, vr, text)
        _gate_finds(encode(image), text)


def _gate_finds(original: bytes, text: str) -> None:
    made = made_of(original)
    assert verify(original, made) == ()
    after = decode(made.data)
    after.ImageComments = f"see {text}"
    found = verify(original, replace(made, data=encode(after)))
    assert [finding.code for finding in found] == ["RESIDUAL_IDENTITY"]
