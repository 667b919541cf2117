import json
from typing import Any

import pytest

from include.imaging.catalog.results import InstanceResult
from include.imaging.job_output import read_lines, read_summary, results
from include.imaging.keys import BatchKeys

BATCH = BatchKeys("b" * 32)
KEY = BATCH.instance("2.25.1")
SUMMARY = {
    "jobSummary": {
        "numberOfScannedFiles": 5,
        "numberOfImportedFiles": 3,
        "numberOfFilesWithCustomerError": 2,
        "numberOfFilesWithServerError": 0,
        "imageSetsSummary": [{"imageSetId": "i", "imageSetVersion": 4, "isPrimary": False}],
    }
}


def result(line: str):
    (found,) = results(read_lines([line.encode()]), BATCH, None)
    return found


def test_the_page_s_own_example_with_python_s_true_is_read() -> None:
    line = f'{{"inputFile":"{KEY}","importResponse":{{"imageSetId":"i", "isPrimary": True}}}}'
    assert result(line).is_primary is True
    assert result(line).sop_instance_uid == "2.25.1"


@pytest.mark.parametrize(("word", "claim"), [("true", True), ("false", False)])
def test_json_booleans_are_read(word: str, claim: bool) -> None:
    line = f'{{"inputFile":"{KEY}","importResponse":{{"imageSetId":"i","isPrimary":{word}}}}}'
    assert result(line).is_primary is claim


def test_version_and_primary_come_from_the_summary_when_the_line_has_none() -> None:
    line = json.dumps({"inputFile": KEY, "importResponse": {"imageSetId": "i"}}).encode()
    (found,) = results(read_lines([line]), BATCH, read_summary(json.dumps(SUMMARY).encode()))
    assert (found.image_set_version, found.is_primary) == (4, False)


def test_a_customer_s_and_a_server_s_error_are_told_apart() -> None:
    def code(kind: str) -> str:
        exception = {"exceptionType": kind, "message": "no"}
        return result(json.dumps({"inputFile": KEY, "exception": exception})).finding.code

    assert code("ValidationException") == "IMPORT_REJECTED"
    assert code("InternalServerException") == "IMPORT_SERVER_ERROR"


def test_a_warning_is_known_by_its_integer() -> None:
    warnings = [{"warning_reason_code": 45330, "type": "InvalidOffsetTable", "message": "…"}]
    response = {"imageSetId": "i", "isPrimary": True, "warnings": warnings}
    found = result(json.dumps({"inputFile": KEY, "importResponse": response}))
    assert found.finding.code == "IMPORT_WARNING"
    assert "45330" in found.finding.text


def test_broken_lines_are_left_out() -> None:
    sound = b'{"inputFile": "k", "exception": {}}'
    silent = b'{"inputFile": "k", "importResponse": {}}'
    mixed = b'{"inputFile": "k", "importResponse": {"imageSetId": "i", "a": True, "b": null}}'
    broken = [b"{", b"", b"[1]", b"\xff", b"{'a': 1}", silent, mixed]
    assert list(read_lines([*broken, sound])) == [{"inputFile": "k", "exception": {}}]


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"jobSummary": {}}', b'{"jobSummary": 3}'])
def test_what_is_not_a_manifest_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_summary(raw)


@pytest.mark.parametrize(
    "name",
    [
        KEY,
        f"/{KEY}",
        f"s3://import/{KEY}",
        f"import/{KEY}",
        "2.25.1.dcm",
        "/2.25.1.dcm",
        f"{'b' * 32}/2.25.1.dcm",
    ],
)
def test_a_file_of_the_batch_is_known_however_it_is_named(name: str) -> None:
    assert named(name) == "2.25.1"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        "s3://",
        "2.25.1",
        "other/2.25.1.dcm",
        f"s3://other/{KEY}",
        f"s3:///{KEY}",
        f"s3://{KEY}",
        f"other/{KEY}",
        f"import/import/{KEY}",
        BATCH.prefix,
        f"s3://import/{BatchKeys('c' * 32).instance('2.25.1')}",
    ],
)
def test_a_file_of_another_place_is_foreign_however_it_is_named(name: str) -> None:
    assert named(name) == f"foreign:{len(name)}"


def named(name: str) -> str:
    line = {"inputFile": name, "importResponse": {"imageSetId": "i"}}
    (found,) = results([line], BATCH, None, "import")
    return found.sop_instance_uid


def test_a_file_of_another_prefix_is_no_instance_of_the_batch() -> None:
    response = {"imageSetId": "i", "isPrimary": True}
    line = json.dumps({"inputFile": "batches/other/2.25.1.dcm", "importResponse": response})
    assert result(line).sop_instance_uid.startswith("foreign:")


RESPONSE = {"imageSetId": "i", "imageSetVersion": 2, "isPrimary": True}


