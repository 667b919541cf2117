"""Checks a request's parameters against every constraint of the service model."""

import base64
import binascii
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import regex
from botocore.model import Shape

from include.localcloud.errors import ValidationError

TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "timestamp": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "blob": lambda value: isinstance(value, str),
    "structure": lambda value: isinstance(value, dict),
    "map": lambda value: isinstance(value, dict),
    "list": lambda value: isinstance(value, list),
}

LATEST_SECOND = 253_402_300_799
# the model's pattern of metadataFilePath takes exponential time; this one takes the same values
LINEAR = {r"[a-zA-Z0-9!-~]+([a-zA-Z0-9!-~ ]*[a-zA-Z0-9!-~]+)*": r"[!-~]([ -~]*[!-~])?"}


def check(parameters: dict[str, Any], shape: Shape | None) -> None:
    """Pass if the parameters satisfy the shape.

    Raises:
        ValidationError: They do not; the message names every member and constraint, no value.
    """
    faults = list(_faults(parameters, shape, ""))
    if faults:
        plural = "s" if len(faults) > 1 else ""
        raise ValidationError(
            f"{len(faults)} validation error{plural} detected: " + "; ".join(faults)
        )


def _faults(value: Any, shape: Any, path: str) -> Iterator[str]:
    if not TYPES[shape.type_name](value):
        yield _fault(path, f"be of type {shape.type_name}")
        return
    if shape.type_name == "structure":
        yield from _structure_faults(value, shape, path)
    elif shape.type_name == "list":
        yield from _size_faults(len(value), shape, path, "length")
        for number, item in enumerate(value, 1):
            yield from _faults(item, shape.member, f"{path}.{number}.member")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from _faults(key, shape.key, f"{path}.key")
            yield from _faults(item, shape.value, f"{path}.value")
    else:
        yield from _scalar_faults(value, shape, path)


def _structure_faults(value: dict[str, Any], shape: Any, path: str) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield _fault(_join(path, name), "not be null")
    given = [name for name in shape.members if value.get(name) is not None]
    if shape.is_tagged_union and len(given) != 1:
        yield _fault(path, f"have exactly one of: {', '.join(shape.members)}")
    for name in given:
        yield from _faults(value[name], shape.members[name], _join(path, name))


def _scalar_faults(value: Any, shape: Any, path: str) -> Iterator[str]:
    if shape.type_name == "integer":
        yield from _size_faults(value, shape, path, "value")
    elif shape.type_name == "timestamp":
        if not 0 <= value <= LATEST_SECOND:
            yield _fault(path, "be a time in seconds since 1970, before the year 10000")
    elif shape.type_name == "string":
        yield from _text_faults(value, path)
        yield from _size_faults(len(value), shape, path, "length")
        if getattr(shape, "enum", None) and value not in shape.enum:
            yield _fault(path, f"satisfy enum value set: [{', '.join(shape.enum)}]")
        pattern = shape.metadata.get("pattern")
        if pattern and not _matches(pattern, value):
            yield _fault(path, f"satisfy regular expression pattern: {pattern}")
    elif shape.type_name == "blob":
        try:
            size = len(base64.b64decode(value, validate=True))
            yield from _size_faults(size, shape, path, "length")
        except binascii.Error:
            yield _fault(path, "be base64")


def _size_faults(size: int, shape: Shape, path: str, what: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield _fault(path, f"have {what} greater than or equal to {least}")
    if most is not None and size > most:
        yield _fault(path, f"have {what} less than or equal to {most}")


def _text_faults(value: str, path: str) -> Iterator[str]:
    if any("\ud800" <= character <= "\udfff" for character in value):
        yield _fault(path, "be Unicode text")


def _matches(pattern: str, value: str) -> bool:
    return _compiled(LINEAR.get(pattern, pattern)).fullmatch(value) is not None


@cache
def _compiled(pattern: str) -> Any:
    return regex.compile(pattern)


def _fault(path: str, constraint: str) -> str:
    return f"Value at '{path}' failed to satisfy constraint: Member must {constraint}"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
