"""Judges whether an object may leave at all, and remembers it for the next of its series."""

from __future__ import annotations

import io
from collections import OrderedDict

from pydicom import dcmread
from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from include.imaging.deid.additions import house_rules
from include.imaging.deid.holds import held_back
from include.imaging.deid.opened import Opened
from include.imaging.dicom.explicit import DoubtError
from include.imaging.model import Finding

REMEMBERED = 1024
_OVERLAYS = 0x60
LONGEST_FACT = 4096


class Judge:
    """The holds of a policy; safe among threads."""

    def __init__(self) -> None:
        words = {word for hold in house_rules().holds for word in hold.when}
        self._tags = frozenset(tag for word in words if (tag := tag_for_keyword(word)) is not None)
        self._known: OrderedDict[tuple[object, ...], bool] = OrderedDict()

    def findings(self, dataset: Dataset) -> tuple[Finding, ...]:
        """Return why an object is held back; empty when it may leave."""
        return held_back(dataset)

    def is_silent(self, found: Opened) -> bool:
        """Return whether no rule has anything to say of an object.

        Objects whose facts are the same are judged once.
        """
        facts = [
            found.head[start:stop] if stop - start < LONGEST_FACT else b""
            for tag, _, start, _, stop in found.elements
            if tag in self._tags or tag >> 24 == _OVERLAYS
        ]
        key = (*facts, found.pixels.tag if found.pixels else 0, found.transfer_syntax)
        silent = self._known.get(key)
        if silent is None:
            if b"" in facts:
                raise DoubtError
            silent = self._known[key] = not self.findings(_header(found))
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return silent


def _header(found: Opened) -> Dataset:
    """Return the data set without its pixels, but with the element that would hold them."""
    end = found.elements[-1][4]
    dataset = dcmread(io.BytesIO(found.head[:end]), force=True)
    if found.pixels:
        dataset[found.pixels.tag] = DataElement(found.pixels.tag, found.pixels.vr, b"")
    return dataset
