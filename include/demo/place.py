"""Where the demo keeps things, who may use the place, and what runs there."""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from include.demo.processes import ChildSession


class PlaceInUseError(Exception):
    """Another command uses the place; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """One folder (`.demo/`) and the names in it."""

    root: Path

    @property
    def archive(self) -> Path:
        """The source archive."""
        return self.root / "archive"

    @property
    def cloud(self) -> Path:
        """What the local cloud keeps."""
        return self.root / "cloud"

    @property
    def airflow(self) -> Path:
        """AIRFLOW_HOME."""
        return self.root / "airflow"

    @property
    def catalog(self) -> Path:
        """The catalog's database."""
        return self.root / "catalog.db"

    @property
    def secret(self) -> Path:
        """The de-identification secret, hex, readable by its owner alone."""
        return self.root / "secret"

    @property
    def evidence(self) -> Path:
        """The last run's record."""
        return self.root / "evidence"

    @property
    def summary(self) -> Path:
        """The last run's figures."""
        return self.root / "summary.json"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the place for one command; PlaceInUseError when another holds it.

        The lock belongs to the process and ends with it, however it ends.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise PlaceInUseError(
                    "another demo command runs in this folder: wait for it, or end it with Ctrl-C"
                ) from None
            yield

    def remember(self, mode: str, sessions: list[ChildSession], **facts: Any) -> None:
        """Write down what runs here, so that a later command can end it."""
        rows = [{"pid": session.pid, "started": session.started} for session in sessions]
        self._running.touch(mode=0o600)  # it may hold the UI's password
        self._running.write_text(json.dumps({"mode": mode, "sessions": rows} | facts))

    def remembered(self) -> dict[str, Any]:
        """Return what was written down, with its sessions that still live; {} when none do."""
        if not self._running.exists():
            return {}
        try:
            facts: dict[str, Any] = json.loads(self._running.read_text())
        except ValueError:
            return {}
        facts["sessions"] = [
            session
            for row in facts["sessions"]
            if (session := ChildSession.remembered(row["pid"], row["started"])).processes()
        ]
        return facts if facts["sessions"] else {}

    def end_remembered(self) -> int:
        """Stop whatever an earlier command left running; returns how many programs."""
        sessions = self.remembered().get("sessions", [])
        for session in reversed(sessions):
            session.stop()
        self._running.unlink(missing_ok=True)
        return len(sessions)

    def empty(self) -> None:
        """Delete everything but the lock."""
        for entry in self.root.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            elif entry.name != "lock":
                entry.unlink()

    @property
    def _running(self) -> Path:
        return self.root / "running.json"
