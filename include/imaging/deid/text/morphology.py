"""Recognises clinical words that no list holds by how they are made."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_WORD = 48
_SHORTEST = 7
_LONGEST_ACRONYM = 4
_VOWELS = frozenset("aeiouy")
_SHORTEST_PIECE = 4
_SHORTEST_ROOT = 5
_ADJECTIVES = ("ic", "al", "ar", "ous", "ical", "ial", "eal", "oid", "ine")
_LINKS = ("", "s", "n", "en", "es", "o", "i")


@dataclass(frozen=True, slots=True)
class Shapes:
    """What words are made of, folded: endings, prefixes, pieces of compounds, and short ones."""

    endings: tuple[str, ...]
    prefixes: frozenset[str]
    pieces: frozenset[str]
    short_pieces: frozenset[str]
    longest_prefix: int


def is_acronym(word: str) -> bool:
    """Whether a short word has no vowel, as acronyms and no names have (QRS, RGB, TSH)."""
    return 2 <= len(word) <= _LONGEST_ACRONYM and word.isascii() and not _VOWELS & set(word)


def is_formed(word: str, shapes: Shapes) -> bool:
    """Whether a folded word has a medical ending, a medical prefix, or is a compound."""
    if len(word) > LONGEST_WORD or not word.isascii():
        return False
    if len(word) >= _SHORTEST and word.endswith(shapes.endings):
        return True
    return _has_prefix(word, shapes) or _is_adjective(word, shapes) or _is_compound(word, shapes)


def _has_prefix(word: str, shapes: Shapes) -> bool:
    """Whether clinical pieces follow one to three prefixes: retro-peritoneal."""
    rests = [word]
    for _ in range(3):
        rests = [
            rest[size:]
            for rest in rests
            for size in range(2, min(shapes.longest_prefix, len(rest) - _SHORTEST_PIECE) + 1)
            if rest[:size] in shapes.prefixes
        ]
        if any(rest in shapes.pieces or rest.removesuffix("s") in shapes.pieces for rest in rests):
            return True
    return False


def _is_adjective(word: str, shapes: Shapes) -> bool:
    """Whether an ending makes an adjective of one or two combining forms: peri-cholecyst-ic."""
    for ending in _ADJECTIVES:
        root = word.removesuffix(ending)
        if root == word or len(root) < _SHORTEST_ROOT:
            continue
        for size in (0, *range(2, len(root) - _SHORTEST_ROOT + 1)):
            if size and root[:size] not in shapes.prefixes:
                continue
            if root[size:] in shapes.prefixes or root[size:] + "o" in shapes.prefixes:
                return True
    return False


def _is_compound(word: str, shapes: Shapes) -> bool:
    """Whether two or three pieces make the word, German links between them; one may be short."""
    for size in range(1, len(word) - 1):
        head, rest = word[:size], word[size:]
        if head in shapes.pieces and size >= _SHORTEST_PIECE:
            if _rest_is_made(rest, shapes):
                return True
        elif head in shapes.short_pieces and len(rest) >= _SHORTEST_PIECE and rest in shapes.pieces:
            return True
    return False


def _rest_is_made(rest: str, shapes: Shapes) -> bool:
    if rest in shapes.short_pieces and len(rest) > 1:
        return True
    for link in _LINKS:
        if not rest.startswith(link):
            continue
        tail = rest[len(link) :]
        if len(tail) >= _SHORTEST_PIECE and (tail in shapes.pieces or _is_pair(tail, shapes)):
            return True
    return False


def _is_pair(word: str, shapes: Shapes) -> bool:
    return any(
        word[:size] in shapes.pieces and word[size:] in shapes.pieces
        for size in range(_SHORTEST_PIECE, len(word) - _SHORTEST_PIECE + 1)
    )
