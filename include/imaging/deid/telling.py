"""Which attributes of an original tell who it is of, so that its texts can be rid of that."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from include.imaging.deid.actions import Action
from include.imaging.deid.rules import Decision, Place, Rules
from include.imaging.deid.scene import Characters, Telling, characters_of
from include.imaging.deid.shapes import encoded, encoded_vr
from include.imaging.deid.structured import about, about_spans
from include.imaging.dicom.explicit import DoubtError, Span
from include.imaging.dicom.forms import Form

TELLING_VRS = frozenset(["AE", "AS", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"])
_TAKES_AWAY = frozenset(
    {Action.REMOVE, Action.EMPTY, Action.DUMMY, Action.UID, Action.SHIFT, Action.HOLD}
)
DATE_LENGTH = 8
PRIVATE, SPECIFIC_CHARACTER_SET = 0x00010000, 0x00080005
# Longer values are no names and no numbers.
LONGEST_TELLING = 1024
# Sequences, and how long one may be, of which it is remembered what they tell.
REMEMBERED = 4096
LONGEST_REMEMBERED = 4096

Named = tuple[str, str]
_NOT_MET: Named = ("", "")


def tells(decision: Decision, vr: str) -> bool:
    """Return whether a policy takes an attribute's value away, because it may name somebody."""
    return bool(decision.keyword) and decision.action in _TAKES_AWAY and vr in TELLING_VRS


def told(keyword: str, vr: str, value: bytes) -> Telling:
    """Return what a value tells: of moments, only the day."""
    if vr in ("DA", "DT"):
        return keyword, vr, value[:DATE_LENGTH]
    return keyword, vr, value[:LONGEST_TELLING].rstrip(b" \0")


class TellingAttributes:
    """Finds what tells, at every depth, in either form of an object; safe among threads."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._words: dict[tuple[str, str, str], dict[tuple[int, bytes], Named | None]] = {}
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._inside)

    def in_data_set(
        self, dataset: Dataset, place: Place, own: Characters | None = None
    ) -> Iterator[Telling]:
        """Yield what a data set tells, in its order; `own` are the character sets of an item."""
        if place.sequence:
            if SPECIFIC_CHARACTER_SET in dataset:
                own = characters_of(encoded(dataset.get_item(SPECIFIC_CHARACTER_SET)))
            concept = about(dataset, place.sequence, caps_ages=self._rules.caps_ages)
            place = Place(place.sop_class_uid, place.sequence, concept=concept)
        for tag in [tag for tag in dataset.keys() if not tag.is_private]:  # noqa: SIM118
            element = dataset.get_item(tag)
            decision = self._rules.decide(place, int(tag), encoded_vr(element))
            if decision.vr == "SQ":
                value = dataset[tag].value if decision.keyword else None
                inside = Place(place.sop_class_uid, decision.keyword)
                for item in value if isinstance(value, Sequence) else ():
                    yield from self.in_data_set(item, inside, own)
            elif element.value and tells(decision, decision.vr):
                word, vr, value = told(decision.keyword, decision.vr, encoded(element))
                yield word, vr, own.decode(value) if own and isinstance(value, bytes) else value

    def in_spans(
        self,
        form: Form,
        data: bytes,
        elements: list[Span],
        sop_class: str,
        sequence: str = "",
        depth: int = 0,
    ) -> Iterator[Telling]:
        """Yield what the elements of an object tell that is written in one of the usual forms."""
        concept = about_spans(form, data, elements, sequence, depth) if depth else ""
        words = self._words.setdefault((sop_class, sequence, concept), {})
        for tag, vr, start, value, stop in elements:
            named = words.get((tag, vr), _NOT_MET)
            if named is _NOT_MET:
                named = self._named(Place(sop_class, sequence, concept=concept), tag, vr)
                if len(words) < REMEMBERED:
                    words[tag, vr] = named
            if named is None or stop == value:
                continue
            word, own = named
            if own != "SQ":
                yield told(word, own, data[value:stop])
                continue
            inside = self._remembered if stop - start <= LONGEST_REMEMBERED else self._inside
            yield from inside(form, data[start:stop], value - start, sop_class, word, depth)

    def _inside(
        self, form: Form, data: bytes, offset: int, sop_class: str, sequence: str, depth: int
    ) -> tuple[Telling, ...]:
        return tuple(
            telling
            for _, found in form.items(data, offset, depth + 1)
            for telling in self.in_spans(form, data, found, sop_class, sequence, depth + 1)
        )

    def _named(self, place: Place, tag: int, vr: bytes) -> Named | None:
        """Return keyword and VR of an attribute that tells, or holds some; None for all others."""
        if tag & PRIVATE:
            return None
        if tag == SPECIFIC_CHARACTER_SET and place.sequence:
            raise DoubtError
        decision = self._rules.decide(place, tag, vr.decode())
        if vr == b"SQ" and decision.keyword:
            return decision.keyword, "SQ"
        if decision.vr == "SQ":
            raise DoubtError
        return (decision.keyword, decision.vr) if tells(decision, decision.vr) else None
