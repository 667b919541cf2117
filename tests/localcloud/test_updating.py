"""UpdateImageSetMetadata: what may be changed, what needs force, what never changes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.image_sets import RefusedError, Store, open_store
from tests.support.samples import variant

SERIES_UID, SOP_UID, OTHER_UID = "1.2.3.4", "1.1.1", "1.1.2"
SERIES = {"SeriesInstanceUID": SERIES_UID, "StudyInstanceUID": "1.2.3"}


@pytest.fixture(scope="module")
def stores() -> Iterator[Store]:
    with open_store() as opened:
        yield opened


@pytest.fixture
def store(stores: Store) -> Store:
    """A primary image set of another patient stands beside the one that is updated."""
    store = stores.another()
    store.load(variant(SOPInstanceUID="1.0.1", PatientID="other", **SERIES))
    store.load(*(variant(SOPInstanceUID=uid, **SERIES) for uid in (SOP_UID, OTHER_UID)))
    return store


def find(store: Store, *, primary: bool = False) -> str:
    return next(str(s["imageSetId"]) for s in store.search() if s["isPrimary"] is primary)


def document(**levels: Any) -> bytes:
    return json.dumps({"SchemaVersion": 1.1, **levels}).encode()


def patient(**values: Any) -> bytes:
    return document(Patient={"DICOM": values})


def study(**values: Any) -> bytes:
    return document(Study={"DICOM": values})


def series(uid: str = SERIES_UID, **values: Any) -> bytes:
    return document(Study={"Series": {uid: {"DICOM": values}}})


def instance(uid: str = SOP_UID, vrs: dict[str, str] | None = None, **values: Any) -> bytes:
    attributes = {"DICOM": values, "DICOMVRs": vrs or {}} if values else {}
    return document(Study={"Series": {SERIES_UID: {"Instances": {uid: attributes}}}})


def update(
    store: Store, image_set_id: str, change: bytes = b"", *, remove: bytes = b"", **given: Any
) -> dict[str, Any]:
    """The image set's properties after an update."""
    texts = {"updatableAttributes": change, "removableAttributes": remove}
    updates = {"DICOMUpdates": {name: text for name, text in texts.items() if text}}
    request: dict[str, Any] = {
        "imageSetId": image_set_id,
        "latestVersionId": "1",
        "updateImageSetMetadataUpdates": updates,
        **given,
    }
    answer = store.call("UpdateImageSetMetadata", **request)
    assert (answer["imageSetState"], answer["imageSetWorkflowStatus"]) == ("LOCKED", "UPDATING")
    return store.call("GetImageSet", imageSetId=image_set_id)


def first_instance(store: Store, image_set_id: str, uid: str = SOP_UID) -> dict[str, Any]:
    [found] = store.metadata(image_set_id)["Study"]["Series"].values()
    return dict(found["Instances"][uid])


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


