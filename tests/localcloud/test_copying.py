"""CopyImageSet: copies, subsets, merges, promotions, and what makes one fail."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from include.localcloud import copying
from include.localcloud.quotas import read_quotas
from tests.support.image_sets import RefusedError, Store, open_store
from tests.support.samples import variant

SERIES = {"SeriesInstanceUID": "1.2.3.4", "StudyInstanceUID": "1.2.3"}


@pytest.fixture(scope="module")
def stores() -> Iterator[Store]:
    with open_store() as opened:
        yield opened


@pytest.fixture
def store(stores: Store) -> Store:
    return stores.another()


def copy(store: Store, source: str, version: str = "1", **given: Any) -> dict[str, Any]:
    information: dict[str, Any] = {"sourceImageSet": {"latestVersionId": version}}
    if "subset" in given:
        series = {"1.2.3.4": {"Instances": {uid: {} for uid in given.pop("subset")}}}
        text = json.dumps({"SchemaVersion": "1.1", "Study": {"Series": series}})
        information["sourceImageSet"]["DICOMCopies"] = {"copiableAttributes": text}
    if "into" in given:
        image_set_id, latest = given.pop("into")
        destination = {"imageSetId": image_set_id, "latestVersionId": latest}
        information["destinationImageSet"] = destination
    return store.call(
        "CopyImageSet", sourceImageSetId=source, copyImageSetInformation=information, **given
    )


def uids(store: Store, image_set_id: str, **version: str) -> set[str]:
    series = store.metadata(image_set_id, **version)["Study"]["Series"]
    return {uid for one in series.values() for uid in one["Instances"]}


def two_image_sets(store: Store, **second: str) -> tuple[str, str]:
    """A primary image set, and one of the same series that contradicts it."""
    store.load(variant(SOPInstanceUID="1.1", PatientID="a", **SERIES))
    primary = store.only()
    store.load(variant(**{"SOPInstanceUID": "1.2", "PatientID": "b", **SERIES, **second}))
    [other] = [s["imageSetId"] for s in store.search() if not s["isPrimary"]]
    return primary, other


def test_a_copy_without_destination_is_a_new_image_set_that_is_not_primary(store: Store) -> None:
    store.load(variant(SOPInstanceUID="1.1", **SERIES), variant(SOPInstanceUID="1.2", **SERIES))
    source = store.only()
    answer = copy(store, source)
    made = answer["destinationImageSetProperties"]
    assert made["imageSetState"] == "LOCKED"
    assert made["imageSetWorkflowStatus"] == "COPYING"
    status = answer["sourceImageSetProperties"]["imageSetWorkflowStatus"]
    assert status == "COPYING_WITH_READ_ONLY_ACCESS"
    assert uids(store, made["imageSetId"]) == {"1.1", "1.2"}
    found = store.call("GetImageSet", imageSetId=made["imageSetId"])
    assert (found["imageSetState"], found["imageSetWorkflowStatus"]) == ("ACTIVE", "COPIED")
    assert (found["isPrimary"], found["versionId"]) == (False, "1")
    assert store.call("GetImageSet", imageSetId=source)["imageSetWorkflowStatus"] == "CREATED"


def test_a_copy_shares_its_frames_and_outlives_its_source(store: Store) -> None:
    store.load(variant(**SERIES))
    source = store.only()
    made = copy(store, source)["destinationImageSetProperties"]["imageSetId"]
    store.call("DeleteImageSet", imageSetId=source)
    [series] = store.metadata(made)["Study"]["Series"].values()
    [instance] = series["Instances"].values()
    frame = {"imageFrameId": instance["ImageFrames"][0]["ID"]}
    answer = store.call("GetImageFrame", imageSetId=made, imageFrameInformation=frame)
    assert answer["contentType"] == "image/jph"
    store.call("DeleteImageSet", imageSetId=made)
    assert store.database.all("SELECT * FROM frames WHERE id = ?", frame["imageFrameId"]) == []


def test_a_frame_that_is_deleted_while_it_is_asked_for_is_not_found(store: Store) -> None:
    store.load(variant(**SERIES))
    source = store.only()
    [series] = store.metadata(source)["Study"]["Series"].values()
    [instance] = series["Instances"].values()
    frame = instance["ImageFrames"][0]["ID"]
    [row] = store.database.all("SELECT blob FROM frames WHERE id = ?", frame)
    store.frames.remove(row["blob"])
    wanted = {"imageFrameId": frame}
    refused = store.attempt("GetImageFrame", imageSetId=source, imageFrameInformation=wanted)
    assert refused is not None
    assert (refused.status, refused.code) == (404, "ResourceNotFoundException")


def test_a_subset_of_instances_is_copied(store: Store) -> None:
    store.load(variant(SOPInstanceUID="1.1", **SERIES), variant(SOPInstanceUID="1.2", **SERIES))
    made = copy(store, store.only(), subset=["1.2"])["destinationImageSetProperties"]
    assert uids(store, made["imageSetId"]) == {"1.2"}


@pytest.mark.parametrize("subset", [["9.9"], []])
def test_a_subset_names_instances_of_the_source(store: Store, subset: list[str]) -> None:
    store.load(variant(**SERIES))
    with pytest.raises(RefusedError, match="400 ValidationException: copiableAttributes"):
        copy(store, store.only(), subset=subset)


def test_two_image_sets_that_agree_are_merged(store: Store) -> None:
    store.load(variant(SOPInstanceUID="1.1", **SERIES), variant(SOPInstanceUID="1.2", **SERIES))
    source = store.only()
    made = copy(store, source, subset=["1.1"])["destinationImageSetProperties"]["imageSetId"]
    merged = copy(store, source, subset=["1.2"], into=(made, "1"))
    assert merged["destinationImageSetProperties"]["latestVersionId"] == "2"
    assert uids(store, made) == {"1.1", "1.2"}
    assert uids(store, made, versionId="1") == {"1.1"}


def test_instances_must_be_unique_within_an_image_set(store: Store) -> None:
    store.load(variant(**SERIES))
    source = store.only()
    made = copy(store, source)["destinationImageSetProperties"]["imageSetId"]
    copy(store, source, into=(made, "1"), force=True)
    found = store.call("GetImageSet", imageSetId=made)
    assert (found["versionId"], found["imageSetWorkflowStatus"]) == ("2", "COPY_FAILED")
    assert "unique" in found["message"]


def test_a_destination_of_another_series_fails_with_the_services_words(store: Store) -> None:
    store.load(variant(SOPInstanceUID="1.1", **SERIES))
    destination = store.only()
    store.load(variant(SOPInstanceUID="1.2", SeriesInstanceUID="1.2.3.5", StudyInstanceUID="1.2.3"))
    source = store.search()[0]["imageSetId"]
    copy(store, source, into=(destination, "1"))
    [failed, first] = store.call("ListImageSetVersions", imageSetId=destination)[
        "imageSetPropertiesList"
    ]
    assert failed["ImageSetWorkflowStatus"] == "COPY_FAILED"
    assert failed["message"] == copying.OTHER_SERIES
    assert failed["imageSetState"] == first["imageSetState"] == "ACTIVE"
    assert uids(store, destination) == {"1.1"}


def test_force_merges_what_disagrees_under_the_destinations_patient(store: Store) -> None:
    primary, other = two_image_sets(store)
    copy(store, other, into=(primary, "1"))
    found = store.call("GetImageSet", imageSetId=primary)
    assert found["imageSetWorkflowStatus"] == "COPY_FAILED"
    assert found["message"] == copying.INCONSISTENT.format("Patient")
    copy(store, other, into=(primary, "2"), force=True)
    found = store.call("GetImageSet", imageSetId=primary)
    assert found["overrides"] == {"forced": True}
    assert uids(store, primary) == {"1.1", "1.2"}
    assert store.metadata(primary)["Patient"]["DICOM"]["PatientID"] == "a"


def test_a_promoted_image_set_gets_a_new_id(store: Store) -> None:
    primary, other = two_image_sets(store)
    store.call("DeleteImageSet", imageSetId=primary)
    made = copy(store, other, promoteToPrimary=True)["destinationImageSetProperties"]
    assert made["imageSetId"] not in (primary, other)
    assert store.call("GetImageSet", imageSetId=made["imageSetId"])["isPrimary"] is True
    assert store.call("GetImageSet", imageSetId=other)["isPrimary"] is False


def test_a_promotion_beside_a_primary_image_set_joins_that_one(store: Store) -> None:
    primary, other = two_image_sets(store, SOPInstanceUID="1.1", StudyDescription="new")
    made = copy(store, other, promoteToPrimary=True, force=True)
    assert made["destinationImageSetProperties"]["imageSetId"] == primary
    found = store.call("GetImageSet", imageSetId=primary)
    assert (found["versionId"], found["imageSetWorkflowStatus"]) == ("2", "COPIED")
    assert uids(store, primary) == {"1.1"}


def test_a_series_that_contradicts_its_study_is_not_promoted(store: Store) -> None:
    store.load(variant(SOPInstanceUID="1.1", PatientID="a", **SERIES))
    other_series = {**SERIES, "SeriesInstanceUID": "1.2.3.5"}
    store.load(variant(SOPInstanceUID="1.2", PatientID="b", **other_series))
    [other] = [s["imageSetId"] for s in store.search() if not s["isPrimary"]]
    with pytest.raises(RefusedError, match="409 ConflictException"):
        copy(store, other, promoteToPrimary=True)


def test_a_primary_image_set_is_not_promoted_again(store: Store) -> None:
    store.load(variant(**SERIES))
    with pytest.raises(RefusedError, match="primary image set already"):
        copy(store, store.only(), promoteToPrimary=True)


def test_a_copy_names_the_latest_versions(store: Store) -> None:
    primary, other = two_image_sets(store)
    for given in ({"version": "7"}, {"into": (primary, "7")}):
        with pytest.raises(RefusedError, match=r"404 ResourceNotFoundException.*not the latest"):
            copy(store, other, **given)


def test_an_image_set_is_not_copied_into_itself(store: Store) -> None:
    store.load(variant(**SERIES))
    source = store.only()
    with pytest.raises(RefusedError, match="the same image set"):
        copy(store, source, into=(source, "1"))


def test_a_copy_has_so_many_frames_at_most() -> None:
    with open_store(limits=replace(read_quotas().image_set, copy_frames=1)) as store:
        store.load(variant(**SERIES, SOPInstanceUID="1.1"))
        copy(store, store.only())
        store.load(variant(**SERIES, SOPInstanceUID="1.2"))
        [primary] = [s["imageSetId"] for s in store.search() if s["isPrimary"]]
        with pytest.raises(RefusedError, match=r"402 ServiceQuotaExceededException.* 1 image"):
            copy(store, primary, version="2")
