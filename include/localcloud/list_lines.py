"""The lines of a job's lists as text, in the chosen dialect and with the faults that strike."""

import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from include.localcloud.dialect import Dialect
from include.localcloud.faults import Fault
from include.localcloud.import_warnings import HEXADECIMAL


def written(
    name: str,
    lines: Sequence[Mapping[str, Any]],
    dialect: Dialect,
    faults: Mapping[str, Fault],
) -> str:
    """The text of a list such as "SUCCESS/success.ndjson".

    A fault chooses its lines by its seed, so that the same lines are struck again.
    """
    folder = name.partition("/")[0]
    texts = [json.dumps(_spelled(line, dialect)) for line in lines]
    if folder == "SUCCESS" and dialect["success-boolean"] == "python":
        texts = [_as_python(text) for text in texts]
    for kind, damage in DAMAGES.items():
        fault = faults.get(kind)
        if fault and fault.settings["list"] == folder:
            texts = _damaged(texts, fault, damage)
    return "".join(text + "\n" for text in texts)


def _spelled(line: Mapping[str, Any], dialect: Dialect) -> Mapping[str, Any]:
    response = line.get("importResponse", {})
    if "warnings" not in response:
        return line
    warnings = [_spelled_warning(found, dialect) for found in response["warnings"]]
    return {**line, "importResponse": {**response, "warnings": warnings}}


def _spelled_warning(warning: Mapping[str, Any], dialect: Dialect) -> Mapping[str, Any]:
    kind, code = warning["type"], warning["warning_reason_code"]
    if dialect["warning-type"] == "enum":
        kind = _as_enum(kind)
    if dialect["warning-codes"] == "hexadecimal":
        code = HEXADECIMAL.get(code, code)
    return {**warning, "warning_reason_code": code, "type": kind}


def _as_enum(name: str) -> str:
    """INVALID_OFFSET_TABLE for InvalidOffsetTable."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper()


def _as_python(text: str) -> str:
    return re.sub(
        r'("isPrimary": )(true|false)', lambda found: found[1] + found[2].capitalize(), text
    )


def _damaged(texts: list[str], fault: Fault, damage: Callable[[str], str | None]) -> list[str]:
    many = min(int(fault.settings["lines"]), len(texts))
    chosen = set(random.Random(fault.seed).sample(range(len(texts)), many))  # noqa: S311 - repeatable
    kept = [damage(text) if place in chosen else text for place, text in enumerate(texts)]
    return [text for text in kept if text is not None]


DAMAGES: Mapping[str, Callable[[str], str | None]] = {
    "missing_line": lambda _: None,
    "malformed_line": lambda text: text[: len(text) // 2],
    "python_line": _as_python,
}
