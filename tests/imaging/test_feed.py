from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from include.imaging.archives.protocol import Window
from include.imaging.errors import CustomerError
from include.imaging.feed import Feed, load_feed

FEEDS = Path(__file__).parents[2] / "include" / "feeds"
SMALL = """
feed: small
description: A small feed.
owner: tests
archive: {kind: folder, connection: somewhere}
patient_namespace: tests
"""


def load(tmp_path: Path, text: str) -> Feed:
    path = tmp_path / "small.yaml"
    path.write_text(text)
    return load_feed(path)


def test_every_shipped_feed_is_valid() -> None:
    paths = sorted(FEEDS.glob("*.yaml"))
    assert {path.stem for path in paths} >= {"demo", "example"}
    for path in paths:
        assert load_feed(path).feed == path.stem


def test_the_example_names_every_key() -> None:
    text = (FEEDS / "example.yaml").read_text()
    assert [name for name in Feed.model_fields if f"\n{name}:" not in text] == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("lookback_days: often", "lookback_days"),
        ("shedule: '0 2 * * *'", "shedule"),
        ("timezone: Mars/Olympus", "timezone"),
        ("schedule: '@daily'", "schedule"),
        ("quota: {files: 0}", "quota.files"),
        ("quota: {flies: 3}", "quota"),
        ("feed: Other", "feed"),
        ("feed: other", "small"),
        ("archive: {kind: folder, connection: c, path: ../../etc}", "archive.path"),
        ("archive: [", "YAML"),
    ],
)
def test_a_wrong_key_is_told_by_file_key_and_rule(tmp_path: Path, change: str, said: str) -> None:
    key = change.partition(":")[0]
    lines = [line for line in SMALL.splitlines() if not line.startswith(f"{key}:")]
    with pytest.raises(CustomerError, match=r"include/feeds/small\.yaml") as caught:
        load(tmp_path, "\n".join([*lines, change]))
    assert said in caught.value.text


def test_a_file_that_is_not_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CustomerError, match="FEED_INVALID"):
        load_feed(path)


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CustomerError, match="the file"):
        load(tmp_path, "")


def test_the_window_counts_days_in_the_feed_s_time_zone(tmp_path: Path) -> None:
    text = SMALL.replace("connection: somewhere", "connection: c, partition: '%Y/%m/%d'")
    feed = load(tmp_path, text + "timezone: Europe/Zurich\nlookback_days: 1\n")
    start = datetime(2026, 3, 28, 23, tzinfo=UTC)
    end = datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert feed.window(start, end) == Window(date(2026, 3, 28), date(2026, 3, 29))
