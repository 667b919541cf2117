"""The files that mutants are made of: small sample files and made ones, with identity planted."""

from __future__ import annotations

import io
import random
from functools import cache

import pydicom
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    RLELossless,
)

from include.imaging.dicom.silence import silenced
from tests.fuzz import canaries
from tests.fuzz.gate import VERIFIED
from tests.fuzz.package_table import table
from tests.fuzz.sample_files import SampleFile, sample_files
from tests.support.dicom import ct, encode, put

LARGEST_BYTES = 40_000
# A held file teaches less than one that is rewritten.
WEIGHT_OF_VERIFIED, WEIGHT_OF_MADE = 4, 30
PLAIN = (ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian)
CHARACTER_SETS = {
    "ISO_IR 100": "Größe",
    "ISO_IR 192": "Žluťoučký",
    "\\ISO 2022 IR 87": "山田",
    "ISO_IR 144": "Люкceмбypг",
    "GB18030": "王小东",
}
# of ten, how many are left as their package ships them
UNTOUCHED_OF_TEN = 2


class Seeds:
    """Seeds by weight; each is read and planted when it is first drawn."""

    def __init__(self) -> None:
        ends = {(row["package"], row["file"]): row["basic"] for row in table()}
        self._small = [file for file in sample_files() if _size(file) <= LARGEST_BYTES]
        self._weights = [
            WEIGHT_OF_VERIFIED if ends[file.package, file.name] == VERIFIED else 1
            for file in self._small
        ]
        self._planted: dict[tuple[str, bool], bytes] = {}

    def draw(self, rng: random.Random) -> tuple[str, bytes]:
        """Return name and bytes of a seed, the same for equal states of `rng`."""
        total = sum(self._weights)
        if rng.randrange(total + WEIGHT_OF_MADE) >= total:
            number = rng.randrange(len(made()))
            return f"made {number}", made()[number]
        file = rng.choices(self._small, self._weights)[0]
        untouched = rng.randrange(10) < UNTOUCHED_OF_TEN
        key = (file.name, untouched)
        if key not in self._planted:
            self._planted[key] = file.read() if untouched else _planted(file.read())
        return file.name, self._planted[key]


def _size(file: SampleFile) -> int:
    return len(file.read()) if file.member else file.place.stat().st_size


@cache
def made() -> tuple[bytes, ...]:
    """Return made objects: every plain syntax, deflated, encapsulated, and character sets."""
    rich = [encode(plant(_nested(ct(number))), kind) for number, kind in enumerate(PLAIN)]
    deflated = encode(plant(_nested(ct(7))), DeflatedExplicitVRLittleEndian)
    written = []
    for terms, name in CHARACTER_SETS.items():
        image = put(ct(8), SpecificCharacterSet=terms.split("\\"))
        plant(image)
        image.OtherPatientNames = f"{canaries.FAMILY}^{name}"
        written.append(encode(image))
    return (*rich, deflated, *written, *_encapsulated())


def _encapsulated() -> tuple[bytes, ...]:
    found = []
    for syntax in (RLELossless, JPEGBaseline8Bit):
        image = plant(_nested(ct(9)))
        frames = [bytes(64), b"\xff\xd8" + bytes(30) + b"\xff\xd9"]
        image.PixelData = encapsulate(frames)
        image["PixelData"].VR = "OB"
        image["PixelData"].is_undefined_length = True
        image.NumberOfFrames = 2
        found.append(encode(image, syntax))
    return tuple(found)


def _nested(image: Dataset) -> Dataset:
    """Return an image with sequences in sequences, some of them of undefined length."""
    item = put(Dataset(), CodeValue="T-1", CodingSchemeDesignator="SRT", CodeMeaning="Chest")
    for depth in range(4):
        outer = put(Dataset(), PurposeOfReferenceCodeSequence=Sequence([item]))
        put(outer, ReferencedSOPInstanceUID=f"{canaries.UID_ROOT}.5.{depth}")
        outer["PurposeOfReferenceCodeSequence"].is_undefined_length = bool(depth % 2)
        item = outer
    return put(image, SourceImageSequence=Sequence([item]))


def _planted(data: bytes) -> bytes:
    """Return a file with planted identity, or as it is where pydicom cannot write it."""
    try:
        with silenced():
            dataset = pydicom.dcmread(io.BytesIO(data))
            plant(dataset)
            buffer = io.BytesIO()
            dataset.save_as(buffer, enforce_file_format=True)
            return buffer.getvalue()
    except Exception:  # noqa: BLE001 - a file that is broken by intent is a good seed, too
        return data


def plant(dataset: Dataset) -> Dataset:
    """Write the canaries where identity stands in real objects; returns the data set."""
    c = canaries
    put(
        dataset,
        PatientName=f"{c.FAMILY}^{c.GIVEN}", PatientID=c.PATIENT_ID, AccessionNumber=c.ACCESSION,
        PatientBirthDate=c.BIRTH_DATE, StudyDate=c.STUDY_DATE, SeriesDate=c.STUDY_DATE,
        ReferringPhysicianName=f"{c.STAFF}^Dr", OperatorsName=c.STAFF.upper(),
        PatientComments=f"{c.REMARK} of {c.FAMILY}", StudyDescription=f"{c.REMARK} abdomen",
        SOPInstanceUID=f"{c.UID_ROOT}.1", StudyInstanceUID=f"{c.UID_ROOT}.2",
        SeriesInstanceUID=f"{c.UID_ROOT}.3", FrameOfReferenceUID=f"{c.UID_ROOT}.4",
    )  # fmt: skip
    request = put(
        Dataset(), ScheduledProcedureStepDescription=c.NESTED, AccessionNumber=c.ACCESSION
    )
    other = put(Dataset(), PatientID=c.PATIENT_ID, PatientName=c.FAMILY, StudyDate=c.STUDY_DATE)
    put(dataset, RequestAttributesSequence=Sequence([request]))
    put(dataset, DerivationCodeSequence=Sequence([other]))
    block = dataset.private_block(0x0029, f"{c.PRIVATE} MAKER", create=True)
    block.add_new(0x10, "LO", c.PRIVATE)
    block.add_new(0x11, "SQ", Sequence([put(Dataset(), PatientName=c.FAMILY)]))
    dataset.add_new(0x60003000, "OW", c.OVERLAY.encode() + b"\0")
    return dataset
