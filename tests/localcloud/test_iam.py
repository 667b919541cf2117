"""With --enforce-iam: who may call, who may pass a role, what the role may touch."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from include.localcloud.running import LocalCloud, LocalCloudError
from tests.support.cloud import Clients, Stage, make_clients, make_stage
from tests.support.samples import variant

ADMIN = ("AKIAADMINADMINADMIN1", "admin-secret")
SERVICE = "medical-imaging.amazonaws.com"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(service: str = SERVICE, effect: str = "Allow", **condition: Any) -> str:
    statement = {
        "Effect": effect,
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
        "Condition": condition,
    }
    return policy(statement)


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(None, 0, "--enforce-iam", admin=ADMIN) as started:
        yield started


@pytest.fixture(scope="module")
def admin(cloud: LocalCloud) -> Iterator[Clients]:
    clients = make_clients(cloud.url, *ADMIN)
    yield clients
    clients.close()


@dataclass
class House:
    """The admin's means to let others in."""

    cloud: LocalCloud
    admin: Clients
    stage: Stage
    opened: list[Clients]

    def role(self, name: str, trusted: str, *statements: dict[str, Any]) -> str:
        name = f"{name}-{self.stage.source}"
        made = self.admin.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusted)
        if statements:
            self.admin.iam.put_role_policy(
                RoleName=name, PolicyName="rights", PolicyDocument=policy(*statements)
            )
        return made["Role"]["Arn"]

    def import_role(self, trusted: str | None = None, results: str | None = None) -> str:
        results = results or self.stage.results
        return self.role(
            "importer",
            trusted or trust(StringEquals={"aws:SourceAccount": "123456789012"}),
            {
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": [f"arn:aws:s3:::{self.stage.source}", f"arn:aws:s3:::{results}"],
            },
            {
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": f"arn:aws:s3:::{self.stage.source}/*",
            },
            {
                "Effect": "Allow",
                "Action": "s3:PutObject",
                "Resource": f"arn:aws:s3:::{results}/*",
            },
        )

    def user(self, *statements: dict[str, Any]) -> Clients:
        name = f"user-{len(self.opened)}-{self.stage.source}"
        self.admin.iam.create_user(UserName=name)
        self.admin.iam.put_user_policy(
            UserName=name, PolicyName="rights", PolicyDocument=policy(*statements)
        )
        key = self.admin.iam.create_access_key(UserName=name)["AccessKey"]
        clients = make_clients(self.cloud.url, key["AccessKeyId"], key["SecretAccessKey"])
        self.opened.append(clients)
        return clients

    def as_seen_by(self, clients: Clients) -> Stage:
        stage = self.stage
        return Stage(clients, stage.source, stage.results, stage.datastore_id)


@pytest.fixture
def house(cloud: LocalCloud, admin: Clients) -> Iterator[House]:
    made = House(cloud, admin, make_stage(admin), [])
    yield made
    for clients in made.opened:
        clients.close()


def refusal(caught: pytest.ExceptionInfo[ClientError]) -> tuple[int, str]:
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


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


def presigned(clients: Clients, url: str, **parameters: Any) -> str:
    """A URL that gets the object "a" of a bucket."""
    config = Config(signature_version="s3v4", s3={"addressing_style": "path"})
    s3 = clients.session.client("s3", endpoint_url=url, config=config)
    made = s3.generate_presigned_url("get_object", **parameters)
    s3.close()
    return made


def fetched(url: str) -> tuple[int, bytes]:
    try:
        with urlopen(url) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        with error:
            return error.code, error.read()


def test_a_presigned_url_opens_what_its_signer_may_read(house: House) -> None:
    house.stage.put("a b/ü", b"bytes")
    source = f"arn:aws:s3:::{house.stage.source}/*"
    reader = house.user({"Effect": "Allow", "Action": "s3:GetObject", "Resource": source})
    stranger = house.user({"Effect": "Allow", "Action": "s3:PutObject", "Resource": source})
    where = {"Bucket": house.stage.source, "Key": "a b/ü"}
    url = presigned(reader, house.cloud.url, Params=where)
    assert fetched(url) == (200, b"bytes")
    told = presigned(
        reader, house.cloud.url, Params={**where, "ResponseContentDisposition": "inline; b=c"}
    )
    assert fetched(told) == (200, b"bytes")
    assert fetched(url.replace("a%20b", "another"))[0] == 403
    assert fetched(presigned(stranger, house.cloud.url, Params=where))[0] == 403
    assert fetched(presigned(reader, house.cloud.url, Params=where, ExpiresIn=-1))[0] == 403


def test_a_presigned_url_of_an_unknown_key_opens_nothing(house: House) -> None:
    clients = make_clients(house.cloud.url)
    house.opened.append(clients)
    where = {"Bucket": house.stage.source, "Key": "a"}
    status, body = fetched(presigned(clients, house.cloud.url, Params=where))
    assert (status, b"<Code>AccessDenied</Code>" in body) == (403, True)
