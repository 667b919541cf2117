"""HealthImaging's operations as botocore's service model describes them: routes and answers."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote
from wsgiref.types import WSGIEnvironment

import botocore.session
from botocore.model import OperationModel, ServiceModel
from werkzeug.wrappers import Response

from include.localcloud.errors import BadRequestError, NotServedError, ValidationError

SIGNING_NAME = "medical-imaging"


@dataclass(frozen=True)
class Route:
    """An operation with the method and path that call it."""

    operation: OperationModel
    method: str
    path: re.Pattern[str]


@cache
def service_model() -> ServiceModel:
    """The model of the installed botocore."""
    return botocore.session.get_session().get_service_model(SIGNING_NAME)


@cache
def routes() -> tuple[Route, ...]:
    """One route for each operation of the model."""
    model = service_model()
    return tuple(_route(model.operation_model(name)) for name in model.operation_names)


def find_operation(environ: WSGIEnvironment) -> tuple[OperationModel, dict[str, str]]:
    """The operation that a request calls, and the parameters in its path.

    Raises:
        NotServedError: The model knows no operation with this method and path; DICOMweb is one.
    """
    path = environ["REQUEST_URI"].partition("?")[0]
    for route in routes():
        match = route.path.fullmatch(path)
        if match and route.method == environ["REQUEST_METHOD"]:
            return route.operation, {k: unquote(v) for k, v in match.groupdict().items()}
    raise NotServedError("the service model has no operation with this method and path")


def read_parameters(
    operation: OperationModel, path: Mapping[str, str], environ: WSGIEnvironment
) -> dict[str, Any]:
    """All members that a request gives, by name, not validated; text of the query is typed.

    Raises:
        BadRequestError: The body is not a JSON object; ValidationError where the operation has
            no such error.
    """
    shape: Any = operation.input_shape
    body = _json_body(operation, environ)
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    payload = shape.serialization.get("payload")
    found: dict[str, Any] = {}
    if payload and body:
        found[payload] = _known(body, shape.members[payload])
    for name, member in shape.members.items():
        where, wire = member.serialization.get("location"), member.serialization.get("name", name)
        if where == "uri":
            found[name] = path[wire]
        elif where == "querystring" and wire in query:
            found[name] = _from_query(query[wire], member)
        elif where is None and not payload and body.get(wire) is not None:
            found[name] = _known(body[wire], member)
    return found


def write_answer(operation: OperationModel, result: Mapping[str, Any]) -> Response:
    """The answer to an operation: headers, blob or JSON, as the model binds the members.

    Members that are None are left out. Times are seconds since 1970.
    """
    shape: Any = operation.output_shape
    payload = shape.serialization.get("payload")
    given = {name: result[name] for name in shape.members if result.get(name) is not None}
    bound = {n: v for n, v in given.items() if "location" in shape.members[n].serialization}
    if payload:
        response = Response(given[payload], operation.http["responseCode"])
    else:
        body = json.dumps({n: v for n, v in given.items() if n not in bound})
        response = Response(body, operation.http["responseCode"], mimetype="application/json")
    for name, value in bound.items():
        response.headers[shape.members[name].serialization["name"]] = value
    return response


def _route(operation: OperationModel) -> Route:
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", operation.http["requestUri"])
    return Route(operation, operation.http["method"], re.compile(pattern))


def _json_body(operation: OperationModel, environ: WSGIEnvironment) -> dict[str, Any]:
    data = environ["wsgi.input"].read()
    if not data:
        return {}
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        names = {shape.name for shape in operation.error_shapes}
        error = BadRequestError if BadRequestError.name in names else ValidationError
        raise error("the request's body is not a JSON object")
    return body


def _known(value: Any, shape: Any) -> Any:
    """A value with the members that its shape has; unknown ones and nulls are left out."""
    if shape.type_name == "structure" and isinstance(value, dict):
        members = shape.members.items()
        return {n: _known(value[n], s) for n, s in members if value.get(n) is not None}
    if shape.type_name == "list" and isinstance(value, list):
        return [_known(item, shape.member) for item in value]
    return value


def _from_query(values: list[str], member: Any) -> Any:
    if member.type_name == "list":
        return values
    if member.type_name == "integer":
        try:
            return int(values[0])
        except ValueError:
            raise ValidationError(f"{member.name} must be a number") from None
    if member.type_name != "boolean":
        return values[0]
    if values[0] not in ("true", "false"):
        raise ValidationError(f"{member.name} must be true or false")
    return values[0] == "true"
