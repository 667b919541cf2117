"""dicom-anonymizer, with its table of rules made once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dicomanonymizer.simpledicomanonymizer import anonymize_dicom_file, initialize_actions


def rewriter() -> Callable[[Path, Path], None]:
    """Return what rewrites one file by the tool's default rules."""
    rules = initialize_actions()

    def one(source: Path, target: Path) -> None:
        anonymize_dicom_file(str(source), str(target), base_rules_gen=lambda: rules)

    return one
