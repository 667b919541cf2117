"""Stand-in values, valid for their VR and the same for everybody (PS3.15 E.1.1, action D)."""

from __future__ import annotations

from include.imaging.dicom.vrs import NUMBER_BYTES

TEXT = "ANONYMIZED"
DATE, TIME = "19000101", "000000"
CODING_SCHEME = "99ANON"

BY_VR: dict[str, object] = {
    "AE": TEXT,
    "AS": "000Y",
    "CS": TEXT,
    "DA": DATE,
    "DS": "0",
    "DT": DATE + TIME,
    "IS": "0",
    "LO": TEXT,
    "LT": TEXT,
    "OB": b"\0\0",
    "OD": bytes(8),
    "OF": bytes(4),
    "OL": bytes(4),
    "OV": bytes(8),
    "OW": b"\0\0",
    "PN": TEXT,
    "SH": TEXT,
    "ST": TEXT,
    "TM": TIME,
    "UC": TEXT,
    "UN": b"\0\0",
    "UR": "urn:anonymized",
    "UT": TEXT,
    "AT": 0x00080000,
    **dict.fromkeys(("FD", "FL"), 0.0),
    **dict.fromkeys(("SL", "SS", "SV", "UL", "US", "UV"), 0),
}
BY_KEYWORD: dict[str, object] = {"CodingSchemeDesignator": CODING_SCHEME}


def dummy(keyword: str, vr: str) -> object:
    """Return the stand-in for an attribute; KeyError for SQ and UI, which have none."""
    return BY_KEYWORD.get(keyword, BY_VR[vr] if vr in BY_VR else BY_VR[vr.split(" or ")[0]])


def encoded_dummy(keyword: str, vr: str) -> bytes:
    """Return the stand-in as it is encoded in little endian, of even length."""
    value = dummy(keyword, vr)
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode() + b" " * (len(value) % 2)
    first, _, _ = vr.partition(" or ")
    return bytes((8, 0, 0, 0)) if first == "AT" else bytes(NUMBER_BYTES[first])


def is_dummy(value: bytes) -> bool:
    """Return whether an encoded value is one of the stand-ins, so says nothing of anybody."""
    return value in _ENCODED


_ENCODED = frozenset(
    value.encode() for value in (*BY_VR.values(), *BY_KEYWORD.values()) if isinstance(value, str)
)
