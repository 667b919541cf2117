"""With --enforce-iam: who may call, who may pass a role, what the role may touch."""

from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from include.localcloud.running import LocalCloud, LocalCloudError
from tests.localcloud.test_endpoint import ask
from tests.support.cloud import make_clients
from tests.support.house import ADMIN, SERVICE, House, policy, refusal, trust
from tests.support.samples import variant


def test_an_import_with_the_right_role_completes(house: House) -> None:
    house.stage.put("in/a.dcm", variant())
    job = house.stage.run("in/", dataAccessRoleArn=house.import_role())
    assert job["jobStatus"] == "COMPLETED"
    assert house.stage.summary(job)["numberOfImportedFiles"] == 1


def test_a_job_whose_role_may_not_write_the_results_fails(house: House) -> None:
    house.stage.put("in/a.dcm", variant())
    role = house.import_role(results="another-bucket")
    job = house.stage.run("in/", dataAccessRoleArn=role)
    assert job["jobStatus"] == "FAILED"
    assert job["message"].startswith("AccessDenied: PutObject failed")


def test_a_job_whose_role_may_not_list_the_input_fails(house: House) -> None:
    role = house.role("nobody", trust())
    job = house.stage.run("in/", dataAccessRoleArn=role)
    assert job["jobStatus"] == "FAILED"
    assert job["message"].startswith("AccessDenied: ListObjectsV2 failed")


@pytest.mark.parametrize(
    "trusted",
    [
        trust(StringEquals={"aws:SourceAccount": "210987654321"}),
        trust(ArnLike={"aws:SourceArn": "arn:aws:medical-imaging:*:*:datastore/another"}),
        trust("ec2.amazonaws.com"),
        trust(effect="Deny"),
        policy({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}),
    ],
    ids=["account", "data-store", "principal", "denied", "people"],
)
def test_a_role_that_does_not_trust_the_service_is_not_assumed(house: House, trusted: str) -> None:
    role = house.import_role(trusted)
    job = house.stage.run("in/", dataAccessRoleArn=role)
    assert (job["jobStatus"], job["message"]) == (
        "FAILED",
        "The import role cannot be assumed by HealthImaging",
    )


def test_a_role_that_trusts_the_service_for_this_data_store_is_assumed(house: House) -> None:
    arn = f"arn:aws:medical-imaging:us-east-1:123456789012:datastore/{house.stage.datastore_id}"
    role = house.import_role(trust(ArnLike={"aws:SourceArn": arn}))
    assert house.stage.run("in/", dataAccessRoleArn=role)["jobStatus"] == "COMPLETED"


def test_a_role_that_does_not_exist_is_not_assumed(house: House) -> None:
    assert house.stage.run("in/")["jobStatus"] == "FAILED"


