"""Composes free text of clinical words and identity, and says which pieces must go and stay."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from tests.support.answer_key import places
from tests.support.answer_key.people import Patient, Person, address, digits, person, phone, plain

MARKED = re.compile(r"\*([^*]+)\*")
SHORTEST_PIECE = 3
TRIES = 12
LAYOUTS = (
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%d %B %Y",
    "%B %d, %Y",
    "%d-%b-%Y",
    "%Y%m%d",
    "%m/%d/%y",
    "%b %d %Y",
    "%Y/%m/%d",
)


@dataclass(frozen=True)
class Text:
    """A text, the pieces of it that identify, and the words of it that are worth keeping."""

    text: str
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


Phrase = Callable[[Random, Patient], Text]


def clinical(marked: str) -> Text:
    """Return a sentence whose marked words must stay."""
    return Text(MARKED.sub(r"\1", marked), kept=tuple(MARKED.findall(marked)))


def composed(
    random: Random,
    who: Patient,
    marked: str,
    phrases: int,
    most: int,
    among: tuple[Phrase, ...] = (),
) -> Text:
    """Return the sentence with phrases of identity around it, in at most so many characters.

    A phrase that would hold a word of the sentence, or would not fit, is not used. The phrases
    are those of PHRASES unless `among` gives others.
    """
    made = clinical(marked)
    for _ in range(TRIES):
        if phrases == 0:
            break
        phrase = random.choice(among or PHRASES)(random, who)
        joined = _joined(random, made, phrase)
        if len(joined.text) <= most and not _meet(phrase, made):
            made, phrases = joined, phrases - 1
    return made


def named(form: str, *parts: str) -> Text:
    """Return a phrase and, of the parts it is made of, those long enough to look for."""
    words = [word for part in parts for word in part.split() if len(word) >= SHORTEST_PIECE]
    return Text(form, tuple(word for word in words if word in form))


def dated(random: Random, day: date) -> str:
    """Return a day in one of the layouts people write."""
    return day.strftime(random.choice(LAYOUTS))


def _joined(random: Random, first: Text, other: Text) -> Text:
    one, two = random.choice([(first, other), (other, first)])
    text = one.text + random.choice([" ", ", ", "; ", " - "]) + two.text
    return Text(text, first.removed + other.removed, first.kept + other.kept)


def _meet(phrase: Text, made: Text) -> bool:
    words = {word.casefold() for word in re.findall(r"\w+", made.text)}
    return any(piece.casefold() in words or piece in made.text for piece in phrase.removed) or any(
        word.casefold() in phrase.text.casefold() for word in made.kept
    )


def _form(random: Random, who: Person) -> Text:
    family, given = who.family, who.given
    if random.random() < 0.3:
        family, given = plain(family), plain(given)
    case = random.choice([str, str, str.upper, str.lower, str.title])
    family, given = case(family), case(given)
    if random.random() < 0.08:
        glued = f"{given[0]}{family}".replace(" ", "")
        return Text(glued, (glued,))
    form = random.choice(
        [
            f"{given} {family}",
            f"{family}, {given}",
            f"{family}^{given}",
            f"{family} {given}",
            f"{given[0]}. {family}",
            f"{family}, {given[0]}.",
            f"{given} {who.middle} {family}".replace("  ", " "),
            f"{family}_{given}",
            family,
        ]
    )
    return named(form, family, given, *([who.middle] if len(who.middle) > 1 else []))


def _of_patient(random: Random, who: Patient) -> Text:
    form = _form(random, who.person)
    frame = random.choice(
        ["{}", "{}", "pt {}", "Patient {}", "re: {}", "Name: {}", "Mr. {}", "Mrs {}"]
    )
    return Text(frame.format(form.text), form.removed)


def _of_staff(random: Random, who: Patient) -> Text:
    form = _form(random, random.choice(who.staff))
    frame = random.choice(["ref by Dr {}", "Dr. {}", "tech {}", "reported by {}", "scanned by: {}"])
    return Text(frame.format(form.text), form.removed)


def _of_a_stranger(random: Random, who: Patient) -> Text:
    form = _form(random, person(random))
    frames = [
        "discussed with Dr. {}",
        "cc: Prof. {}",
        "accompanied by his daughter {}",
        "per Dr {}",
    ]
    frames += ["signed {}, MD", "contact: {} (wife)", "Nurse {} informed", "called Ms. {}"]
    return Text(random.choice(frames).format(form.text), form.removed)


def _number(random: Random, who: Patient) -> Text:
    known = random.choice([who.patient_id, who.patient_id, who.other_id, who.insurance])
    bare = re.sub(r"[^A-Za-z0-9]", "", known)
    shown = random.choice([known, bare, known.lower()])
    frame = random.choice(["MRN {}", "MRN: {}", "ID {}", "#{}", "pat.no. {}", "({})"])
    return Text(frame.format(shown), (shown,))


def _own_number(random: Random, who: Patient) -> Text:
    return Text(f"ID {who.patient_id}", (who.patient_id,))


def _foreign_number(random: Random, who: Patient) -> Text:
    shown = digits(random, random.choice(["#######", "########", "A#######", "###-##-####"]))
    frame = random.choice(
        ["MRN {}", "SSN {}", "old MRN: {}", "Acc# {}", "NHS no {}", "case no. {}"]
    )
    return Text(frame.format(shown), (shown,))


def _birth(random: Random, who: Patient) -> Text:
    shown = dated(random, who.birth)
    return Text(
        random.choice(["DOB {}", "born {}", "d.o.b. {}", "geb. {}"]).format(shown), (shown,)
    )


def _day(random: Random, who: Patient) -> Text:
    shown = dated(random, date(2014, 1, 1) + timedelta(days=random.randint(0, 2500)))
    frames = ["seen on {}", "prior from {}", "compared to {}", "admitted {}", "surgery {}", "{}"]
    return Text(random.choice(frames).format(shown), (shown,))


def _phone(random: Random, who: Patient) -> Text:
    shown = random.choice([who.phone, phone(random)])
    frame = random.choice(["call {}", "Tel. {}", "phone {}", "pager {}", "fax: {}", "mobile {}"])
    return Text(frame.format(shown), (shown,))


def _mail(random: Random, who: Patient) -> Text:
    stranger = f"{plain(person(random).given).lower()}{random.randint(10, 99)}"
    shown = random.choice([who.mail, f"{stranger}@{random.choice(places.MAIL_DOMAINS)}"])
    frame = random.choice(["email {}", "{}", "results to {}", "<{}>"])
    return Text(frame.format(shown), (shown,))


def _address(random: Random, who: Patient) -> Text:
    street, house, town, postcode = random.choice(
        [(who.street, who.house, who.town, who.postcode), address(random)]
    )
    form = random.choice(
        [
            f"{house} {street}, {town} {postcode}",
            f"{street} {house}, {postcode} {town}",
            f"{house} {street}",
        ]
    )
    frame = random.choice(["lives at {}", "{}", "home: {}", "Address: {}"])
    pieces = tuple(piece for piece in (street, town, postcode) if piece in form)
    return Text(frame.format(form), pieces)


def _hospital(random: Random, who: Patient) -> Text:
    shown = random.choice([who.institution.name, random.choice(places.HOSPITALS)])
    frame = random.choice(
        ["{}", "transferred from {}", "at {}", "outside study {}", "images of {}"]
    )
    return Text(frame.format(shown), (shown,))


PHRASES: tuple[Phrase, ...] = (
    _of_patient,
    _of_patient,
    _of_patient,
    _of_staff,
    _of_staff,
    _of_a_stranger,
    _number,
    _number,
    _foreign_number,
    _birth,
    _day,
    _phone,
    _mail,
    _address,
    _hospital,
)
# what the patient's own attributes say
KNOWN: tuple[Phrase, ...] = (_of_patient, _own_number)
