"""What content items are about: the attribute that each would be, by its concept name."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import yaml
from pydantic import Field, model_validator
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from include.imaging.deid.additions import Reviewed
from include.imaging.deid.choices import Choice, choose
from include.imaging.deid.policy import Policy
from include.imaging.deid.published import (
    AS_PUBLISHED,
    CODE_VALUE,
    LONG_CODE_VALUE,
    MEANING,
    PUBLISHED,
    SCHEME,
    choice_about,
    kind_of_code,
)
from include.imaging.deid.shapes import encoded
from include.imaging.dicom.elements import WalkError
from include.imaging.dicom.explicit import DoubtError, Span
from include.imaging.dicom.forms import Form
from include.imaging.dicom.vrs import own_vrs

CONCEPTS = Path(__file__).parent / "data" / "content_concepts.yaml"
CONCEPT_NAME_CODE_SEQUENCE, MEASURED_VALUE_SEQUENCE = 0x0040A043, 0x0040A300
VALUE_TYPE, CONTENT_SEQUENCE = 0x0040A040, "ContentSequence"
TEXT_VALUE = 0x0040A160
DATE_TIME, DATE, TIME, PERSON_NAME, UID = (0x0040A120 + number for number in range(5))
_SCHEME_TAG, _NAME_TAG = b"\x08\x00\x02\x01", b"\x40\x00\x43\xa0"  # in little endian
_CODE_TAGS = (CODE_VALUE, SCHEME, MEANING, LONG_CODE_VALUE)
# What holds a content item's value (PS3.3 10.2, C.17.3), and how far an item can be without it.
VALUES = {
    tag_for_keyword(keyword): kind
    for keyword, kind in {
        **dict.fromkeys(("TextValue", "PersonName", "UID", "Date", "Time", "DateTime"), "1"),
        **dict.fromkeys(("ConceptCodeSequence", "NumericValue", "FloatingPointValue"), "1"),
        "MeasuredValueSequence": "2",
    }.items()
}
# PS3.3 Table C.17.3.2.1-1; tables are not among them, whose cells may be of any attribute.
VALUE_TYPES = frozenset(
    """
    TEXT NUM CODE DATETIME DATE TIME UIDREF PNAME COMPOSITE IMAGE WAVEFORM SCOORD SCOORD3D TCOORD
    CONTAINER
    """.split()  # noqa: SIM905 - reads as the standard's list does
)
_MOMENTS = ("DA", "DT", "TM")
# VRs of the attributes that values of these forms can stand for; the others are for any.
_FORMS = {UID: ("UI",), **dict.fromkeys((DATE_TIME, DATE, TIME), _MOMENTS)}
AGE, OLD_AGE = "PatientAge", "PatientAge above 89"
OLDEST_AGE = 89
# Of UCUM's units of time, how many make a year.
_A_YEAR = {"a": 1.0, "mo": 12.0, "wk": 365.2425 / 7, "d": 365.2425}


class Concept(Reviewed):
    """An attribute, and the concept names of items that hold the same: their codes and words."""

    attribute: str
    DCM: tuple[str, ...] = ()
    LN: tuple[str, ...] = ()
    SCT: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    reason: str = Field(min_length=1)

    @model_validator(mode="after")
    def _is_known(self) -> Concept:
        if tag_for_keyword(self.attribute) is None:
            raise ValueError("`attribute` is not an attribute of PS3.6")
        if not self.codes and not self.words:
            raise ValueError("name a code")
        if any(word != word.casefold() for word in self.words):
            raise ValueError("`words` are in lower case")
        return self

    @property
    def codes(self) -> tuple[tuple[str, str], ...]:
        """Coding scheme and code value of every concept name."""
        schemes = {"DCM": self.DCM, "LN": self.LN, "SCT": self.SCT}
        return tuple((scheme, code) for scheme, codes in schemes.items() for code in codes)


class Concepts(Reviewed):
    """The file of concepts."""

    concepts: tuple[Concept, ...]


@cache
def _file() -> Concepts:
    return Concepts.model_validate(yaml.safe_load(CONCEPTS.read_text(encoding="utf-8")))


@cache
def concepts() -> dict[tuple[str, str], str]:
    """Return the attribute of each concept name that has one, by coding scheme and code."""
    return {code: concept.attribute for concept in _file().concepts for code in concept.codes}


@cache
def concepts_in_words() -> dict[str, str]:
    """Return the attribute of each concept name of somebody's own coding scheme, by its words."""
    return {word: concept.attribute for concept in _file().concepts for word in concept.words}


@cache
def digest() -> str:
    """Return the SHA-256 (hex) of the concepts, for the policy's fingerprint."""
    return hashlib.sha256(CONCEPTS.read_bytes()).hexdigest()


