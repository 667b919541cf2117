"""One thing that must be true of an output, in the ten kinds of MIDI-B."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

ANYWHERE = "*"


class Kind(StrEnum):
    """The ten kinds of action of MIDI-B (arXiv:2507.23608)."""

    TAG_RETAINED = "tag_retained"
    TEXT_NOT_NULL = "text_not_null"
    TEXT_RETAINED = "text_retained"
    TEXT_REMOVED = "text_removed"
    DATE_SHIFTED = "date_shifted"
    UID_CHANGED = "uid_changed"
    UID_CONSISTENT = "uid_consistent"
    PATIENT_ID_CONSISTENT = "patid_consistent"
    PIXELS_HIDDEN = "pixels_hidden"
    PIXELS_RETAINED = "pixels_retained"


REMOVING = frozenset({Kind.TEXT_REMOVED, Kind.PIXELS_HIDDEN, Kind.UID_CHANGED})


@dataclass(frozen=True, slots=True)
class Check:
    """`expected` is the piece of text, date, UID or box (frame, left, top, right, bottom).

    `path` is of keywords and item numbers; `gggg[creator]ee` for a private element, eight digits
    for an unknown one, ANYWHERE for the bytes of the whole file.
    """

    instance: str
    path: str
    keyword: str
    kind: Kind
    expected: str


@dataclass(frozen=True)
class Planted:
    """One object of the key; holding it back is an answer only where `may_be_held`."""

    name: str
    modality: str
    patient: int
    instance: str
    data: bytes
    checks: tuple[Check, ...] = field(repr=False)
    may_be_held: bool = False
