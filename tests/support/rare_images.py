"""Images that no package ships: kept encodings, floats and single bits."""

from __future__ import annotations

import io
from dataclasses import replace

import imagecodecs
import numpy as np
import pydicom
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from include.demo.sources import SourceFile
from include.demo.variants import with_own_uids
from tests.support.samples import sample

LOSSY_HTJ2K = "1.2.840.10008.1.2.4.203"
ENCAPSULATED_MAKES = {
    "lossy_htj2k.dcm": LOSSY_HTJ2K,
    "jpeg_xl.dcm": "1.2.840.10008.1.2.4.112",
    "video.dcm": "1.2.840.10008.1.2.4.102",
}

# frames, rows and columns; frames of the last two begin and end within bytes
BITS = {
    "bits.dcm": (3, 6, 8),
    "odd_bits.dcm": (5, 5, 7),
    "odd_segmentation.dcm": (3, 91, 109),
}
SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"


def made_here() -> list[SourceFile]:
    """The images, with UIDs of their own."""
    source = pydicom.dcmread(io.BytesIO(sample("CT_small.dcm")))
    frame = source.pixel_array.view(np.uint16)
    streams = {
        "lossy_htj2k.dcm": bytes(imagecodecs.htj2k_encode(frame, reversible=False)),
        "jpeg_xl.dcm": bytes(imagecodecs.jpegxl_encode((frame >> 4).astype(np.uint8))),
        "video.dcm": b"\0\0\0\x01not really a film",
    }
    made = [_changed(name, streams[name], uid) for name, uid in ENCAPSULATED_MAKES.items()]
    made.append(_float())
    made += [single_bits(name, *shape) for name, shape in BITS.items()]
    return made


def _changed(name: str, stream: bytes, uid: str) -> SourceFile:
    dataset = pydicom.dcmread(io.BytesIO(with_own_uids(sample("CT_small.dcm"), name)))
    dataset.PixelData = encapsulate([stream])
    dataset["PixelData"].VR = "OB"
    # pydicom writes no syntax it does not know: one of the same length takes its place
    dataset.file_meta.TransferSyntaxUID = UID(LOSSY_HTJ2K)
    saved = _saved(name, dataset)
    return replace(saved, content=saved.content.replace(LOSSY_HTJ2K.encode(), uid.encode()))


def _float() -> SourceFile:
    dataset = pydicom.dcmread(io.BytesIO(with_own_uids(sample("CT_small.dcm"), "float")))
    values = dataset.pixel_array.astype(np.float32) / 3
    del dataset.PixelData, dataset.PixelRepresentation, dataset.BitsStored, dataset.HighBit
    dataset.BitsAllocated = 32
    dataset.FloatPixelData = values.tobytes()
    return _saved("float.dcm", dataset)


def single_bits(name: str, frames: int, rows: int, columns: int) -> SourceFile:
    """Return an image of one bit a pixel; a name that says so makes it a segmentation."""
    dataset = pydicom.dcmread(io.BytesIO(with_own_uids(sample("CT_small.dcm"), name)))
    bits = np.random.default_rng(1).integers(0, 2, (frames, rows, columns), np.uint8)
    if "segmentation" in name:
        dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = UID(SEGMENTATION)
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = bits.shape
    dataset.BitsAllocated = dataset.BitsStored = 1
    dataset.HighBit = dataset.PixelRepresentation = 0
    packed = np.packbits(bits.reshape(-1), bitorder="little").tobytes()
    dataset.PixelData = packed + bytes(len(packed) % 2)
    return _saved(name, dataset)


def _saved(name: str, dataset: pydicom.Dataset) -> SourceFile:
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return SourceFile(name, stream.getvalue())
