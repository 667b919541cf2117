"""Writes what is made of code and data: findings, feeds, catalog, policies, the template."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from sqlalchemy import Column, Table

from docs.deidentification import deidentification
from docs.markdown import markdown_table, page
from include.imaging.catalog.tables import metadata
from include.imaging.feed import Feed
from include.imaging.findings import registry
from include.infrastructure import template

HERE = Path(__file__).parent
TEMPLATE = "include/infrastructure/template.yaml"


def pages() -> dict[str, str]:
    """Return every generated page by its file name below docs/."""
    return {
        "findings.md": findings(),
        "feeds.md": feeds(),
        "catalog.md": catalog(),
        "DEIDENTIFICATION.md": deidentification(),
    }


def findings() -> str:
    """Return the page of finding codes, from include/imaging/findings.yaml."""
    rows = [(f"`{m.code}`", m.severity.value, m.meaning, m.advice) for m in registry().values()]
    return page(
        "Findings",
        "What can be wrong with an item. A finding of severity `error` holds the item back "
        "(quarantine) or fails it; a `warning` is only recorded.",
        [markdown_table(("code", "severity", "what it means", "what to do"), rows)],
    )


def feeds() -> str:
    """Return the page of a feed's keys, from the model in include/imaging/feed.py."""
    rows = list(_keys(Feed, ""))
    return page(
        "Feeds",
        "A feed is one file `include/feeds/<feed>.yaml`; these are its keys. An unknown key, a "
        "missing one or a wrong value makes the DAG `import_<feed>` say so and do nothing else.",
        [markdown_table(("key", "type", "default", "what it says"), rows)],
    )


def catalog() -> str:
    """Return the page of the catalog's tables, from include/imaging/catalog/tables.py."""
    return page(
        "Catalog",
        "The tables behind the Connection `imaging_catalog`, the truth about every item. "
        "UIDs and patient ids in it are keyed; it holds no identity.",
        [_catalog_table(table) for table in metadata.sorted_tables],
    )


def _keys(model: Any, prefix: str) -> Iterator[tuple[str, ...]]:
    for name, field in model.__pydantic_fields__.items():
        kind = field.annotation
        if optional := [part for part in get_args(kind) if hasattr(part, "__pydantic_fields__")]:
            yield (f"`{prefix}{name}`", "mapping or None", _default(field), field.description or "")
            yield from _keys(optional[0], f"{prefix}{name}.")
        elif hasattr(kind, "__pydantic_fields__"):
            yield (f"`{prefix}{name}`", "mapping", _default(field), field.description or "")
            yield from _keys(kind, f"{prefix}{name}.")
        else:
            yield (f"`{prefix}{name}`", _type(kind), _default(field), field.description or "")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if hasattr(value, "__pydantic_fields__"):
        return "see below"
    return f"`{_spelled(value)}`"


def _type(kind: Any) -> str:
    if kind is NoneType:
        return "None"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return " or ".join(f"`{member.value}`" for member in kind)
    if get_origin(kind) is Literal:
        return " or ".join(f"`{value}`" for value in get_args(kind))
    if get_origin(kind) is Annotated:
        return _type(get_args(kind)[0])
    if get_origin(kind) is UnionType or get_origin(kind) is Union:
        return " or ".join(_type(part) for part in get_args(kind))
    name = kind.__name__ if isinstance(kind, type) else str(kind)
    return name.replace("typing.", "").replace("datetime.", "").replace("|", "or")


def _spelled(value: Any) -> str:
    if value is None or isinstance(value, bool) or value == "":
        return json.dumps(value)
    return str(value.value if isinstance(value, Enum) else value)


def _catalog_table(table: Table) -> str:
    rows = [(f"`{c.name}`", str(c.type), _role(c), c.comment or "") for c in table.columns]
    heading = f"## {table.name}\n\n{table.comment}\n\n"
    return heading + markdown_table(("column", "type", "", "what it holds"), rows)


def _role(column: Column[Any]) -> str:
    if column.primary_key:
        return "key"
    return "" if column.nullable else "not null"


def main() -> int:
    """Write the files, or with --check name those that are not what they should be."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    check = parser.parse_args().check
    wanted = {f"docs/{name}": text for name, text in pages().items()}
    wanted[TEMPLATE] = template.text()
    stale = [name for name, text in wanted.items() if _read(HERE.parent / name) != text]
    for name in stale:
        if not check:
            (HERE.parent / name).write_text(wanted[name], encoding="utf-8")
        print(f"{name} {'is not up to date: run `make docs`' if check else 'written'}")  # noqa: T201 - a command's output
    return 1 if check and stale else 0


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
