"""Both sides of what HealthImaging's documentation leaves open."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest

from include.localcloud.dialect import CHOICES, Dialect, DialectError
from include.localcloud.import_warnings import BY_CODE
from include.localcloud.list_lines import written
from include.localcloud.options import parse
from include.localcloud.running import LocalCloud
from include.localcloud.transfer_syntaxes import STORED_AS
from tests.localcloud.test_import import instances_of
from tests.support.cloud import Clients, Stage, make_clients, make_stage
from tests.support.samples import variant

SUCCESS = "SUCCESS/success.ndjson"


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A local cloud whose jobs take one file."""
    file = tmp_path_factory.mktemp("quotas") / "quotas.json"
    unthrottled = {"rate": 99, "burst": 99}
    rates = {"CreateDatastore": unthrottled, "StartDICOMImportJob": unthrottled}
    file.write_text(json.dumps({"job": {"files": 1}, "rates": rates}))
    with LocalCloud(None, 0, "--quotas", str(file)) as cloud:
        yield cloud


def test_every_choice_has_a_default_and_another_side() -> None:
    assert len(CHOICES) >= 18
    for name, choice in CHOICES.items():
        assert len(choice["values"]) > 1
        assert Dialect()[name] == choice["values"][0]
        assert choice["about"]


def test_a_choice_that_does_not_exist_is_refused() -> None:
    with pytest.raises(DialectError, match="a dialect is one of success-boolean"):
        Dialect({"nothing": "json"})
    with pytest.raises(DialectError, match="json, python"):
        Dialect({"success-boolean": "perl"})


def test_the_command_line_takes_choices(capsys: pytest.CaptureFixture[str]) -> None:
    options = parse(["--dialect", "empty-lists=written", "--dialect", "job-folder=bare"])
    assert options.dialect == {"empty-lists": "written", "job-folder": "bare"}
    with pytest.raises(SystemExit):
        parse(["--dialect", "empty-lists"])
    assert "empty-lists is one of absent, written" in capsys.readouterr().err


def test_a_boolean_can_look_as_in_the_documentation(local_cloud: LocalCloud, stage: Stage) -> None:
    stage.put("in/a.dcm", variant())
    with local_cloud.dialect(success_boolean="python"):
        text = stage.output(stage.run("in/"), SUCCESS)
    assert '"isPrimary": True' in text
    assert '"isPrimary": true' in stage.output(stage.run("in/"), SUCCESS)


def test_a_manifest_can_have_the_documented_members_alone(
    local_cloud: LocalCloud, stage: Stage
) -> None:
    stage.put("in/a.dcm", variant())
    with local_cloud.dialect(summary_fields="documented", warnings_uri="absent"):
        summary = stage.summary(stage.run("in/"))
    assert "warningsOutputS3Uri" not in summary
    [found] = summary["imageSetsSummary"]
    assert set(found) == {"imageSetId", "numberOfMatchedSOPInstances"}


def test_the_type_of_a_warning_has_two_spellings() -> None:
    warning = {"warning_reason_code": 45330, "type": "InvalidOffsetTable", "message": "m"}
    line = {"inputFile": "a", "importResponse": {"warnings": [warning]}}

    def spelled(**chosen: str) -> Any:
        text = written("WARNING/warning.ndjson", [line], Dialect(chosen), {})
        return json.loads(text)["importResponse"]["warnings"][0]["type"]

    assert spelled() == "InvalidOffsetTable"
    assert spelled(**{"warning-type": "enum"}) == "INVALID_OFFSET_TABLE"


def test_codes_of_warnings_are_as_printed_or_as_their_hexadecimal_ones() -> None:
    def told(**chosen: str) -> list[int]:
        warnings = [asdict(warning) for warning in BY_CODE.values()]
        line = {"inputFile": "a", "importResponse": {"warnings": warnings}}
        text = written("WARNING/warning.ndjson", [line], Dialect(chosen), {})
        found = json.loads(text)["importResponse"]["warnings"]
        return [warning["warning_reason_code"] for warning in found]

    assert told() == list(BY_CODE)
    assert told(**{"warning-codes": "hexadecimal"})[-3:] == [45569, 45570, 49151]
    assert told(**{"warning-codes": "hexadecimal"})[:-3] == list(BY_CODE)[:-3]


def test_metadata_comes_as_json_or_text(local_cloud: LocalCloud, stage: Stage) -> None:
    stage.put("in/a.dcm", variant())
    stage.run("in/")
    given = {"datastoreId": stage.datastore_id, "imageSetId": stage.search()[0]["imageSetId"]}
    for value, kind in (("json", "application/json"), ("text", "text/plain")):
        with local_cloud.dialect(metadata_type=value):
            found = stage.clients.imaging.get_image_set_metadata(**given)
        assert (found["contentType"], found["contentEncoding"]) == (kind, "gzip")


@pytest.mark.parametrize("lossless", ["HTJ2K", "JPEG_2000_LOSSLESS"])
def test_the_stored_syntax_can_go_without_saying(
    local_cloud: LocalCloud, clients: Clients, lossless: Any
) -> None:
    stage = make_stage(clients, losslessStorageFormat=lossless)
    stage.put("in/a.dcm", variant(SeriesInstanceUID="1.1"))
    stage.put("in/b.dcm", variant("JPEG2000.dcm", SeriesInstanceUID="1.2"))
    stage.run("in/")

    def told() -> set[str | None]:
        documents = [stage.metadata(found["imageSetId"]) for found in stage.search()]
        instances = [one for document in documents for one in instances_of(document)]
        assert len(instances) == 2
        return {instance.get("StoredTransferSyntaxUID") for instance in instances}

    lossy = "1.2.840.10008.1.2.4.91"
    assert told() == {STORED_AS[lossless], lossy}
    with local_cloud.dialect(stored_syntax="absent"):
        assert told() == {None, lossy}


