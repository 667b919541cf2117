from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from include.imaging.archives.protocol import Window
from include.imaging.deid.policy import shipped_policies
from include.imaging.errors import CustomerError
from include.imaging.feed import Feed, load_feed
from include.imaging.feed_rules import require_partition

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


def test_a_feed_may_name_every_shipped_policy(tmp_path: Path) -> None:
    names = shipped_policies()
    assert len(names) >= 4
    for name in names:
        assert load(tmp_path, f"{SMALL}policy: {name}\n").policy == name


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
        ("schedule: '61 25 * * *'", "schedule"),
        ("schedule: '0 0 30 2 *'", "no day matches"),
        ("schedule: 'a b c d e'", "schedule"),
        ("start: 0001-01-01", "start"),
        ("policy: strictest", "policy"),
        ("policy: ../basic", "policy"),
        ("quota: {files: 0}", "quota.files"),
        ("quota: {flies: 3}", "quota"),
        ("feed: Other", "feed"),
        ("feed: other", "small"),
        ("archive: {kind: folder, connection: c, path: ../../etc}", "archive.path"),
        ("archive: {kind: folder, connection: c, partition: /%Y/%m}", "archive.partition"),
        ("archive: {kind: folder, connection: c, partition: '%Y/../%d'}", "archive.partition"),
        ("archive: {kind: folder, connection: c, partition: '%m/%d'}", "without the year"),
        ("archive: {kind: folder, connection: c, partition: days}", "change with the day"),
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


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "dangling.yaml").symlink_to(tmp_path / "nothing")
    for name in ("folder.yaml", "dangling.yaml"):
        with pytest.raises(CustomerError, match=f"include/feeds/{name}: cannot be read"):
            load_feed(tmp_path / name)


@pytest.mark.parametrize("pattern", ["%Y/%m/%d", "%Y%m%d", "%Y/%m", "day_%Y-%j", "%G/week%V"])
def test_a_partition_may_be_any_folder_that_days_do_not_come_back_to(pattern: str) -> None:
    assert require_partition(pattern) == pattern


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CustomerError, match="the file"):
        load(tmp_path, "")


def test_the_window_counts_days_in_the_feed_s_time_zone(tmp_path: Path) -> None:
    text = SMALL.replace("connection: somewhere", "connection: c, partition: '%Y/%m/%d'")
    feed = load(tmp_path, text + "timezone: Europe/Zurich\nlookback_days: 1\n")
    start = datetime(2026, 3, 28, 23, tzinfo=UTC)
    end = datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert feed.window(start, end) == Window(date(2026, 3, 28), date(2026, 3, 29))


def test_a_day_that_is_still_written_is_left_to_the_next_run(tmp_path: Path) -> None:
    text = SMALL.replace("connection: somewhere", "connection: c, partition: '%Y/%m/%d'")
    feed = load(tmp_path, text + "lookback_days: 0\n")

    def window(first: tuple[int, int], last: tuple[int, int]) -> Window | None:
        (day, hour), (end_day, end_hour) = first, last
        start = datetime(2026, 3, day, hour, tzinfo=UTC)
        return feed.window(start, datetime(2026, 3, end_day, end_hour, tzinfo=UTC))

    assert window((9, 2), (10, 2)) == Window(date(2026, 3, 9), date(2026, 3, 9))
    assert window((2, 2), (9, 2)) == Window(date(2026, 3, 2), date(2026, 3, 8))
    assert window((9, 2), (9, 3)) == Window(date(2026, 3, 9), date(2026, 3, 9))
