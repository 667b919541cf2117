"""The one Airflow that all end-to-end tests share."""

from collections.abc import Iterator

import pytest

from tests.support.end_to_end import World, feed_text, running_world
from tests.support.small_archive import build_small_archive

FEEDS = ("calm", "killed", "overlap", "empty", "restarted")


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    root = tmp_path_factory.mktemp("world")
    archives = dict.fromkeys(FEEDS, root / "archive")
    archives["empty"] = root / "empty"
    archives["empty"].mkdir()
    build_small_archive(root / "archive")
    feeds = {name: feed_text(name) for name in FEEDS}
    feeds["broken"] = feed_text("broken", lookback_days="often")
    archives["broken"] = root / "archive"
    with running_world(root, archives, feeds) as running:
        yield running
