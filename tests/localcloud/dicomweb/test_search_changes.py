"""QIDO-RS: what imports, updates and deletions do to what is found."""

import json

from tests.support.cloud import Stage
from tests.support.dicomweb import CHEST, Web, fill, uids
from tests.support.samples import variant


def test_a_warning_is_found(stage: Stage, web: Web) -> None:
    stage.put("in/a.dcm", variant(StudyDescription="x" * 300))
    stage.put("in/b.dcm", variant(SOPInstanceUID="1.2.3"))
    stage.run("in/")
    [study] = stage.search()
    tags = study["DICOMTags"]
    path = f"/studies/{tags['DICOMStudyInstanceUID']}/series/{tags['DICOMSeriesInstanceUID']}"
    [warned] = web.get(f"{path}/instances?WarningReason=45571").json()
    assert warned["00081196"] == {"vr": "US", "Value": [45571]}
    assert len(web.get(f"{path}/instances?WarningReason=455*").json()) == 1
    assert len(web.get(f"{path}/instances").json()) == 2
    shorter = {"SchemaVersion": 1.1, "Study": {"DICOM": {"StudyDescription": "short"}}}
    stage.clients.imaging.update_image_set_metadata(
        datastoreId=stage.datastore_id,
        imageSetId=study["imageSetId"],
        latestVersionId=str(study["version"]),
        updateImageSetMetadataUpdates={
            "DICOMUpdates": {"updatableAttributes": json.dumps(shorter).encode()}
        },
    )
    assert len(web.get("/studies?StudyDescription=short").json()) == 1
    assert len(web.get(f"{path}/instances?WarningReason=45571").json()) == 1


def test_a_deleted_instance_leaves_its_warning_to_none(stage: Stage, web: Web) -> None:
    stage.put("a/1.dcm", variant(StudyDescription="x" * 300))
    stage.put("b/1.dcm", variant(StudyDescription="short"))
    stage.run("a/")
    assert len(web.get("/instances?WarningReason=45571").json()) == 1
    [found] = stage.search()
    stage.clients.imaging.delete_image_set(
        datastoreId=stage.datastore_id, imageSetId=found["imageSetId"]
    )
    stage.run("b/")
    assert len(web.get("/instances").json()) == 1
    assert web.get("/instances?WarningReason=45571").json() == []


def test_a_copy_keeps_the_warning_of_its_source(stage: Stage, web: Web) -> None:
    stage.put("a/1.dcm", variant(StudyDescription="x" * 300))
    stage.run("a/")
    [found] = stage.search()
    copied = stage.clients.imaging.copy_image_set(
        datastoreId=stage.datastore_id,
        sourceImageSetId=found["imageSetId"],
        copyImageSetInformation={"sourceImageSet": {"latestVersionId": "1"}},
    )["destinationImageSetProperties"]["imageSetId"]
    stage.clients.imaging.delete_image_set(
        datastoreId=stage.datastore_id, imageSetId=found["imageSetId"]
    )
    [told] = web.get(f"/instances?WarningReason=45571&imageSetId={copied}").json()
    assert told["00081196"]["Value"] == [45571]


def test_only_primary_image_sets_are_found_unless_one_is_named(stage: Stage, web: Web) -> None:
    both = {"StudyInstanceUID": "1.2", "SeriesInstanceUID": "1.2.1"}
    stage.put("a/1.dcm", variant(**both, PatientID="first", SOPInstanceUID="1.2.1.1"))
    stage.put("b/1.dcm", variant(**both, PatientID="second", SOPInstanceUID="1.2.1.1"))
    stage.run("a/")
    stage.run("b/")
    [other] = [found["imageSetId"] for found in stage.search() if not found["isPrimary"]]
    [study] = web.get("/studies").json()
    assert study["00100020"]["Value"] == ["first"]
    [study] = web.get(f"/studies?imageSetId={other}").json()
    assert study["00100020"]["Value"] == ["second"]
    path = "/studies/1.2/series/1.2.1/instances/1.2.1.1/metadata"
    [told] = web.get(f"{path}?imageSetId={other}").json()
    assert told["00100020"]["Value"] == ["second"]


def test_an_import_is_found_at_once_and_a_deleted_image_set_no_more(web: Web, stage: Stage) -> None:
    fill(stage)
    assert len(uids(web, "/studies")) == 2
    again = {"SeriesInstanceUID": "1.2.1.1", "SeriesNumber": 7, "AccessionNumber": "A1"}
    data = variant(
        **CHEST, **again, PatientID="200965981abc", StudyDescription="New", SOPInstanceUID="1.9"
    )
    stage.put("c/1.dcm", data)
    stage.run("c/")
    assert uids(web, "/studies", StudyDescription="New") == ["1.2.1"]
    [study] = web.get("/studies?StudyDescription=New").json()
    assert study["00201208"]["Value"] == [3]
    for found in stage.search():
        stage.clients.imaging.delete_image_set(
            datastoreId=stage.datastore_id, imageSetId=found["imageSetId"]
        )
    assert web.get("/studies").json() == []
