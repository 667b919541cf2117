"""De-identifies one object: bytes in, verified-ready bytes or findings out."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass

from pydicom import dcmread
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.filewriter import dcmwrite

from include.imaging.deid import iod, table
from include.imaging.deid.careful import CarefulPath
from include.imaging.deid.holds import held_back
from include.imaging.deid.marks import file_meta as fresh_file_meta
from include.imaging.deid.marks import mark
from include.imaging.deid.policy import Policy
from include.imaging.deid.pseudonyms import Pseudonyms
from include.imaging.deid.rules import Rules
from include.imaging.dicom.elements import WalkError, end_of_elements, file_meta, transfer_syntax_of
from include.imaging.dicom.envelope import PREAMBLE_LENGTH, marked_start, with_preamble
from include.imaging.dicom.modalities import defined_modality
from include.imaging.dicom.plain_copy import plain_copy
from include.imaging.dicom.silence import silenced
from include.imaging.dicom.uids import is_transfer_syntax
from include.imaging.findings import finding
from include.imaging.keyring import Keyring
from include.imaging.model import Finding, Stage

# Raised with every change that alters an output.
ENGINE_VERSION = "3"
REQUIRED_UIDS = ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID")
# Of smaller pixels a copy costs nothing.
LARGE_BYTES = 2**20
PIXEL_VRS = ("OB", "OW")
# Attributes that one finding names.
MOST_SHOWN = 5
MEDIA_DIRECTORY_CLASS = "1.2.840.10008.1.3.10"


@dataclass(frozen=True, slots=True)
class Deidentified:
    """A de-identified PS3.10 file and what it says of itself; `actions` counts by action code.

    `findings` are warnings: what did not stay, though no rule of the policy asked for that.
    """

    data: bytes
    sop_instance_uid: str
    series_instance_uid: str
    study_instance_uid: str
    patient_id: str
    modality: str
    transfer_syntax_uid: str
    actions: dict[str, int]
    series_number: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """An object that does not leave, and why."""

    findings: tuple[Finding, ...]


class Deidentifier:
    """Applies one policy with one key; safe among threads.

    `fingerprint` (hex) names everything an output depends on: policy, tables, engine, key id
    and patient namespace.
    """

    def __init__(self, policy: Policy, keyring: Keyring, patient_namespace: str) -> None:
        self._policy = policy
        self._pseudonyms = Pseudonyms(keyring, patient_namespace)
        self._path = CarefulPath(Rules(policy), self._pseudonyms)
        self.fingerprint = _fingerprint(policy, keyring.key_id, patient_namespace)

    def uid(self, original: str) -> str:
        """Return the keyed UID that stands for `original`; the standard's own UIDs stay."""
        return self._pseudonyms.uid(original)

    def deidentify(self, original: bytes) -> Deidentified | Held:
        """Return the object without identity, or why it is held back; never raises on input.

        Equal input gives equal bytes. The transfer syntax stays, and pixel bytes are not
        touched. `original` is a whole PS3.10 file.
        """
        try:
            with silenced():
                return self._deidentify(original)
        except WalkError as error:
            return _held(error.code, error.cause)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - a parser's own error quotes values: only the fact leaves
            return _held("UNPARSABLE")

    def _deidentify(self, original: bytes) -> Deidentified | Held:
        if not _looks_like_dicom(original):
            return _held("NOT_DICOM" if original else "EMPTY_FILE")
        syntax = transfer_syntax_of(file_meta(original)[0])
        if not syntax:
            return _held("NO_FILE_META")
        if not is_transfer_syntax(syntax):
            return _held("UNKNOWN_TRANSFER_SYNTAX")
        dataset = _read(original)
        if dataset.file_meta.get("MediaStorageSOPClassUID") == MEDIA_DIRECTORY_CLASS:
            return _held("MEDIA_DIRECTORY")
        if missing := [word for word in REQUIRED_UIDS if not dataset.get(word)]:
            return _held("MISSING_UID", ", ".join(missing))
        if several := [word for word in REQUIRED_UIDS if not isinstance(dataset[word].value, str)]:
            return _held("INVALID_UID", ", ".join(several))
        if findings := held_back(dataset, self._policy):
            return Held(findings)
        return self._rewritten(dataset, syntax)

    def _rewritten(self, dataset: Dataset, syntax: str) -> Deidentified:
        name = "PatientName" in dataset
        done = self._path.rewrite(dataset, str(dataset.SOPClassUID))
        patient_id = str(dataset.get("PatientID") or "")
        if name:
            dataset.PatientName = patient_id
        mark(dataset)
        dataset.preamble = bytes(PREAMBLE_LENGTH)
        dataset.file_meta = fresh_file_meta(dataset, syntax)
        _stream_pixels(dataset)
        buffer = io.BytesIO()
        dcmwrite(buffer, dataset, enforce_file_format=True)
        return Deidentified(
            data=buffer.getvalue(),
            sop_instance_uid=str(dataset.SOPInstanceUID),
            series_instance_uid=str(dataset.SeriesInstanceUID),
            study_instance_uid=str(dataset.StudyInstanceUID),
            patient_id=patient_id,
            modality=defined_modality(str(dataset.get("Modality") or "")),
            transfer_syntax_uid=syntax,
            actions=dict(sorted(done.actions.items())),
            series_number=_series_number(dataset),
            findings=_unfit(done.unfit),
        )


def _read(original: bytes) -> Dataset:
    """Return the data set without its padding; WalkError where its encoding is broken.

    What it was read from is let go of: of a large object every copy counts.
    """
    plain = plain_copy(with_preamble(original))
    with io.BytesIO(plain[: end_of_elements(plain)]) as buffer:
        return dcmread(buffer, force=True)


def _stream_pixels(dataset: Dataset) -> None:
    """Have large pixels written piece by piece, so that the writer makes no copy of them."""
    pixels = dataset.get_item("PixelData") if "PixelData" in dataset else None
    if pixels is None or not isinstance(pixels.value, bytes):
        return
    if len(pixels.value) >= LARGE_BYTES and not len(pixels.value) % 2:
        vr = pixels.VR if pixels.VR in PIXEL_VRS else "OW"
        dataset["PixelData"] = DataElement(pixels.tag, vr, io.BytesIO(pixels.value))


def _looks_like_dicom(original: bytes) -> bool:
    return marked_start(original) > 0 or original[:2] in (b"\x02\x00", b"\x08\x00", b"\x00\x08")


def _series_number(dataset: Dataset) -> str:
    """Return the number, or nothing for a value that is none."""
    try:
        return str(int(dataset["SeriesNumber"].value))
    except (KeyError, TypeError, ValueError, OverflowError):
        return ""


def _unfit(keywords: set[str]) -> tuple[Finding, ...]:
    if not keywords:
        return ()
    shown = ", ".join(sorted(keywords)[:MOST_SHOWN])
    more = f" and {len(keywords) - MOST_SHOWN} more" if len(keywords) > MOST_SHOWN else ""
    return (finding("VALUE_UNFIT", Stage.DEIDENTIFY, shown + more),)


def _held(code: str, detail: str = "") -> Held:
    return Held((finding(code, Stage.DEIDENTIFY, detail),))


def _fingerprint(policy: Policy, key_id: str, namespace: str) -> str:
    parts = {
        "policy": policy.model_dump(mode="json"),
        "table": [table.EDITION, table.digest(), iod.digest()],
        "engine": ENGINE_VERSION,
        "key": key_id,
        "namespace": namespace,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
