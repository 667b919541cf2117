"""Finds the numbers of an address, postal codes of any country among them, by where they stand."""

from __future__ import annotations

import re
from functools import cache

from include.imaging.deid.text.codes import is_measure
from include.imaging.deid.text.lexicon import Kind, cues, is_listed, kind_of
from include.imaging.deid.text.terms import is_eponym, is_paired, is_term_code, is_unknown
from include.imaging.deid.text.tokens import Line

_LONGEST_CUE = 2
_MOST_WORDS = 14
_NEAR = 4
_AT = frozenset({"at", "addr", "address"})
_LONGEST_ABBREVIATION = 3
_LONGEST_CODE_LETTERS = 4
_FEWEST_DIGITS = 3
_GAP = re.compile(r"[ \t]{0,2}[-.,/#;:\n\u2013]{0,2}[ \t]{0,2}\Z")
_CUE_GAP = re.compile(r"[ \t]{0,3}[-:.=,#\n]{0,2}[ \t]{0,3}\Z")
_JOINTS = frozenset({"", " ", "-", "\u2013"})


def mark_addresses(line: Line) -> None:
    """Drop the numbers beside a place that is dropped, and what follows the cue of an address."""
    tokens = line.tokens
    firsts = _first_words()
    for at, token in enumerate(tokens):
        if token.word in firsts and (size := _cue_size(line, at)):
            _mark_behind_cue(line, at + size)
    if not any(token.is_place for token in tokens):
        return
    for at in range(1, len(tokens)):
        if tokens[at - 1].is_place and not tokens[at].is_dropped and _is_code(line, at, at, 1):
            line.drop_place(at, at + 1)
    for at in range(len(tokens) - 2, -1, -1):
        if tokens[at + 1].is_place and not tokens[at].is_dropped and _is_code(line, at, at + 1, -1):
            line.drop_place(at, at + 1)


@cache
def _first_words() -> frozenset[str]:
    return frozenset(cue.partition(" ")[0] for cue in cues()["address_cues"])


def _cue_size(line: Line, at: int) -> int:
    """Return how many tokens the cue of an address has here, 0 for none."""
    phrase = ""
    found = 0
    for size, token in enumerate(line.tokens[at : at + _LONGEST_CUE], start=1):
        if size > 1 and token.gap != " ":
            break
        phrase = f"{phrase} {token.word}".strip()
        if phrase in cues()["address_cues"]:
            found = size
    return found


def _mark_behind_cue(line: Line, first: int) -> None:
    """Drop numbers, codes and names up to the end of the sentence or the first clinical word."""
    tokens = line.tokens
    at = first
    named = first < len(tokens) and _has_form(line, first) and _is_told(line, first)
    while at < len(tokens) and at - first < _MOST_WORDS:
        token = tokens[at]
        if not (_CUE_GAP if at == first else _GAP).match(token.gap):
            return
        if at > first and _ends_sentence(line, at):
            return
        name = not token.is_number and is_unknown(line, at)
        if not (token.is_dropped or name or _is_part(line, at, named or at > first)):
            return
        line.drop_place(at, at + 1)
        at += 1


def _is_told(line: Line, first: int) -> bool:
    """Whether the cue says for sure that an address follows: with a colon, or lives at."""
    return ":" in line.tokens[first].gap or line.tokens[first - 1].word in _AT


def _has_form(line: Line, first: int) -> bool:
    """Whether a number or an unknown word stands near the beginning of what a colon names."""
    near = range(first, min(len(line.tokens), first + _NEAR))
    return any(
        (line.tokens[at].is_number and not is_measure(line, at)) or is_unknown(line, at)
        for at in near
    )


def _ends_sentence(line: Line, at: int) -> bool:
    """Whether a dot ends what stands before a token, and is not that of an abbreviation."""
    token, before = line.tokens[at], line.tokens[at - 1]
    if ";" in token.gap:
        return True
    short = not before.is_number and len(before.text) <= _LONGEST_ABBREVIATION
    short &= before.gap != "" or at == 1
    return token.gap.startswith(". ") and not token.is_number and not short


def _is_part(line: Line, at: int, inside: bool) -> bool:
    """Whether a token is a house number, a part of a postal code, or a word of streets."""
    token = line.tokens[at]
    if token.is_number:
        return not is_measure(line, at)
    if is_term_code(line, at) or is_eponym(line, at):
        return False
    if inside and _is_link(line, at):
        return True
    kind = kind_of(token.word)
    clinical = kind is Kind.CLINICAL and (is_listed(token.word) or not token.is_title)
    if inside and (not clinical or _is_tied(line, at)) and _is_of_place(line, at):
        return True
    dotted = line.gap_after(at).startswith(".")
    sequence = at + 1 < len(line.tokens) and not line.tokens[at + 1].gap and token.gap != ""
    single = (
        len(token.word) == 1
        and not sequence
        and (dotted or (inside and not _goes_on_clinical(line, at)))
    )
    return single or _is_code_letters(line, at)


