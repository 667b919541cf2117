"""Files of bytes under random names; who wants one keeps its name."""

import mmap
import uuid
from collections.abc import Collection, Iterator
from io import BufferedWriter
from pathlib import Path
from typing import SupportsIndex

CHUNK_BYTES = 1 << 20


class MappedBytes(mmap.mmap):
    """A file's bytes without reading the file: sliced like bytes, iterated in chunks.

    A range of a large object costs what the range costs, and an answer streams.
    """

    def __copy__(self) -> "MappedBytes":
        return self

    def __deepcopy__(self, _: dict[int, object]) -> "MappedBytes":
        return self

    def __iter__(self) -> Iterator[bytes]:  # type: ignore[override]
        return (self[at : at + CHUNK_BYTES] for at in range(0, len(self), CHUNK_BYTES))

    def __contains__(self, item: object) -> bool:
        return isinstance(item, bytes) and self.find(item) >= 0


class Blobs:
    """A folder of such files, spread over 256 subfolders."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for number in range(256):
            (folder / f"{number:02x}").mkdir(parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        """Where the file of this name lies."""
        return self._folder / name[:2] / name

    def put(self, data: bytes) -> str:
        """The new name under which these bytes are kept."""
        name = uuid.uuid4().hex
        self.path(name).write_bytes(data)
        return name

    def create(self) -> tuple[str, BufferedWriter]:
        """A new name, and its file to write to."""
        name = uuid.uuid4().hex
        return name, self.path(name).open("wb")

    def get(self, name: str) -> "MappedBytes | bytes":
        """The bytes kept under a name."""
        with self.path(name).open("rb") as file:
            if file.seek(0, 2) == 0:
                return b""
            return MappedBytes(file.fileno(), 0, access=mmap.ACCESS_READ)

    def read(self, name: str, position: SupportsIndex, length: int) -> bytes:
        """A part of the bytes kept under a name."""
        with self.path(name).open("rb") as file:
            file.seek(int(position))
            return file.read(length)

    def remove(self, name: str) -> None:
        """Forget a name; one that is unknown is no error."""
        self.path(name).unlink(missing_ok=True)

    def keep_only(self, names: Collection[str]) -> None:
        """Remove what a killed process wrote but never came to name anywhere."""
        for path in self._folder.glob("*/*"):
            if path.name not in names:
                path.unlink()
