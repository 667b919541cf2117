"""The careful path from an object's bytes to its rewritten ones: every encoding pydicom reads."""

from __future__ import annotations

import io
from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import replace

from pydicom import dcmread
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.filewriter import dcmwrite
from pydicom.sequence import Sequence

from include.imaging.deid.careful import SPECIFIC_CHARACTER_SET, CarefulPath
from include.imaging.deid.judge import Judge
from include.imaging.deid.marks import Marks
from include.imaging.deid.marks import file_meta as fresh_file_meta
from include.imaging.deid.originals import IDENTIFYING_UIDS, Identifiers
from include.imaging.deid.patients import Patients
from include.imaging.deid.pixels.envelope import trim, unsaid
from include.imaging.deid.pixels.rules import Verdict
from include.imaging.deid.pixels.treatment import treat
from include.imaging.deid.recast import BINARY_NUMBERS, UNREADABLE
from include.imaging.deid.results import Deidentified, Held
from include.imaging.deid.rules import Place, Rules
from include.imaging.deid.scene import Characters, Scene, characters_of
from include.imaging.deid.shapes import encoded, text
from include.imaging.deid.telling import TellingAttributes
from include.imaging.dicom.elements import WalkError, end_of_elements, file_meta, transfer_syntax_of
from include.imaging.dicom.envelope import PREAMBLE_LENGTH, marked_start, with_preamble
from include.imaging.dicom.modalities import defined_modality
from include.imaging.dicom.plain_copy import plain_copy
from include.imaging.dicom.uids import is_transfer_syntax
from include.imaging.findings import finding
from include.imaging.model import Finding, Severity, Stage

REQUIRED_UIDS = ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID")
# Of smaller pixels a copy costs nothing.
LARGE_BYTES = 2**20
PIXEL_VRS = ("OB", "OW")
# Attributes that one finding names.
MOST_SHOWN = 5
MEDIA_DIRECTORY_CLASS = "1.2.840.10008.1.3.10"
PATIENT_ID = 0x00100020
PIXELS_GROUP = 0x7FE0


class SlowPath:
    """De-identifies whole objects through pydicom; safe among threads."""

    def __init__(
        self, path: CarefulPath, rules: Rules, patients: Patients, marks: Marks, judge: Judge
    ) -> None:
        self._path = path
        self._patients = patients
        self._marks = marks
        self._judge = judge
        self._telling = TellingAttributes(rules)

    def deidentify(self, original: bytes) -> Deidentified | Held:
        """Return the object without identity, or why it is held back.

        Raises WalkError for one that is to be held back, and whatever pydicom raises.
        """
        if not _looks_like_dicom(original):
            return held("NOT_DICOM" if original else "EMPTY_FILE")
        syntax = transfer_syntax_of(file_meta(original)[0])
        if not syntax:
            return held("NO_FILE_META")
        if not is_transfer_syntax(syntax):
            return held("UNKNOWN_TRANSFER_SYNTAX")
        dataset = _read(original)
        if dataset.file_meta.get("MediaStorageSOPClassUID") == MEDIA_DIRECTORY_CLASS:
            return held("MEDIA_DIRECTORY")
        if missing := [word for word in REQUIRED_UIDS if not dataset.get(word)]:
            return held("MISSING_UID", ", ".join(missing))
        if several := [word for word in REQUIRED_UIDS if not isinstance(dataset[word].value, str)]:
            return held("INVALID_UID", ", ".join(several))
        with _as_encoded(dataset):
            if findings := self._judge.findings(dataset):
                return Held(findings)
            verdict = self._judge.verdict(dataset)
        return self._masked(dataset, syntax, verdict)

    def _masked(self, dataset: Dataset, syntax: str, verdict: Verdict) -> Deidentified | Held:
        before = dataset.file_meta.TransferSyntaxUID
        found = treat(dataset, verdict)
        if errors := tuple(each for each in found if each.severity is Severity.ERROR):
            return Held(errors)
        with _as_encoded(dataset, but_for=PIXELS_GROUP):
            is_trimmed, missed = trim(dataset), unsaid(dataset)
        after = dataset.file_meta.TransferSyntaxUID
        made = self._rewritten(dataset, syntax if after == before else str(after), missed)
        return replace(
            made,
            findings=(*found, *made.findings),
            rules=verdict.rules,
            is_masked=verdict.is_changed,
            is_trimmed=is_trimmed,
            regions=verdict.regions,
        )

    def originals(self, original: bytes) -> Identifiers:
        """Return what identifies an object that `deidentify` does not hold back."""
        dataset = _read(original)
        uids = (str(dataset.get(word) or "") for word in IDENTIFYING_UIDS)
        return Identifiers(_identifier(dataset) if PATIENT_ID in dataset else "", *uids)

    def _rewritten(self, dataset: Dataset, syntax: str, missed: tuple[str, ...]) -> Deidentified:
        sop_class, is_named = str(dataset.SOPClassUID), "PatientName" in dataset
        scene = self._scene(dataset, sop_class)
        self._judge.prepare(dataset)
        done = self._path.rewrite(dataset, sop_class, scene)
        if missed:  # a value that does not fit its attribute says more, and holds it before this
            raise WalkError(", ".join(missed), "PIXELS_UNDESCRIBED")
        patient_id = str(dataset.get("PatientID") or "")
        if is_named:
            dataset.PatientName = scene.pseudonym
        self._judge.finish(dataset)
        self._marks.put(dataset)
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
            findings=unfit_finding(done.unfit),
        )

    def _scene(self, dataset: Dataset, sop_class: str) -> Scene:
        characters = Characters()
        if SPECIFIC_CHARACTER_SET in dataset:
            characters = characters_of(encoded(dataset.get_item(SPECIFIC_CHARACTER_SET)))
        patient = _identifier(dataset) if PATIENT_ID in dataset else ""
        telling = self._telling.in_data_set(dataset, Place(sop_class))
        return self._patients.scene(
            patient, str(dataset.StudyInstanceUID).strip(" \0"), characters, telling
        )


