"""The careful path: rewrites a pydicom data set in place, for every encoding there is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from pydicom import config
from pydicom.charset import python_encoding
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag

from include.imaging.deid.actions import Action
from include.imaging.deid.dummies import dummy
from include.imaging.deid.pseudonyms import Pseudonyms
from include.imaging.deid.recast import BINARY_NUMBERS, UNREADABLE, Recast, recast
from include.imaging.deid.rules import Decision, Place, Rules
from include.imaging.deid.shapes import kept, mended, text, texts
from include.imaging.dicom.elements import WalkError

SPECIFIC_CHARACTER_SET = 0x00080005


@dataclass(frozen=True, slots=True)
class Done:
    """What was done to an object: the number of each action, and which attributes did not fit."""

    actions: Counter[str] = field(default_factory=Counter)
    unfit: set[str] = field(default_factory=set)


class CarefulPath:
    """Applies compiled rules to data sets, and tells what it did."""

    def __init__(self, rules: Rules, pseudonyms: Pseudonyms) -> None:
        self._rules = rules
        self._pseudonyms = pseudonyms

    def rewrite(self, dataset: Dataset, sop_class_uid: str) -> Done:
        """De-identify `dataset` in place, at every depth; WalkError where it is to be held."""
        done = Done()
        self._rewrite(dataset, Place(sop_class_uid), done)
        return done

    def _rewrite(self, dataset: Dataset, place: Place, done: Done) -> None:
        for tag in list(dataset.keys()):
            element = dataset.get_item(tag)
            decision = self._rules.decide(place, int(tag), element.VR)
            new = recast(dataset, tag, decision.recast) if decision.recast else None
            action = _settled(element, decision, new)
            if _lost(element, decision, action):
                done.unfit.add(decision.keyword)
            if action is Action.REMOVE:
                del dataset[tag]
            elif decision.vr == "SQ":
                self._rewrite_sequence(dataset, tag, decision, place, done)
            elif action is not Action.KEEP:
                vr, value = new or (decision.vr, self._replacement(dataset, tag, decision, action))
                dataset[tag] = DataElement(tag, vr, value, validation_mode=config.IGNORE)
            if action is not Action.KEEP:
                done.actions[action.value] += 1

    def _rewrite_sequence(
        self, dataset: Dataset, tag: BaseTag, decision: Decision, place: Place, done: Done
    ) -> None:
        if decision.action is Action.EMPTY:
            dataset[tag] = DataElement(tag, "SQ", Sequence())
            return
        is_dummy = place.is_dummy or decision.action is Action.DUMMY
        inside = Place(place.sop_class_uid, decision.keyword, is_dummy)
        for item in dataset[tag].value or ():
            self._rewrite(item, inside, done)

    def _replacement(
        self, dataset: Dataset, tag: BaseTag, decision: Decision, action: Action
    ) -> object:
        if decision.keyword == "PatientID":
            return self._pseudonyms.patient(_identifier(dataset, tag))
        if action is Action.EMPTY:
            return None
        if decision.vr == "UI":
            return [self._pseudonyms.uid(uid.strip(" \0")) for uid in texts(dataset[tag].value)]
        if decision.action is Action.KEEP:
            return mended(dataset[tag].value)
        return dummy(decision.keyword, decision.vr)


def _identifier(dataset: Dataset, tag: BaseTag) -> str:
    """Return a PatientID as it reads where it is written as an LO, whatever its VR.

    Raises WalkError for bytes that the character set does not know: two identifiers that are
    read alike would make one patient of two.
    """
    element = dataset.get_item(tag)
    if isinstance(element.value, bytes) and element.VR not in BINARY_NUMBERS:
        dataset[tag] = RawDataElement(
            tag, "LO", len(element.value), element.value, 0, False, is_little_endian=True
        )
    value = dataset[tag].value
    found = text(value)
    if isinstance(value, Sequence) or UNREADABLE in found:
        raise WalkError("", "UNREADABLE_PATIENT_ID")
    return found


def _settled(
    element: DataElement | RawDataElement, decision: Decision, new: Recast | None
) -> Action:
    """Return a decision's action, given the value; WalkError where the object is to be held."""
    action = decision.action
    if element.tag == SPECIFIC_CHARACTER_SET:
        _check_character_set(element)
    elif action is Action.KEEP and decision.recast:
        action = Action.RECAST if new else decision.unfit
    elif action is Action.KEEP:
        action = kept(element.value, decision.vr, decision.unfit)
    if action is Action.HOLD:
        raise WalkError(decision.keyword, "REQUIRED_VALUE_UNFIT")
    return action


def _lost(element: DataElement | RawDataElement, decision: Decision, action: Action) -> bool:
    """Return whether a value goes, or a part of it, for no other reason than that it is unfit."""
    is_kept = decision.action is Action.KEEP
    gone = (Action.REMOVE, Action.EMPTY, Action.DUMMY)
    return (decision.is_unfit or (is_kept and action in gone)) and bool(element.value)


def _check_character_set(element: DataElement | RawDataElement) -> None:
    """Raise WalkError for a character set that is not the standard's (PS3.3 C.12.1.1.2)."""
    if any(term.strip(" \0") not in python_encoding for term in texts(element.value)):
        raise WalkError("", "UNKNOWN_CHARACTER_SET")
