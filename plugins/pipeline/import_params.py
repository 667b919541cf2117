"""What a person may ask of an import run: its Params, and no others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.sdk import Param

from include.imaging.errors import CustomerError


def import_params() -> dict[str, Param]:
    """Return the Params of an import DAG, as its form shows them."""
    return {
        "first": _day(
            "First day",
            "First partition to take. Empty: the run's data interval with the feed's lookback; "
            "for a run without one the day before, or everything if the feed has no schedule.",
        ),
        "last": _day("Last day", "Last partition to take, included."),
        "limit": Param(
            None,
            type=["null", "integer"],
            minimum=0,
            title="Limit",
            description="Take this many items; the others of the census end as excluded.",
        ),
        "dry_run": Param(
            False,
            type="boolean",
            title="Dry run",
            description="Stop after the plan: nothing is claimed, and no item gets an outcome.",
        ),
    }


def _day(title: str, description: str) -> Param:
    return Param(None, type=["null", "string"], format="date", title=title, description=description)


def require_known(conf: Mapping[str, Any] | None) -> None:
    """Raise CustomerError for a key that is no Param: a mistyped `dry_run` would import."""
    if unknown := sorted(set(conf or {}) - set(import_params())):
        raise CustomerError(
            "PARAM_UNKNOWN",
            f"the run was triggered with {', '.join(map(repr, unknown[:3]))}, which is no Param: "
            f"trigger another with {', '.join(import_params())}",
        )
