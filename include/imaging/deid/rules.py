"""A policy compiled: the action for every attribute at every place of an object, remembered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache

from pydicom._dicom_dict import DicomDictionary
from pydicom.datadict import keyword_for_tag, tag_for_keyword

from include.imaging.deid.actions import ALL_IDENTITY, UNFIT, UNSHIFTABLE, Action, resolve
from include.imaging.deid.choices import Choice, choose
from include.imaging.deid.iod import attribute_type
from include.imaging.deid.options import Option
from include.imaging.deid.policy import Policy
from include.imaging.deid.private import private_action, private_vr
from include.imaging.deid.recast import forms
from include.imaging.deid.structured import VALUES, choice_like
from include.imaging.deid.table import row_of
from include.imaging.dicom.vrs import own_vrs

COMMON_CLASSES = ("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4")  # CT, MR
_COMMON_GROUPS = frozenset({0x0008, 0x0010, 0x0012, 0x0018, 0x0020, 0x0028, 0x0040})
_FIRST_RARE_ELEMENT = 0x1500
REMEMBERED = 50_000  # tags and creators are the input's own: nobody may fill the memory
PRIVATE = "private"  # no attribute has this keyword
TEXT_VRS = frozenset(
    ["AE", "AS", "CS", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UR", "UT"]
)
CODE_VRS = frozenset({"CS", "UI"})
TEXTS_TO_CLEAN = frozenset(["AE", "CS", "LO", "LT", "SH", "ST", "UC", "UT"])
# Actions that take anything of a value over.
TAKEN_OVER = frozenset({Action.KEEP, Action.CLEAN, Action.SHIFT})
_INSTEAD = {Action.CLEAN: ALL_IDENTITY, Action.SHIFT: UNSHIFTABLE}
_NAMED = frozenset({"PN", "UT"})  # VRs of a content item's words
BINARY_VRS = frozenset(["OB", "OD", "OF", "OL", "OV", "OW", "UN"])


class Reach(Enum):
    """What `CLEAN` takes out of a text.

    `KNOWN` is what is known of the object's people and places, `PATTERNS` also what looks like
    identity, `ALL` also what the policy's vocabulary lacks.
    """

    KNOWN = "known"
    PATTERNS = "patterns"
    ALL = "all"


@cache
def common_attributes() -> tuple[int, ...]:
    """Return the tags of PS3.6 that describe patient, study, series, acquisition and image."""
    return tuple(
        tag
        for tag in DicomDictionary
        if tag >> 16 in _COMMON_GROUPS and tag & 0xFFFF < _FIRST_RARE_ELEMENT
    )


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done to one attribute at one place, and the VR that the result is written with.

    `unfit` takes the place of `KEEP` where the value does not fit that VR. Where it came with
    another VR, `recast` are the attribute's own that may take it over; `is_unfit` says that
    none may, and `action` is then what `unfit` would be. `is_retained`: an option keeps
    UIDs, or an override keeps whatever there is.
    """

    action: Action
    keyword: str
    vr: str
    unfit: Action = Action.REMOVE
    recast: tuple[str, ...] = ()
    is_unfit: bool = False
    is_retained: bool = False
    reach: Reach = Reach.ALL


@dataclass(frozen=True, slots=True)
class Place:
    """Where an attribute stands: the object's class and the innermost sequence.

    `is_dummy`: everything in the sequence is to be replaced by stand-ins. `depth` counts the
    sequences around, where that matters. `concept` is the attribute that the content item is like
    whose elements these are, '' where it is like none.
    """

    sop_class_uid: str
    sequence: str = ""
    is_dummy: bool = False
    depth: int = 0
    concept: str = ""

    def inside(self, decision: Decision) -> Place:
        """Return the place of what stands in the sequence that was decided about."""
        is_dummy = self.is_dummy or decision.action is Action.DUMMY
        return Place(self.sop_class_uid, decision.keyword or PRIVATE, is_dummy, self.depth + 1)


