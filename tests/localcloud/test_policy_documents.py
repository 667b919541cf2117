"""What is no policy is refused, and harms nothing that was kept before."""

import json
import uuid
from types import SimpleNamespace
from typing import Any

import pytest

from include.localcloud.bucket_policies import documents_of
from include.localcloud.policies import effects
from include.localcloud.policy_documents import is_policy
from include.localcloud.principals import EVERYBODY
from tests.support.cloud import Clients
from tests.support.house import House, outcome_of
from tests.support.signing import send

STATEMENT = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
MALFORMED: tuple[Any, ...] = (
    [],
    {},
    {"Statement": "Allow"},
    {"Statement": [STATEMENT, {"Effect": "Perhaps"}]},
    {"Statement": {**STATEMENT, "Condition": "x"}},
    {"Statement": {**STATEMENT, "Condition": {"StringEquals": "x"}}},
    {"Statement": {**STATEMENT, "Principal": "somebody"}},
    {"Statement": {**STATEMENT, "Principal": {"AWS": 1}}},
    {"Statement": {**STATEMENT, "Action": {"s3": "GetObject"}}},
    {"Statement": {**STATEMENT, "Resource": [1]}},
)
TEXTS = ("no JSON", "[" * 100_000, *(json.dumps(document) for document in MALFORMED))


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_what_is_not_of_the_grammar_is_no_policy(text: str) -> None:
    assert not is_policy(text)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"Principal": {"AWS": ["1", "2"], "Service": "s3.amazonaws.com"}},
        {"Action": ["s3:*", "iam:*"]},
        {"Condition": {"Bool": {"aws:SecureTransport": True}}},
    ],
)
def test_what_is_of_the_grammar_is_a_policy(more: dict[str, Any]) -> None:
    assert is_policy(json.dumps({"Version": "2012-10-17", "Statement": {**STATEMENT, **more}}))
    assert is_policy(json.dumps({"Statement": [{**STATEMENT, **more}, STATEMENT]}))


def test_a_bucket_keeps_the_policy_that_it_had(house: House) -> None:
    s3, bucket = house.admin.s3, house.stage.source
    house.stage.put("a", b"1")
    kept = json.dumps({"Statement": [{**STATEMENT, "Resource": f"arn:aws:s3:::{bucket}/b"}]})
    s3.put_bucket_policy(Bucket=bucket, Policy=kept)
    for text in ("no JSON", json.dumps(MALFORMED[-1])):
        assert outcome_of(s3.put_bucket_policy, Bucket=bucket, Policy=text) == "MalformedPolicy"
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == kept
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"1"


@pytest.mark.parametrize("coding", ["AWS4-HMAC-SHA256-PAYLOAD", "UNSIGNED-PAYLOAD-TRAILER"])
def test_a_policy_in_chunks_is_read_too(house: House, coding: str) -> None:
    bucket, deny = house.stage.source, {**STATEMENT, "Resource": "arn:aws:s3:::another/*"}
    for text, status in (("nonsense", 400), (json.dumps({"Statement": deny}), 200)):
        chunks = f"{len(text):x}\r\n{text}\r\n0\r\n\r\n".encode()
        signed = {
            "X_Amz_Content_SHA256": f"STREAMING-{coding}",
            "X_Amz_Decoded_Content_Length": str(len(text)),
            "Content_Encoding": "aws-chunked",
        }
        call = ("PUT", f"/{bucket}?policy", chunks)
        found, body = send(house.cloud, "s3", call, **signed)
        assert (found, "MalformedPolicy" in body) == (status, status == 400)
        assert house.admin.s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    kept = house.admin.s3.get_bucket_policy(Bucket=bucket)["Policy"]
    assert json.loads(kept) == {"Statement": deny}


def test_a_policy_that_cannot_be_read_lets_in_to_mend_it_alone() -> None:
    bucket: Any = SimpleNamespace(policy=b"nonsense")
    for action, said in (("s3:GetObject", {"Deny"}), ("s3:DeleteBucketPolicy", set())):
        found = effects(documents_of(bucket), action, "arn:aws:s3:::b", {}, who=EVERYBODY)
        assert found == said


@pytest.mark.parametrize("text", ["no JSON", "[]", json.dumps(MALFORMED[-1])])
def test_roles_and_sessions_have_no_other_policies(clients: Clients, text: str) -> None:
    name = f"role-{uuid.uuid4().hex[:12]}"
    for call, asked in (
        (clients.iam.create_role, {"RoleName": name, "AssumeRolePolicyDocument": text}),
        (
            clients.sts.assume_role,
            {
                "RoleArn": "arn:aws:iam::123456789012:role/importer",
                "RoleSessionName": "session",
                "Policy": text,
            },
        ),
    ):
        assert outcome_of(call, **asked) == "MalformedPolicyDocument"
    assert outcome_of(clients.iam.get_role, RoleName=name) == "NoSuchEntity"
