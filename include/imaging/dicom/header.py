"""What the header of a file says: facts for packing, where the data set begins, findings."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydicom.datadict import tag_for_keyword
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPIPHTJ2KReferencedDeflate,
    MediaStorageDirectoryStorage,
)

from include.imaging.dicom.deflate import InflationError, inflated
from include.imaging.dicom.envelope import PREAMBLE_LENGTH, Buffer, marked_start
from include.imaging.dicom.modalities import defined_modality
from include.imaging.dicom.walk import (
    TooManyPartsError,
    TruncatedError,
    UnparsableError,
    Walk,
    has_vr,
)
from include.imaging.findings import finding
from include.imaging.model import Finding, HeaderFacts, Stage

UID_CHARACTERS = 64
UIDS = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_DEFLATED = {
    DeflatedExplicitVRLittleEndian,
    UID("1.2.840.10008.1.2.4.95"),  # JPIP Referenced Deflate, which pydicom has no name for
    JPIPHTJ2KReferencedDeflate,
}


def _tag(keyword: str) -> int:
    tag = tag_for_keyword(keyword)
    assert tag is not None
    return tag


_FACTS = frozenset(_tag(keyword) for keyword in (*UIDS, "Modality"))
_META = frozenset(_tag(keyword) for keyword in ("MediaStorageSOPClassUID", "TransferSyntaxUID"))


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself. `dataset_offset` is 0 where a data set cannot be told apart.

    `facts` is None when the bytes are no DICOM at all.
    """

    facts: HeaderFacts | None
    findings: tuple[Finding, ...] = ()
    dataset_offset: int = 0


def read_facts(data: Buffer) -> Header:
    """Return what the header of a whole file says; any bytes give a header, never an error.

    The structure is walked to its end, so that a file cut anywhere is a finding. UIDs with
    leading zeros pass: HealthImaging takes them, and they are replaced anyway.
    """
    if not len(data):
        return Header(None, _found("EMPTY_FILE"))
    start = _meta_start(data)
    if start is not None:
        return _read_file(data, start)
    for little in (True, False):
        if _is_dataset(data, little):
            values, findings = _walk(data, 0, has_vr(data, 0), little)
            return Header(_facts(values, ""), _found("NO_FILE_META") + findings)
    return Header(None, _found("NOT_DICOM"))


def _read_file(data: Buffer, start: int) -> Header:
    """Read a file whose file meta information begins at `start` (PS3.10 7.1)."""
    findings = () if start > PREAMBLE_LENGTH else _found("NO_PREAMBLE")
    meta = Walk(data, start, explicit=True, wanted=_META, group=0x0002)
    try:
        offset = meta.run()
    except TruncatedError:
        return Header(_facts({}, ""), findings + _found("TRUNCATED", "file meta information"))
    except TooManyPartsError:
        return Header(_facts({}, ""), findings + _found("TOO_MANY_ELEMENTS"))
    except UnparsableError as error:
        return Header(_facts({}, ""), findings + _found("UNPARSABLE", str(error)))
    syntax = _text(meta.values, "TransferSyntaxUID")
    if not syntax:
        findings += _found("NO_FILE_META")
    if offset >= len(data):
        return Header(_facts({}, syntax), findings + _found("TRUNCATED", "no data set"), offset)
    values, found = _read_dataset(data, offset, syntax)
    if _text(meta.values, "MediaStorageSOPClassUID") == MediaStorageDirectoryStorage:
        kept = tuple(each for each in found if each.code not in ("MISSING_UID", "INVALID_UID"))
        found = (*kept, *_found("MEDIA_DIRECTORY"))
    return Header(_facts(values, syntax), findings + found, offset)


def _read_dataset(
    data: Buffer, offset: int, syntax: str
) -> tuple[dict[int, bytes], tuple[Finding, ...]]:
    if syntax in _DEFLATED:
        try:
            with inflated(data, offset) as (plain, complete):
                values, findings = _walk(plain, 0, True, True)
        except InflationError as error:
            return {}, _found(error.code)
        if not complete and all(each.code != "TRUNCATED" for each in findings):
            findings += _found("TRUNCATED", "deflated data set")
        return values, findings
    # a data set in another VR encoding than its transfer syntax says is read as it is written
    explicit = has_vr(data, offset)
    if syntax and syntax != ImplicitVRLittleEndian:
        explicit = explicit or not _is_implicit(data, offset)
    return _walk(data, offset, explicit, syntax != ExplicitVRBigEndian)


def _walk(
    data: Buffer, offset: int, explicit: bool, little: bool
) -> tuple[dict[int, bytes], tuple[Finding, ...]]:
    """Return the wanted values of a data set, and what is wrong with it."""
    walk = Walk(data, offset, explicit, little, _FACTS)
    try:
        walk.run()
    except TruncatedError:
        return walk.values, _found("TRUNCATED")
    except TooManyPartsError:
        return walk.values, _found("TOO_MANY_ELEMENTS")
    except UnparsableError as error:
        return walk.values, _found("UNPARSABLE", str(error))
    return walk.values, _check_uids(walk.values)


def _check_uids(values: dict[int, bytes]) -> tuple[Finding, ...]:
    texts = {keyword: _text(values, keyword) for keyword in UIDS}
    missing = [keyword for keyword, text in texts.items() if not text]
    invalid = [keyword for keyword, text in texts.items() if text and not is_uid(text)]
    return (_found("MISSING_UID", ", ".join(missing)) if missing else ()) + (
        _found("INVALID_UID", ", ".join(invalid)) if invalid else ()
    )


def is_uid(text: str) -> bool:
    """Whether a text is a UID (PS3.5 9.1), leading zeros of a component allowed."""
    return len(text) <= UID_CHARACTERS and _UID.fullmatch(text) is not None


def _facts(values: dict[int, bytes], syntax: str) -> HeaderFacts:
    return HeaderFacts(
        sop_class_uid=_text(values, "SOPClassUID"),
        sop_instance_uid=_text(values, "SOPInstanceUID"),
        study_instance_uid=_text(values, "StudyInstanceUID"),
        series_instance_uid=_text(values, "SeriesInstanceUID"),
        # anything else in its place may be a name, and the modality travels further than facts
        modality=defined_modality(_text(values, "Modality")),
        transfer_syntax_uid=syntax,
    )


def _text(values: dict[int, bytes], keyword: str) -> str:
    raw = values.get(_tag(keyword), b"")
    return raw.decode("ascii", "replace").strip("\0 ")


def _meta_start(data: Buffer) -> int | None:
    """Return where the file meta information begins, or None when there is none."""
    if marked := marked_start(data):
        return marked
    return (
        0 if data[:2] == b"\x02\x00" and bytes(data[3:4]) <= b"\x01" and has_vr(data, 0) else None
    )


def _is_dataset(data: Buffer, little: bool) -> bool:
    """Whether bytes begin with an element of group 0008 that fits into them."""
    group = b"\x08\x00" if little else b"\x00\x08"
    if data[:2] != group or len(data) < 8 or not (little or has_vr(data, 0)):
        return False
    return has_vr(data, 0) or _is_implicit(data, 0)


def _is_implicit(data: Buffer, offset: int) -> bool:
    """Whether the first element makes sense as Implicit VR Little Endian."""
    length = int.from_bytes(data[offset + 4 : offset + 8], "little")
    return len(data) - offset >= 8 and length <= len(data) - offset - 8


def _found(code: str, detail: str = "") -> tuple[Finding, ...]:
    return (finding(code, Stage.STAGE, detail),)
