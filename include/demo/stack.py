"""The demo's stack: local cloud, archive, account and Airflow, started in order and ended."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import TracebackType
from typing import Any

from include.demo.airflow import AirflowServer
from include.demo.archive import build
from include.demo.cloud import LocalCloud
from include.demo.connections import connections
from include.demo.environment import Settings, prepare
from include.demo.place import Place
from include.demo.private_files import kept
from include.demo.processes import ChildSession
from include.imaging.keyring import new_secret

Say = Callable[[str], None]


class Stack:
    """Everything `import_demo` needs, as a context: what was started is stopped at its end.

    `keep` leaves it running when the context ends without an error.
    """

    def __init__(self, place: Place, say: Say, *, keep: bool = False) -> None:
        self._place = place
        self._say = say
        self._keep = keep
        self._sessions: list[ChildSession] = []
        self.cloud = LocalCloud(place.cloud, place.root / "cloud.log")
        self.settings: Settings
        self.airflow: AirflowServer

    def __enter__(self) -> Stack:
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None or not self._keep:
            self._stop()

    def _start(self) -> None:
        self._say("starting the local cloud (S3, STS, IAM, HealthImaging)")
        self._launch(self.cloud.launch)
        built = build(self._place.archive)
        self._say(f"source archive: {built.files} files, {built.size / 1e6:.0f} MB")
        self.cloud.await_ready()
        self.settings = prepare(self.cloud.url)
        self._say(f"buckets, import role and data store {self.settings.datastore_id} are there")
        self.airflow = AirflowServer(self._place.airflow, self._connections())
        self._say("starting Airflow (about 20 s)")
        self._launch(self.airflow.launch)
        self.airflow.await_ready()

    def _connections(self) -> dict[str, str]:
        secret = kept(self._place.secret, new_secret)
        return connections(self.settings, self._place.catalog, self._place.archive, secret)

    def _launch(self, launch: Callable[[], ChildSession]) -> None:
        self._sessions.append(launch())
        self._place.remember("up" if self._keep else "run", self._sessions, **self._facts())

    def _facts(self) -> dict[str, Any]:
        if not hasattr(self, "airflow"):
            return {}
        return {
            "url": self.airflow.url,
            "username": self.airflow.username,
            "password": self.airflow.password,
        }

    def _stop(self) -> None:
        # a second Ctrl-C must not leave half of it running
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self._say("stopping what was started")
            for session in reversed(self._sessions):
                session.stop()
            left = self._place.end_remembered()
            if left:
                self._say(f"{left} programs had to be ended a second time")
        finally:
            signal.signal(signal.SIGINT, before)
