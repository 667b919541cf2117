"""The command line: help, errors, and a clean end."""

import signal
import socket
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from include.localcloud.options import Options, parse
from include.localcloud.running import ROOT, LocalCloud, LocalCloudError
from tests.support.cloud import make_clients, make_stage
from tests.support.samples import variant


def test_the_help_names_every_option() -> None:
    command = [sys.executable, "-m", "include.localcloud", "--help"]
    text = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = [field.name.replace("_", "-") for field in fields(Options) if field.name != "admin"]
    assert len(names) > 10
    for option in names:
        assert f"--{option}" in text
    assert "LOCALCLOUD_ADMIN_ACCESS_KEY_ID" in text
    assert "AWS_DISABLE_HOST_PREFIX_INJECTION=true" in text


def test_it_serves_on_loopback_unless_told() -> None:
    assert parse([]) == Options(host="127.0.0.1", port=4566)


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        log = tmp_path / "log"
        with pytest.raises(LocalCloudError):
            LocalCloud(None, taken.getsockname()[1], log=log)
    assert "in use" in log.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "include.localcloud", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("ready on http://127.0.0.1:")
        process.send_signal(number)
        assert process.wait(30) == 0


def test_the_log_holds_nothing_of_a_patient(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with LocalCloud(tmp_path / "state", 0, "--verbose", log=log) as cloud:
        clients = make_clients(cloud.url)
        stage = make_stage(clients)
        stage.put("in/CANARY^KEY.dcm", variant(PatientName="CANARY^NAME", SeriesNumber=7))
        stage.put("in/CANARY^CUT.dcm", variant(PatientID="CANARY")[:2000])
        stage.put("in/CANARY^TEXT.dcm", b"CANARY")
        stage.run("in/")
        stage.run("in/", inputS3Uri="s3://no-such-bucket/CANARY/")
        stage.search(
            searchCriteria={
                "filters": [{"operator": "EQUAL", "values": [{"DICOMPatientId": "CANARY"}]}]
            }
        )
        clients.close()
    text = log.read_text()
    assert "POST medical-imaging 200" in text
    assert "completed" in text
    assert "CANARY" not in text
