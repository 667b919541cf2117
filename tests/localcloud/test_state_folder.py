"""Whose a state folder is, and what lies in it."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from include.localcloud.running import ROOT, LocalCloud, LocalCloudError
from tests.support.clouds import Clouds


def test_files_that_nothing_names_are_removed_at_the_start(clouds: Clouds, state: Path) -> None:
    s3 = clouds.start().s3
    s3.create_bucket(Bucket="kept-bucket")
    s3.put_object(Bucket="kept-bucket", Key="a", Body=b"bytes")
    clouds.kill()
    left = state / "objects" / "00" / ("0" * 32)
    left.write_bytes(b"half written")
    s3 = clouds.start().s3
    assert not left.exists()
    assert s3.get_object(Bucket="kept-bucket", Key="a")["Body"].read() == b"bytes"


def test_a_second_process_on_one_folder_fails_and_says_why(
    clouds: Clouds, state: Path, tmp_path: Path
) -> None:
    clouds.start()
    log = tmp_path / "second"
    with pytest.raises(LocalCloudError):
        LocalCloud(state, log=log)
    assert "another local cloud serves from the state folder" in log.read_text()


def test_without_a_state_folder_nothing_is_left(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "include.localcloud", "--port", "0"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={"TMPDIR": str(tmp_path), "PATH": ""},
    ) as process:  # fmt: skip
        assert process.stdout
        assert process.stdout.readline().startswith("ready on http://127.0.0.1:")
        assert list(tmp_path.iterdir())
        process.terminate()
        assert process.wait(30) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_state_folder_of_another_version_ends_the_start_with_a_clear_error(
    state: Path,
) -> None:
    state.mkdir()
    with closing(sqlite3.connect(state / "state.sqlite3")) as connection:
        connection.execute("CREATE TABLE frames (id, instance_id)")
    command = [sys.executable, "-m", "include.localcloud", "--state", str(state), "--port", "0"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert ended.returncode
    assert "written by another version of the local cloud" in ended.stderr
    assert "Traceback" not in ended.stderr
