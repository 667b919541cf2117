"""How many instances the data stores hold under each policy fingerprint."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import create_engine, func, inspect, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from include.imaging.catalog.tables import instances
from include.imaging.errors import CustomerError


def count_instances(url: str) -> dict[str, int]:
    """Return the number of instances by fingerprint (hex), the most frequent first.

    Reads alone: the schema is neither made nor brought up to date. Raises CustomerError, without
    the URL and so without a password in it, where there is no catalog to be read.
    """
    try:
        engine = create_engine(url, poolclass=NullPool)
        database = engine.url.database
        if engine.dialect.name == "sqlite" and not (database and Path(database).is_file()):
            raise _unreadable("no such file")
        with engine.connect() as connection:
            if not inspect(connection).has_table(instances.name):
                raise _unreadable("it has no table of instances")
            number = func.count()
            query = (
                select(instances.c.fingerprint, number)
                .group_by(instances.c.fingerprint)
                .order_by(number.desc(), instances.c.fingerprint)
            )
            return {row[0]: row[1] for row in connection.execute(query)}
    except (SQLAlchemyError, ImportError) as error:
        raise _unreadable(type(error).__name__) from None


def _unreadable(why: str) -> CustomerError:
    return CustomerError(
        "CATALOG_UNREADABLE",
        f"--catalog is no catalog that can be read ({why}): give an SQLAlchemy URL such as "
        "sqlite:////srv/catalog.db or postgresql+psycopg2://user@host/imaging",
    )
