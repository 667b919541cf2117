"""A connection to the shared local cloud, and operators and sensors run as Airflow runs them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from airflow.sdk.exceptions import TaskDeferred
from airflow.triggers.base import TriggerEvent

from tests.support.cloud import REGION, ROLE_ARN
from tests.support.import_jobs import CONNECTION


@dataclass
class TaskInstance:
    """What a running task asks and pushes to."""

    dag_id: str = "dag"
    run_id: str = "manual__1"
    task_id: str = "task"
    map_index: int = -1
    max_tries: int = 2
    pushed: dict[str, Any] = field(default_factory=dict)

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value


@dataclass
class Remembered:
    """What a task keeps between its tries."""

    kept: dict[str, Any] = field(default_factory=dict)

    def get(self, key: str) -> Any:
        return self.kept.get(key)

    def set(self, key: str, value: Any) -> None:
        self.kept[key] = value


def context(**more: Any) -> Any:
    """What Airflow hands to a task."""
    return {"ti": TaskInstance(), **more}


def run(task: Any, given: Any = None) -> Any:
    """What a task returns: executed, and if it defers, its trigger and the rest as well."""
    given = given or context()
    try:
        return task.execute(given)
    except TaskDeferred as deferred:
        event = fire(deferred.trigger)
        return getattr(task, deferred.method_name)(given, event)


def fire(trigger: Any) -> dict[str, Any]:
    """The trigger's event, of a trigger that came through its serialisation."""

    async def first() -> TriggerEvent:
        return await anext(type(trigger)(**trigger.serialize()[1]).run())

    return dict(asyncio.run(first()).payload)


def connection(url: str, datastore_id: str, bucket: str = "unused") -> dict[str, Any]:
    """The extra of a connection to a local cloud."""
    return {
        "region_name": REGION,
        "endpoint_url": url,
        "config_kwargs": {"inject_host_prefix": False},
        "datastore_id": datastore_id,
        "import_role_arn": ROLE_ARN,
        "landing_bucket": bucket,
        "import_bucket": bucket,
        "results_bucket": bucket,
    }


def common(task_id: str, **more: Any) -> dict[str, Any]:
    """What every operator of these tests is given."""
    return {"task_id": task_id, "aws_conn_id": CONNECTION, **more}
