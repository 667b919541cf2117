"""docs/local-cloud.md tells every switch, fault and dialect, and its commands run."""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from include.localcloud.dialect import CHOICES
from include.localcloud.faults import KINDS, MEMBERS
from include.localcloud.options import Options
from include.localcloud.running import ROOT, LocalCloud

PAGE = (ROOT / "docs" / "local-cloud.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ADDRESS = "http://127.0.0.1:4566"


def test_the_page_tells_every_switch() -> None:
    names = {field.name.replace("_", "-") for field in fields(Options)} - {"admin"}
    assert len(names) > 10
    assert not [name for name in names if f"| `--{name}" not in PAGE]


def test_the_page_shows_a_command_for_every_fault() -> None:
    assert len(KINDS) == 19
    assert set(re.findall(r"local_fault '\{\"kind\": \"(\w+)\"", PAGE)) == set(KINDS)
    told = set(re.findall(r"`(\w+)`", PAGE))
    assert told >= {*KINDS, *MEMBERS}


def test_the_page_tells_every_dialect() -> None:
    for name, choice in CHOICES.items():
        values = ", ".join(f"`{value}`" for value in choice["values"])
        assert f"| `{name}` | {values} | {choice['about']} |" in PAGE


def test_its_commands_against_a_running_local_cloud_run(local_cloud: LocalCloud) -> None:
    scripts = [text.replace(ADDRESS, local_cloud.url) for text in COMMANDS if "curl" in text]
    assert len(scripts) == 2
    for script in scripts:
        command = ["bash", "-euc", script]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert "event_duplicated" in PAGE


def test_it_starts_from_a_strangers_folder(tmp_path: Path) -> None:
    [command] = [text.strip() for text in COMMANDS if "python -P" in text]
    assignment, *words = shlex.split(command)
    assert assignment.startswith("PYTHONPATH=")
    for folder in ("include", "plugins"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").write_text("raise RuntimeError\n")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, *words[1:], "--port", "0"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("ready on http://127.0.0.1:")
        process.terminate()
        assert process.wait(30) == 0


@pytest.mark.parametrize("text", COMMANDS)
def test_every_command_is_well_formed(text: str) -> None:
    subprocess.run(["bash", "-nc", text], check=True)
