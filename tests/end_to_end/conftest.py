"""The one Airflow that all end-to-end tests share."""

from collections.abc import Iterator

import pytest

from tests.support.end_to_end import World, feed_text, running_world
from tests.support.small_archive import build_small_archive

STARTED: list[World] = []
FEEDS = ("calm", "killed", "overlap", "restarted")
OWN_ARCHIVE = ("empty", "nightly", "canary")
NIGHTLY = {"schedule": "0 0 * * *", "lookback_days": 1}


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    root = tmp_path_factory.mktemp("world")
    archives = dict.fromkeys(FEEDS, root / "archive")
    for name in OWN_ARCHIVE:
        archives[name] = root / name
        archives[name].mkdir()
    build_small_archive(root / "archive")
    feeds = {name: feed_text(name) for name in archives}
    dated = {"kind": "folder", "connection": "archive_nightly", "partition": "%Y/%m/%d"}
    feeds["nightly"] = feed_text("nightly", archive=dated, **NIGHTLY)
    feeds["broken"] = feed_text("broken", lookback_days="often")
    archives["broken"] = root / "archive"
    with running_world(root, archives, feeds) as running:
        STARTED.append(running)
        yield running


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Stop Airflow after the last of these tests: the others would run beside it."""
    if STARTED and (nextitem is None or nextitem.path.parent != item.path.parent):
        STARTED.pop().airflow.stop()
