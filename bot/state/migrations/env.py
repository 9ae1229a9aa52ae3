"""Alembic's entry: runs the steps inside the connection and transaction that the state opened."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"], version_table="talks_migrations"
)
with context.begin_transaction():
    context.run_migrations()
