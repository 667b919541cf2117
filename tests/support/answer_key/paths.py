"""Paths to elements: keywords with item numbers, private elements by creator, others by tag."""

from __future__ import annotations

import re

from pydicom.datadict import keyword_for_tag, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag, Tag

STEP = re.compile(
    r"(?:(?P<group>[0-9a-f]{4})\[(?P<creator>[^\]]*)\](?P<offset>[0-9a-f]{2})|(?P<name>\w+))"
    r"(?:#(?P<item>\d+))?"
)


def step(dataset: Dataset, tag: BaseTag) -> str:
    """Return the name of an element of a data set."""
    if tag.is_private and not tag.is_private_creator:
        creator = dataset.get((tag.group, tag.element >> 8))
        if creator is not None:
            return f"{tag.group:04x}[{creator.value}]{tag.element & 0xFF:02x}"
    keyword = keyword_for_tag(tag)
    return keyword if tag_for_keyword(keyword) == tag else f"{int(tag):08x}"  # a repeating group


def element_at(dataset: Dataset, path: str) -> DataElement | None:
    """Return the element at a path, or None where anything on the way is absent."""
    *items, last = path.split("/")
    for name in items:
        found = STEP.fullmatch(name)
        assert found is not None, name
        element = _element(dataset, found)
        number = int(found["item"])
        if element is None or element.VR != "SQ" or len(element.value) <= number:
            return None
        dataset = element.value[number]
    found = STEP.fullmatch(last)
    assert found is not None, last
    return _element(dataset, found)


def _element(dataset: Dataset, found: re.Match[str]) -> DataElement | None:
    if found["group"] is None:
        tag = tag_for_keyword(found["name"])
        tag = int(found["name"], 16) if tag is None else tag
    else:
        group, creator = int(found["group"], 16), found["creator"]
        blocks = [e for e in range(0x10, 0x100) if (group, e) in dataset]
        start = next((e for e in blocks if str(dataset[group, e].value) == creator), None)
        if start is None:
            return None
        tag = group << 16 | start << 8 | int(found["offset"], 16)
    return _readable(dataset, Tag(tag)) if Tag(tag) in dataset else None


def _readable(dataset: Dataset, tag: BaseTag) -> DataElement:
    """Return an element, as bytes where its value does not fit its VR."""
    try:
        return dataset[tag]
    except Exception:  # noqa: BLE001 - whatever a parser says of it, the bytes are the value
        return DataElement(tag, "UN", dataset.get_item(tag).value)


def shown(element: DataElement | None) -> str:
    """Return the value as text; that of a sequence is all that its items hold."""
    if element is None or element.value is None:
        return ""
    value = element.value
    if element.VR == "SQ":
        return " ".join(
            shown(_readable(item, tag)) for item in value for tag in sorted(item.keys())
        )
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace") + " " + value.decode("latin-1")
    if isinstance(value, MultiValue | list):
        return "\\".join(str(each) for each in value)
    return str(value)
