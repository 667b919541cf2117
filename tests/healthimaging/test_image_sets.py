from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from healthimaging.hook import HealthImagingHook
from healthimaging.image_set_change_operators import (
    CopyImageSetOperator,
    DeleteImageSetOperator,
    UpdateImageSetMetadataOperator,
)
from healthimaging.image_set_operators import (
    GetImageFrameOperator,
    GetImageSetMetadataOperator,
    GetImageSetOperator,
    ListImageSetVersionsOperator,
    SearchImageSetsOperator,
)
from healthimaging.import_job_operators import (
    GetDicomImportJobOperator,
    ListDicomImportJobsOperator,
)
from healthimaging.state_sensors import ImageSetSensor
from include.imaging.errors import CustomerError
from include.localcloud.running import LocalCloud
from tests.support.cloud import Stage
from tests.support.import_jobs import CONNECTION
from tests.support.provider import common, connection, run
from tests.support.samples import sample, variant

ABSENT = "f" * 32


@pytest.fixture
def held(
    local_cloud: LocalCloud, connect: Callable[[dict[str, Any]], None], stage: Stage
) -> tuple[Stage, str]:
    """A data store with one image set of one instance, and the connection that names it."""
    connect(connection(local_cloud.url, stage.datastore_id, stage.results))
    stage.put("a/1.dcm", sample("CT_small.dcm"))
    stage.run("a/", jobName="first")
    (summary,) = stage.search()
    return stage, summary["imageSetId"]


def hook() -> HealthImagingHook:
    return HealthImagingHook(aws_conn_id=CONNECTION)


def frame_of(image_set_id: str) -> str:
    (series,) = hook().get_image_set_metadata(image_set_id)["Study"]["Series"].values()
    (instance,) = series["Instances"].values()
    return str(instance["ImageFrames"][0]["ID"])


def test_image_sets_are_found_by_what_the_service_knows_of_them(held: tuple[Stage, str]) -> None:
    _, image_set_id = held
    (found,) = hook().search_image_sets()
    study = found["DICOMTags"]["DICOMStudyInstanceUID"]
    filters = [{"operator": "EQUAL", "values": [{"DICOMStudyInstanceUID": study}]}]
    search = {"filters": filters, "sort": {"sortField": "updatedAt", "sortOrder": "ASC"}}
    searching = SearchImageSetsOperator(search_criteria=search, **common("search"))
    assert run(searching) == [image_set_id]
    filters[0]["values"] = [{"DICOMStudyInstanceUID": "1.2.3"}]
    assert run(searching) == []


def test_a_search_that_finds_too_many_is_not_cut(held: tuple[Stage, str]) -> None:
    with pytest.raises(CustomerError, match="more than 0 image sets"):
        run(SearchImageSetsOperator(limit=0, **common("search")))


def test_the_criteria_of_a_search_are_not_in_its_errors(held: tuple[Stage, str]) -> None:
    wrong: Any = {"filters": [{"operator": "EQUAL", "values": [{"DICOMPatientId": ["NAME"]}]}]}
    with pytest.raises(CustomerError) as raised:
        run(SearchImageSetsOperator(search_criteria=wrong, **common("search")))
    assert "NAME" not in str(raised.value)


def test_the_properties_and_versions_of_an_image_set_are_told(held: tuple[Stage, str]) -> None:
    stage, image_set_id = held
    stage.put("b/2.dcm", variant())
    stage.run("b/")
    properties = run(GetImageSetOperator(image_set_id=image_set_id, **common("get")))
    assert (properties["versionId"], properties["imageSetState"]) == ("2", "ACTIVE")
    earlier = GetImageSetOperator(image_set_id=image_set_id, version_id="1", **common("old"))
    assert run(earlier)["versionId"] == "1"
    versions = run(ListImageSetVersionsOperator(image_set_id=image_set_id, **common("list")))
    assert [version["versionId"] for version in versions] == ["2", "1"]
    assert json.dumps([properties, versions])


def test_the_metadata_is_written_to_s3_or_a_file_and_only_its_place_is_returned(
    held: tuple[Stage, str], tmp_path: Path
) -> None:
    stage, image_set_id = held
    uri = f"s3://{stage.results}/metadata/{image_set_id}.json"
    in_s3 = GetImageSetMetadataOperator(
        image_set_id=image_set_id, destination=uri, **common("metadata")
    )
    assert run(in_s3) == uri
    stored = stage.clients.s3.get_object(Bucket=stage.results, Key=f"metadata/{image_set_id}.json")
    assert stored["ContentType"] == "application/json"
    assert json.loads(stored["Body"].read()) == stage.metadata(image_set_id)
    path = tmp_path / "new" / "metadata.json"
    in_file = GetImageSetMetadataOperator(
        image_set_id=image_set_id, version_id="1", destination=str(path), **common("file")
    )
    assert run(in_file) == str(path)
    assert json.loads(path.read_text(encoding="utf-8"))["ImageSetID"] == image_set_id


@pytest.mark.parametrize("destination", ["s3://bucket", "https://host/path", ""])
def test_a_destination_that_is_none_is_for_a_person(
    destination: str, held: tuple[Stage, str]
) -> None:
    _, image_set_id = held
    writing = GetImageSetMetadataOperator(
        image_set_id=image_set_id, destination=destination, **common("metadata")
    )
    with pytest.raises(CustomerError, match="DESTINATION_UNKNOWN"):
        run(writing)


