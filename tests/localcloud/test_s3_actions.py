"""With --enforce-iam: which right a request to S3 needs."""

from typing import Any

import pytest

from include.localcloud.s3_actions import actions_of
from tests.support.house import House, outcome_of, policy
from tests.support.signing import send

ALL_USERS = 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'


@pytest.mark.parametrize(
    ("method", "path", "actions"),
    [
        ("GET", "/", "ListAllMyBuckets"),
        ("GET", "/b", "ListBucket"),
        ("GET", "/b/?list-type=2&prefix=policy", "ListBucket"),
        ("HEAD", "/b", "ListBucket"),
        ("PUT", "/b", "CreateBucket"),
        ("GET", "/b?encryption", "GetEncryptionConfiguration"),
        ("PUT", "/b?encryption", "PutEncryptionConfiguration"),
        ("DELETE", "/b?encryption", "PutEncryptionConfiguration"),
        ("DELETE", "/b?policy", "DeleteBucketPolicy"),
        ("PUT", "/b?publicAccessBlock", "PutBucketPublicAccessBlock"),
        ("GET", "/b?policy&versions", "GetBucketPolicy ListBucketVersions"),
        ("POST", "/b?delete", "DeleteObject"),
        ("DELETE", "/b", "DeleteBucket"),
        ("GET", "/b/k/policy", "GetObject"),
        ("HEAD", "/b/k?versionId=1", "GetObjectVersion"),
        ("GET", "/b/k?acl&versionId=1", "GetObjectVersionAcl"),
        ("GET", "/b/k?uploadId=1", "ListMultipartUploadParts"),
        ("PUT", "/b/k?uploadId=1&partNumber=1", "PutObject"),
        ("PUT", "/b/k?retention&versionId=1", "PutObjectRetention"),
        ("POST", "/b/k?uploads", "PutObject"),
        ("POST", "/b/k?restore", "RestoreObject"),
        ("DELETE", "/b/k?versionId=1", "DeleteObjectVersion"),
        ("DELETE", "/b/k?tagging", "DeleteObjectTagging"),
        ("DELETE", "/b/k?uploadId=1", "AbortMultipartUpload"),
    ],
)
def test_a_request_needs_the_right_to_all_it_names(method: str, path: str, actions: str) -> None:
    where, _, query = path.partition("?")
    environ = {"REQUEST_METHOD": method, "PATH_INFO": where, "QUERY_STRING": query}
    assert actions_of(environ) == [f"s3:{action}" for action in actions.split()]


@pytest.mark.parametrize(
    ("rights", "operation", "parameters", "outcome"),
    [
        ("PutObject", "put_object", {}, "done"),
        ("PutObject", "put_object", {"Tagging": "a=b"}, "AccessDenied"),
        ("PutObject", "put_object", {"ACL": "public-read"}, "AccessDenied"),
        ("PutObject", "put_object", {"GrantRead": ALL_USERS}, "AccessDenied"),
        ("PutObject", "create_multipart_upload", {"GrantFullControl": ALL_USERS}, "AccessDenied"),
        ("PutObject", "create_multipart_upload", {"Tagging": "a=b"}, "AccessDenied"),
        ("PutObject PutObjectAcl", "put_object", {"GrantRead": ALL_USERS}, "done"),
        ("PutObject", "put_object", {"ObjectLockLegalHoldStatus": "ON"}, "AccessDenied"),
        ("PutObject PutObjectTagging", "put_object", {"Tagging": "a=b"}, "done"),
        ("PutObject PutObjectAcl", "put_object", {"ACL": "public-read"}, "done"),
        ("GetObject", "get_object_tagging", {}, "AccessDenied"),
        ("GetObjectTagging", "get_object_tagging", {}, "done"),
        ("DeleteObject", "delete_object_tagging", {}, "AccessDenied"),
        ("DeleteObjectTagging", "delete_object_tagging", {}, "done"),
    ],
)
def test_the_right_is_that_of_the_operation(
    house: House, rights: str, operation: str, parameters: dict[str, Any], outcome: str
) -> None:
    bucket = house.stage.source
    house.stage.put("a", b"1")
    actions = [f"s3:{right}" for right in rights.split()]
    user = house.user(
        {"Effect": "Allow", "Action": actions, "Resource": f"arn:aws:s3:::{bucket}/*"}
    )
    call = getattr(user.s3, operation)
    assert outcome_of(call, Bucket=bucket, Key="a", **parameters) == outcome


def test_settings_of_a_bucket_have_rights_of_their_own(house: House) -> None:
    bucket = house.stage.source
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    asked: dict[str, Any] = {
        "Bucket": bucket,
        "ServerSideEncryptionConfiguration": {"Rules": [rule]},
    }
    for action, outcome in (
        ("s3:CreateBucket", "AccessDenied"),
        ("s3:PutEncryptionConfiguration", "done"),
    ):
        user = house.user(
            {"Effect": "Allow", "Action": action, "Resource": f"arn:aws:s3:::{bucket}"}
        )
        assert outcome_of(user.s3.put_bucket_encryption, **asked) == outcome


@pytest.mark.parametrize(
    ("rights", "parameters", "outcome"),
    [
        ("CreateBucket", {}, "done"),
        ("CreateBucket", {"ACL": "public-read"}, "AccessDenied"),
        ("CreateBucket", {"GrantRead": ALL_USERS}, "AccessDenied"),
        ("CreateBucket", {"ObjectLockEnabledForBucket": True}, "AccessDenied"),
        ("CreateBucket", {"ObjectOwnership": "ObjectWriter"}, "AccessDenied"),
        ("CreateBucket PutBucketAcl", {"ACL": "public-read"}, "done"),
    ],
)
def test_what_a_new_bucket_is_given_has_rights_of_its_own(
    house: House, rights: str, parameters: dict[str, Any], outcome: str
) -> None:
    actions = [f"s3:{right}" for right in rights.split()]
    user = house.user({"Effect": "Allow", "Action": actions, "Resource": "*"})
    bucket = f"new-{house.stage.source}"
    assert outcome_of(user.s3.create_bucket, Bucket=bucket, **parameters) == outcome


def test_parameters_in_two_places_are_refused(house: House) -> None:
    """They could name two roles, one to be judged and one to be assumed."""
    account = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    role = house.role("assumed", policy(account))
    form = f"Action=AssumeRole&Version=2011-06-15&RoleSessionName=session&RoleArn={role}".encode()
    kind = {"Content_Type": "application/x-www-form-urlencoded"}
    assert send(house.cloud, "sts", ("POST", "/", form), **kind)[0] == 200
    for query in (f"RoleArn={role}", "Action=GetCallerIdentity"):
        status, body = send(house.cloud, "sts", ("POST", f"/?{query}", form), **kind)
        assert (status, "not in both" in body) == (403, True)