def _is_of_place(line: Line, at: int) -> bool:
    """Whether a known word goes on with an address: Suite, Junction, das; not a field or verb."""
    token = line.tokens[at]
    if ":" in line.gap_after(at)[:2] or token.word in cues()["address_cues"]:
        return False
    if is_paired(line, at) or _begins_sentence(line, at):
        return False
    return token.is_title or not line.has_small


def _begins_sentence(line: Line, at: int) -> bool:
    """Whether a capitalised word leads on to known small ones: Persistent cough."""
    ahead = line.tokens[at + 1 : at + 2]
    if not ahead or not line.tokens[at].is_title or ahead[0].gap != " ":
        return False
    small = ahead[0].text.islower() and not ahead[0].is_number
    linked = ahead[0].word in cues()["place_links"] or ahead[0].word in cues()["particles"]
    return small and not linked and not is_unknown(line, at + 1)


def _goes_on_clinical(line: Line, at: int) -> bool:
    ahead = line.tokens[at + 1 : at + 2]
    return bool(ahead) and kind_of(ahead[0].word) is Kind.CLINICAL


def _is_link(line: Line, at: int) -> bool:
    """Whether a small word leads on to the name of a place: nad, de la."""
    links = cues()["place_links"] | cues()["particles"]
    for other in range(at, min(len(line.tokens), at + _NEAR)):
        token = line.tokens[other]
        if other > at and (token.is_dropped or is_unknown(line, other)):
            return True
        if token.word not in links or (other > at and token.gap.strip()):
            return False
    return False


def _is_tied(line: Line, at: int) -> bool:
    """Whether more of the address follows a capitalised clinical word: Light Apt. 920, Colon 12."""
    spread = not line.has_small and at > 0 and line.tokens[at - 1].is_place
    if not (line.tokens[at].is_title or spread) or is_paired(line, at):
        return False
    for other in range(at + 1, min(len(line.tokens), at + _NEAR)):
        token = line.tokens[other]
        if _ends_sentence(line, other) or not _GAP.match(token.gap) or token.text.islower():
            return False
        if token.is_number:
            return not is_measure(line, other)
        if token.is_dropped or is_unknown(line, other):
            return True
    return False


def _is_code(line: Line, at: int, joint: int, step: int) -> bool:
    """Whether a token beside a place is a number of its address."""
    token = line.tokens[at]
    if not _GAP.match(line.tokens[joint].gap):
        return False
    if not token.is_number:
        return _is_code_letters(line, at) or _is_half(line, at, step)
    if is_measure(line, at):
        return False
    beyond = at + step
    grouped = 0 <= beyond < len(line.tokens) and (
        line.tokens[beyond].is_number and line.tokens[max(at, beyond)].gap in _JOINTS
    )
    known = 0 <= at - step < len(line.tokens) and line.tokens[at - step].is_number
    return len(token.text) >= _FEWEST_DIGITS or grouped or known or "," in line.tokens[joint].gap


def _is_half(line: Line, at: int, step: int) -> bool:
    """Whether two capitals between a number of four digits and a place are half of a code."""
    token, before = line.tokens[at], line.tokens[at - 1]
    if at == 0 or not token.text.isupper() or len(token.text) != len("AB") or token.gap != " ":
        return False
    ahead = line.tokens[at + 1 : at + 2]
    ends = step < 0 or not ahead or bool(ahead[0].gap.strip())
    return ends and before.is_number and len(before.text) == _FEWEST_DIGITS + 1


def _is_code_letters(line: Line, at: int) -> bool:
    """Whether capitals are half of a postal code: 1234 AB, SW1A 2AB; glued to a digit or behind."""
    token = line.tokens[at]
    if token.is_number or not token.text.isupper() or len(token.text) > _LONGEST_CODE_LETTERS:
        return False
    if is_term_code(line, at):
        return False
    before = line.tokens[at - 1] if at else None
    behind = before is not None and before.is_number and before.is_dropped
    if behind and len(token.text) == len("AB") and token.gap == " ":
        return kind_of(token.word) is None and len(line.tokens[at - 1].text) == _FEWEST_DIGITS + 1
    glued_behind = behind and not token.gap
    ahead = line.tokens[at + 1 : at + 2]
    glued_ahead = bool(ahead) and ahead[0].is_number and not ahead[0].gap
    return (glued_behind or (glued_ahead and kind_of(token.word) is None)) and len(
        token.text
    ) <= len("AB")
