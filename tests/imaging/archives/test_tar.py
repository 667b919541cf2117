"""Tar files in an archive, plain and compressed, sound and hostile."""

import bz2
import gzip
import lzma
import random
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from include.imaging.archives.limits import Limits
from tests.support.containers import (
    END_OF_TAR,
    block,
    contents,
    info,
    padded,
    seen,
    sightings,
    tar_of,
)

NOISE = random.Random(1).randbytes(70_000)
DAMAGED = "CONTAINER_DAMAGED"
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "box.tar": bytes,
    "box.tar.gz": gzip.compress,
    "box.tar.bz2": bz2.compress,
    "box.tar.xz": lzma.compress,
}


def put(root: Path, body: bytes, name: str = "box.tar") -> Path:
    (root / name).write_bytes(body)
    return root


@pytest.mark.parametrize("name", PACKERS)
@pytest.mark.parametrize(
    "style", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT], ids=str
)
def test_members_are_items_with_their_bytes(tmp_path: Path, name: str, style: int) -> None:
    long = "a/" * 60 + "long"
    body = tar_of([("1", b"one"), (long, NOISE), ("empty", b""), ("last", b"x" * 512)], style)
    expected = [("1", b"one"), (long, NOISE), ("empty", b""), ("last", b"x" * 512)]
    assert contents(put(tmp_path, PACKERS[name](body), name)) == expected


@pytest.mark.parametrize("name", PACKERS)
def test_a_tar_is_known_by_its_bytes_not_its_name(tmp_path: Path, name: str) -> None:
    put(tmp_path, PACKERS[name](tar_of([("1", b"one")])), "IM0001.dcm")
    assert contents(tmp_path) == [("1", b"one")]


def test_only_a_plain_tar_can_be_sought(tmp_path: Path) -> None:
    for name, pack in PACKERS.items():
        put(tmp_path, pack(tar_of([("1", b"one")])), name)
    seekable = {each.container: each.seekable for each in sightings(tmp_path)}
    assert seekable == {"tar": True, "tar.gz": False, "tar.bz2": False, "tar.xz": False}


def test_directories_are_no_items(tmp_path: Path) -> None:
    body = block("folder", kind=tarfile.DIRTYPE) + block("f", 1) + padded(b"x") + END_OF_TAR
    assert contents(put(tmp_path, body)) == [("f", b"x")]


def test_an_empty_tar_holds_no_items(tmp_path: Path) -> None:
    put(tmp_path, tar_of([]))
    assert seen(put(tmp_path, gzip.compress(tar_of([])), "b.tar.gz")) == []


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (tarfile.SYMTYPE, "LINK_NOT_FOLLOWED"),
        (tarfile.LNKTYPE, "LINK_NOT_FOLLOWED"),
        (tarfile.CHRTYPE, "SPECIAL_FILE"),
        (tarfile.FIFOTYPE, "SPECIAL_FILE"),
        (tarfile.GNUTYPE_SPARSE, "UNSUPPORTED_CONTAINER"),
        (b"Z", "UNSUPPORTED_CONTAINER"),
    ],
)
def test_what_is_no_plain_file_is_a_finding(tmp_path: Path, kind: bytes, code: str) -> None:
    body = block("m", kind=kind, link="/etc/passwd") + block("f", 1) + padded(b"x") + END_OF_TAR
    assert contents(put(tmp_path, body)) == [("m", code), ("f", b"x")]


@pytest.mark.parametrize("name", ["/etc/passwd", "../up", "a/../../up", "a\\b", "c:\\x"])
def test_a_name_that_climbs_out_is_a_finding(tmp_path: Path, name: str) -> None:
    assert contents(put(tmp_path, tar_of([(name, b"1"), ("f", b"x")]))) == [
        (name, "UNSAFE_PATH"),
        ("f", b"x"),
    ]


def test_a_name_in_bytes_of_no_encoding_is_kept(tmp_path: Path) -> None:
    assert contents(put(tmp_path, tar_of([("\udce9", b"1")], tarfile.GNU_FORMAT))) == [
        ("\udce9", b"1")
    ]


