"""The addresses that it can serve on."""

import socket
from types import SimpleNamespace
from typing import Any

import pytest

from include.localcloud.running import LocalCloud
from include.localcloud.server import url_of
from tests.support.cloud import make_clients, make_stage
from tests.support.samples import variant


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:4566"),
        ("localhost", "http://localhost:4566"),
        ("0.0.0.0", "http://127.0.0.1:4566"),
        ("", "http://127.0.0.1:4566"),
        ("::1", "http://[::1]:4566"),
        ("::", "http://[::1]:4566"),
        ("fd00::5", "http://[fd00::5]:4566"),
    ],
)
def test_the_url_is_one_that_clients_understand(host: str, url: str) -> None:
    server: Any = SimpleNamespace(host=host, server_port=4566)
    assert url_of(server) == url


def loopbacks() -> list[str]:
    """Those of this machine; some containers have no IPv6."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return ["127.0.0.1", "::1"]
    except OSError:
        return ["127.0.0.1"]


@pytest.mark.parametrize("host", loopbacks())
def test_an_import_works_on_every_loopback(host: str) -> None:
    with LocalCloud(None, 0, "--host", host) as cloud:
        clients = make_clients(cloud.url)
        stage = make_stage(clients)
        stage.put("in/a.dcm", variant())
        assert stage.run("in/")["jobStatus"] == "COMPLETED"
        with cloud.fault("throttle", service="s3", operation="ListBuckets") as fault_id:
            assert cloud.fired(fault_id) == 0
        clients.close()
