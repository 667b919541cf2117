"""Requests generated from botocore's model, sound and broken: none may end in a 500."""

import base64
import json
import string
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.localcloud.service_model import service_model
from tests.support.image_sets import Store, open_store, send
from tests.support.samples import variant

MODEL = service_model()
OPERATIONS = sorted(MODEL.operation_names)
CALM = settings(
    max_examples=1_000,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**30)
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=20)
    | st.sampled_from(["", "1" * 5_000, "a" * 40_000, "\ud800", "\0", "<script>", "é" * 300]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)
FIT = {
    "Patient": {"PatientName": "A^B", "PatientID": "1", "StudyDate": "20200101"},
    "Study": {"StudyDate": "20200101", "StudyID": "7", "PatientWeight": "80"},
    "Series": {"SeriesNumber": "3", "Modality": "CT", "PatientPosition": "HFS"},
    "Instance": {"Rows": 128, "InstanceNumber": "3", "001910F9": "x", "Nothing": "x"},
}
# what stands for an id that exists; it is put in when the request is sent
KNOWN = (
    "datastoreId", "imageSetId", "sourceImageSetId", "latestVersionId", "revertToVersionId",
    "versionId", "imageFrameId", "clientToken", "dataAccessRoleArn", "inputS3Uri", "outputS3Uri",
    "resourceArn", "inputOwnerAccountId", "metadataFilePath", "kmsKeyArn", "lambdaAuthorizerArn",
)  # fmt: skip


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with open_store() as opened:
        yield opened


def attributes(level: str) -> st.SearchStrategy[Any]:
    """Attributes of a level, mostly with values that fit."""
    fit = {name: st.just(value) for name, value in FIT[level].items()}
    anyhow = st.dictionaries(st.sampled_from(sorted(FIT[level])), ANYTHING, max_size=2)
    return st.one_of(st.fixed_dictionaries({}, optional=fit), anyhow)


def documents() -> st.SearchStrategy[bytes]:
    """Update documents that name attributes of the one instance."""

    def build(patient: Any, study: Any, series: Any, instance: Any) -> bytes:
        inner = {"1.3": {"DICOM": series, "Instances": {"1.4": {"DICOM": instance}}}}
        levels = {"Patient": {"DICOM": patient}, "Study": {"DICOM": study, "Series": inner}}
        return json.dumps({"SchemaVersion": 1.1, **levels}).encode()

    return st.builds(build, *(attributes(level) for level in FIT))


def valid(shape: Any, name: str) -> st.SearchStrategy[Any]:
    """Values that a shape takes, or nearly: JSON as it goes over the wire."""
    kind = shape.type_name
    if kind == "structure":
        members = {n: valid(s, n) for n, s in shape.members.items()}
        if shape.is_tagged_union:
            return st.one_of(*(st.fixed_dictionaries({n: v}) for n, v in members.items()))
        needed = {n: v for n, v in members.items() if n in shape.required_members}
        return st.fixed_dictionaries(
            needed, optional={n: v for n, v in members.items() if n not in needed}
        )
    if kind == "list":
        return st.lists(valid(shape.member, name), min_size=1, max_size=2)
    if kind == "map":
        return st.dictionaries(st.text(string.ascii_letters, min_size=1), st.text(max_size=9))
    if kind == "blob":
        return st.one_of(documents(), st.binary(max_size=30)).map(base64_text)
    return scalar(shape, name)


def scalar(shape: Any, name: str) -> st.SearchStrategy[Any]:
    if shape.type_name == "integer":
        return st.integers(1, 51)
    if shape.type_name == "boolean":
        return st.booleans()
    if shape.type_name == "timestamp":
        return st.integers(0, 2_000_000_000) | st.floats(0, 2e9)
    if name in KNOWN:
        return st.just(f"@{name}")
    if getattr(shape, "enum", None):
        return st.sampled_from(shape.enum)
    return st.text(string.digits, min_size=1, max_size=9)


def base64_text(data: bytes) -> str:
    return base64.b64encode(data).decode()


WHOLE = {name: valid(MODEL.operation_model(name).input_shape, "") for name in OPERATIONS}


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """An operation with members that are mostly sound; one or two are replaced by anything."""
    name = draw(st.sampled_from(OPERATIONS))
    shape = MODEL.operation_model(name).input_shape
    members: dict[str, Any] = draw(WHOLE[name])
    for member in draw(st.lists(st.sampled_from(sorted(shape.members)), max_size=2)):
        if draw(st.booleans()):
            members[member] = draw(ANYTHING)
    if draw(st.booleans()):
        members[draw(st.text(max_size=8))] = draw(ANYTHING)
    return name, members


