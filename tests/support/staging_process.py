"""Stages one shard in a process of its own that stops for ever at an item, to be killed there."""

import sys
import time
from typing import Any

from include.imaging.archives.folder import Folder
from include.imaging.steps import stage
from include.imaging.store import S3Store
from tests.support.cloud import make_clients
from tests.support.landing import staged


class Stopping(Folder):
    """An archive whose files cannot be opened any more after the first few."""

    def __init__(self, root_url: str, stop_at: int) -> None:
        super().__init__(root_url)
        self._opened = 0
        self._stop_at = stop_at

    def _open(self, path: str, item: Any) -> Any:
        self._opened += 1
        if self._opened > self._stop_at:
            sys.stdout.write("stopped\n")
            sys.stdout.flush()
            time.sleep(600)
        return super()._open(path, item)


if __name__ == "__main__":
    url, bucket, root_url, stop_at, bundle_bytes = sys.argv[1:]
    stage.BUNDLE_BYTES = int(bundle_bytes)  # type: ignore[misc]
    staged(S3Store(make_clients(url).s3, bucket), Stopping(root_url, int(stop_at)))
