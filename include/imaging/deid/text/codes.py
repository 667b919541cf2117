"""Finds postal codes and what belongs to them beside words that are dropped already."""

from __future__ import annotations

from include.imaging.deid.text.lexicon import cues
from include.imaging.deid.text.tokens import Line, Token

_SPLIT_DIGITS = 5
_FEWEST_DIGITS = 3
_PREPOSITIONS = frozenset({"am", "im", "an", "auf", "zum", "zur", "beim"})
_JOINTS = frozenset({"", " ", "-", "\u2013"})


def _is_preposition(line: Line, at: int) -> bool:
    """Whether a capitalised preposition begins the name of a street: Am Graben, An der Linde."""
    token, ahead = line.tokens[at], line.tokens[at + 1]
    begins = at == 0 or bool(token.gap.strip())
    named = ahead.is_dropped and ahead.is_title and ahead.gap == " "
    return begins and named and token.is_title and token.word in _PREPOSITIONS


def mark_codes(line: Line) -> None:
    """Drop postal codes and other long numbers right beside a word that is dropped."""
    tokens = line.tokens
    for at, token in enumerate(tokens):
        if at + 1 < len(tokens) and (_is_preposition(line, at) or _is_within_code(line, at)):
            token.is_dropped = True
        if token.is_dropped or not token.is_number or is_measure(line, at):
            continue
        behind = at > 0 and _is_name(tokens[at - 1]) and token.gap == " "
        ahead = tokens[at + 1 : at + 2]
        before = bool(ahead) and _is_name(ahead[0]) and ahead[0].gap == " "
        split = behind and bool(ahead) and ahead[0].is_number and ahead[0].gap in _JOINTS
        if split and len(token.text) + len(ahead[0].text) == _SPLIT_DIGITS:
            line.drop(at, at + 2)
        elif (behind or before) and len(token.text) > _FEWEST_DIGITS:
            token.is_dropped = True


def _is_within_code(line: Line, at: int) -> bool:
    """Whether two capitals stand between four digits and a town that are dropped: 9421 RJ Liess."""
    token, ahead = line.tokens[at], line.tokens[at + 1]
    if at == 0 or len(token.text) != len("AB") or not token.text.isupper() or token.gap != " ":
        return False
    before = line.tokens[at - 1]
    code = before.is_number and before.is_dropped and len(before.text) == _FEWEST_DIGITS + 1
    return code and _is_name(ahead) and ahead.gap == " "


def _is_name(token: Token) -> bool:
    return token.is_dropped and not token.is_number and token.is_title


def is_measure(line: Line, at: int) -> bool:
    """Whether a number is a measure or part of a term: 5 mm, T2, 3 of 4, 1.5."""
    token = line.tokens[at]
    ahead = line.tokens[at + 1 : at + 2]
    if ahead and ahead[0].word in cues()["units"] and ahead[0].gap in _JOINTS:
        return not (ahead[0].word == "t" and ahead[0].gap and line.is_glued(at + 1))
    gap = line.gap_after(at)
    decimal = gap == "." and bool(ahead) and ahead[0].is_number
    fraction = token.gap == "." and at > 0 and line.tokens[at - 1].is_number
    before = line.tokens[at - 1] if at else None
    glued = before is not None and not token.gap and not before.is_number and not before.is_dropped
    return decimal or fraction or glued or gap[:1] == "%"
