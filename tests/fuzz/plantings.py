"""Mutations that hide identity where a reader does not look for it."""

from __future__ import annotations

import random
from collections.abc import Callable

from pydicom.uid import RLELossless

from include.imaging.dicom.vrs import own_vrs
from tests.fuzz.canaries import FAMILY, GIVEN, HIDDEN, PATIENT_ID, PRIVATE
from tests.fuzz.specimen import ITEM, PIXEL_DATA, Part, Specimen, inserted, parts, replaced

NUMERIC = (b"DS", b"IS", b"DA", b"TM", b"DT", b"CS", b"UI", b"AS")
BINARY = (b"US", b"UL", b"SS", b"FD", b"FL", b"AT", b"SL")
COMMENT = b"\xff\xfe"
SEQUENCE = 0x00089215


def in_a_number(rng: random.Random, specimen: Specimen) -> Specimen:
    """Write a name where a number, a date, a code or a UID stands."""
    return _rewritten(rng, specimen, NUMERIC, lambda _: HIDDEN.encode())


def behind_a_value(rng: random.Random, specimen: Specimen) -> Specimen:
    """Write a name behind the null that ends a value, or as one more value."""
    between = rng.choice([b"\0", b"\0\0", b"\\", b" \0", b"\n"])
    return _rewritten(rng, specimen, NUMERIC, lambda value: value + between + HIDDEN.encode())


def in_binary_numbers(rng: random.Random, specimen: Specimen) -> Specimen:
    """Write a name as if it were binary numbers."""
    word = (FAMILY + GIVEN).encode()[: rng.choice([8, 16])]
    return _rewritten(rng, specimen, BINARY, lambda _: word)


def in_an_added_number(rng: random.Random, specimen: Specimen) -> Specimen:
    """Add a binary number that is a name."""
    tag, vr = rng.choice([(0x00080001, b"UL"), (0x00280107, b"US"), (0x00189073, b"FD")])
    return inserted(rng, specimen, specimen.element(tag, vr, HIDDEN.encode()))


def behind_the_pixels(rng: random.Random, specimen: Specimen) -> Specimen:
    """Make the value of native pixels longer, by the name of the patient."""
    word = (FAMILY if rng.random() < 0.8 else FAMILY.upper()).encode() + b"\0"
    return _rewritten(
        rng,
        specimen,
        (b"OW", b"OB"),
        lambda value: value + word,
        lambda part: part.tag == PIXEL_DATA,
    )


def in_a_fragment(rng: random.Random, specimen: Specimen) -> Specimen:
    """Write the patient's name into a fragment: as a JPEG comment, or behind the end of image.

    Not into one of RLE: what is behind its last run is told from it by decoding alone, which
    neither the engine nor its verification does (docs/DEIDENTIFICATION.md says so).
    """
    if specimen.syntax == RLELossless:
        return specimen
    found = parts(specimen)
    at = next((n for n, part in enumerate(found) if part.tag == PIXEL_DATA), len(found))
    fragments = [part for part in found[at + 1 :] if part.is_item and part.end > part.value]
    if not fragments:
        return specimen
    part = rng.choice(fragments)
    value = specimen.body[part.value : part.end]
    word = f"{FAMILY}^{GIVEN}".encode()
    comment = COMMENT + (len(word) + 2).to_bytes(2, "big") + word
    new = rng.choice([value[:2] + comment + value[2:], value + word])
    new += b"\0" * (len(new) % 2)
    return _put(specimen, part, specimen.element(ITEM, b"", new))


def in_an_element(rng: random.Random, specimen: Specimen) -> Specimen:
    """Add an element with a name that no policy keeps: padding, unknown, private, overlay."""
    word = HIDDEN.encode()
    tag, vr = rng.choice(
        [
            (0xFFFCFFFC, b"OB"), (0x00291010, b"LO"), (0x00290010, b"LO"), (0x0009FFFF, b"UN"),
            (0x60003000, b"OB"), (0x60020040, b"LO"), (0x50003000, b"OW"), (0x00189999, b"UN"),
            (0x00087777, b"LO"), (0x0010FFF0, b"UN"), (0x00104000, b"LT"), (0x00081070, b"UN"),
            (0x00060010, b"LO"), (0x00000110, b"LO"), (0x00180000, b"LO"), (0x43410010, b"UT"),
            (0x7FE10010, b"OB"), (0x00020010, b"UI"), (0x0040A123, b"PN"), (0x00404023, b"DT"),
        ]
    )  # fmt: skip
    return inserted(rng, specimen, specimen.element(tag, vr, word))


def in_an_item(rng: random.Random, specimen: Specimen) -> Specimen:
    """Add a sequence that the table does not name, whose item names the patient."""
    names = [
        specimen.element(0x00100010, b"PN", f"{FAMILY}^{GIVEN}".encode()),
        specimen.element(0x00100020, b"LO", PATIENT_ID.encode()),
        specimen.element(0x00290010, b"LO", PRIVATE.encode()),
        specimen.element(0x00291001, b"UN", HIDDEN.encode()),
        specimen.element(0x00081070, b"UN", HIDDEN.encode()),
        specimen.element(0x60003000, b"OW", HIDDEN.encode()),
    ]
    item = specimen.element(ITEM, b"", b"".join(sorted(rng.sample(names, 3))))
    tag = rng.choice([SEQUENCE, 0x00081140, 0x00291013, 0x00880200, 0x52009230])
    return inserted(rng, specimen, specimen.element(tag, rng.choice([b"SQ", b"SQ", b"UN"]), item))


def _rewritten(
    rng: random.Random,
    specimen: Specimen,
    vrs: tuple[bytes, ...],
    new: Callable[[bytes], bytes],
    wanted: Callable[[Part], bool] = lambda _: True,
) -> Specimen:
    end = len(specimen.body)
    found = [p for p in parts(specimen) if p.end <= end and wanted(p) and _vr(p) in vrs]
    if not found:
        return specimen
    part = rng.choice(found)
    value = new(specimen.body[part.value : part.end])
    value += b"\0" * (len(value) % 2)
    return _put(specimen, part, specimen.element(part.tag, part.vr, value))


def _vr(part: Part) -> bytes:
    """Return the VR of an element as it is written, or the attribute's own where none is."""
    return part.vr or (*own_vrs(part.tag), "")[0][:2].encode()


def _put(specimen: Specimen, part: Part, new: bytes) -> Specimen:
    return replaced(specimen, part.start, part.end, new)


MUTATIONS = {
    in_a_number: 3, behind_a_value: 3, in_binary_numbers: 1.5, in_an_added_number: 0.7,
    behind_the_pixels: 1.5, in_a_fragment: 1.5, in_an_element: 4, in_an_item: 3,
}  # fmt: skip
