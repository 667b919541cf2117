"""The local cloud's memory: one SQLite file that every thread writes through."""

import queue
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).with_name("schema.sql")
VERSION = 3


class StateVersionError(RuntimeError):
    """The state was written by a local cloud of another version."""


class Database:
    """A pool of connections to one SQLite file in WAL mode, with one writer at a time.

    What a `writing` block did is on disk when the block ends: a killed process loses nothing
    that was answered. The schema is created where it is missing.

    Raises:
        StateVersionError: The file is of another schema.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()
        self._writer = threading.RLock()
        with self.reading() as connection:
            _check_version(connection)
            schema = f"{SCHEMA.read_text()}; PRAGMA user_version = {VERSION}"
            connection.executescript(f"BEGIN IMMEDIATE; {schema}; COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for queries; what it read is one consistent state per statement."""
        connection = self._take()
        try:
            yield connection
        finally:
            self._idle.put(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: committed when the block ends, rolled back when it raises."""
        with self._writer, self.reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def one(self, sql: str, *values: Any) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        with self.reading() as connection:
            row: sqlite3.Row | None = connection.execute(sql, values).fetchone()
            return row

    def all(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """All rows of a query."""
        with self.reading() as connection:
            return connection.execute(sql, values).fetchall()

    def close(self) -> None:
        """Close the idle connections."""
        while not self._idle.empty():
            self._idle.get().close()

    def _take(self) -> sqlite3.Connection:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return self._connect()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=60, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection


def _check_version(connection: sqlite3.Connection) -> None:
    [found] = connection.execute("PRAGMA user_version").fetchone()
    [tables] = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and found != VERSION:
        raise StateVersionError(
            f"the state folder was written by another version of the local cloud (state {found}, "
            f"this one reads {VERSION}): start with an empty --state, or with that version"
        )
