"""The page on de-identification is true: its commands run, its example loads, its links lead on."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from docs.deidentification import KEYS, TEMPLATE
from include.imaging.__main__ import main
from include.imaging.deid.dates import DateShift
from include.imaging.deid.explanation import explain_private
from include.imaging.deid.policy import Policy, load_policy, shipped_policies
from include.imaging.deid.table import rows
from tests.support.source_tree import ROOT

PAGE = ROOT / "docs" / "DEIDENTIFICATION.md"
TEXT = PAGE.read_text(encoding="utf-8")


def _blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", TEXT, re.DOTALL)


def test_every_command_that_it_shows_runs(capsys: pytest.CaptureFixture[str]) -> None:
    commands = [line for block in _blocks("sh") for line in block.splitlines()]
    assert len(commands) >= 4
    for command in commands:
        assert command.startswith("python -m include.imaging ")
        assert main(shlex.split(command)[3:]) in (0, 1)
        assert capsys.readouterr().out


def test_its_example_is_a_policy_that_does_what_it_says(tmp_path: Path) -> None:
    (example,) = _blocks("yaml")
    path = tmp_path / "follow-up-study.yaml"
    path.write_text(example, encoding="utf-8")
    policy = load_policy(str(path))
    assert policy.name == path.stem
    assert policy.date_shift == DateShift(window_days=1826, keep_weekday=True)
    action, reason = explain_private(policy, 0x00191023, "ACME MR", "DS")
    assert (action, reason) == ("K", "override: b-value, a number")


def test_every_row_of_the_table_and_every_policy_is_in_it() -> None:
    for row in rows():
        assert f"| `{row.tag}` | {row.keyword} | {row.basic} |" in TEXT
    for name in shipped_policies():
        assert f"### {name}\n\n{load_policy(name).description}\n" in TEXT


def test_the_standard_s_column_is_what_the_basic_policy_does() -> None:
    lines = re.findall(r"^\| `[0-9a-fx]{8}` \| \w+ \| (\S+) \| (\S+) \|", TEXT, re.MULTILINE)
    assert len(lines) > 640
    stricter = [(table, done) for table, done in lines if done not in ("–", table)]
    assert {done for _, done in stricter} <= {"X"}


def test_its_long_tables_come_last() -> None:
    lines = TEXT.splitlines()
    assert lines.index("## The house's own rules") < 200
    headings = [line for line in lines if line.startswith("## ")]
    assert headings[-1] == "## Every attribute of Table E.1-1"


def test_every_part_of_its_template_is_filled_and_every_link_leads_somewhere() -> None:
    assert "{{" in TEMPLATE.read_text(encoding="utf-8")
    assert "{{" not in TEXT
    links = re.findall(r"\]\(([^)]+)\)", TEXT)
    anchors = {
        re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in TEXT.splitlines()
        if line.startswith("#")
    }
    assert len(links) > 10
    for link in links:
        place, _, anchor = link.partition("#")
        assert (PAGE.parent / place).exists(), link
        assert place or anchor in anchors, link


def test_it_explains_every_key_of_a_policy() -> None:
    assert set(Policy.model_fields) <= set(KEYS)
