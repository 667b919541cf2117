"""JSON values of image set metadata as values of data elements."""

import base64
from collections.abc import Iterator, Sequence
from typing import Any

from pydicom import DataElement, Dataset, config
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_data_element
from pydicom.tag import BaseTag
from pydicom.valuerep import VR, validate_value

from include.localcloud.errors import ValidationError

VRS = frozenset(str(vr) for vr in VR if len(str(vr)) == 2)
BYTES = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
WHOLE = {
    "US": (0, 0xFFFF), "SS": (-0x8000, 0x7FFF), "UL": (0, 0xFFFFFFFF),
    "SL": (-0x80000000, 0x7FFFFFFF), "UV": (0, (1 << 64) - 1), "SV": (-(1 << 63), (1 << 63) - 1),
}  # fmt: skip
REAL = frozenset({"FL", "FD"})
DEEPEST = 16


def is_compatible(vr: str, value: Any) -> bool:
    """Whether a VR can hold a JSON value (PS3.5 6.2)."""
    if value is None:
        return True
    values = value if isinstance(value, list) else [value]
    try:
        return all(_fits(vr, item) for item in values)
    except (ValueError, TypeError, OverflowError):
        return False


def make_element(tag: BaseTag, vr: str, value: Any, depth: int = 0) -> DataElement:
    """A data element with a JSON value; numbers and bytes as the VR has them.

    Raises:
        ValidationError: No element of this VR can be made of the value, even by force.
    """
    try:
        if vr == "SQ":
            return DataElement(tag, vr, _items(value, depth))
        if value is None:
            return DataElement(tag, vr, None)
        many = isinstance(value, list)
        made = [_native(vr, item) for item in value] if many else _native(vr, value)
        return DataElement(tag, vr, made, validation_mode=config.IGNORE)
    except (ValueError, TypeError, OverflowError, AttributeError, NotImplementedError):
        raise ValidationError("a value cannot be encoded with its attribute's VR") from None


def require_encodable(element: DataElement, encodings: Sequence[str]) -> None:
    """Pass if an element can be written in a data set's character sets.

    Raises:
        ValidationError: It cannot.
    """
    stream: Any = DicomBytesIO()
    stream.is_implicit_VR, stream.is_little_endian = False, True
    try:
        is_written = all(_is_encodable(text, encodings) for text in _texts(element))
        write_data_element(stream, element, list(encodings))
    except Exception:  # noqa: BLE001 - any value error of any VR
        is_written = False
    if not is_written:
        raise ValidationError("a value cannot be encoded with its VR or SpecificCharacterSet")


def _texts(element: DataElement) -> Iterator[str]:
    if element.VR == "SQ":
        for item in element.value:
            for nested in item:
                yield from _texts(nested)
        return
    values = element.value if element.VM > 1 else [element.value]
    yield from (str(value) for value in values if not isinstance(value, bytes))


def _is_encodable(text: str, encodings: Sequence[str]) -> bool:
    for encoding in encodings:
        try:
            text.encode(encoding)
        except UnicodeError:
            continue
        return True
    return False


def _fits(vr: str, item: Any) -> bool:
    if isinstance(item, bool | dict | list):
        return False
    if vr in WHOLE:
        least, most = WHOLE[vr]
        return least <= int(str(item)) <= most
    if vr in REAL:
        return float(item) == float(item)
    if vr in BYTES:
        return isinstance(item, str) and base64.b64decode(item, validate=True) is not None
    if vr == "AT":
        return len(item) == 8 and int(item, 16) >= 0
    text = str(item)
    if vr in ("IS", "DS") and text:
        float(text)
    validate_value(vr, text, config.RAISE)
    return isinstance(item, str) or vr in ("IS", "DS")


def _native(vr: str, item: Any) -> Any:
    if isinstance(item, dict | list):
        raise TypeError
    if vr in WHOLE:
        return int(str(item))
    if vr in REAL:
        return float(item)
    if vr in BYTES:
        return base64.b64decode(item, validate=True)
    return int(item, 16) if vr == "AT" else str(item)


def _items(value: Any, depth: int) -> list[Dataset]:
    if value is None:
        return []
    if depth > DEEPEST or not isinstance(value, list):
        raise TypeError
    return [_item(item, depth) for item in value]


def _item(item: Any, depth: int) -> Dataset:
    made = Dataset()
    for name, value in item.items():
        number = tag_for_keyword(name)
        if number is None:
            raise ValueError
        vr = str(dictionary_VR(number)).partition(" ")[0]
        made.add(make_element(BaseTag(number), vr, value, depth + 1))
    return made
