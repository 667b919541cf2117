from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from healthimaging.datastore_operators import (
    CreateDatastoreOperator,
    DeleteDatastoreOperator,
    GetDatastoreOperator,
    ListDatastoresOperator,
)
from healthimaging.hook import HealthImagingHook
from healthimaging.state_operators import token
from healthimaging.state_sensors import DatastoreSensor
from healthimaging.tag_operators import TagsOperator
from include.imaging.errors import CustomerError, TransientError
from include.localcloud.running import LocalCloud
from tests.support.cloud import Stage
from tests.support.import_jobs import CONNECTION, DATASTORE
from tests.support.provider import TaskInstance, common, connection, context, run
from tests.support.samples import variant
from tests.support.scripted import Answer, Script, refusal

Serve = Callable[..., Script]
FAST: dict[str, Any] = {"waiter_delay": 0, "waiter_max_attempts": 200}


@pytest.fixture
def cloud(local_cloud: LocalCloud, connect: Callable[[dict[str, Any]], None], stage: Stage) -> str:
    """The connection to the shared local cloud; returns a name that nobody has."""
    connect(connection(local_cloud.url, stage.datastore_id))
    return f"store-{uuid.uuid4().hex[:12]}"


def creating(name: str, **more: Any) -> CreateDatastoreOperator:
    return CreateDatastoreOperator(datastore_name=name, **common("create", **{**FAST, **more}))


def deleting(datastore_id: str, **more: Any) -> DeleteDatastoreOperator:
    return DeleteDatastoreOperator(datastore_id=datastore_id, **common("delete", **FAST, **more))


def store(status: str, **more: Any) -> Answer:
    properties = {"datastoreId": DATASTORE, "datastoreName": "n", "datastoreStatus": status}
    return Answer({"datastoreProperties": properties | more})


NONE_LISTED = Answer({"datastoreSummaries": []})
MADE = Answer({"datastoreId": DATASTORE, "datastoreStatus": "CREATING"})


@pytest.mark.parametrize("deferrable", [True, False])
def test_a_data_store_is_made_looked_at_listed_and_deleted(cloud: str, deferrable: bool) -> None:
    made = run(creating(cloud, tags={"team": "imaging"}, deferrable=deferrable))
    found = run(GetDatastoreOperator(datastore_id=made, **common("get")))
    assert (found["datastoreName"], found["datastoreStatus"]) == (cloud, "ACTIVE")
    assert isinstance(found["createdAt"], str)
    tagged = run(TagsOperator(resource_arn=found["datastoreArn"], **common("tags")))
    assert tagged == {"team": "imaging"}
    listed = run(ListDatastoresOperator(datastore_status="ACTIVE", **common("list")))
    assert made in [entry["datastoreId"] for entry in listed]
    assert run(DatastoreSensor(datastore_id=made, **common("await"))) == "ACTIVE"
    assert run(deleting(made, deferrable=deferrable)) == made
    assert run(DatastoreSensor(datastore_id=made, until="DELETED", **common("gone"))) == "DELETED"


def test_a_second_creation_finds_the_first_one(cloud: str) -> None:
    first = run(creating(cloud))
    assert run(creating(cloud), context(ti=TaskInstance(run_id="another"))) == first
    run(deleting(first))
    again = run(creating(cloud), context(ti=TaskInstance(run_id="a third")))
    assert again != first


def test_a_task_that_is_cleared_after_a_deletion_makes_a_new_one(cloud: str) -> None:
    made = [run(creating(cloud))]
    for _ in range(3):  # the same task of the same run, cleared again and again
        run(deleting(made[-1]))
        made.append(run(creating(cloud)))
    assert len(set(made)) == 4
    found = run(GetDatastoreOperator(datastore_id=made[-1], **common("get")))
    assert found["datastoreStatus"] == "ACTIVE"


def test_data_stores_that_fail_at_once_are_not_made_without_end(serve: Serve) -> None:
    failed = store("CREATE_FAILED")
    script = serve(NONE_LISTED, NONE_LISTED, *[MADE, failed] * 10, failed)
    with pytest.raises(CustomerError, match=f"{DATASTORE} is CREATE_FAILED"):
        run(creating("n"))
    tokens = [body["clientToken"] for _, _, body in script.requests if "clientToken" in body]
    assert len(tokens) == 10


