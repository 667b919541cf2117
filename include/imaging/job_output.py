"""Reads what HealthImaging writes about an import job; lenient where its sources disagree.

Source: DG/understanding-import-jobs (job-output-manifest.json, success, failure and warning
NDJSON). Every field beyond the counters is optional, and one of another type than the page's
counts as absent; the page's own example holds a Python `True` in a success line.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeGuard, TypeVar

from include.imaging.catalog.results import InstanceResult
from include.imaging.findings import finding
from include.imaging.keys import BatchKeys
from include.imaging.model import Finding, Stage

CUSTOMER_EXCEPTIONS = ("ValidationException", "AccessDeniedException", "ConflictException")
# no more than the catalog's columns hold
IMAGE_SET = re.compile("[0-9A-Za-z]{1,32}")
UID = re.compile("[0-9.]{1,64}")
VERSION = re.compile("[0-9]{1,9}")
Value = TypeVar("Value", int, bool)


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
        sets = [entry for entry in _list(summary.get("imageSetsSummary")) if _names_a_set(entry)]
        return JobSummary(
            scanned=int(summary["numberOfScannedFiles"]),
            imported=int(summary["numberOfImportedFiles"]),
            customer_errors=int(summary.get("numberOfFilesWithCustomerError") or 0),
            server_errors=int(summary.get("numberOfFilesWithServerError") or 0),
            versions=_known(sets, "imageSetVersion", _number),
            primary=_known(sets, "isPrimary", _truth),
        )
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise ValueError("not a job output manifest") from None


def _known(
    sets: Iterable[dict[str, Any]], name: str, read: Callable[[Any], Value | None]
) -> dict[str, Value]:
    """Return a field of those image sets that have it, and of its type, by their ids."""
    read_of = ((entry["imageSetId"], read(entry.get(name))) for entry in sets)
    return {image_set: value for image_set, value in read_of if value is not None}


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
    for line in filter(_says_something, lines):
        uid = _instance(line["inputFile"], batch, bucket)
        response = line.get("importResponse")
        if not _names_a_set(response):
            yield InstanceResult(uid, finding=_rejection(line["exception"]))
            continue
        image_set = response["imageSetId"]
        yield InstanceResult(
            uid,
            image_set_id=image_set,
            image_set_version=_version(response, image_set, summary),
            is_primary=_is_primary(response, image_set, summary),
            finding=_warning(_list(response.get("warnings"))),
        )


def _instance(name: str, batch: BatchKeys, bucket: str) -> str:
    uid = batch.instance_of(_key(name, batch, bucket))
    return uid if UID.fullmatch(uid) else f"foreign:{len(name)}"


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
    """Return whether a line tells of a file that it was imported or that it was not, and not both.

    What is left out for saying both is asked of the data store, and neither lost nor sent again.
    """
    exception, is_import = line.get("exception"), _names_a_set(line.get("importResponse"))
    is_clear = exception is None if is_import else isinstance(exception, dict)
    return is_clear and isinstance(line.get("inputFile"), str)


def _names_a_set(value: Any) -> TypeGuard[dict[str, Any]]:
    image_set = value.get("imageSetId") if isinstance(value, dict) else None
    return isinstance(image_set, str) and bool(IMAGE_SET.fullmatch(image_set))


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _version(response: dict[str, Any], image_set: str, summary: JobSummary | None) -> int | None:
    version = _number(response.get("imageSetVersion"))
    return summary.versions.get(image_set) if version is None and summary else version


def _is_primary(response: dict[str, Any], image_set: str, summary: JobSummary | None) -> bool:
    claim = _truth(response.get("isPrimary"))
    if claim is None and summary:
        claim = summary.primary.get(image_set)
    # data stores older than automatic organisation say nothing and have primary sets alone
    return True if claim is None else claim


def _number(value: Any) -> int | None:
    """Return a version, which some write as text; None for what is none."""
    text = value if isinstance(value, str) else str(value) if type(value) is int else ""
    return int(text) if VERSION.fullmatch(text) else None


def _truth(value: Any) -> bool | None:
    """Return a truth value, which some write as text; None for what is none."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _rejection(exception: dict[str, Any]) -> Finding:
    kind = _plain(exception.get("exceptionType", "no type"), 60)
    message = _plain(exception.get("message", "no message"), 200)
    is_customer = kind in CUSTOMER_EXCEPTIONS
    code = "IMPORT_REJECTED" if is_customer else "IMPORT_SERVER_ERROR"
    return finding(code, Stage.RECONCILE, f"{kind}: {message}")


def _plain(value: Any, most: int) -> str:
    # PostgreSQL takes no NUL, and nothing can encode half a surrogate pair
    return "".join(sign if sign.isprintable() else " " for sign in str(value)[:most])


def _warning(warnings: list[Any]) -> Finding | None:
    if not warnings:
        return None
    # the integer is the same in every source; type and decimals of the page are not
    known = (entry.get("warning_reason_code") for entry in warnings if isinstance(entry, dict))
    codes = sorted({_plain(code, 20) for code in known if isinstance(code, int | str)}) or ["?"]
    return finding("IMPORT_WARNING", Stage.RECONCILE, f"code {', '.join(codes[:20])}")
