"""A mail server for each test."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.mail.server import MailServer, mail_server


@pytest_asyncio.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as told:
        yield told
