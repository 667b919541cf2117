"""Published codes: those of public vocabularies, which name things and nobody."""

from __future__ import annotations

import csv
import hashlib
import re
from functools import cache, lru_cache
from pathlib import Path

import yaml
from pydantic import Field

from include.imaging.deid.additions import Reviewed
from include.imaging.deid.choices import Choice

DATA = Path(__file__).parent / "data"
VOCABULARIES, CODES = DATA / "vocabularies.yaml", DATA / "published_codes.csv"
CODE_VALUE, SCHEME, SCHEME_VERSION, MEANING = 0x00080100, 0x00080102, 0x00080103, 0x00080104
LONG_CODE_VALUE = 0x00080119
# What an item with a code is about: a code whose meaning is somebody's words, or one as published.
PUBLISHED, AS_PUBLISHED = "published code", "published code with its meaning"
_CODES = frozenset({CODE_VALUE, SCHEME, SCHEME_VERSION, LONG_CODE_VALUE})
REMEMBERED, LONGEST = 4096, 256
DIGEST_BYTES = 8


class Vocabulary(Reviewed):
    """Coding schemes, and the form of their codes as a regular expression."""

    schemes: tuple[str, ...] = Field(min_length=1)
    codes: str


class _File(Reviewed):
    vocabularies: tuple[Vocabulary, ...]


@cache
def vocabularies() -> dict[str, re.Pattern[str]]:
    """Return the form of the codes of each coding scheme."""
    file = _File.model_validate(yaml.safe_load(VOCABULARIES.read_text(encoding="utf-8")))
    return {scheme: re.compile(each.codes) for each in file.vocabularies for scheme in each.schemes}


@cache
def digest() -> str:
    """Return the SHA-256 (hex) of vocabularies and codes, for the policy's fingerprint."""
    return hashlib.sha256(VOCABULARIES.read_bytes() + CODES.read_bytes()).hexdigest()


def kind_of_code(scheme: str, code: str, meaning: str) -> str:
    """Return `AS_PUBLISHED` or `PUBLISHED`, or '' for a code of no public vocabulary.

    A scheme without a code, as in a list of the schemes that an object uses, is published, too.
    """
    if len(code) > LONGEST or len(meaning) > LONGEST:
        return ""
    return _kind_of_code(scheme, code, meaning)


def choice_about(concept: str, tag: int) -> Choice | None:
    """Return that a published code stays, and its meaning where that is published, too."""
    if tag in _CODES or (tag == MEANING and concept == AS_PUBLISHED):
        return Choice("K", "house", "a published code, which names nobody")
    return None


@lru_cache(maxsize=REMEMBERED)
def _kind_of_code(scheme: str, code: str, meaning: str) -> str:
    form = vocabularies().get(scheme)
    has_form = form is not None and (not code or form.fullmatch(code) is not None)
    if not has_form and _key(scheme, code) not in _published():
        return ""
    is_known = meaning == code or _key(scheme, code, meaning.casefold()) in _published()
    return AS_PUBLISHED if is_known else PUBLISHED


@cache
def _published() -> frozenset[bytes]:
    """Return a short digest of every published code, and of each with its meaning."""
    with CODES.open(encoding="utf-8", newline="") as file:
        rows = [(scheme, code, meaning.casefold()) for scheme, code, meaning in csv.reader(file)]
    return frozenset(_key(*part) for row in rows for part in (row, row[:2]))


def _key(*parts: str) -> bytes:
    text = "\n".join(parts).encode("utf-8", "replace")
    return hashlib.blake2b(text, digest_size=DIGEST_BYTES).digest()
