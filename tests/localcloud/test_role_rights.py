"""With --enforce-iam: what policies with conditions let a role or a user do in S3, IAM and SQS."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.cloud import CONFIG, Clients, make_clients
from tests.support.house import House, outcome_of, policy, refusal, trust
from tests.support.samples import variant

IMPOSSIBLE = {"StringEquals": {"aws:ResourceAccount": "210987654321"}}
WITHOUT_TLS = {"Bool": {"aws:SecureTransport": "false"}}
EVERYTHING_IN_S3 = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
DENIED = {**EVERYTHING_IN_S3, "Effect": "Deny"}


@pytest.mark.parametrize(
    ("statements", "status"),
    [
        ([EVERYTHING_IN_S3], "COMPLETED"),
        ([{**EVERYTHING_IN_S3, "Condition": IMPOSSIBLE}], "FAILED"),
        ([EVERYTHING_IN_S3, {**EVERYTHING_IN_S3, "Condition": IMPOSSIBLE}], "COMPLETED"),
        ([EVERYTHING_IN_S3, {**DENIED, "Condition": WITHOUT_TLS}], "COMPLETED"),
        ([EVERYTHING_IN_S3, {**DENIED, "Condition": {"Null": {"aws:TokenIssueTime": "true"}}}],
         "COMPLETED"),
        ([EVERYTHING_IN_S3, DENIED], "FAILED"),
    ],
)  # fmt: skip
def test_a_job_has_the_rights_that_its_roles_conditions_leave(
    house: House, statements: list[dict[str, Any]], status: str
) -> None:
    house.stage.put("in/a.dcm", variant())
    role = house.role("conditional", trust(), *statements)
    assert house.stage.run("in/", dataAccessRoleArn=role)["jobStatus"] == status


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"StringLike": {"s3:prefix": "a/*"}}, True),
        ({"StringLike": {"s3:prefix": "zzz/*"}}, False),
        ({"StringEquals": {"s3:delimiter": "/"}}, True),
        ({"NumericLessThanEquals": {"s3:max-keys": "10"}}, True),
        ({"NumericLessThan": {"s3:max-keys": "10"}}, False),
        ({"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}}, True),
        ({"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}, False),
        ({"StringEquals": {"aws:PrincipalAccount": "123456789012"}}, True),
        ({"StringLike": {"aws:username": "user-*"}}, True),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:user/user-*"}}, True),
        ({"StringEquals": {"s3:authType": "REST-HEADER"}}, True),
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, False),
        ({"StringEquals": {"aws:PrincipalTag/team": "nobody"}}, False),
    ],
)
def test_a_condition_counts_for_an_allowance_and_for_a_denial(
    house: House, condition: dict[str, Any], holds: bool
) -> None:
    bucket = house.stage.source
    allow = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"}
    asked = {"Prefix": "a/b", "Delimiter": "/", "MaxKeys": 10}
    conditional = {**allow, "Condition": condition}
    denying = house.user(allow, {**conditional, "Effect": "Deny"})
    assert [
        outcome_of(house.user(conditional).s3.list_objects_v2, Bucket=bucket, **asked),
        outcome_of(denying.s3.list_objects_v2, Bucket=bucket, **asked),
    ] == (["done", "AccessDenied"] if holds else ["AccessDenied", "done"])


def test_a_bucket_can_be_looked_at_by_those_who_may_list_it(house: House) -> None:
    bucket = house.stage.source
    allow = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"}
    house.user(allow).s3.head_bucket(Bucket=bucket)
    with pytest.raises(ClientError, match="403"):
        house.user(allow).s3.head_bucket(Bucket=house.stage.results)


def test_a_user_reaches_only_what_bears_its_name(house: House) -> None:
    bucket = house.stage.source
    own = f"arn:aws:s3:::{bucket}/${{aws:username}}/*"
    user = house.user({**EVERYTHING_IN_S3, "Resource": own})
    name = user.sts.get_caller_identity()["Arn"].rpartition("/")[2]
    user.s3.put_object(Bucket=bucket, Key=f"{name}/a", Body=b"")
    with pytest.raises(ClientError) as caught:
        user.s3.put_object(Bucket=bucket, Key="another/a", Body=b"")
    assert refusal(caught) == (403, "AccessDenied")


def test_a_copy_needs_the_right_to_read_its_source(house: House) -> None:
    bucket = house.stage.source
    house.stage.put("open/a", b"1")
    house.stage.put("shut/a", b"1")
    arn = f"arn:aws:s3:::{bucket}"
    user = house.user(
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"{arn}/*"},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{arn}/open/*"},
    )
    user.s3.copy_object(Bucket=bucket, Key="b", CopySource={"Bucket": bucket, "Key": "open/a"})
    with pytest.raises(ClientError) as caught:
        user.s3.copy_object(Bucket=bucket, Key="b", CopySource={"Bucket": bucket, "Key": "shut/a"})
    assert refusal(caught) == (403, "AccessDenied")


def test_a_session_has_no_more_than_its_policy_and_its_roles_boundary(house: House) -> None:
    bucket = house.stage.source
    everybody = policy({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"})
    role = house.role("wide", everybody, EVERYTHING_IN_S3)
    may_list = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}
    session = assumed(house, role, Policy=policy(may_list))
    assert outcome_of(session.s3.list_objects_v2, Bucket=bucket) == "done"
    with pytest.raises(ClientError, match="AccessDenied"):
        session.s3.put_object(Bucket=bucket, Key="a", Body=b"")
    made = house.admin.iam.create_policy(PolicyName=f"b-{bucket}", PolicyDocument=policy(may_list))
    house.admin.iam.put_role_permissions_boundary(
        RoleName=role.rpartition("/")[2], PermissionsBoundary=made["Policy"]["Arn"]
    )
    bounded = assumed(house, role)
    assert outcome_of(bounded.s3.list_objects_v2, Bucket=bucket) == "done"
    with pytest.raises(ClientError, match="AccessDenied"):
        bounded.s3.put_object(Bucket=bucket, Key="a", Body=b"")


def assumed(house: House, role: str, **parameters: Any) -> Clients:
    found = house.admin.sts.assume_role(RoleArn=role, RoleSessionName="session", **parameters)
    keys = found["Credentials"]
    clients = make_clients(
        house.cloud.url, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]
    )
    house.opened.append(clients)
    return clients


@pytest.fixture
def queue(house: House) -> Iterator[str]:
    sqs = house.admin.session.client("sqs", endpoint_url=house.cloud.url, config=CONFIG)
    yield sqs.create_queue(QueueName=f"queue-{house.stage.source}")["QueueUrl"]
    sqs.close()


def test_conditions_count_for_queues_and_users_too(house: House, queue: str) -> None:
    allow = {"Effect": "Allow", "Action": ["sqs:*", "iam:*"], "Resource": "*"}
    elsewhere = {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}
    for user, may in (
        (house.user(allow, {**allow, "Effect": "Deny", "Condition": elsewhere}), True),
        (house.user({**allow, "Condition": elsewhere}), False),
    ):
        sqs = user.session.client("sqs", endpoint_url=house.cloud.url, config=CONFIG)
        for call in (
            lambda sqs=sqs: sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"]),
            lambda user=user: user.iam.list_users(),
        ):
            if may:
                call()
                continue
            with pytest.raises(ClientError, match="AccessDenied"):
                call()
        sqs.close()


def test_a_user_may_make_and_change_only_what_its_policy_names(house: House) -> None:
    team = f"team-{house.stage.source}"
    own = [f"arn:aws:iam::*:{kind}/{team}/*" for kind in ("user", "group", "role", "policy")]
    allow = {"Effect": "Allow", "Action": "iam:*", "Resource": own}
    making = {"Effect": "Allow", "Action": "sqs:CreateQueue", "Resource": f"arn:aws:sqs:*:*:{team}"}
    user = house.user(allow, making)
    document = {"PolicyDocument": policy(EVERYTHING_IN_S3)}
    for path, outcome in ((f"/{team}/", "done"), ("/", "AccessDenied")):
        name = f"{path.strip('/') or 'own'}-{house.stage.source}"
        assert {
            outcome_of(user.iam.create_user, UserName=name, Path=path),
            outcome_of(user.iam.create_group, GroupName=name, Path=path),
            outcome_of(user.iam.create_policy, PolicyName=name, Path=path, **document),
            outcome_of(
                user.iam.create_role, RoleName=name, Path=path, AssumeRolePolicyDocument=trust()
            ),
        } == {outcome}
    made = f"{team}-{house.stage.source}"
    assert outcome_of(user.iam.get_user, UserName=made) == "done"
    assert outcome_of(user.iam.get_user) == "AccessDenied"
    sqs = user.session.client("sqs", endpoint_url=house.cloud.url, config=CONFIG)
    assert outcome_of(sqs.create_queue, QueueName=team) == "done"
    assert outcome_of(sqs.create_queue, QueueName="another") == "AccessDenied"
    sqs.close()


def test_a_buckets_policy_lets_in_whom_it_names(house: House) -> None:
    bucket = house.stage.source
    house.stage.put("a", b"1")
    named, other = (house.user(DENIED | {"Resource": "arn:aws:s3:::nowhere"}) for _ in range(2))
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": named.sts.get_caller_identity()["Arn"]},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    house.admin.s3.put_bucket_policy(Bucket=bucket, Policy=policy(statement))
    assert named.s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"1"
    with pytest.raises(ClientError, match="AccessDenied"):
        other.s3.get_object(Bucket=bucket, Key="a")
    denial = statement | {"Effect": "Deny"}
    house.admin.s3.put_bucket_policy(Bucket=bucket, Policy=policy(statement, denial))
    with pytest.raises(ClientError, match="AccessDenied"):
        named.s3.get_object(Bucket=bucket, Key="a")
