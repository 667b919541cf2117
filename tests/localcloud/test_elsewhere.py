"""S3 and STS elsewhere: a real SeaweedFS behind the one endpoint."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from include.localcloud.running import LocalCloud
from tests.support.cloud import ROLE_ARN, Clients, Stage, make_clients, make_stage
from tests.support.samples import variant
from tests.support.seaweedfs import KEY, SECRET, seaweedfs


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with seaweedfs(tmp_path_factory.mktemp("seaweedfs")) as url:
        yield url


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """With which the stand-in itself asks the other STS for the role."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)


def started(storage: str, state: Path) -> LocalCloud:
    return LocalCloud(state, 0, "--s3-endpoint", storage, "--sts-endpoint", storage)


def clients_of(cloud: LocalCloud) -> Clients:
    return make_clients(cloud.url, KEY, SECRET)


def test_an_import_through_another_s3_is_kept_across_a_restart(
    storage: str, tmp_path: Path
) -> None:
    with started(storage, tmp_path) as cloud:
        clients = clients_of(cloud)
        stage = make_stage(clients)
        stage.put("in/a b+ü.dcm", variant())
        job = stage.run("in/")
        assert job["jobStatus"] == "COMPLETED"
        metadata, frames = stage.metadata(stage.search()[0]["imageSetId"]), frames_of(stage)
        clients.close()
    with started(storage, tmp_path) as cloud:
        clients = clients_of(cloud)
        again = Stage(clients, stage.source, stage.results, stage.datastore_id)
        [found] = again.search()
        assert again.metadata(found["imageSetId"]) == metadata
        assert frames_of(again) == frames
        assert len(frames) == 1
        assert again.summary(job)["numberOfImportedFiles"] == 1
        [line] = again.lines(job, "SUCCESS/success.ndjson")
        assert line["inputFile"] == "in/a b+ü.dcm"
        clients.close()


def test_the_one_endpoint_hands_on_s3_and_sts(storage: str, tmp_path: Path) -> None:
    with started(storage, tmp_path) as cloud:
        clients = clients_of(cloud)
        clients.s3.create_bucket(Bucket="handed-on")
        clients.s3.put_object(Bucket="handed-on", Key="a", Body=b"bytes" * 1000)
        head = clients.s3.head_object(Bucket="handed-on", Key="a")
        assert head["ContentLength"] == 5000
        part = clients.s3.get_object(Bucket="handed-on", Key="a", Range="bytes=5-9")
        assert part["Body"].read() == b"bytes"
        with pytest.raises(ClientError):
            clients.s3.put_object(Bucket="handed-on", Key="a", Body=b"", IfNoneMatch="*")
        found = clients.sts.assume_role(RoleArn=ROLE_ARN, RoleSessionName="session")
        assert found["Credentials"]["SessionToken"]
        wrong = make_clients(cloud.url, KEY, "guessed")
        with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
            wrong.s3.list_buckets()
        cloud.set_fault("throttle", service="s3", operation="HeadObject")
        with pytest.raises(ClientError, match="503"):
            clients.s3.head_object(Bucket="handed-on", Key="a")
        wrong.close()
        clients.close()


def frames_of(stage: Stage) -> list[bytes]:
    """All frames of the one image set."""
    [found] = stage.search()
    metadata = stage.metadata(found["imageSetId"])
    ids = [
        frame["ID"]
        for series in metadata["Study"]["Series"].values()
        for instance in series["Instances"].values()
        for frame in instance["ImageFrames"]
    ]
    return [
        stage.clients.imaging.get_image_frame(
            datastoreId=stage.datastore_id,
            imageSetId=found["imageSetId"],
            imageFrameInformation={"imageFrameId": frame_id},
        )["imageFrameBlob"].read()
        for frame_id in ids
    ]
