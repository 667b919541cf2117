"""Tells which operations of S3's model a request is, and refuses one that is none.

moto looks for one sub-resource after the other and takes what it does not know for the plain
operation: `DELETE /bucket?metrics` would delete the bucket.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs, parse_qsl
from wsgiref.types import WSGIEnvironment

from botocore.session import get_session

from include.localcloud.refusals import RefusedError

COPY_SOURCE = "x-amz-copy-source"
# moto has no code for them and would do what the same method does without the sub-resource
NOT_IN_MOTO = frozenset(
    {
        "abac",
        "analytics",
        "annotation",
        "intelligent-tiering",
        "metadataAnnotationTable",
        "metadataConfiguration",
        "metadataInventoryTable",
        "metadataJournalTable",
        "metadataTable",
        "metrics",
        "renameObject",
        "requestPayment",
        "session",
        "torrent",
    }
)
OPERATIONS_NOT_IN_MOTO = frozenset(
    {"DeleteBucketInventoryConfiguration", "GetObjectRetention", "UpdateObjectEncryption"}
)


@dataclass(frozen=True)
class Operation:
    """An operation of the model, as far as a request's line tells it.

    Attributes:
        name: As boto3 knows it.
        method: Of HTTP.
        depth: 0 is the account, 1 a bucket, 2 a key.
        fixed: Names in the query with their values, such as list-type=2.
        needed: Further names that the query must have.
        possible: Names that it may have.
        copies: Whether it reads another object.
    """

    name: str
    method: str
    depth: int
    fixed: Mapping[str, str]
    needed: frozenset[str]
    possible: frozenset[str]
    copies: bool

    def fits(self, query: Mapping[str, list[str]], *, copies: bool) -> bool:
        """Whether a query, of names that tell operations apart, is one of this operation."""
        must = self.needed | self.fixed.keys()
        return (
            must <= query.keys() <= must | self.possible
            and all(query[name] == [value] for name, value in self.fixed.items())
            and self.copies == copies
        )


def require_operation(environ: WSGIEnvironment) -> None:
    """Pass if a request is one of S3's operations and moto will take it for this one.

    Raises:
        RefusedError: It is none, or moto does not have it.
    """
    operations, names = _model()
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    query = {name: values for name, values in query.items() if name in names}
    where = environ["REQUEST_METHOD"], _depth(environ)
    copies = "HTTP_X_AMZ_COPY_SOURCE" in environ
    found = [o for o in operations.get(where, ()) if o.fits(query, copies=copies)]
    if not found:
        message = "No operation has this method and these sub-resources."
        raise RefusedError(405, "MethodNotAllowed", message)
    if NOT_IN_MOTO & query.keys() or OPERATIONS_NOT_IN_MOTO & {o.name for o in found}:
        raise RefusedError(501, "NotImplemented", f"The local cloud has no {found[0].name}.")


def _depth(environ: WSGIEnvironment) -> int:
    bucket, _, key = environ["PATH_INFO"].lstrip("/").partition("/")
    return 2 if key else int(bool(bucket))


@cache
def _model() -> tuple[Mapping[tuple[str, int], list[Operation]], frozenset[str]]:
    """The operations by method and depth, and all names that tell them apart."""
    found: dict[tuple[str, int], list[Operation]] = {}
    names: set[str] = set()
    for operation in _operations():
        found.setdefault((operation.method, operation.depth), []).append(operation)
        names |= operation.needed | operation.fixed.keys()
    return found, frozenset(names)


def _operations() -> Iterator[Operation]:
    model = get_session().get_service_model("s3")
    for name in model.operation_names:
        shape = model.operation_model(name)
        path, _, fixed = shape.http["requestUri"].partition("?")
        if "{" in path or path == "/":
            yield _operation(name, shape, path, fixed)


def _operation(name: str, model: Any, path: str, fixed: str) -> Operation:
    members = model.input_shape.members if model.input_shape else {}
    required = set(model.input_shape.required_members) if model.input_shape else set()
    places = {m: shape.serialization for m, shape in members.items()}
    queries = {m: p["name"] for m, p in places.items() if p.get("location") == "querystring"}
    return Operation(
        name,
        model.http["method"],
        path.count("{"),
        dict(parse_qsl(fixed, keep_blank_values=True)),
        frozenset(n for m, n in queries.items() if m in required),
        frozenset(queries.values()),
        any(p.get("name") == COPY_SOURCE for p in places.values()),
    )
