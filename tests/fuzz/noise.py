"""Mutations that know nothing of DICOM: bytes flipped, lost, doubled, spliced, appended."""

from __future__ import annotations

import random

from tests.fuzz.canaries import HIDDEN
from tests.fuzz.seeds import made

MOST_FLIPS = 40
HEADER_BYTES = 2000


def flip_bits(rng: random.Random, data: bytes) -> bytes:
    """Flip up to a few dozen bits, half of the time in the header alone."""
    changed = bytearray(data)
    end = min(len(data), HEADER_BYTES) if rng.random() < 0.5 else len(data)
    for _ in range(rng.randint(1, MOST_FLIPS) if end else 0):
        changed[rng.randrange(end)] ^= 1 << rng.randrange(8)
    return bytes(changed)


def overwrite(rng: random.Random, data: bytes) -> bytes:
    """Write random bytes, zeros or ones over a stretch."""
    start, end = _stretch(rng, data, 64)
    filler = rng.choice([bytes(end - start), b"\xff" * (end - start), rng.randbytes(end - start)])
    return data[:start] + filler + data[end:]


def truncate(rng: random.Random, data: bytes) -> bytes:
    """Cut the file anywhere, or near its end."""
    if not data:
        return data
    return data[: rng.randrange(len(data))] if rng.random() < 0.5 else data[: -rng.randint(1, 40)]


def lose(rng: random.Random, data: bytes) -> bytes:
    """Leave a stretch out."""
    start, end = _stretch(rng, data, 200)
    return data[:start] + data[end:]


def double(rng: random.Random, data: bytes) -> bytes:
    """Write a stretch twice."""
    start, end = _stretch(rng, data, 400)
    return data[:end] + data[start:]


def insert(rng: random.Random, data: bytes) -> bytes:
    """Put random bytes between two others."""
    start, _ = _stretch(rng, data, 1)
    return data[:start] + rng.randbytes(rng.randint(1, 16)) + data[start:]


def splice(rng: random.Random, data: bytes) -> bytes:
    """Go on with the second half of another file."""
    other = rng.choice(made())
    return data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other)) :]


def append(rng: random.Random, data: bytes) -> bytes:
    """Append garbage, zeros, a text, or another whole file."""
    word = HIDDEN.encode()
    behind = [
        rng.randbytes(rng.randint(1, 300)),
        bytes(rng.randint(1, 5000)),
        word,
        bytes(rng.randint(1, 600)) + word,
        word + bytes(rng.randint(1, 600)),
        b"\xfc\xff\xfc\xffOB\0\0" + len(word).to_bytes(4, "little") + word,
        rng.choice(made()),
    ]
    return data + rng.choice(behind)


def _stretch(rng: random.Random, data: bytes, longest: int) -> tuple[int, int]:
    end = min(len(data), HEADER_BYTES) if rng.random() < 0.5 else len(data)
    start = rng.randrange(end) if end else 0
    return start, min(len(data), start + rng.randint(1, longest))


MUTATIONS = {
    flip_bits: 4, overwrite: 2, truncate: 3, lose: 2, double: 2, insert: 2, splice: 1, append: 4,
}  # fmt: skip
