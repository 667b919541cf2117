from __future__ import annotations

import json

import pytest
from botocore.session import get_session

from healthimaging.base_hook import WAITERS
from healthimaging.goals import DATASTORE_GOALS, GOALS, IMAGE_SET_GOALS, Goal

MODEL = get_session().get_service_model("medical-imaging")
RUNNING = {
    "COPYING",
    "COPYING_WITH_READ_ONLY_ACCESS",
    "UPDATING",
    "UPDATING_FOR_STUDY_CONSISTENCY",
    "IMPORTING",
}


def acceptors(goal: Goal, state: str) -> set[str]:
    waiter = json.loads(WAITERS.read_text(encoding="utf-8"))["waiters"][goal.waiter]
    paths = [entry for entry in waiter["acceptors"] if entry["matcher"] == "path"]
    assert {entry["argument"] for entry in paths} == {goal.query}
    return {entry["expected"] for entry in paths if entry["state"] == state}


@pytest.mark.parametrize("goal", GOALS.values(), ids=GOALS)
def test_a_goal_and_its_waiter_say_the_same(goal: Goal) -> None:
    assert acceptors(goal, "success") == goal.reached
    assert acceptors(goal, "failure") == goal.failed


@pytest.mark.parametrize("goal", GOALS.values(), ids=GOALS)
def test_a_thing_that_is_gone_ends_every_wait(goal: Goal) -> None:
    waiter = json.loads(WAITERS.read_text(encoding="utf-8"))["waiters"][goal.waiter]
    (gone,) = [
        entry["state"]
        for entry in waiter["acceptors"]
        if entry["expected"] == "ResourceNotFoundException"
    ]
    assert gone == ("success" if "DELETED" in goal.reached else "failure")


def test_every_workflow_status_of_the_service_has_a_place() -> None:
    statuses = set(MODEL.shape_for("ImageSetWorkflowStatus").enum)
    goal = IMAGE_SET_GOALS["SETTLED"]
    assert len(statuses) > 10
    assert statuses == goal.reached | goal.failed | RUNNING
    for other in IMAGE_SET_GOALS.values():
        assert other.reached | other.failed <= statuses


def test_every_status_of_a_data_store_has_a_place() -> None:
    statuses = set(MODEL.shape_for("DatastoreStatus").enum)
    goal = DATASTORE_GOALS["ACTIVE"]
    assert statuses == goal.reached | goal.failed | {"CREATING"}
