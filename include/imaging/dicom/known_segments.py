"""What marker segments of compressed images may say beside pixels: the list, as data."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

SEGMENTS = Path(__file__).parent / "known_segments.yaml"
# No entry of the list matches more.
LONGEST_BYTES = 4096
_NUL = b"\0"


def is_known(name: str, payload: bytes) -> bool:
    """Return whether a segment (`COM`, `APP0` … `APP15`) says what the list knows, or nothing.

    `payload` is what follows the segment's length, of JPEG 2000's COM what follows Rcom
    (ISO/IEC 15444-1 A.9.2). Zeros behind a text, and payloads of zeros alone, say nothing.
    """
    if payload.count(0) == len(payload):
        return True
    if len(payload) > LONGEST_BYTES or (known := _known().get(name)) is None:
        return False
    return bool(known.fullmatch(payload) or known.fullmatch(payload.rstrip(_NUL)))


@cache
def _known() -> dict[str, re.Pattern[bytes]]:
    listed = yaml.safe_load(SEGMENTS.read_text("utf-8"))
    return {
        name: re.compile("|".join(f"(?:{each})" for each in entries).encode("latin-1"), re.DOTALL)
        for name, entries in listed.items()
    }
