"""Files appear whole, below their destination, whoever chose their names."""

from __future__ import annotations

import hashlib
import uuid
from io import BytesIO
from pathlib import Path

import pytest

from include.imaging.errors import CustomerError
from include.imaging.export.destination import (
    Bucket,
    Destination,
    Folder,
    checked,
    s3_place,
    uid_part,
)
from tests.support.cloud import Clients

HOSTILE = ["../../etc", "/etc/passwd", "1.2/../3", "..", ".", "", "1.2.3\0", "a" * 300, "1..2"]


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path, clients: Clients) -> Destination:
    if request.param == "folder":
        return Folder(tmp_path / "out")
    bucket = f"export-{uuid.uuid4().hex[:12]}"
    clients.s3.create_bucket(Bucket=bucket)
    return Bucket(clients.s3, bucket, "below/")


def put(place: Destination, path: str, data: bytes) -> str:
    digest = hashlib.sha256(data).hexdigest()
    place.put(path, BytesIO(data), len(data), digest)
    return digest


def test_what_is_put_is_held_with_its_hash(place: Destination) -> None:
    digest = put(place, "1.2/3.dcm", b"first")
    assert place.holds("1.2/3.dcm", 5, digest)
    assert not place.holds("1.2/3.dcm", 4, digest)
    assert not place.holds("1.2/3.dcm", 5, "0" * 64)
    assert not place.holds("1.2/4.dcm", 5, digest)
    assert place.get("1.2/3.dcm") == b"first"
    assert place.get("1.2/4.dcm") is None
    put(place, "1.2/3.dcm", b"second")
    assert place.get("1.2/3.dcm") == b"second"


def test_what_is_put_once_stays(place: Destination) -> None:
    place.put_once("plan", b"first")
    place.put_once("plan", b"second")
    assert place.get("plan") == b"first"


def test_a_file_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    class Broken(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise OSError("gone")
            return super().read(1)

    folder = Folder(tmp_path)
    with pytest.raises(OSError, match="gone"):
        folder.put("a/b.dcm", Broken(b"whole"), 5, "")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("path", HOSTILE)
def test_a_hostile_path_is_refused(path: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not plain"):
        checked(path)
    with pytest.raises(ValueError, match="not plain"):
        Folder(tmp_path / "in").put(path, BytesIO(b""), 0, "")


@pytest.mark.parametrize("uid", HOSTILE)
def test_a_hostile_uid_becomes_a_plain_name_of_its_own(uid: str) -> None:
    assert checked(uid_part(uid)) == uid_part(uid)
    assert uid_part(uid).startswith("uid_")
    assert uid_part(uid) != uid_part(uid + "x")


def test_a_uid_stays_itself() -> None:
    assert uid_part("1.2.840.10008.1.2") == "1.2.840.10008.1.2"
    assert uid_part("0.01.2") == "0.01.2"


def test_a_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "1.2").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CustomerError, match="EXPORT_DESTINATION"):
        put(Folder(tmp_path / "out"), "1.2/3.dcm", b"data")
    assert not list((tmp_path / "elsewhere").iterdir())


def test_an_s3_uri_is_taken_apart() -> None:
    assert s3_place("s3://a-bucket") == ("a-bucket", "")
    assert s3_place("s3://a-bucket/") == ("a-bucket", "")
    assert s3_place("s3://a-bucket/some/prefix/") == ("a-bucket", "some/prefix/")


@pytest.mark.parametrize("uri", ["s3:/a-bucket", "s3://A/b", "s3://bucket/../x", "s3://bucket/a b"])
def test_what_is_no_s3_uri_is_refused(uri: str) -> None:
    with pytest.raises(CustomerError, match="EXPORT_DESTINATION"):
        s3_place(uri)
