"""The catalog's database: opening it, bringing its schema up to date, one writer's lock."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, text
from sqlalchemy.pool import NullPool

from include.imaging.errors import CustomerError

BUSY_SECONDS = 60
SCHEMA_LOCK = "schema"
_MIGRATIONS = Path(__file__).parent / "migrations"


def open_catalog(url: str) -> Engine:
    """Return an engine on the catalog at `url` (sqlite:///… or postgresql+psycopg2://…).

    Connections are not pooled: a task is short, and forked workers must not share one.
    The schema is brought up to date first (Alembic, under a lock; a no-op when it is).
    """
    engine = create_engine(url, poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin)
    elif engine.dialect.name != "postgresql":
        raise CustomerError(
            "CATALOG_KIND_UNKNOWN",
            f"the catalog can be SQLite or PostgreSQL, not {engine.dialect.name}: "
            "change the Connection imaging_catalog",
        )
    upgrade(engine)
    return engine


def upgrade(engine: Engine) -> None:
    """Bring the schema to the newest revision; safe to call from many processes at once."""
    if _revision(engine) == _head():
        return
    with writing(engine, SCHEMA_LOCK) as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def writing(engine: Engine, lock: str) -> Iterator[Connection]:
    """Yield a connection in one transaction that no other holder of `lock` runs beside.

    Commits at the end and rolls back on any error. SQLite has one writer anyway;
    PostgreSQL takes an advisory lock that ends with the transaction.
    """
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            number = int.from_bytes(hashlib.sha256(lock.encode()).digest()[:8], signed=True)
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": number})
        yield connection


def count_anew(engine: Engine, *tables: Table) -> None:
    """Let PostgreSQL count what was loaded into tables: until then it plans as if they were empty.

    A transaction of its own, for its locks on the tables last as long. SQLite needs none.
    """
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection, connection.begin():
            for table in tables:
                connection.execute(text(f"ANALYZE {table.name}"))


@cache
def _head() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("catalog_version"):
            return None
        return connection.execute(text("SELECT version_num FROM catalog_version")).scalar()


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")


def _begin(connection: Connection) -> None:
    # a deferred transaction that turns from reader to writer fails at once when another
    # wrote in between; one that begins as a writer waits its turn
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
