"""Lists of records as gzipped NDJSON: written and read line by line, deterministic bytes."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import types
import typing
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import IO, Any, TypeVar

from include.imaging.errors import IntegrityError

Record = TypeVar("Record")
COMPRESSION_LEVEL = 5


def to_dict(record: Any) -> dict[str, Any]:
    """Return a record as plain JSON values, leaving out fields that hold their default."""
    return {
        name: _plain(value)
        for name, default in _defaults(record.__class__)
        if (value := getattr(record, name)) != default
    }


def from_dict(kind: type[Record], values: dict[str, Any]) -> Record:
    """Return the record of `kind` that `to_dict` made `values` of; unknown names are ignored."""
    readers: Callable[[Any], dict[str, Callable[[Any], Any]]] = _readers
    known = readers(kind)
    return kind(**{name: known[name](value) for name, value in values.items() if name in known})


def dump(records: Iterable[Any]) -> bytes:
    """Return records (dataclasses or dicts) as gzipped NDJSON; equal records, equal bytes."""
    return Writer().extend(records).close()


class Writer:
    """Collects records as compressed NDJSON in memory (about 40 bytes a line)."""

    def __init__(self) -> None:
        self._raw = io.BytesIO()
        self._file = gzip.GzipFile(
            fileobj=self._raw, mode="wb", compresslevel=COMPRESSION_LEVEL, mtime=0
        )
        self._hash = hashlib.sha256()
        self.count = 0

    def add(self, record: Any) -> None:
        """Append one record."""
        values = record if isinstance(record, dict) else to_dict(record)
        line = json.dumps(values, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"
        self._hash.update(line)
        self._file.write(line)
        self.count += 1

    def extend(self, records: Iterable[Any]) -> Writer:
        """Append many records."""
        for record in records:
            self.add(record)
        return self

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the lines so far, before compression."""
        return self._hash.hexdigest()

    def close(self) -> bytes:
        """Return the compressed bytes."""
        self._file.close()
        return self._raw.getvalue()


def load(kind: type[Record], source: bytes | IO[bytes]) -> Iterator[Record]:
    """Yield the records of a gzipped NDJSON; raises IntegrityError when a line is not one."""
    for values in lines(source):
        yield from_dict(kind, values)


def lines(source: bytes | IO[bytes]) -> Iterator[dict[str, Any]]:
    """Yield the lines of a gzipped NDJSON as dicts; raises IntegrityError on damage."""
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        with gzip.open(stream, "rb") as file:  # type: ignore[arg-type,unused-ignore]
            for line in file:
                yield json.loads(line)
    except (ValueError, EOFError, gzip.BadGzipFile):
        raise IntegrityError(
            "LIST_DAMAGED", "a stored list of the run is not the gzipped NDJSON that was written"
        ) from None


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return to_dict(value)
    if isinstance(value, tuple | list):
        return [_plain(entry) for entry in value]
    return value


@cache
def _defaults(kind: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((entry.name, entry.default) for entry in fields(kind))


@cache
def _readers(kind: Any) -> dict[str, Callable[[Any], Any]]:
    hints = typing.get_type_hints(kind)
    return {entry.name: _reader(hints[entry.name]) for entry in fields(kind)}


def _reader(hint: Any) -> Callable[[Any], Any]:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return _reader(next(part for part in typing.get_args(hint) if part is not type(None)))
    if typing.get_origin(hint) is tuple:
        inner = _reader(typing.get_args(hint)[0])
        return lambda value: tuple(inner(entry) for entry in value)
    if isinstance(hint, type) and is_dataclass(hint):
        return lambda value: from_dict(hint, value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    return lambda value: value
