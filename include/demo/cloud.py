"""The local cloud as a child of the demo: started on a free port, reached, stopped."""

from __future__ import annotations

import http.client
import os
import sys
import time
from pathlib import Path

from include.demo.airflow import ROOT, StartError
from include.demo.processes import ChildSession, free_ports

START_SECONDS = 60


class LocalCloud:
    """S3, STS, IAM and HealthImaging on one loopback port, with its state in a folder."""

    def __init__(self, state: Path, log: Path) -> None:
        self._state = state
        self._log = log
        self.port = free_ports(1)[0]
        self.session: ChildSession | None = None

    @property
    def url(self) -> str:
        """The one endpoint of all services."""
        return f"http://127.0.0.1:{self.port}"

    def launch(self) -> ChildSession:
        """Start it and return at once."""
        command = [sys.executable, "-m", "include.localcloud"]
        command += ["--port", str(self.port), "--state", str(self._state)]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        self.session = ChildSession.start(command, environment, self._log, ROOT)
        return self.session

    def await_ready(self, seconds: float = START_SECONDS) -> None:
        """Return once it answers; StartError when it ended or takes too long."""
        deadline = time.monotonic() + seconds
        while not self._answers():
            if self.session is None or not self.session.is_running:
                raise StartError(f"the local cloud ended while it started; read {self._log}")
            if time.monotonic() > deadline:
                raise StartError(f"the local cloud is not up after {seconds:.0f} s: {self._log}")
            time.sleep(0.2)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/_local/health")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
