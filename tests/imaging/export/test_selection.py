"""An export takes the image sets that are asked for, each once, and refuses to guess."""

from __future__ import annotations

from datetime import date

import pytest

from include.imaging.errors import CustomerError
from include.imaging.export.selection import Selection, find
from tests.support.cloud import Clients, Stage, make_stage
from tests.support.samples import variant


@pytest.fixture(scope="module")
def ward(clients: Clients) -> Stage:
    """Five series of three patients, and a conflicting twin of one."""
    stage = make_stage(clients)
    rows = [
        ("1.2.1", "1.2.1.1", "P1", "20240101"),
        ("1.2.1", "1.2.1.2", "P1", "20240101"),
        ("1.2.2", "1.2.2.1", "P1", "20240615"),
        ("1.2.3", "1.2.3.1", "P2", "20240615"),
        ("1.2.4", "1.2.4.1", "P3", ""),
        ("1.2.3", "1.2.3.1", "P2-other", "20240615"),
    ]
    for number, (study, series, patient, day) in enumerate(rows):
        image = variant(
            StudyInstanceUID=study, SeriesInstanceUID=series, PatientID=patient, StudyDate=day
        )
        prefix = f"job{number // 5}/"
        stage.put(f"{prefix}{number}.dcm", image)
    stage.run("job0/")
    stage.run("job1/")
    return stage


def found(stage: Stage, selection: Selection) -> list[str]:
    """Series of the image sets that a selection finds, in its order."""
    series = {
        summary["imageSetId"]: summary["DICOMTags"]["DICOMSeriesInstanceUID"]
        for summary in stage.search()
    }
    sets = find(stage.clients.imaging, stage.datastore_id, selection)
    return [series[image_set.image_set_id] for image_set in sets]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(study_uid="1.2.1"), {"1.2.1.1", "1.2.1.2"}),
        (Selection(patient_id="P1"), {"1.2.1.1", "1.2.1.2", "1.2.2.1"}),
        (Selection(patient_id="P1", first=date(2024, 2, 1)), {"1.2.2.1"}),
        (Selection(study_uid="1.2.1", patient_id="P2"), set()),
        (Selection(first=date(2024, 1, 1), last=date(2024, 1, 1)), {"1.2.1.1", "1.2.1.2"}),
        (Selection(first=date(2024, 6, 15)), {"1.2.2.1", "1.2.3.1"}),
        (Selection(last=date(2023, 12, 31)), set()),
    ],
)
def test_study_patient_and_date_narrow_each_other(
    ward: Stage, selection: Selection, expected: set[str]
) -> None:
    series = found(ward, selection)
    assert set(series) == expected
    assert len(series) == len(expected)


def test_image_sets_that_are_not_primary_are_taken_on_request(ward: Stage) -> None:
    assert found(ward, Selection(study_uid="1.2.3")) == ["1.2.3.1"]
    both = Selection(study_uid="1.2.3", include_non_primary=True)
    assert found(ward, both) == ["1.2.3.1", "1.2.3.1"]
    [other] = [entry["imageSetId"] for entry in ward.search() if not entry["isPrimary"]]
    [taken] = find(ward.clients.imaging, ward.datastore_id, Selection(image_set_ids=(other, other)))
    assert (taken.image_set_id, taken.is_primary) == (other, False)


def test_a_limit_takes_the_first(ward: Stage) -> None:
    everything = found(ward, Selection(patient_id="P1"))
    assert found(ward, Selection(patient_id="P1", limit=2)) == everything[:2]


def test_more_than_a_page_is_found(clients: Clients) -> None:
    stage = make_stage(clients)
    for number in range(60):
        stage.put(f"in/{number}.dcm", variant(SeriesInstanceUID=f"1.2.{number}", PatientID="P"))
    stage.run("in/")
    assert len(set(found(stage, Selection(patient_id="P")))) == 60


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"limit": 5},
        {"image_set_ids": ("0" * 32,), "study_uid": "1.2"},
        {"first": date(2024, 2, 2), "last": date(2024, 2, 1)},
    ],
)
def test_what_asks_for_nothing_or_contradicts_itself_is_refused(asked: dict[str, object]) -> None:
    with pytest.raises(CustomerError) as caught:
        Selection(**asked)  # type: ignore[arg-type]
    assert caught.value.code == "EXPORT_SELECTION"
