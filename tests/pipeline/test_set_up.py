"""set_up_environment makes an environment, finds it again, and tells what it must not change."""

from __future__ import annotations

import importlib
import uuid
from typing import Any

import pytest

from include.demo.environment import ACCESS_KEY, SECRET_KEY
from include.localcloud.running import LocalCloud
from tests.support.cloud import Clients
from tests.support.dag_runs import Bench, Ran, run_to_end

# isort: split
import dags.set_up_environment as dag_file

EMPTY = "imaging_empty"


@pytest.fixture
def names() -> dict[str, str]:
    """Names of an environment of one's own."""
    name = uuid.uuid4().hex[:12]
    kinds = ("landing_bucket", "import_bucket", "results_bucket", "role", "worker_policy")
    return {kind: f"{kind.replace('_', '-')}-{name}" for kind in (*kinds, "datastore")}


def connection(cloud: LocalCloud, **extra: str) -> dict[str, Any]:
    """Fields of a Connection on the local cloud."""
    endpoint = {"region_name": "us-east-1", "endpoint_url": cloud.url}
    return {
        "conn_type": "aws",
        "login": ACCESS_KEY,
        "password": SECRET_KEY,
        "extra": endpoint | extra,
    }


def set_up(**conf: Any) -> Ran:
    """Run the DAG; made anew, for a run's Params stay in it."""
    return run_to_end(importlib.reload(dag_file).set_up_environment, **conf)


def reported(ran: Ran) -> dict[str, int]:
    """How many properties had which action."""
    return {
        name: len(lines) for name, lines in ran.returned("report_environment", "report").items()
    }


def test_an_environment_is_planned_made_and_found_again(
    bench: Bench, local_cloud: LocalCloud, clients: Clients, names: dict[str, str]
) -> None:
    bench.connect(EMPTY, **connection(local_cloud))
    conf = {"connection": EMPTY, "tags": {"owner": "radiology"}, **names}
    planned = set_up(dry_run=True, **conf)
    assert (planned.state, planned.errors, reported(planned)["change"]) == ("success", {}, 0)
    there = {bucket["Name"] for bucket in clients.s3.list_buckets()["Buckets"]}
    assert not there & set(names.values())

    made = set_up(**conf)
    assert (made.state, made.errors, made.retried) == ("success", {}, [])
    assert reported(made)["make"] > 20
    extra = made.returned("report_environment")
    assert SECRET_KEY not in str(extra.keys())

    # the Connection as the report has it names everything, and nothing is left to do
    bench.connect("imaging_default", **connection(local_cloud, **extra))
    again = set_up(worker_policy=names["worker_policy"])
    assert (again.state, again.errors) == ("success", {})
    told = reported(again)
    assert (told["make"], told["change"], told["tell"]) == (0, 0, 0)
    assert again.returned("report_environment") == extra


def test_what_cannot_be_changed_fails_the_report_and_nothing_else(
    bench: Bench, names: dict[str, str]
) -> None:
    assert set_up(**names).state == "success"
    ran = set_up(storage_format="JPEG_2000_LOSSLESS", **names)
    assert (ran.state, ran.retried, set(ran.errors)) == ("failed", [], {"report_environment"})
    said = ran.errors["report_environment"]
    assert said.startswith(f"SET_UP_INCOMPLETE: data store {names['datastore']}: storage format: ")
    assert reported(ran)["tell"] == 1


def test_a_name_that_aws_would_refuse_is_told_at_once(bench: Bench) -> None:
    ran = set_up(landing_bucket="Not_A_Bucket")
    assert (ran.state, ran.retried) == ("failed", [])
    assert ran.errors["set_up_buckets"].startswith("SET_UP_INVALID: ")
    assert "landing_bucket ('Not_A_Bucket')" in ran.errors["set_up_buckets"]


def test_a_connection_that_is_missing_is_asked_for(bench: Bench) -> None:
    ran = set_up(connection="not_there")
    assert (ran.state, ran.retried) == ("failed", [])
    assert ran.errors["set_up_buckets"].startswith("CONNECTION_MISSING: ")
