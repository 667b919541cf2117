"""An environment is made once, and what is altered or deleted is found and repaired."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from include.imaging.errors import CustomerError
from include.infrastructure import plan, policies
from include.infrastructure.environment import Environment
from include.infrastructure.plan import Action
from tests.support.cloud import Clients
from tests.support.environments import KEY, changed, environment

Alter = Callable[[Environment], Any]
NOTHING = json.dumps(policies.document({"Effect": "Deny", "Action": "*", "Resource": "*"}))
ANYBODY = json.dumps(
    policies.document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}})
)
PUBLIC: Any = {"BlockPublicAcls": True, "IgnorePublicAcls": True}
AES: Any = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
RULE: Any = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "theirs/"}}
RULES: Any = {"Rules": [RULE | {"Expiration": {"Days": 3}}]}
LATER: Any = {"Rules": [RULE | {"ID": "imaging-runs-expire", "Expiration": {"Days": 9999}}]}
# of what is to be made nothing differs in these
AS_MADE = (
    "storage format", "other policies", "longest session", "permissions boundary", "versioning",
    "replication", "statements of others", "rules of others",
)  # fmt: skip


@pytest.fixture
def own(clients: Clients) -> Environment:
    """An environment with a key that is all there, of which a test may leave anything behind."""
    made = environment(clients, kms_key_arn=KEY)
    made.run(plan.apply)
    return made


@pytest.fixture(scope="module")
def shared(clients: Clients) -> Environment:
    """An environment with a key that tests alter and repair, one after the other."""
    return environment(clients, kms_key_arn=KEY)


@pytest.fixture
def made(shared: Environment) -> Environment:
    """The same, all there again."""
    shared.run(plan.apply)
    return shared


def differences(entries: list[plan.Entry]) -> list[tuple[str, str, str]]:
    """Resource, property and action of all that is not kept."""
    return [(e.resource, e.property, e.action.value) for e in entries if e.action != Action.KEEP]


def test_an_empty_account_lacks_everything_and_a_plan_makes_nothing(clients: Clients) -> None:
    planned = environment(clients)
    before = planned.run(plan.look)
    assert {e.action for e in before if e.property not in AS_MADE} == {Action.MAKE}
    assert Action.TELL not in {e.action for e in before}
    assert len(before) > 25
    assert planned.run(plan.look) == before
    assert planned.settings()["datastore_id"].startswith("<")


@pytest.mark.parametrize(
    "more", [{}, {"kms_key_arn": KEY}, {"storage_format": "JPEG_2000_LOSSLESS"}]
)
def test_the_second_time_changes_nothing(clients: Clients, more: dict[str, Any]) -> None:
    twice = environment(clients, **more)
    assert plan.changed(twice.run(plan.apply))
    settings = twice.settings()
    again = twice.run(plan.apply)
    assert not differences(again)
    assert twice.settings() == settings


def test_what_a_plan_says_is_what_is_done(clients: Clients) -> None:
    told = environment(clients)
    planned = {(e.resource, e.property) for e in plan.changed(told.run(plan.look))}
    done = {(e.resource, e.property) for e in plan.changed(told.run(plan.apply))}
    # a new data store has its tags from the start
    assert planned - done == {(f"data store {told.wanted.datastore}", "tags")}
    assert done <= planned


def with_bucket(call: str, **arguments: Any) -> Alter:
    """A call on the landing bucket."""
    return lambda e: getattr(e.s3, call)(Bucket=e.wanted.landing_bucket, **arguments)


ALTERED: dict[str, tuple[str, str, Alter]] = {
    "public access less blocked": (
        "public access", "change",
        with_bucket("put_public_access_block", PublicAccessBlockConfiguration=PUBLIC),
    ),
    "public access not blocked": (
        "public access", "make", with_bucket("delete_public_access_block")
    ),
    "ownership": (
        "ownership", "change",
        with_bucket(
            "put_bucket_ownership_controls",
            OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]},
        ),
    ),
    "no ownership": ("ownership", "make", with_bucket("delete_bucket_ownership_controls")),
    "encryption": (
        "encryption", "change",
        with_bucket("put_bucket_encryption", ServerSideEncryptionConfiguration=AES),
    ),
    "no encryption": ("encryption", "make", with_bucket("delete_bucket_encryption")),
    "no policy": ("TLS only", "make", with_bucket("delete_bucket_policy")),
    "versions of identity": (
        "versioning", "change",
        with_bucket("put_bucket_versioning", VersioningConfiguration={"Status": "Enabled"}),
    ),
    "no lifecycle": ("lifecycle", "make", with_bucket("delete_bucket_lifecycle")),
    "lifecycle": (
        "lifecycle", "change",
        with_bucket("put_bucket_lifecycle_configuration", LifecycleConfiguration=LATER),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ALTERED)
def test_a_bucket_that_was_altered_is_repaired(made: Environment, case: str) -> None:
    name, action, alter = ALTERED[case]
    alter(made)
    expected = [(f"bucket {made.wanted.landing_bucket}", name, action)]
    assert differences(made.run(plan.look)) == expected
    assert differences(made.run(plan.apply)) == expected
    assert not differences(made.run(plan.look))


def test_results_without_versions_are_repaired(made: Environment) -> None:
    suspended: Any = {"Status": "Suspended"}
    results = made.wanted.results_bucket
    made.s3.put_bucket_versioning(Bucket=results, VersioningConfiguration=suspended)
    assert differences(made.run(plan.apply)) == [(f"bucket {results}", "versioning", "change")]
    assert made.s3.get_bucket_versioning(Bucket=results)["Status"] == "Enabled"


@pytest.mark.parametrize("zone", ["landing_bucket", "import_bucket", "results_bucket"])
def test_a_bucket_that_was_deleted_is_made_again(made: Environment, zone: str) -> None:
    bucket = getattr(made.wanted, zone)
    made.s3.delete_bucket(Bucket=bucket)
    found = differences(made.run(plan.apply))
    assert {resource for resource, _, _ in found} == {f"bucket {bucket}"}
    assert (f"bucket {bucket}", "region", "make") in found
    assert not differences(made.run(plan.look))


def _role_altered(e: Environment) -> None:
    e.iam.update_assume_role_policy(RoleName=e.wanted.role, PolicyDocument=ANYBODY)


def _rights_altered(e: Environment) -> None:
    e.iam.put_role_policy(RoleName=e.wanted.role, PolicyName="import", PolicyDocument=NOTHING)


def _rights_deleted(e: Environment) -> None:
    e.iam.delete_role_policy(RoleName=e.wanted.role, PolicyName="import")


def _role_deleted(e: Environment) -> None:
    _rights_deleted(e)
    e.iam.delete_role(RoleName=e.wanted.role)


def _policy_altered(e: Environment) -> None:
    for _ in range(4):  # so that there is no room for a further version
        e.iam.create_policy_version(
            PolicyArn=e.wanted.worker_policy_arn, PolicyDocument=NOTHING, SetAsDefault=True
        )


def _policy_deleted(e: Environment) -> None:
    e.iam.delete_policy(PolicyArn=e.wanted.worker_policy_arn)


@pytest.mark.parametrize(
    ("alter", "expected"),
    [
        (_role_altered, [("role importer-{}", "trust policy", "change")]),
        (_rights_altered, [("role importer-{}", "rights", "change")]),
        (_rights_deleted, [("role importer-{}", "rights", "make")]),
        (_role_deleted, [("role importer-{}", n, "make") for n in ("trust policy", "rights")]),
        (_policy_altered, [("policy worker-{}", "rights", "change")]),
        (_policy_deleted, [("policy worker-{}", "rights", "make")]),
    ],
)
def test_a_role_or_policy_that_was_altered_is_repaired(
    made: Environment, alter: Alter, expected: list[tuple[str, str, str]]
) -> None:
    alter(made)
    name = made.wanted.role.removeprefix("importer-")
    told = [(resource.format(name), prop, action) for resource, prop, action in expected]
    assert differences(made.run(plan.apply)) == told
    assert not differences(made.run(plan.look))


def test_what_others_wrote_into_a_bucket_stays(own: Environment) -> None:
    bucket = own.wanted.landing_bucket
    theirs = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket"}
    policy = {"Version": "2012-10-17", "Statement": theirs | {"Resource": f"arn:aws:s3:::{bucket}"}}
    own.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    own.s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=RULES)
    assert len(differences(own.run(plan.apply))) == 2
    document = json.loads(own.s3.get_bucket_policy(Bucket=bucket)["Policy"])
    assert [each["Sid"] for each in document["Statement"]] == ["Theirs", "TlsOnly"]
    rules = own.s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert rules[0]["ID"] == "theirs"
    assert len(rules) == 4


def test_objects_stay_where_they_are(made: Environment) -> None:
    bucket = made.wanted.landing_bucket
    made.s3.put_object(Bucket=bucket, Key="runs/feed/run/census", Body=b"kept")
    made.s3.delete_bucket_policy(Bucket=bucket)
    made.run(plan.apply)
    assert made.s3.get_object(Bucket=bucket, Key="runs/feed/run/census")["Body"].read() == b"kept"


def test_a_bucket_in_another_region_is_told_and_left_alone(own: Environment) -> None:
    bucket = own.wanted.results_bucket
    own.s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=RULES)
    told = plan.apply(changed(own, region="eu-west-1").buckets())
    assert [(e.property, e.action) for e in told] == [("region", Action.TELL)] * 3
    # what lies in a bucket that is not the one meant must not expire
    rules = own.s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert [rule["ID"] for rule in rules] == ["theirs"]
    with pytest.raises(CustomerError, match=r"SET_UP_INCOMPLETE: .* cannot be moved"):
        plan.require_none_left(told)


def test_a_key_that_nobody_wants_is_not_taken_away(made: Environment) -> None:
    without = changed(made, kms_key_arn="")
    entries = [e for e in plan.apply(without.buckets()) if e.property == "encryption"]
    assert [e.action for e in entries] == [Action.TELL] * 3
    assert not differences(made.run(plan.look))
