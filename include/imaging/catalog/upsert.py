"""Bulk inserts that may meet rows already there, alike on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, Table
from sqlalchemy.dialects import postgresql, sqlite

CHUNK_ROWS = 2_000
Entry = TypeVar("Entry")


def chunks(entries: Iterable[Entry], size: int = CHUNK_ROWS) -> Iterator[list[Entry]]:
    """Yield the entries in lists of `size`, the last one shorter."""
    iterator = iter(entries)
    while chunk := list(islice(iterator, size)):
        yield chunk


def upsert(
    connection: Connection,
    table: Table,
    rows: Iterable[Mapping[str, Any]],
    replace: Sequence[str] = (),
) -> int:
    """Insert rows a chunk at a time; returns how many were handed in.

    A row whose primary key is there already keeps its values, except for the columns named
    in `replace`, which take the new ones.
    """
    statement = _on_conflict(connection, _insert(connection, table), table, replace)
    count = 0
    for chunk in chunks(rows):
        connection.execute(statement, [dict(row) for row in chunk])
        count += len(chunk)
    return count


def insert_from(
    connection: Connection,
    table: Table,
    query: Select[Any],
    replace: Sequence[str] = (),
) -> int:
    """Insert what `query` selects (columns by name); returns how many rows were written."""
    statement = _insert(connection, table).from_select(
        [column.name for column in query.selected_columns], query
    )
    return connection.execute(_on_conflict(connection, statement, table, replace)).rowcount


def _insert(connection: Connection, table: Table) -> Any:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def _on_conflict(
    connection: Connection, statement: Any, table: Table, replace: Sequence[str]
) -> Any:
    key = [column.name for column in table.primary_key]
    if not replace:
        return statement.on_conflict_do_nothing(index_elements=key)
    return statement.on_conflict_do_update(
        index_elements=key, set_={name: statement.excluded[name] for name in replace}
    )
