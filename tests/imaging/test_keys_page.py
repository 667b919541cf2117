"""The page on keys does what it says, block by block, in one session."""

from __future__ import annotations

import pytest

from include.imaging.cli.key import ROTATED
from tests.support.journey import MARK, Step, Walk, steps, walk
from tests.support.source_tree import ROOT

TEXT = (ROOT / "docs" / "keys.md").read_text(encoding="utf-8")
IN_A_FOLDER_OF_ITS_OWN = Step('export PYTHONPATH="$PWD"; cd "$TMPDIR"\n', "")
STEPS = [IN_A_FOLDER_OF_ITS_OWN, *steps(TEXT)]


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    return walk(STEPS, tmp_path_factory.mktemp("keys"))


def test_every_block_prints_what_the_page_says(walked: Walk) -> None:
    assert walked.exit_code == 0, f"{MARK}{len(walked.printed) - 1}: {walked.errors[-2000:]}"
    assert len(walked.printed) == len(STEPS) > 6
    for printed, step in zip(walked.printed, STEPS, strict=True):
        assert step.is_met_by(printed), f"{step.commands}\nprinted\n{printed}\nnot\n{step.outcome}"


def test_the_page_shows_every_command_for_keys() -> None:
    commands = "".join(step.commands for step in STEPS)
    for command in ("key new", "key check", "key rotate", "key pair", "reidentify"):
        assert f"python -m include.imaging {command} " in commands
    assert ROTATED in TEXT
