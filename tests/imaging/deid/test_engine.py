"""The engine hides identity at every depth, keeps pixels, and fails closed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from include.imaging.deid.results import Deidentified
from tests.support.deidentification import KEY, deidentifier, held, made_of
from tests.support.dicom import ROOT, ct, decode, encode

SYNTAXES = [
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
]


def test_equal_input_gives_equal_bytes_in_every_thread() -> None:
    engine, original = deidentifier(), encode(ct())
    with ThreadPoolExecutor(4) as pool:
        outputs = list(pool.map(engine.deidentify, [original] * 16))
    assert {out.data for out in outputs if isinstance(out, Deidentified)} == {
        made_of(original).data
    }
    assert len(outputs) == 16


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_transfer_syntax_and_pixel_bytes_stay(syntax: str) -> None:
    pixels = bytes(range(256)) * 2
    made = made_of(encode(ct(PixelData=pixels), syntax))
    assert made.transfer_syntax_uid == syntax
    after = decode(made.data)
    assert after.file_meta.TransferSyntaxUID == syntax
    assert after.PixelData == pixels


def test_the_output_says_what_it_is() -> None:
    made = made_of(encode(ct()))
    after = decode(made.data)
    assert after.PatientIdentityRemoved == "YES"
    assert after.DeidentificationMethodCodeSequence[0].CodeValue == "113100"
    assert after.LongitudinalTemporalInformationModified == "REMOVED"
    assert after.PatientID == after.PatientName == made.patient_id
    assert after.file_meta.MediaStorageSOPInstanceUID == made.sop_instance_uid
    assert (made.modality, after.SeriesInstanceUID) == ("CT", made.series_instance_uid)
    assert made.actions["U"] >= 4


def test_uids_are_keyed_and_consistent_and_the_standard_s_stay() -> None:
    engine = deidentifier()
    uid = engine.uid(f"{ROOT}.3.1")
    assert uid.startswith("2.25.")
    assert len(uid) <= 64
    assert uid == made_of(encode(ct())).sop_instance_uid
    assert uid != deidentifier(key=KEY + b"!").uid(f"{ROOT}.3.1")
    assert engine.uid(ExplicitVRLittleEndian) == ExplicitVRLittleEndian


def test_references_follow_their_objects_even_where_the_table_is_silent() -> None:
    first = Dataset()
    first.ReferencedSOPClassUID, first.ReferencedSOPInstanceUID = ct().SOPClassUID, f"{ROOT}.3.1"
    image = ct(2, ReferencedInstanceSequence=Sequence([first]))
    image.TargetFrameOfReferenceUID = image.FrameOfReferenceUID
    after = decode(made_of(encode(image)).data)
    made = made_of(encode(ct(1)))
    assert after.ReferencedInstanceSequence[0].ReferencedSOPInstanceUID == made.sop_instance_uid
    assert after.ReferencedInstanceSequence[0].ReferencedSOPClassUID == image.SOPClassUID
    assert after.TargetFrameOfReferenceUID == after.FrameOfReferenceUID
    assert after.FrameOfReferenceUID != image.FrameOfReferenceUID


def test_one_patient_is_one_pseudonym_and_namespaces_tell_patients_apart() -> None:
    original = encode(ct(PatientID="12345 "))
    again = encode(ct(2, PatientID="12345", PatientName="Other^Spelling"))
    here, there = deidentifier("north"), deidentifier("south")
    made = [engine.deidentify(data) for engine in (here, there) for data in (original, again)]
    ids = [out.patient_id for out in made if isinstance(out, Deidentified)]
    assert ids[0] == ids[1] != ids[2] == ids[3]


def test_an_unknown_patient_stays_unknown() -> None:
    made = made_of(encode(ct(PatientID="")))
    assert made.patient_id == ""
    assert decode(made.data).PatientName == ""


def test_the_fingerprint_names_everything_an_output_depends_on() -> None:
    base = deidentifier().fingerprint
    assert base == deidentifier().fingerprint
    assert len({base, deidentifier("elsewhere").fingerprint}) == 2
    assert base != deidentifier(key=KEY + b"!").fingerprint


def test_file_meta_preamble_and_unknown_elements_do_not_travel() -> None:
    image = ct()
    image.add_new(0x00080FFF, "LO", "UNKNOWN TAG")
    original = encode(image, preamble=b"MZ HIDDEN PROGRAM")
    after = decode(made_of(original).data)
    assert after.preamble == bytes(128)
    assert 0x00080FFF not in after
    assert "SourceApplicationEntityTitle" not in after.file_meta


def test_private_elements_behind_the_pixels_go() -> None:
    image = ct()
    image.private_block(0xE029, "ACME", create=True).add_new(1, "LO", "BEHIND PIXELS")
    assert b"BEHIND PIXELS" not in made_of(encode(image)).data


def test_a_value_that_its_vr_does_not_allow_is_a_hiding_place_and_goes() -> None:
    original = encode(ct(TableHeight="100.25")).replace(b"100.25", b"ROE RI")
    assert b"ROE RI" in original
    made = made_of(original)
    assert "TableHeight" not in decode(made.data)
    assert [found.code for found in made.findings] == ["VALUE_UNFIT"]


def test_text_in_an_attribute_that_is_no_text_goes() -> None:
    image = ct()
    image.add_new(0x00280106, "LO", "A NAME IN A NUMBER")
    assert b"A NAME" not in made_of(encode(image)).data


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"BurnedInAnnotation": "YES"}, "PIXELS_MAY_HOLD_TEXT"),
        ({"Modality": "US"}, "PIXELS_MAY_HOLD_TEXT"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.6.1"}, "PIXELS_MAY_HOLD_TEXT"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, "PIXELS_MAY_HOLD_TEXT"),
        ({"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}, "PIXELS_MAY_HOLD_TEXT"),
        ({"ConversionType": "SD"}, "PIXELS_MAY_HOLD_TEXT"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.104.1"}, "ENCAPSULATED_DOCUMENT"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.67"}, "STRUCTURED_TEXT"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.11.1"}, "DRAWN_ANNOTATIONS"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.9.4.1"}, "UNCLEANED_PAYLOAD"),
        ({"SOPClassUID": "1.2.840.113619.4.2"}, "UNKNOWN_SOP_CLASS"),
        ({"RecognizableVisualFeatures": "YES"}, "RECOGNIZABLE_FEATURES"),
        ({"StudyInstanceUID": ""}, "MISSING_UID"),
    ],
)
def test_what_no_rule_can_clean_is_held_back(attributes: dict[str, object], code: str) -> None:
    assert held(encode(ct(**attributes))) == [code]


def test_an_overlay_in_the_bits_of_the_pixels_is_held_back() -> None:
    image = ct()
    image.add_new(0x60000102, "US", 12)
    assert held(encode(image)) == ["PIXELS_MAY_HOLD_TEXT"]


def test_an_object_without_preamble_gets_one() -> None:
    original = encode(ct())
    assert made_of(original[132:]).data == made_of(original).data


def test_a_uid_with_two_values_is_held_back() -> None:
    assert held(encode(ct(SeriesInstanceUID=["1.2.3", "1.2.4"]))) == ["INVALID_UID"]


def test_a_deflation_bomb_is_held_back() -> None:
    bomb = ct(PixelData=bytes(64 * 1024 * 1024))
    assert held(encode(bomb, DeflatedExplicitVRLittleEndian)) == ["COMPRESSION_RATIO"]


def test_input_that_is_not_whole_is_held_back() -> None:
    original = encode(ct())
    assert held(b"") == ["EMPTY_FILE"]
    assert held(b"just some text, nothing more" * 10) == ["NOT_DICOM"]
    assert held(original[:-20]) == ["TRUNCATED"]
    assert held(original + b"\x01\x02\x03") == ["TRUNCATED"]
    assert held(original.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.9\0")) == [
        "UNKNOWN_TRANSFER_SYNTAX"
    ]


def test_sequences_nested_without_end_are_held_back() -> None:
    item = Dataset()
    for _ in range(80):
        outer = Dataset()
        outer.DerivationCodeSequence = Sequence([item])
        item = outer
    assert held(encode(ct(DerivationCodeSequence=Sequence([item])))) == ["UNPARSABLE"]
