"""What goes with the mails of a task: the sheet to fill in, and the due day for the reader's own calendar."""

from datetime import date, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import BytesIO

import pytest
from icalendar import Calendar
from openpyxl import load_workbook
from sqlalchemy import select

from models.contracts.refusal import Refused
from models.tables.mail import OutgoingMail
from models.tables.process import AuditEvent
from models.tables.task import Task
from operations.calendar_files import choose_calendar_files
from operations.delegating import delegate
from operations.extending import ask_for_time, decide_wish, extend
from operations.steering import send_back, waive
from tests.operations.steps import Office
from tests.world import OPENING

NOON = OPENING + timedelta(hours=3)
LATER = date(2027, 2, 3)


async def choose(office: Office, *persons: str, wanted: bool = True) -> None:
    async with office.database.transaction() as session:
        for person in persons:
            await choose_calendar_files(session, person, wanted=wanted, by="coordinator", now=OPENING)


async def asked(office: Office, *persons: str) -> Task:
    """A collection whose requests have left; these persons want calendar files."""
    await choose(office, *persons)
    await office.open()
    await office.fire(OPENING)
    return await office.task()


async def mail(office: Office, name: str, person: str) -> EmailMessage:
    """The last mail of a name to a person."""
    async with office.database.reading() as session:
        query = select(OutgoingMail.rfc822).where(OutgoingMail.name == name, OutgoingMail.person_code == person)
        raw = (await session.scalars(query.order_by(OutgoingMail.created_at.desc()).limit(1))).one()
    return message_from_bytes(raw, policy=policy.default)


async def files(office: Office, name: str, person: str) -> list[str]:
    return [part.get_filename() or "" for part in (await mail(office, name, person)).iter_attachments()]


async def event(office: Office, name: str, person: str):
    """The due day that came with the last mail of a name to a person."""
    (part,) = [
        part
        for part in (await mail(office, name, person)).iter_attachments()
        if part.get_content_type() == "text/calendar"
    ]
    assert (part.get_filename(), part.get_param("charset"), part.get_param("method")) == (
        "due-date.ics",
        "utf-8",
        "PUBLISH",
    )
    (found,) = Calendar.from_ical(part.get_content()).walk("VEVENT")
    return found


async def test_a_request_for_indicators_brings_the_sheet_with_what_is_missing(office):
    task = await asked(office)
    assert await files(office, "task_request", "health") == [f"answers-{task.reference}.xlsx"]
    (part,) = (await mail(office, "task_request", "health")).iter_attachments()
    sheet = load_workbook(BytesIO(part.get_content())).worksheets[0]
    codes = [row[1] for row in sheet.iter_rows(min_row=4, values_only=True)]
    assert codes == ["TST-E1-OE1-A1-I1", "TST-E1-OE1-A2-I1", "TST-E1-OE1-A2-I2"]
    await office.answer(task, "health", NOON, codes[:2])
    async with office.database.transaction() as session:
        await delegate(session, office.settings, task.id, to="health-head", by="coordinator", note="", now=NOON)
    await office.fire(NOON)
    (part,) = (await mail(office, "task_request", "health-head")).iter_attachments()
    sheet = load_workbook(BytesIO(part.get_content())).worksheets[0]
    assert [row[1] for row in sheet.iter_rows(min_row=4, values_only=True)] == codes[2:]


async def test_only_who_wants_it_gets_the_due_day_as_a_file_and_in_their_language(office):
    task = await asked(office, "health")
    found = await event(office, "task_request", "health")
    assert found["DTSTART"].dt == task.due_on
    assert found["SUMMARY"] == "Data límit: Indicadors del 4t trimestre de 2026 · Àrea Salut"
    assert found["DESCRIPTION"].startswith("La recollida es tanca el ")
    assert found["URL"] in str((await mail(office, "task_request", "health")).get_body(("plain",)))
    assert "due-date.ics" not in await files(office, "task_request", "ecology")


