"""Refuses requests whose parameters can be read in two ways: one judged, the other done."""

from urllib.parse import parse_qsl
from wsgiref.types import WSGIEnvironment

from include.localcloud.errors import AccessDeniedError
from include.localcloud.signatures import header

FORM = "application/x-www-form-urlencoded"


def require_clear_parameters(service: str, environ: WSGIEnvironment) -> None:
    """Pass if the parameters of a request, not to S3, are in one place and there once.

    Raises:
        AccessDeniedError: They are not.
    """
    query = environ.get("QUERY_STRING", "")
    if environ["CONTENT_LENGTH"] != "0" and query:
        raise AccessDeniedError("Parameters must be in the query or in the body, not in both")
    # SQS is also spoken to in JSON, whose texts can hold anything
    if service != "sqs" or header(environ, "content-type").startswith(FORM):
        query = query or environ["wsgi.input"].getvalue().decode("latin-1")
    names = [name for name, _ in parse_qsl(query, keep_blank_values=True)]
    if len(names) > len({*names}):
        raise AccessDeniedError("A parameter must be there once")
