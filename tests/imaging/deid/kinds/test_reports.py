"""Structured reports lose whom they are about, and keep what they found."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.results import Deidentified, Held
from include.imaging.validation.conformance import faults
from tests.support.content_items import (
    BIRTH_DATE,
    FINDING,
    NAMED,
    OBSERVED,
    PATIENT_ID,
    PLANTED,
    code,
    item,
    measured,
)
from tests.support.deidentification import deidentifier
from tests.support.dicom import ROOT, ct, decode, encode
from tests.support.documents import report, selection

CLEANING = ["limited-data-set", "research"]
NAMES = ["Quillfeather", "Ophelia", "Hortense", "Drumgoole", "Barnaby", "Zephyrine", "STAFF7"]
# The serial number, the name and the AE title of a device, which `research` retains.
DEVICE = {"121013", "121016", "110119"}


@cache
def engine(policy: str) -> Deidentifier:
    return deidentifier(policy=policy)


def cleaned(document: Dataset, policy: str) -> Dataset:
    made = engine(policy).deidentify(encode(document))
    assert isinstance(made, Deidentified), made
    return decode(made.data)


def content(dataset: Dataset) -> Iterator[Dataset]:
    """Yield every content item, at every depth."""
    for each in dataset.get("ContentSequence") or ():
        yield each
        yield from content(each)


def about(dataset: Dataset, concept: str) -> list[Dataset]:
    found = [
        each
        for each in content(dataset)
        if "ConceptNameCodeSequence" in each
        and each.ConceptNameCodeSequence[0].CodeValue == concept
    ]
    assert found, concept
    return found


@pytest.mark.parametrize("policy", CLEANING)
@pytest.mark.parametrize("make", [report, selection])
def test_no_value_of_anybody_stays(make: object, policy: str) -> None:
    assert callable(make)
    original = encode(make())
    made = engine(policy).deidentify(original)
    assert isinstance(made, Deidentified), made
    retained = {PLANTED[concept] for concept in DEVICE} if policy == "research" else set()
    moments = [BIRTH_DATE] if policy == "limited-data-set" else [BIRTH_DATE, OBSERVED]
    values = {*PLANTED.values(), *NAMED.values(), *NAMES, *moments} - retained
    planted = [value.lower().encode() for value in values if value.encode() in original]
    assert len(planted) > 5
    assert [value for value in planted if value in made.data.lower()] == []


@pytest.mark.parametrize("policy", CLEANING)
@pytest.mark.parametrize("make", [report, selection])
def test_the_document_is_as_conformant_as_before(make: object, policy: str) -> None:
    assert callable(make)
    original = encode(make())
    made = engine(policy).deidentify(original)
    assert isinstance(made, Deidentified)
    assert faults(original) == frozenset()
    assert faults(made.data) == frozenset()


@pytest.mark.parametrize("policy", CLEANING)
def test_codes_numbers_places_and_words_of_the_finding_stay(policy: str) -> None:
    before, after = report(), cleaned(report(), policy)
    assert len(list(content(after))) == len(list(content(before)))
    for concept, holds in [
        ("363698007", "ConceptCodeSequence"),
        ("103339001", "MeasuredValueSequence"),
    ]:
        assert [each[holds].value for each in about(after, concept)] == [
            each[holds].value for each in about(before, concept)
        ]
    assert all(each.TextValue.startswith(FINDING) for each in about(after, "121071"))
    drawn = [each.GraphicData for each in content(after) if "GraphicData" in each]
    assert drawn == [each.GraphicData for each in content(before) if "GraphicData" in each]
    assert after.ConceptNameCodeSequence == before.ConceptNameCodeSequence
    assert (after.CompletionFlag, after.VerificationFlag) == ("COMPLETE", "VERIFIED")


def test_references_follow_the_images_and_documents() -> None:
    after, uid = cleaned(report(), "research"), engine("research").uid
    image = decode(_made(encode(ct(1))).data)
    listed = after.CurrentRequestedProcedureEvidenceSequence[0]
    assert listed.StudyInstanceUID == image.StudyInstanceUID == after.StudyInstanceUID
    series = listed.ReferencedSeriesSequence[0]
    assert series.SeriesInstanceUID == image.SeriesInstanceUID
    assert series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == image.SOPInstanceUID
    shown = [e.ReferencedSOPSequence[0] for e in content(after) if e.ValueType == "IMAGE"]
    assert len(shown) == 4
    assert {each.ReferencedSOPInstanceUID for each in shown} == {image.SOPInstanceUID}
    frames = [e.ReferencedFrameOfReferenceUID for e in content(after) if e.ValueType == "SCOORD3D"]
    assert set(frames) == {image.FrameOfReferenceUID}
    assert {each.UID for each in about(after, "121018")} == {image.StudyInstanceUID}
    earlier = after.PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0]
    named = earlier.ReferencedSOPSequence[0].ReferencedSOPInstanceUID
    assert named == uid(f"{ROOT}.3.70")


def _made(original: bytes) -> Deidentified:
    made = engine("research").deidentify(original)
    assert isinstance(made, Deidentified)
    return made


def test_the_subject_s_name_and_identifier_are_the_pseudonym() -> None:
    after = cleaned(report(), "research")
    assert after.PatientID.startswith("P")
    assert about(after, "121029")[0].PersonName == after.PatientID
    assert about(after, "121030")[0].TextValue == after.PatientID


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian]
)
def test_every_transfer_syntax_gives_the_same_document(syntax: str) -> None:
    plain, other = (
        decode(_made(encode(report(), each)).data) for each in (ExplicitVRLittleEndian, syntax)
    )
    assert other == plain


def test_dates_move_with_those_of_the_study() -> None:
    after = cleaned(report(), "research")
    assert after.StudyDate != OBSERVED
    days = [each.Date for each in content(after) if each.ValueType == "DATE"]
    assert days == ["19000101", after.StudyDate, after.StudyDate]
    moments = [str(each.DateTime) for each in content(after) if each.ValueType == "DATETIME"]
    assert moments == [f"{after.StudyDate}101112"] * 2
    ranges = [str(each.ReferencedDateTime) for each in content(after) if each.ValueType == "TCOORD"]
    assert ranges == [f"{after.StudyDate}101112"] * 2


def test_an_option_retains_items_as_it_retains_attributes() -> None:
    research, limited = (cleaned(report(), policy) for policy in ("research", "limited-data-set"))
    for concept in sorted(DEVICE - {"110119"}):
        assert about(research, concept)[0].TextValue == PLANTED[concept]
        assert about(limited, concept)[0].TextValue == "ANONYMIZED"
    for made in (research, limited):
        assert about(made, "121032")[0].ConceptCodeSequence[0].CodeValue == "F"
        assert about(made, "121009")[0].TextValue == "ANONYMIZED"


@pytest.mark.parametrize(
    ("age", "unit", "stays"),
    [
        (64, "a", True),
        (89, "a", True),
        (90, "a", False),
        (1100, "mo", False),
        (200, "d", True),
        (40, "decade", False),
    ],
)
def test_an_age_above_89_does_not_stay(age: int, unit: str, stays: bool) -> None:
    aged = measured(code("121033", "Subject Age"), age, code(unit, unit, "UCUM"))
    after = cleaned(report(ContentSequence=Sequence([aged])), "research")
    values = about(after, "121033")[0].MeasuredValueSequence
    assert [each.NumericValue for each in values] == ([age] if stays else [])


def test_an_age_in_words_does_not_stay_and_what_an_option_retains_is_cleaned() -> None:
    aged = item("TEXT", code("121033", "Subject Age"), TextValue="95 years")
    serial = item("TEXT", code("121016", "Serial"), TextValue="SN-1 of Quillfeather")
    after = cleaned(report(ContentSequence=Sequence([aged, serial])), "research")
    assert [each.TextValue for each in after.ContentSequence] == ["ANONYMIZED", "SN-1 of"]


def test_a_patient_may_be_called_like_a_value_type() -> None:
    named = report(PatientName="Date^Code")
    assert [each.ValueType for each in content(cleaned(named, "research"))] == [
        each.ValueType for each in content(named)
    ]


def test_a_value_type_without_a_rule_is_held() -> None:
    table = item("TABLE", code("121071", "Finding"), TextValue="Quillfeather")
    made = engine("research").deidentify(encode(report(ContentSequence=Sequence([table]))))
    assert isinstance(made, Held)
    assert [found.code for found in made.findings] == ["STRUCTURED_TEXT"]


@pytest.mark.parametrize("modality", ["SR", "KO"])
def test_an_image_that_says_to_be_a_document_is_held(modality: str) -> None:
    made = engine("research").deidentify(encode(ct(Modality=modality)))
    assert isinstance(made, Held)
    assert [found.code for found in made.findings] == ["STRUCTURED_TEXT"]


def test_the_acquisition_context_of_an_image_is_treated_alike_by_both_paths() -> None:
    told = Sequence([put_context("121030", PATIENT_ID), put_context("121009", "Zephyrine")])
    original = encode(ct(PatientID=PATIENT_ID, AcquisitionContextSequence=told))
    made, careful = _made(original), engine("research").careful(original)
    assert engine("research").fast(original) is not None
    assert isinstance(careful, Deidentified)
    assert decode(made.data) == decode(careful.data)
    after = decode(made.data)
    values = [each.TextValue for each in after.AcquisitionContextSequence]
    assert values == [after.PatientID, "ANONYMIZED"]


def put_context(concept: str, text: str) -> Dataset:
    made = item("TEXT", code(concept, "Context"), TextValue=text)
    del made.RelationshipType
    return made
