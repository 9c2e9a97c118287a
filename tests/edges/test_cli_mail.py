"""The `focal` command for how mail goes and for what a person does when it does not arrive."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from models.tables.mail import OutgoingMail
from settings import load_settings
from store.database import Database
from tests.edges.command import Focal
from tests.operations.post import HEALTH, Post
from tests.operations.steps import Office
from tests.world import build_world


def with_post(work: Callable[[Post], Awaitable[object]]) -> None:
    """Do something with the command's database."""

    async def do() -> None:
        settings = load_settings()
        database = Database(settings.database_url.get_secret_value())
        await work(Post(Office(database, settings)))
        await database.close()

    asyncio.run(do())


@pytest.fixture
def gone(focal: Focal) -> Focal:
    """Two people were asked five minutes ago; there is no such address as one of theirs."""

    async def ask(post: Post) -> None:
        now = datetime.now(UTC) - timedelta(minutes=5)
        await build_world(post.database)
        await post.office.open(at=now, at_once=True)
        await post.office.fire(now)
        await post.deliver(now)
        await post.bounce("dead", now + timedelta(minutes=1), status="5.1.1")

    with_post(ask)
    return focal


def mail_id() -> UUID:
    found: list[UUID] = []

    async def look(post: Post) -> None:
        async with post.database.reading() as session:
            found.extend(await session.scalars(select(OutgoingMail.id).where(OutgoingMail.recipient == HEALTH)))

    with_post(look)
    (mail,) = found
    return mail


def test_how_mail_goes_is_told_in_lines_and_for_machines(gone: Focal):
    said = gone("mail", "status")
    assert (said.code, said.err) == (0, "")
    assert "mails: 1 accepted, 1 bounced\n" in said.out
    assert "came back in 7 days: 1 dead\n" in said.out
    assert f"dead address: {HEALTH}, Sofia Salut (health), since " in said.out
    found = json.loads(gone("mail", "status", "--json").out)
    assert found["states"] == {"accepted": 1, "bounced": 1}
    assert found["service"][0]["mails"] == 2
    assert found["dead"][0]["person_code"] == "health"
    assert found["paused"] == []


def test_a_corrected_address_is_asked_again_and_told(gone: Focal):
    said = gone("people", "address", "health", "sofia@prova.example")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("health is written to at sofia@prova.example; asked again for ")
    assert gone("people", "address", "health", "sofia@prova.example").code == 1
    taken = gone("people", "address", "health", "ecology@prova.example")
    assert (taken.code, taken.err) == (1, "ecology@prova.example is the address of Eric Verd (ecology).\n")


def test_what_did_not_arrive_is_sent_again_by_its_id_or_with_all_others(gone: Focal):
    tomorrow = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}"
    assert gone("mail", "retry", "--rejected", "--since", tomorrow).out == "0 mails leave again.\n"
    assert gone("mail", "retry", str(mail_id())).out == "1 mail leaves again.\n"
    assert "1 ready" in gone("mail", "status").out
    assert gone("mail", "retry", "--rejected").out == "0 mails leave again.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Name mails by their ID, or say --rejected."),
        (("--since", "2027-01-01", str(uuid4())), "--since goes with --rejected."),
        (("--rejected", str(uuid4())), "Name mails by their ID, or say --rejected."),
        (("17",), "'17' is not a valid UUID"),
    ],
)
def test_what_is_to_be_sent_again_must_be_said_clearly(focal: Focal, arguments, said):
    refused = focal("mail", "retry", *arguments)
    assert refused.code == 2
    assert said in refused.err


def test_a_mail_that_is_not_there_is_named(focal: Focal):
    unknown = uuid4()
    refused = focal("mail", "retry", str(unknown))
    assert refused.code == 1
    assert refused.err.startswith(f"Mail {unknown} cannot be sent again: ")
