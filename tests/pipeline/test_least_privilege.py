"""What set-up makes is enough, with policies enforced: the worker's rights, the role's rights."""

from __future__ import annotations

import gzip
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from include.demo.environment import Settings
from include.imaging.errors import CustomerError
from include.infrastructure import plan, policies
from include.infrastructure.environment import Environment
from include.localcloud.running import LocalCloud
from tests.support.cloud import Clients, make_clients
from tests.support.dag_runs import Bench
from tests.support.environments import environment
from tests.support.small_archive import build_small_archive

ADMIN = ("AKIAADMINADMINADMIN1", "admin-secret")


@dataclass
class House:
    """An environment in a cloud that enforces policies, and a user with the worker's alone."""

    cloud: LocalCloud
    made: Environment
    key_id: str
    secret: str

    def worker(self) -> Clients:
        """Clients of the worker."""
        return make_clients(self.cloud.url, self.key_id, self.secret)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with LocalCloud(None, 0, "--enforce-iam", admin=ADMIN) as cloud:
        admin = make_clients(cloud.url, *ADMIN)
        made = environment(admin, "least")
        made.run(plan.apply)
        admin.iam.create_user(UserName="worker")
        admin.iam.attach_user_policy(UserName="worker", PolicyArn=made.wanted.worker_policy_arn)
        key = admin.iam.create_access_key(UserName="worker")["AccessKey"]
        yield House(cloud, made, key["AccessKeyId"], key["SecretAccessKey"])
        admin.close()


@pytest.fixture
def bench(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A feed whose pipeline is the worker; files to import, to hold and to withhold."""
    settings = Settings(house.cloud.url, **house.made.settings())
    made = Bench.furnished(tmp_path, settings, monkeypatch)
    made.connect(
        "imaging_default",
        conn_type="aws",
        login=house.key_id,
        password=house.secret,
        extra={"endpoint_url": house.cloud.url, **house.made.settings()},
    )
    made.archive.rmdir()
    build_small_archive(made.archive, copies=1)
    return made


def test_a_whole_run_and_an_export_need_the_workers_policy_and_no_more(
    house: House, bench: Bench
) -> None:
    ran = bench.run()
    assert (ran.state, ran.errors, ran.retried) == ("success", {}, [])
    assert bench.outcomes() == {"imported": 6, "duplicate": 1, "quarantined": 1}
    # what export_image_sets calls
    worker, store = house.worker(), house.made.settings()["datastore_id"]
    found = worker.imaging.search_image_sets(datastoreId=store)["imageSetsMetadataSummaries"]
    known = {"datastoreId": store, "imageSetId": found[0]["imageSetId"]}
    worker.imaging.get_image_set(**known)
    worker.imaging.list_image_set_versions(**known)
    blob = worker.imaging.get_image_set_metadata(**known)["imageSetMetadataBlob"].read()
    frame = re.findall(rb'"ID": ?"([0-9a-z]{32})"', gzip.decompress(blob))[0].decode()
    got = worker.imaging.get_image_frame(**known, imageFrameInformation={"imageFrameId": frame})
    assert got["imageFrameBlob"].read()
    worker.close()


def test_the_worker_deletes_no_evidence_and_nothing_in_quarantine(house: House) -> None:
    worker, settings = house.worker(), house.made.settings()
    store, results = settings["datastore_id"], settings["results_bucket"]
    for key in ("runs/f/r/shards/1", "quarantine/f/item/hash"):
        worker.s3.put_object(Bucket=settings["landing_bucket"], Key=key, Body=b"")
    keys: Any = [{"Key": "runs/f/r/shards/1"}]
    deletion: Any = {"Bucket": settings["landing_bucket"], "Delete": {"Objects": keys}}
    assert "Errors" not in worker.s3.delete_objects(**deletion)
    keys[0]["Key"] = "quarantine/f/item/hash"
    assert worker.s3.delete_objects(**deletion)["Errors"][0]["Code"] == "AccessDenied"
    worker.s3.put_object(Bucket=results, Key="runs/f/r/evidence/report.md", Body=b"")
    with pytest.raises(ClientError, match="AccessDenied"):
        worker.s3.delete_object(Bucket=results, Key="runs/f/r/evidence/report.md")
    for call in (worker.iam.list_users, worker.s3.list_buckets, worker.imaging.list_datastores):
        with pytest.raises(ClientError, match="AccessDenied"):
            call()
    with pytest.raises(ClientError, match="AccessDenied"):
        worker.imaging.delete_datastore(datastoreId=store)
    worker.close()


def test_the_worker_passes_the_import_role_and_no_other(house: House) -> None:
    worker, settings = house.worker(), house.made.settings()
    trust = json.dumps(policies.trust_policy(house.made.places()))
    name = f"other-{uuid.uuid4().hex[:8]}"
    made = house.made.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    other = made["Role"]["Arn"]
    with pytest.raises(ClientError, match="iam:PassRole"):
        worker.imaging.start_dicom_import_job(
            datastoreId=settings["datastore_id"],
            dataAccessRoleArn=other,
            inputS3Uri=f"s3://{settings['import_bucket']}/batches/",
            outputS3Uri=f"s3://{settings['results_bucket']}/jobs/",
        )
    worker.close()


def test_a_bucket_that_may_not_be_looked_at_is_told(house: House) -> None:
    worker = house.worker()
    looked = Environment(house.made.wanted, worker.s3, worker.iam, worker.imaging)
    bucket = f"arn:aws:s3:::{looked.wanted.landing_bucket}"
    denied = {"Effect": "Deny", "Action": "s3:*", "Resource": bucket}
    house.made.iam.put_user_policy(
        UserName="worker",
        PolicyName="shut-out",
        PolicyDocument=json.dumps(policies.document(denied)),
    )
    try:
        with pytest.raises(CustomerError, match=r"BUCKET_NOT_OURS: bucket landing-least "):
            plan.look(looked.buckets())
    finally:
        house.made.iam.delete_user_policy(UserName="worker", PolicyName="shut-out")
        worker.close()
