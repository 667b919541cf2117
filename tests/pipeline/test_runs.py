"""Runs of an import DAG that do what their Params and their archive say."""

from __future__ import annotations

import pytest

from include.demo.environment import client
from include.imaging.keys import quarantined
from tests.support.dag_runs import FEED, Bench
from tests.support.dicom import ct, encode
from tests.support.small_archive import build_small_archive


@pytest.fixture
def filled(bench: Bench) -> Bench:
    """Three images in three series, three more in a zip, an equal pair and a poisoned file."""
    bench.archive.rmdir()
    assert build_small_archive(bench.archive, copies=1) == 8
    return bench


def test_a_run_balances(filled: Bench) -> None:
    ran = filled.run()
    assert (ran.state, ran.errors, ran.retried) == ("success", {}, [])
    assert filled.outcomes() == {"imported": 6, "duplicate": 1, "quarantined": 1}
    assert ran.returned("balance")["census"] == 8


def test_an_empty_archive_has_a_census_of_none(bench: Bench) -> None:
    ran = bench.run()
    assert (ran.state, ran.errors) == ("success", {})
    told = ran.returned("balance")
    assert len(told.pop("chain_head")) == 64  # SHA-256 in hex, for an auditor to hold against
    assert told == {"census": 0, "outcomes": {}, "balanced": True}
    assert bench.rows("SELECT census_items FROM runs") == [(0,)]


def test_a_dry_run_reports_its_plan_and_leaves_nothing(filled: Bench) -> None:
    ran = filled.run({"dry_run": True})
    assert (ran.state, ran.errors) == ("success", {})
    plan = ran.returned("pack_batches", "plan")
    assert sum(batch["items"] for batch in plan["batches"]) == 6
    assert plan["outcomes"] == {"duplicate": 1, "quarantined": 1}
    tables = ("runs", "items", "claims", "batches", "run_batches", "cases", "jobs")
    assert {table: filled.rows(f"SELECT count(*) FROM {table}") for table in tables} == {
        table: [(0,)] for table in tables
    }
    assert ran.tasks["deidentify"] == {"skipped"}
    # nothing stands in the way of the real one
    assert filled.run().state == "success"
    assert filled.outcomes()["imported"] == 6


def test_a_mistyped_param_imports_nothing(filled: Bench) -> None:
    ran = filled.run({"dryrun": True})
    assert ran.state == "failed"
    assert ran.errors["take_census"].startswith("PARAM_UNKNOWN: ")
    assert "'dryrun'" in ran.errors["take_census"]
    assert filled.rows("SELECT count(*) FROM items") == [(0,)]


def test_a_limit_takes_the_first_items_and_excludes_the_rest(filled: Bench) -> None:
    ran = filled.run({"limit": 2})
    assert (ran.state, ran.errors) == ("success", {})
    outcomes = filled.outcomes()
    assert outcomes["excluded"] == 6
    assert sum(outcomes.values()) == ran.returned("balance")["census"] == 8


def test_a_batch_of_which_everything_is_held_starts_no_job(bench: Bench) -> None:
    image = ct(BurnedInAnnotation="YES", PatientComments="of a screen shot")
    (bench.archive / "burned.dcm").write_bytes(encode(image))
    ran = bench.run()
    assert (ran.state, ran.errors) == ("success", {})
    assert bench.outcomes() == {"quarantined": 1}
    assert ran.tasks["start_import"] == ran.tasks["await_import"] == {"skipped"}
    assert ran.tasks["reconcile"] == {"success"}


def test_the_bytes_of_what_packing_holds_are_kept_apart(bench: Bench) -> None:
    for name, comment in (("one", "as it was"), ("other", "as it is")):
        (bench.archive / f"{name}.dcm").write_bytes(encode(ct(StudyDescription=comment)))
    ran = bench.run()
    assert (ran.state, bench.outcomes()) == ("success", {"quarantined": 2})
    assert bench.rows("SELECT DISTINCT code FROM findings") == [("CONFLICTING_CONTENT",)]
    items = bench.rows("SELECT item_id, content_hash FROM items")
    wanted = {quarantined(FEED, item, content) for item, content in items}
    s3 = client("s3", bench.settings.endpoint_url)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bench.settings.landing_bucket)
    assert wanted <= {entry["Key"] for page in pages for entry in page.get("Contents", [])}
    s3.close()
