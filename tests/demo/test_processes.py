"""What the demo starts, it can find and end, whatever it did meanwhile."""

import os
import sys
import time
from pathlib import Path

import psutil

from include.demo.processes import ChildSession, free_ports

# a child in a process group of its own, as Airflow's tasks are, that ignores SIGTERM
STUBBORN = """
import subprocess, sys, time
child = '''
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(600)
'''
subprocess.Popen([sys.executable, "-c", child], process_group=0)
time.sleep(600)
"""


def _start(tmp_path: Path, program: str) -> ChildSession:
    log = tmp_path / "logs" / "child.log"
    return ChildSession.start([sys.executable, "-c", program], os.environ, log, tmp_path)


def _await_text(path: Path, text: str) -> None:
    deadline = time.monotonic() + 60
    while text not in path.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_session_ends_children_that_left_its_group_and_ignore_sigterm(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr("include.demo.processes.TERMINATE_SECONDS", 1.0)
    session = _start(tmp_path, STUBBORN)
    _await_text(tmp_path / "logs" / "child.log", "up")
    processes = session.processes()
    assert len(processes) == 2
    assert session.stop() == 1
    assert session.processes() == []
    assert not [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def test_a_remembered_session_is_found_and_ended_by_another_command(tmp_path: Path) -> None:
    session = _start(tmp_path, "import time; print('up', flush=True); time.sleep(600)")
    _await_text(tmp_path / "logs" / "child.log", "up")
    again = ChildSession.remembered(session.pid, session.started)
    assert again.is_running
    assert session.stop() == 0
    assert not again.is_running


def test_a_session_that_ended_stops_quietly(tmp_path: Path) -> None:
    session = _start(tmp_path, "pass")
    assert session.stop() == 0
    assert session.stop() == 0


def test_a_number_given_to_a_newer_process_is_not_taken_for_the_old_one(tmp_path: Path) -> None:
    session = _start(tmp_path, "import time; time.sleep(600)")
    try:
        older = ChildSession.remembered(session.pid, session.started + 3600)
        assert older.processes() == []
    finally:
        session.stop()


def test_free_ports_differ() -> None:
    assert len(set(free_ports(5))) == 5
