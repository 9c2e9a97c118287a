"""The worker's figures, scraped as Prometheus scrapes them."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from models.contracts.refusal import Refused
from models.tables.mail import OutgoingMail
from settings import Settings
from store.database import Database
from tests.edges.command import unused_port
from tests.mail.server import MailServer, mail_server
from worker import build_sender, shown_runtime


@pytest_asyncio.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as told:
        yield told


def mail(recipient: str, due_at: datetime) -> OutgoingMail:
    return OutgoingMail(
        id=uuid4(),
        key=recipient,
        name="task_request",
        language="ca",
        wanted_while_open=False,
        subject="Prova",
        message_id=recipient,
        mail_from="b@focal.example",
        recipient=recipient,
        rfc822=b"Subject: Prova\r\n\r\nProva\r\n",
        state="ready",
        created_at=due_at,
        due_at=due_at,
        not_before=due_at,
    )


async def test_how_fast_mail_leaves_and_what_becomes_of_it_is_shown(
    database: Database, settings: Settings, server: MailServer
):
    address = f"127.0.0.1:{unused_port()}"
    runtime = shown_runtime(address)
    now = datetime.now(UTC)
    async with database.transaction() as session:
        session.add_all([mail(f"{n}@prova.example", now - timedelta(seconds=100)) for n in range(3)])
        session.add(mail("gone@prova.example", now))
    server.answers("RCPT", "gone@prova.example", "550 5.1.1 No such person")
    own = settings.model_copy(update={"smtp_port": server.port})
    assert await build_sender(database, own, runtime.metric_meter).send_waiting() == 4
    async with httpx.AsyncClient() as scraper:
        shown = (await scraper.get(f"http://{address}/metrics")).text
    figures = {
        re.sub(r'service_name="[^"]*",?', "", name): float(value)
        for name, _, value in (line.rpartition(" ") for line in shown.splitlines() if not line.startswith("#"))
    }
    assert figures['focal_mail_outcomes{outcome="accepted",scope="message",}'] == 3
    assert figures['focal_mail_outcomes{outcome="rejected",scope="recipient",}'] == 1
    assert figures["focal_mail_seconds_to_accepted_count{}"] == 3
    assert 300 <= figures["focal_mail_seconds_to_accepted_sum{}"] < 900
    assert figures['focal_mail_seconds_to_accepted_bucket{le="60"}'] == 0
    assert figures['focal_mail_seconds_to_accepted_bucket{le="300"}'] == 3
    with pytest.raises(Refused, match=f"Figures cannot be shown at {address}"):
        shown_runtime(address)
