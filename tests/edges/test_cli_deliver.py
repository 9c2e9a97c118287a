"""`focal inbound`: a mail from a file is stored as if it had arrived, and the door stays closed to strangers."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from doors.keeping import SIZE_LIMIT
from models.tables.mail import IncomingMail
from settings import load_settings
from store.database import Database
from tests.edges.command import Focal

TASK = "r+0123456789abcdef0123456789abcdefabcdefghij234567abcd@focal.example"
BOUNCE = "b+0123456789abcdef0123456789abcdefabcdefghij234567abcd@focal.example"
MAIL = f"Return-Path: <Anna@city.example>\nTo: {TASK}\nCc: <{BOUNCE}>, x@y.example\nSubject: x\n\n3 = 12 \xe0\n".encode(
    "latin-1"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "reply.eml"
    written.write_bytes(MAIL)
    return written


def stored() -> Sequence[IncomingMail]:
    async def look() -> Sequence[IncomingMail]:
        database = Database(load_settings().database_url.get_secret_value())
        async with database.reading() as session:
            rows = (await session.scalars(select(IncomingMail).order_by(IncomingMail.envelope_to))).all()
        await database.close()
        return rows

    return asyncio.run(look())


def test_a_mail_is_stored_for_everybody_of_focal_whom_its_headers_name(focal: Focal, file: Path):
    said = focal("inbound", "deliver", str(file))
    again = focal("inbound", "deliver", str(file))
    bounce, task = stored()
    assert (said.code, said.out) == (0, f"{task.id}  to {TASK}\n{bounce.id}  to {BOUNCE}\n")
    assert again == said
    assert {mail.raw for mail in (bounce, task)} == {MAIL}
    assert {mail.envelope_from for mail in (bounce, task)} == {"Anna@city.example"}


def test_the_envelope_can_be_told(focal: Focal, file: Path):
    said = focal("inbound", "deliver", str(file), "--to", "focal@focal.example", "--from", "")
    (mail,) = stored()
    assert (said.code, said.out) == (0, f"{mail.id}  to focal@focal.example\n")
    assert (mail.envelope_from, mail.envelope_to) == ("", "focal@focal.example")


def test_an_address_that_is_not_one_of_focal_is_refused(focal: Focal, file: Path):
    said = focal("inbound", "deliver", str(file), "--to", "anna@city.example")
    assert said.code == 1
    assert said.err.startswith("anna@city.example is no address of Focal: those are focal@focal.example, and r+")
    assert stored() == []


def test_a_sender_that_cannot_be_printed_is_refused(focal: Focal, file: Path):
    said = focal("inbound", "deliver", str(file), "--from", "a\udcffb@city.example")
    assert (said.code, said.err) == (1, "The sender is no address: it holds characters that cannot be printed.\n")


def test_a_file_beyond_the_limit_is_refused(focal: Focal, tmp_path: Path):
    large = tmp_path / "large.eml"
    with large.open("wb") as sparse:
        sparse.truncate(SIZE_LIMIT + 1)
    said = focal("inbound", "deliver", str(large))
    assert (said.code, said.err) == (1, f"{large} has {SIZE_LIMIT + 1} bytes; a mail may have {SIZE_LIMIT}.\n")


def test_the_door_is_not_opened_to_other_machines_by_mistake(focal: Focal, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FOCAL_INBOUND_HOST", "0.0.0.0")  # noqa: S104 - refused
    said = focal("inbound", "serve")
    assert said.code == 1
    assert said.err.startswith("FOCAL_INBOUND_HOST 0.0.0.0 can be reached from other machines")
