from __future__ import annotations

from collections.abc import Callable

import pytest

from healthimaging.goals import GOALS
from healthimaging.hook import HealthImagingHook
from healthimaging.states import WAIT_UNTIL_COMPLETED, WAIT_UNTIL_ENDED
from include.imaging.errors import CustomerError, TransientError
from tests.support.import_jobs import (
    CONNECTION,
    DATASTORE,
    REQUEST,
    SETTINGS,
    STARTED,
    job,
    listing,
)
from tests.support.scripted import Answer, Script, refusal, serving

Serve = Callable[..., Script]
BUSY = [
    refusal("ThrottlingException", 429),
    refusal("ServiceQuotaExceededException", 402),
    refusal("InternalServerException", 500),
    refusal("ConflictException", 409),
]
REFUSED = [
    refusal("AccessDeniedException", 403, "lacks iam:PassRole"),
    refusal("ValidationException", 400, "no such role"),
    refusal("UnrecognizedClientException", 403, "the token is invalid"),
]


def hook() -> HealthImagingHook:
    return HealthImagingHook(aws_conn_id=CONNECTION)


def test_the_settings_are_those_of_the_connection(connect: Callable[..., None]) -> None:
    connect(SETTINGS)
    assert hook().settings.import_role_arn == SETTINGS["import_role_arn"]
    assert hook().settings.landing_bucket == "landing"


@pytest.mark.parametrize("missing", sorted(SETTINGS))
def test_a_missing_setting_is_named_with_its_connection(
    missing: str, connect: Callable[..., None]
) -> None:
    connect({name: value for name, value in SETTINGS.items() if name != missing})
    with pytest.raises(CustomerError, match=f"'{CONNECTION}' lacks {missing}") as raised:
        _ = hook().settings
    assert raised.value.code == "CONNECTION_INCOMPLETE"


def test_the_role_of_airflow_is_not_taken_for_the_role_of_the_import(
    connect: Callable[..., None],
) -> None:
    extra = {**SETTINGS, "role_arn": SETTINGS["import_role_arn"]}
    del extra["import_role_arn"]
    connect(extra)
    with pytest.raises(CustomerError, match="role_arn is another thing"):
        _ = hook().settings


def test_a_connection_that_is_not_there_is_named() -> None:
    with pytest.raises(CustomerError, match="there is no connection 'imaging_absent'"):
        _ = HealthImagingHook(aws_conn_id="imaging_absent").settings


def test_a_job_is_started_with_the_data_store_and_the_role_of_the_connection(
    serve: Serve,
) -> None:
    script = serve(STARTED)
    assert hook().start_dicom_import_job(**REQUEST) == "job1"
    ((method, path, body),) = script.requests
    assert (method, path) == ("POST", f"/startDICOMImportJob/datastore/{DATASTORE}")
    assert body == {
        "jobName": "batch-g1",
        "clientToken": "batch-g1",
        "inputS3Uri": REQUEST["input_s3_uri"],
        "outputS3Uri": REQUEST["output_s3_uri"],
        "dataAccessRoleArn": SETTINGS["import_role_arn"],
    }


def test_the_endpoint_may_come_from_the_environment(
    connect: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    connect({**SETTINGS, "region_name": "us-east-1"})
    with serving(job("COMPLETED")) as script:
        monkeypatch.setenv("AWS_ENDPOINT_URL", script.url)
        monkeypatch.setenv("AWS_DISABLE_HOST_PREFIX_INJECTION", "true")
        assert hook().get_dicom_import_job("job1")["jobStatus"] == "COMPLETED"
        assert not hook().client.meta.config.inject_host_prefix


@pytest.mark.parametrize("answer", BUSY, ids=lambda answer: answer.error)
def test_a_busy_service_is_tried_again(answer: Answer, serve: Serve) -> None:
    serve(answer)
    with pytest.raises(TransientError) as raised:
        hook().start_dicom_import_job(**REQUEST)
    assert raised.value.code == "AWS_BUSY"


@pytest.mark.parametrize("answer", REFUSED, ids=lambda answer: answer.error)
def test_a_refusal_is_for_a_person_in_the_words_of_the_service(
    answer: Answer, serve: Serve
) -> None:
    serve(answer)
    with pytest.raises(CustomerError, match="could not start the import job batch-g1") as raised:
        hook().start_dicom_import_job(**REQUEST)
    assert answer.body["message"] in raised.value.text


def test_a_service_that_cannot_be_reached_is_tried_again(serve: Serve) -> None:
    with serving(STARTED) as gone:
        pass
    serve(STARTED)
    unreachable = HealthImagingHook(aws_conn_id=CONNECTION)
    unreachable.conn_config.endpoint_url = gone.url
    with pytest.raises(TransientError, match="AWS_UNREACHABLE"):
        unreachable.get_dicom_import_job("job1")


def test_a_request_that_botocore_refuses_is_for_a_person(serve: Serve) -> None:
    serve(STARTED)
    with pytest.raises(CustomerError, match="jobName"):
        hook().start_dicom_import_job(**{**REQUEST, "job_name": ""})


def test_a_connection_without_a_region_is_for_a_person(connect: Callable[..., None]) -> None:
    connect(SETTINGS)
    with pytest.raises(CustomerError, match="region"):
        hook().get_dicom_import_job("job1")


def test_an_unknown_job_is_answered_with_advice(serve: Serve) -> None:
    serve(refusal("ResourceNotFoundException", 404))
    with pytest.raises(CustomerError, match="archived after 90 days") as raised:
        hook().get_dicom_import_job("job1")
    assert raised.value.code == "AWS_NOT_FOUND"


def test_a_job_is_found_by_its_name_on_any_page(serve: Serve) -> None:
    script = serve(
        listing(("a", "other", 1), ("b", "batch-g1", 2), next_token="more"),
        listing(("c", "batch-g1", 3), ("d", "batch-g10", 4)),
    )
    found = hook().find_dicom_import_job("batch-g1")
    assert found is not None
    assert found["jobId"] == "c"
    assert [path for _, path, _ in script.requests] == [
        f"/listDICOMImportJobs/datastore/{DATASTORE}",
        f"/listDICOMImportJobs/datastore/{DATASTORE}?nextToken=more",
    ]


def test_a_name_that_no_job_bears_is_not_found(serve: Serve) -> None:
    serve(listing(("a", "other", 1)))
    assert hook().find_dicom_import_job("batch-g1") is None


def test_the_waiters_are_found_by_the_amazon_provider(serve: Serve) -> None:
    serve(job("COMPLETED"))
    assert set(hook().list_waiters()) == {WAIT_UNTIL_COMPLETED, WAIT_UNTIL_ENDED, *GOALS}


def test_the_status_of_the_data_store_is_told(serve: Serve) -> None:
    properties = {"datastoreId": DATASTORE, "datastoreName": "n", "datastoreStatus": "CREATING"}
    serve(Answer({"datastoreProperties": properties}))
    assert hook().get_datastore_status() == "CREATING"
    serve(refusal("ResourceNotFoundException", 404))
    with pytest.raises(CustomerError, match=f"there is no data store {DATASTORE}"):
        hook().get_datastore_status()
