"""Scores outputs against the key: right, wrong and held back by kind, and every miss."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from io import BytesIO

from pydicom import dcmread
from pydicom.dataset import Dataset

from include.imaging.dicom.silence import silenced
from tests.support.answer_key import paths, pictures
from tests.support.answer_key.checks import ANYWHERE, REMOVING, Check, Kind, Planted
from tests.support.answer_key.matching import holds, in_bytes
from tests.support.answer_key.moments import common_shift, shift

Deidentify = Callable[[bytes], bytes | None]
VALID_UID = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*))+")
LONGEST_UID = 64


@dataclass(frozen=True)
class Miss:
    """A check that failed; its values may be shown, for they are synthetic."""

    modality: str
    check: Check
    found: str


@dataclass
class Report:
    """Counts by kind; `held` are checks of objects held back that should have come out."""

    right: Counter[Kind] = field(default_factory=Counter)
    wrong: Counter[Kind] = field(default_factory=Counter)
    held: Counter[Kind] = field(default_factory=Counter)
    objects: int = 0
    objects_held: int = 0
    objects_held_rightly: int = 0
    misses: list[Miss] = field(default_factory=list)

    @property
    def checks(self) -> int:
        """How many checks were asked, those of objects held back included."""
        return self.right.total() + self.wrong.total() + self.held.total()

    @property
    def share_right(self) -> float:
        """The share of all checks that were answered right; what is held back is not right."""
        return self.right.total() / max(self.checks, 1)


def score(objects: Iterable[Planted], deidentify: Deidentify) -> Report:
    """Return the report on what `deidentify` makes of the objects; None is an object held back.

    An object that may be held answers its removals by that, and its other checks are not asked.
    """
    marker = _Marker()
    for planted in objects:
        marker.mark(planted, deidentify(planted.data))
    marker.close()
    return marker.report


class _Marker:
    """Marks one output after the other, and remembers what must agree among them."""

    def __init__(self) -> None:
        self.report = Report()
        self._uids: dict[str, str] = {}
        self._origins: dict[str, str] = {}
        self._patients: dict[int, str] = {}
        self._shifts: list[tuple[Planted, Check, int | None, str]] = []

    def mark(self, planted: Planted, made: bytes | None) -> None:
        self.report.objects += 1
        output = None if made is None else _read(made)
        if made is None or output is None:
            self._held(planted)
            return
        bytes_of_it = made.lower()
        with silenced():
            for check in planted.checks:
                self._one(planted, check, output, bytes_of_it)

    def close(self) -> None:
        """Score the dates, when all of each patient's have been seen."""
        patients: dict[int, list[tuple[str, int | None]]] = {}
        for planted, check, days, _ in self._shifts:
            patients.setdefault(planted.patient, []).append((check.expected, days))
        shifts = {patient: common_shift(dates) for patient, dates in patients.items()}
        for planted, check, days, found in self._shifts:
            good = days is not None and days == shifts[planted.patient]
            self._count(planted, check, good, found)

    def _held(self, planted: Planted) -> None:
        self.report.objects_held += 1
        self.report.objects_held_rightly += planted.may_be_held
        for check in planted.checks:
            if not planted.may_be_held:
                self.report.held[check.kind] += 1
            elif check.kind in REMOVING:
                self.report.right[check.kind] += 1

    def _one(self, planted: Planted, check: Check, output: Dataset, made: bytes) -> None:
        if check.path == ANYWHERE:
            self._count(planted, check, not in_bytes(check.expected, made), "in the bytes")
            return
        if check.kind in {Kind.PIXELS_HIDDEN, Kind.PIXELS_RETAINED}:
            good = pictures.answers(check, planted.data, output)
            self._count(planted, check, good, "pixels")
            return
        element = paths.element_at(output, check.path)
        found = paths.shown(element)
        if check.kind is Kind.DATE_SHIFTED:
            self._shifts.append((planted, check, shift(check.expected, found), found))
            return
        if check.kind is Kind.TAG_RETAINED:
            good = element is not None and (element.VR != "SQ" or len(element.value) > 0)
        else:
            good = self._answers(planted, check, found)
        self._count(planted, check, good, found)

    def _answers(self, planted: Planted, check: Check, found: str) -> bool:
        match check.kind:
            case Kind.TEXT_NOT_NULL:
                return bool(found.strip())
            case Kind.TEXT_RETAINED:
                return holds(found, check.expected)
            case Kind.TEXT_REMOVED:
                return not holds(found, check.expected)
            case Kind.UID_CHANGED:
                valid = VALID_UID.fullmatch(found) and len(found) <= LONGEST_UID
                return bool(valid) and found != check.expected
            case Kind.UID_CONSISTENT:
                back = self._origins.setdefault(found, check.expected)
                same = self._uids.setdefault(check.expected, found) == found
                return bool(found) and same and back == check.expected
            case _:
                same = self._patients.setdefault(planted.patient, found) == found
                alone = list(self._patients.values()).count(found) == 1
                return bool(found) and same and alone and found != check.expected

    def _count(self, planted: Planted, check: Check, good: bool, found: str) -> None:
        if good:
            self.report.right[check.kind] += 1
            return
        self.report.wrong[check.kind] += 1
        self.report.misses.append(Miss(planted.modality, check, found))


def _read(made: bytes) -> Dataset | None:
    try:
        with silenced():
            output = dcmread(BytesIO(made), force=True)
    except Exception:  # noqa: BLE001 - an output that cannot be read is one that did not come out
        return None
    return output
