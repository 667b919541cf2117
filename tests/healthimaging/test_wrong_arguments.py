"""What a caller gets wrong is told once, with what to do; and no more is asked for than needed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest

from healthimaging.datastore_operators import CreateDatastoreOperator
from healthimaging.hook import HealthImagingHook
from healthimaging.image_set_operators import SearchImageSetsOperator
from healthimaging.state_sensors import DatastoreSensor, ImageSetSensor
from include.imaging.errors import CustomerError, TransientError
from include.localcloud.running import LocalCloud
from tests.support.cloud import Stage
from tests.support.import_jobs import CONNECTION, DATASTORE
from tests.support.provider import common, connection, run
from tests.support.samples import variant
from tests.support.scripted import Answer, Script, refusal

Serve = Callable[..., Script]
Connect = Callable[[dict[str, Any]], None]
IMAGE_SET = "a" * 32
LARGE = {"Study": {"DICOM": {"StudyDescription": "x" * 11_000}}}


def hook() -> HealthImagingHook:
    return HealthImagingHook(aws_conn_id=CONNECTION)


def test_a_connection_needs_no_more_than_what_is_called_for(
    local_cloud: LocalCloud, connect: Connect, stage: Stage
) -> None:
    whole = connection(local_cloud.url, stage.datastore_id)
    unused = ("import_role_arn", "landing_bucket", "import_bucket", "results_bucket")
    connect({name: value for name, value in whole.items() if name not in unused})
    assert hook().get_datastore()["datastoreId"] == stage.datastore_id
    assert run(SearchImageSetsOperator(**common("search"))) == []
    with pytest.raises(CustomerError, match="lacks import_role_arn: add it"):
        hook().start_dicom_import_job(
            job_name="a", client_token="b", input_s3_uri="s3://in/", output_s3_uri="s3://out/"
        )
    connect({name: value for name, value in whole.items() if name not in (*unused, "datastore_id")})
    assert stage.datastore_id in [each["datastoreId"] for each in hook().list_datastores()]
    with pytest.raises(CustomerError, match="lacks datastore_id: add it"):
        hook().get_datastore()


def test_a_request_that_the_service_calls_invalid_is_about_its_parameters(
    local_cloud: LocalCloud, connect: Connect, stage: Stage
) -> None:
    connect(connection(local_cloud.url, stage.datastore_id))
    status: Any = "NONE"
    with pytest.raises(CustomerError, match="must satisfy enum value set") as raised:
        list(hook().list_datastores(status))
    assert raised.value.code == "AWS_REQUEST_INVALID"
    assert "check the parameters against the operation's constraints" in str(raised.value)


def test_a_frame_that_is_read_twice_is_not_taken_for_an_empty_one(
    local_cloud: LocalCloud, connect: Connect, stage: Stage
) -> None:
    stage.put("in/a.dcm", variant())
    stage.run("in/")
    connect(connection(local_cloud.url, stage.datastore_id))
    [found] = stage.search()
    [series] = stage.metadata(found["imageSetId"])["Study"]["Series"].values()
    [told] = series["Instances"].values()
    frame = hook().get_image_frame(found["imageSetId"], told["ImageFrames"][0]["ID"])
    assert frame.read()
    with pytest.raises(RuntimeError, match="was read before"):
        frame.read()


def test_an_update_that_json_cannot_say_is_refused_without_its_values(serve: Serve) -> None:
    script = serve(Answer({}))
    updates = {"Study": {"DICOM": {"StudyDate": date(1999, 1, 2)}}}
    with pytest.raises(CustomerError, match="UPDATE_UNCLEAR") as raised:
        hook().update_image_set_metadata(IMAGE_SET, updates=updates, latest_version_id="1")
    assert "1999" not in str(raised.value)
    assert script.requests == []


@pytest.mark.parametrize(
    ("updates", "expected", "code"),
    [
        (LARGE, CustomerError, "AWS_QUOTA"),
        ({"Study": {"DICOM": {"StudyDescription": "x"}}}, TransientError, "AWS_BUSY"),
    ],
    ids=["large", "small"],
)
def test_a_quota_is_waited_for_unless_the_update_is_too_large(
    serve: Serve, updates: dict[str, Any], expected: type[CustomerError], code: str
) -> None:
    serve(refusal("ServiceQuotaExceededException", 402))
    with pytest.raises(expected) as raised:
        hook().update_image_set_metadata(IMAGE_SET, updates=updates, latest_version_id="1")
    assert raised.value.code == code


def test_a_data_store_is_made_with_its_authorizer_and_compared_by_it(serve: Serve) -> None:
    authorizer = "arn:aws:lambda:us-east-1:123456789012:function:one"
    properties = {"datastoreId": DATASTORE, "datastoreName": "n", "datastoreStatus": "ACTIVE"}
    there = Answer({"datastoreProperties": properties | {"lambdaAuthorizerArn": authorizer}})
    made = Answer({"datastoreId": DATASTORE, "datastoreStatus": "CREATING"})
    none_listed = Answer({"datastoreSummaries": []})
    script = serve(none_listed, none_listed, made, there)
    creating = {"datastore_name": "n", **common("create", waiter_delay=0)}
    assert run(CreateDatastoreOperator(lambda_authorizer_arn=authorizer, **creating)) == DATASTORE
    assert script.requests[2][2]["lambdaAuthorizerArn"] == authorizer
    summary = properties | {"datastoreArn": "arn", "createdAt": 1, "updatedAt": 1}
    serve(Answer({"datastoreSummaries": [summary]}), there)
    with pytest.raises(CustomerError, match="another lambdaAuthorizerArn"):
        run(CreateDatastoreOperator(lambda_authorizer_arn=f"{authorizer}2", **creating))


EMPTY: dict[str, Callable[[HealthImagingHook], object]] = {
    "job_id": lambda hook: hook.get_dicom_import_job(""),
    "resource_arn": lambda hook: hook.list_tags_for_resource(""),
    "image_frame_id": lambda hook: hook.get_image_frame(IMAGE_SET, ""),
    "image_set_id": lambda hook: hook.get_image_set(""),
    "image_set_id of versions": lambda hook: list(hook.list_image_set_versions("")),
    "image_set_id of metadata": lambda hook: hook.get_image_set_metadata(""),
    "image_set_id of a frame": lambda hook: hook.get_image_frame("", "f"),
    "image_set_id to copy": lambda hook: hook.copy_image_set("", latest_version_id="1"),
    "image_set_id to delete": lambda hook: hook.delete_image_set(""),
}


@pytest.mark.parametrize("case", EMPTY)
def test_an_id_that_a_template_left_empty_is_named_and_not_sent(serve: Serve, case: str) -> None:
    script = serve(Answer({}))
    with pytest.raises(CustomerError, match=f"{case.partition(' ')[0]} is empty"):
        EMPTY[case](hook())
    assert script.requests == []


@pytest.mark.parametrize("sensor", [DatastoreSensor, partial(ImageSetSensor, image_set_id="1")])
def test_a_sensor_for_no_known_state_is_refused_when_the_dag_is_read(sensor: Any) -> None:
    with pytest.raises(ValueError, match=r"until must be one of .*DELETED, not 'MADE'"):
        sensor(until="MADE", **common("await"))
