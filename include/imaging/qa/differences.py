"""What became of every attribute of one object, seen from its two files and not from a log."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import islice, zip_longest

from pydicom import dcmread
from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag

from include.imaging.deid.actions import Action
from include.imaging.deid.rules import Place, Rules
from include.imaging.dicom.envelope import with_preamble
from include.imaging.dicom.plain_copy import plain_copy
from include.imaging.dicom.silence import silenced
from include.imaging.qa.masks import form, plain

Element = DataElement | RawDataElement
LONGEST_READ_BYTES = 4096
MOST = 5000
PIXELS = frozenset({"PixelData", "FloatPixelData", "DoubleFloatPixelData"})
MARKS = frozenset(
    {
        "DeidentificationMethod",
        "LongitudinalTemporalInformationModified",
        "PatientIdentityRemoved",
    }
)
NAMED = frozenset({"PatientID", "PatientName"})


class Done(Enum):
    """What was done to an attribute: a letter as the policies have it, and words."""

    REMOVED = ("X", "removed")
    EMPTIED = ("Z", "emptied")
    STAND_IN = ("D", "replaced by a stand-in")
    PSEUDONYM = ("P", "replaced by the pseudonym")
    UID = ("U", "replaced by a keyed UID")
    CLEANED = ("C", "cleaned")
    SHIFTED = ("S", "shifted")
    RECAST = ("R", "written in the form of its VR")
    MASKED = ("M", "masked")
    ADDED = ("+", "written by the engine")
    KEPT = ("K", "kept")

    @property
    def letter(self) -> str:
        """The letter."""
        return self.value[0]

    @property
    def words(self) -> str:
        """The words."""
        return self.value[1]


_BY_RULE = {
    Action.UID: Done.UID,
    Action.SHIFT: Done.SHIFTED,
    Action.CLEAN: Done.CLEANED,
    Action.KEEP: Done.RECAST,
    Action.RECAST: Done.RECAST,
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One attribute: where, what was done, the original's form, and the output's value."""

    path: tuple[str, ...]
    tag: str
    vr: str
    done: Done
    original: str
    output: str


def differences(
    original: bytes, output: bytes, rules: Rules, most: int = MOST
) -> tuple[Difference, ...] | None:
    """Return what became of every attribute, in the order of their tags, the first `most`.

    Both are whole PS3.10 files; None where one of them cannot be read. `rules` say what a
    changed value was changed by. Of a removed sequence, what stood in it is only counted.
    """
    try:
        with silenced():
            before, after = _read(original), _read(output)
            if "SOPInstanceUID" not in before or "SOPInstanceUID" not in after:
                return None
            place = Place(str(after.get("SOPClassUID", "")))
            return tuple(islice(_Comparison(rules).level(before, after, place, ()), most))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a parser's own error quotes values: only the fact leaves
        return None


class _Comparison:
    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def level(
        self, before: Dataset, after: Dataset, place: Place, path: tuple[str, ...]
    ) -> Iterator[Difference]:
        for tag in sorted({*before.keys(), *after.keys()}):
            if tag.element == 0:
                continue
            old, new = _element(before, tag), _element(after, tag)
            olds, news = _items(old), _items(new)
            if olds is None or not news:
                yield _row(tag, old, new, self._done(tag, old, new, place), path)
                continue
            inside = place.inside(self._rules.decide(place, int(tag), "SQ"))
            for number, (one, other) in enumerate(zip_longest(olds, news), 1):
                here = (*path, f"{_name(tag)}[{number}]")
                yield from self.level(one or Dataset(), other or Dataset(), inside, here)

    def _done(
        self,
        tag: BaseTag,
        old: Element | None,
        new: Element | None,
        place: Place,
    ) -> Done:
        if old is None:
            return Done.ADDED
        if new is None:
            return Done.REMOVED
        if _content(old) == _content(new):
            return Done.KEPT
        if not _content(new):
            return Done.EMPTIED
        return self._changed(tag, old, place)

    def _changed(self, tag: BaseTag, old: Element, place: Place) -> Done:
        name = _name(tag)
        if name in PIXELS:
            return Done.MASKED
        if name in MARKS:
            return Done.ADDED
        if name in NAMED:
            return Done.PSEUDONYM
        if tag.is_private:
            by_vr = {"UI": Done.UID, "DA": Done.SHIFTED, "DT": Done.SHIFTED}
            return by_vr.get(old.VR or "", Done.CLEANED)
        rule = self._rules.decide(place, int(tag), old.VR)
        return _BY_RULE.get(rule.action, Done.STAND_IN)


def _row(
    tag: BaseTag,
    old: Element | None,
    new: Element | None,
    done: Done,
    path: tuple[str, ...],
) -> Difference:
    shown = new if new is not None else old
    assert shown is not None
    return Difference(
        path=(*path, _name(tag)),
        tag=f"({tag.group:04X},{tag.element:04X})",
        vr=str(shown.VR or ""),
        done=done,
        original="" if old is None else _form(old),
        output="" if new is None else _shown(new),
    )


def _form(element: Element) -> str:
    content = _content(element)
    return form(content) if isinstance(content, str) else _size(element)


def _shown(element: Element) -> str:
    content = _content(element)
    return plain(content) if isinstance(content, str) else _size(element)


def _size(element: Element) -> str:
    value = element.value
    if isinstance(value, Sequence):
        return f"{len(value)} items"
    return f"{len(value) if isinstance(value, bytes) else 0} bytes"


def _content(element: Element) -> str | bytes | int:
    """Return a value as text, or what else of it can be compared."""
    value = element.value
    if isinstance(value, Sequence):
        return len(value)
    if isinstance(value, bytes):
        return value.rstrip(b"\0") if len(value) <= LONGEST_READ_BYTES else value
    if isinstance(value, MultiValue | list):
        return "\\".join(map(str, value))
    return "" if value is None else str(value)


def _element(dataset: Dataset, tag: BaseTag) -> Element | None:
    """Return an element, decoded where it is short and can be."""
    if tag not in dataset:
        return None
    raw = dataset.get_item(tag)
    if isinstance(raw, RawDataElement) and len(raw.value or b"") > LONGEST_READ_BYTES:
        is_sequence = raw.VR == "SQ" or (raw.VR is None and _name(tag).endswith("Sequence"))
        if not is_sequence:
            return raw
    try:
        return dataset[tag]
    except Exception:  # noqa: BLE001 - what cannot be read is told by its size
        return raw


def _items(element: Element | None) -> Sequence | None:
    """Return the items of a sequence, None for any other element or none."""
    value = None if element is None else element.value
    return value if isinstance(value, Sequence) else None


def _name(tag: BaseTag) -> str:
    return "private" if tag.is_private else keyword_for_tag(tag) or "unknown"


def _read(data: bytes) -> Dataset:
    return dcmread(io.BytesIO(plain_copy(with_preamble(data))), force=True)
