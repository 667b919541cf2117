"""What is done to an attribute: the table's compound codes resolved by the attribute's Type."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """An action of PS3.15 E.1.1; `KEEP` is for attributes that no rule names.

    `RECAST` is for one that stays in the form that its VR demands, `HOLD` for a value that
    cannot stay in an object that cannot be without it.
    """

    REMOVE = "X"
    EMPTY = "Z"
    DUMMY = "D"
    UID = "U"
    KEEP = "K"
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
    "X/Z": {"1": Action.DUMMY, "2": Action.EMPTY, "3": Action.REMOVE},
    "X/D": {"1": Action.DUMMY, "2": Action.DUMMY, "3": Action.REMOVE},
    "Z/D": {"1": Action.DUMMY, "2": Action.EMPTY, "3": Action.EMPTY},
    "X/Z/D": {"1": Action.DUMMY, "2": Action.EMPTY, "3": Action.REMOVE},
    # Emptied references of a Type 2 sequence would break the modules that list what an object
    # refers to (PS3.3 C.12.2), which is what the * stands for.
    "X/Z/U*": {"1": Action.UID, "2": Action.UID, "3": Action.REMOVE},
}
CODES = frozenset(_BY_TYPE)
# What is done, by Type, to an attribute that no rule names and whose value is none of its VR. A
# stand-in would falsify what a Type 1 attribute describes: the pixels, mostly.
UNFIT = {"1": Action.HOLD, "2": Action.EMPTY, "3": Action.REMOVE}


def resolve(code: str, attribute_type: str, vr: str) -> Action:
    """Return the action of a code for an attribute of Type '1', '2' or '3' (PS3.15 E.1.1).

    An empty sequence is no conformant stand-in for an optional one, so that one is removed.
    """
    action = _BY_TYPE[code][attribute_type]
    if action is Action.EMPTY and vr == "SQ" and attribute_type == "3":
        return Action.REMOVE
    return action
