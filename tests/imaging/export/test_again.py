"""An export that runs again does what is missing, and no more."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from include.imaging.errors import CustomerError, IntegrityError, TransientError
from include.imaging.export.destination import Bucket, Folder
from include.imaging.export.outcomes import Format, Outcome
from include.imaging.export.selection import ImageSet, Selection
from include.imaging.steps import export as step
from tests.support.cloud import Clients, Stage, make_stage
from tests.support.exports import export_all, exporter, image_sets
from tests.support.samples import variant


@pytest.fixture(scope="module")
def ward(clients: Clients) -> Stage:
    """Three images in one series."""
    stage = make_stage(clients)
    for number in range(3):
        image = variant(SOPInstanceUID=f"1.2.3.{number}", PatientID="P", InstanceNumber=number)
        stage.put(f"in/{number}.dcm", image)
    stage.run("in/")
    return stage


def outcomes(stage: Stage, place: Path, *formats: Format) -> list[Outcome]:
    made = export_all(exporter(stage, place, formats), stage)
    return [entry.outcome for outcome in made for entry in outcome.formats]


def stamps(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*.dcm")}


def test_what_is_there_with_the_right_hash_is_left_alone(ward: Stage, tmp_path: Path) -> None:
    assert outcomes(ward, tmp_path, Format.DICOM) == [Outcome.WRITTEN] * 3
    before = stamps(tmp_path)
    assert outcomes(ward, tmp_path, Format.DICOM) == [Outcome.UNCHANGED] * 3
    assert stamps(tmp_path) == before


def test_a_file_that_changed_or_is_gone_is_written_again(ward: Stage, tmp_path: Path) -> None:
    outcomes(ward, tmp_path, Format.DICOM)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.dcm")}
    gone, changed, _ = sorted(before)
    gone.unlink()
    changed.write_bytes(b"x" + before[changed][1:])
    again = outcomes(ward, tmp_path, Format.DICOM)
    assert sorted(again) == [Outcome.UNCHANGED, Outcome.WRITTEN, Outcome.WRITTEN]
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.dcm")} == before


def test_a_damaged_record_counts_as_none(ward: Stage, tmp_path: Path) -> None:
    outcomes(ward, tmp_path, Format.DICOM)
    [record] = (tmp_path / "_export").rglob("*.ndjson")
    record.write_text('{"kind": "instance"')
    assert outcomes(ward, tmp_path, Format.DICOM) == [Outcome.WRITTEN] * 3


def test_a_bucket_takes_the_same_files_and_skips_them_too(ward: Stage, tmp_path: Path) -> None:
    clients = ward.clients
    bucket = f"export-{uuid.uuid4().hex[:12]}"
    clients.s3.create_bucket(Bucket=bucket)
    made = exporter(ward, Bucket(clients.s3, bucket, "below/"), [Format.DICOM, Format.PNG])
    first = export_all(made, ward)
    assert {entry.outcome for made in first for entry in made.formats} == {Outcome.WRITTEN}
    outcomes(ward, tmp_path, Format.DICOM, Format.PNG)
    for outcome in first:
        for file in (file for entry in outcome.formats for file in entry.files):
            stored = clients.s3.get_object(Bucket=bucket, Key=f"below/{file.path}")["Body"].read()
            assert stored == (tmp_path / file.path).read_bytes()
    second = export_all(made, ward)
    assert {entry.outcome for made in second for entry in made.formats} == {Outcome.UNCHANGED}


def test_an_image_set_that_is_gone_is_refused_and_counted(ward: Stage, tmp_path: Path) -> None:
    record = exporter(ward, tmp_path).run(ImageSet("0" * 32, 1))
    assert (record.image_set.code, record.instances) == ("IMAGE_SET_GONE", {})


def test_a_cleared_plan_is_the_one_that_was_stored(ward: Stage, tmp_path: Path) -> None:
    def plan(selection: Selection, *formats: Format) -> int:
        made = exporter(ward, tmp_path, formats or (Format.DICOM,))
        return len(
            step.plan(exporter=made, selection=selection, run_id="r", chunk_size=1, most_chunks=1)
        )

    assert plan(Selection(patient_id="P")) == 1
    assert plan(Selection(patient_id="nobody")) == 1
    with pytest.raises(CustomerError, match="EXPORT_SELECTION"):
        plan(Selection(patient_id="P"), Format.PNG)


def test_more_chunks_than_tasks_are_refused(ward: Stage, tmp_path: Path) -> None:
    with pytest.raises(CustomerError, match="EXPORT_TOO_LARGE"):
        step.plan(
            exporter=exporter(ward, tmp_path),
            selection=Selection(patient_id="P"),
            run_id="r",
            chunk_size=1,
            most_chunks=0,
        )


def test_a_chunk_that_never_ran_is_unaccounted(ward: Stage, tmp_path: Path) -> None:
    made = exporter(ward, tmp_path)
    assert len(image_sets(ward)) == 1
    step.plan(
        exporter=made, selection=Selection(patient_id="P"), run_id="r", chunk_size=1, most_chunks=1
    )
    with pytest.raises(IntegrityError, match="EXPORT_UNACCOUNTED"):
        step.report(exporter=made, run_id="r")


def test_what_an_earlier_run_left_does_not_account_for_this_one(
    ward: Stage, tmp_path: Path
) -> None:
    made = exporter(ward, tmp_path)

    def plan_and_run(run_id: str, progress: Callable[[int], None]) -> None:
        wanted = Selection(patient_id="P")
        step.plan(exporter=made, selection=wanted, run_id=run_id, chunk_size=1, most_chunks=1)
        step.run(exporter=made, run_id=run_id, chunk=1, progress=progress)

    def break_off(_: int) -> None:
        raise TransientError("AWS_BUSY", "later")

    plan_and_run("first", lambda _: None)
    assert step.report(exporter=made, run_id="first").is_balanced
    # the record is there, but this run did not come to its end
    for run_id in ("second", "first"):
        with pytest.raises(TransientError):
            plan_and_run(run_id, break_off)
        with pytest.raises(IntegrityError, match="EXPORT_UNACCOUNTED"):
            step.report(exporter=made, run_id=run_id)
    plan_and_run("second", lambda _: None)
    assert step.report(exporter=made, run_id="second").is_balanced


def test_an_export_that_breaks_off_leaves_the_record_of_another(
    ward: Stage, tmp_path: Path
) -> None:
    [only] = image_sets(ward)

    class Overtaken(Folder):
        """Another export comes to its end between this one's first look and its first file."""

        def get(self, path: str) -> bytes | None:
            found = super().get(path)
            if found is None:
                exporter(ward, tmp_path).run(only)
            return found

        def put(self, path: str, body: IO[bytes], size: int, sha256: str) -> None:
            if path.endswith(".dcm"):
                raise TransientError("AWS_BUSY", "later")
            super().put(path, body, size, sha256)

    with pytest.raises(TransientError):
        exporter(ward, Overtaken(tmp_path)).run(only)
    [record] = (tmp_path / "_export").rglob("*.ndjson")
    assert len(record.read_text().splitlines()) == 1 + 3
