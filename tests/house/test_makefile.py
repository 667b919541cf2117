"""The Makefile explains itself, and the documents name only targets it has."""

import re
import subprocess

from tests.support.source_tree import ROOT

PROMISED = {
    "demo",
    "test",
    "check",
    "up",
    "down",
    "bench",
    "docs",
    "lock",
    "clean",
    "tables",
    "fuzz",
}
TARGET = re.compile(r"^([a-z][a-z-]*):(.*)$", re.MULTILINE)
DOCUMENTS = ("README.md", "CONTRIBUTING.md", ".ci/run")


def _targets() -> dict[str, str]:
    found = dict(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    assert found.keys() >= PROMISED
    return found


def test_every_target_has_a_line_of_help() -> None:
    assert not [name for name, rest in _targets().items() if " ## " not in rest]


def test_make_alone_shows_every_target_with_its_help() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    listed = {line.split()[0] for line in shown.splitlines() if line.strip()}
    assert listed == set(_targets())


def test_every_target_that_a_document_names_exists() -> None:
    named = {
        target
        for name in DOCUMENTS
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines()
        for target in re.findall(r"(?:`|^\s*)make ([a-z-]+)", line)
    }
    assert {"demo", "test", "check"} <= named
    assert named <= set(_targets())


def test_no_target_is_the_name_of_a_file() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert {name for name in _targets() if f".PHONY: {name}\n" in text} == set(_targets())
