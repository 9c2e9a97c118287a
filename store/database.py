"""The unit of work: a transaction opened and committed at the edge, reading and writing as different types."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from models.tables.registry import Base

_AWAY = ("08", "53", "57P")
"""SQLSTATE classes: no connection, no room for one, shutting down."""


def is_away(fault: Exception) -> bool:
    """Whether a fault means that the database itself is away, so that what was being done is not to blame."""
    if not isinstance(fault, OperationalError):
        return False
    state = getattr(fault.orig, "sqlstate", None)
    return fault.connection_invalidated or state is None or state.startswith(_AWAY)


class ReadSession(AsyncSession):
    """A session that only reads; PostgreSQL refuses anything else in it."""


class WriteSession(ReadSession):
    """A session inside one transaction, committed by whoever opened it."""


class Database:
    """One engine per process, and the two ways into it."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        # Rows refer to other tables by name: all of them are known before any is written.
        Base.registry.configure()
        self.engine = create_async_engine(url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True)
        self._writing = async_sessionmaker(self.engine, class_=WriteSession, expire_on_commit=False)
        self._reading = async_sessionmaker(
            self.engine.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ"),
            class_=ReadSession,
            expire_on_commit=False,
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[WriteSession]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        async with self._writing.begin() as session:
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[ReadSession]:
        """One consistent view: everything read inside the block is of the same instant."""
        async with self._reading() as session:
            yield session

    async def close(self) -> None:
        """Give the connections back."""
        await self.engine.dispose()
