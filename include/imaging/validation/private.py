"""Whether the private elements of an output are all ones that the policy retains as safe."""

from __future__ import annotations

from collections.abc import Callable

from include.imaging.dicom.parts import ITEM
from include.imaging.validation.facts import Fact

# A private block: number of the item it stands in, group, block (PS3.5 7.8.1).
_Block = tuple[int, int, int]


def all_allowed(facts: list[Fact], allowed: Callable[[int, str], bool]) -> bool:
    """Return whether every private element is allowed, given its tag and its creator.

    One without a creator is not, nor is a creator none of whose elements stayed.
    """
    creators: dict[_Block, str] = {}
    blocks: set[_Block] = set()
    item, items = 0, [0]
    for fact in facts:
        depth = len(fact.head.path)
        if fact.tag == ITEM:
            item += 1
            items[depth:] = [item]
        group, number = fact.tag >> 16, fact.tag & 0xFFFF
        if not group % 2:
            continue
        if 0x10 <= number <= 0xFF:
            creators[items[depth], group, number] = fact.text
            continue
        block = (items[depth], group, number >> 8)
        creator = creators.get(block)
        if creator is None or not allowed(fact.tag, creator):
            return False
        blocks.add(block)
    return blocks == set(creators)
