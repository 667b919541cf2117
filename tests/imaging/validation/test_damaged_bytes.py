"""Damage to an output's bytes is found and never raises, in files of many kinds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian

from include.imaging.validation.verify import verify
from tests.support.deidentification import made_of
from tests.support.dicom import ct, encode
from tests.support.good_outputs import good_outputs

BYTES: dict[str, tuple[Callable[[bytes, str], bytes], set[str]]] = {
    "a name behind the end": (lambda data, name: data + name.encode() * 2, {"REREAD_FAILED"}),
    "bytes cut off": (lambda data, _: data[:-9], {"REREAD_FAILED"}),
    "a name in the preamble": (
        lambda data, name: name.encode().ljust(128, b"\0") + data[128:],
        {"FORBIDDEN_ELEMENT"},
    ),
    "another instance in the file meta group": (
        lambda data, _: data[:132] + data[132:].replace(b"2.25.", b"2.26.", 1),
        {"UID_MISMATCH"},
    ),
    "a wrong length of the file meta group": (
        lambda data, _: data[:140] + bytes([data[140] ^ 2]) + data[141:],
        {"REREAD_FAILED"},
    ),
    "no mark of DICOM": (lambda data, _: data[:128] + b"MCID" + data[132:], {"REREAD_FAILED"}),
}


@pytest.mark.parametrize("name", BYTES)
def test_damaged_bytes_are_found(name: str) -> None:
    damage, expected = BYTES[name]
    for good in good_outputs():
        data = damage(good.made.data, "SECRETNAME^JOHN")
        assert good.codes(data) == expected, good.name


def test_no_damage_of_any_byte_makes_it_raise() -> None:
    seen = 0
    for good in good_outputs()[:8]:
        for at in range(132, min(len(good.made.data), 900), 7):
            data = (
                good.made.data[:at] + bytes([good.made.data[at] ^ 0x15]) + good.made.data[at + 1 :]
            )
            seen += bool(good.codes(data))
    assert seen > 100


@pytest.mark.parametrize(("behind", "code"), [(b"\0", ""), (b"NAME", "REREAD_FAILED")])
def test_bytes_behind_a_deflated_data_set_are_found(behind: bytes, code: str) -> None:
    original = encode(ct(), DeflatedExplicitVRLittleEndian)
    made = made_of(original)
    found = verify(original, replace(made, data=made.data + behind))
    assert [each.code for each in found] == ([code] if code else [])
