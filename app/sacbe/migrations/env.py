"""Runs one room's migrations on the connection that `sacbe.database` hands over."""

from alembic import context

attributes = context.config.attributes
context.configure(connection=attributes["connection"], version_table_schema=attributes["schema"])
context.run_migrations()
