"""The registry of finding codes: severity, meaning and advice of each, read from findings.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from include.imaging.model import Finding, Severity, Stage

REGISTRY = Path(__file__).with_suffix(".yaml")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code says: `meaning` is the cause, `advice` what a person can do."""

    code: str
    severity: Severity
    meaning: str
    advice: str


@cache
def registry() -> dict[str, Meaning]:
    """Return every code's meaning, in the order of the file."""
    entries = yaml.safe_load(REGISTRY.read_text(encoding="utf-8"))
    return {
        code: Meaning(code, Severity(entry["severity"]), entry["meaning"], entry["advice"])
        for code, entry in entries.items()
    }


def finding(code: str, stage: Stage, detail: str = "") -> Finding:
    """Return the finding of a registered code; KeyError when the code is not registered.

    Args:
        code: a code of findings.yaml.
        stage: where it was found.
        detail: which attribute, rule or limit; never a value, UID, name or path.
    """
    entry = registry()[code]
    cause = f"{entry.meaning} ({detail})" if detail else entry.meaning
    return Finding(code, entry.severity, stage, f"{cause}; {entry.advice}")
