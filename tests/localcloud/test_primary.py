"""Which image set of a series is primary, and what time and accesses do to image sets."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from include.localcloud.publishing import discard_unpublished
from tests.support.image_sets import RefusedError, Store, open_store
from tests.support.samples import variant

STUDY = {"StudyInstanceUID": "1.2.3", "PatientID": "a"}
SERIES = {**STUDY, "SeriesInstanceUID": "1.2.3.4"}
LONG_AGO = 1_600_000_000.0


@pytest.fixture(scope="module")
def stores() -> Iterator[Store]:
    with open_store() as opened:
        yield opened


@pytest.fixture
def store(stores: Store) -> Store:
    return stores.another()


def primaries(store: Store) -> dict[str, bool]:
    return {s["imageSetId"]: s["isPrimary"] for s in store.search()}


@pytest.mark.parametrize(
    "other",
    [
        {"PatientID": "b"},
        {"StudyDate": "19990101"},
        {"AccessionNumber": "other"},
        {"StudyID": "other"},
        {"SeriesNumber": "77"},
        {"StudyInstanceUID": "1.2.9"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_each_grouping_element_keeps_instances_of_a_series_apart(
    store: Store, other: dict[str, str]
) -> None:
    store.load(variant(**SERIES))
    store.load(variant(**{**SERIES, **other}))
    assert sorted(primaries(store).values()) == [False, True]


def test_what_does_not_group_joins_the_primary_image_set(store: Store) -> None:
    store.load(variant(**SERIES))
    store.load(variant(**SERIES, PatientName="Other^Name", StudyDescription="other"))
    [found] = store.search()
    assert (found["version"], found["isPrimary"]) == (2, True)
    assert found["DICOMTags"]["DICOMPatientName"] == "Other^Name"


def test_a_new_series_of_another_patient_does_not_join_the_study(store: Store) -> None:
    store.load(variant(**SERIES))
    store.load(variant(**{**SERIES, "SeriesInstanceUID": "1.2.3.5", "PatientID": "b"}))
    store.load(variant(**{**SERIES, "SeriesInstanceUID": "1.2.3.6"}))
    assert list(primaries(store).values()) == [True, False, True]
    counts = {s["DICOMTags"]["DICOMNumberOfStudyRelatedSeries"] for s in store.search()}
    assert counts == {2}


def test_a_conflict_makes_a_new_image_set_each_time(store: Store) -> None:
    store.load(variant(**SERIES))
    for _ in range(2):
        store.load(variant(**{**SERIES, "PatientID": "b"}))
    assert sorted(primaries(store).values()) == [False, False, True]


def test_after_a_primary_image_set_is_deleted_the_next_import_makes_one(store: Store) -> None:
    store.load(variant(**SERIES))
    first = store.only()
    store.load(variant(**{**SERIES, "PatientID": "b"}))
    store.call("DeleteImageSet", imageSetId=first)
    assert list(primaries(store).values()) == [False]
    store.load(variant(**SERIES))
    assert sorted(primaries(store).values()) == [False, True]
    deleted = store.call("GetImageSet", imageSetId=first)
    assert (deleted["imageSetState"], deleted["isPrimary"]) == ("DELETED", True)


def test_every_import_of_an_instance_keeps_its_own_frames(store: Store) -> None:
    """Storage is not deduplicated: each import of an instance takes room (DG/import jobs)."""
    data = variant(**SERIES)
    store.load(data)
    store.load(data)
    image_set = store.only()
    frames = {
        json.dumps(store.metadata(image_set, versionId=version)["Study"]["Series"])
        for version in ("1", "2")
    }
    assert len(frames) == 2


def test_is_primary_stands_everywhere(store: Store) -> None:
    store.load(variant(**SERIES))
    image_set = store.only()
    [version] = store.call("ListImageSetVersions", imageSetId=image_set)["imageSetPropertiesList"]
    assert version["isPrimary"] is True
    assert store.call("GetImageSet", imageSetId=image_set)["isPrimary"] is True


def test_versions_are_listed_in_pages_with_the_newest_first(store: Store) -> None:
    for _ in range(3):
        store.load(variant(**SERIES))
    image_set = store.only()
    first = store.call("ListImageSetVersions", imageSetId=image_set, maxResults=2)
    rest = store.call(
        "ListImageSetVersions", imageSetId=image_set, maxResults=2, nextToken=first["nextToken"]
    )
    pages = [[v["versionId"] for v in p["imageSetPropertiesList"]] for p in (first, rest)]
    assert pages == [["3", "2"], ["1"]]
    assert "nextToken" not in rest


def look(store: Store, image_set: str) -> None:
    store.metadata(image_set)


def fetch(store: Store, image_set: str) -> None:
    frame = store.database.one(
        "SELECT f.id FROM frames f JOIN instances i ON i.blob = f.blob"
        " JOIN members m ON m.instance_id = i.id WHERE m.image_set_id = ?",
        image_set,
    )
    assert frame
    store.call(
        "GetImageFrame", imageSetId=image_set, imageFrameInformation={"imageFrameId": frame["id"]}
    )


def copy(store: Store, image_set: str) -> None:
    source = {"sourceImageSet": {"latestVersionId": "1"}}
    store.call("CopyImageSet", sourceImageSetId=image_set, copyImageSetInformation=source)


def update(store: Store, image_set: str) -> None:
    text = json.dumps({"Study": {"DICOM": {"StudyDescription": "x"}}}).encode()
    store.call(
        "UpdateImageSetMetadata",
        imageSetId=image_set,
        latestVersionId="1",
        updateImageSetMetadataUpdates={"DICOMUpdates": {"updatableAttributes": text}},
    )


def get(store: Store, image_set: str) -> None:
    store.call("GetImageSet", imageSetId=image_set)


def search(store: Store, image_set: str) -> None:
    assert [s["imageSetId"] for s in store.search()] == [image_set]


def list_versions(store: Store, image_set: str) -> None:
    store.call("ListImageSetVersions", imageSetId=image_set)


@pytest.mark.parametrize(
    ("access", "is_access"),
    [
        (look, True),
        (fetch, True),
        (copy, True),
        (update, True),
        (get, False),
        (search, False),
        (list_versions, False),
    ],
)
def test_an_access_brings_an_image_set_back_from_the_archive(
    store: Store, access: Callable[[Store, str], None], is_access: bool
) -> None:
    store.load(variant(**SERIES))
    image_set = store.only()
    with store.database.writing() as connection:
        connection.execute("UPDATE image_sets SET accessed_at = ?", (LONG_AGO,))
    before = store.call("GetImageSet", imageSetId=image_set)
    assert before["storageTier"] == "ARCHIVE_INSTANT_ACCESS"
    access(store, image_set)
    after: dict[str, Any] = store.call("GetImageSet", imageSetId=image_set)
    wanted = "FREQUENT_ACCESS" if is_access else "ARCHIVE_INSTANT_ACCESS"
    assert after["storageTier"] == wanted
    assert (after["lastAccessedAt"] > before["lastAccessedAt"]) is is_access


def test_what_is_deleted_can_only_be_looked_at(store: Store) -> None:
    store.load(variant(**SERIES))
    image_set = store.only()
    store.call("DeleteImageSet", imageSetId=image_set)
    found = store.call("GetImageSet", imageSetId=image_set)
    assert found["imageSetState"] == found["imageSetWorkflowStatus"] == "DELETED"
    assert found["deletedAt"] >= found["createdAt"]
    for refused in (look, copy, update):
        with pytest.raises(RefusedError, match="404 ResourceNotFoundException"):
            refused(store, image_set)
    with pytest.raises(RefusedError, match="404 ResourceNotFoundException"):
        store.call("DeleteImageSet", imageSetId=image_set)


def test_what_a_failed_job_imported_is_forgotten_unless_it_is_in_image_sets(store: Store) -> None:
    store.load(variant(**SERIES))
    [job] = store.database.all("SELECT * FROM jobs WHERE datastore_id = ?", store.datastore_id)
    held = (
        "SELECT i.blob FROM instances i JOIN job_files f ON f.instance_id = i.id AND f.job_id = ?"
    )
    [kept] = store.database.all(held, job["id"])
    with store.database.writing() as connection:
        assert discard_unpublished(connection, job["id"]) == []
        connection.execute("UPDATE jobs SET published = 0 WHERE id = ?", (job["id"],))
        assert discard_unpublished(connection, job["id"]) == [kept["blob"]]
    assert store.database.all(held, job["id"]) == []
    assert store.database.all("SELECT 1 FROM frames WHERE blob = ?", kept["blob"]) == []
