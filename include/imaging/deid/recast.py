"""Puts a value that was written with another VR into the attribute's own, where nothing is lost."""

from __future__ import annotations

import struct
from decimal import Decimal

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag
from pydicom.valuerep import format_number_as_ds

from include.imaging.deid.shapes import texts

Recast = tuple[str, list[str | int | float]]

DECIMALS = frozenset(["DS", "IS"])
BINARY_NUMBERS = {
    "FD": "<d",
    "FL": "<f",
    "SL": "<l",
    "SS": "<h",
    "SV": "<q",
    "UL": "<L",
    "US": "<H",
    "UV": "<Q",
}
FLOATS = frozenset(["FD", "FL"])
NUMBERS = DECIMALS | frozenset(BINARY_NUMBERS)
# Characters of one value (PS3.5 6.2) of the VRs whose text is kept for what the attribute is.
TEXT_LENGTHS = {"LO": 64, "LT": 10240, "SH": 16, "ST": 1024, "UC": 2**32, "UT": 2**32}
SEVERAL_LINES = frozenset(["LT", "ST", "UT"])  # of one value, in which a backslash is text
UNREADABLE = "\ufffd"
LONGEST_DS = 16
LARGEST_IS = 2**31
LARGEST = Decimal(2) ** 1024  # of any number in a binary VR
FLOAT_DIGITS = (7, 8, 9)  # the fewest that name a number of 32 bits


def forms(encoded: str | None, own: tuple[str, ...]) -> tuple[str, ...]:
    """Return the own VRs that a value of another VR may be put into; none where it might hide.

    Numbers are numbers in each of their VRs. Text is taken for text only where the attribute's
    own VR holds any text: a code, a date or a name has rules that text would walk around.
    """
    for kind in (NUMBERS, frozenset(TEXT_LENGTHS)):
        if encoded in kind:
            return tuple(vr for vr in own if vr in kind)
    return ()


def recast(dataset: Dataset, tag: BaseTag, own: tuple[str, ...]) -> Recast | None:
    """Return the first own VR that holds an element's value, and the value; None if none does."""
    try:
        return _first_fitting(_read(dataset, tag), own)
    except (ValueError, TypeError, ArithmeticError, NotImplementedError):
        return None  # pydicom's own errors: the bytes are no value of the VR they came with


def _first_fitting(values: list[object], own: tuple[str, ...]) -> Recast | None:
    for vr in own:
        make = _number if vr in NUMBERS else _text
        made = [found for value in values if (found := make(value, vr)) is not None]
        if len(made) == len(values) and (len(made) < 2 or vr not in SEVERAL_LINES):
            return vr, made
    return None


def _read(dataset: Dataset, tag: BaseTag) -> list[object]:
    element = dataset.get_item(tag)
    if element.value in (None, "", b""):
        return []
    if element.VR in DECIMALS:
        return [_decimal(each) for each in texts(element.value)]
    value = dataset[tag].value
    values = list(value) if isinstance(value, MultiValue | list) else [value]
    return [_shortest(each) for each in values] if element.VR == "FL" else values


def _decimal(each: str) -> str:
    return str(Decimal(each.strip(" \0")))


def _shortest(number: float) -> str:
    """Return the shortest decimal of a number of 32 bits: 0.1, not 0.10000000149011612."""
    candidates = (f"{number:.{digits}g}" for digits in FLOAT_DIGITS)
    exact = (text for text in candidates if _packed("FL", float(text)) == _packed("FL", number))
    return next(exact, str(number))


def _packed(vr: str, number: float) -> bytes | None:
    try:
        return struct.pack(BINARY_NUMBERS[vr], number)
    except (struct.error, OverflowError):
        return None


def _number(value: object, vr: str) -> str | int | float | None:
    """Return a number as a value of a VR, None where it would become another number."""
    number = Decimal(str(value))
    if not number.is_finite() or abs(number) >= LARGEST:
        return None
    if vr == "DS":
        return _ds(number)
    if vr in FLOATS:
        return float(number) if _packed(vr, float(number)) else None
    if number != number.to_integral_value():
        return None
    if vr == "IS":
        return str(int(number)) if -LARGEST_IS <= number < LARGEST_IS else None
    return int(number) if _packed(vr, int(number)) else None


def _ds(number: Decimal) -> str:
    exact = str(number)
    return exact if len(exact) <= LONGEST_DS else format_number_as_ds(float(number))


def _text(value: object, vr: str) -> str | None:
    """Return a text as a value of a VR, None where the VR cannot hold it or it is unreadable."""
    text = str(value)
    if len(text) > TEXT_LENGTHS[vr] or UNREADABLE in text:
        return None
    is_line = text.isprintable() and "\\" not in text
    return text if is_line or vr in SEVERAL_LINES else None
