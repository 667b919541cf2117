"""What is done to an attribute: the table's compound codes resolved by the attribute's Type."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """An action of PS3.15 E.1.1; `KEEP` is for attributes that no rule names.

    `CLEAN` drops identity from a text, `SHIFT` moves a date. `RECAST` is for a value that stays
    in the form that its VR demands, `HOLD` for one that cannot stay in an object that cannot be
    without it.
    """

    REMOVE = "X"
    EMPTY = "Z"
    DUMMY = "D"
    UID = "U"
    KEEP = "K"
    CLEAN = "C"
    SHIFT = "S"
    RECAST = "R"
    HOLD = "H"


# Code → action by Type 1, 2, 3. A single X or Z gives way where the IOD demands a value or the
# presence of the attribute (E.1.1 wants conformant objects): empty and dummy hide as much.
_BY_TYPE: dict[str, dict[str, Action]] = {
    "X": {"1": Action.DUMMY, "2": Action.EMPTY, "3": Action.REMOVE},
    "Z": {"1": Action.DUMMY, "2": Action.EMPTY, "3": Action.EMPTY},
    "D": {"1": Action.DUMMY, "2": Action.DUMMY, "3": Action.DUMMY},
    "U": {"1": Action.UID, "2": Action.UID, "3": Action.UID},
    "K": {"1": Action.KEEP, "2": Action.KEEP, "3": Action.KEEP},
    "C": {"1": Action.CLEAN, "2": Action.CLEAN, "3": Action.CLEAN},
    "X/Z": {"1": Action.DUMMY, "2": Action.EMPTY, "3": Action.REMOVE},
    "X/D": {"1": Action.DUMMY, "2": Action.DUMMY, "3": Action.REMOVE},
    "Z/D": {"1": Action.DUMMY, "2": Action.EMPTY, "3": Action.EMPTY},
    "X/Z/D": {"1": Action.DUMMY, "2": Action.EMPTY, "3": Action.REMOVE},
    # Emptied references of a Type 2 sequence would break the modules that list what an object
    # refers to (PS3.3 C.12.2), which is what the * stands for.
    "X/Z/U*": {"1": Action.UID, "2": Action.UID, "3": Action.REMOVE},
}
CODES = frozenset(_BY_TYPE)
# What a policy's `keep_only` leaves of an attribute that it does not name: nothing that the IOD
# can be without. A stand-in would falsify what a Type 1 attribute says of the pixels.
UNNAMED = "X/Z/K"
_BY_TYPE[UNNAMED] = {"1": Action.KEEP, "2": Action.EMPTY, "3": Action.REMOVE}
# What is done, by Type, to an attribute that no rule names and whose value is none of its VR. A
# stand-in would falsify what a Type 1 attribute describes: the pixels, mostly.
UNFIT = {"1": Action.HOLD, "2": Action.EMPTY, "3": Action.REMOVE}
# What becomes of a date that is none and cannot be shifted, and of a text that is all identity.
UNSHIFTABLE = {"1": Action.DUMMY, "2": Action.EMPTY, "3": Action.REMOVE}
ALL_IDENTITY = {"1": Action.DUMMY, "2": Action.EMPTY, "3": Action.EMPTY}


def resolve(code: str, attribute_type: str, vr: str) -> Action:
    """Return the action of a code for an attribute of Type '1', '2' or '3' (PS3.15 E.1.1).

    An empty sequence is no conformant stand-in for an optional one, so that one is removed.
    """
    action = _BY_TYPE[code][attribute_type]
    if action is Action.EMPTY and vr == "SQ" and attribute_type == "3":
        return Action.REMOVE
    return action
