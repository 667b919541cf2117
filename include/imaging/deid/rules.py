"""A policy compiled: the action for every attribute at every place of an object, remembered."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.datadict import keyword_for_tag

from include.imaging.deid.actions import UNFIT, Action, resolve
from include.imaging.deid.iod import attribute_type
from include.imaging.deid.policy import Policy
from include.imaging.deid.recast import forms
from include.imaging.deid.table import row_of
from include.imaging.dicom.uids import names_a_class
from include.imaging.dicom.vrs import own_vrs

TEXT_VRS = frozenset(
    ["AE", "AS", "CS", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UR", "UT"]
)
CODE_VRS = frozenset({"CS", "UI"})
BINARY_VRS = frozenset(["OB", "OD", "OF", "OL", "OV", "OW", "UN"])


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done to one attribute at one place, and the VR that the result is written with.

    `unfit` takes the place of `KEEP` where the value does not fit that VR. Where it came with
    another VR, `recast` are the attribute's own that may take it over; `is_unfit` says that
    none may, and `action` is then what `unfit` would be.
    """

    action: Action
    keyword: str
    vr: str
    unfit: Action = Action.REMOVE
    recast: tuple[str, ...] = ()
    is_unfit: bool = False


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
        own = own_vrs(tag)
        vr = encoded if encoded and (encoded in own or not own) else (*own, "UN")[0]
        kind = attribute_type(place.sop_class_uid, place.sequence, keyword)
        action = resolve(self.code(tag, keyword, vr), kind, vr)
        if action is Action.UID and vr == "UN":
            vr = "UI"
        is_unfit = _needs_reading(action, vr, encoded) and not _may_be_written(encoded, own)
        recast = forms(encoded, own) if is_unfit and action is Action.KEEP else ()
        if is_unfit and not recast:
            return Decision(UNFIT[kind], keyword, vr, UNFIT[kind], is_unfit=True)
        if place.is_dummy and action is Action.KEEP:
            action = _inside_dummy(vr)
        return Decision(action, keyword, vr, UNFIT[kind], recast)


def _may_be_written(encoded: str | None, own: tuple[str, ...]) -> bool:
    """Return whether an attribute with VRs of its `own` may come with the encoded one.

    Any attribute may come as UN (PS3.5 6.2.2). What is in no dictionary is not kept anyway.
    """
    return not encoded or encoded == "UN" or encoded in own or not own


def _needs_reading(action: Action, vr: str, encoded: str | None) -> bool:
    """Return whether an action takes anything of the value over, which another VR may hide."""
    if vr == "SQ":
        return action not in (Action.REMOVE, Action.EMPTY)
    return action is Action.KEEP or (action is Action.UID and encoded == "SQ")


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
