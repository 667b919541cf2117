"""By how many days dates and times were moved, and which shift a patient's dates share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

DAY_DIGITS = 8
# a shift beyond a lifetime is a constant written over everything
MOST_DAYS = 100 * 366


def shift(before: str, after: str) -> int | None:
    """Return the days between two values of DA or DT; None when one holds no valid date.

    The time of a DT must have stayed, for shifts are whole days.
    """
    first, second = _day(before), _day(after)
    if first is None or second is None or _rest(before) != _rest(after):
        return None
    return (second - first).days


def common_shift(dates: Iterable[tuple[str, int | None]]) -> int | None:
    """Return the shift that most different days of a patient have; None where days do not agree.

    `dates` are the original values with their shifts. Of a patient with several days, one that
    only a single day has is no shift but another value for that day.
    """
    days_of: dict[int, set[str]] = {}
    seen = set()
    for value, days in dates:
        seen.add(value[:DAY_DIGITS])
        if days is not None and days != 0 and abs(days) <= MOST_DAYS:
            days_of.setdefault(days, set()).add(value[:DAY_DIGITS])
    found = max(days_of, key=lambda days: (len(days_of[days]), -days), default=None)
    if found is None or len(days_of[found]) < min(2, len(seen)):
        return None
    return found


def _rest(value: str) -> str:
    return value[DAY_DIGITS:].rstrip("0").rstrip(".")


def _day(value: str) -> date | None:
    try:
        return date(int(value[:4]), int(value[4:6]), int(value[6:DAY_DIGITS]))
    except ValueError:
        return None
