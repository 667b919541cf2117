"""Waits for an import job: deferred, or on a worker."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypedDict

from airflow.providers.amazon.aws.sensors.base_aws import AwsBaseSensor
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.sdk import PokeReturnValue
from airflow.sdk.exceptions import AirflowException

from healthimaging.hook import HealthImagingHook
from healthimaging.states import COMPLETED, ENDED_STATES, FAILED
from healthimaging.triggers import DicomImportJobTrigger
from include.imaging.errors import TransientError

if TYPE_CHECKING:
    from airflow.sdk import Context


class EndedJob(TypedDict):
    """What the sensor hands on."""

    job_id: str
    job_status: str


class DicomImportJobSensor(AwsBaseSensor[HealthImagingHook]):
    """Waits until a DICOM import job has ended and returns `{"job_id", "job_status"}`.

    It only looks at the job: cleared after a time-out, it takes up the same job again. A job
    that has ended already is not deferred for.

    Args:
        job_id: the job (templated).
        datastore_id: the data store it runs in; the connection's when not given (templated).
        fail_on_failed: raise when the job ended as FAILED; otherwise that is an answer too.
        deferrable: wait in the triggerer, without a worker slot.
    """

    aws_hook_class = HealthImagingHook
    template_fields: Sequence[str] = aws_template_fields("job_id", "datastore_id")
    ui_color = "#cfe8f5"

    ENDED_STATES: tuple[str, ...] = ENDED_STATES
    FAILURE_STATES: tuple[str, ...] = (FAILED,)
    SUCCESS_STATES: tuple[str, ...] = (COMPLETED,)

    def __init__(
        self,
        *,
        job_id: str,
        datastore_id: str | None = None,
        fail_on_failed: bool = True,
        deferrable: bool = True,
        poke_interval: timedelta | float = 30,
        **kwargs: Any,
    ) -> None:
        super().__init__(poke_interval=poke_interval, **kwargs)
        self.job_id = job_id
        self.datastore_id = datastore_id
        self.fail_on_failed = fail_on_failed
        self.deferrable = deferrable

    def execute(self, context: Context) -> Any:
        """Return the ended job; defers while it runs."""
        if not self.deferrable:
            return super().execute(context)
        status = self._status_if_reachable()
        if status in self.ENDED_STATES:
            return self._ended(status)
        self.defer(
            trigger=self._trigger(),
            method_name="execute_complete",
            timeout=timedelta(seconds=self.timeout),
        )
        return None

    def poke(self, context: Context) -> PokeReturnValue:
        """Say whether the job has ended."""
        status = self._status_if_reachable()
        if status not in self.ENDED_STATES:
            self.log.info("Import job %s is %s", self.job_id, status or "not to be reached")
            return PokeReturnValue(is_done=False)
        return PokeReturnValue(is_done=True, xcom_value=self._ended(status))

    def execute_complete(self, context: Context, event: dict[str, Any]) -> EndedJob:
        """Return the ended job of the trigger's event.

        When the trigger gave up, the service is asked once more: it says best what is wrong.
        """
        if event["status"] == "success":
            return self._ended(event["job_status"])
        status = self.hook.get_dicom_import_job(self.job_id, self.datastore_id)["jobStatus"]
        if status in self.ENDED_STATES:
            return self._ended(status)
        raise TransientError(
            "IMPORT_JOB_UNWATCHED",
            f"import job {self.job_id} is still {status}, but could not be watched further: "
            f"{event.get('message', '')}; the retry takes up the same job",
        )

    def _status_if_reachable(self) -> str:
        """The job's status, or '' while the service is too busy to say."""
        try:
            return self.hook.get_dicom_import_job(self.job_id, self.datastore_id)["jobStatus"]
        except TransientError as error:
            self.log.warning("%s", error)
            return ""

    def _ended(self, status: str) -> EndedJob:
        if status in self.FAILURE_STATES and self.fail_on_failed:
            message = self.hook.get_dicom_import_job(self.job_id, self.datastore_id).get("message")
            raise AirflowException(f"Import job {self.job_id} ended as {status}: {message}")
        self.log.info("Import job %s ended as %s", self.job_id, status)
        return {"job_id": self.job_id, "job_status": status}

    def _trigger(self) -> DicomImportJobTrigger:
        delay = max(1, math.ceil(self.poke_interval))
        return DicomImportJobTrigger(
            job_id=self.job_id,
            datastore_id=self.hook.datastore_or_default(self.datastore_id),
            waiter_delay=delay,
            waiter_max_attempts=max(1, math.ceil(self.timeout / delay)),
            aws_conn_id=self.aws_conn_id,
            region_name=self.region_name,
            verify=self.verify,
            botocore_config=self.botocore_config,
        )
