"""Runs the catalog's migrations on the connection that it is handed."""

from alembic import context

from include.imaging.catalog.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table="catalog_version",
    transactional_ddl=True,
)
context.run_migrations()
