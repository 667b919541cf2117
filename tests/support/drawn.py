"""Makes presentation states, waveforms and radiotherapy objects that dciodvfy finds no error in."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    CTImageStorage,
    GrayscaleSoftcopyPresentationStateStorage,
    RTPlanStorage,
    RTStructureSetStorage,
    TwelveLeadECGWaveformStorage,
)

from tests.support.content_items import FINDING, OBSERVED, STAFF, code, image_reference
from tests.support.dicom import ROOT, put
from tests.support.documents import of_patient

WHOSE = "Ophelia Quillfeather"
LEAD_CODES = ("2:1", "2:2")


def text_object(text: str) -> Dataset:
    """Return a text that is drawn at a point of an image."""
    return put(
        Dataset(),
        UnformattedTextValue=text,
        AnchorPoint=[2.0, 2.0],
        AnchorPointVisibility="N",
        AnchorPointAnnotationUnits="PIXEL",
    )


def circle() -> Dataset:
    """Return a drawn circle."""
    return put(
        Dataset(),
        GraphicAnnotationUnits="PIXEL",
        GraphicDimensions=2,
        NumberOfGraphicPoints=2,
        GraphicData=[4.0, 4.0, 6.0, 4.0],
        GraphicType="CIRCLE",
        GraphicFilled="N",
    )


def annotation(layer: str, texts: list[str], *, is_circled: bool = False) -> Dataset:
    """Return what is drawn on a layer."""
    made = put(
        Dataset(), GraphicLayer=layer, ReferencedImageSequence=Sequence([image_reference(1)])
    )
    if texts:
        made.TextObjectSequence = Sequence([text_object(text) for text in texts])
    if is_circled:
        made.GraphicObjectSequence = Sequence([circle()])
    return made


def presentation(*annotations: Dataset, **attributes: object) -> Dataset:
    """Return a softcopy presentation state with annotations on the layers that they name."""
    made = of_patient(GrayscaleSoftcopyPresentationStateStorage, "PR", 80)
    put(made, PresentationCreationDate=OBSERVED, PresentationCreationTime="101112")
    put(made, ContentLabel="MARKED", ContentDescription=f"{FINDING} of {WHOSE}")
    put(made, ContentCreatorName=STAFF, PresentationLUTShape="IDENTITY")
    made.Laterality = ""
    series = put(
        Dataset(),
        SeriesInstanceUID=f"{ROOT}.2.1",
        ReferencedImageSequence=Sequence([image_reference(1)]),
    )
    made.ReferencedSeriesSequence = Sequence([series])
    area = put(
        Dataset(),
        DisplayedAreaTopLeftHandCorner=[1, 1],
        DisplayedAreaBottomRightHandCorner=[16, 16],
        PresentationSizeMode="SCALE TO FIT",
        PresentationPixelAspectRatio=[1, 1],
    )
    made.DisplayedAreaSelectionSequence = Sequence([area])
    layers = list(dict.fromkeys(each.GraphicLayer for each in annotations))
    made.GraphicLayerSequence = Sequence(
        put(
            Dataset(),
            GraphicLayer=name,
            GraphicLayerOrder=number,
            GraphicLayerDescription=f"drawn for {WHOSE}",
        )
        for number, name in enumerate(layers, 1)
    )
    made.GraphicAnnotationSequence = Sequence(annotations)
    return put(made, **attributes)


def waveform_annotation(**value: object) -> Dataset:
    """Return an annotation of a waveform's first channel."""
    return put(Dataset(), ReferencedWaveformChannels=[1, 1], AnnotationGroupNumber=1, **value)


def ecg(*annotations: Dataset, **attributes: object) -> Dataset:
    """Return an ECG of two channels."""
    made = of_patient(TwelveLeadECGWaveformStorage, "ECG", 9)
    put(made, ContentDate=OBSERVED, ContentTime="101112", AcquisitionDateTime=f"{OBSERVED}101112")
    made.SynchronizationFrameOfReferenceUID = f"{ROOT}.5.1"
    put(made, SynchronizationTrigger="NO TRIGGER", AcquisitionTimeSynchronized="N")
    made.AcquisitionContextSequence = Sequence()
    channels = [
        put(
            Dataset(),
            ChannelLabel="Quillfeather I",
            ChannelSourceSequence=Sequence([code(lead, "Lead", "MDC")]),
            ChannelSensitivity=1,
            ChannelSensitivityUnitsSequence=Sequence([code("uV", "microvolt", "UCUM")]),
            ChannelSensitivityCorrectionFactor=1,
            ChannelBaseline=0,
            ChannelSampleSkew=0,
            WaveformBitsStored=16,
        )
        for lead in LEAD_CODES
    ]
    group = put(
        Dataset(),
        WaveformOriginality="ORIGINAL",
        NumberOfWaveformChannels=len(channels),
        NumberOfWaveformSamples=8,
        SamplingFrequency=500,
        ChannelDefinitionSequence=Sequence(channels),
        WaveformBitsAllocated=16,
        WaveformSampleInterpretation="SS",
    )
    group.add_new("WaveformData", "OW", bytes(range(32)))
    made.WaveformSequence = Sequence([group])
    if annotations:
        made.WaveformAnnotationSequence = Sequence(annotations)
    return put(made, **attributes)


