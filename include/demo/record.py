"""A run's record: its evidence fetched from the results bucket, its balance sheet, its summary."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.imaging.findings import registry
from include.imaging.keys import RunKeys
from include.imaging.model import Outcome

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BALANCE = "balance.json"
REPORT = "report.md"
SUMMARY_KEYS = ("feed", "run_id", "census", "outcomes", "findings", "image_sets", "import_jobs")


def fetch_evidence(s3: S3Client, bucket: str, keys: RunKeys, folder: Path) -> list[str]:
    """Copy the run's whole evidence to `folder`, replacing what lay there; returns the names."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    prefix = keys.evidence("")
    names = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            name = entry["Key"].removeprefix(prefix)
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read())
            names.append(name)
    return names


def read_balance(folder: Path) -> dict[str, Any] | None:
    """Return the run's balance, or None when the run did not come that far."""
    path = folder / BALANCE
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def summary(balance: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Return the figures of a run that others read: what `.demo/summary.json` holds."""
    figures = {key: balance[key] for key in SUMMARY_KEYS}
    return figures | {"balanced": balance["balanced"], "seconds": round(seconds, 1)}


def sheet(balance: dict[str, Any]) -> list[str]:
    """Return the balance sheet as lines: outcomes against the census, then findings by code."""
    outcomes: dict[str, int] = balance["outcomes"]
    lines = [f"{'census':24}{balance['census']:>8}", ""]
    lines += [f"{name:24}{outcomes.get(name, 0):>8}" for name in Outcome]
    total = sum(outcomes.values())
    lines += ["-" * 32, f"{'sum of outcomes':24}{total:>8}"]
    lines += [f"{'unaccounted':24}{balance['census'] - total:>8}", ""]
    lines.append("balanced" if balance["balanced"] else "NOT BALANCED")
    if balance["findings"]:
        lines += ["", "findings by code"]
        lines += [_finding_line(code, count) for code, count in _by_count(balance["findings"])]
    return lines


def catalog_rows(catalog: Path) -> dict[str, int]:
    """Return the number of rows of every table of the catalog; {} when there is no catalog."""
    if not catalog.exists():
        return {}
    with closing(sqlite3.connect(f"file:{catalog}?mode=ro", uri=True)) as connection:
        query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        tables = [name for (name,) in connection.execute(query) if name != "alembic_version"]
        return {name: _count(connection, name) for name in tables}


def _count(connection: sqlite3.Connection, table: str) -> int:
    query = f'SELECT count(*) FROM "{table}"'  # noqa: S608 - a name of the catalog's own schema
    return int(connection.execute(query).fetchone()[0])


def _finding_line(code: str, count: int) -> str:
    meaning = registry()[code].meaning if code in registry() else ""
    return f"  {code:26}{count:>5}  {meaning}"


def _by_count(findings: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(findings.items(), key=lambda pair: (-pair[1], pair[0]))
