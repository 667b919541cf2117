"""States over time: what is locked, for how long, and who must wait."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from include.localcloud.datastores import find_datastore, status_of
from include.localcloud.state import State
from include.localcloud.workflow import NOT_CONSISTENT
from tests.support.image_sets import RefusedError, Store, open_store
from tests.support.samples import variant

HOUR = 3600.0
SERIES = {"SeriesInstanceUID": "1.2.3.4", "StudyInstanceUID": "1.2.3"}
LATEST = {"sourceImageSet": {"latestVersionId": "1"}}
CHANGE = {
    "DICOMUpdates": {
        "updatableAttributes": json.dumps({"Study": {"DICOM": {"StudyDescription": "x"}}}).encode()
    }
}


@pytest.fixture(scope="module")
def slow() -> Iterator[Store]:
    with open_store(seconds=HOUR) as opened:
        yield opened


@pytest.fixture
def store(slow: Store) -> Store:
    """A data store in which every operation takes an hour, with one image set."""
    store = slow.another()
    store.load(variant(**SERIES))
    return store


def state(store: Store, image_set_id: str) -> tuple[str, str]:
    found = store.call("GetImageSet", imageSetId=image_set_id)
    return found["imageSetState"], found["imageSetWorkflowStatus"]


def begin(store: Store, operation: str, image_set_id: str) -> dict[str, Any]:
    if operation == "CopyImageSet":
        return store.call(operation, sourceImageSetId=image_set_id, copyImageSetInformation=LATEST)
    given: dict[str, Any] = {"imageSetId": image_set_id}
    if operation == "UpdateImageSetMetadata":
        given |= {"latestVersionId": "1", "updateImageSetMetadataUpdates": CHANGE}
    return store.call(operation, **given)


def status(store: Store) -> str:
    return str(store.call("GetDatastore")["datastoreProperties"]["datastoreStatus"])


def test_a_data_store_is_created_and_deleted_in_time(slow: Store) -> None:
    made = slow.call("CreateDatastore", datastoreName="new", clientToken="t")
    store = Store(slow.state, slow.application, made["datastoreId"])
    assert (made["datastoreStatus"], status(store)) == ("CREATING", "CREATING")
    for operation in ("SearchImageSets", "DeleteDatastore"):
        with pytest.raises(RefusedError, match="409 ConflictException"):
            store.call(operation)
    store.settle()
    assert status(store) == "ACTIVE"
    assert store.call("DeleteDatastore")["datastoreStatus"] == "DELETING"
    assert status(store) == "DELETING"
    listed = store.call("ListDatastores", datastoreStatus="DELETING")["datastoreSummaries"]
    assert [found["datastoreId"] for found in listed] == [store.datastore_id]
    store.settle()
    assert status(store) == "DELETED"
    with pytest.raises(RefusedError, match="404 ResourceNotFoundException"):
        store.search()


@pytest.mark.parametrize(
    ("operation", "meanwhile", "afterwards"),
    [
        ("UpdateImageSetMetadata", "UPDATING", ("ACTIVE", "UPDATED")),
        ("CopyImageSet", "COPYING_WITH_READ_ONLY_ACCESS", ("ACTIVE", "CREATED")),
        ("DeleteImageSet", "DELETING", ("DELETED", "DELETED")),
    ],
)
def test_an_image_set_is_locked_while_something_is_done_to_it(
    store: Store, operation: str, meanwhile: str, afterwards: tuple[str, str]
) -> None:
    image_set = store.only()
    begin(store, operation, image_set)
    assert state(store, image_set) == ("LOCKED", meanwhile)
    for other in ("UpdateImageSetMetadata", "CopyImageSet", "DeleteImageSet"):
        with pytest.raises(RefusedError, match="409 ConflictException"):
            begin(store, other, image_set)
    store.settle()
    assert state(store, image_set) == afterwards


def test_what_is_being_copied_can_be_read_and_what_is_being_made_cannot(store: Store) -> None:
    source = store.only()
    made = begin(store, "CopyImageSet", source)["destinationImageSetProperties"]["imageSetId"]
    assert state(store, made) == ("LOCKED", "COPYING")
    assert store.metadata(source)["ImageSetID"] == source
    with pytest.raises(RefusedError, match=NOT_CONSISTENT):
        store.metadata(made)
    store.settle()
    assert store.metadata(made)["ImageSetID"] == made


def test_versions_before_an_update_can_be_read_meanwhile(store: Store) -> None:
    image_set = store.only()
    begin(store, "UpdateImageSetMetadata", image_set)
    assert store.metadata(image_set, versionId="1")
    versions = store.call("ListImageSetVersions", imageSetId=image_set)["imageSetPropertiesList"]
    assert [(v["versionId"], v["imageSetState"]) for v in versions] == [
        ("2", "LOCKED"),
        ("1", "ACTIVE"),
    ]


def test_a_study_is_locked_as_a_whole(store: Store) -> None:
    store.load(variant(SeriesInstanceUID="1.2.3.5", StudyInstanceUID="1.2.3"))
    first, second = (found["imageSetId"] for found in store.search())
    store.call(
        "UpdateImageSetMetadata",
        imageSetId=first,
        latestVersionId="1",
        updateImageSetMetadataUpdates=CHANGE,
        includeStudyImageSets=True,
    )
    assert state(store, first) == ("LOCKED", "UPDATING")
    assert state(store, second) == ("LOCKED", "UPDATING_FOR_STUDY_CONSISTENCY")


def test_a_data_store_waits_for_its_image_sets_to_be_gone(store: Store) -> None:
    image_set = store.only()
    begin(store, "DeleteImageSet", image_set)
    assert store.only() == image_set
    with pytest.raises(RefusedError, match="409 ConflictException"):
        store.call("DeleteDatastore")
    with pytest.raises(RefusedError, match="409 ConflictException"):
        store.metadata(image_set)
    store.settle()
    assert store.search() == []
    with pytest.raises(RefusedError, match="404 ResourceNotFoundException"):
        store.metadata(image_set)
    store.call("DeleteDatastore")


def test_metadata_is_not_consistent_at_once_when_told_so() -> None:
    with open_store(metadata_seconds=HOUR) as store:
        store.load(variant(**SERIES))
        with pytest.raises(RefusedError, match=f"409 ConflictException: {NOT_CONSISTENT}"):
            store.metadata(store.only())
        assert state(store, store.only()) == ("ACTIVE", "CREATED")
        with store.database.writing() as connection:
            connection.execute("UPDATE image_set_versions SET created_at = created_at - 3600")
        assert store.metadata(store.only())


def test_a_lock_outlives_a_restart(tmp_path: Path) -> None:
    with State(tmp_path) as state_before, state_before.database.writing() as connection:
        connection.execute(
            "INSERT INTO datastores VALUES ('d', 'd', '', 'ACTIVE', NULL, NULL, 'HTJ2K', 0, 0, 9e9)"
        )
    with State(tmp_path) as state_after:
        assert status_of(find_datastore(state_after.database, "d")) == "CREATING"