def filled(value: Any, ids: dict[str, str]) -> Any:
    """A value with existing ids in their places."""
    if isinstance(value, dict):
        return {name: filled(inner, ids) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, ids) for inner in value]
    return ids.get(value[1:], value) if isinstance(value, str) and value[:1] == "@" else value


def serialised(name: str, members: dict[str, Any]) -> dict[str, Any]:
    """The request as a careless client would send it, without botocore's checks."""
    operation = MODEL.operation_model(name)
    shape = operation.input_shape
    path, query, body = operation.http["requestUri"], {}, {}
    for member, value in members.items():
        where = shape.members[member].serialization if member in shape.members else {}
        wire = where.get("name", member)
        if where.get("location") == "uri":
            path = path.replace("{" + wire + "}", quote(text_of(value), safe=""))
        elif where.get("location") == "querystring":
            query[wire] = [text_of(v) for v in value] if isinstance(value, list) else text_of(value)
        else:
            body[member] = value
    payload = shape.serialization.get("payload")
    wanted = body.get(payload, {}) if payload else body
    return {
        "url_path": path,
        "method": operation.http["method"],
        "query_string": urlencode(query, doseq=True),
        "headers": {},
        "body": json.dumps(wanted).encode(),
    }


def text_of(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def known_ids(store: Store) -> dict[str, str]:
    """Ids that exist; a request before may have deleted the image set."""
    find = "SELECT id, version FROM image_sets WHERE datastore_id = ? AND state != 'DELETED'"
    found = store.database.one(find, store.datastore_id)
    if found is None:
        store.load(variant(StudyInstanceUID="1.2", SeriesInstanceUID="1.3", SOPInstanceUID="1.4"))
        found = store.database.one(find, store.datastore_id)
    frame = store.database.one("SELECT max(id) AS id FROM frames")
    assert found is not None
    assert frame is not None
    arn = "arn:aws:medical-imaging:us-east-1:123456789012:datastore/"
    return {
        "datastoreId": store.datastore_id,
        **dict.fromkeys(("imageSetId", "sourceImageSetId"), found["id"]),
        **dict.fromkeys(("latestVersionId", "versionId"), str(found["version"])),
        "revertToVersionId": "1",
        "imageFrameId": frame["id"],
        "resourceArn": arn + store.datastore_id,
        "clientToken": uuid.uuid4().hex,
        "dataAccessRoleArn": "arn:aws:iam::123456789012:role/importer",
        "inputS3Uri": "s3://bucket/in/",
        "outputS3Uri": "s3://bucket/out/",
        "inputOwnerAccountId": "123456789012",
        "metadataFilePath": "metadata.json",
        "kmsKeyArn": "arn:aws:kms:us-east-1:123456789012:alias/key",
        "lambdaAuthorizerArn": "arn:aws:lambda:us-east-1:123456789012:function:f",
    }


@CALM
@given(asked=requests())
def test_a_request_made_from_the_model_never_ends_in_a_500(
    store: Store, asked: tuple[str, dict[str, Any]]
) -> None:
    name, members = asked[0], filled(asked[1], known_ids(store))
    status, headers, body = send(store.application, serialised(name, members))
    assert status < 500
    if status >= 400:
        errors = {shape.name for shape in MODEL.operation_model(name).error_shapes}
        assert headers["x-amzn-ErrorType"] in errors | {"UnknownOperationException"}
        assert json.loads(body)["message"]


@CALM
@given(
    name=st.sampled_from(OPERATIONS),
    tail=st.text(st.characters(exclude_categories=("Cs",)), max_size=20),
    query=st.binary(max_size=30),
    body=st.binary(max_size=60) | ANYTHING.map(json.dumps).map(str.encode),
    method=st.sampled_from(["GET", "POST", "DELETE", "PUT", "HEAD", "PATCH", "OPTIONS"]),
)
def test_garbage_in_path_query_and_body_never_ends_in_a_500(
    store: Store, name: str, tail: str, query: bytes, body: bytes, method: str
) -> None:
    uri = MODEL.operation_model(name).http["requestUri"]
    path = uri.replace("{", "").replace("}", "") + quote(tail, safe="/%")
    request = {
        "url_path": path,
        "method": method,
        "query_string": quote(query, safe="&=%"),
        "headers": {},
        "body": body,
    }
    assert send(store.application, request)[0] < 500
