"""What the types of a feed's keys cannot say: schedules, partitions and policies that work."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path

from croniter import CroniterBadDateError, CroniterError, croniter

POLICIES = Path(__file__).parent / "deid" / "policies"
_SOME_DAY = date(2024, 1, 1)
_YEARS = timedelta(days=3 * 366)


def require_cron(value: str) -> str:
    """Return a cron expression of five fields; ValueError unless some day matches it."""
    if len(value.split()) != 5:
        raise ValueError("must be a cron expression of five fields, or null")
    try:
        croniter(value, datetime(2024, 1, 1)).get_next()
    except CroniterBadDateError:
        raise ValueError("is a cron expression that no day matches") from None
    except (CroniterError, ValueError, TypeError, KeyError):
        raise ValueError("is no cron expression: see minute, hour, day, month, weekday") from None
    return value


def require_partition(pattern: str) -> str:
    """Return a strftime pattern; ValueError unless it names each day's folder once and for all.

    A folder may stand for several days on end, such as a month.
    """
    require_below(pattern)
    try:
        days = (_SOME_DAY + timedelta(days=day) for day in range(_YEARS.days))
        folders = [name for name, _ in groupby(day.strftime(pattern).strip("/") for day in days)]
    except (ValueError, UnicodeError):
        raise ValueError("must be a pattern of strftime such as %Y/%m/%d") from None
    if len(folders) == 1:
        raise ValueError("must change with the day, as %Y/%m/%d does; null takes everything")
    if len(set(folders)) < len(folders):
        raise ValueError("must not come back to a folder, as a pattern without the year does")
    return pattern


def require_below(path: str) -> str:
    """Return a path; ValueError when it could lead out of the folder it is put below."""
    if path.startswith("/") or ".." in path.split("/"):
        raise ValueError("must stay below the connection's path: no leading / and no ..")
    return path


def require_policy(name: str) -> str:
    """Return the name of a policy that is shipped; ValueError for any other.

    Its content is not read here: a feed is checked whenever DAG files are parsed.
    """
    shipped = sorted(path.stem for path in POLICIES.glob("*.yaml"))
    if name not in shipped:
        raise ValueError(f"must be one of {', '.join(shipped)} (include/imaging/deid/policies)")
    return name
