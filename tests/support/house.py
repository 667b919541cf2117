"""A local cloud that enforces IAM, and the means to let others in."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from include.localcloud.running import LocalCloud
from tests.support.cloud import Clients, Stage, make_clients

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


def key_of(clients: Clients) -> tuple[str, str]:
    """The access key of clients and its secret."""
    credentials = clients.session.get_credentials()
    assert credentials
    return credentials.access_key, credentials.secret_key


def refusal(caught: pytest.ExceptionInfo[ClientError]) -> tuple[int, str]:
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def outcome_of(call: Callable[..., object], **parameters: Any) -> str:
    """Whether a call is "done", or the code of the error that refuses it."""
    try:
        call(**parameters)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "done"
