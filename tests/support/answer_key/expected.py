"""From an element, its row of the table and the text planted in it to what must become of it."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from pydicom.dataelem import DataElement

from tests.support.answer_key.checks import Kind
from tests.support.answer_key.paths import shown
from tests.support.answer_key.table import Duty, duty
from tests.support.answer_key.texts import SHORTEST_PIECE, Text

STANDARD = "1.2.840.10008."
# of the attributes that the table does not name and no text was planted in, so many are checked
SHARE_OF_THE_REST = 0.12
WORTH_KEEPING = frozenset({"CS", "DS", "IS", "US", "SS", "UL", "FD", "FL", "LO", "SH"})
LONGEST_SHOWN = 200
# what de-identification itself has to write (PS3.15 E.2, E.3.1)
MARKS = frozenset({"BurnedInAnnotation", "PatientIdentityRemoved", "DeidentificationMethod"})

Expectation = tuple[Kind, str]


def expectations(
    element: DataElement, text: Text | None, *, gone: bool, random: Random
) -> Iterator[Expectation]:
    """Yield what must be true of an element; `gone` says that its sequence has to go.

    PS3.15 Table E.1-1 decides by the attribute, E.3.6 that dates are moved, E.3.5 that
    descriptors are cleaned; an attribute that the table does not name stays, unless identity
    was planted in it.
    """
    if element.tag.is_private or _is_drawn_group(element) or _is_empty(element):
        return
    if text is not None:
        yield from _of_text(text, _duty(element), gone=gone)
        return
    if element.VR == "UI":
        yield from _of_uid(element, gone=gone)
        return
    yield from _of_value(element, gone=gone, random=random)


def _duty(element: DataElement) -> Duty:
    found = duty(int(element.tag))
    if found is Duty.FREE and element.VR == "PN":
        return Duty.GO
    return found


def _is_empty(element: DataElement) -> bool:
    # of bytes, whoever planted them says what is expected
    return element.value is None or element.value == "" or isinstance(element.value, bytes)


def _is_drawn_group(element: DataElement) -> bool:
    # nothing of an overlay or curve is worth keeping without its data
    return element.tag.group >> 8 in (0x50, 0x60)


def _of_text(text: Text, found: Duty, *, gone: bool) -> Iterator[Expectation]:
    for piece in text.removed:
        yield Kind.TEXT_REMOVED, piece
    if found in {Duty.GO, Duty.DUMMY} or gone:
        return
    for word in text.kept:
        yield Kind.TEXT_RETAINED, word


def _of_uid(element: DataElement, *, gone: bool) -> Iterator[Expectation]:
    value = str(element.value)
    if value.startswith(STANDARD) or "[" in value:
        return
    found = duty(int(element.tag))
    if found is Duty.STAY:
        yield Kind.TEXT_RETAINED, value
    elif gone or found is not Duty.REPLACE_UID:
        yield Kind.TEXT_REMOVED, value
    else:
        yield Kind.UID_CHANGED, value
        yield Kind.UID_CONSISTENT, value


def _of_value(element: DataElement, *, gone: bool, random: Random) -> Iterator[Expectation]:
    found, value = _duty(element), shown(element)
    if found in {Duty.GO, Duty.DUMMY} or (gone and found is not Duty.FREE):
        if SHORTEST_PIECE < len(value) < LONGEST_SHOWN and element.VR != "TM":
            yield Kind.TEXT_REMOVED, value
        if found is Duty.DUMMY and not gone:
            yield Kind.TEXT_NOT_NULL, ""
    elif found is Duty.SHIFT:
        yield from _of_moment(element, value)
    elif found is Duty.STAY:
        yield from _of_kept(element, value)
    elif found is Duty.FREE and not gone and _is_drawn(element, value, random):
        yield Kind.TEXT_RETAINED, value


def _is_drawn(element: DataElement, value: str, random: Random) -> bool:
    if element.keyword in MARKS or element.VR not in WORTH_KEEPING or len(value) >= LONGEST_SHOWN:
        return False
    return random.random() < SHARE_OF_THE_REST


def _of_moment(element: DataElement, value: str) -> Iterator[Expectation]:
    if element.VR == "TM":
        yield Kind.TEXT_NOT_NULL, ""
    elif element.VR in {"DA", "DT"}:
        yield Kind.DATE_SHIFTED, value


def _of_kept(element: DataElement, value: str) -> Iterator[Expectation]:
    yield Kind.TAG_RETAINED, ""
    if element.keyword == "PatientAge" and value > "089Y":
        # an age above 89 identifies; it stays as 090Y, which is what all of them are called
        if value != "090Y":
            yield Kind.TEXT_REMOVED, value
    elif element.VR not in {"DA", "DT", "TM"}:
        yield Kind.TEXT_RETAINED, value
