"""The careful path: rewrites a pydicom data set in place, for every encoding there is."""

from __future__ import annotations

from collections import Counter

from pydicom import config
from pydicom.charset import python_encoding
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag

from include.imaging.deid.actions import Action
from include.imaging.deid.dummies import dummy
from include.imaging.deid.pseudonyms import Pseudonyms
from include.imaging.deid.rules import Decision, Place, Rules
from include.imaging.deid.shapes import kept, mended, text, texts
from include.imaging.dicom.elements import WalkError

SPECIFIC_CHARACTER_SET = 0x00080005


class CarefulPath:
    """Applies compiled rules to data sets, and counts what it did by action."""

    def __init__(self, rules: Rules, pseudonyms: Pseudonyms) -> None:
        self._rules = rules
        self._pseudonyms = pseudonyms

    def rewrite(self, dataset: Dataset, sop_class_uid: str) -> Counter[str]:
        """De-identify `dataset` in place, at every depth; returns the number of each action."""
        done: Counter[str] = Counter()
        self._rewrite(dataset, Place(sop_class_uid), done)
        return done

    def _rewrite(self, dataset: Dataset, place: Place, done: Counter[str]) -> None:
        for tag in list(dataset.keys()):
            element = dataset.get_item(tag)
            decision = self._rules.decide(place, int(tag), element.VR)
            action = _settled(element, decision)
            if action is Action.REMOVE:
                del dataset[tag]
            elif decision.vr == "SQ":
                self._rewrite_sequence(dataset, tag, decision, place, done)
            elif action is not Action.KEEP:
                value = self._replacement(dataset, tag, decision, action)
                dataset[tag] = DataElement(tag, decision.vr, value, validation_mode=config.IGNORE)
            if action is not Action.KEEP:
                done[action.value] += 1

    def _rewrite_sequence(
        self, dataset: Dataset, tag: BaseTag, decision: Decision, place: Place, done: Counter[str]
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
            return self._pseudonyms.patient(text(dataset[tag].value))
        if action is Action.EMPTY:
            return None
        if decision.vr == "UI":
            return [self._pseudonyms.uid(uid.strip(" \0")) for uid in texts(dataset[tag].value)]
        if decision.action is Action.KEEP:
            return mended(dataset[tag].value)
        return dummy(decision.keyword, decision.vr)


def _settled(element: DataElement | RawDataElement, decision: Decision) -> Action:
    """Return a decision's action, given the value; WalkError where the object is to be held."""
    action = decision.action
    if element.tag == SPECIFIC_CHARACTER_SET:
        _check_character_set(element)
    elif action is Action.KEEP:
        action = kept(element.value, decision.vr, decision.unfit)
    if action is Action.HOLD:
        raise WalkError(f"{decision.keyword} has a VR or a value that is none of its own")
    return action


def _check_character_set(element: DataElement | RawDataElement) -> None:
    """Raise WalkError for a character set that is not the standard's (PS3.3 C.12.1.1.2)."""
    if any(term.strip(" \0") not in python_encoding for term in texts(element.value)):
        raise WalkError("its character set is none of the standard's, so no text can be read")
