"""A policy compiled: the action for every attribute at every place of an object, remembered."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.datadict import dictionary_VR, keyword_for_tag

from include.imaging.deid.actions import Action, resolve
from include.imaging.deid.iod import attribute_type
from include.imaging.deid.policy import Policy
from include.imaging.deid.table import row_of
from include.imaging.dicom.uids import names_a_class

TEXT_VRS = frozenset(
    ["AE", "AS", "CS", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UR", "UT"]
)
FREE_TEXT_VRS = frozenset(["LO", "LT", "PN", "SH", "ST", "UC", "UT"])
CODE_VRS = frozenset({"CS", "UI"})
BINARY_VRS = frozenset(["OB", "OD", "OF", "OL", "OV", "OW", "UN"])


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done to one attribute at one place, and the VR that the result is written with."""

    action: Action
    keyword: str
    vr: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where an attribute stands: the object's class and the innermost sequence.

    `is_dummy`: everything in the sequence is to be replaced by stand-ins.
    """

    sop_class_uid: str
    sequence: str = ""
    is_dummy: bool = False


class Rules:
    """The actions of a policy; safe among threads."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._known: dict[tuple[Place, int, str | None], Decision] = {}

    def decide(self, place: Place, tag: int, vr: str | None) -> Decision:
        """Return what to do with the attribute `tag`, encoded with `vr` (None when implicit)."""
        key = (place, tag, vr)
        decision = self._known.get(key)
        if decision is None:
            decision = self._known[key] = self._decide(place, tag, vr)
        return decision

    def code(self, tag: int, keyword: str, vr: str) -> str:
        """Return the code of the policy's own rule for an attribute, or the table's."""
        if (code := self._policy.by_keyword.get(keyword)) is not None:
            return code
        if (row := row_of(tag)) is not None:
            return row.basic
        if not keyword:
            return "X"
        if vr == "UI":
            return "K" if names_a_class(keyword) else "U"
        return self._policy.by_vr.get(vr, "K")

    def _decide(self, place: Place, tag: int, encoded: str | None) -> Decision:
        keyword = _keyword(tag)
        if _is_foreign(tag):
            return Decision(Action.REMOVE, keyword, encoded or "UN")
        standard = _standard_vr(tag)
        vr = encoded if encoded and encoded != "UN" else standard.split(" or ")[0]
        kind = attribute_type(place.sop_class_uid, place.sequence, keyword)
        action = resolve(self.code(tag, keyword, vr), kind, vr)
        if action is Action.UID and vr == "UN":
            vr = "UI"
        if action is Action.KEEP and vr in FREE_TEXT_VRS and standard not in TEXT_VRS:
            action = Action.REMOVE
        if place.is_dummy and action is Action.KEEP:
            action = _inside_dummy(vr)
        return Decision(action, keyword, vr)


def _is_foreign(tag: int) -> bool:
    """Return whether a tag is private, an overlay, a curve, a group length or of no data set."""
    group = tag >> 16
    return bool(group % 2) or group >> 8 in (0x50, 0x60) or group < 8 or not tag & 0xFFFF


def _inside_dummy(vr: str) -> Action:
    if vr in BINARY_VRS:
        return Action.REMOVE
    return Action.DUMMY if vr in TEXT_VRS - CODE_VRS else Action.KEEP


def _keyword(tag: int) -> str:
    row = row_of(tag)
    return keyword_for_tag(tag) or (row.keyword if row else "")


def _standard_vr(tag: int) -> str:
    try:
        return str(dictionary_VR(tag))
    except KeyError:
        return "UN"
