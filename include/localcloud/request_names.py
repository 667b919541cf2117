"""Which operation of which service a request calls, told without serving it."""

from urllib.parse import parse_qs
from wsgiref.types import WSGIEnvironment

from include.localcloud.dicomweb.routes import find_action
from include.localcloud.errors import ServiceError
from include.localcloud.service_model import SIGNING_NAME, find_operation

UNKNOWN = "Unknown"
OF_KEYS = {
    ("GET", "tagging"): "GetObjectTagging",
    ("GET", "uploadId"): "ListParts",
    ("GET", ""): "GetObject",
    ("HEAD", ""): "HeadObject",
    ("PUT", "tagging"): "PutObjectTagging",
    ("PUT", "uploadId"): "UploadPart",
    ("PUT", ""): "PutObject",
    ("POST", "uploads"): "CreateMultipartUpload",
    ("POST", "uploadId"): "CompleteMultipartUpload",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
    ("DELETE", "tagging"): "DeleteObjectTagging",
    ("DELETE", ""): "DeleteObject",
}
OF_BUCKETS = {
    ("GET", "list-type"): "ListObjectsV2",
    ("GET", "versions"): "ListObjectVersions",
    ("GET", "uploads"): "ListMultipartUploads",
    ("GET", "location"): "GetBucketLocation",
    ("GET", "prefix"): "ListObjects",
    ("HEAD", ""): "HeadBucket",
    ("PUT", ""): "CreateBucket",
    ("POST", "delete"): "DeleteObjects",
    ("DELETE", ""): "DeleteBucket",
}


def operation_name(service: str, environ: WSGIEnvironment) -> str:
    """The operation's name as boto3, or for DICOMweb a policy, knows it."""
    if service == SIGNING_NAME:
        return _of_healthimaging(environ)
    if service == "s3":
        return _of_s3(environ)
    return _of_queries(environ)


def _of_healthimaging(environ: WSGIEnvironment) -> str:
    try:
        return find_operation(environ)[0].name
    except ServiceError:
        action = find_action(environ)
        return action.name if action else UNKNOWN


def _of_s3(environ: WSGIEnvironment) -> str:
    bucket, _, key = environ["PATH_INFO"].lstrip("/").partition("/")
    if not bucket:
        return "ListBuckets"
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    method = environ["REQUEST_METHOD"]
    if key and method == "PUT" and "HTTP_X_AMZ_COPY_SOURCE" in environ:
        return "UploadPartCopy" if "uploadId" in query else "CopyObject"
    for (verb, marker), name in (OF_KEYS if key else OF_BUCKETS).items():
        if verb == method and (marker in query or not marker):
            return name
    return UNKNOWN


def _of_queries(environ: WSGIEnvironment) -> str:
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return str(target).rpartition(".")[2]
    body = environ["wsgi.input"].read()
    environ["wsgi.input"].seek(0)
    form = parse_qs(body.decode("latin-1") or environ.get("QUERY_STRING", ""))
    return form["Action"][0] if "Action" in form else UNKNOWN