def listed(**line: Any) -> list[InstanceResult]:
    """What a line says of the batch's file, and that its neighbours are read in any case."""
    sound = {"inputFile": BATCH.instance("2.25.2"), "importResponse": RESPONSE}
    lines = [json.dumps(each).encode() for each in (sound, {"inputFile": KEY} | line, sound)]
    first, *found, last = results(read_lines(lines), BATCH, None)
    assert (first, last) == (InstanceResult("2.25.2", "i", 2, is_primary=True),) * 2
    return found


def test_an_exception_of_null_is_none() -> None:
    (found,) = listed(importResponse=RESPONSE, exception=None)
    assert found == InstanceResult("2.25.1", "i", 2, is_primary=True)


@pytest.mark.parametrize(
    "line",
    [
        {"exception": "no"},
        {"exception": []},
        {"importResponse": RESPONSE, "exception": "no"},
        {"importResponse": RESPONSE, "exception": False},
        {"importResponse": RESPONSE, "exception": {"exceptionType": "ValidationException"}},
        {"importResponse": RESPONSE, "inputFile": 7},
        {"importResponse": RESPONSE, "inputFile": None},
        {"importResponse": [RESPONSE]},
        {"importResponse": "i"},
        {"importResponse": {"imageSetId": 7}},
        {"importResponse": {"imageSetId": ["i"]}},
        {"importResponse": {"imageSetId": {"i": 1}}},
        {"importResponse": {"imageSetId": "i" * 33}},
        {"importResponse": {"imageSetId": "i\0"}},
    ],
)
def test_a_line_that_does_not_fit_is_left_out(line: dict[str, Any]) -> None:
    assert listed(**line) == []


@pytest.mark.parametrize("version", ["v1", "", None, 1.5, True, [1], {}, -1, "9" * 5000, 10**12])
def test_a_version_that_is_none_is_left_out_and_the_import_stands(version: Any) -> None:
    (found,) = listed(importResponse=RESPONSE | {"imageSetVersion": version})
    assert found == InstanceResult("2.25.1", "i", None, is_primary=True)


@pytest.mark.parametrize(("claim", "read"), [("False", False), ("true", True), (None, True)])
def test_a_truth_value_may_be_text(claim: Any, read: bool) -> None:
    (found,) = listed(importResponse=RESPONSE | {"isPrimary": claim})
    assert found.is_primary is read


@pytest.mark.parametrize(
    ("warnings", "code"),
    [
        (["x"], "code ?"),
        ([None, 3, {}], "code ?"),
        ([{"warning_reason_code": []}], "code ?"),
        (["x", {"warning_reason_code": 45330}], "code 45330"),
        ([{"warning_reason_code": "4\0\ud800"}], "code 4"),
    ],
)
def test_an_odd_warning_is_still_one(warnings: list[Any], code: str) -> None:
    (found,) = listed(importResponse=RESPONSE | {"warnings": warnings})
    assert found.finding is not None
    assert found.finding.code == "IMPORT_WARNING"
    assert code in found.finding.text
    assert (found.image_set_id, found.finding.text.isprintable()) == ("i", True)


@pytest.mark.parametrize("warnings", ["x", {"a": 1}, 3, None, []])
def test_warnings_that_are_no_list_are_none(warnings: Any) -> None:
    (found,) = listed(importResponse=RESPONSE | {"warnings": warnings})
    assert found == InstanceResult("2.25.1", "i", 2, is_primary=True)


def test_what_an_exception_says_is_text_that_a_database_takes() -> None:
    (found,) = listed(exception={"exceptionType": ["a\0"], "message": "no\0\ud800\n" * 100})
    assert found.finding is not None
    assert found.finding.text.isprintable()


def test_a_name_that_is_no_uid_is_foreign() -> None:
    for name in ("2" * 65, "", "x", "2.25.1\0"):
        assert named(f"{BATCH.prefix}{name}.dcm").startswith("foreign:")


@pytest.mark.parametrize(
    "sets",
    [
        None,
        "i",
        {"imageSetId": "i"},
        ["i", None, 7],
        [{"imageSetVersion": 1}],
        [{"imageSetId": ["i"], "imageSetVersion": 1}],
        [{"imageSetId": "i", "imageSetVersion": "v1", "isPrimary": "perhaps"}],
    ],
)
def test_odd_image_sets_leave_the_summary_s_counters_as_they_are(sets: Any) -> None:
    raw = {"jobSummary": SUMMARY["jobSummary"] | {"imageSetsSummary": sets}}
    found = read_summary(json.dumps(raw).encode())
    assert (found.scanned, found.imported, found.versions, found.primary) == (5, 3, {}, {})


def test_brackets_without_end_are_a_broken_line_and_no_manifest() -> None:
    deep = b"[" * 200_000
    assert list(read_lines([deep])) == []
    with pytest.raises(ValueError, match="not a job output manifest"):
        read_summary(deep)
