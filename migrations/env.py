"""How alembic reaches the database: over the connection that `store.migrate` hands it."""

from alembic import context

from models.tables.registry import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
