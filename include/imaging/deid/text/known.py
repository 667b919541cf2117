"""Finds what is known of an object's people and places, in any form, in the tokens of a text.

A name that is also a word of the lexicon (Head, May, Young, An) goes only where it stands as a
name: beside another part of the same name or its initial, behind a title or cue (persons.py),
with a genitive 's, or, if the word is everyday language and not clinical, wherever it has a
capital, as acronyms do (Tran, Cho). A clinical word alone stays: of a patient called Head, CT HEAD
keeps its HEAD.
"""

from __future__ import annotations

import re

from include.imaging.deid.text.identity import Identity, Person
from include.imaging.deid.text.lexicon import (
    Kind,
    cues,
    is_acronym_alone,
    is_in_dictionary,
    is_listed,
    is_name_word,
    kind_of,
)
from include.imaging.deid.text.terms import is_paired
from include.imaging.deid.text.tokens import APOSTROPHES, Line, Token

_SHORTEST_NAME = 3
_SHORTEST_GLUED = 4
_SHORTEST_SEPARATED_NUMBER = 6
_LONGEST_JOINED = 72
_MOST_JOINED = 10
_MOST_PARTS = 6
_MOST_UNSPACED = 500
_JOIN = re.compile(r"[ \t]{0,2}[-./_,^'\u2019()\u2010-\u2015]{0,2}[ \t]{0,2}\Z")
_BESIDE = re.compile(r"[ \t]{0,2}[-._,^'\u2019;\u2010-\u2015]{0,2}[ \t]{0,2}\Z")
_FIELD_GAP = re.compile(r" [-\u2013/|] |[,;:|(){}\n]")
_SIDES = frozenset("lr")


