"""Small secrets in files that only their owner can read, made once and kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def kept(path: Path, make: Callable[[], str]) -> str:
    """Return the text of `path`, writing what `make` returns when there is none yet.

    The file appears whole or not at all, so that a killed run leaves no half secret.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.draft")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        draft.write_text(make(), encoding="utf-8")
        draft.replace(path)
    return path.read_text(encoding="utf-8").strip()
