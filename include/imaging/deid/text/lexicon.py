"""Knows which words are clinical and which are everyday language."""

from __future__ import annotations

import hashlib
import re
from enum import Enum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from include.imaging.deid.text.folding import CACHED_WORDS, fold
from include.imaging.deid.text.morphology import LONGEST_WORD, Shapes, is_acronym, is_formed

DATA = Path(__file__).parent / "data"
CLINICAL = ("clinical", "medicines", "acronyms", "standard")
GENERAL = ("general", "german", "french", "spanish", "dutch")
# Lines of english.txt: what words have in common, then their endings.
DICTIONARY = "english"
HEAD_LETTERS = 3
NO_TAIL = "-"
_SHORTEST_PREFIXED = 6
RULES = "cues.yaml"
# What is not cut from a word to find the word it comes from.
_INFLECTIONS = ("s", "es", "ed", "d", "ly", "ing", "en", "e", "er", "em", "n")
_SHORTEST_STEM = 4
_SHORTEST_ACRONYM = 3
_SHORTEST_UNMISTAKABLE = 6
# Letters of the languages whose medical words are known by how they are made.
_WESTERN = re.compile("[A-Za-zäöüÄÖÜßàâçéèêëîïôûœæáíóúñ]+")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


class Kind(Enum):
    """What a known word is: of medicine, or of everyday language."""

    CLINICAL = "clinical"
    GENERAL = "general"


@lru_cache(maxsize=CACHED_WORDS)
def kind_of(word: str) -> Kind | None:
    """Return the kind of a folded word, or None for a word that is on no list and not formed."""
    if len(word) > LONGEST_WORD:
        return None
    clinical, general = _words(CLINICAL), _words(GENERAL)
    if word in clinical:
        return Kind.CLINICAL
    if word in general or word in _cue_words():
        return Kind.GENERAL
    if word in cues()["not_formed"]:
        return None
    if stem := _stem(word):
        return Kind.CLINICAL if stem in clinical else Kind.GENERAL
    return Kind.CLINICAL if is_acronym(word) or is_formed(word, _shapes()) else None


def is_english(word: str) -> bool:
    """Whether a folded word is everyday English: German nouns, too, have capitals."""
    return word in _words(("general",))


def is_acronym_alone(word: str) -> bool:
    """Whether a folded word of three letters and more is an acronym and no word: TRAN, CHO."""
    words = _words(("clinical", "medicines", "standard", *GENERAL))
    return len(word) >= _SHORTEST_ACRONYM and word in _words(("acronyms",)) and word not in words


def is_core(word: str) -> bool:
    """Whether a folded word is on the reviewed lists of clinical words, not only in PS3.16."""
    return word in _words(("clinical", "medicines", "acronyms"))


def is_listed(word: str) -> bool:
    """Whether a folded word is on a list, or an inflection of a word that is."""
    return word in _words((*CLINICAL, *GENERAL)) or bool(_stem(word))


@lru_cache(maxsize=CACHED_WORDS)
def is_in_dictionary(word: str) -> bool:
    """Whether a folded word is in the dictionary of English, or a prefix before such a word."""
    if len(word) > LONGEST_WORD or not word.isascii():
        return False
    if _is_entry(word):
        return True
    return any(
        word[:size] in cues()["prefixes"] and _is_entry(word[size:])
        for size in range(2, len(word) - _SHORTEST_PREFIXED + 1)
    )


def _is_entry(word: str) -> bool:
    tails = _dictionary().get(word[:HEAD_LETTERS])
    return tails is not None and f" {word[HEAD_LETTERS:] or NO_TAIL} " in tails


@cache
def _dictionary() -> dict[str, str]:
    """Return the endings of the dictionary's words by what they begin with, blanks around each."""
    lines = (DATA / f"{DICTIONARY}.txt").read_text(encoding="ascii").splitlines()
    return {
        line[:HEAD_LETTERS]: line[HEAD_LETTERS:] + " " for line in lines if not line.startswith("#")
    }


def is_name_word(word: str) -> bool:
    """Whether a folded word of everyday language is also a name: Young, Baker."""
    return word in _words(("name_words",)) or word in cues()["also_names"]


