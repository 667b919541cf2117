"""The demo's folder belongs to one command at a time and forgets no process."""

import os
import stat
import sys
from pathlib import Path

import pytest

from include.demo.place import Place, PlaceInUseError
from include.demo.private_files import kept
from include.demo.processes import ChildSession


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path / "demo")
    place.root.mkdir()
    return place


@pytest.fixture
def sleeper(tmp_path: Path):
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    session = ChildSession.start(command, os.environ, tmp_path / "log", tmp_path)
    yield session
    session.stop()


def test_a_second_command_is_turned_away(place: Place) -> None:
    with place.locked(), pytest.raises(PlaceInUseError, match="Ctrl-C"), place.locked():
        pass
    with place.locked():
        pass


def test_what_a_killed_command_left_running_is_ended(place: Place, sleeper: ChildSession) -> None:
    place.remember("run", [sleeper])
    assert len(place.remembered()["sessions"]) == 1
    assert place.end_remembered() == 1
    assert sleeper.processes() == []
    assert place.remembered() == {}


def test_a_record_of_processes_that_are_gone_means_nothing(
    place: Place, sleeper: ChildSession
) -> None:
    place.remember("up", [sleeper])
    sleeper.stop()
    assert place.remembered() == {}
    assert place.end_remembered() == 0


def test_a_half_written_record_means_nothing(place: Place) -> None:
    (place.root / "running.json").write_text('{"mode": "up", "sess')
    assert place.remembered() == {}


def test_the_record_is_for_its_owner_alone(place: Place, sleeper: ChildSession) -> None:
    place.remember("up", [sleeper], password="secret")
    assert stat.S_IMODE((place.root / "running.json").stat().st_mode) == 0o600


def test_emptying_leaves_nothing_but_the_lock(place: Place) -> None:
    (place.cloud / "objects").mkdir(parents=True)
    place.summary.write_text("{}")
    with place.locked():
        place.empty()
        assert [entry.name for entry in place.root.iterdir()] == ["lock"]


def test_a_secret_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "demo" / "secret"
    assert kept(path, lambda: "first") == "first"
    assert kept(path, lambda: "second") == "first"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
