"""Judges whether an acronym or everyday word is meant as a name, by its cue and separators."""

from __future__ import annotations

from itertools import pairwise

from include.imaging.deid.text.lexicon import cues, is_acronym_alone, is_name_word
from include.imaging.deid.text.standing import CUE, FIELD, ROLE, TITLE, is_person_word
from include.imaging.deid.text.terms import is_eponym, is_paired
from include.imaging.deid.text.tokens import Line

_LONGEST_SHORT_NAME = 4
# Behind these, unlike behind asked or told, stands no adverb.
_BY = frozenset({"by", "per", "par", "por", "von", "door", "cc", "attn"})


def is_meant(line: Line, at: int, kind: str) -> bool:
    """Whether a known word is a name: between a cue and a separator, or a capital in a sentence."""
    if is_short_name(line, at, kind):
        return True
    token, before = line.tokens[at], line.tokens[at - 1]
    if not is_person_word(token.word) or is_paired(line, at) or is_eponym(line, at):
        return False
    told = (kind == FIELD and ":" in token.gap) or _is_by_person(line, at, kind)
    close = _is_closed(line, at)
    if told and close and (line.has_small or kind == FIELD):
        return True
    staff = kind == ROLE and before.word not in cues()["patients"] and before.word not in _BY
    return staff and close and token.gap == " " and is_name_word(token.word)


def _is_by_person(line: Line, at: int, kind: str) -> bool:
    """Whether a cue such as reported by, per or cc stands before a token; not kicked by."""
    before = line.tokens[at - 1].word
    if kind != CUE or before not in _BY:
        return False
    return before != "by" or (at > 1 and f"{line.tokens[at - 2].word} by" in cues()["person_cues"])


def _relations() -> frozenset[str]:
    words = cues()
    return frozenset(words["roles"] - words["subjects"] - words["staff"])


def is_short_name(line: Line, at: int, kind: str) -> bool:
    """Whether an acronym or word stands as a name between a person's cue and a separator.

    In capitals any does, as in wife ANN, or by WILL; in small letters acronyms: per tran.
    """
    token, before = line.tokens[at], line.tokens[at - 1]
    if not line.has_small or not 2 < len(token.text) <= _LONGEST_SHORT_NAME:
        return False
    if token.word in cues()["modalities"] or not _is_closed(line, at):
        return False
    related = kind == ROLE and before.word in _relations()
    titled = kind == TITLE and token.gap.startswith(".")
    agent = kind == CUE and before.word in cues()["agents"] | _BY
    if token.text.isupper():
        return (related and _is_spoken(token.word)) or titled or agent
    return agent and token.text.islower() and is_acronym_alone(token.word)


def _is_spoken(word: str) -> bool:
    """Whether vowels and consonants take turns, as in names: ASA and CAL, not HTN or AML."""
    vowels = [letter in "aeiouy" for letter in word]
    return all(first != second for first, second in pairwise(vowels))


def _is_closed(line: Line, at: int) -> bool:
    """Whether a separator, and no blank or hyphen alone, or the end stands behind a token."""
    gap = line.gap_after(at)
    return at + 1 == len(line.tokens) or (bool(gap.strip()) and not gap.startswith(("-", "/", "_")))
