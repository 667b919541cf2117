"""Finds streets by the kind in or beside their names, with their numbers, towns and codes."""

from __future__ import annotations

import re

from include.imaging.deid.text.lexicon import cues, is_core, is_name_word
from include.imaging.deid.text.terms import is_clinical, is_unknown, is_unlisted
from include.imaging.deid.text.tokens import Line

_MOST_WORDS = 6
_STATES_OR_TERMS = frozenset({"ct", "pa", "la", "ra", "or", "ms", "md", "ap"})
_MOST_STREET_WORDS = 3
_FIELD_GAPS = frozenset({", ", " ", ": ", "; ", " - "})
_LONGEST_HOUSE_NUMBER = 5
_ZIP_DIGITS = (4, 5)
_GAP = re.compile(r"[ \t]{0,2}[-.'\u2019&/_\u2010]{0,2}[ \t]{0,2}\Z")
_BLANK_GAP = re.compile(r"[ \t]{1,2}\Z")
_LIST_GAP = re.compile(r"[ \t]{0,2}[-.,'\u2019#/\n]{0,2}[ \t]{0,2}\Z")


def street_ends() -> tuple[str, ...]:
    """Return the endings of words that are streets, such as strasse, folded."""
    return tuple(sorted(cues()["street_end"]))


def mark_street_before(line: Line, at: int) -> None:
    """Drop 12 Main Street, Berliner Str. 5: the capitalised words before the kind, and a number."""
    tokens = line.tokens
    first, unknown = _street_start(line, at)
    if first == at or not tokens[at].is_upper:
        return
    end = at + 1
    alone = _is_street_alone(line, first, at)
    numbered = alone or tokens[at].word in cues()["street_numbered"]
    if numbered and _is_house_number(line, end, end):
        end += 1
    before = _is_house_number(line, first - 1, first)
    before = before and (first == 1 or tokens[first - 1].gap != "")
    clinical = all(is_clinical(line, word) for word in range(first, at))
    lookalike = tokens[at].text.isupper() and len(tokens[at].text) == 2
    if (
        lookalike
        and is_clinical(line, at)
        and not (before and _is_named_court(line, at) and _is_first_number(line, first - 1))
    ):
        return
    clinical &= tokens[at].word not in cues()["street_words"]
    if alone and (before or end > at + 1 or _is_bounded(line, first, at)):
        _mark_address(line, first - 1 if before else first, end)
    elif before and not clinical and (unknown or not lookalike):
        _mark_address(line, first - 1, end)
    elif tokens[at].word in cues()["street_words"] and _is_house_number(line, at + 1, at + 1):
        _mark_address(line, at - 1 if not unknown else first, at + 2)
    elif unknown and (end > at + 1 or tokens[at].word in cues()["street_sure"]):
        _mark_address(line, first, end)


def _street_start(line: Line, at: int) -> tuple[int, bool]:
    """Return where the words before a street's kind start, and whether one is on no list."""
    tokens = line.tokens
    first, unknown = at, False
    while first and at - first < _MOST_WORDS - 1:
        token = tokens[first - 1]
        if token.is_number or not (token.is_upper or token.is_dropped):
            break
        gap = tokens[first].gap
        if not _GAP.match(gap) or (gap.strip() and gap.strip(" ") != gap):
            break
        first -= 1
        unknown |= is_unlisted(line, first) or token.is_dropped
    while at - first > 1 and not tokens[first].is_dropped:
        acronym = tokens[first].text.isupper() and line.has_small
        term = is_core(tokens[first].word) and tokens[first].word not in cues()["also_names"]
        short = _is_edge(line, first) and at - first <= _MOST_STREET_WORDS - 1
        if not acronym and (short or not term):
            break
        first += 1
    return first, unknown


def _is_street_alone(line: Line, first: int, at: int) -> bool:
    """Whether one to three words written like names and a kind of street make its name."""
    tokens = line.tokens[first : at + 1]
    if not line.has_small or len(tokens) > _MOST_STREET_WORDS + 1:
        return False
    if not all(token.is_title for token in tokens):
        return False
    if line.tokens[at].word not in cues()["street_alone"]:
        return False
    if len(line.tokens[at].word) == len("st") and (
        goes_on_clinical(line, at) or not _is_house_number(line, first - 1, first)
    ):
        return line.tokens[at].word == "rd" and not goes_on_clinical(line, at)
    return any(_is_name_of_street(line, word, at) for word in range(first, at))


def _is_name_of_street(line: Line, at: int, kind: int) -> bool:
    """Whether a word is on no list, or also a name and no clinical word."""
    word = line.tokens[at].word
    if is_unlisted(line, at) or word in cues()["also_names"] or word == "main":
        return True
    general = line.tokens[kind].word in cues()["street_words"] and word not in cues()["stop"]
    return not is_core(word) and (is_name_word(word) or general)


