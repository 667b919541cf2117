"""What a state folder keeps when the process is killed."""

import io
import json
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from tests.support.cloud import await_job, make_stage
from tests.support.clouds import Clouds
from tests.support.samples import variant

PARTS = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)


def test_objects_survive_a_kill(clouds: Clouds) -> None:
    s3 = clouds.start().s3
    s3.create_bucket(Bucket="kept-bucket")
    small = s3.put_object(
        Bucket="kept-bucket",
        Key="small",
        Body=b"bytes",
        ContentType="text/plain",
        Metadata={"who": "me"},
    )
    s3.put_object(Bucket="kept-bucket", Key="empty", Body=b"")
    data = bytes(range(256)) * 50_000
    s3.upload_fileobj(io.BytesIO(data), "kept-bucket", "parts", Config=PARTS)
    parts = s3.head_object(Bucket="kept-bucket", Key="parts")
    s3.put_object(Bucket="kept-bucket", Key="overwritten", Body=b"old")
    s3.put_object(Bucket="kept-bucket", Key="overwritten", Body=b"new")
    s3.put_object(Bucket="kept-bucket", Key="deleted", Body=b"gone")
    s3.delete_object(Bucket="kept-bucket", Key="deleted")
    clouds.kill()

    s3 = clouds.start().s3
    found = s3.get_object(Bucket="kept-bucket", Key="small", IfMatch=small["ETag"])
    assert (found["Body"].read(), found["ContentType"]) == (b"bytes", "text/plain")
    assert found["Metadata"] == {"who": "me"}
    again = s3.get_object(Bucket="kept-bucket", Key="parts")
    assert again["Body"].read() == data
    assert (again["ETag"], again["LastModified"]) == (parts["ETag"], parts["LastModified"])
    assert s3.get_object(Bucket="kept-bucket", Key="overwritten")["Body"].read() == b"new"
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket="kept-bucket")["Contents"]]
    assert keys == ["empty", "overwritten", "parts", "small"]


def test_a_bucket_that_is_made_again_after_a_kill_keeps_its_objects(clouds: Clouds) -> None:
    s3 = clouds.start().s3
    s3.create_bucket(Bucket="kept-bucket")
    s3.put_object(Bucket="kept-bucket", Key="a", Body=b"bytes")
    clouds.kill()
    s3 = clouds.start().s3
    s3.create_bucket(Bucket="kept-bucket")
    assert s3.get_object(Bucket="kept-bucket", Key="a")["Body"].read() == b"bytes"


def test_a_conditional_put_still_finds_the_object_after_a_kill(clouds: Clouds) -> None:
    s3 = clouds.start().s3
    s3.create_bucket(Bucket="kept-bucket")
    s3.put_object(Bucket="kept-bucket", Key="once", Body=b"first", IfNoneMatch="*")
    clouds.kill()
    s3 = clouds.start().s3
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket="kept-bucket", Key="once", Body=b"second", IfNoneMatch="*")


def test_settings_and_versions_of_a_bucket_survive_a_kill(clouds: Clouds) -> None:
    s3 = clouds.start().s3
    s3.create_bucket(Bucket="kept-bucket")
    s3.create_bucket(Bucket="gone-bucket")
    s3.delete_bucket(Bucket="gone-bucket")
    rule = {
        "ID": "expire",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "Expiration": {"Days": 7},
    }
    s3.put_bucket_lifecycle_configuration(
        Bucket="kept-bucket", LifecycleConfiguration={"Rules": [rule]}
    )
    s3.put_bucket_versioning(Bucket="kept-bucket", VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket="kept-bucket", Key="a", Body=b"1")["VersionId"]
    s3.put_object(Bucket="kept-bucket", Key="a", Body=b"2", Tagging="colour=blue")
    s3.delete_object(Bucket="kept-bucket", Key="b")
    clouds.kill()

    s3 = clouds.start().s3
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["kept-bucket"]
    found = s3.get_bucket_lifecycle_configuration(Bucket="kept-bucket")["Rules"]
    assert found[0]["Expiration"] == {"Days": 7}
    old = s3.get_object(Bucket="kept-bucket", Key="a", VersionId=first)
    assert old["Body"].read() == b"1"
    assert s3.get_object(Bucket="kept-bucket", Key="a")["Body"].read() == b"2"
    tags = s3.get_object_tagging(Bucket="kept-bucket", Key="a")["TagSet"]
    assert tags == [{"Key": "colour", "Value": "blue"}]


def test_roles_and_policies_survive_a_kill(clouds: Clouds) -> None:
    iam = clouds.start().iam
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    arn = iam.create_role(RoleName="kept", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    rights = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
        }
    )
    iam.put_role_policy(RoleName="kept", PolicyName="inline", PolicyDocument=rights)
    clouds.kill()
    iam = clouds.start().iam
    assert iam.get_role(RoleName="kept")["Role"]["Arn"] == arn
    assert iam.list_role_policies(RoleName="kept")["PolicyNames"] == ["inline"]


def test_image_sets_survive_a_kill(clouds: Clouds) -> None:
    stage = make_stage(clouds.start())
    stage.put("in/a.dcm", variant())
    job = stage.run("in/", clientToken="token")
    [before] = stage.search()
    metadata = stage.metadata(before["imageSetId"])
    clouds.kill()

    clients = clouds.start()
    stage = type(stage)(clients, stage.source, stage.results, stage.datastore_id)
    assert stage.search() == [before]
    assert stage.metadata(before["imageSetId"]) == metadata
    assert stage.start("in/", clientToken="token") == job["jobId"]
    assert await_job(clients, stage.datastore_id, job["jobId"]) == job


def test_a_job_that_was_killed_goes_on_and_imports_nothing_twice(clouds: Clouds) -> None:
    stage = make_stage(clouds.start("--job-seconds", "600"))
    for number in range(40):
        stage.put(f"in/{number:02d}.dcm", variant(InstanceNumber=number))
    job_id = stage.start("in/")
    clouds.kill()

    clients = clouds.start()
    stage = type(stage)(clients, stage.source, stage.results, stage.datastore_id)
    job = await_job(clients, stage.datastore_id, job_id)
    assert job["jobStatus"] == "COMPLETED"
    summary = stage.summary(job)
    assert summary["numberOfImportedFiles"] == 40
    [found] = stage.search()
    assert found["version"] == 1
    assert found["DICOMTags"]["DICOMNumberOfStudyRelatedInstances"] == 40
    assert len(stage.lines(job, "SUCCESS/success.ndjson")) == 40


def test_a_clean_stop_leaves_a_running_job_to_the_next_start(clouds: Clouds) -> None:
    stage = make_stage(clouds.start("--job-seconds", "600"))
    stage.put("in/a.dcm", variant())
    job_id = stage.start("in/")
    clouds.stop()
    clients = clouds.start()
    assert await_job(clients, stage.datastore_id, job_id)["jobStatus"] == "COMPLETED"


def test_a_late_output_comes_after_the_next_start(clouds: Clouds, state: Path) -> None:
    clients = clouds.start()
    assert clouds.cloud
    stage = make_stage(clients)
    stage.put("in/a.dcm", variant())
    clouds.cloud.set_fault("late_manifest", seconds=1000)
    job = stage.run("in/")
    clouds.kill()
    with closing(sqlite3.connect(state / "state.sqlite3")) as database:
        database.execute("UPDATE late_outputs SET due = 0")
        database.commit()
    again = replace(stage, clients=clouds.start())
    while "Contents" not in again.clients.s3.list_objects_v2(Bucket=again.results):
        time.sleep(0.05)
    assert len(again.lines(job, "SUCCESS/success.ndjson")) == 1
