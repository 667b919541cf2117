"""UpdateImageSetMetadata: attributes changed, instances removed, versions brought back."""

from collections.abc import Iterator

import pytest

from tests.support.image_sets import RefusedError, Store, open_store
from tests.support.samples import variant
from tests.support.updates import (
    OTHER_UID,
    SERIES_UID,
    SOP_UID,
    document,
    find,
    first_instance,
    instance,
    load_two,
    patient,
    series,
    study,
    update,
)


@pytest.fixture(scope="module")
def stores() -> Iterator[Store]:
    with open_store() as opened:
        yield opened


@pytest.fixture
def store(stores: Store) -> Store:
    return load_two(stores.another())


def test_an_attribute_is_changed_in_a_new_version(store: Store) -> None:
    image_set = find(store)
    before = store.metadata(image_set)
    found = update(store, image_set, patient(PatientName="MX^MX"))
    assert (found["versionId"], found["imageSetWorkflowStatus"]) == ("2", "UPDATED")
    assert store.metadata(image_set)["Patient"]["DICOM"]["PatientName"] == "MX^MX"
    assert store.metadata(image_set, versionId="1") == before
    [summary] = store.search(filters=[{"operator": "EQUAL", "values": [{"isPrimary": False}]}])
    assert summary["DICOMTags"]["DICOMPatientName"] == "MX^MX"


def test_only_what_was_asked_for_changes(store: Store) -> None:
    image_set = find(store)
    before = store.metadata(image_set)
    update(store, image_set, study(StudyDescription="NEW"))
    after = store.metadata(image_set)
    assert after["Study"]["DICOM"].pop("StudyDescription") == "NEW"
    before["Study"]["DICOM"].pop("StudyDescription")
    assert after == before


def test_an_attribute_is_removed(store: Store) -> None:
    image_set = find(store)
    update(store, image_set, remove=study(StudyDescription="whatever"))
    assert "StudyDescription" not in store.metadata(image_set)["Study"]["DICOM"]


def test_an_attribute_of_one_instance_is_changed(store: Store) -> None:
    image_set = find(store)
    update(store, image_set, instance(InstanceNumber="77"))
    assert first_instance(store, image_set)["DICOM"]["InstanceNumber"] == "77"
    assert first_instance(store, image_set, OTHER_UID)["DICOM"]["InstanceNumber"] != "77"


def test_an_instance_is_removed_and_comes_back_with_its_version(store: Store) -> None:
    image_set = find(store)
    update(store, image_set, remove=instance(), force=True)
    [left] = store.metadata(image_set)["Study"]["Series"].values()
    assert list(left["Instances"]) == [OTHER_UID]
    back = {"revertToVersionId": "1"}
    found = update(store, image_set, latestVersionId="2", updateImageSetMetadataUpdates=back)
    assert (found["versionId"], found["imageSetWorkflowStatus"]) == ("3", "UPDATED")
    assert store.metadata(image_set) == store.metadata(image_set, versionId="1")


def test_a_private_element_is_added_changed_and_removed_by_force(store: Store) -> None:
    image_set = find(store)
    added = instance(vrs={"001910F9": "DS"}, **{"001910F9": "97"})
    with pytest.raises(RefusedError, match="private attributes cannot be updated without force"):
        update(store, image_set, added)
    update(store, image_set, added, force=True)
    held = first_instance(store, image_set)
    assert (held["DICOM"]["001910F9"], held["DICOMVRs"]["001910F9"]) == ("97", "DS")
    changed = instance(**{"001910F9": "98"})
    update(store, image_set, changed, force=True, latestVersionId="2")
    held = first_instance(store, image_set)
    assert (held["DICOM"]["001910F9"], held["DICOMVRs"]["001910F9"]) == ("98", "DS")
    update(store, image_set, remove=changed, force=True, latestVersionId="3")
    assert "001910F9" not in first_instance(store, image_set)["DICOM"]


def test_a_uid_is_changed_by_force_and_the_pixels_stay(store: Store) -> None:
    image_set = find(store)
    frames = first_instance(store, image_set)["ImageFrames"]
    found = update(store, image_set, instance(SOPInstanceUID="1.1.9"), force=True)
    assert found["overrides"] == {"forced": True}
    assert first_instance(store, image_set, "1.1.9")["ImageFrames"] == frames
    update(store, image_set, series(SeriesInstanceUID="1.2.9"), force=True, latestVersionId="2")
    assert list(store.metadata(image_set)["Study"]["Series"]) == ["1.2.9"]
    assert list(store.metadata(image_set, versionId="1")["Study"]["Series"]) == [SERIES_UID]


def test_an_instance_cannot_take_the_uid_of_its_neighbour(store: Store) -> None:
    image_set = find(store)
    before = store.metadata(image_set)
    found = update(store, image_set, instance(SOPInstanceUID=OTHER_UID), force=True)
    assert (found["versionId"], found["imageSetWorkflowStatus"]) == ("2", "UPDATE_FAILED")
    assert found["message"] == (
        "INVALID_REQUEST: SOPInstanceUIDs must be unique within an ImageSet."
    )
    assert store.metadata(image_set) == before


def test_neighbours_can_change_their_uids_with_each_other(store: Store) -> None:
    image_set = find(store)
    frames = {u: first_instance(store, image_set, u)["ImageFrames"] for u in (SOP_UID, OTHER_UID)}
    swapped = {
        SOP_UID: {"DICOM": {"SOPInstanceUID": OTHER_UID}},
        OTHER_UID: {"DICOM": {"SOPInstanceUID": SOP_UID}},
    }
    change = document(Study={"Series": {SERIES_UID: {"Instances": swapped}}})
    found = update(store, image_set, change, force=True)
    assert found["imageSetWorkflowStatus"] == "UPDATED"
    assert first_instance(store, image_set, SOP_UID)["ImageFrames"] == frames[OTHER_UID]
    assert first_instance(store, image_set, OTHER_UID)["ImageFrames"] == frames[SOP_UID]


def test_a_study_is_updated_as_a_whole(store: Store) -> None:
    store.load(variant(PatientID="other", SeriesInstanceUID="1.2.3.5", StudyInstanceUID="1.2.3"))
    primary = [s["imageSetId"] for s in store.search() if s["isPrimary"]]
    assert len(primary) == 2
    change = patient(PatientID="right")
    update(store, primary[0], change, includeStudyImageSets=True)
    for image_set in primary:
        assert store.metadata(image_set)["Patient"]["DICOM"]["PatientID"] == "right"
        assert store.call("GetImageSet", imageSetId=image_set)["versionId"] == "2"
    assert store.metadata(find(store))["Patient"]["DICOM"]["PatientID"] != "right"


def test_a_corrected_image_set_becomes_primary(store: Store) -> None:
    image_set, primary = find(store), find(store, primary=True)
    update(store, image_set, patient(PatientID="other"))
    source = {"sourceImageSet": {"latestVersionId": "2"}}
    made = store.call(
        "CopyImageSet",
        sourceImageSetId=image_set,
        copyImageSetInformation=source,
        promoteToPrimary=True,
    )["destinationImageSetProperties"]
    assert (made["imageSetId"], made["latestVersionId"]) == (primary, "2")
    [held] = store.metadata(primary)["Study"]["Series"].values()
    assert set(held["Instances"]) == {"1.0.1", SOP_UID, OTHER_UID}
