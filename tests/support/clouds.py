"""One local cloud after the other on one state folder."""

from pathlib import Path

from include.localcloud.running import LocalCloud
from tests.support.cloud import Clients, make_clients


class Clouds:
    """Starts, kills and stops them."""

    def __init__(self, state: Path, log: Path) -> None:
        self._state, self._log = state, log
        self.cloud: LocalCloud | None = None
        self._clients: Clients | None = None

    def start(self, *arguments: str) -> Clients:
        self.cloud = LocalCloud(self._state, 0, *arguments, log=self._log)
        self._clients = make_clients(self.cloud.url)
        return self._clients

    def kill(self) -> None:
        assert self.cloud
        self.cloud.kill()
        self.stop()

    def stop(self) -> None:
        if self._clients:
            self._clients.close()
        if self.cloud:
            self.cloud.stop()