class Known:
    """The forms of one identity, compiled; safe among threads."""

    def __init__(self, identity: Identity) -> None:
        self._names: dict[str, frozenset[str]] = {}
        self._weak: dict[str, frozenset[str]] = {}
        self._joined: set[str] = set()
        self._numbers = identity.numbers | identity.birth_years
        for person in identity.persons:
            self._learn_person(person)
        self._of_places = {word for place in identity.places for word in place}
        for place in identity.places:
            self._learn_place(place)
        self.dates = identity.dates
        compact = {number for number in identity.numbers if len(number) <= _LONGEST_JOINED}
        self._joined |= compact
        self._heads = {whole[:size] for whole in self._joined for size in range(1, len(whole) + 1)}
        self._unspaced = _pattern_of(identity.unspaced)

    def is_weak_name(self, word: str) -> bool:
        """Whether the word is part of a known name and also a word of the lexicon."""
        return word in self._weak

    def mark(self, line: Line) -> None:
        """Drop every token that is identity."""
        tokens = line.tokens
        for at, token in enumerate(tokens):
            if self._is_identity(line, at, token):
                token.is_dropped = True
                token.is_place = token.word in self._of_places
            if token.word[:1] and (token.word in self._heads):
                self._mark_joined(line, at)
        self._spread(line, range(len(tokens)), -1)
        self._spread(line, range(len(tokens) - 1, -1, -1), 1)

    def replaced_unspaced(self, text: str) -> list[tuple[int, int]]:
        """Return where names of scripts without blanks stand."""
        if self._unspaced is None or text.isascii():
            return []
        return [match.span() for match in self._unspaced.finditer(text)]

    def _is_identity(self, line: Line, at: int, token: Token) -> bool:
        word = token.word
        if token.is_number:
            return word in self._numbers or word.lstrip("0") in self._numbers
        if word in self._names or (word in self._joined and not is_listed(word)):
            return True
        if word in self._weak:
            return self._stands_as_name(line, at, token)
        return self._is_variant(word)

    def _stands_as_name(self, line: Line, at: int, token: Token) -> bool:
        after = line.gap_after(at)
        if after and after in APOSTROPHES and line.tokens[at + 1 : at + 2]:
            return line.tokens[at + 1].word == "s" and token.is_upper
        clinical = is_listed(token.word) and kind_of(token.word) is Kind.CLINICAL
        clinical &= not is_acronym_alone(token.word)
        if clinical and is_name_word(token.word) and _is_alone(line, at):
            return True
        if clinical or token.word in cues()["stop"]:
            return False
        if is_paired(line, at):
            return False
        return token.is_upper and (len(token.word) >= _SHORTEST_NAME or not is_listed(token.word))

    def _is_variant(self, word: str) -> bool:
        """Whether the word is a known name with an ending, an initial or another name glued on."""
        if not _SHORTEST_GLUED < len(word) <= _LONGEST_JOINED or is_listed(word):
            return False
        if word.endswith("s") and word[:-1] in self._names:
            return True
        if is_in_dictionary(word):
            return False
        sizes = range(2, len(word) - 1)
        return any(
            (size >= _SHORTEST_GLUED and word[:size] in self._names and self._is_rest(word[size:]))
            or (
                len(word) - size >= _SHORTEST_GLUED
                and word[size:] in self._names
                and self._is_rest(word[:size])
            )
            for size in (1, *sizes, len(word) - 1)
        )

    def _is_rest(self, rest: str) -> bool:
        if len(rest) <= 2 or rest in self._names or rest in self._weak:
            return True
        return kind_of(rest) is not None or (not rest.isascii() and len(rest) <= 3)

    def _mark_joined(self, line: Line, first: int) -> None:
        tokens = line.tokens
        whole = tokens[first].word
        has_gap = False
        for at in range(first + 1, min(len(tokens), first + _MOST_JOINED)):
            token = tokens[at]
            if not _JOIN.match(token.gap):
                return
            has_gap |= token.gap != ""
            whole += token.word
            if whole not in self._heads:
                return
            short = has_gap and whole.isdigit() and len(whole) < _SHORTEST_SEPARATED_NUMBER
            if whole in self._joined and not short:
                line.drop(first, at + 1)
                if tokens[at].word in self._of_places:
                    line.drop_place(first, at + 1)

    def _spread(self, line: Line, order: range, step: int) -> None:
        """Drop initials, and name parts that are words, beside what is dropped of their name."""
        tokens = line.tokens
        for at in order:
            beside = at + step
            if tokens[at].is_dropped or not 0 <= beside < len(tokens):
                continue
            neighbour = tokens[beside]
            if not neighbour.is_dropped or not _BESIDE.match(tokens[max(at, beside)].gap):
                continue
            token = tokens[at]
            if token.word in self._weak or self._is_initial(line, at, neighbour):
                token.is_dropped = True

    def _is_initial(self, line: Line, at: int, neighbour: Token) -> bool:
        token = line.tokens[at]
        if len(token.word) != 1 or token.is_number or line.is_glued(at):
            return False
        if token.word in _SIDES and "." not in line.gap_after(at) + neighbour.gap:
            return False
        letters = self._names.get(neighbour.word) or self._weak.get(neighbour.word, frozenset())
        return token.word in letters or len(neighbour.word) == 1

    def _learn_person(self, person: Person) -> None:
        for word in person.words:
            weak = len(word) < _SHORTEST_NAME or is_listed(word)
            table = self._weak if weak else self._names
            table[word] = table.get(word, frozenset()) | person.initials
        self._joined.update(_joins(person.words[:_MOST_PARTS]))

    def _learn_place(self, place: tuple[str, ...]) -> None:
        for word in place:
            if len(word) >= _SHORTEST_NAME and not is_listed(word):
                self._names.setdefault(word, frozenset())
        whole = "".join(place)
        if len(place) > 1 and len(whole) <= _LONGEST_JOINED:
            self._joined.add(whole)
        short = "".join(word[0] for word in place)
        if len(short) >= _SHORTEST_NAME and not is_listed(short):
            self._names.setdefault(short, frozenset())


def _is_alone(line: Line, at: int) -> bool:
    """Whether a capitalised word fills a field of its own, as in CT - WARD."""
    token = line.tokens[at]
    before = at == 0 or bool(_FIELD_GAP.search(token.gap))
    after = at + 1 == len(line.tokens) or bool(_FIELD_GAP.search(line.gap_after(at)))
    return token.is_upper and before and after and len(line.tokens) > 1


def _joins(words: tuple[str, ...]) -> set[str]:
    """Return the names written in one, in either order, with initials for given names."""
    ends = range(1, len(words) + 1)
    found = {"".join(words[start:end]) for end in ends for start in range(end)}
    found.add("".join((*words[1:], words[0])))
    for one in words:
        for other in words:
            if one != other:
                found |= {one + other}
    for one in words[1:]:
        found |= {words[0] + one[0], one[0] + words[0]}
    return {whole for whole in found if 3 < len(whole) <= _LONGEST_JOINED}


def _pattern_of(names: frozenset[str]) -> re.Pattern[str] | None:
    chosen = sorted(names, key=lambda name: (-len(name), name))[:_MOST_UNSPACED]
    return re.compile("|".join(map(re.escape, chosen))) if chosen else None