def test_a_data_store_of_that_name_with_another_storage_format_is_not_taken(cloud: str) -> None:
    run(creating(cloud))
    with pytest.raises(CustomerError, match="another losslessStorageFormat"):
        run(creating(cloud, lossless_storage_format="JPEG_2000_LOSSLESS"))


def test_a_deletion_of_what_is_gone_is_no_error(cloud: str) -> None:
    made = run(creating(cloud))
    assert run(deleting(made)) == made
    assert run(deleting(made)) == made


def test_a_data_store_that_holds_something_is_not_deleted(cloud: str, stage: Stage) -> None:
    stage.put("a/1.dcm", variant())
    stage.run("a/")
    with pytest.raises(CustomerError, match="delete its image sets") as raised:
        run(deleting(stage.datastore_id))
    assert raised.value.code == "AWS_CONFLICT"


def test_the_data_store_of_the_connection_is_not_deleted_by_default(cloud: str) -> None:
    with pytest.raises(CustomerError, match="say which"):
        run(deleting(""))


def test_tags_are_added_and_taken_away(cloud: str, stage: Stage) -> None:
    arn = HealthImagingHook(aws_conn_id=CONNECTION).get_datastore()["datastoreArn"]
    tags = TagsOperator(resource_arn=arn, add={"a": "1", "b": "2"}, **common("tags"))
    assert run(tags) == {"a": "1", "b": "2"}
    fewer = TagsOperator(resource_arn=arn, remove=["a"], **common("tags"))
    assert run(fewer) == run(fewer) == {"b": "2"}


def test_the_token_of_a_task_is_the_same_at_every_try() -> None:
    first = token(context(), "name")
    assert first == token(context(), "name")
    assert len(first) == 64
    others = {
        token(context(ti=TaskInstance(run_id="other")), "name"),
        token(context(ti=TaskInstance(map_index=1)), "name"),
        token(context(), "other"),
    }
    assert len(others | {first}) == 4


@pytest.mark.parametrize("deferrable", [True, False])
def test_a_data_store_that_takes_its_time_is_waited_for(serve: Serve, deferrable: bool) -> None:
    script = serve(
        NONE_LISTED,
        NONE_LISTED,
        MADE,
        store("CREATING"),
        refusal("ThrottlingException", 429),
        store("CREATING"),
        store("ACTIVE"),
    )
    assert run(creating("n", deferrable=deferrable)) == DATASTORE
    assert len(script.requests) == 7


@pytest.mark.parametrize("deferrable", [True, False])
def test_a_data_store_that_cannot_be_made_fails_the_task(serve: Serve, deferrable: bool) -> None:
    serve(NONE_LISTED, NONE_LISTED, MADE, store("CREATING"), store("CREATE_FAILED"))
    with pytest.raises(CustomerError, match=f"{DATASTORE} is CREATE_FAILED"):
        run(creating("n", deferrable=deferrable))


@pytest.mark.parametrize("deferrable", [True, False])
def test_a_wait_that_is_too_long_is_taken_up_by_the_retry(serve: Serve, deferrable: bool) -> None:
    serve(NONE_LISTED, NONE_LISTED, MADE, store("CREATING"))
    with pytest.raises(TransientError, match="still CREATING"):
        run(creating("n", deferrable=deferrable, waiter_max_attempts=2))


def test_nothing_is_waited_for_where_that_is_not_asked_for(serve: Serve) -> None:
    script = serve(NONE_LISTED, NONE_LISTED, MADE, store("CREATING"))
    assert run(creating("n", wait_for_completion=False)) == DATASTORE
    assert len(script.requests) == 4


@pytest.mark.parametrize("deferrable", [True, False])
def test_the_sensor_ends_with_a_data_store_that_cannot_be_made(
    serve: Serve, deferrable: bool
) -> None:
    serve(store("CREATING"), store("CREATE_FAILED"))
    sensor = DatastoreSensor(**common("await", poke_interval=0, deferrable=deferrable))
    with pytest.raises(CustomerError, match="CREATE_FAILED"):
        run(sensor)


def test_throttling_does_not_end_the_sensor(serve: Serve) -> None:
    serve(refusal("ThrottlingException", 429), store("CREATING"), store("ACTIVE"))
    assert run(DatastoreSensor(**common("await", poke_interval=0))) == "ACTIVE"
