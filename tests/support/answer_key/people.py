"""Makes the synthetic people and institutions that a key plants, from a seeded random source."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from tests.support.answer_key import names, places

FAMILY = names.LATIN_FAMILY.split()
GIVEN = names.LATIN_GIVEN.split()
IDEOGRAPHIC = [line.split() for line in names.IDEOGRAPHIC.strip().splitlines()]
OTHER_SCRIPTS = [line.split() for line in names.OTHER_SCRIPTS.strip().splitlines()]
EPOCH = date(1925, 1, 1)


@dataclass(frozen=True)
class Person:
    """One person; `name` is the value of a PN (PS3.5 6.2.1), groups of other scripts included."""

    family: str
    given: str
    middle: str = ""
    prefix: str = ""
    suffix: str = ""
    other_groups: str = ""

    @property
    def name(self) -> str:
        parts = (self.family, self.given, self.middle, self.prefix, self.suffix)
        return "^".join(parts).rstrip("^") + self.other_groups


@dataclass(frozen=True)
class Institution:
    """A hospital and how to reach it."""

    name: str
    department: str
    address: str
    short: str


@dataclass(frozen=True)
class Patient:
    """Whom the objects are about, and all that names them."""

    person: Person
    mother: Person
    patient_id: str
    other_id: str
    social_number: str
    insurance: str
    birth: date
    sex: str
    age_years: int
    street: str
    house: str
    town: str
    postcode: str
    phone: str
    mail: str
    institution: Institution
    staff: tuple[Person, ...]


def plain(text: str) -> str:
    """Return a text without its accents."""
    spread = unicodedata.normalize("NFKD", text)
    return "".join(each for each in spread if not unicodedata.combining(each))


def person(random: Random, *, any_script: bool = False) -> Person:
    """Return a new person, one in six of another script where that is asked for."""
    middle = random.choice(["", "", random.choice("ABCDEHJKLMPRSTW"), random.choice(GIVEN)])
    if any_script and random.random() < 1 / 6:
        if random.random() < 0.5:
            family, given, *others = random.choice(IDEOGRAPHIC)
            groups = ["^".join(others[start : start + 2]) for start in range(0, len(others), 2)]
            return Person(family, given, other_groups="".join(f"={group}" for group in groups))
        family, given = random.choice(OTHER_SCRIPTS)
        return Person(family, given)
    family = random.choice(FAMILY)
    if random.random() < 0.12:
        family += random.choice(["-", " "]) + random.choice(FAMILY)
    prefix, suffix = random.choice(names.PREFIXES), random.choice(names.SUFFIXES)
    return Person(family, random.choice(GIVEN), middle, prefix, suffix)


def phone(random: Random) -> str:
    """Return a telephone number in one of the layouts of the world."""
    layout = random.choice(
        [
            "(###) ###-####",
            "###-###-####",
            "###.###.####",
            "+1 ### ### ####",
            "+44 20 #### ####",
            "+49 89 #######-##",
            "0# ## ## ## ##",
            "+91 98### #####",
            "0###/######",
        ]
    )
    return digits(random, layout)


def digits(random: Random, layout: str) -> str:
    """Return a layout with a digit, the first not 0, for every `#`."""
    made = ""
    for each in layout:
        made += str(random.randint(2, 9)) if each == "#" else each
    return made


def address(random: Random) -> tuple[str, str, str, str]:
    """Return street, house number, town and postcode."""
    town, postcode = random.choice(places.TOWNS)
    return random.choice(places.STREETS), str(random.randint(11, 989)), town, postcode


def institution(random: Random) -> Institution:
    """Return a hospital; its short name is what staff call it."""
    name = random.choice(places.HOSPITALS)
    street, house, town, postcode = address(random)
    short = "".join(word[0] for word in plain(name).split() if word[0].isalpha())
    where = f"{house} {street}, {postcode} {town}"
    return Institution(name, random.choice(places.DEPARTMENTS), where, short.upper() + "RAD")


def patient(random: Random) -> Patient:
    """Return a new patient; one in eight is above 89 years."""
    who = person(random, any_script=True)
    street, house, town, postcode = address(random)
    age = random.randint(90, 99) if random.random() < 1 / 8 else random.randint(19, 88)
    birth = date(2019 - age, 1, 1) + timedelta(days=random.randint(0, 364))
    handle = plain(f"{who.given}.{who.family}").replace(" ", "").replace("'", "").lower()
    if not handle.isascii():
        handle = digits(random, "user######")
    return Patient(
        person=who,
        mother=person(random),
        patient_id=digits(
            random, random.choice(["########", "MRN-######", "##-###-###", "H#######"])
        ),
        other_id=digits(random, "###-###-####-X"),
        social_number=digits(random, "###-##-####"),
        insurance=digits(random, "INS#########"),
        birth=birth,
        sex=random.choice("MFO"),
        age_years=age,
        street=street,
        house=house,
        town=town,
        postcode=postcode,
        phone=phone(random),
        mail=f"{handle}@{random.choice(places.MAIL_DOMAINS)}",
        institution=institution(random),
        staff=tuple(person(random) for _ in range(5)),
    )
