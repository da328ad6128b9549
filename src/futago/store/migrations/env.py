"""Runs revisions on a connection that the caller opened."""

from __future__ import annotations

from alembic import context

from futago.store import schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.METADATA,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
