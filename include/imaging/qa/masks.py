"""Texts of a page: originals by their form alone, outputs without what could deceive a reader."""

from __future__ import annotations

import unicodedata

LONGEST_FORM, LONGEST_TEXT = 40, 200
# These belong to the form of a date, a name or an identifier; any other sign might be a mark
# of a script, so it becomes a dot.
_SIGNS = frozenset(" ^=\\./:-_,;+()[]#@*'\"&")
_OTHER, _CUT = "·", "…"


def form(text: str) -> str:
    """Return the form of a value and nothing of it: x for a letter, 9 for a digit.

    It is cut after 40 characters.
    """
    shown = "".join(map(_masked, text[:LONGEST_FORM]))
    return shown + _CUT if len(text) > LONGEST_FORM else shown


def plain(text: str) -> str:
    """Return a text without control and direction characters, cut after 200."""
    shown = "".join(_visible(each) for each in text[:LONGEST_TEXT])
    return shown + _CUT if len(text) > LONGEST_TEXT else shown


def _masked(character: str) -> str:
    if character.isnumeric():
        return "9"
    if character.isalpha():
        return "x"
    return character if character in _SIGNS else _OTHER


def _visible(character: str) -> str:
    # Cc, Cf, Cs, Co, Cn: none of them has a look of its own
    return _OTHER if unicodedata.category(character).startswith("C") else character
