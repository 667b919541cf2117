"""The data store: found by its name, made when there is none, awaited until it is ACTIVE."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.imaging.errors import CustomerError, TransientError
from include.infrastructure.answers import or_none
from include.infrastructure.plan import Property
from include.infrastructure.wanted import StorageFormat

if TYPE_CHECKING:
    from mypy_boto3_medical_imaging import HealthImagingClient

ALIVE = ("ACTIVE", "CREATING")
FIXED = (
    "it is fixed when a data store is made: take the data store as it is and want what was "
    "found, or give a new name, and move its image sets by importing them again"
)


@dataclass(frozen=True, slots=True)
class DataStore:
    """A data store as it is to be. `datastore_id` tells which, where several have its name.

    `wait_seconds` is how long `make` waits for ACTIVE, looking every `poll_seconds`.
    """

    imaging: HealthImagingClient
    name: str
    datastore_id: str = ""
    kms_key_arn: str = ""
    storage_format: StorageFormat = "HTJ2K"
    tags: Mapping[str, str] | None = None
    wait_seconds: float = 900.0
    poll_seconds: float = 2.0

    def properties(self) -> Iterator[Property]:
        """Yield its properties in the order in which they are brought about."""
        yield self._property("status", "ACTIVE", self.status, self.make)
        yield self._property("storage format", self.storage_format, self.found_format)
        if self.kms_key_arn:
            yield self._property("KMS key", self.kms_key_arn, self.found_key)
        if self.tags:
            yield self._property("tags", dict(self.tags), self.found_tags, self.tag)

    def _property(self, name: str, wanted: Any, read: Any, write: Any = None) -> Property:
        return Property(f"data store {self.name}", name, wanted, read, write, advice=FIXED)

    def found_id(self) -> str | None:
        """Return its id, or None; CustomerError when the name is that of several."""
        ids = [each["datastoreId"] for each in self._alive()]
        if self.datastore_id in ids:
            return self.datastore_id
        if len(ids) > 1:
            raise CustomerError(
                "DATA_STORE_AMBIGUOUS",
                f"{len(ids)} data stores are called {self.name} ({', '.join(sorted(ids))}): give "
                "the id of the one that is meant",
            )
        return ids[0] if ids else None

    def status(self) -> str | None:
        """Return its status; None when it has to be made."""
        status: str | None = self._told("datastoreStatus")
        return status

    def found_format(self) -> str | None:
        """Return how it stores pixels; what is to be made has what is wanted."""
        if self.found_id() is None:
            return self.storage_format
        return self._told("losslessStorageFormat") or "HTJ2K"

    def found_key(self) -> str | None:
        """Return its key; what is to be made has what is wanted."""
        if self.found_id() is None:
            return self.kms_key_arn
        return self._told("kmsKeyArn") or "owned by AWS"

    def found_tags(self) -> dict[str, str] | None:
        """Return those of its tags that are wanted; others are nobody's business here."""
        arn = self._told("datastoreArn")
        if arn is None:
            return None
        found = self.imaging.list_tags_for_resource(resourceArn=arn)["tags"]
        return {name: value for name, value in found.items() if name in (self.tags or {})} or None

    def make(self) -> None:
        """Create it unless it is on its way, and wait until it is ACTIVE."""
        made = self.found_id() or self._create()
        deadline = time.monotonic() + self.wait_seconds
        while (status := self._properties(made)["datastoreStatus"]) != "ACTIVE":
            if status not in ALIVE:
                raise CustomerError(
                    "DATA_STORE_NOT_MADE",
                    f"data store {made} is {status}: look at the key's policy, then run again",
                )
            if time.monotonic() > deadline:
                raise TransientError(
                    "DATA_STORE_SLOW", f"data store {made} is {status}; the task is retried"
                )
            time.sleep(self.poll_seconds)

    def tag(self) -> None:
        """Give it the wanted tags; others stay."""
        arn = self._told("datastoreArn")
        if arn and self.tags:
            self.imaging.tag_resource(resourceArn=arn, tags=self.tags)

    def _create(self) -> str:
        request: Any = {"datastoreName": self.name}
        if self.kms_key_arn:
            request["kmsKeyArn"] = self.kms_key_arn
        if self.storage_format != "HTJ2K":
            request["losslessStorageFormat"] = self.storage_format
        if self.tags:
            request["tags"] = dict(self.tags)
        return self.imaging.create_datastore(**request)["datastoreId"]

    def _alive(self) -> Iterator[Any]:
        for page in self.imaging.get_paginator("list_datastores").paginate():
            for summary in page["datastoreSummaries"]:
                if summary["datastoreName"] == self.name and summary["datastoreStatus"] in ALIVE:
                    yield summary

    def _told(self, member: str) -> Any:
        found = self.found_id()
        properties: Any = or_none(lambda: self._properties(found)) if found else None
        return properties.get(member) if properties else None

    def _properties(self, datastore_id: str) -> Any:
        return self.imaging.get_datastore(datastoreId=datastore_id)["datastoreProperties"]
