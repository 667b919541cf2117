"""What is known of the patient, the staff and the institutions of one object."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from include.imaging.deid.text.folding import fold, is_unspaced
from include.imaging.deid.text.lexicon import cues

Words = tuple[str, ...]

_SHORTEST_NUMBER = 4
# More people, places or numbers than an object has that is not made to exhaust the memory.
MOST_NAMES = 500
MOST_NUMBERS = 20_000
TOO_LARGE = "too large"
_PARTS = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_][^\W\d_\u0300-\u036f]*(?:[\u0300-\u036f]+[^\W\d_]*)*")
_DIGITS = re.compile(r"\d+")
_VALUES = re.compile(r"[\\\r\n]+")
_DATE = re.compile(r"(\d{4})[.-]?(\d\d)[.-]?(\d\d)")

_PERSON_KEYWORDS = frozenset({"TopicAuthor", "CameraOwnerName", "NametoUse"})
_PHONE = re.compile(r"Telephone|PhoneNumber|Telecom")
_ADDRESS = re.compile(r"Address$|Residence$|Telecom")
_PLACE = re.compile(
    r"^Institution|Organization$|^IssuerOf|Issuer$|Location$|Residence$|^BranchOfService$"
    r"|^ClinicalTrial\w*Name$|^TreatmentMachineName$|^RequestingService$"
)
_NUMBER = re.compile(
    r"IDs?$|Number$|Identifier$|Identification$|AETitle$|StationName$|^(Receiving|Requesting)AE$"
    r"|^MedicalRecordLocator$|^BarcodeValue$|^Originator$"
)
_TEXT_VRS = frozenset({"LO", "SH", "ST", "LT", "UT", "UC", "AE", "CS", "UN", "IS", "UR"})


class Person(NamedTuple):
    """The folded words of a person's name in the order of PS3.5 6.2.1: family, given, middle."""

    words: Words
    initials: frozenset[str]


@dataclass(frozen=True, repr=False)
class Identity:
    """What is known of the persons and places of an object; equal when `key` is equal.

    `places` are phrases (institutions, addresses), `numbers` letters and digits without what
    separates them, `unspaced` names as written in scripts without blanks, `dates` are YYYYMMDD.
    With `is_too_large` there are too many names to look for, and none is held.
    """

    key: str
    persons: tuple[Person, ...] = field(default=(), compare=False)
    places: tuple[Words, ...] = field(default=(), compare=False)
    numbers: frozenset[str] = field(default=frozenset(), compare=False)
    unspaced: frozenset[str] = field(default=frozenset(), compare=False)
    dates: frozenset[str] = field(default=frozenset(), compare=False)
    birth_years: frozenset[str] = field(default=frozenset(), compare=False)
    is_too_large: bool = field(default=False, compare=False)

    def __repr__(self) -> str:
        return "Identity(…)"


def identity_of(values: Iterable[tuple[str, str, str]]) -> Identity:
    """Return what (keyword, VR, decoded text) triples of the original say of people and places.

    Descriptions, labels and comments say nothing here: they are what is cleaned. Several values
    are split at the backslash (PS3.5 6.4). The order of the triples makes no difference.
    """
    gathered = _Gathered()
    for keyword, vr, text in values:
        if text and text.strip():
            gathered.take(keyword, vr, text)
    return gathered.identity()


class _Gathered:
    def __init__(self) -> None:
        self.persons: set[Person] = set()
        self.places: set[Words] = set()
        self.numbers: set[str] = set()
        self.unspaced: set[str] = set()
        self.dates: set[str] = set()
        self.birth_years: set[str] = set()

    def take(self, keyword: str, vr: str, text: str) -> None:
        for value in _VALUES.split(text):
            if vr == "PN" or keyword in _PERSON_KEYWORDS:
                self._take_person(value)
            elif vr in ("DA", "DT"):
                self._take_date(keyword, value)
            elif vr in _TEXT_VRS:
                self._take_text(keyword, value)

    def _take_person(self, value: str) -> None:
        for group in value.split("="):
            words = _words(group.split("^")[:3])
            if words and not set(words) <= cues()["nobody"]:
                initials = frozenset(word[0] for word in words)
                self.persons.add(Person(words, initials))
            runs = [part.strip() for part in group.split("^")[:3] if not part.isascii()]
            self.unspaced.update(_unspaced(runs))

    def _take_date(self, keyword: str, value: str) -> None:
        if match := _DATE.match(value.strip()):
            self.dates.add("".join(match.groups()))
            if keyword == "PatientBirthDate":
                self.birth_years.add(match[1])

    def _take_text(self, keyword: str, value: str) -> None:
        if _PHONE.search(keyword):
            self._take_phone(value)
        if _ADDRESS.search(keyword) or _PLACE.search(keyword):
            for part in re.split(r"[,;|^]", value):
                if words := tuple(fold(word) for word in _LETTERS.findall(part)):
                    self.places.add(words)
            self.numbers.update(run for run in _DIGITS.findall(value) if len(run) > 4)
        elif _NUMBER.search(keyword) and not _PHONE.search(keyword):
            self._take_number(value)

    def _take_phone(self, value: str) -> None:
        digits = "".join(_DIGITS.findall(value))
        if len(digits) >= 6:
            self.numbers.update({digits, digits.lstrip("0"), digits[-7:]})

    def _take_number(self, value: str) -> None:
        whole = "".join(fold(part) for part in _PARTS.findall(value))
        if whole not in cues()["nobody"]:
            forms = {whole, whole.lstrip("0")}
            self.numbers.update(form for form in forms if len(form) >= _SHORTEST_NUMBER)

    def identity(self) -> Identity:
        names = max(len(self.persons), len(self.places), len(self.unspaced))
        if names > MOST_NAMES or len(self.numbers) > MOST_NUMBERS:
            return Identity(key=TOO_LARGE, is_too_large=True)
        parts = (self.persons, self.places, self.numbers, self.unspaced, self.dates)
        state = repr([sorted(map(str, map(_plain, part))) for part in (*parts, self.birth_years)])
        return Identity(
            key=hashlib.sha256(state.encode()).hexdigest(),
            persons=tuple(sorted(self.persons, key=lambda person: person.words)),
            places=tuple(sorted(self.places)),
            numbers=frozenset(self.numbers),
            unspaced=frozenset(self.unspaced),
            dates=frozenset(self.dates),
            birth_years=frozenset(self.birth_years),
        )


def _plain(entry: Person | Words | str) -> Words | str:
    return entry.words if isinstance(entry, Person) else entry


def _words(components: list[str]) -> Words:
    found = [fold(word) for part in components for word in _LETTERS.findall(part)]
    return tuple(word for word in found if word not in cues()["name_titles"])


def _unspaced(parts: list[str]) -> set[str]:
    names = [part.replace(" ", "") for part in parts if is_unspaced(part)]
    joined = "".join(names)
    return {name for name in (*names, joined) if len(name) > 1}
