"""RT structure sets, plans and doses, and segmentations, which point at images and each other."""

from __future__ import annotations

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from tests.support.answer_key import clinical
from tests.support.answer_key.checks import Kind
from tests.support.answer_key.courses import Series, Study
from tests.support.answer_key.draft import Draft
from tests.support.answer_key.images import SIDE, SOP_CLASSES
from tests.support.answer_key.modules import LONG, SHORT, ST, named, put
from tests.support.answer_key.people import Patient, digits
from tests.support.answer_key.texts import clinical as clinical_text
from tests.support.answer_key.texts import composed

STRUCTURES = "1.2.840.10008.5.1.4.1.1.481.3"
PLAN = "1.2.840.10008.5.1.4.1.1.481.5"
DOSE = "1.2.840.10008.5.1.4.1.1.481.2"
SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"


def reference(sop_class: str, instance: str) -> Dataset:
    """Return an item that points at an instance (PS3.3 10.8)."""
    item = Dataset()
    put(item, ReferencedSOPClassUID=sop_class, ReferencedSOPInstanceUID=instance)
    return item


def structures(draft: Draft, who: Patient, of: Series, at: Study, images: list[str]) -> None:
    """RT Structure Set (PS3.3 C.8.8.5, C.8.8.6, C.8.8.8) over the images of the planning CT."""
    item, random = draft.dataset, draft.random
    draft.say(item, "StructureSetLabel", clinical_text("*Thorax*"))
    draft.say(item, "StructureSetName", composed(random, who, "*Planning* *contours*", 1, LONG))
    draft.say(item, "StructureSetDescription", composed(random, who, "*Lung* *boost*", 1, ST))
    put(item, StructureSetDate=f"{of.start:%Y%m%d}", StructureSetTime=f"{of.start:%H%M%S}")
    frame, region, contour = Dataset(), Dataset(), Dataset()
    put(frame, FrameOfReferenceUID=at.frame_of_reference)
    put(item, FrameOfReferenceUID=at.frame_of_reference, PositionReferenceIndicator="")
    item.ReferencedFrameOfReferenceSequence = Sequence([frame])
    draft.say(region, "ROIName", clinical_text(random.choice(clinical.STRUCTURES)))
    put(region, ROINumber=1, ReferencedFrameOfReferenceUID=at.frame_of_reference)
    put(region, ROIGenerationAlgorithm="MANUAL")
    draft.say(region, "ROIDescription", composed(random, who, "*Gross* *tumor*", 1, ST))
    item.StructureSetROISequence = Sequence([region])
    observation = Dataset()
    put(observation, ObservationNumber=1, ReferencedROINumber=1, RTROIInterpretedType="ORGAN")
    named(draft, observation, "ROIInterpreter", who.staff[2])
    item.RTROIObservationsSequence = Sequence([observation])
    outline = Dataset()
    outline.ContourImageSequence = Sequence([reference(SOP_CLASSES["CT"], images[0])])
    put(outline, ContourGeometricType="POINT", NumberOfContourPoints=1, ContourData=[1, 2, 3])
    contour.ContourSequence = Sequence([outline])
    put(contour, ReferencedROINumber=1)
    item.ROIContourSequence = Sequence([contour])
    _approval(draft, who, of)


def plan(draft: Draft, who: Patient, of: Series, at: Study, images: list[str]) -> None:
    """RT General Plan and beams (PS3.3 C.8.8.9); `images` holds the structure set."""
    item, random = draft.dataset, draft.random
    draft.say(item, "RTPlanLabel", clinical_text("*Boost*"))
    draft.say(item, "RTPlanName", composed(random, who, "*Prostate* *IMRT*", 1, LONG))
    draft.say(item, "RTPlanDescription", composed(random, who, "Seven *fields*", 2, ST))
    put(item, RTPlanDate=f"{of.start:%Y%m%d}", RTPlanTime=f"{of.start:%H%M%S}")
    put(item, RTPlanGeometry="PATIENT", PlanIntent="CURATIVE")
    put(item, FrameOfReferenceUID=at.frame_of_reference, PositionReferenceIndicator="")
    item.ReferencedStructureSetSequence = Sequence([reference(STRUCTURES, images[0])])
    group = Dataset()
    put(group, FractionGroupNumber=1, NumberOfFractionsPlanned=20, NumberOfBeams=0)
    put(group, NumberOfBrachyApplicationSetups=0)
    draft.say(group, "FractionGroupDescription", composed(random, who, "Daily *fractions*", 1, ST))
    item.FractionGroupSequence = Sequence([group])
    _approval(draft, who, of)


