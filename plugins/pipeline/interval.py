"""Which partitions a run takes: from its Params, its data interval, or the day before it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from include.imaging.archives.protocol import Window
from include.imaging.errors import CustomerError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.imaging.feed import Feed


def window_of(feed: Feed, params: Mapping[str, Any], dag_run: Any) -> Window | None:
    """Return the run's partitions; None takes everything (an archive without partitions).

    Params `first` and `last` win and are taken without lookback. A scheduled or backfill run
    takes its data interval. A manual run without one takes the day before it was triggered,
    or everything when the feed has no schedule, for then no day is its own.

    Raises CustomerError for Params that name no interval, or days of an archive without any.
    """
    first, last = _day(params, "first"), _day(params, "last")
    if feed.archive.partition is None:
        _require_no_days(first, last)
        return None
    if first or last:
        return _given(first, last)
    start, end = dag_run.data_interval_start, dag_run.data_interval_end
    if start is not None and end is not None and start < end:
        return feed.window(start, end)
    if feed.schedule is None:
        return None
    return feed.day_before(dag_run.run_after)


def _require_no_days(first: date | None, last: date | None) -> None:
    if first or last:
        raise CustomerError(
            "INTERVAL_WITHOUT_PARTITIONS",
            "Params `first` and `last` choose among the folders of days, and the feed's archive "
            "has no `partition`: leave both empty, which takes everything",
        )


def _given(first: date | None, last: date | None) -> Window:
    window = Window(first or last or date.min, last or first or date.max)
    if window.first > window.last:
        raise CustomerError(
            "INTERVAL_BACKWARDS",
            f"Param `first` ({window.first}) is after `last` ({window.last}): trigger the run "
            "again with both in order",
        )
    return window


def _day(params: Mapping[str, Any], name: str) -> date | None:
    value = params.get(name)
    if not value:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise CustomerError(
            "INTERVAL_INVALID", f"Param `{name}` must be a date such as 2026-01-31"
        ) from None
