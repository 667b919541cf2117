"""What DICOMweb gives is of the version that the report names, or it is not exported."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

import pydicom
import pytest

from include.imaging.errors import TransientError
from include.imaging.export.dicomweb import DicomWeb
from include.imaging.export.metadata import Instance
from include.imaging.export.outcomes import Format, FormatOutcome, Outcome
from include.imaging.export.selection import ImageSet
from include.imaging.export.versions import VersionWatch
from tests.support.cloud import Stage
from tests.support.exports import exporter, image_sets
from tests.support.samples import variant
from tests.support.updates import study

BOTH = (Format.DICOM, Format.DICOMWEB)


@pytest.fixture
def only(stage: Stage) -> ImageSet:
    """An image set of two instances, at version 1."""
    for number in (1, 2):
        stage.put(f"in/{number}.dcm", variant(SOPInstanceUID=f"1.2.3.{number}"))
    stage.run("in/")
    [found] = image_sets(stage)
    return found


def describe(stage: Stage, image_set: ImageSet) -> None:
    """Make the next version, of another StudyDescription."""
    stage.clients.imaging.update_image_set_metadata(
        datastoreId=stage.datastore_id,
        imageSetId=image_set.image_set_id,
        latestVersionId=str(image_set.version),
        updateImageSetMetadataUpdates={
            "DICOMUpdates": {"updatableAttributes": study(StudyDescription="another")}
        },
    )


def told(stage: Stage, place: Path, image_set: ImageSet) -> dict[Format, list[FormatOutcome]]:
    """What became of the instances in either format; the record says the version it has."""
    record = exporter(stage, place, BOTH).run(image_set)
    assert {made.version for made in record.instances.values()} == {image_set.version}
    entries = [entry for made in record.instances.values() for entry in made.formats]
    return {kind: [entry for entry in entries if entry.format is kind] for kind in BOTH}


def descriptions(place: Path, pattern: str) -> set[str]:
    return {str(pydicom.dcmread(path).StudyDescription) for path in place.rglob(pattern)}


def test_a_version_that_is_not_the_latest_is_rebuilt_and_not_retrieved(
    stage: Stage, only: ImageSet, tmp_path: Path
) -> None:
    describe(stage, only)
    made = told(stage, tmp_path, only)
    assert [entry.outcome for entry in made[Format.DICOM]] == [Outcome.WRITTEN] * 2
    assert [(entry.outcome, entry.code, entry.files) for entry in made[Format.DICOMWEB]] == [
        (Outcome.FAILED, "VERSION_CHANGED", ())
    ] * 2
    assert not list(tmp_path.rglob("*.original.dcm"))


def test_a_new_run_takes_the_new_version(stage: Stage, only: ImageSet, tmp_path: Path) -> None:
    told(stage, tmp_path, only)
    assert descriptions(tmp_path, "*.original.dcm") == {"e+1"}
    describe(stage, only)
    [latest] = image_sets(stage)
    assert latest.version == 2
    made = told(stage, tmp_path, latest)
    assert {entry.outcome for entries in made.values() for entry in entries} == {Outcome.WRITTEN}
    assert descriptions(tmp_path, "*.dcm") == {"another"}


def test_a_change_during_the_retrieval_is_noticed(
    stage: Stage, only: ImageSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch, seen = DicomWeb.fetch, []

    def changing(
        web: DicomWeb, image_set: ImageSet, instance: Instance, accept: str, file: IO[bytes]
    ) -> int:
        if not seen:
            describe(stage, image_set)
        seen.append(instance.sop_uid)
        return fetch(web, image_set, instance, accept, file)

    monkeypatch.setattr(DicomWeb, "fetch", changing)
    monkeypatch.setattr("include.imaging.export.image_sets.WRITING_THREADS", 1)
    made = told(stage, tmp_path, only)
    assert len(seen) == 1  # the other one was not even asked for
    assert [entry.code for entry in made[Format.DICOMWEB]] == ["VERSION_CHANGED"] * 2
    assert not list(tmp_path.rglob("*.original.dcm"))


class Answers:
    """A client whose GetImageSet gives these answers, the last one again and again."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers = list(answers)
        self.asked = 0

    class exceptions:  # noqa: N801 - as botocore has it
        class ResourceNotFoundException(Exception):  # noqa: N818 - as botocore has it
            """Never raised here."""

    def get_image_set(self, **_: Any) -> dict[str, Any]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def watch(*answers: dict[str, Any]) -> tuple[VersionWatch, Answers]:
    client: Any = Answers(*answers)
    return VersionWatch(client, "1", ImageSet("2", 3)), client


def test_a_change_that_is_under_way_is_waited_for() -> None:
    updating = {"versionId": "3", "imageSetWorkflowStatus": "UPDATING_FOR_STUDY_CONSISTENCY"}
    watched, _ = watch(updating, {"versionId": "3", "imageSetWorkflowStatus": "UPDATED"})
    with pytest.raises(TransientError, match="IMAGE_SET_CHANGING"):
        watched.known_fault()
    assert watched.known_fault() == ""


def test_a_look_before_is_the_last_look_after() -> None:
    watched, client = watch({"versionId": "3"}, {"versionId": "4"})
    assert (watched.known_fault(), watched.known_fault(), client.asked) == ("", "", 1)
    assert (watched.fault(), watched.known_fault(), client.asked) == ("VERSION_CHANGED",) * 2 + (2,)
