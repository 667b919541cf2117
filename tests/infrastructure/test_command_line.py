"""`python -m include.infrastructure` plans, applies and says what a person must do."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid

import pytest

from include.localcloud.running import LocalCloud
from tests.support.source_tree import ROOT


@pytest.fixture
def names() -> list[str]:
    """Names of an environment of one's own."""
    name = uuid.uuid4().hex[:12]
    given = ("landing-bucket", "import-bucket", "results-bucket", "role", "worker-policy")
    return [part for each in (*given, "datastore") for part in (f"--{each}", f"{each}-{name}")]


def run(cloud: LocalCloud, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command against the local cloud, by boto3's own variables."""
    return subprocess.run(
        [sys.executable, "-m", "include.infrastructure", *arguments],
        cwd=ROOT,
        env={
            "AWS_ENDPOINT_URL": cloud.url,
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": "us-east-1",
        },
        capture_output=True,
        text=True,
    )


def test_a_plan_an_application_and_a_plan_again(local_cloud: LocalCloud, names: list[str]) -> None:
    planned = run(local_cloud, "plan", *names)
    assert (planned.returncode, planned.stderr) == (3, "")
    assert planned.stdout.count("\nmake ") > 15
    applied = run(local_cloud, "apply", *names)
    assert (applied.returncode, applied.stderr) == (0, "")
    extra = json.loads(applied.stdout.partition("imaging_default:\n")[2])
    assert len(extra["datastore_id"]) == 32
    again = run(local_cloud, "plan", *names)
    assert again.returncode == 0
    assert {line.split()[0] for line in again.stdout.splitlines()} == {"keep"}
    other = run(local_cloud, "apply", *names, "--storage-format", "JPEG_2000_LOSSLESS")
    assert other.returncode == 1
    assert "fixed when a data store is made" in other.stdout


def test_wrong_arguments_are_told(local_cloud: LocalCloud) -> None:
    wrong = run(local_cloud, "plan", "--landing-bucket", "Not A Bucket", "--landing-days", "400")
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("SET_UP_INVALID: ")
    assert "landing_bucket" in wrong.stderr
    assert "days of quarantine" in wrong.stderr
    assert run(local_cloud, "plan", "--tag", "without").returncode == 2
