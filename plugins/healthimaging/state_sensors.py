"""Waits for the state of a data store or an image set: deferred, or on a worker."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from airflow.providers.amazon.aws.sensors.base_aws import AwsBaseSensor
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.providers.common.compat.sdk import conf
from airflow.sdk import PokeReturnValue

from healthimaging.goals import (
    DATASTORE_GOALS,
    IMAGE_SET_GOALS,
    Goal,
    chosen,
    named,
    status_of,
)
from healthimaging.hook import HealthImagingHook
from healthimaging.triggers import StateTrigger
from include.imaging.errors import CustomerError, TransientError

if TYPE_CHECKING:
    from airflow.sdk import Context


class StateSensor(AwsBaseSensor[HealthImagingHook]):
    """Waits until a resource is as it should be, and returns its status.

    Args:
        goal: what to wait for.
        datastore_id: the data store; the connection's when not given (templated).
        deferrable: wait in the triggerer, without a worker slot.
    """

    aws_hook_class = HealthImagingHook
    template_fields: Sequence[str] = aws_template_fields("datastore_id")
    ui_color = "#cfe8f5"

    def __init__(
        self,
        *,
        goal: Goal,
        datastore_id: str | None = None,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        poke_interval: timedelta | float = 10,
        **kwargs: Any,
    ) -> None:
        super().__init__(poke_interval=poke_interval, **kwargs)
        self.goal = goal
        self.datastore_id = datastore_id
        self.deferrable = deferrable

    @property
    def resource(self) -> dict[str, str]:
        """What is watched, as the service's requests name it."""
        return {"datastoreId": self.hook.datastore_or_default(self.datastore_id)}

    def execute(self, context: Context) -> Any:
        """Return the status in the end; defers until then."""
        if not self.deferrable:
            return super().execute(context)
        status = self._status()
        if self._is_reached(status):
            return status
        timeout = timedelta(seconds=self.timeout)
        self.defer(trigger=self._trigger(), method_name="execute_complete", timeout=timeout)
        return None

    def poke(self, context: Context) -> PokeReturnValue:
        """Say whether it is there; CustomerError when it never will be."""
        status = self._status()
        return PokeReturnValue(is_done=self._is_reached(status), xcom_value=status)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> str:
        """Return the status; the service is asked once more, it knows best."""
        status = status_of(self.hook, event["resource"])
        if event["status"] == "success" or self._is_reached(status):
            return status
        raise TransientError("STATE_UNWATCHED", f"{named(event['resource'])} is still {status}")

    def _status(self) -> str:
        """The status, or '' while the service is too busy to say."""
        try:
            return status_of(self.hook, self.resource)
        except TransientError as error:
            self.log.warning("%s", error)
            return ""

    def _is_reached(self, status: str) -> bool:
        if status in self.goal.failed:
            raise CustomerError("STATE_NOT_REACHED", f"{named(self.resource)} is {status}")
        return status in self.goal.reached

    def _trigger(self) -> StateTrigger:
        delay = max(1, math.ceil(self.poke_interval))
        return StateTrigger(
            goal=self.goal.waiter,
            resource=self.resource,
            waiter_delay=delay,
            waiter_max_attempts=max(1, math.ceil(self.timeout / delay)),
            aws_conn_id=self.aws_conn_id,
            region_name=self.region_name,
            verify=self.verify,
            botocore_config=self.botocore_config,
        )


class DatastoreSensor(StateSensor):
    """Waits until a data store is ACTIVE, or DELETED, and returns that status.

    Args:
        until: which of the two.
    """

    def __init__(self, *, until: Literal["ACTIVE", "DELETED"] = "ACTIVE", **kwargs: Any) -> None:
        super().__init__(goal=chosen(DATASTORE_GOALS, until), **kwargs)


class ImageSetSensor(StateSensor):
    """Waits until an image set is as it should be, and returns its workflow status.

    Args:
        image_set_id: the image set (templated).
        until: `SETTLED` once no change of it is under way; `COPIED`, `UPDATED` or `DELETED`.
    """

    template_fields: Sequence[str] = aws_template_fields("datastore_id", "image_set_id")

    def __init__(
        self,
        *,
        image_set_id: str,
        until: Literal["SETTLED", "COPIED", "UPDATED", "DELETED"] = "SETTLED",
        **kwargs: Any,
    ) -> None:
        super().__init__(goal=chosen(IMAGE_SET_GOALS, until), **kwargs)
        self.image_set_id = image_set_id

    @property
    def resource(self) -> dict[str, str]:
        """The image set as the service's requests name it."""
        return {**super().resource, "imageSetId": self.image_set_id}
