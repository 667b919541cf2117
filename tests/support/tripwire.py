"""A proxy before the local cloud that kills a task at an exact request, before or after it."""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import SplitResult, urlsplit

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass
class Wire:
    """Springs once: at the `nth` request whose line matches, `trip` is called.

    `trip` returns whether it did what it was for (killed the task); if not, the request goes
    its way and the wire stays. With `after` the cloud has carried the request out by then.
    """

    name: str
    request: str
    trip: Callable[[], bool]
    after: bool = False
    nth: int = 1
    sprung: bool = False
    _seen: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def springs(self, line: str) -> bool:
        with self._lock:
            if self.sprung or not re.search(self.request, line):
                return False
            self._seen += 1
            if self._seen < self.nth:
                return False
            self.sprung = self.trip()
            return self.sprung


@dataclass
class Tripwires:
    """The proxy's address, its wires, and every request line it saw."""

    url: str
    wires: list[Wire] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def count(self, pattern: str) -> int:
        return sum(1 for line in self.lines if re.search(pattern, line))

    def hit(self, line: str, *, after: bool) -> bool:
        return any(wire.springs(line) for wire in self.wires if wire.after is after)


@contextmanager
def serving_tripwires(target: str) -> Iterator[Tripwires]:
    """Serve the proxy on a free loopback port while the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(target))
    server.daemon_threads = True
    wires = Tripwires(f"http://127.0.0.1:{server.server_address[1]}")
    server.wires = wires  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield wires
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(target: str) -> type[BaseHTTPRequestHandler]:
    return type("Handler", (_Handler,), {"target": urlsplit(target)})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    target: SplitResult

    def _pass_on(self) -> None:
        wires: Tripwires = self.server.wires  # type: ignore[attr-defined]
        line = f"{self.command} {self.path}"
        wires.lines.append(line)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if wires.hit(line, after=False):
            self.close_connection = True
            return
        answer, content = self._ask(body)
        if wires.hit(line, after=True):
            self.close_connection = True
            return
        self._answer(answer, content)

    def _ask(self, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
        cloud = http.client.HTTPConnection(str(self.target.hostname), self.target.port or 80)
        try:
            headers = {k: v for k, v in self.headers.items() if k.lower() != "connection"}
            cloud.request(self.command, self.path, body, headers)
            answer = cloud.getresponse()
            return answer, answer.read()
        finally:
            cloud.close()

    def _answer(self, answer: http.client.HTTPResponse, content: bytes) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else None
        self.send_header("Content-Length", length or str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def handle_expect_100(self) -> bool:
        self.send_response_only(http.client.CONTINUE)
        self.end_headers()
        return True

    def log_message(self, *_arguments: object) -> None:
        """Stay silent."""

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _pass_on  # noqa: N815 - the base's names
