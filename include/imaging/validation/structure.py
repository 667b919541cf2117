"""Rules on a de-identified file's parts: UIDs, marks, dates, and what may not be there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import product

from pydicom.datadict import tag_for_keyword

from include.imaging.deid.results import Deidentified
from include.imaging.dicom.envelope import PREAMBLE_LENGTH
from include.imaging.dicom.parts import ITEM
from include.imaging.dicom.uids import is_standard, is_valid
from include.imaging.findings import finding
from include.imaging.model import Finding, Stage
from include.imaging.validation.facts import METHOD_CODES, PRIVATE, Fact
from include.imaging.validation.needles import DATE_LENGTH
from include.imaging.validation.objects import Judged, text
from include.imaging.validation.private import all_allowed
from include.imaging.validation.promises import Promises

SOP_CLASS, SOP_INSTANCE, STUDY, SERIES = 0x00080016, 0x00080018, 0x0020000D, 0x0020000E
PATIENT_ID, IDENTITY_REMOVED, METHOD = 0x00100020, 0x00120062, 0x00120063
MEDIA_CLASS, MEDIA_INSTANCE, META_SYNTAX = 0x00020002, 0x00020003, 0x00020010
META_LENGTH = 0x00020000
META_ALLOWED = frozenset(
    {META_LENGTH, 0x00020001, MEDIA_CLASS, MEDIA_INSTANCE, META_SYNTAX, 0x00020012, 0x00020013}
)
WATCHED = frozenset({SOP_CLASS, SOP_INSTANCE, STUDY, SERIES, PATIENT_ID, IDENTITY_REMOVED, METHOD})
# CID 7050: the one code that every policy writes.
BASIC_PROFILE = {"CodeValue": "113100", "CodingSchemeDesignator": "DCM"}
_BASIC_PROFILE = {(tag_for_keyword(word), value) for word, value in BASIC_PROFILE.items()}
_BETWEEN_DIGITS = re.compile(r"[.\-/: ]")
Rule = Callable[[Judged, Judged, Deidentified, Promises], tuple[Finding, ...]]


def promised_uids(
    before: Judged, after: Judged, made: Deidentified, promises: Promises
) -> tuple[Finding, ...]:
    """The output carries the promised UIDs, in the file meta group too, and no original one."""
    meta, data, original = after.meta_by_tag, after.top, before.top
    sop_class = text(original, SOP_CLASS)
    # masked frames may have to be encoded otherwise
    syntax = made.transfer_syntax_uid if made.is_masked else before.walked.transfer_syntax_uid
    wanted = (
        ("SOPInstanceUID", made.sop_instance_uid, data, SOP_INSTANCE),
        ("MediaStorageSOPInstanceUID", made.sop_instance_uid, meta, MEDIA_INSTANCE),
        ("SeriesInstanceUID", made.series_instance_uid, data, SERIES),
        ("StudyInstanceUID", made.study_instance_uid, data, STUDY),
        ("MediaStorageSOPClassUID", sop_class, meta, MEDIA_CLASS),
        ("SOPClassUID", sop_class, data, SOP_CLASS),
        ("TransferSyntaxUID", syntax, meta, META_SYNTAX),
        ("PatientID", made.patient_id, data, PATIENT_ID),
    )
    wrong = [word for word, value, where, tag in wanted if text(where, tag) != value]
    for word, tag in (
        ("SOPInstanceUID", SOP_INSTANCE),
        ("StudyInstanceUID", STUDY),
        ("SeriesInstanceUID", SERIES),
    ):
        uid = text(data, tag)
        is_own = uid == text(original, tag) and not promises.retains_uids
        if not is_valid(uid) or (is_own and not is_standard(uid)):
            wrong.append(word)
    return tuple(finding("UID_MISMATCH", Stage.VALIDATE, word) for word in dict.fromkeys(wrong))


def nothing_forbidden(
    before: Judged, after: Judged, made: Deidentified, promises: Promises
) -> tuple[Finding, ...]:
    """The output has no private, overlay, curve or group-length element, and says what was done."""
    kinds = {fact.flaw for fact in after.watched if fact.flaw}
    allowed = promises.private_allowed
    if PRIVATE in kinds and allowed is not None and all_allowed(after.data, allowed):
        kinds.remove(PRIVATE)
    if after.walked.preamble != bytes(PREAMBLE_LENGTH):
        kinds.add("preamble")
    if not META_ALLOWED.issuperset(after.meta_by_tag):
        kinds.add("file meta group")
    if text(after.top, IDENTITY_REMOVED) != "YES" or not text(after.top, METHOD):
        kinds.add("PatientIdentityRemoved or DeidentificationMethod missing")
    if not _has_basic_code(after.watched):
        kinds.add("DeidentificationMethodCodeSequence without 113100")
    return tuple(finding("FORBIDDEN_ELEMENT", Stage.VALIDATE, kind) for kind in sorted(kinds))


def meta_length(
    before: Judged, after: Judged, made: Deidentified, promises: Promises
) -> tuple[Finding, ...]:
    """The length that the file meta group says of itself is its own (PS3.10 7.1)."""
    sizes = ((12 if f.head.is_long else 8) + len(f.bulk or f.data) for f in after.meta)
    said = after.meta_by_tag.get(META_LENGTH)
    if said and int.from_bytes(said.data, "little") == sum(sizes) - 8 - len(said.data):
        return ()
    return (finding("REREAD_FAILED", Stage.VALIDATE, "length of the file meta group"),)


def shifted_dates(
    before: Judged, after: Judged, made: Deidentified, promises: Promises
) -> tuple[Finding, ...]:
    """No date that the policy shifts stands where it stood; compared in order, place by place."""
    if not promises.shifts_dates:
        return ()
    dates = [
        [f for f in judged.watched if f.is_date and promises.shifted(f.tag)]
        for judged in (before, after)
    ]
    unshifted = {old.keyword for old, new in _places(*dates) if _share_a_date(old, new)}
    return tuple(
        finding("RESIDUAL_IDENTITY", Stage.VALIDATE, f"value of {word} in {word}")
        for word in sorted(unshifted)
    )


RULES: tuple[Rule, ...] = (promised_uids, nothing_forbidden, meta_length, shifted_dates)


def _places(before: list[Fact], after: list[Fact]) -> Iterator[tuple[Fact, Fact]]:
    """Yield what stood and what stands at each place; all pairs of it where items went."""
    standing = _by_place(after)
    for place, old in _by_place(before).items():
        new = standing.get(place, [])
        yield from zip(old, new, strict=True) if len(old) == len(new) else product(old, new)


def _by_place(facts: list[Fact]) -> dict[tuple[tuple[int, ...], int], list[Fact]]:
    found: dict[tuple[tuple[int, ...], int], list[Fact]] = defaultdict(list)
    for fact in facts:
        found[fact.head.path, fact.tag].append(fact)
    return found


def _share_a_date(before: Fact, after: Fact) -> bool:
    pairs = zip(before.text.split("\\"), after.text.split("\\"), strict=False)
    return any(_date(old) and _date(old) == _date(new) for old, new in pairs)


def _date(value: str) -> str:
    """Return the day of a DA or DT, '' for a value that names none."""
    date = _BETWEEN_DIGITS.sub("", value)[:DATE_LENGTH]
    return date if date.isdigit() and len(date) == DATE_LENGTH else ""


def _has_basic_code(watched: list[Fact]) -> bool:
    """Return whether an item of the method's codes is the one that every policy writes."""
    found: set[tuple[int, str]] = set()
    for fact in watched:
        if fact.head.path == (METHOD_CODES,):
            found = set() if fact.tag == ITEM else found | {(fact.tag, fact.text)}
            if found >= _BASIC_PROFILE:
                return True
    return False
