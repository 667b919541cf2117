"""Whether a kept value can be one of its VR: what cannot is a hiding place, and does not stay."""

from __future__ import annotations

import re
from functools import lru_cache

from pydicom.datadict import dictionary_VM, tag_for_keyword
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence

from include.imaging.deid.actions import Action
from include.imaging.deid.dummies import TEXT
from include.imaging.dicom.uids import is_standard
from include.imaging.dicom.vrs import NUMBER_BYTES

# What a value of these VRs can consist of (PS3.5 6.2, widened to what is common).
_CHARACTERS = {
    "AS": re.compile(r"[0-9DWMY \0\\]*"),
    "DA": re.compile(r"[0-9.\-: \0\\]*"),
    "DS": re.compile(r"[0-9+\-.eE \0\\]*"),
    "DT": re.compile(r"[0-9+\-.: \0\\]*"),
    "IS": re.compile(r"[0-9+\-.eE \0\\]*"),
    "TM": re.compile(r"[0-9.\-: \0\\]*"),
}
TEXTS = frozenset(["AE", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"])
# No text has these (PS3.5 6.1.3): what has is no text, whatever its VR says. Tabs and line ends
# are common in all of them.
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
NO_TEXT = b"\x01"
INFINITY = float("inf")
_TEXT_OF_NUMBERS = re.compile(rb"[\x20-\x7e]{7,}[\x20-\x7e\0]")
VR_LENGTH = 2  # pydicom calls what it has not decided "US or SS"
# Widened by nothing: it is the one VR in which words are kept without a rule that names them.
_CODE = re.compile(r"[A-Z0-9 _]{0,16}")


def kept(value: object, vr: str, unfit: Action) -> Action:
    """Return what becomes of a value that no rule names: `KEEP` where it is one of its VR.

    `unfit` is the answer for a value that is none. Of several codes, those that are none are
    replaced (`DUMMY`), and codes in lower case are put into upper case (`RECAST`): see `mended`.
    A UID that is not the standard's is keyed: a class or a vocabulary of one's own names its
    owner.
    """
    if vr == "UI":
        return Action.KEEP if all(map(is_standard, _given(value))) else Action.UID
    if vr == "CS":
        return _kept_codes(_given(value), unfit)
    shape = _CHARACTERS.get(vr)
    if shape is None or value is None or shape.fullmatch("\\".join(texts(value))):
        return Action.KEEP
    return unfit


def is_text(value: bytes) -> bool:
    """Return whether a value consists of what texts do; nulls behind the last of each are padding.

    Behind a null in its middle stands what was in a writer's memory.
    """
    return not any(_CONTROLS.search(each.rstrip(b"\0 ")) for each in value.split(b"\\"))


def is_number(value: bytes, vr: str, keyword: str) -> bool:
    """Return whether a value in a binary VR is as long as the attribute's multiplicity allows.

    Longer ones, and halves of numbers, are no numbers: any text can stand in them. Neither are
    several that spell a text, where there may be any number of them.
    """
    size = NUMBER_BYTES[vr]
    count, rest = divmod(len(value), size)
    least, most, step = _multiplicity(keyword)
    if rest or count > most or (most == INFINITY and _TEXT_OF_NUMBERS.fullmatch(value)):
        return False
    return count == 0 or (count >= least and (count - least) % step == 0)


@lru_cache(maxsize=10_000)
def _multiplicity(keyword: str) -> tuple[int, float, int]:
    """Return the least and the most values of an attribute, and by how many they grow (PS3.6)."""
    tag = tag_for_keyword(keyword) if keyword else None
    least, _, most = (dictionary_VM(tag) if tag is not None else "1-n").partition("-")
    if not most:
        return int(least), int(least), 1
    step = int(most[:-1] or 1) if most.endswith("n") else 1
    return int(least), INFINITY if most.endswith("n") else int(most), step


def mended(value: object) -> list[str]:
    """Return codes with a stand-in for each that is none; their positions mean something."""
    codes = (_raised(_stripped(each)) for each in texts(value))
    return [code if _CODE.fullmatch(code) else TEXT for code in codes]


def texts(value: object) -> list[str]:
    """Return a value as its single texts, whatever VR it was written with."""
    if isinstance(value, MultiValue):
        return [str(each) for each in value]
    return text(value).split("\\")


def encoded_vr(element: DataElement | RawDataElement) -> str | None:
    """Return the VR that an element was encoded with, None where it had none or an open one."""
    return element.VR if element.VR and len(element.VR) == VR_LENGTH else None


def encoded(element: DataElement | RawDataElement) -> bytes:
    """Return the encoded value of an element that holds texts; of one decoded its texts again.

    Decoded numbers become zeros, as many as there are; items, which nobody needs to look into
    that asks for a text, become what is none.
    """
    if isinstance(element.value, bytes):
        return element.value
    if isinstance(element.value, Sequence):
        return NO_TEXT
    size = NUMBER_BYTES.get((element.VR or "")[:VR_LENGTH])
    if size and isinstance(element, DataElement):
        return bytes(size * element.VM)
    return "\\".join(texts(element.value)).encode("utf-8", "surrogateescape")


def text(value: object) -> str:
    """Return a value as one text, '' when there is none."""
    return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value or "")


def _kept_codes(codes: list[str], unfit: Action) -> Action:
    if all(map(_CODE.fullmatch, codes)):
        return Action.KEEP
    fitting = [_CODE.fullmatch(_raised(code)) is not None for code in codes]
    return Action.RECAST if all(fitting) else Action.DUMMY if any(fitting) else unfit


def _raised(code: str) -> str:
    """Return a code that is all in lower case in upper case; one of both is no code but a word."""
    return code.upper() if code.isascii() and code == code.lower() else code


def _given(value: object) -> list[str]:
    return [found for each in texts(value) if (found := _stripped(each))]


def _stripped(each: str) -> str:
    return each.strip(" \0")
