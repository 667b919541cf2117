"""Studies and series of a patient: what their objects have in common."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from tests.support.answer_key import clinical
from tests.support.answer_key.people import Patient, digits

ROOTS = ["1.2.826.0.1.3680043.10.771", "1.3.12.2.1107.5.2.32.35177", "1.2.840.113619.2.55.3"]
MAKERS = {
    "CT": ("SIEMENS", "Somatom Sigma"),
    "MR": ("SIEMENS", "Magnetom Lumen"),
    "US": ("GE Healthcare", "Voluson K9"),
    "PT": ("Philips", "Vereos Two"),
    "MG": ("HOLOGIC, Inc.", "Lorad Selene"),
}


@dataclass(frozen=True)
class Study:
    """A visit: its UID, moment, numbers and the objects' common frame of reference."""

    uid: str
    root: str
    start: datetime
    accession: str
    study_id: str
    frame_of_reference: str
    description: str


@dataclass(frozen=True)
class Series:
    """A series of a study by one machine."""

    uid: str
    number: int
    modality: str
    start: datetime
    serial: str
    station: str
    maker: str
    model: str
    protocol: str
    description: str


def uid(random: Random, root: str) -> str:
    """Return a new UID below a root."""
    return f"{root}.{random.randint(10**11, 10**12)}.{random.randint(1, 10**8)}"


def study(random: Random, who: Patient, kind: str) -> Study:
    """Return a new study of a patient, of a kind of `clinical.STUDIES`."""
    root = random.choice(ROOTS)
    day = date(2012, 1, 1) + timedelta(days=random.randint(0, 3300))
    start = datetime.combine(day, time(random.randint(7, 17), random.randint(0, 59), 12))
    return Study(
        uid(random, root),
        root,
        start,
        digits(random, random.choice(["A########", "##########", "RAD-######"])),
        digits(random, "######"),
        uid(random, root),
        random.choice(clinical.STUDIES[kind]),
    )


def series(random: Random, of: Study, who: Patient, modality: str, number: int) -> Series:
    """Return a new series of a study."""
    kind = modality if modality in clinical.SERIES else "RT" if modality[:2] == "RT" else "OT"
    maker, model = MAKERS.get(modality, ("Agfa", "DX Works"))
    return Series(
        uid(random, of.root),
        number,
        modality,
        of.start + timedelta(minutes=3 * number),
        digits(random, "SN-######"),
        f"{modality}{random.randint(1, 9)}-{random.choice(['MAIN', 'EAST', 'ER'])}",
        maker,
        model,
        random.choice(clinical.PROTOCOLS.get(modality, clinical.ANY_PROTOCOL)),
        random.choice(clinical.SERIES[kind]),
    )
