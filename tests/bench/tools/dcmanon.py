"""dcmanon, the tool in Rust, with its default actions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import dcmanon


def rewriter() -> Callable[[Path, Path], None]:
    """Return what rewrites one file by the tool's default actions."""
    anonymizer = dcmanon.Anonymizer()

    def one(source: Path, target: Path) -> None:
        target.write_bytes(anonymizer.anonymize(str(source)))

    return one
