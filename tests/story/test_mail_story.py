"""Why a mail was written, for every mail."""

import re
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import select

from models.contracts.mail import Earlier
from models.contracts.refusal import Refused
from models.tables.mail import OutgoingMail
from operations.absences import add_absence
from operations.calendars import warn_of_missing_days
from operations.explaining import why_mail
from operations.extending import extend
from operations.indicator_collection import announce_report, close_collection
from operations.report import write_report
from operations.story_words import mail_text
from tests.story.teller import Teller, local
from tests.world import OPENING

REMINDER = """\
Mail <k3x9q27mv5t8hw4n6yc2bj7d@focal.example>
---------------------------------------------

Subject: SUBJECT
To: Pau Verd, pau@prova.example
Written: Tuesday 26 January 2027 at 09:13 (CET)
Mail to Pau Verd: accepted by the mail server at 09:13.

Why it was written
------------------

- Task 7K2M-9QXD of Àrea Salut, in collection/TST/2026-Q4. On Tuesday 26
  January 2027 at 09:13, Pau Verd was reminded, 1 working day before the due
  day, Wednesday 27 January. Missing then: 3 of 3 indicators. Away: Sofia
  Salut until Friday 29 January, with Pau Verd standing in. Before it:
  request (Monday 4 January); reminder (Tuesday 19 January). Rules:
  indicator_request, version 1.
"""


async def test_a_reminder_says_its_rule_for_whom_the_reader_stands_in_and_what_came_before(office: Teller):
    await office.open()
    await office.go_on(local(1, 20, 9))
    away = {"first_day": date(2027, 1, 25), "last_day": date(2027, 1, 29), "substitute": "pau"}
    await office.act(add_absence, "health", **away, by="coordinator", now=local(1, 20, 9))
    await office.go_on(local(1, 26, 12))
    why = await office.why("task_reminder", "pau")
    written = mail_text(why, "en").replace(why.mail.message_id, "<k3x9q27mv5t8hw4n6yc2bj7d@focal.example>")
    written = re.sub("Subject: .*", "Subject: SUBJECT", written)
    assert written.replace(why.causes[0].reference, "7K2M-9QXD") == REMINDER
    assert why.causes[0].earlier == (
        Earlier(kind="request", on=date(2027, 1, 4)),
        Earlier(kind="reminder", on=date(2027, 1, 19)),
    )


@pytest.mark.drill
async def test_one_mail_about_two_tasks_says_why_for_each(office: Teller):
    await office.open()
    await office.open(period="2026-Q3")
    await office.go_on(local(1, 19, 12))
    why = await office.why("task_reminders", "health")
    assert sorted(cause.process for cause in why.causes) == ["collection/TST/2026-Q3", "collection/TST/2026-Q4"]
    assert [cause.happening.kind for cause in why.causes if cause.happening] == ["reminder", "reminder"]


@pytest.mark.drill
async def test_an_escalation_and_its_copy_have_the_same_cause(office: Teller):
    await office.open()
    await office.go_on(local(2, 2, 12))
    to_head, copy = (
        await office.why("task_escalation", "health-head"),
        await office.why("task_escalation_copy", "health"),
    )
    assert to_head.causes == copy.causes
    assert "told that no full answer had come, 4 working days after the due day" in " ".join(
        mail_text(copy, "en").split()
    )


async def test_a_receipt_and_a_change_say_what_was_done(office: Teller):
    await office.open()
    await office.fire(OPENING)
    task = await office.task()
    await office.answer(task, "health", local(1, 5, 9), ["TST-E1-OE1-A1-I1"])
    given = {"until": date(2027, 2, 1), "reason": "It was asked late.", "by": "coordinator"}
    await office.act(extend, office.settings, task.id, **given, now=local(1, 5, 10))
    receipt, change = await office.why("task_receipt", "health"), await office.why("task_change", "health")
    assert "Sofia Salut answered 1 indicator." in mail_text(receipt, "en")
    assert "gave more time" in mail_text(change, "en")


async def test_mails_of_no_task_say_what_they_are(office: Teller):
    process_id = await office.open()
    await office.act(close_collection, process_id, by="coordinator", now=local(2, 11, 9))
    report = await office.act(write_report, process_id, now=local(2, 11, 9))
    await office.act(announce_report, office.settings, report, now=local(2, 11, 9))
    await office.act(warn_of_missing_days, office.settings, now=local(11, 2, 9))
    for name, says in (
        ("collection_report", "collection/TST/2026-Q4 was closed, and this is its report."),
        ("calendar_gap", "A calendar lacks the local days of a year"),
    ):
        async with office.database.reading() as session:
            query = select(OutgoingMail.id).where(OutgoingMail.name == name)
            why = await why_mail(session, (await session.scalars(query)).one())
        assert why.causes == ()
        assert says in mail_text(why, "en")
        assert "To: the coordination, international.office@focal.example" in mail_text(why, "en")


async def test_a_mail_is_found_by_its_id_and_its_message_id_with_or_without_brackets(office: Teller):
    await office.open()
    await office.fire(OPENING)
    async with office.database.reading() as session:
        query = select(OutgoingMail.id, OutgoingMail.message_id).where(OutgoingMail.person_code == "health")
        mail_id, message_id = (await session.execute(query)).one()
        why = await why_mail(session, mail_id)
        assert await why_mail(session, message_id) == why
        assert await why_mail(session, message_id.strip("<>")) == why
        for unknown in ("<nobody@focal.example>", uuid4()):
            with pytest.raises(Refused, match="There is no mail"):
                await why_mail(session, unknown)
