"""Mutations of what surrounds a data set: preamble, file meta group, syntax, compression."""

from __future__ import annotations

import random
import struct
import zlib
from dataclasses import replace

from pydicom.uid import AllTransferSyntaxes

from tests.fuzz.canaries import FAMILY, HIDDEN
from tests.fuzz.specimen import DEFLATED, MARK, PREAMBLE, Specimen, parts

PROGRAMS = (b"MZ\x90\x00\x03", b"\x7fELF\x02\x01\x01", b"#!/bin/sh\nexit\n", b"II*\0\x08\0\0\0")
ODD_SYNTAXES = ("", "1.2.840.10008.1.2.1 ", "1.2.840.10008.1.2.1.98", "1.2.3", "1.2.840.10008.1.1")
BOMB_BYTES = 2**25


def preamble(rng: random.Random, specimen: Specimen) -> Specimen:
    """Put a program or a name into the preamble, or leave preamble or mark out."""
    filled = rng.choice([*PROGRAMS, FAMILY.encode(), HIDDEN.encode() * 4]).ljust(PREAMBLE, b"\0")
    fronts = [
        filled + MARK,
        filled + MARK,
        MARK,
        b"",
        filled,
        bytes(127) + MARK,
        2 * specimen.front,
    ]
    return replace(specimen, front=rng.choice(fronts))


def other_syntax(rng: random.Random, specimen: Specimen) -> Specimen:
    """Name another transfer syntax than the data set is written in."""
    known = [str(uid) for uid in AllTransferSyntaxes]
    return with_syntax(specimen, rng.choice([*known, *ODD_SYNTAXES]))


def meta_lengths(rng: random.Random, specimen: Specimen) -> Specimen:
    """Let the group length, or another length of the file meta group, be wrong."""
    if len(specimen.meta) < 12:
        return specimen
    changed = bytearray(specimen.meta)
    if rng.random() < 0.5:
        struct.pack_into("<L", changed, 8, rng.choice([0, 1, 2**31, 2**32 - 1, rng.randrange(999)]))
    else:
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return replace(specimen, meta=bytes(changed))


def meta_elements(rng: random.Random, specimen: Specimen) -> Specimen:
    """Add elements to the file meta group: sources, private information, one twice, none of it."""
    named = FAMILY.encode() + b"\0"
    extra = [
        b"\x02\x00\x16\x00AE" + struct.pack("<H", len(named)) + named,
        b"\x02\x00\x00\x01UI\x04\x001.2\0" + b"\x02\x00\x02\x01OB\0\0\x0a\0\0\0" + named[:10],
        b"\x02\x00\x10\x00UI\x12\x001.2.840.10008.1.2\0",
        b"\x02\x00\x03\x00UI\x00\x00",
        specimen.meta,
        b"\x02\x00\x34\x12SQ\0\0\xff\xff\xff\xff",
    ]
    return replace(
        specimen, meta=rng.choice([specimen.meta + rng.choice(extra), extra[4] * 2, b""])
    )


def deflate(rng: random.Random, specimen: Specimen) -> Specimen:
    """Deflate the data set, soundly or with something behind it."""
    if specimen.is_implicit or specimen.order == ">":
        return specimen
    tail = rng.choice([b"", b"\0", HIDDEN.encode(), bytes(64) + HIDDEN.encode(), rng.randbytes(40)])
    return replace(with_syntax(specimen, DEFLATED), is_deflated=True, tail=tail)


def broken_deflate(rng: random.Random, specimen: Specimen) -> Specimen:
    """Deflate the data set and cut or damage what comes of it."""
    packed = bytearray(_packed(specimen.body, rng.choice([0, 1, 9])))
    if rng.random() < 0.5:
        del packed[rng.randrange(len(packed)) :]
    else:
        packed[rng.randrange(len(packed))] ^= 0xFF
    return _raw(specimen, bytes(packed))


def deflated_bomb(rng: random.Random, specimen: Specimen) -> Specimen:
    """Deflate a data set that is vast: zeros, empty elements or items."""
    unit = rng.choice([bytes(8), b"\x08\x00\x60\x00CS\0\0", b"\xfe\xff\x00\xe0\0\0\0\0"])
    size = rng.choice([BOMB_BYTES, BOMB_BYTES // 4, 2**20])
    start = rng.choice([specimen.body, b"\x08\x00\x60\x11SQ\0\0\xff\xff\xff\xff"])
    return _raw(specimen, _packed(start + unit * (size // len(unit)), 1))


def group_lengths(rng: random.Random, specimen: Specimen) -> Specimen:
    """Insert group length elements, right and wrong ones."""
    starts = [part for part in parts(specimen) if part.is_element and not part.depth]
    body = specimen.body
    for part in sorted(rng.sample(starts, min(3, len(starts))), key=lambda part: -part.start):
        value = struct.pack(specimen.order + "L", rng.choice([0, 8, 2**32 - 1, rng.randrange(999)]))
        element = specimen.element(part.tag & 0xFFFF0000, b"UL", value)
        body = body[: part.start] + element + body[part.start :]
    return specimen.with_body(body)


def with_syntax(specimen: Specimen, uid: str) -> Specimen:
    """Return the file under another transfer syntax; its data set stays as it is written."""
    old = specimen.syntax.encode()
    at = specimen.meta.find(b"\x02\x00\x10\x00UI")
    if at < 0:
        return specimen
    length = struct.unpack_from("<H", specimen.meta, at + 6)[0] or len(old)
    new = uid.encode() + b"\0" * (len(uid) % 2)
    element = b"\x02\x00\x10\x00UI" + struct.pack("<H", len(new)) + new
    meta = specimen.meta[:at] + element + specimen.meta[at + 8 + length :]
    if specimen.meta[:6] == b"\x02\x00\x00\x00UL":
        meta = meta[:8] + struct.pack("<L", len(meta) - 12) + meta[12:]
    return replace(specimen, meta=meta)


def _raw(specimen: Specimen, packed: bytes) -> Specimen:
    named = with_syntax(specimen, DEFLATED)
    return replace(named, body=packed, is_deflated=False)


def _packed(data: bytes, level: int) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


MUTATIONS = {
    preamble: 3, other_syntax: 3, meta_lengths: 2, meta_elements: 3, deflate: 3,
    broken_deflate: 1, deflated_bomb: 0.3, group_lengths: 3,
}  # fmt: skip
