"""A run that cannot be done says what to do, in its first task and without a retry."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest

from include.demo.environment import ACCESS_KEY, SECRET_KEY, Settings
from tests.support.dag_runs import Bench, Ran


def target(settings: Settings, **extra: Any) -> dict[str, Any]:
    """Fields of the target Connection; an extra that is None is left out."""
    known = asdict(settings) | extra
    return {
        "conn_type": "aws",
        "login": ACCESS_KEY,
        "password": SECRET_KEY,
        "extra": {name: value for name, value in known.items() if value is not None},
    }


def refused(ran: Ran) -> str:
    """What the first task said before anything moved; the run failed by it, at once."""
    assert ran.state == "failed"
    assert ran.retried == []
    assert ran.tasks["take_census"] == {"failed"}
    assert ran.tasks["stage"] == ran.tasks["deidentify"] == {"upstream_failed"}
    return ran.errors["take_census"]


def test_a_secret_that_is_missing_is_asked_for(bench: Bench) -> None:
    bench.disconnect("imaging_deid")
    said = refused(bench.run())
    assert said.startswith("CONNECTION_MISSING: there is no Connection 'imaging_deid'")
    assert "create it under Admin" in said


@pytest.mark.parametrize(
    ("secret", "code", "advice"),
    [
        ("ab" * 31, "SECRET_TOO_SHORT", "needs at least 32 (make one: "),
        ("not hex digits" * 9, "SECRET_NOT_HEX", "must be hex digits, 64 or more"),
        (None, "CONNECTION_INCOMPLETE", "python -m include.imaging key new"),
    ],
    ids=["short", "not-hex", "none"],
)
def test_a_secret_that_is_no_secret_is_refused_and_not_shown(
    bench: Bench, secret: str | None, code: str, advice: str
) -> None:
    bench.connect("imaging_deid", conn_type="generic", password=secret)
    said = refused(bench.run())
    assert said.startswith(f"{code}: ")
    assert advice in said
    assert secret is None or secret not in said


def test_a_data_store_that_is_absent_is_named(bench: Bench) -> None:
    bench.connect("imaging_default", **target(replace(bench.settings, datastore_id="0" * 32)))
    said = refused(bench.run())
    assert said.startswith("AWS_NOT_FOUND: ")
    assert "0" * 32 in said
    assert "datastore_id" in said


def test_a_target_that_is_missing_is_asked_for(bench: Bench) -> None:
    bench.disconnect("imaging_default")
    said = refused(bench.run())
    assert said.startswith("CONNECTION_MISSING: ")
    assert "imaging_default" in said


def test_a_target_that_is_incomplete_says_what_it_lacks(bench: Bench) -> None:
    lacking = target(bench.settings, landing_bucket=None, import_role_arn=None)
    bench.connect("imaging_default", **lacking)
    said = refused(bench.run())
    assert said.startswith("CONNECTION_INCOMPLETE: ")
    assert "lacks import_role_arn, landing_bucket" in said


def test_a_bucket_that_is_absent_is_pointed_at(bench: Bench) -> None:
    elsewhere = target(bench.settings, results_bucket="there-is-no-such-bucket")
    bench.connect("imaging_default", **elsewhere)
    said = refused(bench.run())
    assert said.startswith("AWS_NOT_FOUND: ")
    assert "check buckets" in said


def test_a_catalog_that_is_missing_is_asked_for(bench: Bench) -> None:
    bench.disconnect("imaging_catalog")
    said = refused(bench.run())
    assert said.startswith("CONNECTION_MISSING: there is no Connection 'imaging_catalog'")


def test_an_archive_that_is_not_mounted_is_asked_for(bench: Bench) -> None:
    bench.archive.rmdir()
    said = refused(bench.run())
    assert said.startswith("ARCHIVE_NOT_FOUND: ")
    assert "check that its share is mounted" in said
    assert str(bench.archive) not in said


def test_an_archive_connection_without_a_path_is_incomplete(bench: Bench) -> None:
    bench.connect("imaging_archive_demo", conn_type="fs", extra={})
    said = refused(bench.run())
    assert said.startswith("CONNECTION_INCOMPLETE: Connection 'imaging_archive_demo' lacks `path`")


def test_an_invalid_feed_fails_with_file_key_and_rule(bench: Bench) -> None:
    ran = bench.run(lookback_days="often")
    assert ran.state == "failed"
    assert ran.tasks == {"explain": {"failed"}}
    assert "checked.yaml: lookback_days: " in ran.errors["explain"]