def dose(draft: Draft, who: Patient, of: Series, at: Study, images: list[str]) -> None:
    """RT Dose (PS3.3 C.8.8.3) with 32-bit pixels; `images` holds the plan."""
    item = draft.dataset
    values = np.random.default_rng(draft.random.randint(0, 10**9)).integers(0, 2**30, (1, 8, 8))
    put(item, SamplesPerPixel=1, PhotometricInterpretation="MONOCHROME2", Rows=8, Columns=8)
    put(item, BitsAllocated=32, BitsStored=32, HighBit=31, PixelRepresentation=0)
    put(item, NumberOfFrames=1, FrameIncrementPointer=0x3004000C, GridFrameOffsetVector=[0])
    put(item, DoseUnits="GY", DoseType="PHYSICAL", DoseSummationType="PLAN", DoseGridScaling=1e-6)
    put(item, FrameOfReferenceUID=at.frame_of_reference, PositionReferenceIndicator="")
    put(item, ImagePositionPatient=[0, 0, 0], ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    put(item, PixelSpacing=[3, 3], SliceThickness="", ImageType=["DERIVED", "SECONDARY"])
    item.ReferencedRTPlanSequence = Sequence([reference(PLAN, images[0])])
    item.PixelData = values.astype("<u4").tobytes()
    item["PixelData"].VR = "OW"
    draft.expect("PixelData", "PixelData", Kind.PIXELS_RETAINED, "")


def segmentation(draft: Draft, who: Patient, of: Series, at: Study, images: list[str]) -> None:
    """Segmentation (PS3.3 C.8.20) of one bit a pixel over one image."""
    item, random = draft.dataset, draft.random
    put(item, ImageType=["DERIVED", "PRIMARY"], ContentLabel="SEGMENTS", LossyImageCompression="00")
    put(item, ContentDate=f"{of.start:%Y%m%d}", ContentTime=f"{of.start:%H%M%S}")
    draft.say(item, "ContentDescription", composed(random, who, "*Liver* *lesion*", 0, LONG))
    named(draft, item, "ContentCreatorName", who.staff[1])
    put(
        item, SegmentationType="BINARY", NumberOfFrames=1, FrameOfReferenceUID=at.frame_of_reference
    )
    put(item, PositionReferenceIndicator="")
    segment = Dataset()
    put(segment, SegmentNumber=1, SegmentAlgorithmType="MANUAL")
    draft.say(segment, "SegmentLabel", clinical_text(random.choice(clinical.SEGMENTS)))
    for keyword in ("SegmentedPropertyCategoryCodeSequence", "SegmentedPropertyTypeCodeSequence"):
        put(segment, **{keyword: _code("123037004", "SCT", "Anatomical Structure")})
    item.SegmentSequence = Sequence([segment])
    source, frame = Dataset(), Dataset()
    put(source, SeriesInstanceUID=of.uid)
    source.ReferencedInstanceSequence = Sequence([reference(SOP_CLASSES["CT"], images[0])])
    item.ReferencedSeriesSequence = Sequence([source])
    derivation = Dataset()
    origin = reference(SOP_CLASSES["CT"], images[-1])
    put(origin, PurposeOfReferenceCodeSequence=_code("121322", "DCM", "Source image"))
    put(derivation, SourceImageSequence=Sequence([origin]))
    put(derivation, DerivationCodeSequence=_code("113076", "DCM", "Segmentation"))
    frame.DerivationImageSequence = Sequence([derivation])
    _frames(item, frame, at)
    item.PerFrameFunctionalGroupsSequence = Sequence([frame])
    _bits(draft)


def _frames(item: Dataset, frame: Dataset, at: Study) -> None:
    """Multi-frame Dimension and Functional Groups (PS3.3 C.7.6.17, C.7.6.16) of one frame."""
    organization, index, content, which = Dataset(), Dataset(), Dataset(), Dataset()
    put(organization, DimensionOrganizationUID=f"{at.uid}.7")
    put(index, DimensionOrganizationUID=f"{at.uid}.7", DimensionIndexPointer=0x0062000B)
    put(index, FunctionalGroupPointer=0x0062000A)
    put(item, DimensionOrganizationSequence=Sequence([organization]), PatientOrientation="")
    put(item, DimensionIndexSequence=Sequence([index]))
    put(content, DimensionIndexValues=[1])
    put(which, ReferencedSegmentNumber=1)
    put(frame, FrameContentSequence=Sequence([content]))
    put(frame, SegmentIdentificationSequence=Sequence([which]))
    shared, measures, plane = Dataset(), Dataset(), Dataset()
    put(measures, PixelSpacing=[0.7, 0.7], SliceThickness=3)
    put(plane, ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    put(shared, PixelMeasuresSequence=Sequence([measures]))
    put(shared, PlaneOrientationSequence=Sequence([plane]))
    put(item, SharedFunctionalGroupsSequence=Sequence([shared]))
    position = Dataset()
    put(position, ImagePositionPatient=[-10, -10, 3])
    put(frame, PlanePositionSequence=Sequence([position]))


def _code(value: str, scheme: str, meaning: str) -> Sequence:
    item = Dataset()
    put(item, CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)
    return Sequence([item])


def _bits(draft: Draft) -> None:
    item = draft.dataset
    put(item, SamplesPerPixel=1, PhotometricInterpretation="MONOCHROME2", Rows=SIDE, Columns=SIDE)
    put(item, BitsAllocated=1, BitsStored=1, HighBit=0, PixelRepresentation=0)
    item.PixelData = draft.random.randbytes(SIDE * SIDE // 8)
    item["PixelData"].VR = "OB"
    draft.expect("PixelData", "PixelData", Kind.PIXELS_RETAINED, "")


def _approval(draft: Draft, who: Patient, of: Series) -> None:
    item = draft.dataset
    put(item, ApprovalStatus="APPROVED", ReviewDate=f"{of.start:%Y%m%d}")
    put(item, ReviewTime=f"{of.start:%H%M%S}", StationName=of.station[:SHORT])
    named(draft, item, "ReviewerName", who.staff[3])
    put(item, StudyID=digits(draft.random, "######"))
