"""Reads what HealthImaging writes about an import job; lenient where its sources disagree.

Source: DG/understanding-import-jobs (job-output-manifest.json, success, failure and warning
NDJSON). Every field beyond the counters is optional; the page's own example holds a Python
`True` in a success line.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from include.imaging.catalog.results import InstanceResult
from include.imaging.findings import finding
from include.imaging.keys import BatchKeys
from include.imaging.model import Finding, Stage

CUSTOMER_EXCEPTIONS = ("ValidationException", "AccessDeniedException", "ConflictException")


@dataclass(frozen=True, slots=True)
class JobSummary:
    """The counters of job-output-manifest.json, and versions by image set where it has them."""

    scanned: int
    imported: int
    customer_errors: int
    server_errors: int
    versions: dict[str, int] = field(default_factory=dict)
    primary: dict[str, bool] = field(default_factory=dict)


def read_summary(raw: bytes) -> JobSummary:
    """Return the counters of a job-output-manifest.json; ValueError when it is not one."""
    try:
        summary = json.loads(raw)["jobSummary"]
        sets = summary.get("imageSetsSummary", [])
        return JobSummary(
            scanned=int(summary["numberOfScannedFiles"]),
            imported=int(summary["numberOfImportedFiles"]),
            customer_errors=int(summary.get("numberOfFilesWithCustomerError", 0)),
            server_errors=int(summary.get("numberOfFilesWithServerError", 0)),
            versions={
                e["imageSetId"]: e["imageSetVersion"] for e in sets if "imageSetVersion" in e
            },
            primary={e["imageSetId"]: e["isPrimary"] for e in sets if "isPrimary" in e},
        )
    except (KeyError, TypeError, AttributeError):
        raise ValueError("not a job output manifest") from None


def read_lines(raw_lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Yield the lines of an NDJSON that say something of a file; a broken one is left out."""
    for raw in raw_lines:
        text = raw.decode("utf-8", "replace").strip()
        line = _parse(text) if text else None
        if isinstance(line, dict) and _says_something(line):
            yield line


def results(
    lines: Iterable[dict[str, Any]], batch: BatchKeys, summary: JobSummary | None, bucket: str = ""
) -> Iterator[InstanceResult]:
    """Yield what each line of a success, failure or warning list says of an instance.

    A file of another bucket than `bucket`, the import zone, or below another prefix comes out
    under a name that no batch holds.
    """
    for line in lines:
        name = str(line.get("inputFile", ""))
        uid = batch.instance_of(_key(name, batch, bucket)) or f"foreign:{len(name)}"
        response = line.get("importResponse") or {}
        if "exception" in line:
            yield InstanceResult(uid, finding=_rejection(line["exception"]))
        elif image_set := response.get("imageSetId"):
            yield InstanceResult(
                uid,
                image_set_id=str(image_set),
                image_set_version=_version(response, image_set, summary),
                is_primary=_is_primary(response, image_set, summary),
                finding=_warning(response.get("warnings") or []),
            )


def _key(name: str, batch: BatchKeys, bucket: str) -> str:
    """Return the key that `inputFile` means; the page does not settle where it begins."""
    path = name.removeprefix("s3://")
    if path != name and not path.startswith(f"{bucket}/"):
        return ""
    path = path.removeprefix(f"{bucket}/") if bucket else path
    path = path.removeprefix("/")
    key = batch.prefix + path.rpartition("/")[2]
    return key if f"/{key}".endswith(f"/{path}") else ""


def _says_something(line: dict[str, Any]) -> bool:
    response = line.get("importResponse")
    is_import = isinstance(response, dict) and bool(response.get("imageSetId"))
    return "inputFile" in line and (is_import or isinstance(line.get("exception"), dict))


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _version(response: dict[str, Any], image_set: str, summary: JobSummary | None) -> int | None:
    version = response.get("imageSetVersion")
    if version is None and summary:
        version = summary.versions.get(image_set)
    return None if version is None else int(version)


def _is_primary(response: dict[str, Any], image_set: str, summary: JobSummary | None) -> bool:
    claim = response.get("isPrimary")
    if claim is None and summary:
        claim = summary.primary.get(image_set)
    # data stores older than automatic organisation say nothing and have primary sets alone
    return True if claim is None else bool(claim)


def _rejection(exception: dict[str, Any]) -> Finding:
    kind = str(exception.get("exceptionType", "no type"))[:60]
    message = str(exception.get("message", "no message"))[:200]
    is_customer = kind in CUSTOMER_EXCEPTIONS
    code = "IMPORT_REJECTED" if is_customer else "IMPORT_SERVER_ERROR"
    return finding(code, Stage.RECONCILE, f"{kind}: {message}")


def _warning(warnings: list[dict[str, Any]]) -> Finding | None:
    if not warnings:
        return None
    # the integer is the same in every source; type and decimals of the page are not
    codes = sorted({str(entry.get("warning_reason_code", "?")) for entry in warnings})
    return finding("IMPORT_WARNING", Stage.RECONCILE, f"code {', '.join(codes)}")
