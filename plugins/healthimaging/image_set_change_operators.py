"""Operators that change image sets: copy, update, revert, delete."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.utils.mixins import aws_template_fields

from healthimaging.goals import (
    DELETED,
    IMAGE_SET_COPIED,
    IMAGE_SET_DELETED,
    IMAGE_SET_UPDATED,
    status_of,
)
from healthimaging.state_operators import StateOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

COPY_KEY = "healthimaging_copied_to"
UPDATE_KEY = "healthimaging_updated_to"


class ImageSetChangeOperator(StateOperator):
    """Changes one image set. The service allows one such request in four seconds.

    A throttled request is a TransientError: give the task retries with a delay.

    Args:
        image_set_id: the image set (templated).
        latest_version_id: fail unless this is its latest version; not looked at when not given
            (templated).
    """

    template_fields: Sequence[str] = aws_template_fields(
        "datastore_id", "image_set_id", "latest_version_id"
    )

    def __init__(
        self, *, image_set_id: str, latest_version_id: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.image_set_id = image_set_id
        self.latest_version_id = latest_version_id

    def resource(self, image_set_id: str) -> dict[str, str]:
        """The image set as the service's requests name it."""
        return {"datastoreId": self.target_datastore, "imageSetId": image_set_id}

    def asked_once(self, context: Context, name: str, ask: Callable[[], str]) -> str:
        """Return what an earlier try was answered, or ask; a cleared task asks anew."""
        remembered = context.get("task_state_store")
        if remembered is None:
            return ask()
        # the state outlives a clear, which alone raises the most tries a task has
        key = f"{name}_{context['ti'].max_tries}"
        known = remembered.get(key)
        if not isinstance(known, str):
            known = ask()
            remembered.set(key, known)
        return known


class CopyImageSetOperator(ImageSetChangeOperator):
    """Copies an image set and returns the id of the image set copied to.

    A retry waits for the copy that an earlier try asked for; a cleared task copies again.

    Args:
        destination_image_set_id: the image set to copy into; a new one if not given (templated).
        instances: SOPInstanceUIDs by SeriesInstanceUID to copy; all if not given (templated).
        promote_to_primary: make the copy the primary image set of its series.
        force: also when elements of patient, study or series differ.
    """

    goal = IMAGE_SET_COPIED
    template_fields: Sequence[str] = (
        *ImageSetChangeOperator.template_fields,
        "destination_image_set_id",
        "instances",
    )

    def __init__(
        self,
        *,
        destination_image_set_id: str | None = None,
        instances: Mapping[str, Sequence[str]] | None = None,
        promote_to_primary: bool = False,
        force: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.destination_image_set_id = destination_image_set_id
        self.instances = instances
        self.promote_to_primary = promote_to_primary
        self.force = force

    def execute(self, context: Context) -> str:
        """Copy, or take up the copy of an earlier try, and wait until it is COPIED."""
        copied_to = self.asked_once(context, COPY_KEY, self._copy)
        return str(self.settle(self.resource(copied_to), copied_to))

    def _copy(self) -> str:
        store = self.target_datastore
        into = self.destination_image_set_id
        return self.hook.copy_image_set(
            self.image_set_id,
            latest_version_id=self.latest_version_id,
            destination=(into, self.hook.latest_version(into, store)) if into else None,
            instances=self.instances,
            promote_to_primary=self.promote_to_primary,
            force=self.force,
            datastore_id=store,
        )


class UpdateImageSetMetadataOperator(ImageSetChangeOperator):
    """Changes the metadata of an image set, or reverts it, and returns its id.

    A retry waits for the change that an earlier try asked for; a cleared task makes a further
    version of the same metadata. Everybody who may see the task sees its updates: no values of
    patients.

    Args:
        updates: attributes to add or replace, shaped as the metadata document (templated).
        removals: attributes to take away, shaped alike (templated).
        revert_to_version_id: version to go back to, in place of the two (templated).
        force: also UIDs and private attributes.
        include_study_image_sets: apply it to all image sets of the study.
    """

    goal = IMAGE_SET_UPDATED
    template_fields: Sequence[str] = (
        *ImageSetChangeOperator.template_fields,
        "updates",
        "removals",
        "revert_to_version_id",
    )

    def __init__(
        self,
        *,
        updates: Mapping[str, Any] | None = None,
        removals: Mapping[str, Any] | None = None,
        revert_to_version_id: str | None = None,
        force: bool = False,
        include_study_image_sets: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.updates = updates
        self.removals = removals
        self.revert_to_version_id = revert_to_version_id
        self.force = force
        self.include_study_image_sets = include_study_image_sets

    def execute(self, context: Context) -> str:
        """Ask for the change, or take up that of an earlier try, and wait until it is UPDATED."""
        self.asked_once(context, UPDATE_KEY, self._update)
        return str(self.settle(self.resource(self.image_set_id), self.image_set_id))

    def _update(self) -> str:
        return self.hook.update_image_set_metadata(
            self.image_set_id,
            updates=self.updates,
            removals=self.removals,
            revert_to_version_id=self.revert_to_version_id,
            latest_version_id=self.latest_version_id,
            force=self.force,
            include_study_image_sets=self.include_study_image_sets,
            datastore_id=self.target_datastore,
        )


class DeleteImageSetOperator(StateOperator):
    """Deletes an image set with all versions and returns its id; one that is gone is no error.

    Args:
        image_set_id: the image set (templated).
    """

    goal = IMAGE_SET_DELETED
    template_fields: Sequence[str] = aws_template_fields("datastore_id", "image_set_id")

    def __init__(self, *, image_set_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.image_set_id = image_set_id

    def execute(self, context: Context) -> str:
        """Delete unless it is being deleted, wait until it is gone, and return its id."""
        store = self.target_datastore
        resource = {"datastoreId": store, "imageSetId": self.image_set_id}
        if status_of(self.hook, resource) not in ("DELETING", DELETED):
            self.hook.delete_image_set(self.image_set_id, datastore_id=store)
        return str(self.settle(resource, self.image_set_id))