def structure_set(**attributes: object) -> Dataset:
    """Return a structure set of one region."""
    made = of_patient(RTStructureSetStorage, "RTSTRUCT", 60)
    put(made, StructureSetLabel=f"{FINDING}"[:6], StructureSetName=WHOSE, OperatorsName=STAFF)
    put(made, StructureSetDescription=f"{FINDING} of {WHOSE}")
    put(made, StructureSetDate=OBSERVED, StructureSetTime="101112", ApprovalStatus="APPROVED")
    put(made, ReviewDate=OBSERVED, ReviewTime="101112", ReviewerName=STAFF)
    put(made, FrameOfReferenceUID=f"{ROOT}.4.1", PositionReferenceIndicator="")
    frame = put(Dataset(), FrameOfReferenceUID=f"{ROOT}.4.1")
    made.ReferencedFrameOfReferenceSequence = Sequence([frame])
    region = put(
        Dataset(),
        ROINumber=1,
        ReferencedFrameOfReferenceUID=f"{ROOT}.4.1",
        ROIName=f"nodule of {WHOSE}",
        ROIDescription=f"{FINDING} of {WHOSE}",
        ROIGenerationAlgorithm="MANUAL",
        ROIGenerationDescription=f"drawn for {WHOSE}",
    )
    made.StructureSetROISequence = Sequence([region])
    contour = put(
        Dataset(),
        ContourGeometricType="POINT",
        NumberOfContourPoints=1,
        ContourData=[1, 2, 3],
        ContourImageSequence=Sequence([image_reference(1, CTImageStorage)]),
    )
    drawn = put(Dataset(), ReferencedROINumber=1, ContourSequence=Sequence([contour]))
    made.ROIContourSequence = Sequence([drawn])
    observed = put(
        Dataset(),
        ObservationNumber=1,
        ReferencedROINumber=1,
        ROIObservationLabel="Quillfeather",
        ROIObservationDescription=f"{FINDING} of {WHOSE}",
        RTROIInterpretedType="GTV",
        ROIInterpreter=STAFF,
    )
    made.RTROIObservationsSequence = Sequence([observed])
    return put(made, **attributes)


def plan(**attributes: object) -> Dataset:
    """Return a plan without beams, but with notes."""
    made = of_patient(RTPlanStorage, "RTPLAN", 61)
    put(made, RTPlanLabel="Quillfeather", RTPlanName=WHOSE, RTPlanDescription=f"for {WHOSE}")
    put(made, RTPlanDate=OBSERVED, RTPlanTime="101112", RTPlanGeometry="TREATMENT_DEVICE")
    put(made, ApprovalStatus="UNAPPROVED", OperatorsName=STAFF, PrescriptionDescription=WHOSE)
    setup = put(
        Dataset(),
        PatientSetupNumber=1,
        PatientSetupLabel=WHOSE[:12],
        PatientAdditionalPosition=f"{WHOSE} raises arms",
        SetupTechniqueDescription=f"{WHOSE} needs help",
    )
    made.PatientSetupSequence = Sequence([setup])
    fractions = put(
        Dataset(),
        FractionGroupNumber=1,
        FractionGroupDescription=f"for {WHOSE}",
        NumberOfFractionsPlanned=1,
        NumberOfBeams=0,
        NumberOfBrachyApplicationSetups=0,
    )
    made.FractionGroupSequence = Sequence([fractions])
    dose = put(
        Dataset(),
        DoseReferenceNumber=1,
        DoseReferenceUID=f"{ROOT}.6.1",
        DoseReferenceStructureType="SITE",
        DoseReferenceDescription=f"{FINDING} of {WHOSE}",
        DoseReferenceType="TARGET",
        TargetPrescriptionDose=60,
    )
    made.DoseReferenceSequence = Sequence([dose])
    return put(made, **attributes)
