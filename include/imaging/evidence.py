"""What an auditor gets of a run: records in a hash chain, and a check of that chain."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

GENESIS = "0" * 64


def chain(records: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the records with `number` (from 1), `previous` and `hash` added.

    A record's hash is the SHA-256 (hex) of its canonical JSON without `hash`; `previous` is
    the hash of the record before, so that no record can be changed, added or taken away
    without changing the last hash.
    """
    previous = GENESIS
    for number, record in enumerate(records, start=1):
        linked = {"number": number, "previous": previous, **record}
        previous = _hash(linked)
        yield {**linked, "hash": previous}


def verify(records: Iterable[dict[str, Any]]) -> str:
    """Return the last hash of a chain; raises ValueError naming the first broken record."""
    previous = GENESIS
    for number, record in enumerate(records, start=1):
        body = {name: value for name, value in record.items() if name != "hash"}
        if (
            record.get("number") != number
            or record.get("previous") != previous
            or record.get("hash") != _hash(body)
        ):
            raise ValueError(f"record {number} does not follow from the ones before it")
        previous = record["hash"]
    return previous


def to_ndjson(records: Iterable[dict[str, Any]]) -> bytes:
    """Return records as NDJSON, one canonical JSON object a line."""
    return b"".join(_canonical(record) + b"\n" for record in records)


def _hash(record: dict[str, Any]) -> str:
    return hashlib.sha256(_canonical(record)).hexdigest()


def _canonical(record: dict[str, Any]) -> bytes:
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
