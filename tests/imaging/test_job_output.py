import json

import pytest

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
