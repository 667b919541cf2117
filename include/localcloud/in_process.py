"""Carries the reads of a boto3 client to an application of this process, without a socket."""

import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit
from wsgiref.types import WSGIApplication, WSGIEnvironment

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

BLOCK = 1 << 20


class Body(io.BytesIO):
    """The bytes of an answer, as botocore reads those of a connection."""

    def stream(self, amt: int = BLOCK, decode_content: bool | None = None) -> Iterator[bytes]:
        """Yield what was not read yet; there is nothing to decode."""
        while block := self.read(amt):
            yield block


class InProcess:
    """Answers GET requests of clients as the served application would, only sooner.

    The requests are signed and judged as any other. All else goes over the connection.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def serve(self, client: Any) -> None:
        """Let a boto3 client read through the application (botocore's event `before-send`)."""
        client.meta.events.register("before-send", self.answer)

    def answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        """The answer to a GET request; None for others, which botocore then sends."""
        if request.method != "GET":
            return None
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: object = None) -> Any:
            started.append((status, headers))

        chunks = self._application(environ_of(request), start_response)
        try:
            body = Body(b"".join(chunks))
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        status, headers = started[-1]
        found = HTTPHeaders()
        for name, value in headers:
            if name.lower() != "content-length":
                found[name] = value
        found["Content-Length"] = str(len(body.getbuffer()))
        return AWSResponse(request.url, int(status.split(" ", 1)[0]), found, body)


def environ_of(request: AWSPreparedRequest) -> WSGIEnvironment:
    """The WSGI environment of a request without a body (PEP 3333)."""
    url = urlsplit(request.url)
    raw = url.path + (f"?{url.query}" if url.query else "")
    environ: WSGIEnvironment = {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(url.path, "latin-1"),
        "QUERY_STRING": url.query,
        "REQUEST_URI": raw,
        "RAW_URI": raw,
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": url.hostname or "",
        "SERVER_PORT": str(url.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": url.netloc,
    }
    for name, value in request.headers.items():
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = text
    return environ
