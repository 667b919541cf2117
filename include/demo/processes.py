"""Child processes in sessions of their own, so that all they ever start can be found and ended."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil  # type: ignore[import-untyped]

TERMINATE_SECONDS = 20.0
KILL_SECONDS = 10.0
_POLL_SECONDS = 0.1


class ChildSession:
    """One program and every process it starts, known by the session it leads.

    Airflow's tasks leave their parent's process group but never its session, so the session
    is what is ended. `log` takes its output.
    """

    def __init__(self, pid: int, started: float, process: subprocess.Popen[bytes] | None = None):
        self.pid = pid
        self.started = started
        self._process = process

    @classmethod
    def start(
        cls, command: Sequence[str], environment: Mapping[str, str], log: Path, folder: Path
    ) -> ChildSession:
        """Start `command` in `folder`; returns at once."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603 - the command is the caller's own list
                command,
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return cls(process.pid, psutil.Process(process.pid).create_time(), process)

    @classmethod
    def remembered(cls, pid: int, started: float) -> ChildSession:
        """Return the session that an earlier command started and wrote down."""
        return cls(pid, started)

    @property
    def is_running(self) -> bool:
        """Whether the program itself still runs."""
        if self._process is not None:
            return self._process.poll() is None
        return any(process.pid == self.pid for process in self.processes())

    def processes(self) -> list[psutil.Process]:
        """Return what lives in the session, zombies aside; [] when its number was given anew."""
        return [process for process in psutil.process_iter() if self._owns(process)]

    def stop(self) -> int:
        """End every process of the session; returns how many had to be killed (SIGKILL).

        The whole group gets SIGTERM first: a program started in the background ignores SIGINT.
        """
        if self.processes():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGTERM)
        self._wait(TERMINATE_SECONDS)
        stubborn = self.processes()
        deadline = time.monotonic() + KILL_SECONDS
        while (left := self.processes()) and time.monotonic() < deadline:
            for process in left:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            self._wait(1)
        if self._process is not None:
            self._process.wait(KILL_SECONDS)
        return len(stubborn)

    def _wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self.processes() and time.monotonic() < deadline:
            if self._process is not None:
                self._process.poll()
            time.sleep(_POLL_SECONDS)

    def _owns(self, process: psutil.Process) -> bool:
        try:
            return (
                os.getsid(process.pid) == self.pid
                and process.create_time() >= self.started - 1
                and process.status() != psutil.STATUS_ZOMBIE
            )
        except (ProcessLookupError, PermissionError, psutil.Error):
            return False


def free_ports(count: int) -> list[int]:
    """Return `count` different ports of the loopback address that nothing listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for entry in sockets:
            entry.bind(("127.0.0.1", 0))
        return [entry.getsockname()[1] for entry in sockets]
