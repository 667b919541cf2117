"""The careful path: rewrites a pydicom data set in place, for every encoding there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pydicom import config
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag

from include.imaging.deid.actions import Action
from include.imaging.deid.dummies import dummy
from include.imaging.deid.private import creator_tag, is_creator
from include.imaging.deid.recast import recast
from include.imaging.deid.rules import Decision, Place, Rules
from include.imaging.deid.scene import Scene, characters_of
from include.imaging.deid.shapes import encoded, encoded_vr, texts
from include.imaging.deid.structured import about
from include.imaging.deid.values import Outcome, Values
from include.imaging.dicom.elements import WalkError
from include.imaging.dicom.vrs import NUMBER_BYTES

SPECIFIC_CHARACTER_SET = 0x00080005


@dataclass(frozen=True, slots=True)
class Done:
    """What was done to an object: the number of each action, and which attributes did not fit."""

    actions: Counter[str] = field(default_factory=Counter)
    unfit: set[str] = field(default_factory=set)


class CarefulPath:
    """Applies compiled rules to data sets, and tells what it did."""

    def __init__(self, rules: Rules, values: Values) -> None:
        self._rules = rules
        self._values = values

    def rewrite(self, dataset: Dataset, sop_class_uid: str, scene: Scene) -> Done:
        """De-identify `dataset` in place, at every depth; WalkError where it is to be held."""
        done = Done()
        _Rewriting(self._rules, self._values, scene, done).data_set(dataset, Place(sop_class_uid))
        return done


@dataclass(frozen=True, slots=True)
class _Rewriting:
    rules: Rules
    values: Values
    scene: Scene
    done: Done

    def data_set(self, dataset: Dataset, place: Place) -> None:
        """De-identify a data set, or an item, which may have character sets of its own."""
        if SPECIFIC_CHARACTER_SET in dataset and place.sequence:
            own = characters_of(encoded(dataset.get_item(SPECIFIC_CHARACTER_SET)))
            self = replace(self, scene=replace(self.scene, characters=own))
        if place.sequence:
            concept = about(dataset, place.sequence, caps_ages=self.rules.caps_ages)
            place = replace(place, concept=concept)
        creators: set[BaseTag] = set()
        used: set[int] = set()
        for tag, decision in self._decided(dataset, place):
            if tag.is_private and is_creator(int(tag)):
                creators.add(tag)
                continue
            self._attribute(dataset, tag, decision, place)
            if tag.is_private and tag in dataset:
                used.add(creator_tag(int(tag)))
        for tag in creators:
            if int(tag) not in used:
                del dataset[tag]
                self.done.actions[Action.REMOVE.value] += 1

    def _decided(self, dataset: Dataset, place: Place) -> Iterator[tuple[BaseTag, Decision]]:
        for tag in list(dataset.keys()):
            element = dataset.get_item(tag)
            if tag.is_private and self.rules.keeps_private:
                creator = _creator(dataset, tag)
                yield tag, self.rules.decide_private(place, int(tag), creator, encoded_vr(element))
            else:
                yield tag, self.rules.decide(place, int(tag), encoded_vr(element))

    def _attribute(self, dataset: Dataset, tag: BaseTag, decision: Decision, place: Place) -> None:
        element = dataset.get_item(tag)
        if decision.vr == "SQ" and decision.action is not Action.REMOVE and not decision.is_unfit:
            self._sequence(dataset, tag, decision, place)
            if decision.action is not Action.KEEP:
                self.done.actions[decision.action.value] += 1
            return
        if decision.recast:
            outcome = self._recast(dataset, tag, decision)
        else:
            outcome = self.values.outcome(decision, encoded(element), self.scene)
            self._put(dataset, tag, decision, outcome)
        if outcome.action is Action.HOLD:
            raise WalkError(decision.keyword, "REQUIRED_VALUE_UNFIT")
        if outcome.is_lost:
            self.done.unfit.add(decision.keyword)
        if outcome.action is not Action.KEEP:
            self.done.actions[outcome.action.value] += 1

    def _sequence(self, dataset: Dataset, tag: BaseTag, decision: Decision, place: Place) -> None:
        if decision.action is Action.EMPTY:
            dataset[tag] = DataElement(tag, "SQ", Sequence())
            return
        inside = place.inside(decision)
        for item in dataset[tag].value or ():
            self.data_set(item, inside)

    def _put(self, dataset: Dataset, tag: BaseTag, decision: Decision, outcome: Outcome) -> None:
        if outcome.value is None:
            del dataset[tag]
        elif outcome.action is Action.DUMMY and decision.vr in NUMBER_BYTES:
            value = dummy(decision.keyword, decision.vr)
            dataset[tag] = DataElement(tag, decision.vr, value, validation_mode=config.IGNORE)
        elif outcome.action is not Action.KEEP:
            dataset[tag] = RawDataElement(
                tag,
                decision.vr,
                len(outcome.value),
                outcome.value,
                0,
                False,
                True,
            )

    def _recast(self, dataset: Dataset, tag: BaseTag, decision: Decision) -> Outcome:
        """Put a value into the attribute's own VR, or do what is done to one that does not fit."""
        new = recast(dataset, tag, decision.recast)
        if new is not None:
            dataset[tag] = DataElement(tag, *new, validation_mode=config.IGNORE)
            return Outcome(Action.RECAST, b"")
        had_value = bool(dataset.get_item(tag).value)
        if decision.unfit is Action.REMOVE:
            del dataset[tag]
        else:
            dataset[tag] = DataElement(tag, decision.vr, None, validation_mode=config.IGNORE)
        return Outcome(decision.unfit, b"", had_value)


def _creator(dataset: Dataset, tag: BaseTag) -> str:
    """Return who reserved the block of a private attribute, '' where nobody did (PS3.5 7.8.1)."""
    element = dataset.get_item(BaseTag(creator_tag(int(tag))))
    value = element.value if element is not None else b""
    return "\\".join(texts(value)).strip(" \0") if value else ""
