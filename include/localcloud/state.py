"""The folder below which the local cloud keeps everything, held by one process at a time."""

import fcntl
import tempfile
from pathlib import Path
from types import TracebackType

from include.localcloud.blobs import Blobs
from include.localcloud.database import Database


class StateInUseError(RuntimeError):
    """Another process serves from this folder."""


class State:
    """The state folder: its lock, its database and its files.

    Without a folder a temporary one is used, and removed when the state is closed.

    Raises:
        StateInUseError: Another process holds the folder.
        StateVersionError: A local cloud of another version wrote it.
    """

    def __init__(self, folder: Path | None) -> None:
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="localcloud-")
        self.folder = folder or Path(self._temporary.name if self._temporary else "")
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = (self.folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise StateInUseError(
                f"another local cloud serves from the state folder {self.folder}: "
                "stop it first, or choose another --state"
            ) from None
        self.database = Database(self.folder / "state.sqlite3")
        self.objects = Blobs(self.folder / "objects")
        self.frames = Blobs(self.folder / "frames")
        named = self.database.all("SELECT blob FROM instances WHERE blob IS NOT NULL")
        self.frames.keep_only({row["blob"] for row in named})

    def close(self) -> None:
        """Let the folder go; remove it if it was temporary."""
        self.database.close()
        self._lock.close()
        if self._temporary:
            self._temporary.cleanup()

    def __enter__(self) -> "State":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