def choice_like(policy: Policy, concept: str, tag: int) -> Choice | None:
    """Return what a policy does to the attribute that a content item's value stands for.

    None where `tag` is not of a value, or the item is about nothing that has a rule.
    """
    if concept in (PUBLISHED, AS_PUBLISHED):
        return choice_about(concept, tag)
    if not concept or tag not in VALUES:
        return None
    if concept == OLD_AGE:
        return Choice("X", "house", "an age above 89 years")
    stands_for = tag_for_keyword(concept) or 0
    own = own_vrs(stands_for)[0]
    if own not in _FORMS.get(tag, (own,)):
        return None
    choice = choose(policy, stands_for, concept, own)
    if choice.code == "K" and tag == TEXT_VALUE:  # it holds any text, where an attribute has a code
        return Choice("C", "unlisted", choice.reason)
    return None if tag == PERSON_NAME and choice.code in ("K", "C") else choice


def about(item: Dataset, sequence: str, *, caps_ages: bool) -> str:
    """Return the keyword of the attribute that an item of a sequence stands for, '' for none.

    Raises WalkError for an item of a document whose value type nobody has a rule for.
    """
    if sequence == CONTENT_SEQUENCE and not _has_a_rule(item):
        raise WalkError("a content item of a value type without a rule", "STRUCTURED_TEXT")
    if SCHEME in item:
        return kind_of_code(*_code(item))
    names = item.get("ConceptNameCodeSequence") if CONCEPT_NAME_CODE_SEQUENCE in item else None
    if not names or not isinstance(names, Sequence):
        return ""
    concept = _concept(*_code(names[0]))
    return OLD_AGE if concept == AGE and caps_ages and _may_be_old(item) else concept


def _has_a_rule(item: Dataset) -> bool:
    """Return whether a content item is of a known value type, or refers to another by its place."""
    if VALUE_TYPE not in item:
        return True
    return str(item[VALUE_TYPE].value or "").strip() in VALUE_TYPES


def about_spans(form: Form, data: bytes, found: list[Span], sequence: str, depth: int) -> str:
    """Return the same of an item in one of the usual forms.

    Raises DoubtError for what only the whole item tells: an age, or an item of a document.
    """
    if sequence == CONTENT_SEQUENCE:
        raise DoubtError
    if not found or not _may_tell(data, found[0][2], found[-1][4]):
        return ""
    for tag, vr, start, value, stop in found:
        if tag == SCHEME:
            return kind_of_code(*_code_in(data, found))
        if tag == CONCEPT_NAME_CODE_SEQUENCE and vr == b"SQ":
            raw = data[start:stop]
            for _, name in form.items(raw, value - start, depth + 1):
                concept = _concept(*_code_in(raw, name))
                if concept == AGE:
                    raise DoubtError
                return concept
    return ""


def _may_tell(data: bytes, start: int, stop: int) -> bool:
    """Return whether the tag of a code or a concept name stands anywhere, by a fast search."""
    return data.find(_SCHEME_TAG, start, stop) >= 0 or data.find(_NAME_TAG, start, stop) >= 0


def _concept(scheme: str, code: str, meaning: str) -> str:
    """Return the attribute of a concept name, by its code; by its words where no code is public."""
    concept = concepts().get((scheme, code), "")
    if concept or kind_of_code(scheme, code, meaning) == AS_PUBLISHED:
        return concept
    return concepts_in_words().get(meaning.casefold().rstrip(":. "), "")


def _code(item: Dataset) -> tuple[str, str, str]:
    tags = [tag for tag in _CODE_TAGS if tag in item]
    return _code_of({tag: encoded(item.get_item(tag)) for tag in tags})


def _code_in(data: bytes, found: list[Span]) -> tuple[str, str, str]:
    return _code_of({tag: data[at:stop] for tag, _, _, at, stop in found if tag in _CODE_TAGS})


def _code_of(values: dict[int, bytes]) -> tuple[str, str, str]:
    """Return coding scheme, code and meaning; read alike wherever their bytes are alike."""
    texts = {tag: _text(value) for tag, value in values.items()}
    code = texts.get(CODE_VALUE) or texts.get(LONG_CODE_VALUE, "")
    return texts.get(SCHEME, ""), code, texts.get(MEANING, "")


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8").strip(" \0")
    except UnicodeDecodeError:
        return value.decode("latin-1").strip(" \0")


def _may_be_old(item: Dataset) -> bool:
    """Return whether an age is above 89 years, or of a unit or a form that nobody can tell."""
    if "TextValue" in item:
        return True
    measured = (item.get("MeasuredValueSequence") or [item])[0]
    values = [word for word in ("NumericValue", "FloatingPointValue") if word in measured]
    try:
        a_year = _A_YEAR[measured.MeasurementUnitsCodeSequence[0].CodeValue] if values else 1
        return any(float(measured[word].value) >= (OLDEST_AGE + 1) * a_year for word in values)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return True
