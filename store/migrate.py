"""Brings a database to the schema this code expects."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

LOCK = 0x0F0CA1
"""Advisory lock: two processes that start at once migrate one after the other."""


def configuration() -> Config:
    """Alembic's configuration, found beside the code."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).resolve().parent.parent / "migrations"))
    return config


def migrate(url: str) -> None:
    """Apply every migration that the database at a SQLAlchemy URL has not seen. Safe to run at any time."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOCK})
            config = configuration()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()
