"""Attributes that an object's IOD requires, and that its original had: each must still be there."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from hashlib import blake2b
from threading import Lock

from pydicom.datadict import keyword_for_tag

from include.imaging.deid.iod import attribute_type
from include.imaging.dicom.parts import ITEM
from include.imaging.findings import finding
from include.imaging.model import Finding, Stage
from include.imaging.validation.facts import METHOD_CODES, Fact
from include.imaging.validation.stretches import Stretch, facts_of

MOST_SHAPES = 1024
MOST_SHOWN = 5
# No shape is 0, and each takes 8 bytes.
_BETWEEN = bytes(8)
# Each is all that an optional module, or a choice within an item, consists of: an object that has
# none at all is whole (PS3.3 C.7.6.3, C.10.5, C.10.8, C.11.17). dciodvfy sees to the conditions.
DISPENSABLE = frozenset(
    [
        *("GraphicAnnotationSequence", "TextObjectSequence", "VolumetricAnnotationSequence"),
        *("StructuredDisplayTextBoxSequence", "WaveformAnnotationSequence"),
        "ExtendedOffsetTableLengths",
    ]
)

# What an item holds: by tag whether there is a value, of a sequence its items.
_Item = dict[int, "bool | list[_Item]"]


class RequiredAttributes:
    """Judges pairs of objects, each shape of a pair once; safe among threads.

    A shape is which elements stand where, and which of them have a value.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, tuple[Finding, ...]] = OrderedDict()
        self._lock = Lock()

    def lost(
        self, sop_class_uid: str, before: list[Stretch], after: list[Stretch]
    ) -> tuple[Finding, ...]:
        """Return a finding that names what was lost (Types 1 and 2, PS3.5 7.4); () if nothing.

        A Type 1 attribute that had a value needs one; a Type 2 attribute must be there. Items
        of a sequence are compared one by one; where their number differs, each must have what
        all had.
        """
        shapes = [*(each.shapes for each in before), _BETWEEN, *(each.shapes for each in after)]
        key = blake2b(b"".join(shapes), digest_size=32, key=sop_class_uid.encode()[:64]).digest()
        with self._lock:
            if (found := self._known.get(key)) is not None:
                self._known.move_to_end(key)
                return found
        keywords: set[str] = set()
        _compare(sop_class_uid, "", _item(facts_of(before)), _item(facts_of(after)), keywords)
        found = _findings(keywords)
        with self._lock:
            self._known[key] = found
            while len(self._known) > MOST_SHAPES:
                self._known.popitem(last=False)
        return found


def _findings(keywords: set[str]) -> tuple[Finding, ...]:
    if not keywords:
        return ()
    shown = ", ".join(sorted(keywords)[:MOST_SHOWN])
    more = f" and {len(keywords) - MOST_SHOWN} more" if len(keywords) > MOST_SHOWN else ""
    return (finding("REQUIRED_ATTRIBUTE_LOST", Stage.VALIDATE, shown + more),)


def _item(facts: Iterable[Fact]) -> _Item:
    """Return an object as what its items hold."""
    top: _Item = {}
    around = [top]
    for fact in facts:
        path = fact.head.path
        if fact.tag == ITEM:
            del around[len(path) :]
            inside: _Item = {}
            items = around[-1][path[-1]]
            assert isinstance(items, list)
            items.append(inside)
            around.append(inside)
        else:
            del around[len(path) + 1 :]
            around[-1][fact.tag] = [] if fact.vr == "SQ" else fact.has_value
    return top


def _compare(
    sop_class_uid: str, sequence: str, before: _Item, after: _Item, found: set[str]
) -> None:
    for tag, value in before.items():
        keyword = "" if _is_foreign(tag) else keyword_for_tag(tag)
        if not keyword:
            continue
        kind = attribute_type(sop_class_uid, sequence, keyword)
        now = after.get(tag)
        if now is None and keyword in DISPENSABLE:
            continue
        if (kind == "1" and value and not now) or (kind == "2" and now is None):
            found.add(keyword)
        if isinstance(value, list) and isinstance(now, list) and tag != METHOD_CODES:
            for old, new in _pairs(value, now):
                _compare(sop_class_uid, keyword, old, new, found)


def _pairs(before: list[_Item], after: list[_Item]) -> Iterable[tuple[_Item, _Item]]:
    if len(before) == len(after) or not before:
        return zip(before, after, strict=False)
    first, *others = before
    common: _Item = {
        tag: value and all(bool(other.get(tag)) for other in others)
        for tag, value in first.items()
        if not isinstance(value, list) and all(tag in other for other in others)
    }
    return ((common, item) for item in after)


def _is_foreign(tag: int) -> bool:
    """Return whether a tag goes whatever its Type: private, overlay, curve, group length."""
    group = tag >> 16
    return bool(group % 2) or group >> 8 in (0x50, 0x60) or group < 8 or not tag & 0xFFFF
