"""An object in a file becomes what it becomes in memory, whatever kind of file it is."""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from pydicom.uid import ExplicitVRBigEndian

from tests.support.deidentification import deidentifier, made_of
from tests.support.dicom import ct, encode


def test_a_file_becomes_what_its_bytes_become(tmp_path: Path) -> None:
    original, target = encode(ct()), tmp_path / "made"
    (tmp_path / "original").write_bytes(original)
    with (tmp_path / "original").open("rb") as source, target.open("wb") as file:
        deidentifier().deidentify_file(source, file)
    assert target.read_bytes() == made_of(original).data


def test_files_that_compress_are_read_and_written_through_their_own_methods(tmp_path: Path) -> None:
    original, packed = encode(ct()), tmp_path / "made.gz"
    (tmp_path / "original.gz").write_bytes(gzip.compress(original))
    with gzip.open(tmp_path / "original.gz") as source, gzip.open(packed, "wb") as file:
        deidentifier().deidentify_file(source, file)  # type: ignore[arg-type]
    assert gzip.decompress(packed.read_bytes()) == made_of(original).data


def test_of_a_file_that_is_held_back_nothing_is_written() -> None:
    target = io.BytesIO()
    deidentifier().deidentify_file(io.BytesIO(encode(ct())[:-700]), target)
    assert target.getvalue() == b""


def test_what_a_file_system_takes_in_parts_is_written_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, target = encode(ct()), tmp_path / "made"
    whole = os.writev

    def some(number: int, pieces: Sequence[bytes]) -> int:
        return whole(number, [pieces[0], pieces[1][:77]])

    monkeypatch.setattr(os, "writev", some)
    with target.open("wb") as file:
        file.write(b"before")
        deidentifier().deidentify_file(io.BytesIO(original), file)
        file.write(b"behind")
    assert target.read_bytes() == b"before" + made_of(original).data + b"behind"


class _Cutting(io.BytesIO):
    """A target that cuts a source off as soon as anything is written to it."""

    def __init__(self, source: Path) -> None:
        super().__init__()
        self._source = source

    def writelines(self, pieces: Iterable[Any]) -> None:
        for piece in pieces:
            self.write(piece)
            os.truncate(self._source, 1000)


def test_a_source_that_becomes_shorter_is_an_error_of_the_file(tmp_path: Path) -> None:
    place = tmp_path / "original"
    place.write_bytes(encode(ct()))
    with place.open("rb") as source, pytest.raises(OSError, match="ended before"):
        deidentifier().deidentify_file(source, _Cutting(place))


def test_a_file_that_is_read_in_parts_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One call to the system gives two gigabytes at most, and fewer bytes where it likes."""
    original, whole = encode(ct(), ExplicitVRBigEndian), os.pread
    (tmp_path / "original").write_bytes(original)
    monkeypatch.setattr(os, "pread", lambda number, _, offset: whole(number, 100, offset))
    target = io.BytesIO()
    with (tmp_path / "original").open("rb") as source:
        deidentifier().deidentify_file(source, target)
    assert target.getvalue() == made_of(original).data
