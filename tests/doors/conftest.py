"""A door that is open, for each test."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest_asyncio
from sqlalchemy import select, text

from doors.mail_server import Door
from models.tables.mail import IncomingMail
from settings import Settings
from store.database import Database


class OpenDoor:
    """A door with the port on which it is open."""

    def __init__(self, door: Door, port: int) -> None:
        self.door = door
        self.port = port


@asynccontextmanager
async def opened(database: Database, settings: Settings) -> AsyncIterator[OpenDoor]:
    door = Door(database, settings)
    server = await asyncio.get_running_loop().create_server(door.answer, "127.0.0.1", 0)
    async with server:
        yield OpenDoor(door, server.sockets[0].getsockname()[1])
        await door.close()


@pytest_asyncio.fixture
async def door(database: Database, settings: Settings) -> AsyncIterator[OpenDoor]:
    async with opened(database, settings) as open_door:
        yield open_door


async def kept(database: Database) -> Sequence[IncomingMail]:
    """All mails in the database, in the order of their addresses."""
    async with database.reading() as session:
        return (await session.scalars(select(IncomingMail).order_by(IncomingMail.envelope_to))).all()


@asynccontextmanager
async def refusing(database: Database, pattern: str) -> AsyncIterator[None]:
    """A database that refuses mail to some addresses."""
    async with database.transaction() as session:
        await session.execute(
            text(
                "create function refuse() returns trigger language plpgsql as "
                "$$ begin raise exception 'the disk is full'; end $$"
            )
        )
        await session.execute(
            text(
                "create trigger refuse before insert on incoming_mails for each row "
                f"when (new.envelope_to like '{pattern}') execute function refuse()"
            )
        )
    yield
    async with database.transaction() as session:
        await session.execute(text("drop trigger refuse on incoming_mails"))
