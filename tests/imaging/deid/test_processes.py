"""Processes of their own give the same bytes, whatever they did before and in what order."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.dicom import package_files
from tests.support.source_tree import ROOT

LARGEST_BYTES = 2**18
PROGRAM = """
import hashlib, json, sys
from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.policy import load_policy
from include.imaging.deid.results import Held
from include.imaging.keyring import Keyring
from tests.support.deidentification import KEY

engine = Deidentifier(load_policy("research"), Keyring(KEY), "hospital")
done = {}
for name in json.load(sys.stdin):
    made = engine.deidentify(open(name, "rb").read())
    codes = [found.code for found in made.findings]
    done[name] = codes if isinstance(made, Held) else hashlib.sha256(made.data).hexdigest()
json.dump(done, sys.stdout)
"""


def started(seed: str, names: list[str]) -> subprocess.Popen[bytes]:
    environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryFile() as asked:
        asked.write(json.dumps(names).encode())
        asked.seek(0)
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            stdin=asked,
            stdout=subprocess.PIPE,
            env=environment,
            cwd=ROOT,
        )


def ended(process: subprocess.Popen[bytes]) -> dict[str, object]:
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    told: dict[str, object] = json.loads(out)
    return told


def test_two_processes_give_the_same_bytes_of_every_file() -> None:
    names = [str(path) for path in package_files() if _is_small(path)]
    assert len(names) > 150
    # what was seen before stands in the caches of an engine: one sees all of it the other way round
    forward, backward = started("1", names), started("2", names[::-1])
    one, other = ended(forward), ended(backward)
    assert one == other
    assert sum(isinstance(digest, str) for digest in one.values()) >= 80


def _is_small(path: Path) -> bool:
    return path.stat().st_size <= LARGEST_BYTES
