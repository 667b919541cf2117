"""By how many days a date or time was moved."""

from __future__ import annotations

from datetime import date

DAY_DIGITS = 8


def shifts(before: str, after: str) -> frozenset[int]:
    """Return the days between two values of DA or DT; none when one holds no valid date.

    The time of a DT must have stayed, for shifts are whole days.
    """
    first, second = _day(before), _day(after)
    if first is None or second is None or _rest(before) != _rest(after):
        return frozenset()
    return frozenset({(second - first).days})


def _rest(value: str) -> str:
    return value[DAY_DIGITS:].rstrip("0").rstrip(".")


def _day(value: str) -> date | None:
    try:
        return date(int(value[:4]), int(value[4:6]), int(value[6:DAY_DIGITS]))
    except ValueError:
        return None