async def test_more_time_moves_the_day_in_the_calendar_and_an_answer_takes_it_out(office):
    task = await asked(office, "health")
    first = await event(office, "task_request", "health")
    async with office.database.transaction() as session:
        await extend(session, office.settings, task.id, until=LATER, reason="x", by="coordinator", now=NOON)
    moved = await event(office, "task_change", "health")
    assert (moved["UID"], moved["STATUS"], moved["DTSTART"].dt) == (first["UID"], "CONFIRMED", LATER)
    await office.answer(task, "health", NOON + timedelta(hours=1), ["TST-E1-OE1-A1-I1"])
    assert await files(office, "task_receipt", "health") == []
    await office.answer(task, "health", NOON + timedelta(hours=2))
    over = await event(office, "task_receipt", "health")
    assert (over["UID"], over["STATUS"], over["DTSTART"].dt) == (first["UID"], "CANCELLED", LATER)
    assert over["DESCRIPTION"].startswith("No cal fer res més.")
    assert first["SEQUENCE"] < moved["SEQUENCE"] < over["SEQUENCE"]


async def test_an_answer_that_is_sent_back_puts_the_day_into_the_calendar_again(office):
    task = await asked(office, "health")
    await office.answer(task, "health", NOON)
    over = await event(office, "task_receipt", "health")
    later = NOON + timedelta(hours=1)
    async with office.database.transaction() as session:
        back = {"indicator": "TST-E1-OE1-A1-I1", "note": "Falta l'annex"}
        await send_back(session, task.id, **back, by="coordinator", now=later)
    await office.fire(later)
    again = await event(office, "task_request", "health")
    assert (again["STATUS"], again["UID"]) == ("CONFIRMED", over["UID"])
    assert again["SEQUENCE"] > over["SEQUENCE"]


async def test_a_task_that_is_passed_on_leaves_one_calendar_and_enters_another(office):
    task = await asked(office, "health", "health-head")
    before = await event(office, "task_request", "health")
    async with office.database.transaction() as session:
        await ask_for_time(session, task.id, until=LATER, reason="x", by="health", now=NOON)
    later = NOON + timedelta(hours=1)
    async with office.database.transaction() as session:
        await delegate(session, office.settings, task.id, to="ecology", by="coordinator", note="", now=later)
    away = await event(office, "task_change", "health")
    assert (away["UID"], away["STATUS"]) == (before["UID"], "CANCELLED")
    assert away["SEQUENCE"] > before["SEQUENCE"]
    async with office.database.transaction() as session:
        at = later + timedelta(minutes=1)
        who = {"by": "health-head", "reason": "x"}
        await decide_wish(session, office.settings, task.id, grant_until=LATER, now=at, **who)
    assert (await event(office, "task_change", "health"))["STATUS"] == "CANCELLED"


async def test_a_withdrawn_task_leaves_the_calendar(office):
    task = await asked(office, "health")
    async with office.database.transaction() as session:
        await waive(session, office.settings, task.id, reason="x", by="coordinator", now=NOON)
    assert (await event(office, "task_change", "health"))["STATUS"] == "CANCELLED"


async def test_a_decision_about_more_time_brings_no_file(office):
    task = await asked(office, "health", "health-head")
    async with office.database.transaction() as session:
        await ask_for_time(session, task.id, until=LATER, reason="x", by="health", now=NOON)
    await office.fire(NOON)
    assert await files(office, "task_request", "health-head") == []


async def test_choosing_calendar_files_is_on_record_once_and_an_unknown_person_is_named(office):
    await choose(office, "health")
    await choose(office, "health")
    await choose(office, "health", wanted=False)
    async with office.database.reading() as session:
        query = select(AuditEvent).where(AuditEvent.action == "person.calendar_files_chosen").order_by(AuditEvent.id)
        assert [found.detail["wanted"] for found in await session.scalars(query)] == [True, False]
    with pytest.raises(Refused, match="There is no person “nobody”"):
        await choose(office, "nobody")
