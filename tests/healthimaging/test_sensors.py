from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, TaskDeferred

from healthimaging.sensors import DicomImportJobSensor
from healthimaging.states import RUNNING_STATES
from healthimaging.triggers import DicomImportJobTrigger
from include.imaging.errors import CustomerError, TransientError
from tests.support.import_jobs import CONNECTION, DATASTORE, SETTINGS, job
from tests.support.scripted import Script, refusal

Serve = Callable[..., Script]
NO_CONTEXT: Any = {}


def sensor(**more: Any) -> DicomImportJobSensor:
    return DicomImportJobSensor(
        **{"task_id": "await_import", "job_id": "job1", "aws_conn_id": CONNECTION, **more}
    )


def test_every_state_of_the_service_has_a_place_in_the_sensor() -> None:
    from botocore.session import get_session

    model = get_session().get_service_model("medical-imaging")
    known = {*RUNNING_STATES, *DicomImportJobSensor.ENDED_STATES}
    assert set(model.shape_for("JobStatus").enum) == known
    assert {*DicomImportJobSensor.FAILURE_STATES, *DicomImportJobSensor.SUCCESS_STATES} == {
        *DicomImportJobSensor.ENDED_STATES
    }


@pytest.mark.parametrize("deferrable", [True, False])
@pytest.mark.parametrize("state", DicomImportJobSensor.SUCCESS_STATES)
def test_a_completed_job_is_handed_on(state: str, deferrable: bool, serve: Serve) -> None:
    serve(job(state))
    ended = sensor(deferrable=deferrable).execute(NO_CONTEXT)
    assert ended == {"job_id": "job1", "job_status": state}


@pytest.mark.parametrize("deferrable", [True, False])
@pytest.mark.parametrize("state", DicomImportJobSensor.FAILURE_STATES)
def test_a_failed_job_is_handed_on_where_that_is_asked_for(
    state: str, deferrable: bool, serve: Serve
) -> None:
    serve(job(state))
    ended = sensor(deferrable=deferrable, fail_on_failed=False).execute(NO_CONTEXT)
    assert ended == {"job_id": "job1", "job_status": state}


@pytest.mark.parametrize("deferrable", [True, False])
@pytest.mark.parametrize("state", DicomImportJobSensor.FAILURE_STATES)
def test_a_failed_job_fails_the_sensor_otherwise(
    state: str, deferrable: bool, serve: Serve
) -> None:
    serve(job(state, message="too many files"))
    with pytest.raises(AirflowException, match=f"{state}: too many files"):
        sensor(deferrable=deferrable).execute(NO_CONTEXT)


@pytest.mark.parametrize("state", RUNNING_STATES)
def test_a_running_job_is_waited_for_in_the_triggerer(state: str, serve: Serve) -> None:
    serve(job(state))
    with pytest.raises(TaskDeferred) as raised:
        sensor(timeout=90, poke_interval=20).execute(NO_CONTEXT)
    trigger = raised.value.trigger
    assert isinstance(trigger, DicomImportJobTrigger)
    assert trigger.serialize()[1] == {
        "job_id": "job1",
        "datastore_id": DATASTORE,
        "waiter_delay": 20,
        "waiter_max_attempts": 5,
        "aws_conn_id": CONNECTION,
    }
    assert raised.value.timeout == timedelta(seconds=90)


@pytest.mark.parametrize("state", RUNNING_STATES)
def test_a_running_job_is_polled_on_a_worker_without_deferral(state: str, serve: Serve) -> None:
    script = serve(job(state), job(state), job("COMPLETED"))
    ended = sensor(deferrable=False, poke_interval=0).execute(NO_CONTEXT)
    assert ended["job_status"] == "COMPLETED"
    assert len(script.requests) == 3


def test_throttling_does_not_end_the_wait(serve: Serve) -> None:
    serve(refusal("ThrottlingException", 429), job("IN_PROGRESS"), job("COMPLETED"))
    assert sensor(deferrable=False, poke_interval=0).execute(NO_CONTEXT)["job_id"] == "job1"
    serve(refusal("ThrottlingException", 429))
    with pytest.raises(TaskDeferred):
        sensor().execute(NO_CONTEXT)


@pytest.mark.parametrize("deferrable", [True, False])
def test_an_unknown_job_is_for_a_person(deferrable: bool, serve: Serve) -> None:
    serve(refusal("ResourceNotFoundException", 404))
    with pytest.raises(CustomerError, match="clear the task that starts it"):
        sensor(deferrable=deferrable).execute(NO_CONTEXT)


def test_a_data_store_of_its_own_is_asked(serve: Serve) -> None:
    other = "f" * 32
    script = serve(job("COMPLETED"))
    sensor(datastore_id=other).execute(NO_CONTEXT)
    assert script.requests[0][1] == f"/getDICOMImportJob/datastore/{other}/job/job1"


@pytest.mark.parametrize("state", DicomImportJobSensor.ENDED_STATES)
def test_the_event_of_the_trigger_ends_the_sensor(state: str, serve: Serve) -> None:
    script = serve(job("IN_PROGRESS"))
    event = {"status": "success", "job_id": "job1", "job_status": state}
    ended = sensor(fail_on_failed=False).execute_complete(NO_CONTEXT, event)
    assert ended == {"job_id": "job1", "job_status": state}
    assert script.requests == []


def test_a_trigger_that_gave_up_is_retried_on_the_same_job(serve: Serve) -> None:
    serve(job("IN_PROGRESS"))
    with pytest.raises(TransientError, match="still IN_PROGRESS"):
        sensor().execute_complete(NO_CONTEXT, {"status": "error", "message": "attempts"})


def test_a_trigger_that_gave_up_on_an_ended_job_still_ends_well(serve: Serve) -> None:
    serve(job("COMPLETED"))
    ended = sensor().execute_complete(NO_CONTEXT, {"status": "error", "message": "attempts"})
    assert ended["job_status"] == "COMPLETED"


def test_the_job_id_and_the_data_store_are_templates() -> None:
    assert {"job_id", "datastore_id", "aws_conn_id"} <= set(DicomImportJobSensor.template_fields)
    assert SETTINGS["datastore_id"] == DATASTORE
