"""Verification finds what de-identification must never leave or break."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydicom.dataset import Dataset

from include.imaging.deid.results import Deidentified
from include.imaging.model import Stage
from include.imaging.validation.verify import verify
from tests.support.deidentification import made_of
from tests.support.dicom import ROOT, ct, decode, encode, put


def _tampered(made: Deidentified, **attributes: object) -> Deidentified:
    return replace(made, data=encode(put(decode(made.data), **attributes)))


def _codes(original: bytes, made: Deidentified) -> set[str]:
    found = verify(original, made)
    assert {finding.stage for finding in found} <= {Stage.VALIDATE}
    return {finding.code for finding in found}


def test_a_sound_output_may_leave() -> None:
    original = encode(ct())
    assert verify(original, made_of(original)) == ()


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"SOPInstanceUID": "2.25.1"}, "UID_MISMATCH"),
        ({"StudyInstanceUID": f"{ROOT}.1.1"}, "UID_MISMATCH"),
        ({"PatientID": "P2"}, "UID_MISMATCH"),
        ({"PatientIdentityRemoved": "NO"}, "FORBIDDEN_ELEMENT"),
        ({"PixelData": bytes(511) + b"\1"}, "PIXELS_CHANGED"),
        ({"AccessionNumber": "9" * 257}, "ELEMENT_TOO_LONG"),
        ({"NumberOfStudyRelatedInstances": 1_000_001}, "ELEMENT_TOO_LONG"),
        ({"ImageComments": "seen by Richard today"}, "RESIDUAL_IDENTITY"),
        ({"ContentLabel": "ROE^RICHARD"}, "RESIDUAL_IDENTITY"),
        ({"ImageComments": "mrn pid-20461!"}, "RESIDUAL_IDENTITY"),
        ({"TargetFrameOfReferenceUID": f"{ROOT}.4.1"}, "RESIDUAL_IDENTITY"),
        ({"ICCProfile": b"...Richard..."}, "RESIDUAL_IDENTITY"),
        ({"Rows": None}, "CONFORMANCE_FAULT"),
    ],
)
def test_an_unsound_output_is_found(attributes: dict[str, object], code: str) -> None:
    original = encode(ct())
    made = _tampered(made_of(original), **attributes)
    assert code in _codes(original, made)


@pytest.mark.parametrize("tag", [0x60000022, 0x50003000, 0x00290010, 0xE0290010])
def test_overlays_curves_and_private_elements_are_found(tag: int) -> None:
    original = encode(ct())
    made = made_of(original)
    after = decode(made.data)
    after.add_new(tag, "LO", "X")
    assert "FORBIDDEN_ELEMENT" in _codes(original, replace(made, data=encode(after)))


def test_a_preamble_or_trailing_bytes_are_found() -> None:
    original = encode(ct())
    made = made_of(original)
    assert "FORBIDDEN_ELEMENT" in _codes(original, replace(made, data=b"MZ" + made.data[2:]))
    assert _codes(original, replace(made, data=made.data + b"Richard")) == {"REREAD_FAILED"}


def test_faults_that_the_original_has_are_no_finding() -> None:
    image = ct(Laterality="Q")
    del image.RescaleType, image.InstanceNumber
    original = encode(image)
    assert "CONFORMANCE_FAULT" not in _codes(original, made_of(original))


def test_an_object_on_which_dciodvfy_gives_up_is_judged_without_its_pixels() -> None:
    image = ct(BitsAllocated=32, BitsStored=32, HighBit=31, PixelData=bytes(1024))
    original = encode(image, "1.2.840.10008.1.2")
    assert _codes(original, made_of(original)) == set()


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        ({"InstitutionName": "Maker"}, {}),
        ({"StudyDescription": "Carotids"}, {"PositionReferenceIndicator": "Carotids"}),
        ({"PatientName": "Perfusion^Test"}, {"ImageType": ["DERIVED", "PRIMARY", "PERFUSION"]}),
        ({"AccessionNumber": "1234"}, {"TableHeight": "0.1234"}),
    ],
)
def test_vocabulary_that_stands_elsewhere_by_chance_is_no_residue(
    before: dict[str, object], kept: dict[str, object]
) -> None:
    original = encode(ct(**before, **kept))
    assert "RESIDUAL_IDENTITY" not in _codes(original, made_of(original))


def test_findings_name_attributes_and_never_values() -> None:
    original = encode(ct())
    made = _tampered(made_of(original), ContentLabel="ROE^RICHARD", Rows=None)
    texts = " ".join(finding.text for finding in verify(original, made))
    assert "value of PatientName in ContentLabel" in texts
    assert "Rows: " in texts
    assert "richard" not in texts.lower()


def test_an_output_without_data_set_is_found() -> None:
    original = encode(ct())
    empty = encode(Dataset.from_json({**_uids()}))
    assert "UID_MISMATCH" in _codes(original, replace(made_of(original), data=empty))


def _uids() -> dict[str, object]:
    return {
        "00080016": {"vr": "UI", "Value": ["1.2.840.10008.5.1.4.1.1.2"]},
        "00080018": {"vr": "UI", "Value": ["2.25.5"]},
    }
