"""What can be waited for: states of data stores and image sets, and what speaks against them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.imaging.errors import CustomerError

if TYPE_CHECKING:
    from healthimaging.hook import HealthImagingHook

DELETED = "DELETED"


@dataclass(frozen=True, slots=True)
class Goal:
    """A state to wait for. `waiter` is its name in waiters/medical-imaging.json.

    `reached` and `failed` are values of `query` in the answer of GetDatastore or GetImageSet;
    with any other value the wait goes on.
    """

    waiter: str
    query: str
    reached: frozenset[str]
    failed: frozenset[str] = frozenset()


DATASTORE_STATUS = "datastoreProperties.datastoreStatus"
WORKFLOW_STATUS = "imageSetWorkflowStatus"
DATASTORE_ACTIVE = Goal(
    "datastore_active",
    DATASTORE_STATUS,
    frozenset({"ACTIVE"}),
    frozenset({"CREATE_FAILED", "DELETING", DELETED}),
)
DATASTORE_DELETED = Goal("datastore_deleted", DATASTORE_STATUS, frozenset({DELETED}))
IMAGE_SET_COPIED = Goal(
    "image_set_copied",
    WORKFLOW_STATUS,
    frozenset({"COPIED"}),
    frozenset({"COPY_FAILED", "DELETING", DELETED}),
)
IMAGE_SET_UPDATED = Goal(
    "image_set_updated",
    WORKFLOW_STATUS,
    frozenset({"UPDATED"}),
    frozenset({"UPDATE_FAILED", "DELETING", DELETED}),
)
IMAGE_SET_DELETED = Goal("image_set_deleted", WORKFLOW_STATUS, frozenset({DELETED}))
IMAGE_SET_SETTLED = Goal(
    "image_set_settled",
    WORKFLOW_STATUS,
    frozenset({"CREATED", "IMPORTED", "COPIED", "UPDATED"}),
    frozenset({"IMPORT_FAILED", "COPY_FAILED", "UPDATE_FAILED", "DELETING", DELETED}),
)
DATASTORE_GOALS = {"ACTIVE": DATASTORE_ACTIVE, DELETED: DATASTORE_DELETED}
IMAGE_SET_GOALS = {
    "SETTLED": IMAGE_SET_SETTLED,
    "COPIED": IMAGE_SET_COPIED,
    "UPDATED": IMAGE_SET_UPDATED,
    DELETED: IMAGE_SET_DELETED,
}
GOALS = {goal.waiter: goal for goal in (*DATASTORE_GOALS.values(), *IMAGE_SET_GOALS.values())}


def chosen(goals: Mapping[str, Goal], until: str) -> Goal:
    """Return the goal of that name; ValueError, when the DAG is parsed, for one that is none."""
    if until not in goals:
        raise ValueError(f"until must be one of {', '.join(goals)}, not {until!r}")
    return goals[until]


def status_of(hook: HealthImagingHook, resource: Mapping[str, str]) -> str:
    """Return a data store's status or an image set's workflow status.

    It is DELETED also when the service does not know the thing any more.

    Args:
        hook: the connection.
        resource: `datastoreId`, and `imageSetId` for an image set.
    """
    try:
        if "imageSetId" not in resource:
            return hook.get_datastore_status(resource["datastoreId"])
        found = hook.get_image_set(resource["imageSetId"], datastore_id=resource["datastoreId"])
        return found.get("imageSetWorkflowStatus", "")
    except CustomerError as error:
        if error.code == "AWS_NOT_FOUND":
            return DELETED
        raise


def named(resource: Mapping[str, str]) -> str:
    """Return what to call a data store or image set in a text."""
    if "imageSetId" in resource:
        return f"image set {resource['imageSetId']}"
    return f"data store {resource['datastoreId']}"
