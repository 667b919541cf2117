"""Requests that no client of AWS would send are refused, and harm nothing."""

import socket
from urllib.parse import urlsplit

import pytest

from include.localcloud.running import LocalCloud
from tests.localcloud.test_endpoint import ask
from tests.support.cloud import Clients

SIGNED = b"AWS4-HMAC-SHA256 Credential=a/20261122/us-east-1/s3/aws4_request, Signature=b"
HEAD = b"PUT /b/k HTTP/1.1\r\nHost: h\r\nAuthorization: " + SIGNED + b"\r\n"
SCOPE = "X-Amz-Credential=a/20261122/us-east-1/{}/aws4_request"
SECONDS = 30


def send(cloud: LocalCloud, data: bytes) -> bytes:
    """All that is answered until the connection is closed."""
    address = urlsplit(cloud.url)
    with socket.create_connection((address.hostname, address.port), SECONDS) as connection:
        connection.sendall(data)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer


@pytest.mark.parametrize(
    "request_",
    [
        HEAD + b"Content-Length: five\r\n\r\nbytes",
        HEAD + b"Content-Length: -5\r\n\r\nbytes",
        HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nbytes",
        HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\nbytes",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nfive\r\nbytes\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nbytes\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\nbytes\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nbytes\r\n0\r\n\r\n",
        b"GET http://[::1/ HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET / HTTP/one\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
)
def test_a_malformed_request_is_answered_with_400(local_cloud: LocalCloud, request_: bytes) -> None:
    assert send(local_cloud, request_).startswith(b"HTTP/1.1 400 ")


def test_chunks_are_put_together(local_cloud: LocalCloud, clients: Clients) -> None:
    clients.s3.create_bucket(Bucket="chunked-bucket")
    head = HEAD.replace(b"/b/k", b"/chunked-bucket/k") + b"Connection: close\r\n"
    body = b"Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nby\r\n3\r\ntes\r\n0\r\nTrailer: 1\r\n\r\n"
    assert send(local_cloud, head + body).startswith(b"HTTP/1.1 200 ")
    found = clients.s3.get_object(Bucket="chunked-bucket", Key="k")
    assert found["Body"].read() == b"bytes"


@pytest.mark.parametrize("length", [b"Content-Length: 9", b"Transfer-Encoding: chunked"])
def test_an_upload_whose_sender_dies_is_not_kept(
    local_cloud: LocalCloud, clients: Clients, length: bytes
) -> None:
    clients.s3.create_bucket(Bucket="broken-bucket")
    head = HEAD.replace(b"/b/k", b"/broken-bucket/k") + length + b"\r\n\r\n"
    address = urlsplit(local_cloud.url)
    with socket.create_connection((address.hostname, address.port), SECONDS) as connection:
        connection.sendall(head + b"9\r\nbytes")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(13) == b"HTTP/1.1 400 "
    assert "Contents" not in clients.s3.list_objects_v2(Bucket="broken-bucket")


@pytest.mark.parametrize("service", ["s3", "sts", "iam", "sqs", "medical-imaging"])
def test_a_web_page_is_refused(local_cloud: LocalCloud, service: str) -> None:
    path = f"/?{SCOPE.format(service)}"
    assert ask(local_cloud, path, Origin="http://page.example")[0] == 403
    assert ask(local_cloud, path, "POST", **{"Sec-Fetch-Site": "cross-site"})[0] == 403


def test_a_link_to_an_object_may_be_followed(local_cloud: LocalCloud) -> None:
    assert ask(local_cloud, f"/?{SCOPE.format('s3')}", **{"Sec-Fetch-Site": "same-site"})[0] == 200


@pytest.mark.parametrize("service", ["sts", "iam", "sqs"])
def test_an_unknown_action_is_the_callers_error(local_cloud: LocalCloud, service: str) -> None:
    status, body = ask(local_cloud, f"/?Action=Nothing&Version=1&{SCOPE.format(service)}")
    assert (status, "InvalidAction" in body) == (400, True)


def test_a_body_that_is_no_xml_is_the_callers_error(
    local_cloud: LocalCloud, clients: Clients
) -> None:
    clients.s3.create_bucket(Bucket="no-xml-bucket")
    status, body = ask(local_cloud, f"/no-xml-bucket?tagging&{SCOPE.format('s3')}", "PUT")
    assert (status, "MalformedXML" in body) == (400, True)
