"""What a policy promises of its outputs, as far as verification must know it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def nowhere(_tag: int) -> bool:
    """Return False: the policy does so with no attribute."""
    return False


@dataclass(frozen=True, slots=True)
class Promises:
    """The default is what the policy `basic` promises: nothing is retained, nothing private.

    Args:
        retained: whether the policy keeps or cleans an attribute's value on purpose.
        shifted: whether it shifts an attribute's dates.
        private_allowed: whether a private element may stay, by its tag as it stands in the
            object and its private creator; None where none may.
        retains_uids: whether the object keeps its own UIDs.
        shifts_dates: whether it shifts any.
    """

    retained: Callable[[int], bool] = nowhere
    shifted: Callable[[int], bool] = nowhere
    private_allowed: Callable[[int, str], bool] | None = None
    retains_uids: bool = False
    shifts_dates: bool = False
