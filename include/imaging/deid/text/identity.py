"""Temporary."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Identity:
    words: frozenset[str] = frozenset()


def identity_of(values):
    return Identity(
        frozenset(w for _, _, v in values for w in v.replace("^", " ").split() if len(w) > 2)
    )
