"""A data set in the DICOM JSON model (PS3.18 F), large binary values by URI."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from typing import Any

from pydicom import DataElement, Dataset
from pydicom.tag import BaseTag, Tag

from include.localcloud.metadata import INLINE_BYTES

CHARACTER_SET = "00080005"
UTF_8 = {"vr": "CS", "Value": ["ISO_IR 192"]}
BINARY = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})

NUMBERS = frozenset({"DS", "FD", "FL", "IS", "SL", "SS", "SV", "UL", "US", "UV"})

Json = dict[str, Any]
Locate = Callable[[bytes], str]


def describe_dataset(dataset: Dataset, locate: Locate, fields: Mapping[str, Any]) -> Json:
    """The elements of a data set; text is UTF-8, whatever it was.

    Args:
        dataset: One whose elements may be malformed; a value that its VR cannot hold comes as UN.
        locate: The URI of a binary value above 1 MB.
        fields: Tags to give with what of each sequence; empty for all.
    """
    found: Json = {}
    for tag in sorted(dataset.keys()):
        number = f"{int(tag):08X}"
        if tag.element and (not fields or number in fields):
            found[number] = _describe_tag(dataset, tag, locate, fields.get(number) or {})
    if CHARACTER_SET in found:
        found[CHARACTER_SET] = UTF_8
    return found


def bulk_values(dataset: Dataset) -> Iterator[bytes]:
    """The binary values above 1 MB, in sequences, too."""
    for tag in dataset.keys():  # noqa: SIM118 - its elements would be converted all at once
        element = whole_element(dataset, tag)
        if element.VR == "SQ":
            for item in element.value:
                yield from bulk_values(item)
        elif is_bulk(element):
            yield bytes(element.value)


def is_bulk(element: DataElement) -> bool:
    """Whether a value is given by URI."""
    return element.VR in BINARY and element.value is not None and len(element.value) > INLINE_BYTES


def bulk_name(value: bytes) -> str:
    """The last part of a binary value's URI: 32 digits that only this value has."""
    return hashlib.blake2b(value, digest_size=16).hexdigest()


def dump(document: object) -> bytes:
    """A document as bytes."""
    return json.dumps(document, separators=(",", ":"), allow_nan=False).encode()


def whole_element(dataset: Dataset, tag: BaseTag) -> DataElement:
    """The element; one whose value its VR cannot hold comes as bytes."""
    try:
        return dataset[tag]
    except Exception:  # noqa: BLE001 - any value error of any VR
        raw = dataset.get_item(tag)
        return DataElement(Tag(tag), "UN", bytes(getattr(raw, "value", None) or b""))


def _describe_tag(
    dataset: Dataset, tag: BaseTag, locate: Locate, fields: Mapping[str, Any]
) -> Json:
    vr = str(getattr(dataset.get_item(tag), "VR", None))
    element = whole_element(dataset, tag)
    if element.VR == "SQ":
        items = [describe_dataset(item, locate, fields) for item in element.value]
        return {"vr": "SQ", "Value": items} if items else {"vr": "SQ"}
    if is_bulk(element):
        return {"vr": str(element.VR), "BulkDataURI": locate(bytes(element.value))}
    told = None if element.VR == "UN" and vr in NUMBERS else _describe(element)
    if told is not None:
        return told
    # what a JSON number cannot hold clients could not read either
    return {"vr": vr} if vr in NUMBERS else _as_bytes(element)


def _describe(element: DataElement) -> Json | None:
    """The element; None if its value is not what its VR says."""
    try:
        told = dict(element.to_json_dict(None, 0))
        told["vr"] = str(element.VR)[:2]
        if "Value" in told:
            told["Value"] = [_finite(value) for value in told["Value"]]
        json.dumps(told, allow_nan=False)
    except Exception:  # noqa: BLE001 - any value error of any VR
        return None
    is_text = any(isinstance(value, str) for value in told.get("Value", []))
    return None if is_text and element.VR in NUMBERS else told


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not isfinite(value) else value


def _as_bytes(element: DataElement) -> Json:
    text = str(element.value).encode(errors="replace")
    return {"vr": "UN", "InlineBinary": base64.b64encode(text).decode()}