@pytest.mark.parametrize(
    "change",
    [
        study(StudyInstanceUID="1.2.9"),
        study(StudyID="9"),
        series(SeriesInstanceUID="1.2.9"),
        instance(SOPInstanceUID="1.1.9"),
        instance(ImageType=["ORIGINAL", "PRIMARY"]),
        instance(ReferencedImageSequence=[]),
        instance(Rows="many"),
        study(StudyDate="yesterday"),
    ],
    ids=["study", "study-id", "series", "instance", "values", "sequence", "number", "date"],
)
def test_what_needs_force_is_refused_without_it(store: Store, change: bytes) -> None:
    image_set = find(store)
    with pytest.raises(RefusedError, match=r"400 ValidationException.*without force"):
        update(store, image_set, change)
    assert store.call("GetImageSet", imageSetId=image_set)["versionId"] == "1"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (study(PatientName="X"), "PatientName is not an attribute of the Study level"),
        (patient(StudyDate="20200101"), "StudyDate is not an attribute of the Patient level"),
        (instance(PixelData="AAAA"), "PixelData is generated"),
        (instance(TransferSyntaxUID="1.2"), "TransferSyntaxUID is generated"),
        (instance(FrameSizeInBytes=1), "FrameSizeInBytes is generated"),
        (instance(NoSuchKeyword="x"), "the DICOM dictionary does not have"),
        (study(**{"001910F9": "x"}), "Instance level only"),
        (instance(vrs={"001910F9": "??"}, **{"001910F9": "x"}), "is no VR"),
        (b"not JSON", "not a JSON document"),
        (b"[]", "must be a JSON object"),
        (b'{"SchemaVersion": "2.0"}', "SchemaVersion must be 1.1"),
        (b'{"DatastoreID": "x"}', "nothing else"),
        (b'{"Study": {"Series": {"1.2": []}}}', "a series must be a JSON object"),
    ],
)
def test_what_never_changes_is_refused_even_by_force(
    store: Store, change: bytes, message: str
) -> None:
    with pytest.raises(RefusedError, match=f"400 ValidationException.*{message}"):
        update(store, find(store), change, force=True)


def test_an_uid_is_never_removed(store: Store) -> None:
    with pytest.raises(RefusedError, match="cannot be removed"):
        update(store, find(store), remove=series(SeriesInstanceUID=""), force=True)


@pytest.mark.parametrize(
    "given",
    [
        {"change": series("9.9", Modality="MR")},
        {"change": instance("9.9", InstanceNumber="1")},
        {"remove": instance("9.9")},
        {"remove": document(Study={"Series": {SERIES_UID: {}}})},
    ],
    ids=["series", "instance", "removed-instance", "everything"],
)
def test_what_the_image_set_cannot_do_makes_a_failed_version(
    store: Store, given: dict[str, bytes]
) -> None:
    image_set = find(store)
    before = store.metadata(image_set)
    found = update(store, image_set, **given)
    assert (found["versionId"], found["imageSetWorkflowStatus"]) == ("2", "UPDATE_FAILED")
    assert found["message"].startswith("INVALID_REQUEST:")
    assert store.metadata(image_set) == before


@pytest.mark.parametrize(
    "change",
    [patient(PatientName="X"), series(Modality="MR"), instance("1.0.1", SOPInstanceUID="1.0.2")],
    ids=["patient", "series", "uid"],
)
def test_a_primary_image_set_keeps_what_the_hierarchy_rests_on(store: Store, change: bytes) -> None:
    with pytest.raises(RefusedError, match="primary image set cannot be updated"):
        update(store, find(store, primary=True), change, force=True)


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


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (
            {"latestVersionId": "2", "change": study(StudyDescription="X")},
            "404 ResourceNotFoundException.*not the latest",
        ),
        ({"updateImageSetMetadataUpdates": {"revertToVersionId": "7"}}, "404 ResourceNotFound"),
        ({"updateImageSetMetadataUpdates": {"DICOMUpdates": {}}}, "400 ValidationException"),
        ({"change": patient(PatientName="x" * 11_000)}, "402 ServiceQuotaExceeded"),
        (
            {
                "updateImageSetMetadataUpdates": {"revertToVersionId": "1"},
                "includeStudyImageSets": True,
            },
            "400 ValidationException: includeStudyImageSets",
        ),
    ],
    ids=["stale", "no-such-version", "nothing", "too-long", "study-revert"],
)
def test_an_update_that_cannot_begin_is_refused(
    store: Store, given: dict[str, Any], fault: str
) -> None:
    with pytest.raises(RefusedError, match=fault):
        update(store, find(store), **given)


def test_messages_quote_no_values(store: Store) -> None:
    for change in (study(SECRETKEY="SECRET"), study(StudyDate="SECRET"), b'{"SECRET": 1}'):
        with pytest.raises(RefusedError) as caught:
            update(store, find(store), change)
        assert "SECRET" not in caught.value.message
