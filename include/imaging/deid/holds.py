"""Which objects a policy holds back whole, because nobody can say what their payload shows."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache

from pydicom.dataset import Dataset

from include.imaging.deid.pixels.facts import facts_of, structure_of
from include.imaging.deid.pixels.options import PixelOptions
from include.imaging.deid.pixels.rules import PixelRules
from include.imaging.deid.policy import Hold, Policy
from include.imaging.dicom.uids import sop_class_keyword
from include.imaging.findings import finding
from include.imaging.model import Finding, Severity, Stage


def held_back(dataset: Dataset, policy: Policy) -> tuple[Finding, ...]:
    """Return one finding a code for which `policy` holds the object back; empty when none does."""
    if not sop_class_keyword(str(dataset.SOPClassUID)):
        return (finding("UNKNOWN_SOP_CLASS", Stage.DEIDENTIFY),)
    found = {shown.code: shown for shown in _pixels(dataset, policy)}
    for hold in policy.holds:
        if hold.code in found:
            continue
        if all(_matches(dataset, keyword, hold) for keyword in hold.when):
            found[hold.code] = finding(hold.code, Stage.DEIDENTIFY, hold.reason)
    return tuple(found.values())


def _pixels(dataset: Dataset, policy: Policy) -> tuple[Finding, ...]:
    rules = _rules(policy.pixels)
    verdict = rules.judge(facts_of(dataset, rules.keywords), structure_of(dataset))
    return tuple(found for found in verdict.findings if found.severity is Severity.ERROR)


@cache
def _rules(options: PixelOptions) -> PixelRules:
    """Return the rules for an engine that masks nothing: what would be masked is held."""
    return PixelRules(options.model_copy(update={"text": "hold", "ocr": "off"}))


def _matches(dataset: Dataset, keyword: str, hold: Hold) -> bool:
    values = _values(dataset, keyword)
    return any(fnmatchcase(value, wanted) for value in values for wanted in hold.when[keyword])


def _values(dataset: Dataset, keyword: str) -> list[str]:
    value = dataset.get(keyword)
    if value is None:
        return []
    values = [value] if isinstance(value, str) else list(value) if _is_many(value) else [value]
    texts = [str(entry).strip().upper() for entry in values]
    if keyword == "SOPClassUID":
        return [sop_class_keyword(text) for text in texts]
    return texts


def _is_many(value: object) -> bool:
    return isinstance(value, list | tuple) or type(value).__name__ == "MultiValue"
