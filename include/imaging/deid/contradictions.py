"""What a policy must not say: keys that contradict each other, mean nothing, or keep identity."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from pydicom.datadict import tag_for_keyword

from include.imaging.deid import additions
from include.imaging.deid.additions import Override
from include.imaging.deid.dates import SHARED_DATES
from include.imaging.deid.options import CONTRADICTIONS, Option
from include.imaging.deid.table import row_of
from include.imaging.dicom.uids import names_a_class
from include.imaging.dicom.vrs import own_vrs

if TYPE_CHECKING:
    from include.imaging.deid.policy import Policy

DATES = frozenset({Option.FULL_DATES, Option.MODIFIED_DATES})
MOMENTS = frozenset({"DA", "DT", "TM"})
BIRTH = "PatientBirthDate"
CLEANABLE = frozenset({"AE", "CS", "LO", "LT", "SH", "ST", "UC", "UT", "SQ"})
# What names the patient to anybody, in VRs that would let it pass.
DIRECT_IDENTIFIERS = frozenset(
    [
        *("PatientID", "OtherPatientIDs", "OtherPatientIDsSequence", "PatientAddress"),
        *("PatientTelephoneNumbers", "PatientTelecomInformation", "MedicalRecordLocator"),
        *("InsurancePlanIdentification", "PatientMotherBirthName", "PatientBirthName"),
    ]
)
# Without these, or with others in their place, pixels or texts read as something else.
STRUCTURE = frozenset(
    [
        *("SpecificCharacterSet", "SOPClassUID", "Rows", "Columns", "NumberOfFrames"),
        *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "SamplesPerPixel"),
        *("PhotometricInterpretation", "PlanarConfiguration", "PixelData", "FloatPixelData"),
        *("DoubleFloatPixelData", "ExtendedOffsetTable", "ExtendedOffsetTableLengths"),
    ]
)
MARKS = frozenset(
    [
        *("PatientIdentityRemoved", "DeidentificationMethod"),
        *("DeidentificationMethodCodeSequence", "LongitudinalTemporalInformationModified"),
    ]
)


def faults(policy: Policy) -> Iterator[str]:
    """Yield what is wrong with a policy: the key, the rule it breaks, and what to do."""
    yield from _of_options(policy)
    yield from _of_settings(policy)
    yield from _of_pixels(policy)
    yield from _of_overrides(policy)
    yield from _of_keep_only(policy)


def _of_options(policy: Policy) -> Iterator[str]:
    options = set(policy.options)
    if len(options) < len(policy.options):
        yield "`options` names one twice: remove it"
    for together, reason in CONTRADICTIONS:
        if together <= options:
            yield f"`options`: {' and '.join(sorted(together))} exclude each other: {reason}"


def _of_settings(policy: Policy) -> Iterator[str]:
    if policy.dates and not policy.has(Option.MODIFIED_DATES):
        yield f"`dates` means nothing without {Option.MODIFIED_DATES}: add the option, or drop it"
    if policy.text and not policy.has(Option.DESCRIPTORS):
        yield f"`text` means nothing without {Option.DESCRIPTORS}: add the option, or drop it"
    keeps_ages = policy.has(Option.PATIENT) or _keeps(policy, "PatientAge")
    if policy.ages_above_89 == "kept" and not keeps_ages and BIRTH not in policy.by_keyword:
        yield f"`ages_above_89` means nothing where no age stays: add {Option.PATIENT}, or drop it"


def _of_pixels(policy: Policy) -> Iterator[str]:
    if policy.pixels and policy.pixels.text == "mask" and not policy.has(Option.PIXEL_DATA):
        yield f"`pixels` says mask, which needs the option {Option.PIXEL_DATA}: add it, or say hold"
    if policy.pixels and policy.pixels.faces != "hold" and policy.has(Option.VISUAL_FEATURES):
        yield f"`pixels.faces` must be hold under {Option.VISUAL_FEATURES}: say so, or drop either"
    waived = [entry.rule for entry in policy.pixels.let_pass] if policy.pixels else []
    if len(set(waived)) < len(waived):
        yield "`pixels.let_pass` names a rule twice: remove one"


def _keeps(policy: Policy, keyword: str) -> bool:
    rule = policy.by_keyword.get(keyword)
    return rule is not None and rule.action == "K"


def _of_overrides(policy: Policy) -> Iterator[str]:
    keys = [rule.keyword or rule.private_key for rule in policy.overrides]
    if len(set(keys)) < len(keys):
        twice = next(key for number, key in enumerate(keys) if key in keys[:number])
        name = twice if isinstance(twice, str) else f"{twice[0]:04x},{twice[1]},{twice[2]:02x}"
        yield f"`overrides` has two rules for {name}: decide on one"
    for rule in policy.overrides:
        found = _of_private(policy, rule) if rule.creator else _of_attribute(policy, rule)
        name = rule.keyword or f"{rule.creator} ({rule.group},xx{rule.element})"
        yield from (f"`overrides`: {name}: {fault}" for fault in found)


def _of_private(policy: Policy, rule: Override) -> Iterator[str]:
    if policy.has(Option.SAFE_PRIVATE):
        return
    if rule.action == "X":
        yield "private attributes go anyway: drop the rule"
    else:
        yield f"to keep private attributes is the option {Option.SAFE_PRIVATE}: add it"


def _of_attribute(policy: Policy, rule: Override) -> Iterator[str]:
    vrs = frozenset(own_vrs(tag_for_keyword(rule.keyword) or 0))
    yield from _out_of_reach(rule)
    yield from _unfit(rule, vrs)
    if rule.action in {"K", "C"}:
        yield from chain(_identity(rule, vrs), _moment(policy, rule, vrs))
    if rule.action == "C" and not vrs & MOMENTS and not policy.has(Option.DESCRIPTORS):
        yield f"C is for texts under the option {Option.DESCRIPTORS}: add it, or take X or K"


def _out_of_reach(rule: Override) -> Iterator[str]:
    tag = tag_for_keyword(rule.keyword) or 0
    if tag >> 16 < 8:
        yield "it is in no data set; file meta is always written afresh: drop the rule"
    elif rule.keyword in MARKS:
        yield "every output says itself how it was made: drop the rule"
    elif rule.keyword in STRUCTURE and rule.action != "K":
        yield "nothing can be read without it, so that it always stays: drop the rule"


def _unfit(rule: Override, vrs: frozenset[str]) -> Iterator[str]:
    if rule.action == "U" and "UI" not in vrs:
        yield f"U is for UIDs, and its VR is {' or '.join(sorted(vrs))}: take X, Z or D"
    if rule.action == "C" and not vrs & (CLEANABLE | MOMENTS):
        yield f"C cleans texts, and its VR is {' or '.join(sorted(vrs))}: take X or K"


def _identity(rule: Override, vrs: frozenset[str]) -> Iterator[str]:
    if "PN" in vrs:
        yield "a person's name may not be kept: take X, Z or D"
    elif rule.keyword in DIRECT_IDENTIFIERS:
        yield "it names the patient, so may not be kept: take X, Z or D"
    elif "UI" in vrs and not names_a_class(rule.keyword):
        yield f"a UID may not be kept; the option {Option.UIDS} may retain it: take U"
    house = additions.by_keyword().get(rule.keyword)
    if house and house.action == "X" and not house.options:
        yield f"no policy may keep it ({house.reason}): drop the rule"


def _moment(policy: Policy, rule: Override, vrs: frozenset[str]) -> Iterator[str]:
    if not vrs & MOMENTS:
        return
    if not DATES & set(policy.options):
        yield (
            f"a moment stays under an option alone: add {Option.FULL_DATES} or "
            f"{Option.MODIFIED_DATES}, or take X, Z or D"
        )
    elif policy.has(Option.MODIFIED_DATES) and "TM" not in vrs:
        if rule.action == "K":
            yield "a date that stays beside moved ones tells by how much they were: take C or X"
        elif rule.keyword in SHARED_DATES:
            yield "many know this date, so that moving it tells the patient's shift: take X or D"
    elif rule.action == "C":
        yield f"C moves dates, under the option {Option.MODIFIED_DATES} alone: take K or X"
    if rule.keyword == BIRTH and policy.ages_above_89 == "capped":
        yield (
            "beside the date of a study it tells an age above 89, which `ages_above_89: capped` "
            "hides: say kept, or take X, Z or D"
        )


def _of_keep_only(policy: Policy) -> Iterator[str]:
    names = policy.keep_only
    if names is None:
        return
    if policy.options_but_pixels:
        yield (
            "`keep_only` and options that retain or clean exclude each other: drop one of them "
            f"({', '.join(policy.options_but_pixels)})"
        )
    if unknown := [name for name in names if tag_for_keyword(name) is None]:
        yield f"`keep_only` names {unknown[0]}, which is not an attribute of PS3.6"
    if len(set(names)) < len(names):
        twice = next(name for number, name in enumerate(names) if name in names[:number])
        yield f"`keep_only` names {twice} twice"
    removed = [name for name in names if _goes(policy, name)]
    if removed:
        yield f"`keep_only` names {removed[0]}, which another rule removes: drop it"
    for name, rule in policy.by_keyword.items():
        if rule.action in {"K", "C"} and name not in names:
            yield f"`overrides` keeps {name}, which `keep_only` does not name: add it there"


def _goes(policy: Policy, keyword: str) -> bool:
    """Return whether an attribute is removed, be it in `keep_only` or not."""
    if rule := policy.by_keyword.get(keyword):
        return rule.action == "X"
    tag = tag_for_keyword(keyword) or 0
    house, row = additions.by_keyword().get(keyword), row_of(tag)
    return (house.action if house else row.basic if row else "") == "X"
