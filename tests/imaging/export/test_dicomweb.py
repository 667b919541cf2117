"""DICOMweb's answers, whatever they are wrapped in, and the host that gives them."""

from __future__ import annotations

import dataclasses
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread

import pytest
from botocore.credentials import Credentials

from include.imaging.errors import TransientError
from include.imaging.export import metadata
from include.imaging.export.dicomweb import DicomWeb, dicomweb_endpoint
from include.imaging.export.multipart import only_part
from include.imaging.export.outcomes import Format, Outcome
from include.imaging.export.selection import ImageSet
from tests.support.cloud import REGION, Stage
from tests.support.exports import export_all, exporter, image_sets
from tests.support.exports import instance as an_instance
from tests.support.samples import variant


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        (
            "https://medical-imaging.eu-west-1.amazonaws.com",
            "https://dicom-medical-imaging.eu-west-1.amazonaws.com",
        ),
        (
            "https://runtime-medical-imaging.us-east-1.amazonaws.com/",
            "https://dicom-medical-imaging.us-east-1.amazonaws.com",
        ),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ],
)
def test_the_host_follows_from_the_client(endpoint: str, expected: str) -> None:
    assert dicomweb_endpoint(endpoint) == expected


@pytest.mark.parametrize("body", [b"", b"DICM", b"--b\r\n inside \r\n\r\n", b"x" * (3 << 20)])
def test_the_one_part_of_an_answer_is_left(body: bytes) -> None:
    head = b"--b\r\nContent-Type: application/dicom\r\n\r\n"
    file = BytesIO(head + body + b"\r\n--b--\r\n")
    only_part(file, 'multipart/related; type="application/dicom"; boundary="b"')
    assert file.getvalue() == body


def test_an_answer_of_one_object_stays_as_it_is() -> None:
    file = BytesIO(b"--b\r\n\r\nDICM\r\n--b--")
    only_part(file, "application/dicom")
    assert file.getvalue() == b"--b\r\n\r\nDICM\r\n--b--"


class _Broken(BaseHTTPRequestHandler):
    """Answers with less than it says."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"DICM")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_an_answer_that_breaks_off_is_tried_again() -> None:
    server = HTTPServer(("127.0.0.1", 0), _Broken)
    thread = Thread(target=server.handle_request)
    thread.start()
    web = DicomWeb(f"http://127.0.0.1:{server.server_port}", REGION, Credentials("k", "s"), "1")
    try:
        with pytest.raises(TransientError, match="AWS_UNREACHABLE"):
            web.fetch(ImageSet("2", 1), an_instance(), "application/dicom", BytesIO())
    finally:
        web.close()
        thread.join()
        server.server_close()


def test_an_instance_that_is_unknown_is_told_from_one_that_is_there(
    stage: Stage, tmp_path: Path
) -> None:
    stage.put("in/a.dcm", variant())
    stage.run("in/")
    made = exporter(stage, tmp_path, [Format.DICOMWEB])
    [only] = image_sets(stage)
    told = metadata.fetch(stage.clients.imaging, stage.datastore_id, only)
    [instance] = metadata.instances(told)
    assert made.dicomweb is not None
    gone = dataclasses.replace(instance, sop_uid="1.2.3.4")
    assert made.dicomweb.fetch(only, gone, "application/dicom", BytesIO()) == 404
    assert [entry.outcome for entry in export_all(made, stage)[0].formats] == [Outcome.WRITTEN]
