"""Gives each encoding of one image UIDs of its own, changing no other byte of the file."""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pydicom

from include.demo.sources import SourceFile

CHANGED_DIGITS = 12


def give_own_uids(files: Iterable[SourceFile]) -> list[SourceFile]:
    """Return the files, those that share a SOPInstanceUID after the first with new ones.

    Such a file also becomes a series of its own, so that no series mixes encodings. Files
    without a UID, and files that pydicom cannot read that far, stay as they are.
    """
    seen: set[str] = set()
    result = []
    for file in files:
        uid = _text(_read(file.content), "SOPInstanceUID")
        if uid and uid in seen:
            result.append(replace(file, content=with_own_uids(file.content, file.name)))
        else:
            seen.add(uid)
            result.append(file)
    return result


def with_own_uids(content: bytes, seed: str) -> bytes:
    """Return `content` with instance and series UIDs made of `seed`, of the same length.

    The values are replaced in place, so encoding, lengths and pixel bytes stay as they are.
    """
    dataset = _read(content)
    places = [
        (dataset, "SOPInstanceUID"),
        (dataset, "SeriesInstanceUID"),
        (getattr(dataset, "file_meta", None) or {}, "MediaStorageSOPInstanceUID"),
    ]
    patched = bytearray(content)
    for holder, keyword in places:
        if old := _text(holder, keyword):
            start = holder.get_item(keyword).value_tell
            patched[start : start + len(old)] = derive_uid(old, seed).encode()
    return bytes(patched)


def derive_uid(uid: str, seed: str) -> str:
    """Return a valid UID (PS3.5 9.1) as long as `uid`, its last digits made of `seed`."""
    digits = str(int(hashlib.sha256(f"{uid} {seed}".encode()).hexdigest(), 16))
    characters = list(uid)
    places = [place for place, character in enumerate(uid) if character.isdigit()]
    for digit, place in zip(digits[1:], reversed(places[-CHANGED_DIGITS:]), strict=False):
        starts_component = place == 0 or uid[place - 1] == "."
        characters[place] = digit if digit != "0" or not starts_component else "1"
    return "".join(characters)


def _text(holder: Any, keyword: str) -> str:
    """Return the value as the file spells it, without converting (and so checking) it."""
    raw = holder.get_item(keyword) if keyword in holder else None
    return raw.value.rstrip(b"\0 ").decode("ascii") if raw is not None and raw.value else ""


def _read(content: bytes) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return pydicom.dcmread(io.BytesIO(content), stop_before_pixels=True, force=True)
        except Exception:  # noqa: BLE001 - a file nobody can read stays as it is
            return pydicom.Dataset()