def test_a_caller_must_be_allowed_to_start_jobs(house: House) -> None:
    caller = house.user({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    with pytest.raises(ClientError, match="medical-imaging:StartDICOMImportJob") as caught:
        house.as_seen_by(caller).start("in/")
    assert refusal(caught) == (403, "AccessDeniedException")


def test_a_caller_must_be_allowed_to_pass_the_role(house: House) -> None:
    imaging = {"Effect": "Allow", "Action": "medical-imaging:*", "Resource": "*"}
    role = house.import_role()
    passing = {
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": role,
        "Condition": {"StringEquals": {"iam:PassedToService": SERVICE}},
    }
    elsewhere = {
        **passing,
        "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
    }
    allowed = house.user(imaging, passing)
    for refused in (house.user(imaging), house.user(imaging, elsewhere)):
        with pytest.raises(ClientError, match="iam:PassRole"):
            house.as_seen_by(refused).start("in/", dataAccessRoleArn=role)
    house.as_seen_by(allowed).run("in/", dataAccessRoleArn=role)


def test_a_copy_needs_rights_on_source_and_destination(house: House) -> None:
    store = f"arn:aws:medical-imaging:us-east-1:123456789012:datastore/{house.stage.datastore_id}"
    allowed = [store, f"{store}/imageset/{'a' * 32}"]
    caller = house.user(
        {"Effect": "Allow", "Action": "medical-imaging:CopyImageSet", "Resource": allowed}
    )
    destination = {"imageSetId": "b" * 32, "latestVersionId": "1"}
    source = {"latestVersionId": "1"}
    for image_set_id, information, status in (
        ("a" * 32, {"sourceImageSet": source}, 404),
        ("b" * 32, {"sourceImageSet": source}, 403),
        ("a" * 32, {"sourceImageSet": source, "destinationImageSet": destination}, 403),
    ):
        with pytest.raises(ClientError) as caught:
            caller.imaging.copy_image_set(
                datastoreId=house.stage.datastore_id,
                sourceImageSetId=image_set_id,
                copyImageSetInformation=information,
            )
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_an_assumed_role_has_the_roles_rights_and_no_more(house: House) -> None:
    account = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    source = f"arn:aws:s3:::{house.stage.source}/*"
    role = house.role(
        "reader",
        policy(account),
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": source},
        {"Effect": "Allow", "Action": "medical-imaging:GetDatastore", "Resource": "*"},
    )
    found = house.admin.sts.assume_role(RoleArn=role, RoleSessionName="reading")["Credentials"]
    clients = make_clients(
        house.cloud.url, found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"]
    )
    house.opened.append(clients)
    house.stage.put("a", b"bytes")
    body = clients.s3.get_object(Bucket=house.stage.source, Key="a")["Body"].read()
    assert body == b"bytes"
    with pytest.raises(ClientError) as caught:
        clients.s3.put_object(Bucket=house.stage.source, Key="b", Body=b"")
    assert refusal(caught) == (403, "AccessDenied")
    clients.imaging.get_datastore(datastoreId=house.stage.datastore_id)
    with pytest.raises(ClientError) as caught:
        clients.imaging.list_datastores()
    assert refusal(caught) == (403, "AccessDeniedException")


@pytest.mark.parametrize(
    ("principal", "may_assume"),
    [
        ({"Service": SERVICE}, False),
        ({"AWS": "arn:aws:iam::123456789012:user/somebody-else"}, False),
        ({"AWS": "arn:aws:iam::123456789012:root"}, True),
        ("*", True),
    ],
)
def test_a_role_is_assumed_by_those_it_trusts(
    house: House, principal: object, may_assume: bool
) -> None:
    trusted = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    role = house.role("trusting", policy(trusted))
    if may_assume:
        house.admin.sts.assume_role(RoleArn=role, RoleSessionName="session")
        return
    with pytest.raises(ClientError) as caught:
        house.admin.sts.assume_role(RoleArn=role, RoleSessionName="session")
    assert refusal(caught) == (403, "AccessDenied")


@pytest.mark.parametrize("service", ["s3", "sts", "iam", "sqs", "medical-imaging"])
def test_a_signature_that_is_not_complete_is_refused(enforcing: LocalCloud, service: str) -> None:
    scope = f"{ADMIN[0]}/20261122/us-east-1/{service}/aws4_request"
    header = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    assert ask(enforcing, "/datastore", Authorization=header)[0] == 403
    assert ask(enforcing, f"/datastore?X-Amz-Credential={scope}")[0] == 403


def test_a_wrong_secret_opens_nothing(house: House) -> None:
    clients = make_clients(house.cloud.url, ADMIN[0], "guessed")
    house.opened.append(clients)
    with pytest.raises(ClientError, match="signature"):
        clients.imaging.list_datastores()
    with pytest.raises(ClientError) as caught:
        clients.s3.list_buckets()
    assert refusal(caught) == (403, "SignatureDoesNotMatch")


def test_an_unknown_key_opens_nothing(house: House) -> None:
    clients = make_clients(house.cloud.url)
    house.opened.append(clients)
    with pytest.raises(ClientError) as caught:
        clients.imaging.list_datastores()
    assert refusal(caught) == (403, "AccessDeniedException")
    with pytest.raises(ClientError) as caught:
        clients.s3.list_buckets()
    assert refusal(caught) == (403, "InvalidAccessKeyId")


def test_without_a_first_user_it_does_not_start(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with pytest.raises(LocalCloudError):
        LocalCloud(None, 0, "--enforce-iam", log=log)
    assert "LOCALCLOUD_ADMIN_ACCESS_KEY_ID" in log.read_text()
