"""Which attributes each level of a search takes and gives (DG/dicomweb-search, PS3.18 10.6.3)."""

import json
from functools import cache
from pathlib import Path

from pydicom.datadict import dictionary_VR, tag_for_keyword

from include.localcloud.metadata import level_of

TABLE = Path(__file__).with_name("attributes.json")
LEVELS = ("study", "series", "instance")
KEY_LEVELS = {
    "SearchDICOMStudies": ("study",),
    "SearchDICOMSeries": ("series",),
    "SearchDICOMInstances": ("instance",),
    "SearchDICOMStudyInstances": LEVELS,
    "SearchDICOMAllSeries": ("study", "series"),
    "SearchDICOMAllInstances": LEVELS,
}
# not of the data set, so made at each search
COUNTED = frozenset(
    {"ModalitiesInStudy", "NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances"}
    | {"NumberOfSeriesRelatedInstances", "InstanceAvailability", "RetrieveURL"}
)


@cache
def number_of(keyword: str) -> str:
    """The tag as DICOM JSON writes it: eight hexadecimal digits."""
    return f"{tag_for_keyword(keyword) or 0:08X}"


@cache
def vr_of(keyword: str) -> str:
    """The value representation by the dictionary."""
    return dictionary_VR(keyword)


@cache
def keys_of(action: str) -> frozenset[str]:
    """Keywords that a search can be narrowed by."""
    return frozenset(key for level in KEY_LEVELS[action] for key in _table()[level]["keys"])


@cache
def returned_by(action: str) -> frozenset[str]:
    """Keywords of what each result of a search holds if the data set does.

    Results of a search across studies or series hold those of the levels above, too.
    """
    levels = KEY_LEVELS[action]
    return frozenset(key for level in levels for key in _table()[level]["returned"])


@cache
def indexed() -> frozenset[str]:
    """Keywords of all that a search looks at or gives without being asked for more."""
    table = _table()
    kept = {k for level in LEVELS for name in ("keys", "returned") for k in table[level][name]}
    return frozenset(kept - COUNTED)


@cache
def all_tags(level: str) -> frozenset[str]:
    """Tags of what `includefield=all` gives of a study or a series."""
    levels = LEVELS[: LEVELS.index(level) + 1]
    return frozenset(
        number_of(k) for name in levels for part in _table()[name].values() for k in part
    )


def is_of_level(number: str, keyword: str, level: str) -> bool:
    """Whether an attribute may be asked for at a level; private ones may at every level."""
    if level == "instance" or int(number[:4], 16) % 2:
        return True
    above = ("Patient", "Study") if level == "study" else ("Patient", "Study", "Series")
    return number in all_tags(level) or level_of().get(keyword) in above


@cache
def _table() -> dict[str, dict[str, list[str]]]:
    table: dict[str, dict[str, list[str]]] = json.loads(TABLE.read_text())
    return table
