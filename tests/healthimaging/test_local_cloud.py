"""The provider against the stand-in for the service."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from airflow.sdk.exceptions import TaskDeferred
from airflow.triggers.base import TriggerEvent

from healthimaging.hook import HealthImagingHook
from healthimaging.operators import StartDicomImportJobOperator
from healthimaging.sensors import DicomImportJobSensor
from include.demo.environment import ensure_role
from include.imaging.errors import CustomerError
from include.localcloud.running import LocalCloud
from tests.support.cloud import REGION, Clients
from tests.support.import_jobs import CONNECTION


class TaskInstance:
    """What a running task pushes to."""

    def xcom_push(self, key: str, value: Any) -> None:
        """Take it."""


CONTEXT: Any = {"ti": TaskInstance()}


@pytest.fixture
def target(
    local_cloud: LocalCloud, clients: Clients, connect: Callable[[dict[str, Any]], None]
) -> dict[str, str]:
    """A data store with role and buckets of its own, and the connection that names them."""
    name = f"provider-{uuid.uuid4().hex[:12]}"
    for bucket in (f"{name}-in", f"{name}-out"):
        clients.s3.create_bucket(Bucket=bucket)
    store = clients.imaging.create_datastore(datastoreName=name, clientToken=name)["datastoreId"]
    account = clients.sts.get_caller_identity()["Account"]
    extra = {
        "region_name": REGION,
        "endpoint_url": local_cloud.url,
        "datastore_id": store,
        "import_role_arn": ensure_role(clients.iam, account, f"{name}-in", f"{name}-out"),
        "landing_bucket": f"{name}-landing",
        "import_bucket": f"{name}-in",
        "results_bucket": f"{name}-out",
    }
    connect(extra)
    return extra


def starting(target: dict[str, str]) -> StartDicomImportJobOperator:
    return StartDicomImportJobOperator(
        task_id="start_import",
        aws_conn_id=CONNECTION,
        job_name="batch-g1",
        client_token=target["import_bucket"],
        input_s3_uri=f"s3://{target['import_bucket']}/batches/b/",
        output_s3_uri=f"s3://{target['results_bucket']}/jobs/b/",
    )


def wait(job_id: str) -> dict[str, str]:
    """Run the sensor as Airflow does: the task, its trigger where it defers, the rest."""
    sensor = DicomImportJobSensor(
        task_id="await_import",
        aws_conn_id=CONNECTION,
        job_id=job_id,
        poke_interval=1,
        fail_on_failed=False,
    )
    try:
        return dict(sensor.execute(CONTEXT))
    except TaskDeferred as deferred:
        trigger = deferred.trigger

        async def first() -> TriggerEvent:
            return await anext(trigger.run())  # type: ignore[call-overload]

        return dict(sensor.execute_complete(CONTEXT, asyncio.run(first()).payload))


def test_a_job_is_started_waited_for_and_found_by_its_name(
    target: dict[str, str], clients: Clients
) -> None:
    clients.s3.put_object(
        Bucket=target["import_bucket"], Key="batches/b/1.dcm", Body=b"no DICOM at all"
    )
    job_id = starting(target).execute(CONTEXT)
    ended = wait(job_id)
    assert ended["job_id"] == job_id
    assert ended["job_status"] in DicomImportJobSensor.ENDED_STATES
    found = HealthImagingHook(aws_conn_id=CONNECTION).find_dicom_import_job("batch-g1")
    assert found is not None
    assert found["jobId"] == job_id


def test_the_same_token_is_the_same_job(target: dict[str, str]) -> None:
    first, second = (starting(target).execute(CONTEXT) for _ in range(2))
    assert first == second


def test_a_job_of_another_data_store_is_unknown(target: dict[str, str]) -> None:
    with pytest.raises(CustomerError, match="does not know the job"):
        wait("0" * 32)
