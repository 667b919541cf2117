"""A folder tree as an archive."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import fsspec
import pytest

from include.imaging.archives.folder import Folder
from include.imaging.archives.limits import Limits
from include.imaging.archives.protocol import ItemReadError, Window
from include.imaging.errors import CustomerError
from include.imaging.landing.census import item_of
from tests.support.containers import contents, seen, sightings
from tests.support.landing import FEED, KEYRING


def write(path: Path, body: bytes = b"x") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


def paths(root: Path, window: Window | None = None, partition: str | None = None) -> list[str]:
    return [each.path for each in Folder(f"file://{root}", partition).sightings(window)]


@contextmanager
def nobody() -> Iterator[None]:
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_files_come_by_name_directory_by_directory(tmp_path: Path) -> None:
    for name in ("b/2", "b/1", "a/z/1", "a/9", "c", "a.dcm"):
        write(tmp_path / name)
    assert paths(tmp_path) == ["a.dcm", "c", "a/9", "a/z/1", "b/1", "b/2"]


def test_a_window_takes_its_days_in_order_and_skips_those_that_are_absent(tmp_path: Path) -> None:
    for name in ("2026/03/01/a", "2026/02/28/b", "2026/03/03/c", "2026/03/04/d", "loose"):
        write(tmp_path / name)
    window = Window(date(2026, 2, 28), date(2026, 3, 3))
    assert paths(tmp_path, window, "%Y/%m/%d") == ["2026/02/28/b", "2026/03/01/a", "2026/03/03/c"]


def test_a_monthly_partition_is_taken_once(tmp_path: Path) -> None:
    write(tmp_path / "2026-03/a")
    assert paths(tmp_path, Window(date(2026, 3, 1), date(2026, 3, 9)), "%Y-%m") == ["2026-03/a"]


def test_without_a_window_everything_is_taken(tmp_path: Path) -> None:
    for name in ("2026/03/01/a", "elsewhere/b"):
        write(tmp_path / name)
    assert paths(tmp_path, None, "%Y/%m/%d") == ["2026/03/01/a", "elsewhere/b"]


def test_links_are_seen_and_never_followed(tmp_path: Path) -> None:
    write(tmp_path / "outside/secret")
    root = tmp_path / "root"
    root.mkdir()
    (root / "file").symlink_to(tmp_path / "outside/secret")
    (root / "folder").symlink_to(tmp_path / "outside")
    (root / "dangling").symlink_to("nowhere")
    found = {each.path: each.finding.code for each in sightings(root) if each.finding}
    assert found == dict.fromkeys(("dangling", "file", "folder"), "LINK_NOT_FOLLOWED")
    assert len(sightings(root)) == 3


def test_a_partition_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "outside/03/01/secret")
    (tmp_path / "root").mkdir()
    (tmp_path / "root/2026").symlink_to(tmp_path / "outside")
    archive = Folder(f"file://{tmp_path / 'root'}", "%Y/%m/%d")
    found = list(archive.sightings(Window(date(2026, 3, 1), date(2026, 3, 1))))
    assert [each.path for each in found] == ["2026"]
    assert found[0].finding is not None
    assert found[0].finding.code == "LINK_NOT_FOLLOWED"


def test_pipes_and_sockets_are_items_with_a_finding(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as made:
        here = Path.cwd()
        os.chdir(tmp_path)  # a socket's path must be short
        made.bind("s")
        os.chdir(here)
    assert seen(tmp_path) == [(None, "SPECIAL_FILE")] * 2


def test_names_may_hold_any_bytes(tmp_path: Path) -> None:
    strange = os.fsencode(tmp_path) + b"/caf\xe9 \n~:%41?*.dcm"
    with open(strange, "wb") as file:  # noqa: PTH123 - Path takes no bytes
        file.write(b"body")
    assert contents(tmp_path) == [(None, b"body")]


def test_a_root_that_is_absent_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CustomerError, match=r"ARCHIVE_NOT_FOUND.*mounted") as caught:
        paths(tmp_path / "gone")
    assert str(tmp_path) not in str(caught.value)


def test_a_root_that_is_a_file_is_no_archive(tmp_path: Path) -> None:
    write(tmp_path / "file")
    with pytest.raises(CustomerError, match="ARCHIVE_NOT_FOUND"):
        paths(tmp_path / "file")


def open_to_all(folder: Path) -> None:
    """Let every user pass through the folders that pytest made on the way to this one."""
    for made in (folder, *folder.parents):
        made.chmod(0o755)
        if made.name.startswith("pytest-of-"):
            return


def test_a_root_that_may_not_be_listed_says_what_to_do(tmp_path: Path) -> None:
    open_to_all(tmp_path)
    root = tmp_path / "root"
    root.mkdir(mode=0o311)
    with nobody(), pytest.raises(CustomerError, match="ARCHIVE_UNREADABLE"):
        paths(root)


def test_what_may_not_be_read_is_an_item_with_a_finding(tmp_path: Path) -> None:
    open_to_all(tmp_path)
    write(tmp_path / "closed/inside")
    write(tmp_path / "file")
    (tmp_path / "closed").chmod(0)
    (tmp_path / "file").chmod(0)
    with nobody():
        assert seen(tmp_path) == [(None, "UNREADABLE")] * 2


def test_a_file_above_the_limit_is_a_finding(tmp_path: Path) -> None:
    write(tmp_path / "a", b"12345")
    assert seen(tmp_path, Limits(file_bytes=4)) == [(None, "MEMBER_TOO_LARGE")]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda path: path.write_bytes(b"longer than before"), "SOURCE_CHANGED"),
        (lambda path: os.utime(path, (1, 1)), "SOURCE_CHANGED"),
        (lambda path: path.unlink(), "SOURCE_VANISHED"),
        (lambda path: (path.unlink(), path.symlink_to("/etc/hostname")), "SOURCE_CHANGED"),
        (lambda path: (path.unlink(), os.mkfifo(path)), "SOURCE_CHANGED"),
        (lambda path: (path.unlink(), path.mkdir()), "SOURCE_CHANGED"),
    ],
    ids=["longer", "touched", "gone", "link", "pipe", "folder"],
)
def test_a_file_that_is_not_what_the_census_saw_is_a_finding(
    tmp_path: Path, change: object, code: str
) -> None:
    write(tmp_path / "file", b"before")
    archive = Folder(f"file://{tmp_path}")
    items = [item_of(FEED, each, KEYRING) for each in archive.sightings(None)]
    change(tmp_path / "file")  # type: ignore[operator]
    with archive.read(items) as opened:
        found = [each.finding.code for each in opened if each.finding]
    assert found == [code]


def test_files_that_vanish_with_their_share_stop_the_task(tmp_path: Path) -> None:
    write(tmp_path / "root/file")
    archive = Folder(f"file://{tmp_path / 'root'}")
    items = [item_of(FEED, each, KEYRING) for each in archive.sightings(None)]
    (tmp_path / "root").rename(tmp_path / "away")
    with pytest.raises(CustomerError, match="ARCHIVE_NOT_FOUND"), archive.read(items) as opened:
        list(opened)


def test_a_file_that_grows_while_it_is_read_is_a_finding(tmp_path: Path) -> None:
    write(tmp_path / "file", b"before")
    archive = Folder(f"file://{tmp_path}")
    items = [item_of(FEED, each, KEYRING) for each in archive.sightings(None)]
    with archive.read(items) as opened:
        stream = next(opened).stream
        assert stream is not None
        assert stream.read(3) == b"bef"
        with (tmp_path / "file").open("ab") as more:
            more.write(b" and after")
        with pytest.raises(ItemReadError) as caught:
            list(iter(lambda: stream.read(100), b""))
    assert caught.value.finding.code == "SOURCE_CHANGED"


def test_any_file_system_of_fsspec_is_an_archive() -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe({"/census-test/2026/03/01/a": b"one", "/census-test/2026/03/02/b": b"two"})
    archive = Folder("memory://census-test", "%Y/%m/%d")
    found = list(archive.sightings(Window(date(2026, 3, 2), date(2026, 3, 3))))
    assert [(each.path, each.size) for each in found] == [("2026/03/02/b", 3)]
    with archive.read([item_of(FEED, each, KEYRING) for each in found]) as opened:
        stream = next(opened).stream
        assert stream is not None
        assert stream.read(10) == b"two"
    memory.rm("/census-test", recursive=True)
