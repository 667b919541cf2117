"""Plans, structures, segments and registrations lose names in their labels and notes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    RealWorldValueMappingStorage,
    RTBeamsTreatmentRecordStorage,
    RTDoseStorage,
    RTIonPlanStorage,
    SegmentationStorage,
    SpatialFiducialsStorage,
    SpatialRegistrationStorage,
    SurfaceSegmentationStorage,
    TractographyResultsStorage,
)

from include.imaging.deid.policy import shipped_policies
from include.imaging.deid.results import Deidentified
from include.imaging.validation.conformance import faults
from tests.support.content_items import FINDING, STAFF
from tests.support.deidentification import deidentifier
from tests.support.dicom import ROOT, ct, decode, encode, put
from tests.support.documents import of_patient
from tests.support.drawn import WHOSE, plan, structure_set

NOTE = f"{FINDING} of {WHOSE}"


def inside(keyword: str, **attributes: object) -> dict[str, object]:
    """Return a sequence of one item as an attribute."""
    return {keyword: Sequence([put(Dataset(), **attributes)])}


# Of each class what a person types into it, at the places where its IOD has that.
TYPED: dict[str, tuple[str, str, dict[str, object]]] = {
    "segmentation": (
        SegmentationStorage,
        "SEG",
        inside(
            "SegmentSequence",
            SegmentNumber=1,
            SegmentLabel=f"nodule {WHOSE}",
            SegmentDescription=NOTE,
            TrackingID=WHOSE,
            TrackingUID=f"{ROOT}.8.1",
        ),
    ),
    "surface": (
        SurfaceSegmentationStorage,
        "SEG",
        inside("SurfaceSequence", SurfaceNumber=1, SurfaceComments=NOTE),
    ),
    "registration": (
        SpatialRegistrationStorage,
        "REG",
        inside("RegistrationSequence", FrameOfReferenceTransformationComment=NOTE),
    ),
    "fiducials": (
        SpatialFiducialsStorage,
        "FID",
        inside("FiducialSetSequence", FiducialDescription=NOTE, FiducialUID=f"{ROOT}.8.1"),
    ),
    "real world values": (
        RealWorldValueMappingStorage,
        "RWV",
        inside("ReferencedImageRealWorldValueMappingSequence", LUTExplanation=f"nodule {WHOSE}"),
    ),
    "tracts": (
        TractographyResultsStorage,
        "MR",
        inside("TrackSetSequence", TrackSetLabel=f"nodule {WHOSE}", TrackSetDescription=NOTE),
    ),
    "dose": (RTDoseStorage, "RTDOSE", {"DoseComment": NOTE}),
    "ion plan": (
        RTIonPlanStorage,
        "RTPLAN",
        inside("IonBeamSequence", BeamName=WHOSE, BeamDescription=NOTE),
    ),
    "record": (
        RTBeamsTreatmentRecordStorage,
        "RTRECORD",
        inside(
            "TreatmentSessionBeamSequence",
            BeamName=WHOSE,
            OperatorsName=STAFF,
            TreatmentTerminationDescription=NOTE,
        ),
    ),
}
CLEANING = ["limited-data-set", "research"]
BY_MACHINES = "real world values"  # whose explanations the profile keeps, as of any other LUT


def made_by(policy: str, original: bytes) -> Deidentified:
    made = deidentifier(policy=policy).deidentify(original)
    assert isinstance(made, Deidentified), made
    return made


@pytest.mark.parametrize("policy", shipped_policies())
@pytest.mark.parametrize("make", [plan, structure_set])
def test_no_name_stays_in_plans_and_structures(make: Callable[[], Dataset], policy: str) -> None:
    original = encode(make())
    made = made_by(policy, original)
    for value in (b"Quill", b"Ophelia", b"Drumgoole", b"19410203", ROOT.encode()):
        assert value in original
        assert value not in made.data
    assert faults(original) == faults(made.data) == frozenset()


@pytest.mark.parametrize("policy", CLEANING)
@pytest.mark.parametrize("typed", TYPED)
def test_no_name_stays_in_what_a_person_typed(typed: str, policy: str) -> None:
    sop_class, modality, attributes = TYPED[typed]
    original = encode(of_patient(sop_class, modality, 62, **attributes))
    made = made_by(policy, original)
    for value in (b"Quill", b"Ophelia", b"Drumgoole", ROOT.encode()):
        assert value in original
        assert value not in made.data
    assert FINDING.split()[0].encode() in made.data


@pytest.mark.parametrize("policy", ["basic", "minimal-metadata"])
@pytest.mark.parametrize("typed", sorted(TYPED.keys() - {BY_MACHINES}))
def test_without_the_option_what_a_person_typed_goes(typed: str, policy: str) -> None:
    sop_class, modality, attributes = TYPED[typed]
    made = made_by(policy, encode(of_patient(sop_class, modality, 62, **attributes)))
    assert b"Ophelia" not in made.data


@pytest.mark.parametrize("policy", CLEANING)
def test_words_numbers_and_geometry_stay(policy: str) -> None:
    after = decode(made_by(policy, encode(structure_set())).data)
    assert after.StructureSetROISequence[0].ROIDescription.startswith(FINDING)
    assert after.StructureSetROISequence[0].ROINumber == 1
    assert after.ROIContourSequence[0].ContourSequence[0].ContourData == [1, 2, 3]
    planned = decode(made_by(policy, encode(plan())).data)
    assert planned.DoseReferenceSequence[0].TargetPrescriptionDose == 60
    assert planned.DoseReferenceSequence[0].DoseReferenceDescription.startswith(FINDING)


def test_contours_lie_on_the_images_that_they_were_drawn_on() -> None:
    after = decode(made_by("research", encode(structure_set())).data)
    image = made_by("research", encode(ct(1)))
    drawn_on = after.ROIContourSequence[0].ContourSequence[0].ContourImageSequence[0]
    assert drawn_on.ReferencedSOPInstanceUID == image.sop_instance_uid
    frame = after.StructureSetROISequence[0].ReferencedFrameOfReferenceUID
    assert frame == decode(image.data).FrameOfReferenceUID


def test_tracked_segments_are_tracked_by_keyed_uids() -> None:
    _, _, attributes = TYPED["segmentation"]
    original = encode(of_patient(SegmentationStorage, "SEG", 62, **attributes))
    segment = decode(made_by("research", original).data).SegmentSequence[0]
    assert segment.TrackingUID == deidentifier(policy="research").uid(f"{ROOT}.8.1")
    assert segment.SegmentLabel.startswith("nodule")
