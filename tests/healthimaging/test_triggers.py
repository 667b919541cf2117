from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from airflow.sdk.serde import deserialize, serialize
from airflow.triggers.base import TriggerEvent

from healthimaging.states import ENDED_STATES, RUNNING_STATES
from healthimaging.triggers import DicomImportJobTrigger
from tests.support.import_jobs import CONNECTION, DATASTORE, job
from tests.support.scripted import DROPPED, Script, refusal

Serve = Callable[..., Script]


def trigger(**more: Any) -> DicomImportJobTrigger:
    return DicomImportJobTrigger(
        job_id="job1", datastore_id=DATASTORE, waiter_delay=0, aws_conn_id=CONNECTION, **more
    )


def fire(watching: DicomImportJobTrigger) -> dict[str, Any]:
    async def first() -> TriggerEvent:
        return await anext(watching.run())

    return asyncio.run(first()).payload


@pytest.mark.parametrize("state", ENDED_STATES)
def test_the_event_says_how_the_job_ended(state: str, serve: Serve) -> None:
    serve(*(job(running) for running in RUNNING_STATES), job(state))
    assert fire(trigger()) == {"status": "success", "job_id": "job1", "job_status": state}


def test_the_event_survives_serialisation(serve: Serve) -> None:
    serve(job("FAILED"))
    event = fire(trigger())
    assert deserialize(serialize(event)) == event


def test_a_trigger_is_the_same_after_serialisation(serve: Serve) -> None:
    serve(job("COMPLETED"))
    path, arguments = trigger(waiter_max_attempts=7, region_name="eu-west-1").serialize()
    assert path == "healthimaging.triggers.DicomImportJobTrigger"
    again = DicomImportJobTrigger(**deserialize(serialize(arguments)))
    assert again.serialize() == (path, arguments)
    assert fire(again)["job_status"] == "COMPLETED"


@pytest.mark.parametrize(
    "answer",
    [refusal("ThrottlingException", 429), refusal("InternalServerException", 500)],
    ids=lambda answer: answer.error,
)
def test_a_busy_service_is_polled_again(answer: object, serve: Serve) -> None:
    script = serve(answer, answer, job("COMPLETED"))
    assert fire(trigger())["job_status"] == "COMPLETED"
    assert len(script.requests) == 4


def test_a_job_that_outlasts_the_attempts_is_an_error(serve: Serve) -> None:
    script = serve(job("IN_PROGRESS"))
    event = fire(trigger(waiter_max_attempts=3))
    assert (event["status"], event["job_id"]) == ("error", "job1")
    assert len(script.requests) == 3


def test_an_unknown_job_is_an_error(serve: Serve) -> None:
    serve(refusal("ResourceNotFoundException", 404))
    event = fire(trigger())
    assert event["status"] == "error"
    assert "ResourceNotFoundException" in event["message"]


def test_a_lost_connection_is_polled_again(serve: Serve) -> None:
    script = serve(DROPPED, DROPPED, job("COMPLETED"))
    assert fire(trigger())["job_status"] == "COMPLETED"
    assert len(script.requests) == 4
