"""Answers a key from the key itself, which proves that no two of its checks contradict."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from hashlib import sha256

import pydicom
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import ExplicitVRLittleEndian

from include.imaging.dicom.silence import silenced
from tests.support.answer_key import paths, pictures
from tests.support.answer_key.checks import ANYWHERE, Check, Kind, Planted
from tests.support.answer_key.draft import PREAMBLE_LENGTH

SHIFT = timedelta(days=-70)
STAND_IN = "X"


def answered(planted: Planted) -> bytes | None:
    """Return the object with exactly what its checks ask for done; None where it may be held."""
    if planted.may_be_held:
        return None
    with silenced():
        dataset = pydicom.dcmread(io.BytesIO(planted.data))
        for check in sorted(planted.checks, key=_turn):
            if check.path == ANYWHERE:
                _empty_bytes(dataset, check.expected)
            else:
                _answer(dataset, check, planted.patient)
        dataset.preamble = bytes(PREAMBLE_LENGTH)
        dataset.file_meta.pop("SourceApplicationEntityTitle", None)
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        buffer = io.BytesIO()
        dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


def _answer(dataset: Dataset, check: Check, patient: int) -> None:
    element = paths.element_at(dataset, check.path)
    assert element is not None, check
    match check.kind:
        case Kind.TEXT_REMOVED:
            _remove(element, check.expected)
        case Kind.DATE_SHIFTED:
            day = date(*(int(check.expected[a:b]) for a, b in ((0, 4), (4, 6), (6, 8)))) + SHIFT
            element.value = f"{day:%Y%m%d}{check.expected[8:]}"
        case Kind.UID_CHANGED:
            digest = sha256(check.expected.encode()).digest()
            element.value = f"2.25.{int.from_bytes(digest[:15], 'big')}"
        case Kind.PATIENT_ID_CONSISTENT:
            element.value = f"PSEUDONYM{patient:04d}"
        case Kind.TEXT_NOT_NULL:
            element.value = paths.shown(element).strip() or STAND_IN
        case Kind.PIXELS_HIDDEN:
            _hide(dataset, check.expected)


def _turn(check: Check) -> tuple[bool, int]:
    """Long pieces go before the shorter ones in them; what must not be empty is filled last."""
    return check.kind is Kind.TEXT_NOT_NULL, -len(check.expected)


def _empty_bytes(dataset: Dataset, piece: str) -> None:
    for element in dataset:
        if isinstance(element.value, bytes) and piece.encode() in element.value:
            element.value = b""


def _remove(element: DataElement, piece: str) -> None:
    if isinstance(element.value, bytes):
        for codec in ("utf-8", "latin-1"):
            element.value = element.value.replace(piece.encode(codec, "ignore"), b"")
        return
    element.value = re.sub(re.escape(piece), "", paths.shown(element), flags=re.IGNORECASE)


def _hide(dataset: Dataset, box: str) -> None:
    frame, left, top, right, bottom = (int(part) for part in box.split(","))
    made = pictures.pixels(dataset)
    made[frame, top:bottom, left:right] = 0
    dataset.PixelData = made.astype("u1").tobytes()
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = False
    if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
