"""A bucket is named by the path alone, whatever host the request is for."""

import json
from urllib.parse import urlsplit

import boto3
import pytest

from include.localcloud.running import LocalCloud
from tests.localcloud.test_access_keys import EVERYTHING
from tests.support.clouds import Clouds
from tests.support.house import House, key_of
from tests.support.signing import send

HOSTS = (
    "{bucket}.localhost",
    "{bucket}.localhost:4566",
    "{bucket}.s3.amazonaws.com",
    "{bucket}.s3.us-east-1.amazonaws.com",
    "{bucket}.s3-website-us-east-1.amazonaws.com",
    "{bucket}-123456789012.s3-accesspoint.us-east-1.amazonaws.com",
    "s3.amazonaws.com",
    "localhost",
    "[::1]",
)


@pytest.mark.parametrize("host", HOSTS)
def test_no_host_names_a_bucket(house: House, host: str) -> None:
    bucket = house.stage.source
    house.stage.put("secret", b"SECRET")
    lister = house.user({"Effect": "Allow", "Action": "s3:List*", "Resource": "*"})
    told = {"Host": host.format(bucket=bucket)}
    for key in (key_of(lister), key_of(house.user(EVERYTHING))):
        status, body = send(house.cloud, "s3", ("GET", "/secret", b""), key=key, **told)
        assert (status, "NoSuchBucket" in body) == (404, True)
    assert send(house.cloud, "s3", ("GET", f"/{bucket}/secret", b""), **told) == (200, "SECRET")


def test_what_is_changed_by_another_host_survives_a_restart(clouds: Clouds) -> None:
    clients = clouds.start()
    assert clouds.cloud
    clients.s3.create_bucket(Bucket="tagged-bucket")
    clients.s3.put_object(Bucket="tagged-bucket", Key="a", Body=b"1")
    tags = b"<Tagging><TagSet><Tag><Key>x</Key><Value>y</Value></Tag></TagSet></Tagging>"
    call = ("PUT", "/tagged-bucket/a?tagging", tags)
    assert send(clouds.cloud, "s3", call, Host="tagged-bucket.localhost")[0] == 200
    clouds.kill()
    clients = clouds.start()
    found = clients.s3.get_object_tagging(Bucket="tagged-bucket", Key="a")["TagSet"]
    assert found == [{"Key": "x", "Value": "y"}]


def test_the_tags_of_every_key_survive_a_restart(clouds: Clouds) -> None:
    keys = ("ü", "a%2Fb", "%C3%BC", "a b+c", "x//y", "/a")
    clients = clouds.start()
    clients.s3.create_bucket(Bucket="tagged-bucket")
    for key in keys:
        clients.s3.put_object(Bucket="tagged-bucket", Key=key, Body=b"1")
    for key in keys:
        tags = [{"Key": "x", "Value": str(keys.index(key))}]
        tagging = {"TagSet": tags}
        clients.s3.put_object_tagging(Bucket="tagged-bucket", Key=key, Tagging=tagging)
    clouds.kill()
    clients = clouds.start()
    found = [clients.s3.get_object_tagging(Bucket="tagged-bucket", Key=key) for key in keys]
    values = [tag["Value"] for answer in found for tag in answer["TagSet"]]
    assert values == [str(index) for index in range(len(keys))]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_client_without_settings_finds_its_buckets(local_cloud: LocalCloud, host: str) -> None:
    url = f"http://{host}:{urlsplit(local_cloud.url).port}"
    s3 = boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )
    bucket = f"plain-{host.replace('.', '-')}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="a/b", Body=json.dumps(host).encode())
    assert json.loads(s3.get_object(Bucket=bucket, Key="a/b")["Body"].read()) == host
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1
    s3.close()
