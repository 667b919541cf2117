from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization

from healthimaging import image_set_calls
from healthimaging.hook import HealthImagingHook
from healthimaging.image_set_change_operators import (
    CopyImageSetOperator,
    DeleteImageSetOperator,
    UpdateImageSetMetadataOperator,
)
from healthimaging.state_sensors import ImageSetSensor
from healthimaging.triggers import StateTrigger
from include.imaging.errors import CustomerError, TransientError
from tests.support.import_jobs import CONNECTION, DATASTORE
from tests.support.provider import Remembered, common, context, run
from tests.support.scripted import DROPPED, Answer, Script, refusal

Serve = Callable[..., Script]
SOURCE, COPY = "a" * 32, "b" * 32
FAST: dict[str, Any] = {"waiter_delay": 0, "waiter_max_attempts": 5}
THROTTLED = refusal("ThrottlingException", 429)
UPDATES = {"Patient": {"DICOM": {"PatientSex": "O"}}}


def image_set(workflow: str, version: str = "1", image_set_id: str = SOURCE) -> Answer:
    return Answer(
        {
            "datastoreId": DATASTORE,
            "imageSetId": image_set_id,
            "versionId": version,
            "imageSetState": "ACTIVE",
            "imageSetWorkflowStatus": workflow,
        }
    )


COPYING = Answer(
    {
        "datastoreId": DATASTORE,
        "sourceImageSetProperties": {"imageSetId": SOURCE, "latestVersionId": "1"},
        "destinationImageSetProperties": {"imageSetId": COPY, "latestVersionId": "1"},
    }
)
UPDATING = Answer(
    {
        "datastoreId": DATASTORE,
        "imageSetId": SOURCE,
        "latestVersionId": "3",
        "imageSetState": "LOCKED",
        "imageSetWorkflowStatus": "UPDATING",
    }
)


def copying(**more: Any) -> CopyImageSetOperator:
    return CopyImageSetOperator(image_set_id=SOURCE, **common("copy", **{**FAST, **more}))


def updating(**more: Any) -> UpdateImageSetMetadataOperator:
    given = {"updates": UPDATES, **FAST, **more}
    return UpdateImageSetMetadataOperator(image_set_id=SOURCE, **common("update", **given))


@pytest.mark.parametrize("deferrable", [True, False])
def test_a_copy_is_waited_for_at_the_image_set_copied_to(serve: Serve, deferrable: bool) -> None:
    script = serve(
        image_set("CREATED", "4"), COPYING, image_set("COPYING"), THROTTLED, image_set("COPIED")
    )
    assert run(copying(deferrable=deferrable, promote_to_primary=True)) == COPY
    _, path, body = script.requests[1]
    where, _, query = path.partition("?")
    assert where == f"/datastore/{DATASTORE}/imageSet/{SOURCE}/copyImageSet"
    assert set(query.split("&")) == {"promoteToPrimary=true", "force=false"}
    assert body == {"sourceImageSet": {"latestVersionId": "4"}}
    assert {path.split("/")[4] for _, path, _ in script.requests[2:]} == {COPY}


def test_single_instances_are_copied_into_another_image_set(serve: Serve) -> None:
    script = serve(image_set("CREATED", "7"), COPYING, image_set("COPIED"))
    run(
        copying(
            latest_version_id="4",
            destination_image_set_id=COPY,
            instances={"1.2": ["1.2.1", "1.2.2"]},
        )
    )
    body = script.requests[1][2]
    assert body["destinationImageSet"] == {"imageSetId": COPY, "latestVersionId": "7"}
    copies = json.loads(body["sourceImageSet"]["DICOMCopies"]["copiableAttributes"])
    assert copies["Study"]["Series"] == {"1.2": {"Instances": {"1.2.1": {}, "1.2.2": {}}}}


def test_a_retry_takes_up_the_copy_of_the_earlier_try(serve: Serve) -> None:
    given = context(task_state_store=Remembered())
    serve(image_set("CREATED"), COPYING, image_set("COPYING"))
    with pytest.raises(TransientError, match="still COPYING"):
        run(copying(), given)
    script = serve(image_set("COPYING"), image_set("COPIED"))
    assert run(copying(), given) == COPY
    assert {method for method, path, _ in script.requests if "copyImageSet" in path} == set()


@pytest.mark.parametrize("deferrable", [True, False])
def test_a_copy_that_fails_fails_the_task(serve: Serve, deferrable: bool) -> None:
    serve(image_set("CREATED"), COPYING, image_set("COPYING"), image_set("COPY_FAILED"))
    with pytest.raises(CustomerError, match=f"{COPY} is COPY_FAILED"):
        run(copying(deferrable=deferrable))


@pytest.mark.parametrize("deferrable", [True, False])
def test_metadata_is_updated_and_waited_for(serve: Serve, deferrable: bool) -> None:
    script = serve(
        image_set("CREATED", "2"), UPDATING, image_set("UPDATING"), image_set("UPDATED", "3")
    )
    removals = {"Patient": {"DICOM": {"PatientName": {}}}}
    done = run(updating(deferrable=deferrable, removals=removals, include_study_image_sets=True))
    assert done == SOURCE
    _, path, body = script.requests[1]
    assert "latestVersion=2" in path
    assert "includeStudyImageSets=true" in path
    sent = {name: json.loads(base64.b64decode(text)) for name, text in body["DICOMUpdates"].items()}
    assert sent == {
        "updatableAttributes": {"SchemaVersion": 1.1, **UPDATES},
        "removableAttributes": {"SchemaVersion": 1.1, **removals},
    }


