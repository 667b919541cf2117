"""The environment of the tools that the engine is compared with, made from tools.lock by uv."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from tests.bench.contest import ROOT

LOCK = Path(__file__).with_name("tools.lock")
TOOLS = {
    "dicom-anonymizer": "dicom_anonymizer",
    "dicognito": "dicognito",
    "deid": "deid",
    "dcmanon": "dcmanon",
}


def interpreter() -> str:
    """Return the interpreter that has the locked tools, installing them when it is not there."""
    edition = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    folder = ROOT / ".cache" / f"bench-tools-{edition}"
    python, ready = folder / "bin" / "python", folder / ".ready"
    if not ready.exists():
        uv = str(Path(sys.executable).with_name("uv"))
        _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
        install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--require-hashes"]
        _run(*install, "--python", str(python), "-r", str(LOCK))
        ready.touch()
    return str(python)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, cwd=ROOT)
