"""A data store is in one Region and of one account; requests to others do not find it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from include.localcloud.running import LocalCloud
from tests.support.cloud import CONFIG, REGION, Clients, Stage
from tests.support.dicomweb import make_web
from tests.support.samples import variant

if TYPE_CHECKING:
    from mypy_boto3_medical_imaging import HealthImagingClient

OTHER = "eu-west-1"


@pytest.fixture
def abroad(local_cloud: LocalCloud, clients: Clients) -> Iterator["HealthImagingClient"]:
    client = clients.session.client(
        "medical-imaging", endpoint_url=local_cloud.url, region_name=OTHER, config=CONFIG
    )
    yield client
    client.close()


def listed(imaging: "HealthImagingClient") -> set[str]:
    pages = imaging.get_paginator("list_datastores").paginate()
    return {store["datastoreId"] for page in pages for store in page["datastoreSummaries"]}


def test_data_stores_are_listed_in_their_own_region(
    stage: Stage, abroad: "HealthImagingClient"
) -> None:
    made = abroad.create_datastore(tags={"a": "1"})["datastoreId"]
    home = stage.clients.imaging
    assert made in listed(abroad)
    assert made not in listed(home)
    assert stage.datastore_id in listed(home)
    assert stage.datastore_id not in listed(abroad)
    arn = abroad.get_datastore(datastoreId=made)["datastoreProperties"]["datastoreArn"]
    assert arn.split(":")[3] == OTHER
    assert abroad.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "1"}


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("get_datastore", {}),
        ("delete_datastore", {}),
        ("list_dicom_import_jobs", {}),
        ("search_image_sets", {}),
        ("get_image_set", {"imageSetId": ""}),
    ],
)
def test_a_data_store_of_another_region_is_not_found(
    stage: Stage, abroad: "HealthImagingClient", operation: str, parameters: dict[str, Any]
) -> None:
    stage.put("in/a.dcm", variant())
    stage.run("in/")
    image_set = stage.search()[0]["imageSetId"]
    given = {"datastoreId": stage.datastore_id} | dict.fromkeys(parameters, image_set)
    assert stage.clients.imaging.get_image_set(datastoreId=stage.datastore_id, imageSetId=image_set)
    with pytest.raises(abroad.exceptions.ResourceNotFoundException):
        getattr(abroad, operation)(**given)


@pytest.mark.parametrize(("region", "account"), [(OTHER, "123456789012"), (REGION, "999999999999")])
def test_the_arn_of_another_region_or_account_is_not_found(
    stage: Stage, region: str, account: str
) -> None:
    imaging = stage.clients.imaging
    found = imaging.get_datastore(datastoreId=stage.datastore_id)["datastoreProperties"]
    arn = f"arn:aws:medical-imaging:{region}:{account}:datastore/{stage.datastore_id}"
    imaging.tag_resource(resourceArn=found["datastoreArn"], tags={"a": "1"})
    for call in (
        lambda: imaging.list_tags_for_resource(resourceArn=arn),
        lambda: imaging.tag_resource(resourceArn=arn, tags={"a": "2"}),
        lambda: imaging.untag_resource(resourceArn=arn, tagKeys=["a"]),
    ):
        with pytest.raises(imaging.exceptions.ResourceNotFoundException):
            call()
    assert imaging.list_tags_for_resource(resourceArn=found["datastoreArn"])["tags"] == {"a": "1"}


def test_dicomweb_serves_the_data_stores_of_its_own_region(
    local_cloud: LocalCloud, stage: Stage, abroad: "HealthImagingClient"
) -> None:
    web = make_web(local_cloud.url, stage.datastore_id)
    assert web.get("/studies").status_code == 200
    made = abroad.create_datastore()["datastoreId"]
    other = web.session.get(web.url.rpartition("/")[0] + f"/{made}/studies", timeout=60)
    assert other.status_code == 404
    web.session.close()


def test_a_client_token_is_one_of_a_region(clients: Clients, abroad: "HealthImagingClient") -> None:
    token = clients.imaging.create_datastore(datastoreName="a", clientToken="of-a-region")
    other = abroad.create_datastore(datastoreName="b", clientToken="of-a-region")
    assert token["datastoreId"] != other["datastoreId"]
    with pytest.raises(ClientError, match="ConflictException"):
        abroad.create_datastore(datastoreName="a", clientToken="of-a-region")


def test_a_job_of_another_region_is_not_found(stage: Stage, abroad: "HealthImagingClient") -> None:
    stage.put("in/a.dcm", variant())
    asked = {"datastoreId": stage.datastore_id, "jobId": stage.run("in/")["jobId"]}
    with pytest.raises(ClientError) as caught:
        abroad.get_dicom_import_job(**asked)
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert stage.clients.imaging.get_dicom_import_job(**asked)["jobProperties"]
