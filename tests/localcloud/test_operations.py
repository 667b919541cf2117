"""Data stores, jobs and tags: the calls and their rules."""

import uuid
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from include.localcloud.running import LocalCloud
from tests.support.cloud import REGION, ROLE_ARN, Clients, Stage, await_job
from tests.support.samples import variant


def code_of(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


@pytest.fixture
def unchecked(local_cloud: LocalCloud, clients: Clients) -> Any:
    """A client that sends what boto3 would refuse to send."""
    config = Config(parameter_validation=False, inject_host_prefix=False)
    client = clients.session.client(
        "medical-imaging", endpoint_url=local_cloud.url, region_name=REGION, config=config
    )
    yield client
    client.close()


def test_a_data_store_has_the_properties_it_was_made_with(clients: Clients) -> None:
    made = clients.imaging.create_datastore(datastoreName="night", tags={"team": "data"})
    found = clients.imaging.get_datastore(datastoreId=made["datastoreId"])["datastoreProperties"]
    assert found["datastoreName"] == "night"
    assert found["datastoreStatus"] == "ACTIVE"
    assert found["losslessStorageFormat"] == "HTJ2K"
    tags = clients.imaging.list_tags_for_resource(resourceArn=found["datastoreArn"])["tags"]
    assert tags == {"team": "data"}


def test_the_same_token_makes_the_same_data_store(clients: Clients) -> None:
    token = uuid.uuid4().hex
    first = clients.imaging.create_datastore(datastoreName="a", clientToken=token)
    again = clients.imaging.create_datastore(datastoreName="a", clientToken=token)
    assert first["datastoreId"] == again["datastoreId"]
    with pytest.raises(clients.imaging.exceptions.ConflictException):
        clients.imaging.create_datastore(datastoreName="b", clientToken=token)


def test_the_token_of_a_deleted_data_store_makes_another_one(clients: Clients) -> None:
    token = uuid.uuid4().hex
    first = clients.imaging.create_datastore(datastoreName="a", clientToken=token)["datastoreId"]
    clients.imaging.delete_datastore(datastoreId=first)
    again = clients.imaging.create_datastore(datastoreName="b", clientToken=token)["datastoreId"]
    found = clients.imaging.get_datastore(datastoreId=again)["datastoreProperties"]
    assert (again != first, found["datastoreName"]) == (True, "b")


def test_data_stores_are_listed_in_pages(clients: Clients) -> None:
    made = [clients.imaging.create_datastore()["datastoreId"] for _ in range(5)]
    pages = list(
        clients.imaging.get_paginator("list_datastores").paginate(PaginationConfig={"PageSize": 2})
    )
    assert all(len(page["datastoreSummaries"]) <= 2 for page in pages)
    found = [store["datastoreId"] for page in pages for store in page["datastoreSummaries"]]
    assert found[-5:] == made
    assert len(set(found)) == len(found)


def test_an_unknown_data_store_is_not_found(clients: Clients) -> None:
    with pytest.raises(clients.imaging.exceptions.ResourceNotFoundException):
        clients.imaging.get_datastore(datastoreId="0" * 32)


def test_a_data_store_is_deleted_only_when_it_is_empty(stage: Stage) -> None:
    imaging = stage.clients.imaging
    stage.put("in/a.dcm", variant())
    stage.run("in/")
    with pytest.raises(imaging.exceptions.ConflictException):
        imaging.delete_datastore(datastoreId=stage.datastore_id)
    [found] = stage.search()
    imaging.delete_image_set(datastoreId=stage.datastore_id, imageSetId=found["imageSetId"])
    assert stage.search() == []
    imaging.delete_datastore(datastoreId=stage.datastore_id)
    with pytest.raises(imaging.exceptions.ResourceNotFoundException):
        stage.start("in/")
    with pytest.raises(imaging.exceptions.ResourceNotFoundException):
        imaging.delete_datastore(datastoreId=stage.datastore_id)


def test_the_same_token_is_the_same_job(stage: Stage) -> None:
    stage.put("in/a.dcm", variant())
    token = uuid.uuid4().hex
    first = stage.run("in/", clientToken=token, jobName="night/batch#1")
    again = stage.start("in/", clientToken=token, jobName="night/batch#1")
    assert again == first["jobId"]
    assert len(stage.search()) == 1
    listed = stage.clients.imaging.list_dicom_import_jobs(datastoreId=stage.datastore_id)
    assert [job["jobName"] for job in listed["jobSummaries"]] == ["night/batch#1"]


def test_the_same_token_with_other_parameters_is_a_conflict(stage: Stage) -> None:
    token = uuid.uuid4().hex
    stage.run("in/", clientToken=token)
    with pytest.raises(ClientError) as caught:
        stage.start("other/", clientToken=token)
    assert code_of(caught.value) == "ConflictException"


def test_jobs_are_listed_in_pages_with_the_newest_first(stage: Stage) -> None:
    started = [stage.start(f"{number}/") for number in range(5)]
    for job_id in started:
        await_job(stage.clients, stage.datastore_id, job_id)
    pages = list(
        stage.clients.imaging.get_paginator("list_dicom_import_jobs").paginate(
            datastoreId=stage.datastore_id, jobStatus="COMPLETED", PaginationConfig={"PageSize": 2}
        )
    )
    assert [len(page["jobSummaries"]) for page in pages] == [2, 2, 1]
    found = [job["jobId"] for page in pages for job in page["jobSummaries"]]
    assert found == started[::-1]


def test_a_token_of_one_listing_is_no_token_of_another(stage: Stage) -> None:
    for number in range(2):
        stage.run(f"{number}/")
    imaging = stage.clients.imaging
    page = imaging.list_dicom_import_jobs(datastoreId=stage.datastore_id, maxResults=1)
    other = imaging.create_datastore()["datastoreId"]
    for datastore_id, token in ((other, page["nextToken"]), (stage.datastore_id, "nonsense")):
        with pytest.raises(imaging.exceptions.ValidationException, match="nextToken"):
            imaging.list_dicom_import_jobs(datastoreId=datastore_id, nextToken=token)


@pytest.mark.parametrize(
    ("parameters", "member"),
    [
        ({"jobName": "a run id+with:colons"}, "jobName"),
        ({"jobName": "x" * 65}, "jobName"),
        ({"inputS3Uri": "https://bucket/in"}, "inputS3Uri"),
        ({"outputS3Uri": None}, "outputS3Uri"),
        ({"dataAccessRoleArn": "importer"}, "dataAccessRoleArn"),
        ({"clientToken": "not a token!"}, "clientToken"),
        ({"inputOwnerAccountId": "12"}, "inputOwnerAccountId"),
        ({"jobName": 7}, "jobName"),
    ],
)
def test_a_job_with_a_wrong_member_is_refused_by_name(
    stage: Stage, unchecked: Any, parameters: dict[str, Any], member: str
) -> None:
    given = {
        "datastoreId": stage.datastore_id,
        "dataAccessRoleArn": ROLE_ARN,
        "inputS3Uri": f"s3://{stage.source}/in/",
        "outputS3Uri": f"s3://{stage.results}/out/",
        **parameters,
    }
    with pytest.raises(ClientError, match=f"'{member}'") as caught:
        unchecked.start_dicom_import_job(**{k: v for k, v in given.items() if v is not None})
    assert code_of(caught.value) == "ValidationException"
    assert "https://bucket" not in str(caught.value)


def test_all_faults_of_a_request_are_told_at_once(unchecked: Any) -> None:
    with pytest.raises(ClientError, match="2 validation errors detected"):
        unchecked.list_dicom_import_jobs(datastoreId="SHORT", maxResults=51)


def test_a_search_value_is_one_of_the_union(stage: Stage, unchecked: Any) -> None:
    criteria = {
        "filters": [{"operator": "EQUAL", "values": [{"DICOMPatientId": "a", "DICOMStudyId": "b"}]}]
    }
    with pytest.raises(ClientError, match="exactly one of"):
        unchecked.search_image_sets(datastoreId=stage.datastore_id, searchCriteria=criteria)


def test_tags_are_set_and_removed(clients: Clients) -> None:
    imaging = clients.imaging
    made = imaging.create_datastore(tags={"a": "1"})["datastoreId"]
    arn = imaging.get_datastore(datastoreId=made)["datastoreProperties"]["datastoreArn"]
    imaging.tag_resource(resourceArn=arn, tags={"b": "2", "c": "3"})
    imaging.untag_resource(resourceArn=arn, tagKeys=["a", "c"])
    assert imaging.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}
