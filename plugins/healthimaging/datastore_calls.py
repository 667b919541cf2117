"""Calls on data stores: create, look at, list, delete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from healthimaging.base_hook import HealthImagingBaseHook
from healthimaging.errors import service_errors

if TYPE_CHECKING:
    from mypy_boto3_medical_imaging.literals import DatastoreStatusType, LosslessStorageFormatType
    from mypy_boto3_medical_imaging.type_defs import (
        CreateDatastoreRequestTypeDef,
        DatastorePropertiesTypeDef,
        DatastoreSummaryTypeDef,
        ListDatastoresRequestPaginateTypeDef,
    )


class DatastoreCalls(HealthImagingBaseHook):
    """The operations on data stores. The service allows about five creations a minute."""

    def create_datastore(
        self,
        name: str,
        *,
        client_token: str,
        kms_key_arn: str | None = None,
        lossless_storage_format: LosslessStorageFormatType | None = None,
        lambda_authorizer_arn: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> str:
        """Ask for a data store; returns its id. It is CREATING until `get_datastore` says ACTIVE.

        Args:
            name: 1–256 characters; the service does not keep names apart.
            client_token: 1–64 of `[A-Za-z0-9._-]`; the same token, the same data store.
            kms_key_arn: symmetric key; one that AWS owns when not given.
            lossless_storage_format: HTJ2K when not given. Neither it nor the key can be changed.
            lambda_authorizer_arn: authorizer of DICOMweb calls that bear a token.
            tags: tags of the data store.
        """
        request: CreateDatastoreRequestTypeDef = {
            "datastoreName": name,
            "clientToken": client_token,
        }
        if kms_key_arn:
            request["kmsKeyArn"] = kms_key_arn
        if lossless_storage_format:
            request["losslessStorageFormat"] = lossless_storage_format
        if lambda_authorizer_arn:
            request["lambdaAuthorizerArn"] = lambda_authorizer_arn
        if tags:
            request["tags"] = tags
        with service_errors(f"create the data store {name}"):
            return self.client.create_datastore(**request)["datastoreId"]

    def get_datastore(self, datastore_id: str | None = None) -> DatastorePropertiesTypeDef:
        """Return the properties of a data store; CustomerError when there is none."""
        store = self.datastore_or_default(datastore_id)
        advice = (
            f"there is no data store {store} in this region: create it, or correct datastore_id "
            f"and region_name of connection {self.aws_conn_id!r}, then clear this task"
        )
        with service_errors(f"look at data store {store}", not_found=advice):
            return self.client.get_datastore(datastoreId=store)["datastoreProperties"]

    def get_datastore_status(self, datastore_id: str | None = None) -> DatastoreStatusType:
        """Return the status of a data store (CREATING, ACTIVE, …); CustomerError when absent."""
        return self.get_datastore(datastore_id)["datastoreStatus"]

    def list_datastores(
        self, status: DatastoreStatusType | None = None
    ) -> Iterator[DatastoreSummaryTypeDef]:
        """Yield the account's data stores in this region, those of one status if it is given."""
        request: ListDatastoresRequestPaginateTypeDef = {}
        if status:
            request["datastoreStatus"] = status
        with service_errors("list the data stores"):
            for page in self.client.get_paginator("list_datastores").paginate(**request):
                yield from page["datastoreSummaries"]

    def find_datastore(self, name: str) -> DatastoreSummaryTypeDef | None:
        """Return the data store of this name that is ACTIVE or CREATING, or None.

        Of several the one made first is returned, so that every caller gets the same.
        """
        statuses: tuple[DatastoreStatusType, ...] = ("ACTIVE", "CREATING")
        for status in statuses:
            named = [store for store in self.list_datastores(status) if _name(store) == name]
            if named:
                return min(named, key=lambda store: (store["createdAt"], store["datastoreId"]))
        return None

    def delete_datastore(self, datastore_id: str) -> None:
        """Ask for the deletion of a data store; CustomerError unless it is empty.

        The connection's data store is never meant by default.
        """
        with service_errors(
            f"delete data store {datastore_id}",
            not_found="there is no such data store in this region",
            conflict="delete its image sets and let its import jobs end first",
        ):
            self.client.delete_datastore(datastoreId=datastore_id)


def _name(store: DatastoreSummaryTypeDef) -> str:
    return store["datastoreName"]
