"""What tests of UpdateImageSetMetadata send, and the image sets they send it for."""

import json
from typing import Any

from tests.support.image_sets import Store
from tests.support.samples import variant

SERIES_UID, SOP_UID, OTHER_UID = "1.2.3.4", "1.1.1", "1.1.2"
SERIES = {"SeriesInstanceUID": SERIES_UID, "StudyInstanceUID": "1.2.3"}


def load_two(store: Store) -> Store:
    """A primary image set of another patient stands beside the one that is updated."""
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


def instance(uid: str = SOP_UID, vrs: dict[str, Any] | None = None, **values: Any) -> bytes:
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
