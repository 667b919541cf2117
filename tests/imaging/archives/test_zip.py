"""Zip files in an archive, sound and hostile."""

import random
import stat
import struct
import warnings
import zipfile
from pathlib import Path

import pytest

from include.imaging.archives.folder import Folder
from include.imaging.archives.limits import Limits
from include.imaging.landing.census import item_of
from tests.support.containers import contents, seen, zip_of
from tests.support.landing import FEED, KEYRING

NOISE = random.Random(2).randbytes(50_000)


def put(root: Path, body: bytes, name: str = "box.zip") -> Path:
    (root / name).write_bytes(body)
    return root


def special(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def patched(body: bytes, mark: bytes, offset: int, value: bytes) -> bytes:
    """Return a zip with bytes replaced at an offset of its first record with that mark."""
    at = body.index(mark) + offset
    return body[:at] + value + body[at + len(value) :]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_members_are_items_with_their_bytes(tmp_path: Path, method: int) -> None:
    body = zip_of([("a/", b""), ("a/1", b"one"), ("2", NOISE), ("empty", b"")], method)
    assert contents(put(tmp_path, body)) == [("a/1", b"one"), ("2", NOISE), ("empty", b"")]


def test_a_zip_is_known_by_its_bytes_not_its_name(tmp_path: Path) -> None:
    put(tmp_path, zip_of([("a", b"one")]), "IM0001.dcm")
    assert contents(tmp_path) == [("a", b"one")]


def test_a_dicom_file_with_a_zip_preamble_is_no_container(tmp_path: Path) -> None:
    body = b"PK\x03\x04".ljust(128, b"\0") + b"DICM rest"
    assert contents(put(tmp_path, body, "a.dcm")) == [(None, body)]


def test_an_empty_zip_holds_no_items(tmp_path: Path) -> None:
    assert seen(put(tmp_path, zip_of([]))) == []


def test_a_file_that_is_only_named_zip_is_damaged(tmp_path: Path) -> None:
    assert seen(put(tmp_path, b"not a zip at all")) == [(None, "CONTAINER_DAMAGED")]


def test_members_of_one_name_are_told_apart(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        body = zip_of([("a", b"one"), ("a", b"two")])
    assert contents(put(tmp_path, body)) == [("a", b"one"), ("a", b"two")]


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../../up", "a/../../up", "..\\up", "C:\\a", "c:a", "a\\b", "./", " "]
)
def test_a_name_that_climbs_out_is_a_finding(tmp_path: Path, name: str) -> None:
    body = zip_of([("X" * len(name), b"one")]).replace(b"X" * len(name), name.encode())
    assert contents(put(tmp_path, body)) == [(name, "UNSAFE_PATH")]


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        (stat.S_IFLNK, "LINK_NOT_FOLLOWED"),
        (stat.S_IFCHR, "SPECIAL_FILE"),
        (stat.S_IFIFO, "SPECIAL_FILE"),
    ],
)
def test_links_and_devices_are_findings(tmp_path: Path, mode: int, code: str) -> None:
    body = zip_of([(special("entry", mode | 0o777), b"/etc/passwd"), ("a", b"one")])
    assert contents(put(tmp_path, body)) == [("entry", code), ("a", b"one")]


def test_an_encrypted_member_is_a_finding(tmp_path: Path) -> None:
    body = zip_of([("a", b"one")])
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        body = patched(body, mark, offset, b"\x01\x00")
    assert contents(put(tmp_path, body)) == [("a", "ENCRYPTED_MEMBER")]


def test_a_rare_method_is_a_finding(tmp_path: Path) -> None:
    body = zip_of([("a", b"one")])
    for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        body = patched(body, mark, offset, struct.pack("<H", 9))  # deflate64
    assert contents(put(tmp_path, body)) == [("a", "UNSUPPORTED_CONTAINER")]


def test_a_bomb_is_a_finding_and_its_neighbour_an_item(tmp_path: Path) -> None:
    body = zip_of([("bomb", bytes(20_000_000)), ("a", b"one")])
    assert contents(put(tmp_path, body)) == [("bomb", "COMPRESSION_RATIO"), ("a", b"one")]


def test_a_blank_image_is_no_bomb(tmp_path: Path) -> None:
    blank = bytes(2 * 2048 * 2048)
    assert contents(put(tmp_path, zip_of([("blank", blank)]))) == [("blank", blank)]


def test_a_bomb_that_claims_to_be_small_yields_no_more_than_it_claims(tmp_path: Path) -> None:
    body = zip_of([("bomb", bytes(20_000_000))])
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        body = patched(body, mark, offset, struct.pack("<L", 5000))
    assert contents(put(tmp_path, body)) == [("bomb", "CONTAINER_DAMAGED")]


def test_a_member_above_the_limit_is_a_finding(tmp_path: Path) -> None:
    body = zip_of([("a", NOISE), ("b", b"one")])
    assert seen(put(tmp_path, body), Limits(file_bytes=49_000)) == [
        ("a", "MEMBER_TOO_LARGE"),
        ("b", ""),
    ]


