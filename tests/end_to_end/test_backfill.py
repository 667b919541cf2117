"""A backfill over Airflow's API takes every day once, though lookbacks overlap."""

from __future__ import annotations

import pytest

from tests.support.dicom import ROOT, ct, encode
from tests.support.end_to_end import World

pytestmark = pytest.mark.scheduler

DAYS = (1, 2, 3)


def test_a_backfill_takes_each_day_and_sends_nothing_twice(world: World) -> None:
    for day in DAYS:
        folder = world.root / "nightly" / f"2026/03/{day:02}"
        folder.mkdir(parents=True)
        image = ct(day, SeriesInstanceUID=f"{ROOT}.2.{day}")
        (folder / "image.dcm").write_bytes(encode(image))
    runs = _backfill(world, "import_nightly")
    for run_id in runs:
        assert world.wait("nightly", run_id) == "success", world.explain("nightly", run_id)
    taken = [_contents(world, run_id) for run_id in runs]
    # a day, and by one day of lookback the day before it
    assert [len(contents) for contents in taken] == [1, 2, 2]
    assert taken[0] < taken[1]
    assert len(taken[1] & taken[2]) == 1
    assert not taken[0] & taken[2]
    imported = [world.outcomes("nightly", run_id).get("imported", 0) for run_id in runs]
    assert sum(imported) == len(world.held("nightly")) == len(DAYS)
    assert {entry["version"] for entry in world.image_sets("nightly")} == {1}


def _backfill(world: World, dag_id: str) -> list[str]:
    """Create the backfill and return the ids of its runs, by date."""
    api = world.airflow.client
    world.airflow.await_dag(dag_id)
    api.call("PATCH", f"dags/{dag_id}", {"is_paused": False})
    wanted = {
        "dag_id": dag_id,
        "from_date": f"2026-03-{DAYS[0]:02}T00:00:00Z",
        "to_date": f"2026-03-{DAYS[-1]:02}T00:00:00Z",
        "max_active_runs": len(DAYS),
    }
    api.call("POST", "backfills", wanted)
    runs = api.call("GET", f"dags/{dag_id}/dagRuns?run_type=backfill&order_by=run_after")
    ids = [run["dag_run_id"] for run in runs["dag_runs"]]
    assert len(ids) == len(DAYS)
    return ids


def _contents(world: World, run_id: str) -> set[str]:
    rows = world.rows("SELECT content_hash FROM items WHERE run_id = %s", run_id)
    return {content for (content,) in rows}