@contextmanager
def _as_encoded(dataset: Dataset, but_for: int | None = None) -> Iterator[None]:
    """Let values be read within, and put them back as they are encoded.

    Of a decoded text nobody can tell which bytes it was, and in which character sets. What is
    changed within in the group `but_for`, or taken away, stays so.
    """
    before = {tag: dataset.get_item(tag) for tag in dataset.keys()}  # noqa: SIM118
    yield
    for tag, element in before.items():
        is_meant = tag not in dataset or tag.group == but_for
        if element is not None and not is_meant and dataset.get_item(tag) is not element:
            dataset[tag] = element


def _identifier(dataset: Dataset) -> str:
    """Return a PatientID as it reads where it is written as an LO, whatever its VR.

    Raises WalkError for bytes that the character set does not know: two identifiers that are
    read alike would make one patient of two.
    """
    element: DataElement | RawDataElement = dataset.get_item(PATIENT_ID)
    if isinstance(element.value, bytes) and element.VR not in BINARY_NUMBERS:
        element = dataset[PATIENT_ID] = RawDataElement(
            element.tag, "LO", len(element.value), element.value, 0, False, is_little_endian=True
        )
    value = dataset[PATIENT_ID].value
    dataset[PATIENT_ID] = element
    found = text(value)
    if isinstance(value, Sequence) or UNREADABLE in found:
        raise WalkError("", "UNREADABLE_PATIENT_ID")
    return found


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


def unfit_finding(keywords: Set[str]) -> tuple[Finding, ...]:
    """Return the warning that names attributes whose values did not stay; empty for none."""
    if not keywords:
        return ()
    shown = ", ".join(sorted(keywords)[:MOST_SHOWN])
    more = f" and {len(keywords) - MOST_SHOWN} more" if len(keywords) > MOST_SHOWN else ""
    return (finding("VALUE_UNFIT", Stage.DEIDENTIFY, shown + more),)


def held(code: str, detail: str = "") -> Held:
    """Return an object that is held back for one reason."""
    return Held((finding(code, Stage.DEIDENTIFY, detail),))