def test_a_retry_takes_up_the_earlier_update_and_a_cleared_task_asks_anew(serve: Serve) -> None:
    script = serve(UPDATING, *[image_set("UPDATING", "3")] * 6, image_set("UPDATED", "3"))
    trying = context(task_state_store=Remembered())
    with pytest.raises(TransientError, match="still UPDATING"):
        run(updating(latest_version_id="2", waiter_max_attempts=2), trying)
    assert run(updating(latest_version_id="2"), trying) == SOURCE
    assert len([path for _, path, _ in script.requests if "updateImageSetMetadata" in path]) == 1
    trying["ti"].max_tries += 3  # as a clear does
    script = serve(UPDATING, image_set("UPDATED", "3"))
    run(updating(latest_version_id="2"), trying)
    assert "updateImageSetMetadata" in script.requests[0][1]


@pytest.mark.parametrize("deferrable", [True, False])
def test_a_first_look_that_is_throttled_asks_for_no_second_change(
    serve: Serve, deferrable: bool
) -> None:
    script = serve(UPDATING, THROTTLED, image_set("UPDATED", "3"))
    assert run(updating(latest_version_id="2", deferrable=deferrable)) == SOURCE
    assert len([path for _, path, _ in script.requests if "updateImageSetMetadata" in path]) == 1


def test_metadata_is_reverted(serve: Serve) -> None:
    script = serve(UPDATING, image_set("UPDATED", "3"))
    run(updating(updates=None, revert_to_version_id="1", latest_version_id="2"))
    assert script.requests[0][2] == {"revertToVersionId": "1"}


@pytest.mark.parametrize("more", [{"updates": None}, {"revert_to_version_id": "1"}])
def test_an_update_is_one_of_both(more: dict[str, Any], serve: Serve) -> None:
    script = serve(UPDATING)
    with pytest.raises(CustomerError, match="one of both"):
        run(updating(**more))
    assert script.requests == []


@pytest.mark.parametrize(
    "change",
    [
        copying,
        updating,
        lambda **more: DeleteImageSetOperator(image_set_id=SOURCE, **common("delete", **FAST)),
    ],
    ids=["copy", "update", "delete"],
)
@pytest.mark.parametrize("error", ["ThrottlingException", "ConflictException"])
def test_a_change_that_is_throttled_or_locked_out_is_tried_again(
    error: str, change: Callable[..., Any], serve: Serve
) -> None:
    task = change(latest_version_id="1")
    refused = refusal(error, 429 if error == "ThrottlingException" else 409)
    serve(*([image_set("CREATED")] if task.task_id == "delete" else []), refused)
    with pytest.raises(TransientError, match="AWS_BUSY"):
        run(task)


def test_a_version_that_is_not_the_latest_is_for_a_person(serve: Serve) -> None:
    serve(refusal("ResourceNotFoundException", 404, "not the latest"))
    with pytest.raises(CustomerError, match="another change made a later version"):
        run(updating(latest_version_id="1"))


def test_the_updates_are_not_in_the_errors(serve: Serve) -> None:
    serve(refusal("ValidationException", 400, "DOE^JANE is not a name"))
    with pytest.raises(CustomerError) as raised:
        run(updating(latest_version_id="1"))
    assert "DOE" not in str(raised.value)


def test_metadata_that_is_not_consistent_yet_is_asked_for_again(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_set_calls, "METADATA_SECONDS", 0)
    early = refusal("ConflictException", 409, "not consistent yet")
    script = serve(early, early, Answer({"SchemaVersion": "1.1"}))
    hook = HealthImagingHook(aws_conn_id=CONNECTION)
    assert hook.get_image_set_metadata(SOURCE) == {"SchemaVersion": "1.1"}
    assert len(script.requests) == 3
    serve(early)
    with pytest.raises(TransientError, match="not consistent yet"):
        HealthImagingHook(aws_conn_id=CONNECTION).get_image_set_metadata(SOURCE)


def test_a_lost_connection_does_not_end_the_wait_in_the_triggerer(serve: Serve) -> None:
    serve(image_set("COPYING"), DROPPED, DROPPED, image_set("COPIED"))
    sensor = ImageSetSensor(
        image_set_id=COPY, until="COPIED", **common("await", poke_interval=0, deferrable=True)
    )
    assert run(sensor) == "COPIED"


def test_a_trigger_is_the_same_after_serialisation() -> None:
    trigger = StateTrigger(
        goal="image_set_copied",
        resource={"datastoreId": DATASTORE, "imageSetId": COPY},
        result=COPY,
    )
    path, arguments = trigger.serialize()
    assert path == "healthimaging.triggers.StateTrigger"
    assert StateTrigger(**arguments).serialize() == (path, arguments)


def test_the_operators_serialise_also_mapped() -> None:
    with DAG("changes", schedule=None) as dag:
        first = updating()
        mapped = DeleteImageSetOperator.partial(task_id="delete", aws_conn_id=CONNECTION).expand(
            image_set_id=[SOURCE, COPY]
        )
        first >> mapped >> ImageSetSensor(image_set_id=SOURCE, **common("await"))
    again = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    assert set(again.task_dict) == {"update", "delete", "await"}
