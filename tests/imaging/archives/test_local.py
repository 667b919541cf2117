"""A directory with many files is listed in order, in little memory, and as fsspec lists it."""

import os
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from fsspec.implementations.local import LocalFileSystem
from hypothesis import given
from hypothesis import strategies as st

from include.imaging.archives import local
from include.imaging.archives.local import infos, sorted_names
from include.imaging.archives.tree import walk
from include.imaging.errors import CustomerError

NAMES = st.binary(min_size=1, max_size=40).filter(
    lambda name: not {0, ord("/")} & set(name) and name not in {b".", b".."}
)
SHOWN = ("name", "type", "islink", "mtime")


@pytest.fixture
def few_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "NAMES_IN_MEMORY", 3)
    monkeypatch.setattr(local, "BLOCK_BYTES", 5)


@given(st.sets(NAMES, max_size=12))
def test_any_names_come_in_their_order(names: set[bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(local, "NAMES_IN_MEMORY", 3)
        patch.setattr(local, "BLOCK_BYTES", 5)
        for name in names:
            os.close(os.open(os.fsencode(folder) + b"/" + name, os.O_CREAT))
        assert list(sorted_names(folder)) == sorted(os.fsdecode(name) for name in names)


@pytest.mark.usefixtures("few_in_memory")
def test_everything_is_told_as_fsspec_tells_it(tmp_path: Path) -> None:
    for number in range(7):
        (tmp_path / f"file {number}").write_bytes(b"x" * number)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name, target in {"dangling": "nowhere", "link": "file 1", "way": "folder"}.items():
        (tmp_path / name).symlink_to(target)
    wanted = sorted(LocalFileSystem().ls(str(tmp_path), detail=True), key=lambda each: each["name"])
    found = list(infos(str(tmp_path)))
    assert len(found) == 12
    assert [{name: each[name] for name in SHOWN} for each in found] == [
        {name: each[name] for name in SHOWN} for each in wanted
    ]
    sizes = [(each["name"], each["size"]) for each in wanted if each["type"] == "file"]
    assert [(each["name"], each["size"]) for each in found if each["type"] == "file"] == sizes


@pytest.mark.usefixtures("few_in_memory")
def test_a_file_that_vanishes_while_its_folder_is_walked_takes_no_other_with_it(
    tmp_path: Path,
) -> None:
    for number in range(9):
        (tmp_path / f"{number}").write_bytes(b"x")
    entries = walk(LocalFileSystem(), str(tmp_path), "")
    assert next(entries).path == "0"
    (tmp_path / "5").unlink()
    assert [entry.path for entry in entries] == ["1", "2", "3", "4", "6", "7", "8"]


@pytest.mark.usefixtures("few_in_memory")
@pytest.mark.parametrize("error", [FileNotFoundError, PermissionError])
def test_a_worker_without_a_temporary_folder_does_not_pass_for_an_empty_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[OSError]
) -> None:
    def refuse() -> None:
        raise error

    for number in range(9):
        (tmp_path / f"{number}").touch()
    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(CustomerError, match="NO_TEMPORARY_FOLDER"):
        list(walk(LocalFileSystem(), str(tmp_path), ""))


def peak_of_walk(root: Path) -> int:
    tracemalloc.start()
    try:
        assert sum(1 for _ in walk(LocalFileSystem(), str(root), ""))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_files_of_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "NAMES_IN_MEMORY", 200)
    monkeypatch.setattr(local, "BLOCK_BYTES", 512)
    few, many = tmp_path / "few", tmp_path / "many"
    for root, count in ((few, 1_000), (many, 5_000)):
        root.mkdir()
        for number in range(count):
            (root / f"{number:09}.dcm").touch()
    peak_of_walk(few)  # what is imported and cached once is not counted
    growth = peak_of_walk(many) - peak_of_walk(few)
    # a name that is kept takes 60 bytes; twenty more runs of one block each take less
    assert growth < 4_000 * 20
