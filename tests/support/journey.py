"""The blocks of a page for newcomers: commands, what they print, and one session that runs them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.source_tree import ROOT

PAGE = ROOT / "docs" / "journey.md"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "=== block "
SECONDS = 1200
AWS_VARIABLE = "JOURNEY_AWS"
"""Names another `aws` to run the page with, such as version 2."""


@dataclass(frozen=True)
class Step:
    """Commands to paste, and what they print with `…` for what differs every time."""

    commands: str
    outcome: str

    def is_met_by(self, printed: str) -> bool:
        """Whether this was printed, line by line."""
        parts = (re.escape(part) for part in self.outcome.split("…"))
        return re.fullmatch("[^\n]*".join(parts), printed) is not None


@dataclass(frozen=True)
class Walk:
    """What came of the page: what each block printed, as far as the session got."""

    printed: list[str]
    exit_code: int
    errors: str


def steps(page: str) -> list[Step]:
    """The page's blocks in order: commands (`sh`), each with the outcome (`text`) below it."""
    found: list[Step] = []
    for language, content in FENCE.findall(page):
        if language == "sh":
            found.append(Step(content, ""))
        elif language == "text" and found and not found[-1].outcome:
            found[-1] = Step(found[-1].commands, content)
        else:
            raise ValueError(f"a block of {language!r} where none belongs: {content[:60]}")
    return found


def walk(taken: list[Step], folder: Path) -> Walk:
    """Run all commands in one bash, in a folder of its own, without the host's AWS settings."""
    aws = os.environ.get(AWS_VARIABLE)
    script = ["set -eu -o pipefail", f'aws() {{ "{aws}" "$@"; }}' if aws else ""]
    for number, step in enumerate(taken):
        script += [f"echo '{MARK}{number}'", step.commands]
    # a session of its own: whatever it leaves running is ended with it
    process = subprocess.Popen(
        ["bash", "-c", "\n".join(script)],
        cwd=ROOT,
        env=_environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        printed, errors = process.communicate(timeout=SECONDS)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    blocks = re.split(rf"^{MARK}\d+\n", printed, flags=re.MULTILINE)[1:]
    return Walk(blocks, process.returncode, errors)


def _environment(folder: Path) -> dict[str, str]:
    binaries = str(Path(sys.executable).parent)
    return {
        "PATH": os.pathsep.join([binaries, os.environ["PATH"]]),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LC_ALL": "C.UTF-8",
        "AWS_CONFIG_FILE": str(folder / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
