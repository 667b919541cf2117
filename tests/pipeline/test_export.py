"""The export DAG in one process: what it writes, what it says, and what it leaves to a retry."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import tests.support.airflow as home  # before airflow: it gives Airflow its home

# isort: split
import pytest
from airflow import settings
from airflow.dag_processing.dagbag import DagBag

from include.imaging.errors import CustomerError
from pipeline.export_adapters import exporter
from tests.support.cloud import Clients, Stage
from tests.support.dag_runs import Bench, Ran, listen
from tests.support.exports import pixels_of, same_pixels
from tests.support.samples import variant

DAG_FILE = home.ROOT / "dags" / "export_image_sets.py"


@pytest.fixture
def ward(bench: Bench, clients: Clients) -> Stage:
    """Two studies of one patient, three series, in the data store of the Connection."""
    stage = Stage(
        clients,
        bench.settings.import_bucket,
        bench.settings.results_bucket,
        bench.settings.datastore_id,
    )
    prefix = f"{bench.settings.datastore_id}/"
    for number in range(3):
        uids = {"StudyInstanceUID": f"1.2.{number // 2}", "SeriesInstanceUID": f"1.3.{number}"}
        stage.put(f"{prefix}{number}", variant(PatientID="PSEUDONYM-7", **uids))
    stage.run(prefix)
    bench.connect("imaging_export", conn_type="fs", extra={"path": str(bench.root)})
    return stage


def run(bench: Bench, **params: Any) -> Ran:
    """Run the DAG with these Params to its end."""
    home.migrated_database()
    before, settings.DAGS_FOLDER = settings.DAGS_FOLDER, str(home.ROOT / "dags")
    try:
        dag = DagBag(dag_folder=DAG_FILE).dags["export_image_sets"]
        ran = Ran("", "")
        listen(dag, ran)
        with warnings.catch_warnings():
            # Airflow's in-process API warns of its own libraries
            warnings.simplefilter("ignore")
            done = dag.test(run_conf=params)
    finally:
        settings.DAGS_FOLDER = before
    ran.run_id, ran.state = done.run_id, str(done.state)
    for task in done.get_task_instances():
        ran.tasks.setdefault(task.task_id, set()).add(str(task.state))
    return ran


def test_a_patient_is_exported_in_chunks_and_reported(bench: Bench, ward: Stage) -> None:
    ran = run(
        bench,
        patient="PSEUDONYM-7",
        formats=["dicom", "png"],
        image_sets_per_task=2,
        destination="exports/one",
    )
    assert (ran.state, ran.errors) == ("success", {})
    summary = ran.returned("report_export")
    assert summary["balanced"]
    assert (summary["image_sets"], summary["instances"], summary["frames_verified"]) == (3, 3, 3)
    assert summary["outcomes"] == {"dicom": {"written": 3}, "png": {"written": 3}}
    written = sorted((bench.root / "exports" / "one").rglob("*.dcm"))
    assert len(written) == 3
    assert all(same_pixels(pixels_of(path), pixels_of(variant())) for path in written)
    chunks = ran.returned("find_image_sets")
    assert [chunk["label"] for chunk in chunks] == [
        "task 1 of 2 · 2 image sets",
        "task 2 of 2 · 1 image sets",
    ]


def test_a_study_goes_to_a_bucket_and_again_changes_nothing(bench: Bench, ward: Stage) -> None:
    bucket = bench.settings.results_bucket
    prefix = f"exports/{bench.settings.datastore_id}"
    params = {"study": "1.2.0", "destination": f"s3://{bucket}/{prefix}", "formats": ["dicomweb"]}
    first = run(bench, **params)
    assert (first.state, first.errors) == ("success", {})
    assert first.returned("report_export")["outcomes"] == {"dicomweb": {"written": 2}}
    second = run(bench, **params)
    assert second.returned("report_export")["outcomes"] == {"dicomweb": {"unchanged": 2}}
    found = ward.clients.s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
    assert len([entry for entry in found if entry["Key"].endswith(".original.dcm")]) == 2


def test_nothing_found_is_a_report_of_nothing(bench: Bench, ward: Stage) -> None:
    ran = run(bench, patient="nobody", destination="exports/none")
    assert (ran.state, ran.errors) == ("success", {})
    assert ran.tasks["export"] == {"skipped"}
    assert ran.returned("report_export")["instances"] == 0


def test_an_image_set_that_is_gone_before_its_turn_fails_the_report(
    bench: Bench, ward: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    [first, *_] = ward.search()
    plan = "exports/gone/_export/runs"
    kept = {"image_set_ids": [first["imageSetId"]], "destination": "exports/gone"}
    store = Path(bench.root / plan)

    def delete(*_: object) -> None:
        ward.clients.imaging.delete_image_set(
            datastoreId=ward.datastore_id, imageSetId=first["imageSetId"]
        )

    monkeypatch.setattr("pipeline.export_tasks._exported", _after(delete))
    ran = run(bench, **kept)
    assert ran.state == "failed"
    assert ran.retried == []
    assert ran.errors["report_export"].startswith("EXPORT_INCOMPLETE: 1 ")
    assert "IMAGE_SET_GONE 1" in ran.errors["report_export"]
    [summary] = store.rglob("summary.json")
    assert json.loads(summary.read_text())["image_sets_refused"] == 1


def _after(first: Any) -> Any:
    from pipeline.export_tasks import _exported

    def run(context: Any, chunk: int) -> Any:
        first()
        return _exported(context, chunk)

    return run


def test_params_that_ask_for_nothing_are_refused_at_once(bench: Bench, ward: Stage) -> None:
    ran = run(bench)
    assert (ran.state, ran.retried) == ("failed", [])
    assert ran.errors["find_image_sets"].startswith("EXPORT_SELECTION: name what to export")


@pytest.mark.parametrize(
    "place", ["../outside", "/tmp", "a//b", "s3://Landing", "s3://{landing}/x", "s3://{imports}"]
)
def test_a_destination_the_pipeline_lives_in_or_nobody_shares_is_refused(
    bench: Bench, place: str
) -> None:
    buckets = {"landing": bench.settings.landing_bucket, "imports": bench.settings.import_bucket}
    params = {
        "destination": place.format(**buckets),
        "formats": ["dicom"],
        "connection": "imaging_default",
    }
    bench.connect("imaging_export", conn_type="fs", extra={"path": str(bench.root)})
    with pytest.raises(CustomerError, match="EXPORT_DESTINATION"), exporter(params):
        pass


def test_a_folder_needs_its_connection(bench: Bench) -> None:
    params = {"destination": "x", "formats": ["dicom"], "connection": "imaging_default"}
    with pytest.raises(CustomerError, match="CONNECTION_MISSING"), exporter(params):
        pass