def test_jpeg_2000_comes_as_an_image_or_as_octets(
    local_cloud: LocalCloud, clients: Clients
) -> None:
    stage = make_stage(clients, losslessStorageFormat="JPEG_2000_LOSSLESS")
    stage.put("in/a.dcm", variant(SeriesInstanceUID="1.1"))
    stage.put("in/b.dcm", variant("JPEG2000.dcm", SeriesInstanceUID="1.2"))
    stage.run("in/")
    kinds = {}
    for value in ("image", "octets"):
        with local_cloud.dialect(jpeg2000_type=value):
            kinds[value] = sorted(frame_types(stage))
    assert kinds == {
        "image": ["image/j2c", "image/j2c"],
        "octets": ["application/octet-stream", "image/j2c"],
    }


def frame_types(stage: Stage) -> Iterator[str]:
    for found in stage.search():
        [instance] = instances_of(stage.metadata(found["imageSetId"]))
        yield stage.clients.imaging.get_image_frame(
            datastoreId=stage.datastore_id,
            imageSetId=found["imageSetId"],
            imageFrameInformation={"imageFrameId": instance["ImageFrames"][0]["ID"]},
        )["contentType"]


def test_a_job_adds_to_image_sets_or_never(local_cloud: LocalCloud, stage: Stage) -> None:
    for name in ("a", "b", "c"):
        stage.put(f"{name}/1.dcm", variant())
    stage.run("a/")
    stage.run("b/")
    assert [found["version"] for found in stage.search()] == [2]
    with local_cloud.dialect(grouping="separate"):
        stage.run("c/")
    assert {(s["version"], s["isPrimary"]) for s in stage.search()} == {(2, True), (1, False)}


def test_a_list_can_be_of_two_files(local_cloud: LocalCloud, stage: Stage) -> None:
    for number in range(3):
        stage.put(f"in/{number}.dcm", variant(StudyDescription="x" * 300))
    stage.put("in/bad", b"not DICOM")
    with local_cloud.dialect(list_files="split"):
        job = stage.run("in/")
    for name in ("SUCCESS/success", "WARNING/warning"):
        first, second = (stage.lines(job, f"{name}{end}.ndjson") for end in ("", "-2"))
        files = [line["inputFile"] for line in (*first, *second)]
        assert (len(first), files) == (1, ["in/0.dcm", "in/1.dcm", "in/2.dcm"])
    assert len(stage.lines(job, "FAILURE/failure.ndjson")) == 1


def test_a_manifest_can_tell_of_each_image(local_cloud: LocalCloud, stage: Stage) -> None:
    stage.put("in/a.dcm", variant())
    assert "images" not in stage.summary(stage.run("in/"))
    with local_cloud.dialect(manifest_images="written"):
        [image] = stage.summary(stage.run("in/"))["images"]
    [instance] = instances_of(stage.metadata(stage.search()[0]["imageSetId"]))
    [frame] = instance["ImageFrames"]
    assert (image["inputFile"], image["imageFrameId"]) == ("in/a.dcm", frame["ID"])
    assert image["checksums"] == frame["PixelDataChecksumFromBaseToFullResolution"]


def test_empty_lists_can_be_written(local_cloud: LocalCloud, stage: Stage) -> None:
    with local_cloud.dialect(empty_lists="written"):
        job = stage.run("nothing/")
    for name in (SUCCESS, "FAILURE/failure.ndjson", "WARNING/warning.ndjson"):
        assert stage.output(job, name) == ""


@pytest.mark.parametrize(("value", "objects"), [("absent", 0), ("written", 1)])
def test_a_job_that_failed_early_can_leave_a_manifest(
    limited: LocalCloud, value: str, objects: int
) -> None:
    stage = make_stage(make_clients(limited.url))
    for name in ("a", "b"):
        stage.put(f"in/{name}", b"")
    with limited.dialect(early_manifest=value):
        job = stage.run("in/")
    assert job["message"].startswith("FILE_COUNTS_LIMIT_EXCEEDED")
    assert stage.clients.s3.list_objects_v2(Bucket=stage.results)["KeyCount"] == objects
    stage.clients.close()


def test_the_folder_of_a_job_can_lack_its_slash(local_cloud: LocalCloud, stage: Stage) -> None:
    with local_cloud.dialect(job_folder="bare"):
        job = stage.run("nothing/")
    assert job["outputS3Uri"].endswith(job["jobId"])
    with_slash = {**job, "outputS3Uri": f"{job['outputS3Uri']}/"}
    assert stage.summary(with_slash)["outputS3Uri"] == job["outputS3Uri"]


@pytest.mark.parametrize(("value", "files"), [("prefix", 2), ("folder", 1)])
def test_a_prefix_without_a_slash_takes_its_siblings_or_not(
    local_cloud: LocalCloud, stage: Stage, value: str, files: int
) -> None:
    stage.put("in/a.dcm", variant(InstanceNumber=1))
    stage.put("in-other/a.dcm", variant(InstanceNumber=2))
    with local_cloud.dialect(input_prefix=value):
        job = stage.run("in")
        assert stage.summary(job)["numberOfScannedFiles"] == files
