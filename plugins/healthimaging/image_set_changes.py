"""Calls that change image sets: copy, update metadata, revert, delete."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from healthimaging.errors import filled, service_errors
from healthimaging.image_set_calls import ImageSetCalls
from include.imaging.errors import CustomerError

if TYPE_CHECKING:
    from mypy_boto3_medical_imaging.type_defs import (
        CopyImageSetInformationTypeDef,
        CopyImageSetRequestTypeDef,
        DICOMUpdatesTypeDef,
        MetadataUpdatesTypeDef,
        UpdateImageSetMetadataRequestTypeDef,
    )

SCHEMA_VERSION = 1.1
DOCUMENT_BYTES = 10_000
TOO_LARGE = (
    "its updates and removals are above 10 KB, which is the quota unless yours was raised: make "
    "several updates of them"
)


class ImageSetChanges(ImageSetCalls):
    """The operations that write. Each is allowed once in four seconds (0.25 a second).

    They answer at once and go on in the service: GetImageSet's workflow status tells the end.
    Throttling is a TransientError, as is an image set that another change holds locked.
    """

    def copy_image_set(
        self,
        image_set_id: str,
        *,
        latest_version_id: str | None = None,
        destination: tuple[str, str] | None = None,
        instances: Mapping[str, Sequence[str]] | None = None,
        promote_to_primary: bool = False,
        force: bool = False,
        datastore_id: str | None = None,
    ) -> str:
        """Ask for a copy of an image set; returns the id of the image set copied to.

        Not idempotent: without a destination every call makes a new image set.

        Args:
            image_set_id: the source.
            latest_version_id: its version; asked for when not given.
            destination: image set to copy into, and its latest version; a new one if not given.
            instances: SOPInstanceUIDs by SeriesInstanceUID; all when not given.
            promote_to_primary: make the copy the primary image set of its series.
            force: also when elements of patient, study or series differ.
            datastore_id: the data store of both.
        """
        store = self.datastore_or_default(datastore_id)
        version = latest_version_id or self.latest_version(image_set_id, store)
        request: CopyImageSetRequestTypeDef = {
            "datastoreId": store,
            "sourceImageSetId": filled("image_set_id", image_set_id),
            "copyImageSetInformation": _information(version, destination, instances),
            "promoteToPrimary": promote_to_primary,
            "force": force,
        }
        absent = self.not_latest(image_set_id)
        with service_errors(f"copy {image_set_id}", not_found=absent, private=True):
            answer = self.client.copy_image_set(**request)
        return answer["destinationImageSetProperties"]["imageSetId"]

    def update_image_set_metadata(
        self,
        image_set_id: str,
        *,
        updates: Mapping[str, Any] | None = None,
        removals: Mapping[str, Any] | None = None,
        revert_to_version_id: str | None = None,
        latest_version_id: str | None = None,
        force: bool = False,
        include_study_image_sets: bool = False,
        datastore_id: str | None = None,
    ) -> str:
        """Ask for other metadata, or for that of an earlier version; returns the latest version.

        Updates and removals are shaped as the metadata document (developer guide, "Updating
        image set metadata"; at most 10 KB). Errors do not repeat them.

        Args:
            image_set_id: the image set.
            updates: attributes to add or replace.
            removals: attributes to take away.
            revert_to_version_id: version to go back to, in place of the two.
            latest_version_id: version that is changed; asked for when not given.
            force: also UIDs and private attributes.
            include_study_image_sets: apply it to the whole study.
            datastore_id: the data store.
        """
        changes = _changes(updates, removals, revert_to_version_id)
        store = self.datastore_or_default(datastore_id)
        request: UpdateImageSetMetadataRequestTypeDef = {
            "datastoreId": store,
            "imageSetId": filled("image_set_id", image_set_id),
            "latestVersionId": latest_version_id or self.latest_version(image_set_id, store),
            "updateImageSetMetadataUpdates": changes,
            "force": force,
            "includeStudyImageSets": include_study_image_sets,
        }
        absent, quota = self.not_latest(image_set_id), _quota(changes)
        with service_errors(f"update {image_set_id}", absent, quota=quota, private=True):
            return self.client.update_image_set_metadata(**request)["latestVersionId"]

    def delete_image_set(self, image_set_id: str, *, datastore_id: str | None = None) -> None:
        """Ask for the deletion of an image set with all its versions."""
        store = self.datastore_or_default(datastore_id)
        doing = f"delete {image_set_id}"
        with service_errors(doing, not_found=self.unknown(image_set_id)):
            self.client.delete_image_set(
                datastoreId=store, imageSetId=filled("image_set_id", image_set_id)
            )

    def latest_version(self, image_set_id: str, datastore_id: str | None = None) -> str:
        """Return the latest version of an image set, which every change must name."""
        return self.get_image_set(image_set_id, datastore_id=datastore_id)["versionId"]

    def not_latest(self, image_set_id: str) -> str:
        """What to do when the service knows no such image set or a later version of it."""
        return (
            f"{self.unknown(image_set_id)}; or another change made a later version: look at "
            "ListImageSetVersions, then clear this task"
        )


def _information(
    version: str,
    destination: tuple[str, str] | None,
    instances: Mapping[str, Sequence[str]] | None,
) -> CopyImageSetInformationTypeDef:
    information: CopyImageSetInformationTypeDef = {"sourceImageSet": {"latestVersionId": version}}
    if instances is not None:
        series: dict[str, Any] = {
            uid: {"Instances": {instance: {} for instance in chosen}}
            for uid, chosen in instances.items()
        }
        document = {"SchemaVersion": SCHEMA_VERSION, "Study": {"Series": series}}
        information["sourceImageSet"]["DICOMCopies"] = {"copiableAttributes": json.dumps(document)}
    if destination:
        image_set_id, latest = destination
        information["destinationImageSet"] = {"imageSetId": image_set_id, "latestVersionId": latest}
    return information


def _changes(
    updates: Mapping[str, Any] | None, removals: Mapping[str, Any] | None, revert_to: str | None
) -> MetadataUpdatesTypeDef:
    if bool(revert_to) == bool(updates or removals):
        raise CustomerError(
            "UPDATE_UNCLEAR", "give updates or removals, or a version to revert to: one of both"
        )
    if revert_to:
        return {"revertToVersionId": revert_to}
    dicom: DICOMUpdatesTypeDef = {}
    if updates:
        dicom["updatableAttributes"] = _document(updates)
    if removals:
        dicom["removableAttributes"] = _document(removals)
    return {"DICOMUpdates": dicom}


def _document(attributes: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps({"SchemaVersion": SCHEMA_VERSION, **attributes}).encode()
    except (TypeError, ValueError):
        # their message may repeat values
        raise CustomerError(
            "UPDATE_UNCLEAR", "updates and removals must be what JSON can say: text, numbers, lists"
        ) from None


def _quota(changes: MetadataUpdatesTypeDef) -> str:
    """Return what to do at a quota that no waiting cures; '' where it is that of requests."""
    documents: Any = changes.get("DICOMUpdates", {})
    is_large = sum(len(document) for document in documents.values()) > DOCUMENT_BYTES
    return TOO_LARGE if is_large else ""
