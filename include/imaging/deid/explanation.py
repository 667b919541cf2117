"""What happens to one attribute under a policy, and why, in words."""

from __future__ import annotations

from dataclasses import dataclass

from include.imaging.deid import additions
from include.imaging.deid.actions import Action
from include.imaging.deid.attributes import Attribute
from include.imaging.deid.choices import Choice, choose
from include.imaging.deid.contradictions import MARKS
from include.imaging.deid.options import COLUMNS, Option
from include.imaging.deid.policy import Policy
from include.imaging.deid.private import private_action, safe
from include.imaging.deid.rules import is_foreign, settled
from include.imaging.deid.table import EDITION, Row, row_of

TYPES = ("1", "2", "3")
EFFECT = {
    Action.REMOVE: "X removed",
    Action.EMPTY: "Z emptied",
    Action.DUMMY: "D stand-in",
    Action.UID: "U keyed UID",
    Action.KEEP: "K kept",
    Action.CLEAN: "C text cleaned",
    Action.SHIFT: "S date moved",
    Action.RECAST: "R put right",
    Action.HOLD: "H holds the object",
}
OPTION_OF = {column: option for option, column in COLUMNS.items()}
# What the VRs of a private attribute stand for, one of each kind of treatment.
SAMPLE_VRS = ("LO", "DS", "DA", "TM", "UI", "PN", "OB")
_FOREIGN = Choice("X", "house", "private, overlay, curve and file meta attributes go as groups")
_NOTES = {
    "PatientID": "what stands in its place is the patient's keyed pseudonym",
    "PatientName": "at the top level, what stands in its place is the patient's keyed pseudonym",
    "PatientAge": "where it stays, an age above 89 becomes 090Y unless `ages_above_89` is kept",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a policy does to an attribute: `choice` decided, `actions` are by Type 1, 2 and 3."""

    attribute: Attribute
    choice: Choice
    actions: tuple[Action, Action, Action]

    @property
    def letter(self) -> str:
        """The code, as the table spells it, of what is really done.

        Cleaning that means nothing for the attribute's VR is what the table says without it.
        """
        if self.choice.code != "C" or self.actions[2] not in (Action.REMOVE, Action.EMPTY):
            return self.choice.code
        row = row_of(self.attribute.tag)
        return row.basic if row else "X"

    @property
    def done(self) -> str:
        """What is done, in words: once, or by Type where that matters."""
        return said(self.actions)

    @property
    def note(self) -> str:
        """What else is to be known, or ''."""
        if self.attribute.keyword in MARKS:
            return "written anew: every output says itself how it was made"
        return _NOTES.get(self.attribute.keyword, "")


def explain(policy: Policy, attribute: Attribute) -> Explanation:
    """Return what a policy does to a standard attribute, for each Type that it may have."""
    tag, vr = attribute.tag, attribute.vr
    if is_foreign(tag):
        return Explanation(attribute, _FOREIGN, (Action.REMOVE,) * 3)
    choice = choose(policy, tag, attribute.keyword, vr)
    first, second, third = (settled(choice, kind, vr, tag) for kind in TYPES)
    return Explanation(attribute, choice, (first, second, third))


def said(actions: tuple[Action, ...]) -> str:
    """Return actions by Type in words, those that are the same together."""
    if len(set(actions)) == 1:
        return EFFECT[actions[0]]
    kinds: dict[Action, list[str]] = {}
    for kind, action in zip(TYPES, actions, strict=True):
        kinds.setdefault(action, []).append(kind)
    return ", ".join(f"{EFFECT[a]} (Type {' or '.join(found)})" for a, found in kinds.items())


def row_in_words(row: Row | None) -> str:
    """Return what Table E.1-1 says: its code for the Basic Profile, and those of the options."""
    if row is None:
        return "not in the table"
    options = "".join(f", {OPTION_OF[c]} {code}" for c, code in row.options.items())
    flags = "".join(
        (", retired" * row.is_retired, ", in no standard IOD" * (not row.in_standard_iod))
    )
    return f"{EDITION} Table E.1-1: Basic Profile {row.basic}{options}{flags}"


def house_in_words(attribute: Attribute) -> str:
    """Return what the house's rules say of an attribute or its VR, or ''."""
    rule = additions.by_keyword().get(attribute.keyword)
    if rule is None and row_of(attribute.tag) is None and attribute.vr != "UI":
        rule = additions.by_vr().get(attribute.vr)
    if rule is None:
        return ""
    options = "".join(f", {OPTION_OF[c]} {code}" for c, code in rule.options.items())
    return f"{rule.action}{options}: {rule.reason}"


def explain_private(policy: Policy, tag: int, creator: str, vr: str) -> tuple[Action, str]:
    """Return what a policy does to a private attribute of a VR, and what decided."""
    key = (tag >> 16, creator, tag & 0xFF)
    action = private_action(policy, tag, creator, vr)
    if creator and (rule := policy.by_private_key.get(key)):
        return action, f"override: {rule.reason}"
    if key not in safe():
        return action, "Table E.3.10-1 does not name it"
    if not policy.has(Option.SAFE_PRIVATE):
        return action, f"without the option {Option.SAFE_PRIVATE} all private attributes go"
    return action, f"Table E.3.10-1 names it; {Option.SAFE_PRIVATE}, by its VR"
