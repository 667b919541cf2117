"""Makes DICOM objects for tests: a sound CT image, its encodings, and one with everything in it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import data_store
import pydicom
from pydicom import config
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from include.imaging.deid.table import rows
from include.imaging.dicom.silence import silenced

ROOT = "1.2.826.0.1.3680043.8.498"
SIDE = 16
NESTED_FROM = 5000


def ct(number: int = 1, **attributes: object) -> Dataset:
    """Return a small CT image of one series that dciodvfy finds no error in."""
    image = Dataset()
    image.SOPClassUID = CTImageStorage
    image.SOPInstanceUID = f"{ROOT}.3.{number}"
    image.StudyInstanceUID, image.SeriesInstanceUID = f"{ROOT}.1.1", f"{ROOT}.2.1"
    image.FrameOfReferenceUID = f"{ROOT}.4.1"
    image.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    image.Modality = "CT"
    for keyword in ("StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName"):
        setattr(image, keyword, "")
    for keyword in ("StudyID", "PatientBirthDate", "PatientSex", "PositionReferenceIndicator"):
        setattr(image, keyword, "")
    image.Laterality = ""
    image.PatientName, image.PatientID = "Roe^Richard", "PID-20461"
    image.Manufacturer, image.PatientPosition = "Maker", "HFS"
    image.SeriesNumber, image.AcquisitionNumber, image.InstanceNumber = 1, 1, number
    image.KVP, image.SliceThickness, image.PixelSpacing = 120, 1, [0.5, 0.5]
    image.ImagePositionPatient = [0, 0, number]
    image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    image.Rows = image.Columns = SIDE
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    image.BitsAllocated, image.BitsStored, image.HighBit = 16, 16, 15
    image.PixelRepresentation, image.RescaleIntercept, image.RescaleSlope = 0, 0, 1
    image.RescaleType = "HU"
    image.PixelData = bytes(SIDE * SIDE * 2)
    return put(image, **attributes)


def put(dataset: Dataset, **attributes: object) -> Dataset:
    """Set attributes by keyword, whether their values are valid or not; returns the data set."""
    with silenced():
        for keyword, value in attributes.items():
            setattr(dataset, keyword, value)
    return dataset


def encode(dataset: Dataset, syntax: str = ExplicitVRLittleEndian, preamble: bytes = b"") -> bytes:
    """Return a data set as a PS3.10 file in a transfer syntax."""
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.UID(syntax)
    dataset.preamble = preamble.ljust(128, b"\0")
    buffer = io.BytesIO()
    with silenced():
        dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


def decode(data: bytes) -> Dataset:
    """Return a PS3.10 file as a data set."""
    return pydicom.dcmread(io.BytesIO(data))


def probe() -> tuple[bytes, list[bytes]]:
    """Return a CT image with every attribute of Table E.1-1, and all values that must not stay.

    The attributes stand at the top level and again inside a sequence that the table does not
    name, with values of their own, beside private, overlay and curve elements.
    """
    image = ct()
    values: list[bytes] = []
    nested = Dataset()
    for each in sown():
        where = nested if each.is_nested else image
        where[each.tag] = DataElement(each.tag, each.vr, each.value, validation_mode=config.IGNORE)
        values.extend(each.values)
    image.DerivationCodeSequence = Sequence([nested])
    for where, name in ((image, b"TOPPRIVATE"), (nested, b"NESTEDPRIVATE")):
        block = where.private_block(0x0029, "CREATOR ACME", create=True)
        block.add_new(0x10, "LO", name.decode())
        values.extend((name, b"CREATOR ACME"))
    image.add_new(0x60000022, "LO", "OVERLAYTEXT")
    image.add_new(0x60003000, "OW", b"OVERLAYBITS ")
    image.add_new(0x50003000, "OW", b"CURVEPOINTS ")
    return encode(image), [*values, b"OVERLAYTEXT", b"OVERLAYBITS", b"CURVEPOINTS"]


@dataclass(frozen=True)
class Sown:
    """An attribute of the probe, at the top or nested, and the bytes its value is written as."""

    tag: int
    vr: str
    is_nested: bool
    value: object
    values: tuple[bytes, ...]


def sown() -> Iterator[Sown]:
    """Yield every attribute of the probe, each twice and with values of its own."""
    for number, (tag, vr) in enumerate(_attributes(), 1):
        for offset in (0, NESTED_FROM):
            value, written = _unique(vr, number + offset)
            yield Sown(tag, vr, bool(offset), value, tuple(written))


def package_files() -> list[Path]:
    """Return every file that pydicom and pydicom-data ship and that may be DICOM."""
    roots = (Path(pydicom.__file__).parent / "data", Path(next(iter(data_store.__path__))))
    dropped = {".py", ".pyc", ".json", ".txt", ".md"}
    return [
        path
        for root in roots
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix not in dropped
    ]


def _attributes() -> Iterator[tuple[int, str]]:
    """Yield tag and VR of every row that names one attribute of a data set."""
    for row in rows():
        if "x" in row.tag or row.tag == "odd" or int(row.tag[:4], 16) < 8:
            continue
        tag = int(row.tag, 16)
        try:
            vr = str(dictionary_VR(tag)).split(" or ")[0]
        except KeyError:
            continue  # younger than pydicom's dictionary
        yield tag, vr


def _unique(vr: str, number: int) -> tuple[object, list[bytes]]:
    """Return a value that no other attribute has, and the bytes it is written as."""
    moment = datetime(1920, 1, 1, 1, 2, 3, 100000) + timedelta(days=number, microseconds=number)
    word = f"QX{number:05d}"
    text = {
        "AS": f"{number % 1000:03d}W",
        "DA": f"{moment:%Y%m%d}",
        "DS": f"{700000 + number}",
        "DT": f"{moment:%Y%m%d%H%M%S.%f}",
        "IS": f"{800000 + number}",
        "PN": f"{word}^Given{number:05d}",
        "TM": f"{moment:%H%M%S.%f}",
        "UI": f"{ROOT}.9.{number}",
        "UR": f"http://{word}.example",
    }.get(vr, word)
    if vr == "SQ":
        item = Dataset()
        item.CodeValue, item.CodeMeaning, item.StationName = f"C{word}"[:16], f"M{word}", f"S{word}"
        return Sequence([item]), [f"M{word}".encode(), f"S{word}".encode()]
    if vr in {"US", "UL", "SS", "SL"}:
        return number, []
    if vr in {"OB", "OW", "UN"}:
        raw = f"B{word} ".encode()
        return raw, [raw.strip()]
    return text, [text.encode()]
