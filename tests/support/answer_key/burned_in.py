"""Ultrasound and secondary captures with identity drawn into the pixels."""

from __future__ import annotations

from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from tests.support.answer_key.checks import Kind
from tests.support.answer_key.courses import Series, Study
from tests.support.answer_key.draft import Draft
from tests.support.answer_key.modules import put
from tests.support.answer_key.people import Patient, plain

ULTRASOUND = "1.2.840.10008.5.1.4.1.1.6.1"
ULTRASOUND_FRAMES = "1.2.840.10008.5.1.4.1.1.3.1"
CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
ROWS, COLUMNS = 96, 128
BANNER = 16
INK = 255
REGION = (8, BANNER + 4, COLUMNS - 9, ROWS - 5)  # left, top, right, bottom, all inside


def drawn(text: str, random: Random) -> NDArray[np.uint8]:
    """Return a dark frame with a banner of text on top and speckle inside the region."""
    canvas = Image.new("L", (COLUMNS, ROWS), 0)
    ImageDraw.Draw(canvas).text((2, 2), text, fill=INK)
    frame = np.array(canvas, dtype=np.uint8)
    frame[BANNER:] = 0
    frame[:BANNER] = np.where(frame[:BANNER] > INK // 2, INK, 0)
    left, top, right, bottom = REGION
    shape = (bottom - top + 1, right - left + 1)
    speckle = np.random.default_rng(random.randint(0, 10**9)).integers(20, 200, shape)
    frame[top : bottom + 1, left : right + 1] = speckle.astype(np.uint8)
    return frame


def ultrasound(draft: Draft, who: Patient, of: Series, at: Study, number: int) -> None:
    """US Image modules; the regions say where the picture is, the banner lies above."""
    item = draft.dataset
    frames = 3 if str(item.SOPClassUID) == ULTRASOUND_FRAMES else 1
    put(item, ImageType=["ORIGINAL", "PRIMARY", "ABDOMINAL"], PatientOrientation="")
    put(item, Laterality="", ContentDate=f"{of.start:%Y%m%d}", ContentTime=f"{of.start:%H%M%S}")
    put(item, BurnedInAnnotation="YES", LossyImageCompression="00", TransducerData="C5-1")
    item.SequenceOfUltrasoundRegions = Sequence([_region()])
    if frames > 1:
        put(item, NumberOfFrames=frames, FrameTime=33, FrameIncrementPointer=0x00181063)
    _picture(draft, who, frames)
    left, top, right, bottom = REGION
    for frame in range(frames):
        box = f"{frame},{left},{top},{right + 1},{bottom + 1}"
        draft.expect("PixelData", "PixelData", Kind.PIXELS_RETAINED, box)


def capture(draft: Draft, who: Patient, of: Series, at: Study, number: int) -> None:
    """Secondary Capture modules (PS3.3 A.8): nothing says where text is, holding is an answer."""
    item = draft.dataset
    draft.may_be_held = True
    put(item, ConversionType="WSD", ImageType=["DERIVED", "SECONDARY", "SCREEN SAVE"])
    put(item, SecondaryCaptureDeviceID="GRABBER7", PatientOrientation="", Laterality="")
    put(item, BurnedInAnnotation="YES")
    put(
        item,
        DateOfSecondaryCapture=f"{of.start:%Y%m%d}",
        TimeOfSecondaryCapture=f"{of.start:%H%M%S}",
    )
    _picture(draft, who, 1)


def _picture(draft: Draft, who: Patient, frames: int) -> None:
    item, random = draft.dataset, draft.random
    text = plain(f"{who.person.family} {who.patient_id}")
    text = text if text.isascii() else who.patient_id
    pictures = np.stack([drawn(text, random) for _ in range(frames)])
    put(item, SamplesPerPixel=1, PhotometricInterpretation="MONOCHROME2", Rows=ROWS)
    put(item, Columns=COLUMNS, BitsAllocated=8, BitsStored=8, HighBit=7, PixelRepresentation=0)
    item.PixelData = pictures.tobytes()
    item["PixelData"].VR = "OB"
    for frame in range(frames):
        box = f"{frame},0,0,{COLUMNS},{BANNER}"
        draft.expect("PixelData", "PixelData", Kind.PIXELS_HIDDEN, box)


def _region() -> Dataset:
    item = Dataset()
    left, top, right, bottom = REGION
    put(item, RegionSpatialFormat=1, RegionDataType=1, RegionFlags=0)
    put(item, RegionLocationMinX0=left, RegionLocationMinY0=top)
    put(item, RegionLocationMaxX1=right, RegionLocationMaxY1=bottom)
    put(item, PhysicalUnitsXDirection=3, PhysicalUnitsYDirection=3)
    put(item, PhysicalDeltaX=0.05, PhysicalDeltaY=0.05)
    return item
