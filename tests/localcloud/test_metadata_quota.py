"""The metadata of an image set has a largest size: imports, copies and updates keep to it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from include.localcloud.quotas import read_quotas
from include.localcloud.running import LocalCloud
from tests.support.cloud import Stage, make_clients, make_stage
from tests.support.image_sets import RefusedError, Store, open_store
from tests.support.samples import variant
from tests.support.updates import instance, update

SERIES = {"StudyInstanceUID": "1.2.3", "SeriesInstanceUID": "1.2.3.4"}
UNTHROTTLED = {"rate": 99, "burst": 99}


def size_of_one() -> int:
    """Bytes that the metadata of one file takes."""
    with open_store() as store:
        store.load(variant(**SERIES))
        row = store.database.one("SELECT metadata_bytes FROM instances")
        assert row is not None
        whole = len(json.dumps(store.metadata(store.only())))
        assert 0.5 * whole < row["metadata_bytes"] < whole
        return int(row["metadata_bytes"])


@pytest.fixture
def narrow() -> Iterator[Store]:
    """A store for the metadata of one file and a bit."""
    limits = replace(read_quotas().image_set, metadata_bytes=size_of_one() + 100)
    with open_store(limits=limits) as store:
        yield store


def test_the_quota_is_the_services() -> None:
    assert read_quotas().image_set.metadata_bytes == 50 * 1024**2


def test_an_update_that_makes_metadata_too_large_is_refused(narrow: Store) -> None:
    narrow.load(variant(**SERIES, SOPInstanceUID="1.1.1", PatientID="other"))
    update(narrow, narrow.only(), instance(ImageComments="short"))
    with pytest.raises(RefusedError, match="402 ServiceQuotaExceededException"):
        update(narrow, narrow.only(), instance(ImageComments="x" * 900), latestVersionId="2")
    assert narrow.call("GetImageSet", imageSetId=narrow.only())["versionId"] == "2"


def test_a_copy_that_makes_metadata_too_large_is_refused(narrow: Store) -> None:
    narrow.load(variant(**SERIES, SOPInstanceUID="1.1.1"))
    source = {"sourceImageSet": {"latestVersionId": "1"}}
    image_set = narrow.only()
    narrow.call("CopyImageSet", sourceImageSetId=image_set, copyImageSetInformation=source)
    narrow.load(variant(**SERIES, SOPInstanceUID="1.1.2"))
    source = {"sourceImageSet": {"latestVersionId": "2"}}
    with pytest.raises(RefusedError, match="402 ServiceQuotaExceededException"):
        narrow.call("CopyImageSet", sourceImageSetId=image_set, copyImageSetInformation=source)
    assert len(narrow.search()) == 2


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A stage whose image sets hold the metadata of two files; its state lies in tmp_path."""
    quotas = {
        "image_set": {"metadata_bytes": 2 * size_of_one() + 200},
        "rates": dict.fromkeys(("CreateDatastore", "StartDICOMImportJob"), UNTHROTTLED),
    }
    file = tmp_path / "quotas.json"
    file.write_text(json.dumps(quotas))
    with LocalCloud(tmp_path / "state", 0, "--quotas", str(file)) as cloud:
        clients = make_clients(cloud.url)
        yield make_stage(clients)
        clients.close()


def test_files_that_make_metadata_too_large_fail(stage: Stage, tmp_path: Path) -> None:
    stage.put("a/1.dcm", variant(**SERIES))
    stage.run("a/")
    for name in ("2", "3"):
        stage.put(f"b/{name}.dcm", variant(**SERIES))
    stage.put("b/4.dcm", variant(StudyInstanceUID="1.2.3", SeriesInstanceUID="1.2.3.5"))
    job = stage.run("b/")
    failed = stage.lines(job, "FAILURE/failure.ndjson")
    assert [line["inputFile"] for line in failed] == ["b/2.dcm", "b/3.dcm"]
    assert {line["exception"]["message"] for line in failed} == {
        "ImageSetMetadata exceeds the maximum size"
    }
    assert stage.summary(job)["numberOfFilesWithCustomerError"] == 2
    assert stage.summary(job)["numberOfImportedFiles"] == 1
    assert [found["version"] for found in stage.search()] == [1, 1]
    blobs = [path for path in (tmp_path / "state" / "frames").rglob("*") if path.is_file()]
    assert len(blobs) == 2
