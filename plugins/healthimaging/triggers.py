"""Waits in the triggerer: for an import job, a data store or an image set."""

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
from healthimaging.goals import GOALS, named
from healthimaging.hook import HealthImagingHook
from healthimaging.states import WAIT_UNTIL_ENDED


class WatchTrigger(AwsBaseWaiterTrigger):
    """Watches what a waiter watches; a connection that breaks is no end of it."""

    aws_hook_class = HealthImagingHook

    async def watch(self, hook: AwsGenericHook[Any], client: Any) -> None:
        """Return once the waiter is content; AirflowException when it never will be."""
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


class DicomImportJobTrigger(WatchTrigger):
    """Fires when the job has ended, however it ended.

    The event is `{"status": "success", "job_id", "job_status"}`, or
    `{"status": "error", "message", "job_id"}` when the job could not be watched to its end.
    """

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
                await self.watch(hook, client)
                job = await client.get_dicom_import_job(**self.waiter_args)
            except AirflowException as error:
                yield self._event_from_exception(error)
                return
        status = job["jobProperties"]["jobStatus"]
        yield TriggerEvent(  # type: ignore[no-untyped-call]  # Airflow's class has no types
            {"status": "success", self.return_key: self.return_value, "job_status": status}
        )


class StateTrigger(WatchTrigger):
    """Fires when a data store or image set is as it was waited for, or never will be.

    The event is `{"status": "success", "result", "resource"}`, or the same with
    `{"status": "error", "message"}`.

    Args:
        goal: name of the goal (and waiter).
        resource: `datastoreId`, and `imageSetId` for an image set.
        result: what the task returns in the end; handed through.
    """

    def __init__(
        self,
        *,
        goal: str,
        resource: dict[str, str],
        result: Any = None,
        waiter_delay: int = 10,
        waiter_max_attempts: int = 360,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            serialized_fields={"goal": goal, "resource": resource, "result": result},
            waiter_name=goal,
            waiter_args=resource,
            failure_message=f"{named(resource)} did not get there",
            status_message=f"{named(resource)} is",
            status_queries=[GOALS[goal].query],
            return_key="result",
            return_value=result,
            waiter_delay=waiter_delay,
            waiter_max_attempts=waiter_max_attempts,
            aws_conn_id=aws_conn_id,
            region_name=region_name,
            verify=verify,
            botocore_config=botocore_config,
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Poll until there is an end; the event says which."""
        hook = self.hook()
        event = {"status": "success", "result": self.return_value, "resource": self.waiter_args}
        async with await hook.get_async_conn() as client:  # type: ignore[no-untyped-call]  # theirs
            try:
                await self.watch(hook, client)
            except AirflowException as error:
                event |= {"status": "error", "message": str(error)}
        yield TriggerEvent(event)  # type: ignore[no-untyped-call]  # Airflow's class has no types
