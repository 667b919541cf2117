"""Rules on a de-identified file's parts: UIDs, marks, pixels, and what may not be there."""

from __future__ import annotations

from collections.abc import Callable

from include.imaging.deid.results import Deidentified
from include.imaging.dicom.elements import Element, Walked
from include.imaging.dicom.envelope import PREAMBLE_LENGTH
from include.imaging.dicom.uids import is_standard, is_valid
from include.imaging.findings import finding
from include.imaging.model import Finding, Stage

SOP_CLASS, SOP_INSTANCE, STUDY, SERIES = 0x00080016, 0x00080018, 0x0020000D, 0x0020000E
PATIENT_ID, IDENTITY_REMOVED, METHOD = 0x00100020, 0x00120062, 0x00120063
MEDIA_CLASS, MEDIA_INSTANCE, META_SYNTAX = 0x00020002, 0x00020003, 0x00020010
META_ALLOWED = frozenset(
    {0x00020000, 0x00020001, MEDIA_CLASS, MEDIA_INSTANCE, META_SYNTAX, 0x00020012, 0x00020013}
)
PIXELS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
Rule = Callable[[Walked, Walked, Deidentified], tuple[Finding, ...]]


def promised_uids(before: Walked, after: Walked, made: Deidentified) -> tuple[Finding, ...]:
    """The output carries the promised UIDs, in the file meta group too, and no original one."""
    meta, data, original = by_tag(after.meta), by_tag(after.elements), by_tag(before.elements)
    wanted = {
        "SOPInstanceUID": (made.sop_instance_uid, data, SOP_INSTANCE),
        "MediaStorageSOPInstanceUID": (made.sop_instance_uid, meta, MEDIA_INSTANCE),
        "SeriesInstanceUID": (made.series_instance_uid, data, SERIES),
        "StudyInstanceUID": (made.study_instance_uid, data, STUDY),
        "MediaStorageSOPClassUID": (text(original, SOP_CLASS), meta, MEDIA_CLASS),
        "SOPClassUID": (text(original, SOP_CLASS), data, SOP_CLASS),
        "TransferSyntaxUID": (before.transfer_syntax_uid, meta, META_SYNTAX),
        "PatientID": (made.patient_id, data, PATIENT_ID),
    }
    wrong = [word for word, (value, where, tag) in wanted.items() if text(where, tag) != value]
    for word, tag in (("SOPInstanceUID", SOP_INSTANCE), ("StudyInstanceUID", STUDY)):
        uid = text(data, tag)
        if not is_valid(uid) or (uid == text(original, tag) and not is_standard(uid)):
            wrong.append(word)
    return tuple(finding("UID_MISMATCH", Stage.VALIDATE, word) for word in dict.fromkeys(wrong))


def nothing_forbidden(before: Walked, after: Walked, made: Deidentified) -> tuple[Finding, ...]:
    """The output has no private, overlay, curve or group-length element, and says what was done."""
    data = by_tag(after.elements)
    kinds = {kind for element in after.elements if (kind := _forbidden(element))}
    if after.preamble != bytes(PREAMBLE_LENGTH):
        kinds.add("preamble")
    if {element.tag for element in after.meta} - META_ALLOWED:
        kinds.add("file meta group")
    if text(data, IDENTITY_REMOVED) != "YES" or not text(data, METHOD):
        kinds.add("PatientIdentityRemoved or DeidentificationMethod missing")
    return tuple(finding("FORBIDDEN_ELEMENT", Stage.VALIDATE, kind) for kind in sorted(kinds))


def same_pixels(before: Walked, after: Walked, made: Deidentified) -> tuple[Finding, ...]:
    """The pixel bytes, and the fragments of encapsulated ones, are the original's."""
    return () if _pixels(before) == _pixels(after) else (finding("PIXELS_CHANGED", Stage.VALIDATE),)


RULES: tuple[Rule, ...] = (promised_uids, nothing_forbidden, same_pixels)


def by_tag(elements: tuple[Element, ...]) -> dict[int, Element]:
    """Return top-level elements by tag."""
    return {element.tag: element for element in elements if not element.path}


def text(elements: dict[int, Element], tag: int) -> str:
    """Return an element's value as text without padding, '' when it is absent."""
    element = elements.get(tag)
    return element.value.decode("ascii", "replace").strip(" \0") if element else ""


def _pixels(walked: Walked) -> list[tuple[int, bytes]]:
    return [(e.tag, e.value) for e in walked.elements if e.tag in PIXELS and not e.path]


def _forbidden(element: Element) -> str:
    group = element.tag >> 16
    if group % 2:
        return "private"
    if group >> 8 == 0x60:
        return "overlay"
    if group >> 8 == 0x50:
        return "curve"
    if group < 8 or not element.tag & 0xFFFF:
        return "group length, command or file meta element in the data set"
    return ""
