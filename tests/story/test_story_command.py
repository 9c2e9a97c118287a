"""`focal task explain` and `focal mail why`."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from models.tables.mail import OutgoingMail
from settings import load_settings
from store.database import Database
from tests.edges.command import Focal, command
from tests.story.teller import Teller
from tests.world import OPENING


@pytest.fixture
def focal(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Focal:
    """The command beside a small city."""
    return command(database_url, tmp_path, monkeypatch, capsys)


async def asked() -> tuple[str, str]:
    """Ask the small city for a quarter; gives the reference of a task and the Message-ID of its request."""
    settings = load_settings()
    database = Database(settings.database_url.get_secret_value())
    office = Teller(database, settings)
    await office.open()
    await office.fire(OPENING)
    async with database.reading() as session:
        message_id = await session.scalar(select(OutgoingMail.message_id).where(OutgoingMail.person_code == "health"))
    reference = (await office.task()).reference
    await database.close()
    return reference, str(message_id)


@pytest.mark.drill
def test_a_task_is_explained_by_its_reference_in_the_language_that_is_asked_for(focal: Focal):
    reference, _ = asyncio.run(asked())
    said = focal("task", "explain", reference.lower())
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"Task {reference}\n")
    assert "On Monday 4 January 2027 at 09:00, Sofia Salut was asked for 3 indicators" in said.out
    assert "What would stop it" in said.out
    spanish = focal("task", "explain", reference, "--language", "es")
    assert "El lunes, 4 de enero de 2027, a las 09:00, se pidieron a Sofia Salut 3" in spanish.out
    unknown = focal("task", "explain", "XXXX-XXXX")
    assert (unknown.code, unknown.out) == (1, "")
    assert unknown.err.startswith("There is no task “XXXX-XXXX”.")


def test_a_mail_is_explained_by_its_message_id(focal: Focal):
    reference, message_id = asyncio.run(asked())
    said = focal("mail", "why", message_id)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"Mail {message_id}\n")
    assert f"Task {reference} of Àrea Salut" in said.out
    unknown = focal("mail", "why", "nobody@focal.example")
    assert (unknown.code, unknown.out) == (1, "")
    assert unknown.err.startswith("There is no mail “nobody@focal.example”")