class Rules:
    """The actions of a policy; safe among threads."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._known: dict[tuple[Place, int, str | None], Decision] = {}
        self._known_private: dict[tuple[Place, int, str, str | None], Decision] = {}

    def prepare(self) -> None:
        """Decide about what most headers of CT and MR hold, before the first one asks."""
        for place in map(Place, COMMON_CLASSES):
            for tag in common_attributes():
                for vr in own_vrs(tag)[:1]:
                    self.decide(place, tag, vr)

    def decide(self, place: Place, tag: int, vr: str | None) -> Decision:
        """Return what to do with the attribute `tag`, encoded with `vr` (None when implicit)."""
        key = (place, tag, vr)
        decision = self._known.get(key)
        if decision is None:
            decision = self._decide(place, tag, vr)
            if len(self._known) < REMEMBERED:
                self._known[key] = decision
        return decision

    def decide_private(self, place: Place, tag: int, creator: str, vr: str | None) -> Decision:
        """Return what to do with a private attribute of a creator ('' where none is named).

        Encoded without a VR (None) it has the one that is known of its creator.
        """
        key = (place, tag, creator, vr)
        decision = self._known_private.get(key)
        if decision is None:
            decision = self._decide_private(place, tag, creator, vr or private_vr(tag, creator))
            if len(self._known_private) < REMEMBERED:
                self._known_private[key] = decision
        return decision

    @property
    def keeps_private(self) -> bool:
        """Whether any private attribute may stay."""
        return self._policy.has(Option.SAFE_PRIVATE) or bool(self._policy.by_private_key)

    def _is_cleaned(self, sequence: str) -> bool:
        """Return whether a sequence stays only because what is in it is cleaned."""
        tag = tag_for_keyword(sequence) if sequence else None
        return tag is not None and choose(self._policy, tag, sequence, "SQ").code == "C"

    @property
    def caps_ages(self) -> bool:
        """Whether ages above 89 must not stay."""
        return self._policy.ages_above_89 == "capped"

    def _decide_private(self, place: Place, tag: int, creator: str, vr: str) -> Decision:
        action = private_action(self._policy, tag, creator, vr)
        if place.is_dummy:
            action = Action.REMOVE
        return Decision(action, "", vr, Action.REMOVE, reach=Reach.PATTERNS)

    def _decide(self, place: Place, tag: int, encoded: str | None) -> Decision:
        keyword = keyword_of(tag)
        if is_foreign(tag):
            return Decision(Action.REMOVE, keyword, encoded or "UN")
        own = own_vrs(tag)
        vr = encoded if encoded and (encoded in own or not own) else (*own, "UN")[0]
        choice, kind, named = self._chosen(place, tag, keyword, vr)
        action = settled(choice, kind, vr, tag)
        if vr == "UI" and action is Action.DUMMY:
            action = Action.UID
        if action is Action.UID and vr == "UN":
            vr = "UI"
        is_unfit = _needs_reading(action, vr, encoded) and not _may_be_written(encoded, own)
        recast = forms(encoded, own) if is_unfit and action is Action.KEEP else ()
        # a stand-in for a code would falsify what it says of the pixels
        unfit = (UNFIT if vr == "CS" else _INSTEAD.get(action, UNFIT))[kind]
        if is_unfit and not recast:
            return Decision(unfit, named, vr, unfit, is_unfit=True)
        if place.is_dummy and action in TAKEN_OVER:
            action = _inside_dummy(vr)
        may_be_any = choice.rule == "override" or (choice.rule == "option" and vr == "UI")
        is_retained = action is Action.KEEP and may_be_any
        reach = self._reach(choice, vr, place)
        return Decision(action, named, vr, unfit, recast, is_retained=is_retained, reach=reach)

    def _chosen(self, place: Place, tag: int, keyword: str, vr: str) -> tuple[Choice, str, str]:
        """Return the choice for an attribute, its Type, and the attribute it stands for."""
        is_overridden = keyword in self._policy.by_keyword
        choice = None if is_overridden else choice_like(self._policy, place.concept, tag)
        if choice is not None:
            return choice, VALUES.get(tag, "1"), place.concept if vr in _NAMED else keyword
        kind = attribute_type(place.sop_class_uid, place.sequence, keyword)
        return choose(self._policy, tag, keyword, vr), kind, keyword

    def _reach(self, choice: Choice, vr: str, place: Place) -> Reach:
        is_unlisted = choice.rule == "unlisted"
        is_inside = vr != "CS" and not place.concept and self._is_cleaned(place.sequence)
        return Reach.KNOWN if is_unlisted and not is_inside else Reach.ALL


def _may_be_written(encoded: str | None, own: tuple[str, ...]) -> bool:
    """Return whether an attribute with VRs of its `own` may come with the encoded one.

    Any attribute may come as UN (PS3.5 6.2.2). What is in no dictionary is not kept anyway.
    """
    return not encoded or encoded == "UN" or encoded in own or not own


def _needs_reading(action: Action, vr: str, encoded: str | None) -> bool:
    """Return whether an action takes anything of the value over, which another VR may hide."""
    if vr == "SQ":
        return action not in (Action.REMOVE, Action.EMPTY)
    return action in TAKEN_OVER or (action is Action.UID and encoded == "SQ")


def settled(choice: Choice, kind: str, vr: str, tag: int) -> Action:
    """Return the action of a choice for an attribute of Type '1', '2' or '3' and a VR.

    Where cleaning means nothing for the VR, it is what the table does without the option.
    """
    action = resolve(choice.code, kind, vr)
    if action is not Action.CLEAN or vr in TEXTS_TO_CLEAN:
        return action
    if vr in ("DA", "DT"):
        return Action.SHIFT
    if vr in ("SQ", "TM"):  # what is inside has rules of its own; whole days leave times alone
        return Action.KEEP
    row = row_of(tag)
    return resolve(row.basic if row else "X", kind, vr)


def is_foreign(tag: int) -> bool:
    """Return whether a tag is private, an overlay, a curve, a group length or of no data set."""
    group = tag >> 16
    return bool(group % 2) or group >> 8 in (0x50, 0x60) or group < 8 or not tag & 0xFFFF


def _inside_dummy(vr: str) -> Action:
    if vr in BINARY_VRS:
        return Action.REMOVE
    return Action.DUMMY if vr in TEXT_VRS - CODE_VRS else Action.KEEP


def keyword_of(tag: int) -> str:
    """Return the keyword of a tag by PS3.6, or by the table where that is younger, or ''."""
    row = row_of(tag)
    return keyword_for_tag(tag) or (row.keyword if row else "")
