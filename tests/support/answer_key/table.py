"""What Table E.1-1 of PS3.15 asks of an attribute when the options of a policy are in force."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from include.imaging.deid import data

# PS3.15 E.3: the options of the policy `research`, by the column of the table
RESEARCH = frozenset(
    {
        *("modified_dates", "patient", "device", "descriptors", "safe_private"),
        *("structured_content", "graphics"),
    }
)


class Duty(StrEnum):
    """What has to become of an attribute."""

    STAY = "stay"
    CLEAN = "clean"
    SHIFT = "shift"
    REPLACE_UID = "replace UID"
    DUMMY = "dummy"
    GO = "go"
    FREE = "not in the table"


@dataclass(frozen=True)
class Row:
    """A row of the table: the action of the Basic Profile, and of each option."""

    basic: str
    options: dict[str, str]


@cache
def rows() -> dict[str, Row]:
    """Return the rows that name one attribute, by tag in eight digits."""
    path = Path(str(data.__file__)).with_name("confidentiality.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return {
            line["tag"]: Row(line["basic"], dict(o.split(":") for o in line["options"].split()))
            for line in csv.DictReader(file)
        }


@cache
def duty(tag: int, options: frozenset[str] = RESEARCH) -> Duty:
    """Return what the table asks; an option's K goes before a C, and both before the profile."""
    row = rows().get(f"{tag:08x}") or rows().get(f"{tag:08X}")
    if row is None:
        return _repeating(tag)
    actions = {name: action for name, action in row.options.items() if name in options}
    if "K" in actions.values():
        return Duty.STAY
    if "modified_dates" in actions:
        return Duty.SHIFT
    if "C" in actions.values():
        return Duty.GO if actions == {"device": "C"} else Duty.CLEAN
    return {"U": Duty.REPLACE_UID, "D": Duty.DUMMY}.get(row.basic, Duty.GO)


def _repeating(tag: int) -> Duty:
    # curves and overlays: rows 50xxxxxx, 60xx3000 and 60xx4000
    group, element = tag >> 16, tag & 0xFFFF
    if group >> 8 == 0x50 or (group >> 8 == 0x60 and element in {0x3000, 0x4000}):
        return Duty.GO
    return Duty.FREE
