"""What is left of the probe: values, private elements, overlays and curves, new faults."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from include.imaging.dicom.silence import silenced
from include.imaging.validation.conformance import faults
from tests.support.answer_key.paths import shown
from tests.support.answer_key.table import Duty, duty
from tests.support.dicom import Sown, probe, sown

HEADINGS = ("top level", "nested", "private", "overlay, curve", "new dciodvfy errors")
NESTING = "DerivationCodeSequence"
STATION_NAME = 0x00081010


@dataclass(frozen=True)
class Residue:
    """How many attributes kept their value, and what else is there that should not be."""

    top: int
    nested: int
    private: int
    drawn: int
    faults: int | None
    nesting_dropped: bool

    @property
    def counts(self) -> tuple[int, int, int, int, int | None]:
        """The counts in the order of HEADINGS."""
        return self.top, self.nested, self.private, self.drawn, self.faults

    @property
    def cells(self) -> list[str]:
        """The counts as text, in the order of HEADINGS."""
        nested = "sequence dropped" if self.nesting_dropped else str(self.nested)
        conformance = "unreadable" if self.faults is None else str(self.faults)
        return [str(self.top), nested, str(self.private), str(self.drawn), conformance]


def residue(made: bytes | None, options: frozenset[str]) -> Residue | None:
    """Return what an output keeps of the probe, less what the options retain on purpose.

    `options` are the columns of Table E.1-1 that a policy has in force. A date that is moved
    must not be the original's; a time of day may stay where dates are moved by whole days.
    """
    if made is None:
        return None
    original, _ = probe()
    asked = [_asked(each, options) for each in sown() if not _is_retained(each, options)]
    with silenced():
        output = dcmread(io.BytesIO(made), force=True)
        left = [each for each in asked if _is_left(each, made, output)]
        groups = [element.tag.group for element in output.iterall()]
    return Residue(
        top=sum(not each.is_nested for each in left),
        nested=sum(each.is_nested for each in left),
        private=sum(group % 2 for group in groups),
        drawn=sum(group >> 8 in (0x50, 0x60) for group in groups),
        faults=_new_faults(original, made),
        nesting_dropped=not output.get(NESTING),
    )


def _is_retained(each: Sown, options: frozenset[str]) -> bool:
    asked = duty(each.tag, options)
    return asked is Duty.STAY or (asked is Duty.SHIFT and each.vr == "TM")


def _asked(each: Sown, options: frozenset[str]) -> Sown:
    """Return what must be gone: of a sequence that is cleaned, what no option retains inside."""
    cleaned = duty(each.tag, options) is Duty.CLEAN
    if each.vr != "SQ" or not cleaned or duty(STATION_NAME, options) is not Duty.STAY:
        return each
    return replace(each, values=tuple(value for value in each.values if value[:1] != b"S"))


def _is_left(each: Sown, made: bytes, output: Dataset) -> bool:
    if each.vr not in {"DA", "DT", "UI"}:
        return any(value in made for value in each.values)
    # a moved date may be what another attribute had, and one UID the beginning of another
    places = output.get(NESTING) if each.is_nested else [output]
    found = [shown(place[Tag(each.tag)]) for place in places or [] if Tag(each.tag) in place]
    return any(value.decode() in text for value in each.values for text in found)


def _new_faults(original: bytes, made: bytes) -> int | None:
    before, after = faults(original), faults(made)
    return None if before is None or after is None else len(after - before)
