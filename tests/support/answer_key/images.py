"""CT, MR, PET, NM, CR, DX and MG images: small, and sound to dciodvfy as far as possible."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from tests.support.answer_key import clinical
from tests.support.answer_key.checks import Kind
from tests.support.answer_key.courses import Series, Study, uid
from tests.support.answer_key.draft import Draft
from tests.support.answer_key.modules import LONG, LT, named, put
from tests.support.answer_key.people import Patient
from tests.support.answer_key.texts import composed

SIDE = 32
SOP_CLASSES = {
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "MR": "1.2.840.10008.5.1.4.1.1.4",
    "PT": "1.2.840.10008.5.1.4.1.1.128",
    "NM": "1.2.840.10008.5.1.4.1.1.20",
    "CR": "1.2.840.10008.5.1.4.1.1.1",
    "DX": "1.2.840.10008.5.1.4.1.1.1.1",
    "MG": "1.2.840.10008.5.1.4.1.1.1.2",
}


def pixels(draft: Draft, *, stored: int = 12, frames: int = 1) -> None:
    """Image Pixel (PS3.3 C.7.6.3) with a pattern of its own, all of which has to stay."""
    item = draft.dataset
    shape = (frames, SIDE, SIDE)
    values = np.random.default_rng(draft.random.randint(0, 10**9)).integers(0, 4000, shape)
    put(item, SamplesPerPixel=1, PhotometricInterpretation="MONOCHROME2", Rows=SIDE, Columns=SIDE)
    put(item, BitsAllocated=16, BitsStored=stored, HighBit=stored - 1, PixelRepresentation=0)
    item.PixelData = values.astype("<u2").tobytes()
    item["PixelData"].VR = "OW"
    draft.expect("PixelData", "PixelData", Kind.PIXELS_RETAINED, "")


def image(draft: Draft, who: Patient, of: Series, at: Study, number: int) -> None:
    """The image modules of a modality, with its own identifying attributes."""
    item, random = draft.dataset, draft.random
    taken = of.start + timedelta(seconds=5 * number)
    put(item, ContentDate=f"{taken:%Y%m%d}", ContentTime=f"{taken:%H%M%S}")
    put(item, AcquisitionDate=f"{taken:%Y%m%d}", AcquisitionTime=f"{taken:%H%M%S}")
    if random.random() < 0.4:
        text = composed(random, who, random.choice(clinical.SENTENCES), random.randint(1, 3), LT)
        draft.say(item, "ImageComments", text)
    part = random.choice(clinical.BODY_PARTS.get(of.modality, ["CHEST"]))
    put(item, BodyPartExamined=part, **({"Laterality": "L"} if part == "KNEE" else {}))
    MAKERS[of.modality](draft, who, of, at, number)
    if of.modality != "NM":
        pixels(draft, stored=16 if of.modality == "PT" else 12)


def _in_space(item: Dataset, at: Study, number: int) -> None:
    put(item, FrameOfReferenceUID=at.frame_of_reference, PositionReferenceIndicator="")
    put(item, PixelSpacing=[0.7, 0.7], ImagePositionPatient=[-10, -10, 3 * number])
    put(item, ImageOrientationPatient=[1, 0, 0, 0, 1, 0], SliceThickness=3)


def _ct(draft: Draft, who: Patient, of: Series, at: Study, number: int) -> None:
    item, random = draft.dataset, draft.random
    put(item, ImageType=["ORIGINAL", "PRIMARY", "AXIAL"], PatientPosition="HFS", KVP=120)
    put(item, AcquisitionNumber=1, RescaleIntercept=-1024, RescaleSlope=1, RescaleType="HU")
    put(item, ConvolutionKernel="B31f", ExposureTime=500, XRayTubeCurrent=210, GantryDetectorTilt=0)
    put(item, DeviceUID=f"{at.root}.99.{of.serial[-6:].lstrip('0')}")
    put(item, IrradiationEventUID=uid(random, at.root), ReconstructionDiameter=360)
    put(item, AcquisitionDateTime=f"{of.start:%Y%m%d%H%M%S.%f}")
    draft.say(item, "ContrastBolusAgent", composed(random, who, "*Iohexol* 300", 1, LONG))
    _in_space(item, at, number)
    other = Dataset()
    put(other, ReferencedSOPClassUID=str(item.SOPClassUID))
    put(other, ReferencedSOPInstanceUID=uid(random, at.root))
    item.ReferencedImageSequence = Sequence([other])


def _mr(draft: Draft, who: Patient, of: Series, at: Study, number: int) -> None:
    item = draft.dataset
    put(item, ImageType=["ORIGINAL", "PRIMARY", "M", "NORM"], PatientPosition="HFS")
    put(item, ScanningSequence="SE", SequenceVariant="SK", ScanOptions="", MRAcquisitionType="2D")
    put(item, RepetitionTime=500, EchoTime=12, EchoTrainLength=1, AcquisitionNumber=1)
    put(item, SequenceName="*se2d1", MagneticFieldStrength=3, FlipAngle=70, PixelBandwidth=130)
    put(item, PerformedLocation="MR ROOM 2 NORTH", ImagingFrequency=123.2)
    _in_space(item, at, number)


def _pt(draft: Draft, who: Patient, of: Series, at: Study, number: int) -> None:
    item, random = draft.dataset, draft.random
    put(item, ImageType=["ORIGINAL", "PRIMARY"], RescaleIntercept=0, RescaleSlope=1.5)
    put(item, Units="BQML", CountsSource="EMISSION", SeriesType=["WHOLE BODY", "IMAGE"])
    put(item, NumberOfSlices=30, CorrectedImage=["DECY", "ATTN"], DecayCorrection="START")
    put(item, CollimatorType="NONE", FrameReferenceTime=0, ActualFrameDuration=120000)
    put(item, ImageIndex=number, DecayFactor=1.1, PatientOrientationCodeSequence=Sequence())
    put(item, PatientGantryRelationshipCodeSequence=Sequence(), ReconstructionMethod="OSEM")
    drug = Dataset()
    begun = of.start - timedelta(minutes=61)
    put(drug, Radiopharmaceutical="FDG", RadionuclideTotalDose=3.1e8, RadionuclideHalfLife=6586)
    put(drug, RadiopharmaceuticalStartTime=f"{begun:%H%M%S}", RadionuclideCodeSequence=Sequence())
    put(drug, RadiopharmaceuticalStartDateTime=f"{begun:%Y%m%d%H%M%S}")
    item.RadiopharmaceuticalInformationSequence = Sequence([drug])
    _in_space(item, at, number)
    draft.say(item, "AcquisitionComments", composed(random, who, "Warm *uptake* room", 1, LT))


def _nm(draft: Draft, who: Patient, of: Series, at: Study, number: int) -> None:
    item = draft.dataset
    put(item, ImageType=["ORIGINAL", "PRIMARY", "STATIC", "EMISSION"], NumberOfFrames=2)
    put(item, FrameIncrementPointer=[0x00540010, 0x00540020], PixelSpacing=[2.4, 2.4])
    put(item, EnergyWindowVector=[1, 1], NumberOfEnergyWindows=1, DetectorVector=[1, 2])
    put(item, NumberOfDetectors=2, CountsAccumulated=12000, ActualFrameDuration=60000)
    for keyword in ("EnergyWindowInformationSequence", "RadiopharmaceuticalInformationSequence"):
        put(item, **{keyword: Sequence()})
    put(item, DetectorInformationSequence=Sequence(), PatientOrientationCodeSequence=Sequence())
    put(
        item,
        PatientGantryRelationshipCodeSequence=Sequence(),
        AcquisitionTerminationCondition="TIME",
    )
    put(item, FrameOfReferenceUID=at.frame_of_reference, PositionReferenceIndicator="")
    pixels(draft, stored=16, frames=2)


def _projection(draft: Draft, who: Patient, of: Series, at: Study, number: int) -> None:
    item, random = draft.dataset, draft.random
    put(item, ImageType=["ORIGINAL", "PRIMARY"], ViewPosition="PA", PatientOrientation=["L", "F"])
    put(
        item,
        PlateID=f"PL{random.randint(1000, 9999)}",
        CassetteID=f"CS{random.randint(1000, 9999)}",
    )
    put(item, AcquisitionDeviceProcessingDescription="", KVP=90, ExposureIndex=310)
    draft.say(
        item, "AcquisitionDeviceProcessingDescription", composed(random, who, "*Chest*", 1, LONG)
    )
    put(item, AcquisitionNumber=1)


def _digital(draft: Draft, who: Patient, of: Series, at: Study, number: int) -> None:
    item, random = draft.dataset, draft.random
    put(item, ImageType=["ORIGINAL", "PRIMARY", ""], PresentationIntentType="FOR PRESENTATION")
    put(
        item,
        PixelIntensityRelationship="LOG",
        PixelIntensityRelationshipSign=-1,
        DetectorType="DIRECT",
    )
    put(item, RescaleIntercept=0, RescaleSlope=1, RescaleType="US", PresentationLUTShape="IDENTITY")
    put(item, WindowCenter=2000, WindowWidth=4000)
    put(item, LossyImageCompression="00", BurnedInAnnotation="NO", PatientOrientation=["L", "F"])
    put(item, AcquisitionContextSequence=Sequence(), AnatomicRegionSequence=Sequence([_region()]))
    put(item, DetectorID=f"DET{random.randint(10000, 99999)}", ImagerPixelSpacing=[0.1, 0.1])
    put(item, DateOfLastDetectorCalibration=f"{of.start:%Y%m%d}", ImageLaterality="L", KVP=28)
    put(item, GantryID=f"GANTRY{random.randint(100, 999)}")
    draft.say(item, "DerivationDescription", composed(random, who, "*Edge* *enhanced*", 1, 200))


def _mg(draft: Draft, who: Patient, of: Series, at: Study, number: int) -> None:
    _digital(draft, who, of, at, number)
    view = Dataset()
    put(view, CodeValue="R-10242", CodingSchemeDesignator="SRT", CodeMeaning="cranio-caudal")
    view.ViewModifierCodeSequence = Sequence()
    put(draft.dataset, ViewCodeSequence=Sequence([view]), PositionerType="MAMMOGRAPHIC")
    put(draft.dataset, OrganExposed="BREAST", BreastImplantPresent="NO", CompressionForce=90)
    named(draft, draft.dataset, "RequestingPhysician", who.staff[2])


def _region() -> Dataset:
    item = Dataset()
    put(item, CodeValue="51185008", CodingSchemeDesignator="SCT", CodeMeaning="Chest")
    return item


MAKERS = {
    "CT": _ct,
    "MR": _mr,
    "PT": _pt,
    "NM": _nm,
    "CR": _projection,
    "DX": _digital,
    "MG": _mg,
}