def test_a_sparse_member_of_pax_is_a_finding(tmp_path: Path) -> None:
    made = info("m", 3)
    made.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}
    body = made.tobuf(tarfile.PAX_FORMAT) + padded(b"abc") + END_OF_TAR
    assert contents(put(tmp_path, body)) == [("m", "UNSUPPORTED_CONTAINER")]


@pytest.mark.parametrize("keep", [700, 60_000])
@pytest.mark.parametrize("name", PACKERS)
def test_a_tar_cut_off_in_a_member_adds_itself(tmp_path: Path, name: str, keep: int) -> None:
    body = tar_of([("a", b"one"), ("b", NOISE)], tarfile.GNU_FORMAT)[: 1024 + keep]
    put(tmp_path, PACKERS[name](body), name)
    assert contents(tmp_path) == [("a", b"one"), ("b", DAMAGED), (None, DAMAGED)]


@pytest.mark.parametrize("keep", [1024, 1100, 1536 + 70_144])
def test_a_tar_cut_off_between_members_adds_itself(tmp_path: Path, keep: int) -> None:
    body = tar_of([("a", b"one"), ("b", NOISE)], tarfile.GNU_FORMAT)[:keep]
    assert seen(put(tmp_path, body))[-1] == (None, DAMAGED)
    assert seen(tmp_path)[0] == ("a", "")


def test_compressed_data_cut_off_adds_the_container(tmp_path: Path) -> None:
    body = gzip.compress(tar_of([("a", b"one"), ("b", NOISE)]))
    assert seen(put(tmp_path, body[:-30_000], "b.tar.gz")) == [
        ("a", ""),
        ("b", DAMAGED),
        (None, DAMAGED),
    ]


def test_a_wrong_checksum_of_gzip_adds_the_container(tmp_path: Path) -> None:
    body = bytearray(gzip.compress(tar_of([("a", b"one"), ("b", NOISE)])))
    body[-6] ^= 0xFF
    assert seen(put(tmp_path, bytes(body), "b.tar.gz"))[-1] == (None, DAMAGED)


def test_garbage_behind_the_stream_adds_the_container(tmp_path: Path) -> None:
    body = gzip.compress(tar_of([("a", b"one")]))
    assert contents(put(tmp_path, body + b"garbage", "b.tar.gz")) == [
        ("a", b"one"),
        (None, DAMAGED),
    ]
    assert contents(put(tmp_path, body + bytes(4096), "b.tar.gz")) == [("a", b"one")]


def test_gzip_streams_in_a_row_are_one(tmp_path: Path) -> None:
    whole = tar_of([("a", b"one"), ("b", NOISE)])
    body = gzip.compress(whole[:5000]) + gzip.compress(whole[5000:])
    assert contents(put(tmp_path, body, "b.tar.gz")) == [("a", b"one"), ("b", NOISE)]


def test_members_hidden_behind_the_end_mark_add_the_container(tmp_path: Path) -> None:
    body = tar_of([("a", b"one")]) + tar_of([("hidden", b"two")])
    assert contents(put(tmp_path, body)) == [("a", b"one"), (None, DAMAGED)]


def test_a_member_above_the_limit_is_a_finding_and_the_next_an_item(tmp_path: Path) -> None:
    put(tmp_path, gzip.compress(tar_of([("a", NOISE), ("b", b"two")])), "b.tar.gz")
    expected = [("a", "MEMBER_TOO_LARGE"), ("b", b"two")]
    assert contents(tmp_path, Limits(file_bytes=69_999)) == expected


def test_a_container_in_a_container_is_a_finding(tmp_path: Path) -> None:
    body = tar_of([("inner.tar", tar_of([("x", b"1")])), ("b", b"two")])
    assert contents(put(tmp_path, body)) == [("inner.tar", "NESTED_CONTAINER"), ("b", b"two")]


def test_a_single_compressed_file_is_a_finding(tmp_path: Path) -> None:
    put(tmp_path, gzip.compress(b"one image"), "IM1.dcm.gz")
    assert seen(tmp_path) == [(None, "UNSUPPORTED_CONTAINER")]
