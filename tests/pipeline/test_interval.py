"""Which partitions a run takes, by the intervals that the real timetable gives it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

import tests.support.airflow  # noqa: F401  # before airflow: it gives Airflow its home

# isort: split
import pendulum
from airflow.serialization.encoders import coerce_to_core_timetable
from airflow.timetables.base import TimeRestriction

from include.imaging.archives.protocol import Window
from include.imaging.errors import CustomerError
from include.imaging.feed import Feed
from pipeline.import_dag import import_dag
from pipeline.interval import window_of
from tests.support.dag_runs import feed_of

DAILY = "0 0 * * *"


def feed(**more: Any) -> Feed:
    """A partitioned feed without lookback."""
    archive = {"kind": "folder", "connection": "archive", "partition": "%Y/%m/%d"}
    return Feed.model_validate(feed_of(archive=archive, lookback_days=0) | more)


def intervals(of: Feed, first: datetime, last: datetime) -> list[Any]:
    """The data intervals of all runs that a backfill from `first` to `last` makes."""
    timetable = coerce_to_core_timetable(import_dag(of).timetable)
    within = TimeRestriction(pendulum.instance(first), pendulum.instance(last), catchup=True)
    found: list[Any] = []
    while True:
        info = timetable.next_dagrun_info(
            last_automated_data_interval=found[-1] if found else None, restriction=within
        )
        if info is None:
            return found
        found.append(info.data_interval)


def run_of(interval: Any) -> SimpleNamespace:
    """A scheduled or backfill run of a data interval."""
    return SimpleNamespace(
        data_interval_start=interval.start, data_interval_end=interval.end, run_after=interval.end
    )


def manual(run_after: datetime | None, moment: datetime | None = None) -> SimpleNamespace:
    """A run that was triggered; with a logical date its interval may have no width."""
    return SimpleNamespace(
        data_interval_start=moment, data_interval_end=moment, run_after=run_after
    )


def day(number: int, month: int = 3) -> date:
    return date(2026, month, number)


def test_every_run_of_a_backfill_takes_its_own_day() -> None:
    nightly = feed(schedule="0 2 * * *")
    found = intervals(nightly, datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 4, tzinfo=UTC))
    assert len(found) == 3
    assert all(interval.start < interval.end for interval in found)
    # from 02:00 to 02:00 an interval touches two days, and the second is not over yet
    windows = [window_of(nightly, {}, run_of(interval)) for interval in found]
    assert windows == [Window(day(n), day(n)) for n in (1, 2, 3)]


def test_an_interval_from_midnight_to_midnight_is_one_day() -> None:
    daily = feed(schedule="0 0 * * *")
    [interval] = intervals(
        daily, datetime(2026, 3, 5, tzinfo=UTC), datetime(2026, 3, 5, tzinfo=UTC)
    )
    assert window_of(daily, {}, run_of(interval)) == Window(day(5), day(5))


@pytest.mark.parametrize(
    ("month", "days", "hours"),
    [(3, (28, 29, 30), [24, 23, 24]), (10, (24, 25, 26), [24, 25, 24])],
    ids=["spring", "autumn"],
)
def test_days_are_those_of_the_feeds_time_zone_when_the_clock_changes(
    month: int, days: tuple[int, ...], hours: list[int]
) -> None:
    local = feed(schedule="0 0 * * *", timezone="Europe/Zurich")
    zone = pendulum.timezone("Europe/Zurich")
    found = intervals(
        local,
        datetime(2026, month, days[0], tzinfo=zone),
        datetime(2026, month, days[-1], tzinfo=zone),
    )
    assert [(each.end - each.start).total_seconds() / 3600 for each in found] == hours
    windows = [window_of(local, {}, run_of(interval)) for interval in found]
    assert windows == [Window(day(n, month), day(n, month)) for n in days]


def test_a_feed_west_of_greenwich_does_not_lose_its_evening() -> None:
    west = feed(schedule="0 0 * * *", timezone="America/Los_Angeles")
    zone = pendulum.timezone("America/Los_Angeles")
    [interval] = intervals(
        west, datetime(2026, 3, 5, tzinfo=zone), datetime(2026, 3, 5, tzinfo=zone)
    )
    assert interval.end.in_timezone("UTC").hour == 8
    assert window_of(west, {}, run_of(interval)) == Window(day(5), day(5))


def test_lookback_takes_earlier_days_again() -> None:
    late = feed(schedule="0 0 * * *", lookback_days=3)
    [interval] = intervals(late, datetime(2026, 3, 5, tzinfo=UTC), datetime(2026, 3, 5, tzinfo=UTC))
    assert window_of(late, {}, run_of(interval)) == Window(day(2), day(5))


def test_a_manual_run_without_a_logical_date_takes_the_day_before() -> None:
    run = manual(datetime(2026, 3, 6, 9, 30, tzinfo=UTC))
    assert window_of(feed(schedule=DAILY), {}, run) == Window(day(5), day(5))
    late = feed(schedule=DAILY, lookback_days=2)
    assert window_of(late, {}, run) == Window(day(3), day(5))


def test_a_run_triggered_at_midnight_takes_the_day_that_just_ended() -> None:
    run = manual(datetime(2026, 3, 6, tzinfo=UTC))
    assert window_of(feed(schedule=DAILY), {}, run) == Window(day(5), day(5))


def test_a_feed_without_a_schedule_takes_everything_unless_told() -> None:
    moment = datetime(2026, 3, 6, 9, 30, tzinfo=UTC)
    assert window_of(feed(), {}, manual(moment)) is None
    assert window_of(feed(), {}, manual(moment, moment)) is None
    assert window_of(feed(), {"first": "2026-03-01"}, manual(moment)) == Window(day(1), day(1))


def test_the_day_before_is_that_of_the_feeds_time_zone() -> None:
    run = manual(datetime(2026, 3, 6, 20, tzinfo=UTC))
    assert window_of(feed(schedule=DAILY, timezone="Asia/Tokyo"), {}, run) == Window(day(6), day(6))


def test_an_interval_without_width_is_the_day_before_the_trigger() -> None:
    moment = datetime(2026, 3, 6, 9, 30, tzinfo=UTC)
    daily = feed(schedule=DAILY)
    assert window_of(daily, {}, manual(moment, moment)) == Window(day(5), day(5))


def test_a_manual_run_with_a_logical_date_takes_the_interval_that_its_timetable_infers() -> None:
    daily = feed(schedule="0 0 * * *")
    timetable = coerce_to_core_timetable(import_dag(daily).timetable)
    at = pendulum.datetime(2026, 3, 6, 9, 30)
    interval = timetable.infer_manual_data_interval(run_after=at)
    assert interval.start < interval.end
    assert window_of(daily, {}, run_of(interval)) == Window(day(5), day(5))


def test_params_win_and_are_taken_without_lookback() -> None:
    late = feed(lookback_days=3)
    run = manual(datetime(2026, 3, 6, tzinfo=UTC))
    both = {"first": "2026-03-01", "last": "2026-03-02"}
    assert window_of(late, both, run) == Window(day(1), day(2))
    assert window_of(late, {"first": "2026-03-01", "last": None}, run) == Window(day(1), day(1))
    assert window_of(late, {"last": "2026-03-02"}, run) == Window(day(2), day(2))


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"first": "2026-03-02", "last": "2026-03-01"}, "INTERVAL_BACKWARDS"),
        ({"first": "yesterday"}, "INTERVAL_INVALID"),
    ],
)
def test_params_that_are_no_interval_are_refused(params: dict[str, str], code: str) -> None:
    with pytest.raises(CustomerError, match=code):
        window_of(feed(), params, manual(None))


def test_an_archive_without_partitions_is_taken_whole() -> None:
    whole = feed(archive={"kind": "folder", "connection": "archive"})
    assert window_of(whole, {}, manual(None)) is None
    for name in ("first", "last"):
        with pytest.raises(CustomerError, match="INTERVAL_WITHOUT_PARTITIONS"):
            window_of(whole, {name: "2026-03-01"}, manual(None))
