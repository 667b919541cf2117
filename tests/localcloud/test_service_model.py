"""The stand-in against botocore's model of the service: every operation, member and error."""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from include.localcloud import errors
from include.localcloud.service_model import service_model
from include.localcloud.validation import check
from tests.support.image_sets import RefusedError, Store, open_store, send
from tests.support.samples import variant

OPERATIONS = tuple(service_model().operation_names)
MEMBERS = [
    (name, member)
    for name in OPERATIONS
    for member in service_model().operation_model(name).input_shape.members
]
NOWHERE = "0" * 32
ARN = f"arn:aws:medical-imaging:us-east-1:123456789012:datastore/{NOWHERE}"
ROLE = "arn:aws:iam::123456789012:role/importer"
VALID: Mapping[str, Mapping[str, Any]] = {
    "CopyImageSet": {
        "sourceImageSetId": NOWHERE,
        "copyImageSetInformation": {"sourceImageSet": {"latestVersionId": "1"}},
    },
    "CreateDatastore": {"clientToken": "token"},
    "DeleteImageSet": {"imageSetId": NOWHERE},
    "GetDICOMImportJob": {"jobId": "0"},
    "GetImageFrame": {
        "imageSetId": NOWHERE,
        "imageFrameInformation": {"imageFrameId": NOWHERE},
    },
    "GetImageSet": {"imageSetId": NOWHERE},
    "GetImageSetMetadata": {"imageSetId": NOWHERE},
    "ListImageSetVersions": {"imageSetId": NOWHERE},
    "ListTagsForResource": {"resourceArn": ARN},
    "StartDICOMImportJob": {
        "dataAccessRoleArn": ROLE,
        "clientToken": "token",
        "inputS3Uri": "s3://bucket/in/",
        "outputS3Uri": "s3://bucket/out/",
    },
    "TagResource": {"resourceArn": ARN, "tags": {"a": "b"}},
    "UntagResource": {"resourceArn": ARN, "tagKeys": ["a"]},
    "UpdateImageSetMetadata": {
        "imageSetId": NOWHERE,
        "latestVersionId": "1",
        "updateImageSetMetadataUpdates": {"revertToVersionId": "1"},
    },
}
WRONG = {
    "string": 7,
    "boolean": "maybe",
    "integer": "many",
    "structure": "text",
    "list": "text",
    "map": "text",
    "blob": 7,
}


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with open_store() as opened:
        yield opened


def test_every_operation_of_the_model_is_served(store: Store) -> None:
    assert len(OPERATIONS) >= 18
    served = store.application.operations
    assert [name for name in OPERATIONS if name not in served] == []
    assert set(served) == set(OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_answers_a_valid_request_as_the_model_says(
    store: Store, operation: str
) -> None:
    """Success, or the error for what is not there; never one that the model does not list."""
    given = dict(VALID.get(operation, {}))
    model = service_model().operation_model(operation)
    if "clientToken" in given:
        given["clientToken"] = uuid.uuid4().hex
    if operation == "DeleteDatastore":
        given["datastoreId"] = NOWHERE
    listed = {shape.name: shape.metadata["error"] for shape in model.error_shapes}
    error = store.attempt(operation, **given)
    assert error is None or error.code == "ResourceNotFoundException"
    assert error is None or listed[error.code]["httpStatusCode"] == error.status


@pytest.mark.parametrize(("operation", "member"), MEMBERS)
def test_every_member_is_validated(operation: str, member: str) -> None:
    shape = service_model().operation_model(operation).input_shape
    given = {"datastoreId": NOWHERE, **VALID.get(operation, {})}
    check({name: value for name, value in given.items() if name in shape.members}, shape)
    wrong = {**given, member: WRONG[shape.members[member].type_name]}
    with pytest.raises(errors.ValidationError, match=f"'{member}'"):
        check(wrong, shape)
    if member in shape.required_members:
        with pytest.raises(errors.ValidationError, match=f"'{member}'.*not be null"):
            check({name: v for name, v in given.items() if name != member}, shape)


def test_every_error_has_the_status_of_the_model() -> None:
    model = service_model()
    listed = {name: model.shape_for(name).metadata.get("error") for name in model.shape_names}
    ours = [error for error in errors.ServiceError.__subclasses__() if listed.get(error.name)]
    assert len(ours) >= 6
    for error in (errors.ServiceError, *ours):
        assert error.status == listed[error.name]["httpStatusCode"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("PUT", "/datastore"), ("POST", "/datastore/x/y"), ("GET", "/%ff/%00")],
)
def test_an_unknown_operation_is_refused(store: Store, method: str, path: str) -> None:
    request = {"url_path": path, "method": method, "query_string": "", "headers": {}, "body": b""}
    status, headers, _ = send(store.application, request)
    assert (status, headers["x-amzn-ErrorType"]) == (404, "UnknownOperationException")


@pytest.mark.parametrize(
    ("operation", "code"),
    [("GetImageFrame", "BadRequestException"), ("SearchImageSets", "ValidationException")],
)
@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b'"text"', b"null"])
def test_a_body_that_is_no_object_is_refused(
    store: Store, operation: str, code: str, body: bytes
) -> None:
    model = service_model().operation_model(operation)
    path = model.http["requestUri"].format(datastoreId=store.datastore_id, imageSetId=NOWHERE)
    request = {"url_path": path, "method": "POST", "query_string": "", "headers": {}, "body": body}
    status, headers, _ = send(store.application, request)
    assert (status, headers["x-amzn-ErrorType"]) == (400, code)


def test_what_was_deleted_is_not_tagged(store: Store) -> None:
    empty = store.another()
    arn = empty.call("GetDatastore")["datastoreProperties"]["datastoreArn"]
    empty.load(variant())
    image_set = empty.only()
    empty.call("TagResource", resourceArn=f"{arn}/imageset/{image_set}", tags={"a": "1"})
    found = empty.call("ListTagsForResource", resourceArn=f"{arn}/imageset/{image_set}")
    assert found["tags"] == {"a": "1"}
    empty.call("DeleteImageSet", imageSetId=image_set)
    with pytest.raises(RefusedError, match="404 ResourceNotFoundException"):
        empty.call("ListTagsForResource", resourceArn=f"{arn}/imageset/{image_set}")
    empty.call("DeleteDatastore")
    with pytest.raises(RefusedError, match="404 ResourceNotFoundException"):
        empty.call("ListTagsForResource", resourceArn=arn)