def is_known(text: str, word: str) -> bool:
    """Whether a word as written is known: by its folded form, or in each CamelCase part."""
    if is_listed(word) if text.lower() != word else kind_of(word) is not None:
        return not _is_changed(text, word)
    if text.isascii() and (kind_of(word) is not None or is_in_dictionary(word)):
        return text.lower() == word or not is_acronym(word)
    if _WESTERN.fullmatch(text) and kind_of(word) is not None and not is_acronym(word):
        return True
    parts = _CAMEL.findall(text) if text.isascii() and len(text) <= LONGEST_WORD else []
    return len(parts) > 1 and all(
        len(part) == 1 or kind_of(fold(part)) is not None for part in parts
    )


def _is_changed(text: str, word: str) -> bool:
    """Whether a word is English or an acronym only because folding changed it: Maes, Moere."""
    lower = text.lower()
    if lower == word or (text.isascii() and len(word) >= _SHORTEST_UNMISTAKABLE):
        return False
    if word in _words(("german", "dutch") if text.isascii() else GENERAL[1:]):
        return False
    return not any(lower in _written(name) for name in ("general", "clinical", "standard"))


@cache
def _written(name: str) -> frozenset[str]:
    """Return the words of a list as they are written there, in small letters."""
    return frozenset((DATA / f"{name}.txt").read_text(encoding="utf-8").lower().split())


@cache
def _cue_words() -> frozenset[str]:
    """Return the words that cues are made of: known, whatever the language."""
    people = ("person_cues", "name_fields", "roles", "closings", "salutations", "fillers")
    lists = (*people, "address_cues", "field_words")
    return frozenset(word for name in lists for entry in cues()[name] for word in entry.split())


@cache
def names_of_diseases() -> frozenset[str]:
    """Return the folded names that stand for diseases, signs and devices."""
    return _words(("eponyms",))


@cache
def cues() -> dict[str, Any]:
    """Return the reviewed lists of cues.yaml; every list folded to a frozenset of its words."""
    raw = yaml.safe_load((DATA / RULES).read_text(encoding="utf-8"))
    return {name: frozenset(_phrases(value)) for name, value in raw.items()}


@cache
def digest() -> str:
    """Return the SHA-256 (hex) over all lists."""
    state = hashlib.sha256()
    for path in sorted((*DATA.glob("*.txt"), DATA / RULES)):
        state.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return state.hexdigest()


def _phrases(value: Any) -> list[str]:
    entries = value.split() if isinstance(value, str) else value
    return [" ".join(fold(part) for part in _parts(entry)) for entry in entries]


@cache
def _words(names: tuple[str, ...]) -> frozenset[str]:
    found: set[str] = set()
    for name in names:
        for line in (DATA / f"{name}.txt").read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                found.update(fold(part) for word in line.split() for part in _parts(word))
    return frozenset(found)


def _parts(word: str) -> list[str]:
    """Return the word, or of one with signs in it (w/o, don't) the pieces that tokens have."""
    return [piece for piece in re.split(r"[\W\d_]+", word) if piece]


@cache
def _shapes() -> Shapes:
    words = cues()
    made_of = _words(("clinical", "acronyms", "german", "dutch")) - words["not_pieces"]
    return Shapes(
        endings=tuple(sorted(words["endings"])),
        prefixes=words["prefixes"],
        pieces=made_of,
        short_pieces=words["short_pieces"],
        longest_prefix=max(map(len, words["prefixes"])),
    )


def _stem(word: str) -> str:
    """Return the listed word that this one is an inflection of, or nothing."""
    for suffix in _INFLECTIONS:
        stem = word.removesuffix(suffix)
        if stem == word or len(stem) < _SHORTEST_STEM:
            continue
        for form in _forms(stem, suffix):
            if len(form) >= _SHORTEST_STEM and form in _inflected(suffix):
                return form
    return ""


def _forms(stem: str, suffix: str) -> tuple[str, ...]:
    if suffix in {"ing", "ed"}:
        undoubled = stem[:-1] if stem[-1] == stem[-2] else stem
        return (stem, stem + "e", undoubled)
    if suffix == "es" and stem.endswith("i"):
        return (stem, stem[:-1] + "y")
    return (stem,)


def _inflected(suffix: str) -> frozenset[str]:
    """Return the words that take a suffix.

    German and Dutch have suffixes of their own, which make surnames of English words (walk-er).
    """
    if suffix in {"er", "em", "en", "n", "e"}:
        return _words(("german", "dutch"))
    return _words((*CLINICAL, *GENERAL))
