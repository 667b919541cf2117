"""Judges whether an object may leave at all, and remembers it for the next of its series."""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Callable

from pydicom import dcmread
from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from include.imaging.deid.kinds import Kinds
from include.imaging.deid.opened import Opened, is_encapsulated
from include.imaging.deid.pixels.facts import ANATOMY, PIXELS, SCANS, facts_of, structure_of
from include.imaging.deid.pixels.rules import PixelRules, Verdict
from include.imaging.deid.pixels.streamed import MOST_BOXES
from include.imaging.deid.policy import Policy
from include.imaging.dicom.explicit import DoubtError, Span
from include.imaging.model import Finding

REMEMBERED = 1024
_OVERLAYS = 0x60
LONGEST_FACT = 4096


class _NotMet:
    """Stands for a verdict that is not remembered; None is one."""


_NOT_MET = _NotMet()


class Judge:
    """A policy's rules on kinds of objects and on pixels; safe among threads."""

    def __init__(self, policy: Policy) -> None:
        self._kinds = Kinds(policy)
        self._pixels = PixelRules(policy.pixel_options)
        words = {*self._kinds.keywords, *self._pixels.keywords, *PIXELS, SCANS, ANATOMY}
        self._tags = frozenset(tag for word in words if (tag := tag_for_keyword(word)) is not None)
        self._known: OrderedDict[tuple[object, ...], Verdict | None] = OrderedDict()

    def findings(self, dataset: Dataset) -> tuple[Finding, ...]:
        """Return why an object is held back whatever its pixels; empty when it may leave."""
        return self._kinds.findings(dataset)

    def prepare(self, dataset: Dataset) -> None:
        """Do to a data set what its kind needs before the rules for attributes."""
        self._kinds.prepare(dataset)

    def finish(self, dataset: Dataset) -> None:
        """Do to a rewritten data set what its kind needs beyond the rules for attributes."""
        self._kinds.finish(dataset)

    def verdict(self, dataset: Dataset) -> Verdict:
        """Return what becomes of an object's pixels."""
        return self._pixels.judge(facts_of(dataset, self._pixels.keywords), structure_of(dataset))

    def undecoded(self, found: Opened) -> Verdict | None:
        """Return the verdict on an object whose pixels need no decoding; None for any other.

        They may leave as they are, or lie there bare to be masked. Objects whose facts are the
        same are judged once.
        """
        own = self._facts(found, found.header.own)
        number, tag = found.header.common.number, found.pixels and found.pixels.tag
        key = (*own, number, tag, found.transfer_syntax)
        verdict = self._known.get(key, _NOT_MET)
        if isinstance(verdict, _NotMet):
            verdict = self._remembered(key, lambda: self._told(found))
        return verdict

    def _told(self, found: Opened) -> Verdict | None:
        """Return the verdict on an object by its facts alone, whatever it shares with others."""
        facts = self._facts(found, found.header.elements)
        if b"" in facts:
            raise DoubtError
        key = (frozenset(facts), found.pixels and found.pixels.tag, found.transfer_syntax)
        verdict = self._known.get(key, _NOT_MET)
        if isinstance(verdict, _NotMet):
            verdict = self._remembered(key, lambda: self._judged(found))
        return verdict

    def _facts(self, found: Opened, elements: list[Span]) -> list[bytes]:
        """Return the elements that a verdict asks for, b"" for those that are too long for one."""
        data, watched = found.header.data, self._tags
        return [
            data[start:stop] if stop - start < LONGEST_FACT else b""
            for tag, _, start, _, stop in elements
            if tag in watched or tag >> 24 == _OVERLAYS
        ]

    def _remembered(
        self, key: tuple[object, ...], judge: Callable[[], Verdict | None]
    ) -> Verdict | None:
        try:
            verdict = self._known[key] = judge()
        except OSError:  # pydicom's word for a sequence that is none
            raise DoubtError from None
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return verdict

    def _judged(self, found: Opened) -> Verdict | None:
        header = _header(found)
        verdict = self.verdict(header)
        decodes = verdict.is_changed and is_encapsulated(found.transfer_syntax)
        is_ordinary = self._kinds.is_ordinary(str(header.SOPClassUID))
        if verdict.is_held or verdict.look_again or decodes or not is_ordinary:
            return None
        if len(verdict.regions) > MOST_BOXES:  # not masked in pieces, and too much to remember
            return None
        return None if self.findings(header) else verdict


def _header(found: Opened) -> Dataset:
    """Return the data set without its pixels, but with the element that would hold them."""
    dataset = dcmread(io.BytesIO(found.header.data[: found.header.end]), force=True)
    if found.pixels:
        dataset[found.pixels.tag] = DataElement(found.pixels.tag, found.pixels.vr, b"")
    return dataset
