"""S3, STS, IAM and SQS: moto's server application, kept on disk but for queues."""

import os
import threading
from collections.abc import Iterable, Mapping
from typing import Literal
from urllib.parse import parse_qs, unquote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from xml.parsers.expat import ExpatError

os.environ.setdefault("MOTO_DISABLE_GLOBAL_CORS", "true")
os.environ.setdefault("MOTO_S3_DEFAULT_KEY_BUFFER_SIZE", str(1 << 40))

from botocore.model import OperationNotFoundError
from moto import settings
from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.request import Request
from moto.moto_server.werkzeug_app import create_backend_app
from moto.s3.models import s3_backends

from include.localcloud import bucket_paths, bucket_policies, log_delivery, moto_rights
from include.localcloud.accounts import ACCOUNT, PARTITION, Accounts
from include.localcloud.bucket_owners import require_expected_owners
from include.localcloud.callers import ExpiredTokenError, InactiveKeyError
from include.localcloud.deletions import require_deletions
from include.localcloud.errors import AccessDeniedError
from include.localcloud.policy_documents import MalformedPolicyError, require_policies
from include.localcloud.presigned import is_presigned, move_to_headers
from include.localcloud.query_parameters import require_clear_parameters
from include.localcloud.refusals import RefusedError
from include.localcloud.request_context import current
from include.localcloud.request_faults import error_answer
from include.localcloud.s3_journal import S3Journal
from include.localcloud.s3_operations import require_operation
from include.localcloud.signatures import (
    ClockSkewError,
    OtherBodyError,
    require_complete,
    require_signed_body,
)
from include.localcloud.state import State

Served = Literal["s3", "sts", "iam", "sqs"]
SERVICES: tuple[Served, ...] = ("s3", "sts", "iam", "sqs")
REFUSED: Mapping[tuple[type[AccessDeniedError], bool], tuple[int, str]] = {
    (ClockSkewError, True): (403, "RequestTimeTooSkewed"),
    (ClockSkewError, False): (403, "SignatureDoesNotMatch"),
    (ExpiredTokenError, True): (400, "ExpiredToken"),
    (ExpiredTokenError, False): (403, "ExpiredToken"),
    (InactiveKeyError, True): (403, "InvalidAccessKeyId"),
    (InactiveKeyError, False): (403, "InvalidClientTokenId"),
    (OtherBodyError, True): (400, "XAmzContentSHA256Mismatch"),
    (OtherBodyError, False): (403, "SignatureDoesNotMatch"),
}
HELD_BY_MOTO = "werkzeug.request"
IN_PLACE = frozenset({"acl", "tagging", "retention", "legal-hold", "restore"})


class MotoApp:
    """A WSGI application: moto's, one request at a time, each change kept before it is answered.

    One at a time is what makes conditional writes atomic (moto looks and then puts) and reads
    whole (moto reads a new object's buffer from wherever the last reader left it). Bodies are
    received and sent outside that time. Queues are apart: a request to one may wait for
    messages, and nothing of them is kept.
    """

    def __init__(self, state: State, accounts: Accounts, *, enforce_iam: bool) -> None:
        self._accounts = accounts
        self._enforce_iam = enforce_iam
        self._one_at_a_time = threading.Lock()
        self._moto: dict[str, WSGIApplication] = {s: _moto(s) for s in SERVICES}
        bucket_policies.install(enforce_iam=enforce_iam)
        log_delivery.install()
        moto_rights.install()
        bucket_paths.install()
        self._journal = S3Journal(s3_backends[ACCOUNT][PARTITION], state)
        self._journal.restore()
        if enforce_iam:
            settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
            ActionAuthenticatorMixin.request_count = 0

    def answer(
        self, service: str, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Moto's answer to a request of one of `SERVICES`; its body is read already."""
        token = current.set(environ)
        try:
            if self._enforce_iam:
                _require_signature(service, environ)
            if service == "s3":
                require_operation(environ)
                require_deletions(environ)
                require_expected_owners(environ)
            require_policies(service, environ)
            return self._serve(service, environ, start_response)
        except AccessDeniedError as error:
            status, code = REFUSED.get((type(error), service == "s3"), (403, "AccessDenied"))
            answer = error_answer(service, status, code, error.message)
        except MalformedPolicyError as error:
            code = "MalformedPolicy" if service == "s3" else "MalformedPolicyDocument"
            answer = error_answer(service, error.status, code, error.message)
        except RefusedError as error:
            answer = error_answer(service, error.status, error.name, error.message)
        except OperationNotFoundError:
            answer = error_answer(service, 400, "InvalidAction", "The action is not known.")
        except NotImplementedError:
            answer = error_answer(service, 501, "NotImplemented", "The local cloud has not got it.")
        except ExpatError:
            answer = error_answer(service, 400, "MalformedXML", "The body is not well-formed XML.")
        finally:
            current.reset(token)
        return answer(environ, start_response)

    def _serve(
        self, service: str, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        if service == "sqs":
            return self._moto[service](environ, start_response)
        with self._one_at_a_time:
            chunks = self._moto[service](environ, start_response)
            environ.pop(HELD_BY_MOTO, None)  # holds the environ too: its body would stay until GC
            if service != "s3":
                self._accounts.save()
            elif environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
                self._save_s3(environ)
            return chunks

    def _save_s3(self, environ: WSGIEnvironment) -> None:
        # as moto reads it: PATH_INFO is decoded already, and not as UTF-8
        path = unquote(Request(environ, populate_request=False).raw_path)
        bucket, _, key = path.removeprefix("/").partition("/")
        query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        touched = (bucket, key) if key and IN_PLACE & query.keys() else None
        self._journal.save(touched, with_buckets=not key)


def _require_signature(service: str, environ: WSGIEnvironment) -> None:
    """Pass if moto can judge the request by its headers.

    Raises:
        AccessDeniedError: The signature is not complete, not of this hour or of another body,
            that of a presigned URL is wrong, or parameters are there twice.
    """
    if service == "s3" and is_presigned(environ):
        move_to_headers(environ)
    else:
        require_complete(environ)
    require_signed_body(environ, environ["wsgi.input"].getbuffer())
    if service != "s3":
        require_clear_parameters(service, environ)


def _moto(service: Served) -> WSGIApplication:
    """Moto's application of a service, which lets go of a body when it has answered."""
    made = create_backend_app(service)
    # to explain mistakes Flask makes a class for each request, which holds it until GC
    made.debug = False
    if service == "s3":
        # a body is an object's bytes: as a form it would be lost, or taken for the query
        base = made.request_class
        made.request_class = type("S3Request", (base,), {"want_form_data_parsed": False})
    made.config["PROPAGATE_EXCEPTIONS"] = True  # as in debug mode: `answer` knows some of them
    return made
