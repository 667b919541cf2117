"""Operators on data stores: create, look at, list, delete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.utils.mixins import aws_template_fields

from healthimaging.goals import DATASTORE_ACTIVE, DATASTORE_DELETED, DELETED, status_of
from healthimaging.state_operators import HealthImagingOperator, StateOperator, plain, token
from include.imaging.errors import CustomerError

if TYPE_CHECKING:
    from airflow.sdk import Context
    from mypy_boto3_medical_imaging.literals import DatastoreStatusType, LosslessStorageFormatType

GONE = ("CREATE_FAILED", "DELETING", DELETED)
MOST_GONE = 10  # data stores that one task made one after the other


class CreateDatastoreOperator(StateOperator):
    """Creates a data store, or finds the one of that name, and returns its id.

    A second run finds the first one's data store. Its key, storage format and authorizer cannot be
    changed: when they are not as asked for, the task fails.

    Args:
        datastore_name: 1–256 characters (templated).
        kms_key_arn: symmetric key; one that AWS owns when not given (templated).
        lossless_storage_format: `HTJ2K` or `JPEG_2000_LOSSLESS` (templated).
        tags: tags of a new data store (templated).
        lambda_authorizer_arn: authorizer of DICOMweb calls that bear a token (templated).
    """

    goal = DATASTORE_ACTIVE
    template_fields: Sequence[str] = aws_template_fields(
        "datastore_name", "kms_key_arn", "lossless_storage_format", "tags", "lambda_authorizer_arn"
    )

    def __init__(
        self,
        *,
        datastore_name: str,
        kms_key_arn: str | None = None,
        lossless_storage_format: LosslessStorageFormatType = "HTJ2K",
        tags: Mapping[str, str] | None = None,
        lambda_authorizer_arn: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.datastore_name = datastore_name
        self.kms_key_arn = kms_key_arn
        self.lossless_storage_format = lossless_storage_format
        self.tags = tags
        self.lambda_authorizer_arn = lambda_authorizer_arn

    def execute(self, context: Context) -> str:
        """Find or create, wait until ACTIVE, and return the data store's id."""
        found = self.hook.find_datastore(self.datastore_name)
        if found:
            self._compare(found["datastoreId"])
        store = found["datastoreId"] if found else self._create(context)
        self.log.info("%s data store %s", "Found" if found else "Created", store)
        return str(self.settle({"datastoreId": store}, store))

    def _create(self, context: Context) -> str:
        """Create a data store; one that an earlier try made, and that is gone, is not taken.

        The token is the same at every try, so that two tries make one data store. But nothing
        says for how long the service answers it with a data store that was deleted meanwhile.
        """
        made = ""
        for _ in range(MOST_GONE):
            made = self._request(token(context, self.datastore_name, made))
            if self.status_if_told({"datastoreId": made}) not in GONE:
                break
        return made

    def _request(self, client_token: str) -> str:
        return self.hook.create_datastore(
            self.datastore_name,
            client_token=client_token,
            kms_key_arn=self.kms_key_arn,
            lossless_storage_format=self.lossless_storage_format,
            tags=self.tags,
            lambda_authorizer_arn=self.lambda_authorizer_arn,
        )

    def _compare(self, datastore_id: str) -> None:
        there = self.hook.get_datastore(datastore_id)
        wanted: dict[str, str] = {"losslessStorageFormat": self.lossless_storage_format}
        if self.kms_key_arn:
            wanted["kmsKeyArn"] = self.kms_key_arn
        if self.lambda_authorizer_arn:
            wanted["lambdaAuthorizerArn"] = self.lambda_authorizer_arn
        # a store made before storage formats could be chosen tells none: it keeps HTJ2K
        found = {"losslessStorageFormat": "HTJ2K", **there}
        different = sorted(name for name, value in wanted.items() if found.get(name) != value)
        if different:
            raise CustomerError(
                "DATASTORE_DIFFERS",
                f"data store {datastore_id} has that name but another {' and '.join(different)}, "
                "which cannot be changed: choose another name, or correct this task",
            )


class GetDatastoreOperator(HealthImagingOperator):
    """Returns the properties of a data store; fails when there is none."""

    def execute(self, context: Context) -> dict[str, Any]:
        """Ask for the properties (GetDatastore)."""
        return plain(self.hook.get_datastore(self.target_datastore))


class ListDatastoresOperator(HealthImagingOperator):
    """Returns the account's data stores in the region: `datastoreId`, name, status and ARN each.

    Args:
        datastore_status: only those of this status (templated).
    """

    template_fields: Sequence[str] = aws_template_fields("datastore_status")

    def __init__(
        self, *, datastore_status: DatastoreStatusType | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.datastore_status = datastore_status

    def execute(self, context: Context) -> list[dict[str, Any]]:
        """Ask for all pages (ListDatastores); the service allows 100 data stores."""
        return [plain(store) for store in self.hook.list_datastores(self.datastore_status)]


class DeleteDatastoreOperator(StateOperator):
    """Deletes an empty data store and returns its id; one that is gone already is no error.

    Args:
        datastore_id: it must be given: the connection's is never deleted by default (templated).
    """

    goal = DATASTORE_DELETED
    template_fields: Sequence[str] = aws_template_fields("datastore_id")

    def __init__(self, *, datastore_id: str, **kwargs: Any) -> None:
        super().__init__(datastore_id=datastore_id, **kwargs)

    def execute(self, context: Context) -> str:
        """Delete unless it is being deleted, wait until it is gone, and return its id."""
        if not self.datastore_id:
            raise CustomerError("DATASTORE_MISSING", "say which data store to delete")
        resource = {"datastoreId": self.datastore_id}
        if status_of(self.hook, resource) not in ("DELETING", DELETED):
            self.hook.delete_datastore(self.datastore_id)
        return str(self.settle(resource, self.datastore_id))
