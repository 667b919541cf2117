"""When objects expire: the lifecycle rules of the three buckets."""

from __future__ import annotations

from typing import Any

from include.imaging.keys import RUNS
from include.infrastructure.wanted import Days

UPLOAD_DAYS = 7
OURS = "imaging-"

Rule = dict[str, Any]


def landing_rules(days: Days) -> list[Rule]:
    """Return how identity expires.

    Of two rules that fit, S3 applies the shorter. So everything has the quarantine's days,
    whatever its key, and what a run staged has fewer. Should someone turn on versioning,
    what expired goes a day later.
    """
    return [
        _rule("runs-expire", RUNS, Expiration={"Days": days.landing}, **_noncurrent(1)),
        _rule("everything-expires", "", Expiration={"Days": days.quarantine}, **_noncurrent(1)),
        _uploads(),
    ]


def import_rules(days: Days) -> list[Rule]:
    """Return how the import zone empties: once imported, nobody reads it."""
    return [
        _rule("everything-expires", "", Expiration={"Days": days.imports}, **_noncurrent(1)),
        _uploads(),
    ]


def results_rules(days: Days) -> list[Rule]:
    """Return how long overwritten versions are kept; what is current never expires."""
    return [_rule("versions-expire", "", **_noncurrent(days.noncurrent)), _uploads()]


def _uploads() -> Rule:
    return _rule(
        "uploads-end", "", AbortIncompleteMultipartUpload={"DaysAfterInitiation": UPLOAD_DAYS}
    )


def _noncurrent(days: int) -> Rule:
    return {"NoncurrentVersionExpiration": {"NoncurrentDays": days}}


def _rule(name: str, prefix: str, **does: Any) -> Rule:
    return {"ID": f"{OURS}{name}", "Status": "Enabled", "Filter": {"Prefix": prefix}, **does}
