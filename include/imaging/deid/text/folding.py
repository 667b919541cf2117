"""Writes words in the one form in which they are compared: without case, accents or umlauts."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

CACHED_WORDS = 1 << 16
LONGEST_CACHED = 64
# Chinese characters, kana and hangul: written without blanks between words.
UNSPACED = (
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
)
_HAS_UNSPACED = re.compile(f"[{UNSPACED}]")
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "æ": "a", "œ": "o", "ħ": "h"}
)


def fold(word: str) -> str:
    """Return the word lower case, without marks, and ae, oe, ue, aa as a, o, u, a.

    So Müller, Mueller, MULLER and Muller are one word, as are Søren, Soeren and Soren.
    """
    return _folded(word) if len(word) > LONGEST_CACHED else _remembered(word)


def is_unspaced(word: str) -> bool:
    """Whether the word holds letters of a script without blanks between words."""
    return _HAS_UNSPACED.search(word) is not None


def _folded(word: str) -> str:
    if not word.isascii():
        parts = unicodedata.normalize("NFKD", word.casefold())
        word = "".join(part for part in parts if not unicodedata.combining(part))
        word = word.translate(_LETTERS)
    word = word.lower()
    if "e" in word:
        word = word.replace("ae", "a").replace("oe", "o").replace("ue", "u")
    return word.replace("aa", "a")


_remembered = lru_cache(maxsize=CACHED_WORDS)(_folded)
