"""The one endpoint, asked over HTTP."""

import json
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from include.localcloud.running import LocalCloud
from tests.support.cloud import REGION, Clients

SIGNED_IN_QUERY = Config(signature_version="s3v4", s3={"addressing_style": "path"})


def ask(cloud: LocalCloud, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    connection = HTTPConnection(urlsplit(cloud.url).netloc)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_it_says_when_it_is_ready(local_cloud: LocalCloud) -> None:
    status, body = ask(local_cloud, "/_local/health")
    assert status == 200
    assert json.loads(body)["services"] == ["iam", "medical-imaging", "s3", "sqs", "sts"]


def test_a_request_without_a_signature_is_refused(local_cloud: LocalCloud) -> None:
    status, body = ask(local_cloud, "/datastore")
    assert (status, json.loads(body)["code"]) == (403, "MissingAuthenticationToken")


def test_a_presigned_url_of_version_2_is_refused_with_the_way_out(
    local_cloud: LocalCloud, clients: Clients
) -> None:
    s3 = clients.session.client("s3", endpoint_url=local_cloud.url, region_name=REGION)
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "a-bucket", "Key": "a"})
    assert "X-Amz-Signature" not in url
    status, body = ask(local_cloud, url.removeprefix(local_cloud.url))
    assert (status, "<Code>MissingAuthenticationToken</Code>" in body) == (403, True)
    assert 'Config(signature_version="s3v4")' in body
    s3.close()


def test_an_assumption_without_a_signature_is_refused_in_its_protocol(clients: Clients) -> None:
    with pytest.raises(ClientError, match="no AWS signature") as caught:
        clients.sts.assume_role_with_web_identity(
            RoleArn="arn:aws:iam::123456789012:role/a-role",
            RoleSessionName="session",
            WebIdentityToken="token",
        )
    assert caught.value.response["Error"]["Code"] == "MissingAuthenticationToken"


@pytest.mark.parametrize("path", ["/moto-api/reset", "/moto-api/reset-auth"])
def test_the_inner_doors_of_moto_are_shut(local_cloud: LocalCloud, path: str) -> None:
    signature = "AWS4-HMAC-SHA256 Credential=a/20261122/us-east-1/s3/aws4_request, Signature=b"
    assert ask(local_cloud, path, "POST", Authorization=signature)[0] == 501


def test_a_service_that_it_does_not_have_is_refused_by_name(
    local_cloud: LocalCloud, clients: Clients
) -> None:
    other = clients.session.client("dynamodb", endpoint_url=local_cloud.url, region_name=REGION)
    with pytest.raises(ClientError, match="serves iam, medical-imaging, s3, sqs, sts"):
        other.list_tables()
    other.close()


def test_an_operation_that_moto_does_not_have_is_said_to_be_so(clients: Clients) -> None:
    with pytest.raises(ClientError) as caught:
        clients.iam.generate_service_last_accessed_details(Arn="arn:aws:iam::123456789012:user/a")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert caught.value.response["Error"]["Code"] == "NotImplemented"


def test_a_presigned_url_reads_an_object(local_cloud: LocalCloud, clients: Clients) -> None:
    clients.s3.create_bucket(Bucket="presigned-bucket")
    clients.s3.put_object(Bucket="presigned-bucket", Key="a", Body=b"bytes")
    url = clients.session.client(
        "s3", endpoint_url=local_cloud.url, config=SIGNED_IN_QUERY
    ).generate_presigned_url("get_object", Params={"Bucket": "presigned-bucket", "Key": "a"})
    assert ask(local_cloud, url.removeprefix(local_cloud.url)) == (200, "bytes")


def test_the_caller_has_an_identity(clients: Clients) -> None:
    assert clients.sts.get_caller_identity()["Account"] == "123456789012"
