"""Which objects a policy holds back whole, because nobody can say what their payload shows."""

from __future__ import annotations

from fnmatch import fnmatchcase

from pydicom.dataset import Dataset

from include.imaging.deid.additions import Hold, house_rules
from include.imaging.dicom.uids import sop_class_keyword
from include.imaging.findings import finding
from include.imaging.model import Finding, Stage

PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData", "PixelDataProviderURL")
OVERLAY_BIT_POSITION, OVERLAY_DATA = 0x0102, 0x3000
ABOUT_PIXELS = frozenset({"PIXELS_MAY_HOLD_TEXT", "RECOGNIZABLE_FEATURES"})


def held_back(dataset: Dataset) -> tuple[Finding, ...]:
    """Return one finding a code for which an object is held back; empty when none does."""
    if not sop_class_keyword(str(dataset.SOPClassUID)):
        return (finding("UNKNOWN_SOP_CLASS", Stage.DEIDENTIFY),)
    has_pixels = any(keyword in dataset for keyword in PIXELS)
    found: dict[str, Finding] = {}
    if has_pixels and _has_overlay_in_pixels(dataset):
        reason = "an overlay is drawn in unused bits of the pixels"
        found["PIXELS_MAY_HOLD_TEXT"] = finding("PIXELS_MAY_HOLD_TEXT", Stage.DEIDENTIFY, reason)
    for hold in house_rules().holds:
        if hold.code in found or (hold.code in ABOUT_PIXELS and not has_pixels):
            continue
        if all(_matches(dataset, keyword, hold) for keyword in hold.when):
            found[hold.code] = finding(hold.code, Stage.DEIDENTIFY, hold.reason)
    return tuple(found.values())


def _has_overlay_in_pixels(dataset: Dataset) -> bool:
    """Return whether an overlay plane has no data of its own (retired form, PS3.3 C.9.2.1.1)."""
    tags = dataset.keys()  # iterating the data set itself would decode every element
    groups = {tag.group for tag in tags if tag.group >> 8 == 0x60}
    return any(
        (group, OVERLAY_BIT_POSITION) in dataset and (group, OVERLAY_DATA) not in dataset
        for group in groups
    )


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
