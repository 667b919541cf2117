from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowException, TaskDeferred
from airflow.serialization.serialized_objects import DagSerialization

from healthimaging.operators import DicomImportJobOperator, StartDicomImportJobOperator
from healthimaging.sensors import DicomImportJobSensor
from healthimaging.triggers import DicomImportJobTrigger
from include.imaging.errors import TransientError
from tests.support.import_jobs import CONNECTION, DATASTORE, REQUEST, STARTED, job
from tests.support.scripted import Script, refusal

Serve = Callable[..., Script]


class TaskInstance:
    """What a running task pushes."""

    def __init__(self) -> None:
        self.pushed: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value


def operator(**more: Any) -> StartDicomImportJobOperator:
    return StartDicomImportJobOperator(
        **{
            "task_id": "start_import",
            "aws_conn_id": CONNECTION,
            "waiter_delay": 0,
            **REQUEST,
            **more,
        }
    )


def run(starting: DicomImportJobOperator) -> tuple[Any, dict[str, Any]]:
    instance = TaskInstance()
    context: Any = {"ti": instance}
    return starting.execute(context), instance.pushed


def test_a_job_is_started_and_linked(serve: Serve) -> None:
    script = serve(STARTED)
    job_id, pushed = run(operator())
    assert job_id == "job1"
    assert len(script.requests) == 1
    link = StartDicomImportJobOperator.operator_extra_links[0]
    assert link.format_link(**pushed[link.key]) == (
        "https://console.aws.amazon.com/medical-imaging/home?region=us-east-1"
        f"#/dataStores/{DATASTORE}/importJobs/job1"
    )


def test_a_job_is_started_as_it_is_configured(serve: Serve) -> None:
    mapping = {"studyInstanceUID": "1.2.3", "metadataFilePath": "study.json"}
    configuration = {"dicomJsonMetadataImportConfiguration": {"dicomMetadataMappings": [mapping]}}
    script = serve(STARTED)
    run(operator(import_configuration=configuration))
    [(_, _, body)] = script.requests
    assert body["importConfiguration"] == configuration
    assert "import_configuration" in StartDicomImportJobOperator.template_fields


def test_waiting_on_a_worker_lasts_until_the_job_is_completed(serve: Serve) -> None:
    script = serve(STARTED, job("SUBMITTED"), job("IN_PROGRESS"), job("COMPLETED"))
    assert run(operator(wait_for_completion=True))[0] == "job1"
    assert len(script.requests) == 4


def test_waiting_on_a_worker_ends_with_a_failed_job(serve: Serve) -> None:
    serve(STARTED, job("FAILED"))
    with pytest.raises(AirflowException, match=r'did not complete: .* "FAILED"'):
        run(operator(wait_for_completion=True))


def test_a_deferred_operator_waits_in_the_triggerer(serve: Serve) -> None:
    serve(STARTED)
    starting = operator(deferrable=True)
    with pytest.raises(TaskDeferred) as raised:
        run(starting)
    assert isinstance(raised.value.trigger, DicomImportJobTrigger)
    event = {"status": "success", "job_id": "job1", "job_status": "COMPLETED"}
    assert starting.execute_complete({}, event) == "job1"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "event",
    [
        {"status": "success", "job_id": "job1", "job_status": "FAILED"},
        {"status": "error", "job_id": "job1", "message": "attempts"},
    ],
)
def test_a_deferred_operator_fails_unless_the_job_is_completed(event: dict[str, str]) -> None:
    with pytest.raises(AirflowException):
        operator().execute_complete({}, event)  # type: ignore[arg-type]


def test_a_throttled_start_is_tried_again(serve: Serve) -> None:
    serve(refusal("ThrottlingException", 429))
    with pytest.raises(TransientError):
        run(operator())


def test_a_subclass_says_how_a_job_is_started(serve: Serve) -> None:
    class Adopting(DicomImportJobOperator):
        def start(self, context: Any) -> str:
            return "adopted"

    script = serve(job("COMPLETED"))
    job_id, pushed = run(Adopting(task_id="start_import", aws_conn_id=CONNECTION))
    assert job_id == "adopted"
    assert pushed["healthimaging_dicom_import_job"]["job_id"] == "adopted"
    assert script.requests == []


def test_operator_and_sensor_serialise_also_mapped() -> None:
    with DAG("provider", schedule=None) as dag:
        starting = operator()
        mapped = DicomImportJobSensor.partial(
            task_id="await_import", aws_conn_id=CONNECTION, fail_on_failed=False
        ).expand(job_id=["a", "b"])
        starting >> mapped
    again = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    assert set(again.task_dict) == {"start_import", "await_import"}
    assert list(again.task_dict["start_import"].operator_extra_link_dict) == [
        "HealthImaging import job"
    ]
