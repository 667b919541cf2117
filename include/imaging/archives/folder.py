"""A folder tree as an archive: loose files, and containers opened where they lie."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import groupby
from typing import Any

from fsspec.core import url_to_fs

from include.imaging.archives.container import container_sightings, detect, read_members
from include.imaging.archives.limits import Limits
from include.imaging.archives.protocol import ItemReadError, Opened, Sighting, Window
from include.imaging.archives.tree import Entry, entry_of, full, partitions, walk
from include.imaging.archives.trouble import cause
from include.imaging.errors import CustomerError
from include.imaging.findings import finding
from include.imaging.model import CensusItem, Finding, Stage


class Folder:
    """A folder tree on any fsspec file system. Nothing is written, no link is followed.

    Args:
        root_url: a URL such as `file:///data/archive`, taken literally (no percent-decoding).
        partition: strftime pattern of the dated sub-folders (`%Y/%m/%d`), or None for none.
        limits: what a file or container may ask of us.
    """

    def __init__(
        self, root_url: str, partition: str | None = None, limits: Limits | None = None
    ) -> None:
        self._fs, self._root = url_to_fs(root_url)
        self._partition = partition
        self._limits = limits or Limits()

    def sightings(self, window: Window | None) -> Iterator[Sighting]:
        """Yield everything below the root in the window; a partition that is absent is empty.

        Raises CustomerError (ARCHIVE_NOT_FOUND, ARCHIVE_UNREADABLE) for the root itself.
        """
        self._check_root()
        for start in partitions(self._partition, window):
            try:
                for entry in walk(self._fs, self._root, start):
                    yield from self._sight(entry)
            except PermissionError:
                raise CustomerError(
                    "ARCHIVE_UNREADABLE",
                    "the root folder of the archive may not be listed: give the workers' user "
                    "read and list permission on it, then clear the task",
                ) from None

    @contextmanager
    def read(self, items: Iterable[CensusItem]) -> Iterator[Iterator[Opened]]:
        """Open items in the order given; items of one container are read in one pass."""
        self._check_root()
        with closing(self._read(items)) as opened:
            yield opened

    def _read(self, items: Iterable[CensusItem]) -> Generator[Opened, None, None]:
        for (path, container), group in groupby(items, lambda item: (item.path, item.container)):
            members = list(group)
            wanted = [item for item in members if item.finding is None]
            file, found = self._open(path, wanted[0]) if wanted else (None, None)
            if file is None:
                yield from (Opened(item, None, item.finding or found) for item in members)
                continue
            with file:
                if container is None:
                    yield Opened(wanted[0], _Loose(file, wanted[0], self._stamp))
                else:
                    yield from read_members(file, container, members, self._limits)

    def _stamp(self, item: CensusItem) -> str:
        return entry_of(item.path, self._fs.info(full(self._root, item.path))).stamp

    def _open(self, path: str, item: CensusItem) -> tuple[Any, Finding | None]:
        where = full(self._root, path)
        try:
            entry = entry_of(path, self._fs.info(where))
            size = entry.size if item.container else item.size
            if entry.finding or entry.stamp != item.stamp or entry.size != size:
                return None, finding("SOURCE_CHANGED", Stage.STAGE)
            return self._fs.open(where, "rb"), None
        except (FileNotFoundError, NotADirectoryError):
            self._check_root()
            return None, finding("SOURCE_VANISHED", Stage.STAGE)
        except PermissionError:
            return None, finding("UNREADABLE", Stage.STAGE, "permission denied")
        except OSError as error:
            return None, finding("UNREADABLE", Stage.STAGE, cause(error))

    def _sight(self, entry: Entry) -> Iterator[Sighting]:
        code = "MEMBER_TOO_LARGE" if entry.size > self._limits.file_bytes else ""
        found = entry.finding
        if found or not entry.size:
            yield Sighting(entry.path, entry.size, entry.stamp, finding=found)
            return
        try:
            with self._fs.open(full(self._root, entry.path), "rb") as file:
                kind, found = detect(file, entry.path)
                if kind:
                    yield from container_sightings(entry, kind, file, self._limits)
                    return
        except FileNotFoundError:
            return
        except PermissionError:
            found = finding("UNREADABLE", Stage.TAKE_CENSUS, "permission denied")
        except OSError as error:
            found = finding("UNREADABLE", Stage.TAKE_CENSUS, cause(error))
        if found is None and code:
            found = finding(code, Stage.TAKE_CENSUS)
        yield Sighting(entry.path, entry.size, entry.stamp, finding=found)

    def _check_root(self) -> None:
        if not self._fs.isdir(self._root):
            raise CustomerError(
                "ARCHIVE_NOT_FOUND",
                "the root folder of the archive does not exist on this worker: check that its "
                "share is mounted and that the feed's archive Connection names it",
            )


class _Loose:
    """The bytes of a loose file, held to the size and the stamp that the census saw."""

    def __init__(self, file: Any, item: CensusItem, stamp: Callable[[CensusItem], str]) -> None:
        self._file = file
        self._item = item
        self._stamp = stamp
        self._left = item.size

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; ItemReadError when the file is not what it was."""
        try:
            data: bytes = self._file.read(min(size, self._left + 1))
            self._left -= len(data)
            ended = size > 0 and not data
            if self._left < 0 or (ended and (self._left or self._changed())):
                raise ItemReadError(finding("SOURCE_CHANGED", Stage.STAGE))
        except OSError as error:
            raise ItemReadError(finding("UNREADABLE", Stage.STAGE, cause(error))) from None
        return data

    def _changed(self) -> bool:
        return self._stamp(self._item) != self._item.stamp
