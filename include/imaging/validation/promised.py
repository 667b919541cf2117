"""Reads from compiled rules what verification must know of a policy."""

from __future__ import annotations

from functools import lru_cache

from pydicom.datadict import keyword_for_tag

from include.imaging.deid.choices import choose
from include.imaging.deid.options import Option
from include.imaging.deid.policy import Policy
from include.imaging.deid.private import may_stay
from include.imaging.deid.rules import common_attributes
from include.imaging.deid.table import row_of
from include.imaging.dicom.vrs import own_vrs
from include.imaging.validation.promises import Promises

_DATES = frozenset(["DA", "DT"])
REMEMBERED = 20_000


def promises_of(policy: Policy) -> Promises:
    """Return what `policy` retains, shifts and allows; safe among threads."""

    @lru_cache(maxsize=REMEMBERED)
    def treatment(tag: int) -> str:
        """Return `retained`, `shifted`, or '' for a value that must not be found again."""
        row, vr = row_of(tag), (*own_vrs(tag), "UN")[0]
        keyword = keyword_for_tag(tag) or (row.keyword if row else "")
        code = choose(policy, tag, keyword, vr).code
        if code == "C" and vr in _DATES:
            return "shifted"
        return "retained" if code in ("K", "C") else ""

    def private_allowed(tag: int, creator: str) -> bool:
        return may_stay(policy, tag, creator)

    for tag in common_attributes():
        treatment(tag)  # so that the first object need not wait for it
    keeps_private = policy.has(Option.SAFE_PRIVATE) or bool(policy.by_private_key)
    return Promises(
        retained=lambda tag: treatment(tag) == "retained",
        shifted=lambda tag: treatment(tag) == "shifted",
        private_allowed=private_allowed if keeps_private else None,
        retains_uids=policy.has(Option.UIDS),
        shifts_dates=policy.has(Option.MODIFIED_DATES),
    )
