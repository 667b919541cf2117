"""Hits of a search that tell nothing: values that stand there for another reason."""

from __future__ import annotations

from functools import lru_cache

from pydicom.datadict import tag_for_keyword

from include.imaging.deid.marks import METHOD
from include.imaging.deid.options import BASIC_PROFILE, CODES
from include.imaging.deid.table import rows
from include.imaging.deid.text.folding import fold
from include.imaging.deid.text.lexicon import is_listed
from include.imaging.dicom.vrs import own_vrs
from include.imaging.validation.facts import Fact
from include.imaging.validation.needles import Needle

_METHODS, _METHOD_CODES = "DeidentificationMethod", 0x00120064
_OWN_WORDS = frozenset(
    {METHOD, BASIC_PROFILE.value, BASIC_PROFILE.meaning, "DCM"}
    | {text for code in CODES.values() for text in (code.value, code.meaning)}
)
_DESCRIPTIONS = frozenset(row.keyword for row in rows() if "descriptors" in row.options)
REMEMBERED = 10_000


def is_own_mark(fact: Fact) -> bool:
    """Return whether an element says how the object was de-identified, in the words for that.

    A patient may be called Patient.
    """
    is_mark = fact.keyword == _METHODS or fact.head.path[:1] == (_METHOD_CODES,)
    return is_mark and all(part.strip() in _OWN_WORDS for part in fact.text.split("\\"))


def is_meaning_of_code(needle: Needle, fact: Fact) -> bool:
    """Return whether a description is found as what a code means, which a code system says.

    Scanners copy the meaning of the procedure's code into its description.
    """
    return fact.keyword == "CodeMeaning" and needle.keyword in _DESCRIPTIONS


def is_word_in_cleaned_text(needle: Needle, *, is_retained: bool) -> bool:
    """Return whether a name is a word of radiology, found in a text that the policy cleans.

    Cleaning takes it out where it stands as a name, and leaves it where it is anatomy.
    """
    return is_retained and _is_name(needle.keyword) and _is_listed(min(needle.lowered))


@lru_cache(maxsize=REMEMBERED)
def _is_name(keyword: str) -> bool:
    tag = tag_for_keyword(keyword)
    return tag is not None and own_vrs(tag) == ("PN",)


@lru_cache(maxsize=REMEMBERED)
def _is_listed(word: bytes) -> bool:
    text = word.decode("latin-1")
    return text.isalpha() and is_listed(fold(text))
