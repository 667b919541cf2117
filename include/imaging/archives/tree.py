"""The walk through a folder tree: every entry once, in a stable order, no link followed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem

from include.imaging.archives import local
from include.imaging.archives.protocol import Window
from include.imaging.findings import finding
from include.imaging.model import Finding, Stage

_STAMPS = ("ETag", "etag", "mtime", "LastModified", "last_modified", "updated", "created")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the tree by its path below the root; a finding stands for what is no file."""

    path: str
    size: int
    stamp: str
    finding: Finding | None = None


def partitions(pattern: str | None, window: Window | None) -> Iterator[str]:
    """Yield the sub-folders of a window's days, in date order, each once; '' is the root."""
    if pattern is None or window is None:
        yield ""
        return
    seen = ""
    for day in range((window.last - window.first).days + 1):
        folder = (window.first + timedelta(days=day)).strftime(pattern).strip("/")
        if folder != seen:
            yield folder
        seen = folder


def walk(fs: AbstractFileSystem, root: str, start: str) -> Iterator[Entry]:
    """Yield what lies below `start`: a directory's files by name, then its sub-directories.

    Memory is bounded by the names of the open directories' sub-directories; where the file
    system is not a local one, by its largest directory, which it lists at once.
    """
    blocked = _blocked(fs, root, start)
    if blocked is not None:
        yield blocked
        return
    folders = [start]
    while folders:
        folder = folders.pop()
        below: list[str] = []
        for info in _listing(fs, root, folder):
            if isinstance(info, Entry):
                yield info
                continue
            path = _join(folder, _name(info))
            if info["type"] == "directory" and not info.get("islink"):
                below.append(path)
            else:
                yield entry_of(path, info)
        folders.extend(reversed(below))


def entry_of(path: str, info: dict[str, Any]) -> Entry:
    """Return the entry of what fsspec says of a path; links and special files get a finding."""
    code = "LINK_NOT_FOLLOWED" if info.get("islink") else ""
    if not code and info["type"] != "file":
        code = "SPECIAL_FILE"
    size = 0 if code else int(info["size"] or 0)
    found = finding(code, Stage.TAKE_CENSUS) if code else None
    return Entry(path, size, _stamp(info), found)


def full(root: str, path: str) -> str:
    """Return the path of an entry as its file system knows it."""
    return f"{root.rstrip('/')}/{path}" if path else root


def _blocked(fs: AbstractFileSystem, root: str, start: str) -> Entry | None:
    """Return the entry of the first part of `start` that is a link, if one is."""
    done = ""
    for part in start.split("/") if start else ():
        done = _join(done, part)
        try:
            info = fs.info(full(root, done))
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return None
        if info.get("islink"):
            return entry_of(done, info)
    return None


def _listing(fs: AbstractFileSystem, root: str, folder: str) -> Iterator[dict[str, Any] | Entry]:
    path = full(root, folder)
    try:
        if isinstance(fs, LocalFileSystem):
            yield from local.infos(path)
        else:
            yield from sorted(fs.ls(path, detail=True), key=_name)
    except (FileNotFoundError, NotADirectoryError):
        return
    except PermissionError:
        if not folder:
            raise
        yield Entry(folder, 0, "", finding("UNREADABLE", Stage.TAKE_CENSUS, "a folder"))


def _name(info: dict[str, Any]) -> str:
    return str(info["name"]).rstrip("/").rpartition("/")[2]


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _stamp(info: dict[str, Any]) -> str:
    value = next((info[key] for key in _STAMPS if info.get(key) is not None), "")
    # a listing and a look at one file may tell the same time in two types
    return str(value.timestamp() if isinstance(value, datetime) else value)
