"""UpdateImageSetMetadata: what needs force, what never changes, what cannot begin."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.image_sets import RefusedError, Store, open_store
from tests.support.updates import (
    SERIES_UID,
    document,
    find,
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


@pytest.mark.parametrize(
    "change",
    [
        study(StudyInstanceUID="1.2.9"),
        study(StudyID="9"),
        series(SeriesInstanceUID="1.2.9"),
        instance(SOPInstanceUID="1.1.9"),
        instance(**{"00080018": "1.1.9"}),
        instance(ImageType=["ORIGINAL", "PRIMARY"]),
        instance(ReferencedImageSequence=[]),
        instance(Rows="many"),
        study(StudyDate="yesterday"),
    ],
    ids=["study", "study-id", "series", "instance", "tag", "values", "sequence", "number", "date"],
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
        (instance(vrs={"001910F9": ["LO"]}, **{"001910F9": "x"}), "is no VR"),
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
