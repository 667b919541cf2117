"""Waits for an import job in the triggerer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from airflow.providers.amazon.aws.exceptions import WaiterMaxAttemptsError
from airflow.providers.amazon.aws.hooks.base_aws import AwsGenericHook
from airflow.providers.amazon.aws.triggers.base import AwsBaseWaiterTrigger
from airflow.providers.amazon.aws.utils.waiter_with_logging import async_wait
from airflow.sdk.exceptions import AirflowException
from airflow.triggers.base import TriggerEvent

from healthimaging.errors import UNREACHABLE
from healthimaging.hook import HealthImagingHook
from healthimaging.states import WAIT_UNTIL_ENDED


class DicomImportJobTrigger(AwsBaseWaiterTrigger):
    """Fires when the job has ended, however it ended.

    The event is `{"status": "success", "job_id", "job_status"}`, or
    `{"status": "error", "message", "job_id"}` when the job could not be watched to its end.
    """

    aws_hook_class = HealthImagingHook

    def __init__(
        self,
        *,
        job_id: str,
        datastore_id: str,
        waiter_delay: int = 30,
        waiter_max_attempts: int = 2880,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            serialized_fields={"job_id": job_id, "datastore_id": datastore_id},
            waiter_name=WAIT_UNTIL_ENDED,
            waiter_args={"datastoreId": datastore_id, "jobId": job_id},
            failure_message=f"Import job {job_id} could not be watched",
            status_message=f"Import job {job_id} is",
            status_queries=["jobProperties.jobStatus"],
            return_key="job_id",
            return_value=job_id,
            waiter_delay=waiter_delay,
            waiter_max_attempts=waiter_max_attempts,
            aws_conn_id=aws_conn_id,
            region_name=region_name,
            verify=verify,
            botocore_config=botocore_config,
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Poll until the job has ended; the event says how."""
        hook = self.hook()
        async with await hook.get_async_conn() as client:  # type: ignore[no-untyped-call]  # theirs
            try:
                await self._watch(hook, client)
                job = await client.get_dicom_import_job(**self.waiter_args)
            except AirflowException as error:
                yield self._event_from_exception(error)
                return
        status = job["jobProperties"]["jobStatus"]
        yield TriggerEvent(  # type: ignore[no-untyped-call]  # Airflow's class has no types
            {"status": "success", self.return_key: self.return_value, "job_status": status}
        )

    async def _watch(self, hook: AwsGenericHook[Any], client: Any) -> None:
        waiter = hook.get_waiter(self.waiter_name, deferrable=True, client=client)
        for _ in range(self.attempts):
            try:
                await async_wait(
                    waiter,
                    self.waiter_delay,
                    self.attempts,
                    self.waiter_args,
                    self.failure_message,
                    self.status_message,
                    self.status_queries,
                )
            except UNREACHABLE as error:
                self.log.warning("No answer from HealthImaging (%s)", type(error).__name__)
                await asyncio.sleep(self.waiter_delay)
            else:
                return
        raise WaiterMaxAttemptsError("HealthImaging cannot be reached")
