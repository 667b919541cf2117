"""Starts a local cloud as a process of its own, sets faults in it and stops it again."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.request import urlopen

from include.localcloud.admin import HEALTH_PATH
from include.localcloud.fault_client import FaultClient
from include.localcloud.options import KEY_ID_VARIABLE, SECRET_VARIABLE

ROOT = Path(__file__).parents[2]
READY = "ready on "
START_SECONDS = 60.0
STOP_SECONDS = 20.0


class LocalCloudError(RuntimeError):
    """The local cloud did not start."""


class LocalCloud:
    """A running local cloud: `with LocalCloud(state) as cloud: ... cloud.url`.

    Args:
        state: Folder that keeps everything; None keeps nothing.
        port: 0 takes a free one.
        arguments: Further command line arguments, such as "--enforce-iam".
        admin: Access key id and secret of the first user, for "--enforce-iam".
        log: File that gets the process's log; None shows it on this process's stderr.

    Raises:
        LocalCloudError: It ended before it was ready; its log says why.
    """

    def __init__(
        self,
        state: Path | None = None,
        port: int = 0,
        *arguments: str,
        admin: tuple[str, str] | None = None,
        log: Path | None = None,
    ) -> None:
        command = [sys.executable, "-m", "include.localcloud", "--port", str(port), *arguments]
        if state is not None:
            command += ["--state", str(state)]
        environment = dict(os.environ)
        if admin:
            environment |= {KEY_ID_VARIABLE: admin[0], SECRET_VARIABLE: admin[1]}
        self._log = log.open("ab") if log else None
        self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=self._log
        )
        try:
            self.url = self._await_ready()
        except BaseException:
            self.kill()
            raise

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def set_fault(self, kind: str, **members: Any) -> str:
        """The id of a new fault of this kind; members as docs/local-cloud.md names them."""
        return FaultClient(self.url).set({"kind": kind, **members})

    def fired(self, fault_id: str) -> int:
        """How often a fault fired."""
        return FaultClient(self.url).fired(fault_id)

    def clear_faults(self, fault_id: str | None = None) -> None:
        """Remove one fault, or all; jobs that were stuck go on."""
        FaultClient(self.url).clear(fault_id)

    @contextmanager
    def fault(self, kind: str, **members: Any) -> Iterator[str]:
        """The id of a fault that is cleared when the block ends."""
        fault_id = self.set_fault(kind, **members)
        try:
            yield fault_id
        finally:
            self.clear_faults(fault_id)

    @contextmanager
    def dialect(self, **chosen: str) -> Iterator[None]:
        """Another dialect until the block ends; names with underscores for hyphens."""
        client = FaultClient(self.url)
        wanted = {name.replace("_", "-"): value for name, value in chosen.items()}
        before = client.dialect(wanted)
        try:
            yield
        finally:
            client.dialect(before)

    def stop(self) -> None:
        """End it cleanly; nothing happens if it has ended."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._close()

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""
        self._process.kill()
        self._close()

    def _close(self) -> None:
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        if self._log:
            self._log.close()

    def _await_ready(self) -> str:
        timer = threading.Timer(START_SECONDS, self._process.kill)
        timer.start()
        try:
            assert self._process.stdout
            line = self._process.stdout.readline().decode()
        finally:
            timer.cancel()
        if not line.startswith(READY):
            raise LocalCloudError("the local cloud ended before it was ready; see its log")
        url = line.removeprefix(READY).strip()
        with urlopen(url + HEALTH_PATH, timeout=START_SECONDS):  # noqa: S310 - our own http URL
            return url

    def __enter__(self) -> "LocalCloud":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
