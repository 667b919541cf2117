"""Which code a policy has for an attribute, and why: its override, its options, or the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from include.imaging.deid import additions
from include.imaging.deid.actions import UNNAMED
from include.imaging.deid.dates import SHARED_DATES
from include.imaging.deid.options import COLUMNS, Option
from include.imaging.deid.policy import Policy
from include.imaging.deid.table import EDITION, row_of
from include.imaging.dicom.uids import names_a_class

WORDS = frozenset(["CS", "LO", "LT", "SH", "ST", "UC", "UT"])
# A stand-in for one says that it is one; a code's would not.
FREE_TEXT = WORDS - {"CS"}
# What the profile empties or replaces stays under `keep_only` only where the IOD demands it, too.
_STRICTER = {"K": UNNAMED, "Z": "X/Z", "D": "X/D", "Z/D": "X/Z/D", "U": "X/Z/U*"}


@dataclass(frozen=True, slots=True)
class Choice:
    """A code of the table (X, Z, D, U, K, C or a compound), and what decided.

    Attributes:
        rule: override, option, table, house, keep_only, unlisted or none.
        reason: In words, for people.
        column: The option's column of the table, '' where no option decided.
    """

    code: str
    rule: str
    reason: str
    column: str = ""


def choose(policy: Policy, tag: int, keyword: str, vr: str) -> Choice:
    """Return what `policy` does to a standard attribute of a VR, at any place."""
    choice = (
        _override(policy, keyword) or _ruled(policy, tag, keyword) or _by_vr(policy, keyword, vr)
    )
    if policy.kept_only is None or choice.code not in _STRICTER or keyword in policy.kept_only:
        return choice
    # a text that nobody asked for is no loss, and may say anything
    code = "X/Z/D" if choice.code == "K" and vr in FREE_TEXT else _STRICTER[choice.code]
    return Choice(code, "keep_only", "`keep_only` does not name it")


def _override(policy: Policy, keyword: str) -> Choice | None:
    rule = policy.by_keyword.get(keyword)
    return Choice(rule.action, "override", rule.reason) if rule else None


def _ruled(policy: Policy, tag: int, keyword: str) -> Choice | None:
    """Return what a rule says that names the attribute: the house's, or the table's row."""
    if (rule := additions.by_keyword().get(keyword)) is not None:
        return _optional(policy, keyword, rule.options) or Choice(rule.action, "house", rule.reason)
    if (row := row_of(tag)) is not None:
        table = Choice(row.basic, "table", f"{EDITION} Table E.1-1, Basic Profile")
        return _optional(policy, keyword, row.options) or table
    return None


def _by_vr(policy: Policy, keyword: str, vr: str) -> Choice:
    if not keyword:
        return Choice("X", "none", "PS3.6 does not know it")
    if vr == "UI":
        return _uid(policy, keyword)
    if (rule := additions.by_vr().get(vr)) is not None:
        return _optional(policy, keyword, rule.options) or Choice(rule.action, "house", rule.reason)
    if vr in WORDS and policy.has(Option.DESCRIPTORS):
        return Choice("C", "unlisted", "text without a row: loses only what is known of the object")
    return Choice("K", "none", "neither the table nor a rule names it")


def _uid(policy: Policy, keyword: str) -> Choice:
    if names_a_class(keyword):
        return Choice("K", "none", "names classes or codes; replaced where it is no standard's")
    if policy.has(Option.UIDS):
        return Choice("K", "option", Option.UIDS, "uids")
    return Choice("U", "house", "a UID of an object, whatever the attribute")


def _optional(policy: Policy, keyword: str, options: Mapping[str, str]) -> Choice | None:
    """Return what the options in force make of an attribute; cleaning goes before keeping.

    Dates that many know, like those of a device, are not shifted: they would tell by how much
    the patient's were. What the table says of them without the option is done instead.
    """
    for wanted in ("C", "K"):
        for option, column in COLUMNS.items():
            is_shared = option is Option.MODIFIED_DATES and keyword in SHARED_DATES
            if column in policy.columns and options.get(column) == wanted and not is_shared:
                return Choice(wanted, "option", option, column)
    return None
