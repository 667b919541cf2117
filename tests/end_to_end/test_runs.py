"""One real scheduler: an undisturbed run, and every way to disturb one."""

from __future__ import annotations

import os
from urllib.request import urlopen

import pytest

from tests.support.end_to_end import World
from tests.support.tripwire import Wire

pytestmark = pytest.mark.scheduler

ITEMS = 17
OUTCOMES = {"imported": 15, "duplicate": 1, "quarantined": 1}
START = r"POST /startDICOMImportJob"


@pytest.fixture(scope="module")
def calm(world: World) -> str:
    """The undisturbed run that all others are held against."""
    return world.run("calm")


def test_one_process_has_all_of_these_tests(request: pytest.FixtureRequest) -> None:
    alone = "PYTEST_XDIST_WORKER" not in os.environ
    assert alone or request.node.nodeid.endswith("@end_to_end")


def test_an_undisturbed_run_balances(world: World, calm: str) -> None:
    assert world.outcomes("calm", calm) == OUTCOMES
    assert len(world.held("calm")) == OUTCOMES["imported"]
    assert {entry["version"] for entry in world.image_sets("calm")} == {1}
    batches = world.rows("SELECT batch_id FROM run_batches WHERE feed = 'calm'")
    assert len(world.jobs("calm")) == len(batches) == 2


def test_an_empty_archive_succeeds_with_a_census_of_none(world: World) -> None:
    run_id = world.run("empty")
    assert world.outcomes("empty", run_id) == {}
    census = world.rows("SELECT census_items FROM runs WHERE feed = 'empty'")
    assert census == [(0,)]


def test_a_second_run_starts_no_job(world: World, calm: str) -> None:
    jobs = len(world.jobs("calm"))
    cases = world.rows("SELECT count(*) FROM cases")
    second = world.run("calm")
    expected = {"unchanged": 15, "duplicate": 1, "quarantined": 1}
    assert world.outcomes("calm", second) == expected
    assert len(world.jobs("calm")) == jobs
    assert world.rows("SELECT count(*) FROM cases") == cases


# with everything downstream, so that the first clears and runs every stage again
@pytest.mark.parametrize("task", ["take_census", "pack_batches", "start_import"])
def test_clearing_a_task_of_a_finished_run_changes_nothing(
    world: World, calm: str, task: str
) -> None:
    before = (world.held("calm"), world.outcomes("calm", calm), len(world.jobs("calm")))
    world.clear("calm", calm, task)
    assert (world.held("calm"), world.outcomes("calm", calm), len(world.jobs("calm"))) == before
    assert {entry["version"] for entry in world.image_sets("calm")} == {1}


def test_a_task_killed_in_every_stage_ends_as_an_undisturbed_run(world: World, calm: str) -> None:
    def wire(task: str, request: str, *, after: bool = False, nth: int = 1) -> Wire:
        return Wire(task, request, lambda: world.kill_task("killed", task), after, nth)

    world.wires.wires[:] = [
        wire("take_census", r"PUT .*/killed/.*/census\.ndjson"),
        wire("stage", r"PUT .*/killed/.*/parts/", after=True),
        wire("pack_batches", r"PUT .*/killed/.*/plan\.ndjson"),
        wire("deidentify", r"PUT /demo-import/", nth=4),
        wire("validate", r"PUT .*/verified\.ndjson", after=True),
        # the job is started, and its id is lost with the task
        wire("start_import", START, after=True),
        wire("await_import", r"GET /getDICOMImportJob"),
        wire("reconcile", r"GET .*/success\.ndjson", after=True),
        wire("balance", r"PUT .*/evidence/balance\.json"),
    ]
    run_id = world.run("killed")
    assert [each.name for each in world.wires.wires if not each.sprung] == []
    assert world.outcomes("killed", run_id) == OUTCOMES
    assert world.held("killed") == world.held("calm")
    assert len(world.jobs("killed")) == 2
    assert {entry["version"] for entry in world.image_sets("killed")} == {1}


def test_two_overlapping_runs_send_nothing_twice(world: World, calm: str) -> None:
    first, second = world.trigger("overlap"), world.trigger("overlap")
    assert world.wait("overlap", first) == "success", world.explain("overlap", first)
    assert world.wait("overlap", second) == "success", world.explain("overlap", second)
    ends = [world.outcomes("overlap", run_id) for run_id in (first, second)]
    assert sum(end.get("imported", 0) for end in ends) == 15
    assert sum(end.get("unchanged", 0) for end in ends) == 15
    assert world.held("overlap") == world.held("calm")
    assert len(world.jobs("overlap")) == 2
    assert {entry["version"] for entry in world.image_sets("overlap")} == {1}


def test_an_invalid_feed_is_a_dag_that_says_so_and_harms_no_other(world: World, calm: str) -> None:
    run_id = world.trigger("broken")
    assert world.wait("broken", run_id) == "failed"
    assert "lookback_days" in world.explain("broken", run_id)
    assert world.airflow.client.import_errors() == []


def test_the_ui_shows_the_dag_with_its_page_and_its_params(world: World) -> None:
    with urlopen(world.airflow.url, timeout=30) as answer:
        assert b"<html" in answer.read().lower()
    world.airflow.await_dag("import_calm")
    details = world.airflow.client.call("GET", "dags/import_calm/details")
    assert "**When it fails**" in details["doc_md"]
    assert set(details["params"]) == {"first", "last", "limit", "dry_run"}
