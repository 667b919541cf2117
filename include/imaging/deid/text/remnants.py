"""Takes away what is left beside identity: initials, endings, glued digits and letters."""

from __future__ import annotations

import re

from include.imaging.deid.text.terms import is_unknown
from include.imaging.deid.text.tokens import APOSTROPHES, Line

_BESIDE = re.compile(r"[ \t]{0,2}[.,^'\u2019-]{0,2}[ \t]{0,2}\Z")


def mark_remnants(line: Line) -> None:
    """Drop genitives, letters and digits glued to what is dropped, and initials beside it."""
    tokens = line.tokens
    for at in range(1, len(tokens)):
        if tokens[at - 1].is_dropped and not tokens[at].is_dropped:
            _mark_behind(line, at)
    for at in range(len(tokens) - 2, -1, -1):
        if tokens[at + 1].is_dropped and not tokens[at].is_dropped:
            _mark_before(line, at)


def _mark_behind(line: Line, at: int) -> None:
    token, before = line.tokens[at], line.tokens[at - 1]
    genitive = token.word == "s" and len(token.gap) == 1 and token.gap in APOSTROPHES
    glued = not token.gap and token.is_number != before.is_number and _is_meaningless(line, at)
    if genitive or glued or _is_initial(line, at, token.gap):
        token.is_dropped = True


def _mark_before(line: Line, at: int) -> None:
    token, after = line.tokens[at], line.tokens[at + 1]
    glued = not after.gap and token.is_number != after.is_number and _is_meaningless(line, at)
    if glued or _is_initial(line, at, after.gap):
        token.is_dropped = True


def _is_meaningless(line: Line, at: int) -> bool:
    token = line.tokens[at]
    return token.is_number or len(token.word) == 1 or is_unknown(line, at)


def _leads_small(line: Line, at: int) -> bool:
    """Whether a small letter with a dot stands before a dropped word in small letters."""
    ahead = line.tokens[at + 1 : at + 2]
    return (
        bool(ahead)
        and ahead[0].is_dropped
        and ahead[0].gap in {".", ". "}
        and (ahead[0].text.islower())
    )


def _is_initial(line: Line, at: int, gap: str) -> bool:
    """Whether a capital with a dot stands beside what is dropped."""
    token = line.tokens[at]
    alone = len(token.text) == 1 and not token.is_number and not line.is_glued(at)
    alone &= token.text.isupper() or _leads_small(line, at)
    return alone and bool(_BESIDE.match(gap)) and line.gap_after(at)[:1] == "."