def _is_edge(line: Line, at: int) -> bool:
    """Whether nothing or a separator stands before a token."""
    if at == 0 or line.tokens[at].gap.strip():
        return True
    before = line.tokens[at - 1]
    return before.is_number and (bool(before.gap) or at == 1)


def _is_bounded(line: Line, first: int, at: int) -> bool:
    """Whether a street of two words and more fills a field, or stands at an end of the text."""
    before = _is_edge(line, first)
    after = at + 1 == len(line.tokens) or bool(line.gap_after(at).strip())
    sure = line.tokens[at].word in cues()["street_words"]
    if at - first == 1:
        return sure and before and after
    return before or after


def _is_first_number(line: Line, at: int) -> bool:
    """Whether a number begins the text, or is a short one that begins a field."""
    token = line.tokens[at]
    return at == 0 or (len(token.text) < min(_ZIP_DIGITS) and token.gap in _FIELD_GAPS)


def _is_named_court(line: Line, at: int) -> bool:
    """Whether CT or DR stands right behind a name and before no clinical word."""
    named = line.tokens[at - 1].is_dropped or is_unknown(line, at - 1)
    return named and not goes_on_clinical(line, at)


def goes_on_clinical(line: Line, at: int) -> bool:
    """Whether a clinical word follows after a blank: CT ABDOMEN is no court."""
    ahead = line.tokens[at + 1 : at + 2]
    return bool(ahead) and bool(_BLANK_GAP.match(ahead[0].gap)) and is_clinical(line, at + 1)


def _is_house_number(line: Line, number: int, joint: int) -> bool:
    """Whether a token is a short number and close to the street: `joint` has the gap between."""
    tokens = line.tokens
    if not (0 <= number < len(tokens) and joint < len(tokens)):
        return False
    short = tokens[number].is_number and len(tokens[number].text) <= _LONGEST_HOUSE_NUMBER
    return short and bool(_LIST_GAP.match(tokens[joint].gap))


def mark_street_behind(line: Line, at: int) -> None:
    """Drop 5 rue de la Paix, Calle Mayor 12, Via Roma 3."""
    tokens = line.tokens
    end = at + 1
    unknown = False
    while end < len(tokens) and end - at < _MOST_WORDS + 1 and _GAP.match(tokens[end].gap):
        token = tokens[end]
        name = not token.is_number and token.is_upper
        if not (name or token.is_dropped or token.word in cues()["place_links"]):
            break
        clinical = is_clinical(line, end) and token.word not in cues()["place_links"]
        if clinical and not token.is_dropped and (unknown or not token.is_title):
            break
        unknown |= token.is_dropped or is_unlisted(line, end)
        end += 1
    before = _is_house_number(line, at - 1, at)
    after = _is_house_number(line, end, end)
    if unknown and (before or after or tokens[at].word in cues()["street_before_sure"]):
        _mark_address(line, at - 1 if before else at, end + 1 if after else end)


def mark_street_word(line: Line, at: int) -> None:
    """Drop Hauptstraße 12, Keizersgracht 5a: one word with the kind at its end, and its number."""
    tokens = line.tokens
    sure = tokens[at].word.endswith(
        ("strasse", "straat", "gasse", "allee", "gracht", "gatan", "str")
    )
    leads = at > 0 and _is_edge(line, at - 1) and tokens[at].gap == " "
    first = at - 1 if leads and _is_house_number(line, at - 1, at) else at
    if _is_house_number(line, at + 1, at + 1):
        _mark_address(line, at, at + 2)
    elif first < at:
        _mark_address(line, first, at + 1)
    elif sure and len(tokens[at].word) > 6:
        _mark_address(line, at, at + 1)


def _mark_address(line: Line, first: int, end: int) -> None:
    """Drop an address and what follows of it: glued letter, town, state, postal code."""
    tokens = line.tokens
    last = end
    while last < len(tokens) and last - end < _MOST_WORDS and _LIST_GAP.match(tokens[last].gap):
        token = tokens[last]
        glued = not token.gap and len(token.word) == 1
        code = token.is_number and len(token.text) in _ZIP_DIGITS
        coded = last + 1 < len(tokens) and len(tokens[last + 1].text) == max(_ZIP_DIGITS)
        coded = coded and tokens[last + 1].is_number
        state = token.text.isupper() and token.word in cues()["states"]
        state &= not line.is_glued(last)
        state &= "," in token.gap or coded
        state &= token.word not in _STATES_OR_TERMS or not goes_on_clinical(line, last)
        if not (
            glued
            or code
            or state
            or token.is_dropped
            or (token.is_upper and is_unknown(line, last))
        ):
            break
        last += 1
    line.drop_place(first, last)
