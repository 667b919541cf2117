"""What the operators on data stores and image sets have in common: asking, and waiting."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.providers.amazon.aws.operators.base_aws import AwsBaseOperator
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.providers.amazon.aws.utils.waiter_with_logging import wait
from airflow.providers.common.compat.sdk import conf
from airflow.sdk.exceptions import AirflowException

from healthimaging.errors import service_errors
from healthimaging.goals import Goal, named, status_of
from healthimaging.hook import HealthImagingHook
from healthimaging.triggers import StateTrigger
from include.imaging.errors import CustomerError, TransientError

if TYPE_CHECKING:
    from airflow.sdk import Context


class HealthImagingOperator(AwsBaseOperator[HealthImagingHook]):
    """Asks HealthImaging for something.

    Args:
        datastore_id: the data store; the connection's when not given (templated).
    """

    aws_hook_class = HealthImagingHook
    template_fields: Sequence[str] = aws_template_fields("datastore_id")
    ui_color = "#cfe8f5"

    def __init__(self, *, datastore_id: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.datastore_id = datastore_id

    @property
    def target_datastore(self) -> str:
        """The data store that is meant."""
        return self.hook.datastore_or_default(self.datastore_id)


class StateOperator(HealthImagingOperator):
    """Changes a data store or an image set, and waits until the change is done.

    A subclass names its `goal` and calls `settle` last.

    Args:
        wait_for_completion: stay until the goal is reached; raises when it cannot be.
        deferrable: wait in the triggerer instead; implies waiting.
        waiter_delay: seconds between two looks.
        waiter_max_attempts: how many looks to take.
    """

    goal: Goal

    def __init__(
        self,
        *,
        wait_for_completion: bool = True,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        waiter_delay: int = 10,
        waiter_max_attempts: int = 360,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.wait_for_completion = wait_for_completion
        self.deferrable = deferrable
        self.waiter_delay = waiter_delay
        self.waiter_max_attempts = waiter_max_attempts

    def settle(self, resource: dict[str, str], result: Any) -> Any:
        """Return the result once the resource has reached the goal, if that is to be waited for."""
        if not (self.wait_for_completion or self.deferrable):
            return result
        # an end that is there already is not deferred for: it could come before the deferral
        if self.status_if_told(resource) in self.goal.reached:
            return result
        if self.deferrable:
            self.defer(trigger=self._trigger(resource, result), method_name="execute_complete")
        self._wait(resource)
        return result

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Return what the task was to return; raises unless the goal is reached."""
        if event["status"] != "success":
            self._explain(event["resource"])
        return event["result"]

    def status_if_told(self, resource: Mapping[str, str]) -> str:
        """The resource's status, or '' while the service is too busy to say.

        The change was asked for: a retry of the task could ask for it once more.
        """
        try:
            return status_of(self.hook, resource)
        except TransientError as error:
            self.log.warning("%s", error)
            return ""

    def _wait(self, resource: dict[str, str]) -> None:
        try:
            with service_errors(f"look at {named(resource)}"):
                wait(
                    self.hook.get_waiter(self.goal.waiter),
                    self.waiter_delay,
                    self.waiter_max_attempts,
                    resource,
                    f"{named(resource)} did not get there",
                    f"{named(resource)} is",
                    [self.goal.query],
                )
        except AirflowException:
            self._explain(resource)

    def _explain(self, resource: Mapping[str, str]) -> NoReturn:
        """Say why a wait ended: the service is asked once more, it knows best."""
        status = status_of(self.hook, resource)
        if status in self.goal.failed:
            raise CustomerError(
                "STATE_NOT_REACHED",
                f"{named(resource)} is {status}: its properties tell why (GetImageSet's message)",
            )
        raise TransientError("STATE_UNWATCHED", f"{named(resource)} is still {status}")

    def _trigger(self, resource: dict[str, str], result: Any) -> StateTrigger:
        return StateTrigger(
            goal=self.goal.waiter,
            resource=resource,
            result=result,
            waiter_delay=self.waiter_delay,
            waiter_max_attempts=self.waiter_max_attempts,
            aws_conn_id=self.aws_conn_id,
            region_name=self.region_name,
            verify=self.verify,
            botocore_config=self.botocore_config,
        )


def token(context: Context, *parts: str) -> str:
    """Return a client token: the same for every try and clear of this task instance (64 hex)."""
    instance = context["ti"]
    identity = (instance.dag_id, instance.run_id, instance.task_id, str(instance.map_index), *parts)
    return hashlib.sha256("\0".join(identity).encode()).hexdigest()


def plain(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer as an XCom may hold it: times in ISO 8601, no response metadata."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in properties.items()
        if name != "ResponseMetadata"
    }
