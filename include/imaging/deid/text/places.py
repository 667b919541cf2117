"""Finds hospitals and towns, and leads to the streets, by the words beside their names."""

from __future__ import annotations

import re

from include.imaging.deid.text.lexicon import cues
from include.imaging.deid.text.streets import (
    goes_on_clinical,
    mark_street_before,
    mark_street_behind,
    mark_street_word,
    street_ends,
)
from include.imaging.deid.text.terms import is_clinical, is_eponym, is_unknown, is_unlisted
from include.imaging.deid.text.tokens import Line

_MOST_WORDS = 6
_SPLIT_CODES = frozenset({((2, 3), "-"), ((3, 2), " "), ((4, 3), "-")})
_ZIP_DIGITS = (4, 5)
_GAP = re.compile(r"[ \t]{0,2}[-.'\u2019&/_\u2010]{0,2}[ \t]{0,2}\Z")
_NAMING_LINKS = frozenset({"am", "im", "an", "zum", "zur", "de", "del", "della", "di", "la"})
_TOWN_GAP = re.compile(r"[ \t]?,[ \t]{0,2}\Z")
_BLANK_GAP = re.compile(r"[ \t]{1,2}\Z")


def mark_places(line: Line) -> None:
    """Drop names of hospitals and addresses."""
    for at, token in enumerate(line.tokens):
        size = _hospital_size(line, at)
        if size:
            _mark_hospital(line, at, at + size)
        if token.word in cues()["street_after"]:
            mark_street_before(line, at)
        if token.word in cues()["street_before"]:
            mark_street_behind(line, at)
        if token.word.endswith(street_ends()) and is_unknown(line, at):
            mark_street_word(line, at)
        if token.is_number and (len(token.text) in _ZIP_DIGITS or _is_split_code(line, at)):
            _mark_town(line, at)
        if token.text.isupper() and token.word in cues()["states"]:
            _mark_state(line, at)


def _hospital_size(line: Line, at: int) -> int:
    """Return how many tokens the noun of a hospital has here, 0 for none."""
    token = line.tokens[at]
    ahead = line.tokens[at + 1 : at + 2]
    if ahead and f"{token.word} {ahead[0].word}" in cues()["hospital_pairs"]:
        return 2 if _GAP.match(ahead[0].gap) else 0
    if token.word in cues()["hospitals"]:
        return 1
    joined = ("klinik", "klinikum", "krankenhaus", "spital", "hospital", "ziekenhuis")
    return 1 if len(token.word) > 10 and token.word.endswith(joined) else 0


def _mark_hospital(line: Line, at: int, end: int) -> None:
    first = _hospital_start(line, at)
    last = _hospital_end(line, end)
    if first < at or last > end:
        line.drop_place(first, last)


def _hospital_start(line: Line, at: int) -> int:
    """Return where the name before a hospital's noun starts: at its first unknown word.

    Clinical words after an unknown one belong to it (Sacred Heart Hospital); a run of nothing but
    place words (West General Hospital) is a name too; a clinical word alone (Pain Clinic) is not.
    """
    start, first = at, at
    while first and at - first < _MOST_WORDS:
        token = line.tokens[first - 1]
        if not _GAP.match(line.tokens[first].gap):
            break
        link = token.word in cues()["place_links"] or token.word == "s"
        capital = token.is_upper or not line.has_capitals
        if token.is_number or not (capital or link or token.is_dropped):
            break
        if first > 1 and is_eponym(line, first - 2):
            break
        first -= 1
        adjacent = token.word in cues()["place_words"] and start == first + 1 and token.is_upper
        if token.is_dropped or is_unlisted(line, first) or (adjacent and not link):
            start = first
    return start


def _hospital_end(line: Line, end: int) -> int:
    """Return the index behind the name after a hospital's noun; links only lead to a name."""
    at = last = end
    nouns = cues()["hospitals"]
    while at < len(line.tokens) and at - end < _MOST_WORDS:
        token = line.tokens[at]
        name = token.is_dropped or (
            (token.is_upper or not line.has_capitals) and is_unknown(line, at)
        )
        town = at == end and bool(_TOWN_GAP.match(token.gap))
        town &= name or (token.is_title and is_unlisted(line, at))
        name |= town
        if not town and not _GAP.match(token.gap):
            break
        noun = token.word in nouns and token.is_upper
        link = token.word in cues()["place_links"]
        named = at > end and token.is_title and line.tokens[at - 1].word in _NAMING_LINKS
        name |= named and (line.has_small or not is_clinical(line, at))
        if not (name or noun or link):
            break
        at += 1
        if name or (noun and at > end + 1):
            last = at
    return last


def _mark_town(line: Line, at: int) -> None:
    """Drop a town behind its postal code, and the code: 80331 München, 1010 Wien."""
    ahead = at + 1
    split = _is_split_code(line, at)
    glued = at > 0 and not line.tokens[at].gap
    if glued or ahead >= len(line.tokens) or not _BLANK_GAP.match(line.tokens[ahead].gap):
        return
    token = line.tokens[ahead]
    written = token.is_title or (token.is_dropped and token.text[0].isupper())
    if written and (token.is_dropped or is_unknown(line, ahead)):
        line.drop_place(at - split, ahead + 1)


def _is_split_code(line: Line, at: int) -> bool:
    """Whether a number ends a postal code in two groups: 30-059, 113 51."""
    if at == 0 or not line.tokens[at].is_number or not line.tokens[at - 1].is_number:
        return False
    sizes = len(line.tokens[at - 1].text), len(line.tokens[at].text)
    return (sizes, line.tokens[at].gap) in _SPLIT_CODES


def _mark_state(line: Line, at: int) -> None:
    """Drop Springfield, IL: an unknown capitalised word, a comma and a state."""
    if goes_on_clinical(line, at) or line.is_glued(at):
        return
    if at and "," in line.tokens[at].gap and line.tokens[at].gap.strip() == ",":
        before = line.tokens[at - 1]
        if before.is_dropped or (before.is_title and is_unknown(line, at - 1)):
            line.drop_place(at - 1, at + 1)
