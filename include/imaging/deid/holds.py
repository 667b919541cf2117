"""Which objects a policy holds back whole, because nobody can say what their payload shows."""

from __future__ import annotations

from fnmatch import fnmatchcase

from pydicom.dataset import Dataset

from include.imaging.deid.additions import Hold, house_rules
from include.imaging.dicom.uids import sop_class_keyword
from include.imaging.findings import finding
from include.imaging.model import Finding, Stage


def held_back(dataset: Dataset) -> tuple[Finding, ...]:
    """Return one finding a code for which an object is held back; empty when none does."""
    if not sop_class_keyword(str(dataset.SOPClassUID)):
        return (finding("UNKNOWN_SOP_CLASS", Stage.DEIDENTIFY),)
    found: dict[str, Finding] = {}
    for hold in house_rules().holds:
        if hold.code in found:
            continue
        if all(_matches(dataset, keyword, hold) for keyword in hold.when):
            found[hold.code] = finding(hold.code, Stage.DEIDENTIFY, hold.reason)
    return tuple(found.values())


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
