"""Serves the endpoint over HTTP until it is told to stop."""

import logging
import os
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from wsgiref.types import WSGIApplication

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from include.localcloud.endpoint import signed_for
from include.localcloud.request_faults import ConnectionCutError

SILENT_SECONDS = 600.0
ANY_ADDRESS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared
RESET_AT_CLOSE = struct.pack("ii", 1, 0)

log = logging.getLogger(__name__)


class RequestHandler(MotoRequestHandler):
    """Keeps connections open, answers without delay, and logs no path: paths can hold identity.

    The base class closes every connection and waits a while before it does; here the endpoint
    reads every body whole, so the next request can follow at once.
    """

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"
    disable_nagle_algorithm = True
    timeout = SILENT_SECONDS

    def run_wsgi(self) -> None:
        """Answer one request."""
        answers: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], _: object = None
        ) -> Callable[[bytes], object]:
            answers.append((status, headers))
            return self.wfile.write

        try:
            environ = self.make_environ()
        except ValueError:  # the host of an absolute URL
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        # the endpoint reads bodies itself: the base class's reader of chunks never ends when
        # its sender dies
        environ["wsgi.input"] = self.rfile
        environ["CONTENT_LENGTH"] = ",".join(self.headers.get_all("Content-Length", []))
        try:
            chunks = self.server.app(environ, start_response)
        except ConnectionCutError:
            self._reset()
            return
        try:
            self._send(*answers[-1], chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()

    def _send(self, status: str, headers: list[tuple[str, str]], chunks: Iterable[bytes]) -> None:
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        names = {name.lower() for name, _ in headers}
        has_body = self.command != "HEAD" and code not in ("204", "304")
        is_chunked = "transfer-encoding" in names and self.request_version != "HTTP/1.0"
        if has_body and "content-length" not in names and not is_chunked:
            chunks = [b"".join(chunks)]
            headers = [h for h in headers if h[0].lower() != "transfer-encoding"]
            headers.append(("Content-Length", str(len(chunks[0]))))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        for chunk in chunks if has_body else ():
            self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if is_chunked else chunk)
        if has_body and is_chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _reset(self) -> None:
        """Close the connection so that the caller sees a reset."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
        os.close(self.connection.detach())

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Service, method and status, and nothing else, for those who ask for it."""
        headers = getattr(self, "headers", None) or {}  # a malformed request has none
        service = signed_for({"HTTP_AUTHORIZATION": headers.get("Authorization", "")})
        log.debug("%s %s %s", self.command, service or "unsigned", code)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base's name
        """Nothing: the base class's messages quote the request line."""


class Server(ThreadedWSGIServer):
    """A thread per connection; an open one does not hold up the end of the process."""

    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: object, client_address: object) -> None:
        """Say what went wrong with a connection, without its data."""
        log.error("connection failed: %s", getattr(sys.exc_info()[0], "__name__", "unknown"))


def listen(host: str, port: int, application: WSGIApplication) -> Server:
    """A server bound to its port, not serving yet; port 0 takes a free one.

    Raises:
        OSError: The port is taken or the address is not this machine's.
    """
    return Server(host, port, application, handler=RequestHandler)


def url_of(server: Server) -> str:
    """Where clients on this machine reach it."""
    return f"http://{_reachable(server.host)}:{server.server_port}"


def _reachable(host: str) -> str:
    """The host of a URL for an address that is served on; IPv6 in brackets (RFC 3986, 3.2.2)."""
    host = ANY_ADDRESS.get(host, host)
    return f"[{host}]" if ":" in host else host


def serve(server: Server, when_ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; says on stdout when it is ready, after `when_ready`."""
    # A pipe: an event that is set by a signal while this thread is about to wait for it has its
    # lock held by this very thread, which then waits for ever.
    told, tell = os.pipe()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os.write(tell, b"."))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
    thread.start()
    when_ready()
    sys.stdout.write(f"ready on {url_of(server)}\n")
    sys.stdout.flush()
    os.read(told, 1)
    server.shutdown()
    thread.join()
