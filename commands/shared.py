"""What every command shares: the clock, the database, and how it says what came of it."""

import asyncio
import logging
import sys
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import click

from models.contracts.refusal import Refused
from settings import Settings
from store.database import Database

if TYPE_CHECKING:
    from temporalio.client import Client

CANNOT = 1
REST_SECONDS = 0.3


def stop(*sentences: str) -> None:
    """Say why it cannot be done and end with a code that is not zero."""
    for sentence in sentences:
        click.echo(sentence, err=True)
    sys.exit(CANNOT)


def now() -> datetime:
    """The real clock, read here and handed down."""
    return datetime.now(UTC)


def log_to_stderr() -> None:
    """Log lines of the long-running parts; `focal up` keeps them in files."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run to the end. The pause lets the SDK's threads go before the interpreter does (sdk-python #300)."""
    try:
        return asyncio.run(work)
    finally:
        if "temporalio.client" in sys.modules:
            time.sleep(REST_SECONDS)


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The database of these settings; its connections are given back. What is written to it uses the city's words."""
    from mail.translation import use_words

    use_words(settings.words_dir)
    opened = Database(settings.database_url.get_secret_value(), pool_size=2)
    try:
        yield opened
    finally:
        await opened.close()


async def temporal(settings: Settings) -> "Client":
    """Temporal at the address of these settings.

    Raises:
        Refused: there is no server.

    """
    from temporal import connect

    try:
        return await connect(settings)
    except RuntimeError as fault:
        where = settings.temporal_address
        raise Refused(f"Temporal cannot be reached at {where}; nothing was changed.", f"It says: {fault}") from fault


def counted(number: int, thing: str) -> str:
    """`1 task`, `2 tasks`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def spoken(day: date) -> str:
    """`Monday 4 January 2027`."""
    return f"{day:%A} {day.day} {day:%B %Y}"
