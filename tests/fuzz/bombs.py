"""Mutations that make a small file costly: depth, counts and lengths without end."""

from __future__ import annotations

import random

from tests.fuzz.specimen import ITEM, ITEM_END, SEQUENCE_END, UNDEFINED, Specimen, inserted

SEQUENCE = 0x00089215  # DerivationCodeSequence, which the table does not name
PRIVATE_SEQUENCE = 0x00291012
MOST_DEEP, MOST_ITEMS = 3000, 6000
CROWD = 60_000
LARGE_BYTES = 2**20


def depth(rng: random.Random, specimen: Specimen) -> Specimen:
    """Nest sequences in sequences, of defined or undefined length, closed or left open."""
    levels = rng.choice([3, 30, 63, 64, 65, 66, 300, MOST_DEEP])
    tag = rng.choice([SEQUENCE, SEQUENCE, 0x00081140, PRIVATE_SEQUENCE])
    vr = rng.choice([b"SQ", b"SQ", b"UN"])
    value = specimen.element(0x00080104, b"LO", b"leaf")
    if rng.random() < 0.5:
        for _ in range(min(levels, 300)):
            value = specimen.element(tag, vr, specimen.element(ITEM, b"", value))
        return inserted(rng, specimen, value)
    opened = specimen.element(tag, vr, b"", UNDEFINED) + specimen.element(ITEM, b"", b"", UNDEFINED)
    closed = specimen.element(ITEM_END, b"", b"") + specimen.element(SEQUENCE_END, b"", b"")
    closings = rng.choice([levels, levels, levels - 1, 0])
    return inserted(rng, specimen, opened * levels + value + closed * closings)


def items(rng: random.Random, specimen: Specimen) -> Specimen:
    """Fill a sequence with many items, empty or not."""
    count = rng.choice([1, 100, 3000, MOST_ITEMS])
    inside = rng.choice([b"", b"", specimen.element(0x00080104, b"LO", b"leaf")])
    item = specimen.element(ITEM, b"", inside)
    undefined = rng.random() < 0.5
    end = specimen.element(SEQUENCE_END, b"", b"") if undefined else b""
    length = UNDEFINED if undefined else None
    value = item * count
    element = specimen.element(rng.choice([SEQUENCE, PRIVATE_SEQUENCE]), b"SQ", value, length)
    return inserted(rng, specimen, element + end)


def crowd(rng: random.Random, specimen: Specimen) -> Specimen:
    """Fill a sequence with more items than any genuine one has."""
    count = rng.randrange(CROWD // 2, CROWD)
    return inserted(
        rng, specimen, specimen.element(SEQUENCE, b"SQ", specimen.element(ITEM, b"", b"") * count)
    )


def elements(rng: random.Random, specimen: Specimen) -> Specimen:
    """Write very many elements: one attribute again and again, or private ones."""
    count = rng.choice([100, 3000, MOST_ITEMS])
    if rng.random() < 0.5:
        return inserted(rng, specimen, specimen.element(0x00080060, b"CS", b"CT") * count)
    many = (specimen.element(0x00290000 + (n & 0xFFFF), b"LO", b"x ") for n in range(count))
    return inserted(rng, specimen, b"".join(many))


def values(rng: random.Random, specimen: Specimen) -> Specimen:
    """Write a value of very many values, or a very long one."""
    unit, vr, tag = rng.choice(
        [
            (b"1\\", b"DS", 0x00181271), (b"\\", b"CS", 0x00080008), (b"AB\\", b"CS", 0x00080008),
            (b"1.2\\", b"UI", 0x0008001A), (b"a^b\\", b"PN", 0x00101001),
            (b"x ", b"UT", 0x0040A160), (b"\0\1", b"OW", 0x00281201), (b"12\\", b"IS", 0x00082122),
            (b"=^", b"PN", 0x00100010), (b"7Zwyndrake", b"UN", 0x00081070),
            (b"\x1b$B!!", b"LT", 0x00104000),
        ]
    )  # fmt: skip
    size = rng.choice([200, 60_000, LARGE_BYTES])
    return inserted(rng, specimen, specimen.element(tag, vr, unit * (size // len(unit))))


def fragments(rng: random.Random, specimen: Specimen) -> Specimen:
    """Cut encapsulated pixels into very many fragments, or add such pixels."""
    count = rng.choice([2, 1000, MOST_ITEMS])
    fragment = specimen.element(ITEM, b"", rng.choice([b"", b"\xff\xd9"]))
    end = specimen.element(SEQUENCE_END, b"", b"")
    return specimen.with_body(
        specimen.body + specimen.element(0x7FE00010, b"OB", fragment * count, UNDEFINED) + end
    )


MUTATIONS = {depth: 2, items: 1, elements: 0.6, values: 2, fragments: 0.6, crowd: 0.05}
