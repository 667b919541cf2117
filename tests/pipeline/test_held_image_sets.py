"""What a data store holds of a series is asked of its image sets, not of the search's index."""

from __future__ import annotations

import json

import pytest

from healthimaging.hook import HealthImagingHook
from include.imaging.errors import CustomerError
from include.imaging.steps.service import HeldImageSet
from pipeline.adapters import HookService
from tests.support.scripted import Answer, Script, refusal, serving

STORE, KNOWN, GONE = "1" * 32, "2" * 32, "3" * 32
SETTINGS = dict.fromkeys(
    ("import_role_arn", "landing_bucket", "import_bucket", "results_bucket"), "any"
)


def service(script: Script, monkeypatch: pytest.MonkeyPatch) -> HookService:
    extra = {
        **SETTINGS,
        "datastore_id": STORE,
        "region_name": "us-east-1",
        "endpoint_url": script.url,
        "config_kwargs": {"retries": {"total_max_attempts": 1}, "inject_host_prefix": False},
    }
    connection = {"conn_type": "aws", "login": "key", "password": "secret", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_HELD", json.dumps(connection))
    return HookService(HealthImagingHook(aws_conn_id="held"))


def test_an_image_set_counts_as_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [{"imageSetId": each, "version": 1} for each in (KNOWN, GONE)]
    answers = (
        Answer({"imageSetsMetadataSummaries": found}),
        Answer({"imageSetId": KNOWN, "versionId": "2", "isPrimary": False}),
        Answer({"Study": {"Series": {"1.2": {"Instances": {"1.2.1": {}, "1.2.2": {}}}}}}),
        refusal("ResourceNotFoundException", 404),
    )
    with serving(*answers) as script:
        held = list(service(script, monkeypatch).holds("1.2"))
    assert held == [HeldImageSet(KNOWN, 2, False, frozenset({"1.2.1", "1.2.2"}))]
    assert "version=2" in script.requests[2][1]


def test_a_data_store_that_is_gone_is_no_empty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        serving(refusal("ResourceNotFoundException", 404)) as script,
        pytest.raises(CustomerError, match="AWS_NOT_FOUND"),
    ):
        list(service(script, monkeypatch).holds("1.2"))
