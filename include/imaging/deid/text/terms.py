"""Says of a word in its place whether it is known: by the lexicon, or as a name that is a term."""

from __future__ import annotations

from include.imaging.deid.text.lexicon import Kind, cues, is_known, kind_of, names_of_diseases
from include.imaging.deid.text.tokens import Line

_MOST_NAMES_OF_A_TERM = 4


def is_unknown(line: Line, at: int) -> bool:
    """Whether a token is a word of two letters or more that is on no list."""
    token = line.tokens[at]
    if token.is_number or len(token.word) < 2 or is_known(token.text, token.word):
        return False
    return not is_eponym(line, at)


def is_clinical(line: Line, at: int) -> bool:
    """Whether a token is a clinical word."""
    return kind_of(line.tokens[at].word) is Kind.CLINICAL


def is_everyday(line: Line, at: int) -> bool:
    """Whether a token is a word of everyday language that can also be a name, unlike `with`."""
    word = line.tokens[at].word
    ruled_out = word in cues()["stop"] or word in cues()["roles"] or word in cues()["titles"]
    return kind_of(word) is Kind.GENERAL and not ruled_out


def is_eponym(line: Line, at: int) -> bool:
    """Whether a name belongs to a term: Baker cyst, Osgood-Schlatter disease, Bell's palsy."""
    names = names_of_diseases()
    if not _is_name_of(line.tokens[at].word, names):
        return False
    for token in line.tokens[at + 1 : at + 1 + _MOST_NAMES_OF_A_TERM]:
        if "\n" in token.gap:
            return False
        if token.word in cues()["eponym_nouns"]:
            return True
        if token.word != "s" and not _is_name_of(token.word, names):
            return False
    return False


def _is_name_of(word: str, names: frozenset[str]) -> bool:
    return word in names or word.removesuffix("s") in names


def mark_unknown(line: Line) -> None:
    """Drop every word that is on no list, and everyday words that stand as names."""
    for at, token in enumerate(line.tokens):
        if not token.is_dropped and (is_unknown(line, at) or _stands_as_name(line, at)):
            token.is_dropped = True


def _stands_as_name(line: Line, at: int) -> bool:
    """Whether an everyday word that is also a name is capitalised within a sentence."""
    token = line.tokens[at]
    if token.word not in cues()["also_names"] or not token.is_title or at == 0:
        return False
    if token.gap.strip() or "\n" in token.gap or not line.tokens[at - 1].text.islower():
        return False
    following = line.tokens[at + 1 : at + 2]
    return not following or kind_of(following[0].word) is not Kind.CLINICAL
