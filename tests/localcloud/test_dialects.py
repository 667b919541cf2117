"""Both sides of what HealthImaging's documentation leaves open."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from include.localcloud.dialect import CHOICES, Dialect, DialectError
from include.localcloud.list_lines import written
from include.localcloud.options import parse
from include.localcloud.running import LocalCloud
from tests.support.cloud import Stage, make_clients, make_stage
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
    assert len(CHOICES) >= 11
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
