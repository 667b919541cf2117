"""Faults of requests: asked for over the local cloud's own door, told by id and count."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError

from include.localcloud.faults import KINDS, FaultError, Faults, parse_fault
from include.localcloud.running import LocalCloud, LocalCloudError
from tests.support.cloud import Clients, Stage


@pytest.fixture(autouse=True)
def no_fault_stays(local_cloud: LocalCloud) -> Iterator[None]:
    yield
    local_cloud.clear_faults()


def refused(caught: pytest.ExceptionInfo[ClientError]) -> tuple[int, str]:
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def ask(
    cloud: LocalCloud, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, Any]:
    connection = HTTPConnection(urlsplit(cloud.url).netloc)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, path, None if body is None else json.dumps(body), named)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("throttle", (429, "ThrottlingException")),
        ("server_error", (500, "InternalServerException")),
    ],
)
def test_a_refused_request_of_healthimaging_has_the_services_error(
    local_cloud: LocalCloud, stage: Stage, kind: str, expected: tuple[int, str]
) -> None:
    fault = local_cloud.set_fault(kind, operation="GetDatastore")
    with pytest.raises(ClientError) as caught:
        stage.clients.imaging.get_datastore(datastoreId=stage.datastore_id)
    assert refused(caught) == expected
    stage.clients.imaging.get_datastore(datastoreId=stage.datastore_id)
    assert local_cloud.fired(fault) == 1


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("throttle", (503, "SlowDown")), ("server_error", (500, "InternalError"))],
)
def test_a_refused_request_of_s3_has_its_error(
    local_cloud: LocalCloud, stage: Stage, kind: str, expected: tuple[int, str]
) -> None:
    local_cloud.set_fault(kind, service="s3", operation="PutObject", match=stage.source)
    with pytest.raises(ClientError) as caught:
        stage.put("a", b"")
    assert refused(caught) == expected
    stage.put("a", b"")


def test_a_refused_request_of_sts_has_its_error(local_cloud: LocalCloud, clients: Clients) -> None:
    local_cloud.set_fault("throttle", service="sts", operation="GetCallerIdentity")
    with pytest.raises(ClientError) as caught:
        clients.sts.get_caller_identity()
    assert refused(caught) == (400, "Throttling")


def test_a_reset_before_the_effect_leaves_nothing(local_cloud: LocalCloud, stage: Stage) -> None:
    local_cloud.set_fault("reset_before", operation="StartDICOMImportJob")
    with pytest.raises((ConnectionClosedError, HTTPClientError)):
        stage.start()
    assert jobs(stage) == []


def test_a_reset_after_the_effect_leaves_it(local_cloud: LocalCloud, stage: Stage) -> None:
    local_cloud.set_fault("reset_after", operation="StartDICOMImportJob")
    with pytest.raises((ConnectionClosedError, HTTPClientError)):
        stage.start(clientToken="once")
    [job] = jobs(stage)
    assert stage.start(clientToken="once") == job["jobId"]


def test_an_object_whose_put_was_reset_after_the_effect_is_there(
    local_cloud: LocalCloud, stage: Stage
) -> None:
    local_cloud.set_fault("reset_after", service="s3", operation="PutObject", match=stage.source)
    with pytest.raises((ConnectionClosedError, HTTPClientError)):
        stage.put("a", b"bytes")
    body = stage.clients.s3.get_object(Bucket=stage.source, Key="a")["Body"].read()
    assert body == b"bytes"


def test_a_slow_answer_comes_all_the_same(local_cloud: LocalCloud, stage: Stage) -> None:
    fault = local_cloud.set_fault("slow_answer", operation="GetDatastore", seconds=0.01)
    stage.clients.imaging.get_datastore(datastoreId=stage.datastore_id)
    assert local_cloud.fired(fault) == 1


def test_a_fault_strikes_after_as_many_chances_as_it_skips(
    local_cloud: LocalCloud, stage: Stage
) -> None:
    local_cloud.set_fault("throttle", operation="GetDatastore", skip=1, count=2)
    assert answers(stage, 5) == [True, False, False, True, True]


def test_a_fault_without_a_count_goes_on_until_it_is_cleared(
    local_cloud: LocalCloud, stage: Stage
) -> None:
    with local_cloud.fault("throttle", operation="Get*", count=None) as fault:
        assert answers(stage, 3) == [False] * 3
        assert local_cloud.fired(fault) == 3
    assert answers(stage, 1) == [True]


def test_a_probability_strikes_the_same_way_with_the_same_seed(
    local_cloud: LocalCloud, stage: Stage
) -> None:
    def some() -> list[bool]:
        with local_cloud.fault("throttle", count=None, probability=0.5, seed=7):
            return answers(stage, 12)

    first = some()
    assert 0 < sum(first) < 12
    assert some() == first


def test_a_fault_of_another_service_or_match_does_not_strike(
    local_cloud: LocalCloud, stage: Stage
) -> None:
    local_cloud.set_fault("throttle", service="s3", operation="GetDatastore")
    local_cloud.set_fault("throttle", match="another-data-store")
    assert answers(stage, 1) == [True]


def test_a_change_without_the_header_is_refused(local_cloud: LocalCloud) -> None:
    status, body = ask(local_cloud, "POST", "/_local/faults", {"kind": "throttle"})
    assert status == 403
    assert "X-Localcloud" in body["message"]
    assert ask(local_cloud, "GET", "/_local/faults")[1]["faults"] == []


def test_a_web_page_with_a_rebound_name_is_refused(local_cloud: LocalCloud) -> None:
    for method in ("GET", "POST"):
        asked = ask(
            local_cloud, method, "/_local/faults", {}, Host="evil.example", X_Localcloud="1"
        )
        assert asked[0] == 403


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"kind": "nothing"}, "kind must be one of throttle"),
        ({"kind": "throttle", "seconds": 1}, "no member 'seconds'"),
        ({"kind": "throttle", "count": "1"}, "count has the wrong type"),
        ({"kind": "throttle", "count": True}, "count has the wrong type"),
        ({"kind": "job_failed", "output": 1}, "output has the wrong type"),
        ({"kind": "throttle", "probability": 2}, "between 0 and 1"),
        ({"kind": "slow_answer", "seconds": -1}, "seconds must be between 0"),
        ({"kind": "slow_answer", "seconds": float("nan")}, "seconds must be between 0"),
        ({"kind": "file_warning", "code": 1}, "code must be one of 45056"),
        ({"kind": ["throttle"]}, "kind must be one of"),
        ([], "kind must be one of"),
    ],
)
def test_what_is_not_a_fault_is_refused_with_a_reason(asked: Any, said: str) -> None:
    with pytest.raises(FaultError, match=said):
        parse_fault(asked)


def test_of_several_faults_all_are_set_or_none(local_cloud: LocalCloud) -> None:
    faults = Faults()
    with pytest.raises(FaultError):
        faults.add([{"kind": "throttle"}, {"kind": "nothing"}])
    assert faults.all() == []
    with pytest.raises(HTTPError):
        local_cloud.set_fault("nothing")


def test_the_list_tells_the_faults_and_the_kinds(local_cloud: LocalCloud) -> None:
    fault = local_cloud.set_fault("slow_job", seconds=3)
    body = ask(local_cloud, "GET", "/_local/faults")[1]
    assert body["kinds"] == KINDS
    [found] = body["faults"]
    assert (found["id"], found["seconds"], found["fired"]) == (fault, 3, 0)
    status, body = ask(local_cloud, "DELETE", "/_local/faults/none", X_Localcloud="1")
    assert (status, body) == (200, {"cleared": 0})
    assert ask(local_cloud, "GET", "/_local/faults/none")[0] == 404


def test_a_file_of_faults_strikes_from_the_start(tmp_path: Any) -> None:
    file = tmp_path / "faults.json"
    file.write_text(json.dumps([{"kind": "throttle", "service": "s3", "operation": "ListBuckets"}]))
    with LocalCloud(None, 0, "--faults", str(file)) as cloud:
        [found] = ask(cloud, "GET", "/_local/faults")[1]["faults"]
    assert found["operation"] == "ListBuckets"


@pytest.mark.parametrize("text", ["{", "{}", '[{"kind": "x"}]'])
def test_a_wrong_file_of_faults_ends_the_start(tmp_path: Any, text: str) -> None:
    file, log = tmp_path / "faults.json", tmp_path / "log"
    file.write_text(text)
    with pytest.raises(LocalCloudError):
        LocalCloud(None, 0, "--faults", str(file), log=log)
    assert "--faults" in log.read_text()


def answers(stage: Stage, count: int) -> list[bool]:
    """Whether each of so many calls was answered."""
    found = []
    for _ in range(count):
        try:
            stage.clients.imaging.get_datastore(datastoreId=stage.datastore_id)
        except ClientError:
            found.append(False)
        else:
            found.append(True)
    return found


def jobs(stage: Stage) -> list[Any]:
    found = stage.clients.imaging.list_dicom_import_jobs(datastoreId=stage.datastore_id)
    return list(found["jobSummaries"])
