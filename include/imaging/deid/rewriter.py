"""The fast path: rewrites the header's bytes by tables, and never looks at pixels."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

from include.imaging.deid.actions import Action
from include.imaging.deid.memory import Key, Memory
from include.imaging.deid.private import creator_tag, is_creator
from include.imaging.deid.rules import Decision, Place, Rules
from include.imaging.deid.scene import Scene
from include.imaging.deid.series import Common
from include.imaging.deid.structured import about_spans
from include.imaging.deid.values import Values, padded
from include.imaging.deid.written import GONE, Together, Written
from include.imaging.dicom.explicit import (
    ITEM,
    ITEM_END,
    SEQUENCE_END,
    UNDEFINED,
    DoubtError,
    Span,
)
from include.imaging.dicom.forms import IMPLICIT, OPEN, Form
from include.imaging.dicom.limits import DEPTH, PARTS
from include.imaging.dicom.vrs import own_vrs

SPECIFIC_CHARACTER_SET, PATIENT_NAME = 0x00080005, 0x00100010
PRIVATE = 0x00010000
# Longer elements are written anew each time.
LONGEST_REMEMBERED = 512
_ITEM = struct.Struct("<HHL")
_ITEM_DELIMITER: Written = (_ITEM.pack(ITEM_END >> 16, ITEM_END & 0xFFFF, 0), (), ())
_OPEN_ITEM: Written = (_ITEM.pack(ITEM >> 16, ITEM & 0xFFFF, UNDEFINED), (), ())
_SEQUENCE_DELIMITER = _ITEM.pack(SEQUENCE_END >> 16, SEQUENCE_END & 0xFFFF, 0)


@dataclass(slots=True)
class Rewriting:
    """Rewrites the elements of one object, whose scene the memory is of."""

    rules: Rules
    values: Values
    scene: Scene
    memory: Memory
    form: Form
    parts: int = 0

    def elements(self, data: bytes, found: list[Span], place: Place) -> list[Written]:
        """Return each element as it is written, b"" where it goes.

        Raises DoubtError for what the fast path does not own, or would have to hold back.
        """
        self._count(len(found))
        if place.depth:
            concept = about_spans(self.form, data, found, place.sequence, place.depth)
            place = replace(place, concept=concept) if concept else place
        known, fixed = self.memory.of(place), self.memory.fixed(place)
        creators = _creators(data, found) if self.rules.keeps_private else {}
        used: set[int] = set()
        written: list[Written] = []
        for span in found:
            tag, vr, start, _, stop = span
            raw = data[start:stop]
            key: Key = raw
            if tag & PRIVATE:
                if not creators or is_creator(tag):
                    if vr == b"SQ":
                        self._walk(raw, span[3] - start, place.depth)
                    written.append(GONE)
                    continue
                key = creators.get(creator_tag(tag), ""), raw
            done = known.get(key) or fixed.get((tag, vr))
            if vr == b"SQ":
                done = self._known_sequence(key, raw, span, place)
            elif done is None:
                done = self._element(key, raw, span, place)
                if stop - start <= LONGEST_REMEMBERED:
                    self.memory.keep(place, key, stop - start, done)
            if tag & PRIVATE and done[0]:
                used.add(creator_tag(tag))
            written.append(done)
        if used:
            _put_back_creators(data, found, written, used)
        return written

    def together(self, common: Common, place: Place, marks: dict[int, bytes]) -> Together:
        """Return what the headers of a series have in common, as it is written, with the marks.

        No private element is in it that could stay.
        """
        known = self.memory.together(place)
        done = known.get(common.number)
        if done is not None:
            self._count(done.inside)
        else:
            before = self.parts
            written = [self.elements(each.raw, each.spans, place) for each in common.stretches]
            for stretch, each in zip(common.stretches, written, strict=True):
                self.name(stretch.spans, each)
            done = Together(common, written, marks, self.parts - before)
            self.memory.keep_together(place, common, done)
        return done

    def name(self, found: list[Span], written: list[Written]) -> None:
        """Put the pseudonym in the place of the patient's name, at the top level."""
        for number, span in enumerate(found):
            if span[0] == PATIENT_NAME:
                value = padded(self.scene.pseudonym.encode())
                name = self.form.encoded(PATIENT_NAME, b"PN", value)
                written[number] = (name, *written[number][1:])
                return

    def _known_sequence(self, key: Key, raw: bytes, span: Span, place: Place) -> Written:
        """Return a sequence as it is written; its parts count, whether it is known or not."""
        known = self.memory.sequences(place).get(key)
        if known is not None:
            self._count(known[1])
            return known[0]
        before = self.parts
        done = self._element(key, raw, span, place)
        if len(raw) <= LONGEST_REMEMBERED:
            self.memory.keep_sequence(place, key, len(raw), done, self.parts - before)
        return done

    def _count(self, parts: int) -> None:
        """Raise DoubtError when there are more parts than any genuine object has."""
        self.parts += parts
        if self.parts > PARTS:
            raise DoubtError

    def _element(self, key: Key, raw: bytes, span: Span, place: Place) -> Written:
        tag, vr, start, value, _ = span
        if isinstance(key, tuple):
            known = None if self.form is IMPLICIT else vr.decode()
            decision = self.rules.decide_private(place, tag, key[0], known)
        else:
            decision = self.rules.decide(place, tag, vr.decode())
        if decision.action is Action.REMOVE and not decision.is_unfit:
            if vr == b"SQ":
                self._walk(raw, value - start, place.depth)
            return GONE
        if decision.recast or decision.is_unfit or (decision.vr == "SQ" and vr != b"SQ"):
            raise DoubtError
        if not tag & PRIVATE and vr.decode() not in own_vrs(tag):
            raise DoubtError
        if tag == SPECIFIC_CHARACTER_SET and place.sequence:
            raise DoubtError
        if vr == b"SQ":
            return self._sequence(raw, tag, value - start, decision, place)
        return self._leaf(raw, span, value - start, decision, place)

    def _walk(self, raw: bytes, header: int, depth: int) -> None:
        """Raise DoubtError where a sequence that goes is not one: the careful path says how."""
        if depth >= DEPTH:
            raise DoubtError
        for _, found in self.form.items(raw, header, depth + 1):
            self._count(1 + len(found))
            for _, vr, start, value, stop in found:
                if vr == b"SQ":
                    self._walk(raw[start:stop], value - start, depth + 1)

    def _leaf(
        self, raw: bytes, span: Span, header: int, decision: Decision, place: Place
    ) -> Written:
        outcome = self.values.outcome(decision, raw[header:], self.scene)
        if outcome.action is Action.HOLD:
            raise DoubtError
        if outcome.value is not None and _is_fixed(decision):
            done = self.form.encoded(span[0], span[1], outcome.value), (outcome.action.value,), ()
            self.memory.fixed(place)[span[0], span[1]] = done
            return done
        lost = (decision.keyword,) if outcome.is_lost else ()
        if outcome.action is Action.KEEP:
            return raw, (), lost
        action = (outcome.action.value,)
        if outcome.value is None:
            return b"", action, lost
        return self.form.encoded(span[0], span[1], outcome.value), action, lost

    def _sequence(
        self, raw: bytes, tag: int, header: int, decision: Decision, place: Place
    ) -> Written:
        action = () if decision.action is Action.KEEP else (decision.action.value,)
        if decision.action is Action.EMPTY:
            return self.form.encoded(tag, b"SQ", b""), action, ()
        if place.depth >= DEPTH:
            raise DoubtError
        inside = place.inside(decision)
        is_open = raw[header - 4 : header] == OPEN
        done = list(self._items(raw, header, inside))
        inner = b"".join([part for part, _, _ in done])
        actions = (*action, *chain.from_iterable([each for _, each, _ in done]))
        lost = tuple(chain.from_iterable([words for _, _, words in done]))
        if is_open:
            return b"".join((raw[:header], inner, _SEQUENCE_DELIMITER)), actions, lost
        return self.form.encoded(tag, b"SQ", inner), actions, lost

    def _items(self, raw: bytes, header: int, place: Place) -> Iterator[Written]:
        for is_open, found in self.form.items(raw, header, place.depth):
            self.parts += 1
            done = self.elements(raw, found, place)
            if is_open:
                yield _OPEN_ITEM
                yield from done
                yield _ITEM_DELIMITER
            else:
                size = sum([len(part) for part, _, _ in done])
                yield _ITEM.pack(ITEM >> 16, ITEM & 0xFFFF, size), (), ()
                yield from done


def _is_fixed(decision: Decision) -> bool:
    """Return whether an attribute becomes the same whatever its value is."""
    is_same = decision.action in (Action.EMPTY, Action.DUMMY) and not decision.is_unfit
    return is_same and decision.vr != "UI" and decision.keyword != "PatientID"


def _creators(data: bytes, found: list[Span]) -> dict[int, str]:
    """Return who reserved which block, by the tag of the element that says so."""
    return {
        tag: data[value:stop].decode("ascii", "replace").strip(" \0")
        for tag, _, _, value, stop in found
        if tag & PRIVATE and is_creator(tag)
    }


def _put_back_creators(
    data: bytes, found: list[Span], written: list[Written], used: set[int]
) -> None:
    """Keep the creators of blocks of which something is left."""
    for number, (tag, _, start, _, stop) in enumerate(found):
        if tag in used:
            written[number] = (data[start:stop], (), ())
