"""With --enforce-iam: many objects are deleted with the rights to delete each one."""

import pytest

from include.localcloud.running import LocalCloud
from tests.support.cloud import Clients
from tests.support.house import House, key_of, outcome_of
from tests.support.signing import send

ENTITY = b'<!DOCTYPE D [<!ENTITY k "a">]><Delete><Object><Key>&k;</Key></Object></Delete>'
MALFORMED = (
    b"",
    b"a",
    b"<Delete/>",
    b"<X/>",
    b"<Delete><Object/></Delete>",
    b"<Delete><Object><Key/></Object></Delete>",
    b"<Delete><Object><Key>a<b/></Key></Object></Delete>",
    b"<Delete><Object><Key>a</Key><VersionId>1</VersionId><VersionId>2</VersionId></Object></Delete>",
    b"<Delete><Object><Key>a</Key></Object>",
    ENTITY,
)


def test_a_version_is_deleted_with_the_right_to_delete_versions(house: House) -> None:
    s3, bucket = house.admin.s3, house.stage.source
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=bucket, Key="a", Body=b"1")["VersionId"]
    asked = {"Bucket": bucket, "Delete": {"Objects": [{"Key": "a", "VersionId": version}]}}
    for right, is_left in (("DeleteObject", True), ("DeleteObjectVersion", False)):
        user = house.user({"Effect": "Allow", "Action": f"s3:{right}", "Resource": "*"})
        answer = user.s3.delete_objects(**asked)
        assert ("Errors" in answer) is is_left
        found = outcome_of(s3.head_object, Bucket=bucket, Key="a", VersionId=version)
        assert (found == "done") is is_left


def test_the_latest_is_deleted_with_the_right_to_delete_objects(house: House) -> None:
    house.stage.put("a", b"1")
    user = house.user({"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "*"})
    objects = {"Objects": [{"Key": "a"}]}
    user.s3.delete_objects(Bucket=house.stage.source, Delete=objects)
    found = outcome_of(house.admin.s3.get_object, Bucket=house.stage.source, Key="a")
    assert found == "NoSuchKey"


@pytest.mark.parametrize("body", MALFORMED)
def test_what_is_no_list_of_objects_is_refused(house: House, body: bytes) -> None:
    call = ("POST", f"/{house.stage.source}?delete", body)
    status, answer = send(house.cloud, "s3", call, key=key_of(house.admin))
    assert (status, "<Code>MalformedXML</Code>" in answer) == (400, True)


@pytest.mark.parametrize("body", MALFORMED)
def test_it_is_refused_from_everybody(
    local_cloud: LocalCloud, clients: Clients, body: bytes
) -> None:
    status, answer = send(local_cloud, "s3", ("POST", "/any-bucket?delete", body))
    assert (status, "<Code>MalformedXML</Code>" in answer) == (400, True)
