"""Users, roles and sessions: moto's IAM and STS, kept in the state folder."""

import json
import pickle

from moto.core.utils import utcnow
from moto.iam.models import IAMBackend, iam_backends
from moto.sts.models import STSBackend, sts_backends

from include.localcloud.database import Database

ACCOUNT = "123456789012"
PARTITION = "aws"
SESSION_SECONDS = 3600
ADMIN = "local-admin"
ALLOW_ALL = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    }
)


class Accounts:
    """The one account of the local cloud: who its users and roles are, and their credentials."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.iam: IAMBackend = iam_backends[ACCOUNT][PARTITION]
        self.sts: STSBackend = sts_backends[ACCOUNT][PARTITION]

    def restore(self) -> None:
        """Bring back what an earlier process kept."""
        for row in self._database.all("SELECT service, snapshot FROM accounts"):
            backend = self.iam if row["service"] == "iam" else self.sts
            vars(backend).update(pickle.loads(row["snapshot"]))  # noqa: S301 - our own file

    def save(self) -> None:
        """Keep all users, roles and unexpired sessions."""
        self.sts.assumed_roles = [r for r in self.sts.assumed_roles if r.expiration > utcnow()]
        snapshots = (
            ("iam", pickle.dumps(vars(self.iam))),
            ("sts", pickle.dumps({"assumed_roles": self.sts.assumed_roles})),
        )
        with self._database.writing() as connection:
            connection.executemany("REPLACE INTO accounts VALUES (?, ?)", snapshots)

    def ensure_admin(self, access_key_id: str, secret: str) -> None:
        """A user with all rights and these credentials, so that the first roles can be made."""
        if ADMIN not in self.iam.users:
            self.iam.create_user("us-east-1", ADMIN)
            self.iam.put_user_policy(ADMIN, "allow-all", ALLOW_ALL)
        user = self.iam.users[ADMIN]
        user.access_keys = []
        key = self.iam.create_access_key(user_name=ADMIN)
        key.access_key_id, key.secret_access_key = access_key_id, secret
        self.save()

    def open_session(self, role_arn: str, session_name: str, region: str) -> dict[str, str]:
        """Credentials of a role, as boto3's arguments, for a service that may assume it."""
        session = self.sts.assume_role(
            region_name=region,
            role_session_name=session_name,
            role_arn=role_arn,
            policy="",
            duration=SESSION_SECONDS,
            external_id="",
        )
        self.save()
        return {
            "aws_access_key_id": session.access_key_id,
            "aws_secret_access_key": session.secret_access_key,
            "aws_session_token": session.session_token,
        }