def test_a_frame_comes_with_its_type_whole_or_in_chunks(
    held: tuple[Stage, str], tmp_path: Path
) -> None:
    _, image_set_id = held
    frame = hook().get_image_frame(image_set_id, frame_of(image_set_id))
    data = frame.read()
    assert frame.content_type == "image/jph"
    again = hook().get_image_frame(image_set_id, frame_of(image_set_id))
    assert b"".join(again.chunks()) == data
    path = tmp_path / "frame.jph"
    written = run(
        GetImageFrameOperator(
            image_set_id=image_set_id,
            image_frame_id=frame_of(image_set_id),
            destination=path.as_uri(),
            **common("frame"),
        )
    )
    assert written == {"uri": path.as_uri(), "content_type": "image/jph", "bytes": len(data)}
    assert path.read_bytes() == data


def test_an_unknown_image_set_is_answered_with_advice(held: tuple[Stage, str]) -> None:
    for asking in (
        lambda: hook().get_image_set(ABSENT),
        lambda: list(hook().list_image_set_versions(ABSENT)),
        lambda: hook().get_image_set_metadata(ABSENT),
        lambda: hook().get_image_frame(ABSENT, ABSENT),
        lambda: hook().delete_image_set(ABSENT),
    ):
        with pytest.raises(CustomerError, match="still names the data store") as raised:
            asking()
        assert raised.value.code == "AWS_NOT_FOUND"


@pytest.mark.parametrize("deferrable", [True, False])
def test_an_image_set_is_deleted_once_and_for_all(
    held: tuple[Stage, str], deferrable: bool
) -> None:
    stage, image_set_id = held
    settled = ImageSetSensor(image_set_id=image_set_id, **common("settled"))
    assert run(settled) == "CREATED"
    deleting = DeleteImageSetOperator(
        image_set_id=image_set_id, **common("delete", deferrable=deferrable, waiter_delay=0)
    )
    assert run(deleting) == run(deleting) == image_set_id
    assert stage.search() == []
    gone = ImageSetSensor(image_set_id=image_set_id, until="DELETED", **common("gone"))
    assert run(gone) == "DELETED"
    with pytest.raises(CustomerError, match="is DELETED"):
        run(settled)


def test_import_jobs_are_looked_at_and_listed(held: tuple[Stage, str]) -> None:
    (job_id,) = run(ListDicomImportJobsOperator(job_status="COMPLETED", **common("list")))
    job = run(GetDicomImportJobOperator(job_id=job_id, **common("get")))
    assert (job["jobName"], job["jobStatus"]) == ("first", "COMPLETED")
    assert run(ListDicomImportJobsOperator(job_status="FAILED", **common("list"))) == []


@pytest.mark.parametrize("deferrable", [True, False])
def test_metadata_is_updated_and_reverted(held: tuple[Stage, str], deferrable: bool) -> None:
    stage, image_set_id = held
    before = stage.metadata(image_set_id)["Patient"]["DICOM"]
    given = common("update", deferrable=deferrable, waiter_delay=0)
    changed = UpdateImageSetMetadataOperator(
        image_set_id=image_set_id,
        updates={"Patient": {"DICOM": {"PatientSex": "M"}}},
        include_study_image_sets=True,
        **given,
    )
    assert run(changed) == image_set_id
    assert stage.metadata(image_set_id)["Patient"]["DICOM"] == {**before, "PatientSex": "M"}
    reverting = UpdateImageSetMetadataOperator(
        image_set_id=image_set_id, revert_to_version_id="1", **given
    )
    assert run(reverting) == image_set_id
    assert stage.metadata(image_set_id)["Patient"]["DICOM"] == before
    assert hook().latest_version(image_set_id) == "3"


@pytest.mark.parametrize("deferrable", [True, False])
def test_an_image_set_is_copied(held: tuple[Stage, str], deferrable: bool) -> None:
    stage, image_set_id = held
    copying = CopyImageSetOperator(
        image_set_id=image_set_id, **common("copy", deferrable=deferrable, waiter_delay=0)
    )
    copy = run(copying)
    assert copy != image_set_id
    assert hook().get_image_set(copy)["isPrimary"] is False
    kept, copied = stage.metadata(image_set_id), stage.metadata(copy)
    assert copied["Study"]["DICOM"] == kept["Study"]["DICOM"]


def test_a_copy_is_promoted_once_the_primary_image_set_is_gone(held: tuple[Stage, str]) -> None:
    _, image_set_id = held
    copy = run(CopyImageSetOperator(image_set_id=image_set_id, **common("copy", waiter_delay=0)))
    run(DeleteImageSetOperator(image_set_id=image_set_id, **common("delete", waiter_delay=0)))
    promoting = CopyImageSetOperator(
        image_set_id=copy, promote_to_primary=True, **common("promote", waiter_delay=0)
    )
    promoted = run(promoting)
    assert promoted not in (copy, image_set_id)
    assert hook().get_image_set(promoted)["isPrimary"] is True
