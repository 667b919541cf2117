"""The fast walk of Explicit VR Little Endian sees what the walk of any encoding sees."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from include.imaging.dicom import parts
from include.imaging.dicom.any_encoding import Walker
from include.imaging.dicom.elements import WalkError, file_meta, transfer_syntax_of
from include.imaging.dicom.explicit_little import explicit_parts
from include.imaging.dicom.limits import PARTS
from include.imaging.dicom.parts import Bulk, Head, Part
from tests.support.dicom import package_files

FOREIGN = {ImplicitVRLittleEndian, "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"}
MUTATIONS = 4000
PIECES = [
    bytes.fromhex(piece)
    for piece in (
        "feff0de000000000",  # the end of an item, and of a sequence
        "feffdde000000000",
        "feff00e000000000",  # an item of no length, and of an undefined one
        "feff00e0ffffffff",
        "08001592554e0000ffffffff",  # a sequence that came as UN
        "0800159253510000ffffffff",
        "0000000000000000",
    )
]
Seen = tuple[list[tuple[tuple[int, ...], int, str, bytes]], int] | str


def _fast(data: bytes, offset: int, limit: int) -> tuple[list[Part], int]:
    return explicit_parts(data, offset, limit)


def _slow(data: bytes, offset: int, limit: int) -> tuple[list[Part], int]:
    walker = Walker(data, "<", limit, is_implicit=False)
    end = walker.data_set(offset)
    return walker.parts, end


def _seen(
    walk: Callable[[bytes, int, int], tuple[list[Part], int]], data: bytes, at: int, limit: int
) -> Seen:
    """Return what a walk sees, or the code of its error."""
    try:
        found, end = walk(data, at, limit)
    except WalkError as error:
        return error.code
    return [_known(*part) for part in found], end


def _known(head: Head, value: bytes | Bulk) -> tuple[tuple[int, ...], int, str, bytes]:
    plain = bytes(value.view()) if isinstance(value, Bulk) else value
    return head.path, head.tag, head.vr, plain


def _data_sets() -> list[tuple[bytes, int]]:
    found = []
    for path in package_files():
        data = path.read_bytes()
        try:
            meta, offset = file_meta(data)
        except WalkError:
            continue
        if (syntax := transfer_syntax_of(meta)) and syntax not in FOREIGN:
            found.append((data, offset))
    return found


def test_both_see_the_same_in_every_file_of_the_packages() -> None:
    data_sets = _data_sets()
    assert len(data_sets) > 150
    for data, offset in data_sets:
        seen = _seen(_fast, data, offset, PARTS)
        assert seen == _seen(_slow, data, offset, PARTS)


def test_both_see_the_same_in_spoilt_files_or_the_same_is_wrong() -> None:
    chance = random.Random(20)
    small = [(data, at) for data, at in _data_sets() if len(data) < 10_000]
    assert len(small) > 50
    codes: set[str] = set()
    for _ in range(MUTATIONS):
        original, offset = chance.choice(small)
        data = _spoilt(bytearray(original), offset, chance)
        limit = chance.choice([PARTS, PARTS, 40])
        seen = _seen(_fast, data, offset, limit)
        assert seen == _seen(_slow, data, offset, limit)
        codes.add(seen if isinstance(seen, str) else "")
    assert codes == {"", "TRUNCATED", "UNPARSABLE", "TOO_MANY_ELEMENTS"}


def _spoilt(data: bytearray, offset: int, chance: random.Random) -> bytes:
    for _ in range(chance.choice([1, 1, 2, 5])):
        at = chance.randrange(offset, len(data))
        kind = chance.randrange(5)
        if kind == 0:
            data[at] = chance.choice([0, 1, 8, 254, 255, chance.randrange(256)])
        elif kind == 1:
            data[at:at] = chance.choice(PIECES)
        elif kind == 2:
            del data[at : at + chance.choice([1, 2, 4, 8, 12])]
        elif kind == 3:
            data += bytes(chance.randrange(20))
        elif len(data) - offset > 100:
            del data[chance.randrange(offset + 50, len(data)) :]
    return bytes(data)


def test_headers_are_remembered_up_to_a_bound_and_then_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data, offset = max(_data_sets(), key=lambda found: len(found[0]) < 50_000)
    expected = _seen(_fast, data, offset, PARTS)
    monkeypatch.setattr(parts, "MOST_HEADERS", 5)
    for _ in range(3):
        assert _seen(_fast, data, offset, PARTS) == expected
    assert len(parts.top_level()) <= 5
    assert ExplicitVRLittleEndian not in FOREIGN
