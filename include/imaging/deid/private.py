"""Private attributes: which may stay, by their creator, and what is done to them then."""

from __future__ import annotations

import csv
import hashlib
from functools import cache
from pathlib import Path

from pydicom.datadict import private_dictionary_VR

from include.imaging.deid.actions import Action
from include.imaging.deid.options import Option
from include.imaging.deid.policy import Policy

SAFE = Path(__file__).parent / "data" / "safe_private.csv"
FIRST_BLOCK = 0x10
_NAMES_SOMEBODY = frozenset(["AE", "PN", "UR"])
_TEXTS = frozenset(["CS", "LO", "LT", "SH", "ST", "UC", "UT"])
# Nobody can look into these, so that nobody can say that they are safe.
_OPAQUE = frozenset(["OB", "OD", "OF", "OL", "OV", "OW", "UN"])


@cache
def safe() -> frozenset[tuple[int, str, int]]:
    """Return group, creator and element of every attribute of PS3.15 Table E.3.10-1."""
    with SAFE.open(encoding="utf-8", newline="") as file:
        return frozenset(
            (int(row["group"], 16), row["creator"], int(row["element"], 16))
            for row in csv.DictReader(file)
        )


@cache
def digest() -> str:
    """Return the SHA-256 (hex) of the table, for the policy's fingerprint."""
    return hashlib.sha256(SAFE.read_bytes()).hexdigest()


def is_creator(tag: int) -> bool:
    """Return whether a private tag reserves a block: (gggg,0010) to (gggg,00FF), PS3.5 7.8.1."""
    return FIRST_BLOCK <= tag & 0xFFFF <= 0xFF


def creator_tag(tag: int) -> int:
    """Return the tag of the element that names the creator of a private attribute."""
    return tag & 0xFFFF0000 | (tag & 0xFF00) >> 8


def private_vr(tag: int, creator: str) -> str:
    """Return the VR that pydicom's dictionary of private attributes has, or UN."""
    try:
        return private_dictionary_VR(tag, creator)
    except KeyError:
        return "UN"


def may_stay(policy: Policy, tag: int, creator: str) -> bool:
    """Return whether a policy lets a private attribute of a creator stay, in any VR."""
    key = (tag >> 16, creator, tag & 0xFF)
    if creator and (rule := policy.by_private_key.get(key)) is not None:
        return rule.action != "X"
    return policy.has(Option.SAFE_PRIVATE) and key in safe()


def private_action(policy: Policy, tag: int, creator: str, vr: str) -> Action:
    """Return what a policy does to a private attribute; `creator` is '' where none is named.

    "Safe" in the standard is safe to look at: UIDs are replaced, texts cleaned and dates
    treated as any others, and what cannot be looked into goes (PS3.15 E.3.10).
    """
    key = (tag >> 16, creator, tag & 0xFF)
    if creator and (rule := policy.by_private_key.get(key)) is not None:
        return _by_vr(policy, vr) if rule.action == "C" else Action(rule.action)
    return _by_vr(policy, vr) if may_stay(policy, tag, creator) else Action.REMOVE


def _by_vr(policy: Policy, vr: str) -> Action:
    if vr in _NAMES_SOMEBODY or vr in _OPAQUE:
        return Action.REMOVE
    if vr == "UI":
        return Action.UID
    if vr in ("DA", "DT", "TM"):
        return _moment(policy, vr)
    return Action.CLEAN if vr in _TEXTS else Action.KEEP


def _moment(policy: Policy, vr: str) -> Action:
    if policy.has(Option.FULL_DATES):
        return Action.KEEP
    if policy.has(Option.MODIFIED_DATES):
        return Action.KEEP if vr == "TM" else Action.SHIFT
    return Action.REMOVE
