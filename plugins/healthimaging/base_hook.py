"""The connection to AWS HealthImaging that every call goes through."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

from healthimaging.errors import service_errors
from healthimaging.settings import TargetSettings, named
from include.imaging.errors import CustomerError

if TYPE_CHECKING:
    from mypy_boto3_medical_imaging import HealthImagingClient

WAITERS = Path(__file__).parent / "waiters" / "medical-imaging.json"


class HealthImagingBaseHook(AwsBaseHook):
    """Client, waiters and settings of an Airflow connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["client_type"] = "medical-imaging"
        super().__init__(*args, **kwargs)

    @cached_property
    def waiter_path(self) -> Path:
        """The waiters of this service: botocore has none."""
        return WAITERS

    @property
    def client(self) -> HealthImagingClient:
        """The boto3 client (cached)."""
        with service_errors("connect to HealthImaging"):
            return cast("HealthImagingClient", self.conn)

    @cached_property
    def settings(self) -> TargetSettings:
        """Data store, import role and buckets of the connection; CustomerError when incomplete."""
        return TargetSettings.from_extra(self.aws_conn_id, self._extra())

    def datastore_or_default(self, datastore_id: str | None) -> str:
        """The data store that a call is for: the one given, or the connection's."""
        return datastore_id or self._named("datastore_id")

    def import_role_or_default(self, data_access_role_arn: str | None) -> str:
        """The role that an import job takes: the one given, or the connection's."""
        return data_access_role_arn or self._named("import_role_arn")

    def _named(self, name: str) -> str:
        return named(self.aws_conn_id, self._extra(), [name])[name]

    def _extra(self) -> dict[str, Any]:
        if not self.conn_config:
            raise CustomerError(
                "CONNECTION_MISSING",
                f"there is no connection {self.aws_conn_id!r}: create it (type aws) under "
                "Admin → Connections, or in the secrets backend",
            )
        return self.conn_config.extra_config
