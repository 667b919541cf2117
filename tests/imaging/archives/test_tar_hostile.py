"""Tar files that were made to harm their reader."""

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from include.imaging.archives.limits import Limits
from tests.support.containers import (
    END_OF_TAR,
    block,
    contents,
    padded,
    seen,
    sightings,
    tar_of,
    with_size,
)

DAMAGED = "CONTAINER_DAMAGED"


def put(root: Path, body: bytes, name: str = "box.tar") -> Path:
    (root / name).write_bytes(body)
    return root


@pytest.mark.parametrize(
    "field",
    [b"\xff" * 12, b"\xff" + b"\0" * 11, b"\x80" + b"\xff" * 11, b"99999999999\0", b"7" * 12],
)
def test_a_forged_size_is_damage_and_no_endless_loop(tmp_path: Path, field: bytes) -> None:
    body = tar_of([("a", b"one")])[:1024] + with_size(block("b"), field) + END_OF_TAR
    found = seen(put(tmp_path, body))
    assert found[0] == ("a", "")
    assert found[-1] == (None, DAMAGED)


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_an_extended_header_of_gigabytes_is_damage(tmp_path: Path, kind: bytes) -> None:
    body = block("x", 3 * 2**30, kind) + bytes(4096)
    assert seen(put(tmp_path, gzip.compress(body), "b.tar.gz")) == [(None, DAMAGED)]


@pytest.mark.parametrize(
    "record",
    [
        b"11 path=abc\n",
        b"0 path=a\n",
        b"-5 path=a\n",
        b"x",
        b"99 path=a\n",
        b"9 size=-1\n",
        b"9" * 30,
    ],
)
def test_a_forged_pax_record_is_damage(tmp_path: Path, record: bytes) -> None:
    head = block("x", len(record), tarfile.XHDTYPE) + padded(record)
    found = seen(put(tmp_path, head + block("f", 1) + padded(b"x") + END_OF_TAR))
    assert found == [(None, DAMAGED)]


def test_a_name_of_a_megabyte_is_cut_and_refused(tmp_path: Path) -> None:
    name = "n" * 900_000
    found = sightings(put(tmp_path, tar_of([(name, b"1")])))
    assert [(len(each.member or ""), each.finding and each.finding.code) for each in found] == [
        (4096, "UNSAFE_PATH")
    ]


def test_a_bomb_is_not_read_to_its_end(tmp_path: Path) -> None:
    raw = io.BytesIO()
    with gzip.open(raw, "wb", compresslevel=9) as file:
        file.write(block("a", 3) + padded(b"one") + block("bomb", 200_000_000))
        for _ in range(200):
            file.write(bytes(1_000_000))
    ratio = "COMPRESSION_RATIO"
    assert contents(put(tmp_path, raw.getvalue(), "b.tgz")) == [
        ("a", b"one"),
        ("bomb", ratio),
        (None, ratio),
    ]


def test_too_many_members_add_the_container(tmp_path: Path) -> None:
    body = tar_of([(str(number), b"") for number in range(5)])
    assert seen(put(tmp_path, body), Limits(members=3)) == [
        ("0", ""),
        ("1", ""),
        ("2", ""),
        (None, "TOO_MANY_MEMBERS"),
    ]


@pytest.mark.parametrize("name", ["box.tar", "box.tar.gz"])
def test_any_flipped_byte_leaves_a_census(tmp_path: Path, name: str) -> None:
    sound = tar_of([("a", b"one" * 50), ("b", b"two" * 50)], tarfile.GNU_FORMAT)
    sound = gzip.compress(sound) if name.endswith("gz") else sound
    for at in range(0, min(len(sound), 3072), 7):
        body = bytearray(sound)
        body[at] ^= 0x55
        assert contents(put(tmp_path, bytes(body), name)), at
