"""S3 clients that act as an import job's role."""

import sqlite3
import threading
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from include.localcloud.accounts import Accounts
from include.localcloud.errors import AccessDeniedError
from include.localcloud.in_process import InProcess
from include.localcloud.permissions import Permissions
from include.localcloud.request_faults import OWN_AGENT

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONFIG = Config(
    s3={"addressing_style": "path"},
    retries={"mode": "standard"},
    max_pool_connections=32,
    response_checksum_validation="when_required",
    user_agent_extra=OWN_AGENT,
)


class RoleSessions:
    """Assumes roles as the service does: for a job, if the role's trust policy lets it.

    Args:
        accounts: Whose roles they are when STS is the local cloud's own.
        permissions: Evaluates trust policies; None when IAM is not enforced.
        s3_endpoint: Where S3 is.
        own_s3: Carries reads to S3 when it is the local cloud's own.
        sts_endpoint: Where STS is; None for the local cloud's own.
    """

    def __init__(
        self,
        accounts: Accounts,
        permissions: Permissions | None,
        s3_endpoint: str,
        sts_endpoint: str | None,
        own_s3: InProcess | None = None,
    ) -> None:
        self._accounts = accounts
        self._permissions = permissions
        self._s3_endpoint = s3_endpoint
        self._own_s3 = own_s3
        self._sts_endpoint = sts_endpoint
        self._session = boto3.Session()
        self._one_at_a_time = threading.Lock()

    def s3(self, job: sqlite3.Row) -> "S3Client":
        """A client with the credentials of the job's role.

        Raises:
            AccessDeniedError: The role does not exist or does not trust the service.
            ClientError: Another STS refused.
        """
        credentials = self._credentials(job)
        with self._one_at_a_time:
            client = self._session.client(
                "s3",
                region_name=job["region"],
                endpoint_url=self._s3_endpoint,
                config=CONFIG,
                **credentials,
            )
        if self._own_s3:
            self._own_s3.serve(client)
        return client

    def _credentials(self, job: sqlite3.Row) -> dict[str, Any]:
        name = f"DicomImport-{job['id']}"
        if self._sts_endpoint:
            return self._foreign_credentials(job, name)
        if self._permissions and not self._permissions.role_trusts_service(
            job["role_arn"], job["datastore_id"], job["region"]
        ):
            raise AccessDeniedError("The import role cannot be assumed by HealthImaging")
        return self._accounts.open_session(job["role_arn"], name, job["region"])

    def _foreign_credentials(self, job: sqlite3.Row, name: str) -> dict[str, Any]:
        sts = boto3.Session(region_name=job["region"]).client(
            "sts", endpoint_url=self._sts_endpoint
        )
        found = sts.assume_role(RoleArn=job["role_arn"], RoleSessionName=name)["Credentials"]
        return {
            "aws_access_key_id": found["AccessKeyId"],
            "aws_secret_access_key": found["SecretAccessKey"],
            "aws_session_token": found["SessionToken"],
        }
