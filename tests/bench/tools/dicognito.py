"""dicognito, with one anonymizer for all files, so that identifiers stay consistent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pydicom
from dicognito.anonymizer import Anonymizer


def rewriter() -> Callable[[Path, Path], None]:
    """Return what rewrites one file by the tool's default handlers, from a fixed seed."""
    anonymizer = Anonymizer(seed="bench")

    def one(source: Path, target: Path) -> None:
        with pydicom.dcmread(source) as dataset:
            anonymizer.anonymize(dataset)
            dataset.save_as(target)

    return one