def test_a_container_in_a_container_is_a_finding(tmp_path: Path) -> None:
    inner = zip_of([("a", b"one")])
    body = zip_of([("inner.zip", inner), ("no-suffix", b"\x1f\x8b" + bytes(600)), ("b", b"two")])
    nested = "NESTED_CONTAINER"
    expected = [("inner.zip", nested), ("no-suffix", nested), ("b", b"two")]
    assert contents(put(tmp_path, body)) == expected


def test_damaged_data_is_a_finding_of_its_member_alone(tmp_path: Path) -> None:
    body = bytearray(zip_of([("a", NOISE), ("b", b"one")], zipfile.ZIP_STORED))
    body[1000] ^= 0xFF
    assert contents(put(tmp_path, bytes(body))) == [("a", "CONTAINER_DAMAGED"), ("b", b"one")]


def test_a_size_that_lies_is_a_finding(tmp_path: Path) -> None:
    body = zip_of([("a", NOISE), ("b", b"one")])
    body = patched(body, b"PK\x01\x02", 24, struct.pack("<L", 60_000))
    assert contents(put(tmp_path, body)) == [("a", "CONTAINER_DAMAGED"), ("b", b"one")]


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
def test_a_zip_cut_off_is_one_item(tmp_path: Path, keep: float) -> None:
    body = zip_of([("a", NOISE), ("b", NOISE)])
    assert seen(put(tmp_path, body[: int(len(body) * keep)])) == [(None, "CONTAINER_DAMAGED")]


def test_a_count_that_lies_adds_the_container_to_its_members(tmp_path: Path) -> None:
    body = zip_of([("a", b"one"), ("b", b"two")])
    body = patched(body, b"PK\x05\x06", 8, struct.pack("<HH", 9, 9))
    assert seen(put(tmp_path, body)) == [("a", ""), ("b", ""), (None, "CONTAINER_DAMAGED")]


def test_overlapping_members_are_findings(tmp_path: Path) -> None:
    body = zip_of([("a", NOISE), ("b", NOISE), ("c", NOISE)])
    second = body.index(b"PK\x01\x02", body.index(b"PK\x01\x02") + 4)
    body = body[: second + 42] + struct.pack("<L", 0) + body[second + 46 :]
    damaged = "CONTAINER_DAMAGED"
    assert seen(put(tmp_path, body)) == [("a", damaged), ("b", damaged), ("c", "")]


def test_too_many_members_are_one_finding(tmp_path: Path) -> None:
    body = zip_of([(str(number), b"") for number in range(12)])
    assert seen(put(tmp_path, body), Limits(members=10)) == [(None, "TOO_MANY_MEMBERS")]


def test_a_zip64_directory_is_read_and_its_count_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    body = zip_of([("a", b"one"), ("b", b"two")])
    assert b"PK\x06\x06" in body
    assert contents(put(tmp_path, body)) == [("a", b"one"), ("b", b"two")]
    body = patched(body, b"PK\x06\x06", 24, struct.pack("<QQ", 2**60, 2**60))
    assert seen(put(tmp_path, body)) == [(None, "TOO_MANY_MEMBERS")]


def test_a_name_that_is_not_its_encoding_damages_the_directory_only(tmp_path: Path) -> None:
    body = zip_of([("é", b"one")]).replace("é".encode(), b"\xc3\x28")
    assert seen(put(tmp_path, body)) == [(None, "CONTAINER_DAMAGED")]


def test_any_flipped_byte_leaves_a_census_that_adds_up(tmp_path: Path) -> None:
    sound = zip_of([("a", b"one" * 50), ("b", b"two" * 50)])
    for at in range(len(sound)):
        body = bytearray(sound)
        body[at] ^= 0x55
        found = contents(put(tmp_path, bytes(body)))
        assert found, at
        whole = [(name, data) for name, data in found if isinstance(data, bytes)]
        for _, data in whole:
            assert data in (b"one" * 50, b"two" * 50, bytes(body)), at


def test_a_changed_container_is_a_finding_for_each_member(tmp_path: Path) -> None:
    archive = Folder(f"file://{put(tmp_path, zip_of([('a', b'one'), ('b', b'two')]))}")
    items = [item_of(FEED, each, KEYRING) for each in archive.sightings(None)]
    put(tmp_path, zip_of([("a", b"changed")]))
    with archive.read(items) as opened:
        found = [each.finding.code for each in opened if each.finding]
    assert found == ["SOURCE_CHANGED"] * 2


def test_a_directory_of_rubbish_never_crashes(tmp_path: Path) -> None:
    noise = random.Random(3)
    for _ in range(200):
        body = bytearray(zip_of([("a", b"one"), ("b", b"two")]))
        start = body.index(b"PK\x01\x02")
        for _ in range(6):
            body[noise.randrange(start, len(body))] = noise.randrange(256)
        assert isinstance(contents(put(tmp_path, bytes(body))), list)
