"""The mails of a task: who reads what, written once and frozen as a row of the outbox.

Each mail's key names the event it speaks of, so that the same event can never make two mails, however often
the transaction that writes it is tried.
"""

from collections.abc import Collection as Several
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert

from mail.figures import figure
from mail.message import Attachment, Envelope, build, message_id, thread_root
from mail.render import render
from models.contracts.answering import Previous
from models.contracts.mail import (
    AskedItem,
    Context,
    ReadItem,
    TaskEscalation,
    TaskEscalationCopy,
    TaskReceipt,
    TaskReminder,
    TaskRequest,
)
from models.policies.calendar import Calendar
from models.policies.people import PersonFacts, UnitFacts, escalation_target
from models.policies.period import Quarter
from models.tables.mail import OutgoingMail
from models.tables.task import Link, Step
from operations.links import new_link, token
from operations.replies import reply_address
from settings import Settings
from store.database import WriteSession
from store.people import load_persons, load_units_above
from store.task import (
    ItemFacts,
    TaskFacts,
    links_of,
    planned_escalations,
    previous_answers,
    reading_of,
    reminders_sent,
    task_facts,
    task_items,
)


@dataclass(frozen=True, slots=True)
class Briefing:
    """All that the mails about one task speak of, as the rows say it now."""

    facts: TaskFacts
    items: list[ItemFacts]
    previous: dict[UUID, Previous]
    reminders: int
    escalation: Step | None
    links: dict[tuple[UUID, str], Link]
    units: dict[str, UnitFacts]
    persons: dict[str, PersonFacts]

    @property
    def assignee(self) -> PersonFacts:
        """The person asked."""
        return self.persons[self.facts.task.assignee_code]

    def superior(self, level: int) -> PersonFacts | None:
        """Who is told at a level of escalation; None when the reporting line ends before it."""
        task = self.facts.task
        code = escalation_target(task.unit_code, task.assignee_code, self.units, level)
        return None if code is None else self.persons[code]


async def brief(session: WriteSession, task_ids: Several[UUID]) -> dict[UUID, Briefing]:
    """The briefings of some tasks, with one query per kind of fact however many tasks there are."""
    items = await task_items(session, task_ids)
    previous = await previous_answers(session, task_ids)
    reminders = await reminders_sent(session, task_ids)
    escalations = await planned_escalations(session, task_ids)
    links = await links_of(session, task_ids)
    tasks = await task_facts(session, task_ids)
    units = await load_units_above(session, {facts.unit.code for facts in tasks})
    heads = {unit.head_code for unit in units.values() if unit.head_code is not None}
    # Whoever holds a link may answer, also a head who is head no more.
    holders = {person_code for _, person_code in links}
    persons = await load_persons(session, heads | holders | {facts.task.assignee_code for facts in tasks})
    return {
        facts.task.id: Briefing(
            facts=facts,
            items=items[facts.task.id],
            previous=previous,
            reminders=reminders.get(facts.task.id, 0),
            escalation=escalations.get(facts.task.id),
            links=links,
            units=units,
            persons=persons,
        )
        for facts in tasks
    }


@dataclass(frozen=True, slots=True)
class Desk:
    """Where mails are written: the settings, the calendar of the process, and the clock's reading."""

    session: WriteSession
    settings: Settings
    calendar: Calendar
    now: datetime
    written: list[dict[str, Any]] = field(default_factory=list)

    async def hand_over(self) -> None:
        """Put what was written into the outbox, all at once; a mail whose key is there already is left out."""
        await hand_over(self.session, self.written)
        self.written.clear()

    def request(self, about: Briefing, *, late: bool) -> None:
        """Ask the person, and tell them what silence will mean."""
        reader = about.assignee
        context = TaskRequest(
            **self._task_context(about, reader),
            **self._silence(about),
            items=self._asked(about, reader),
            late=late,
        )
        self._post(about, "task_request", "request-0", reader, context, wanted_while_open=True)

    def reminder(self, about: Briefing, level: int, *, late: bool) -> None:
        """Remind the person of what is still missing."""
        reader, task = about.assignee, about.facts.task
        missing = self._asked(about, reader)
        context = TaskReminder(
            **self._task_context(about, reader),
            **self._silence(about),
            items=missing,
            answered=len(about.items) - len(missing),
            working_days_left=self.calendar.working_days_between(self.calendar.day(self.now), task.due_on),
            reminders_before=about.reminders,
            late=late,
        )
        self._post(about, "task_reminder", f"reminder-{level}", reader, context, wanted_while_open=True)

    def escalation(self, about: Briefing, level: int, *, late: bool) -> PersonFacts | None:
        """Tell the head, and tell the person that the head was told. Gives the head; None when there is none."""
        head, task = about.superior(level), about.facts.task
        if head is None:
            return None
        asked_on = self.calendar.day(task.asked_at or self.now)
        days_late = self.calendar.working_days_between(task.due_on, self.calendar.day(self.now))
        to_head = TaskEscalation(
            **self._task_context(about, head),
            items=self._asked(about, head),
            assignee_name=about.assignee.name,
            assignee_address=about.assignee.address,
            asked_on=asked_on,
            reminders_sent=about.reminders,
            working_days_late=days_late,
            late=late,
        )
        copy = TaskEscalationCopy(
            **self._task_context(about, about.assignee),
            items=self._asked(about, about.assignee),
            head_name=head.name,
            working_days_late=days_late,
        )
        step = f"escalation-{level}"
        self._post(about, "task_escalation", step, head, to_head, wanted_while_open=True)
        self._post(about, "task_escalation_copy", step, about.assignee, copy, wanted_while_open=True)
        return head

    def receipt(self, about: Briefing, person_code: str, submission_reference: str) -> None:
        """Say back to the person who answered what was understood and what is still missing."""
        reader = about.persons[person_code]
        language, naming = reader.language, about.facts.task.kind == "focal_point_naming"
        answers = tuple(
            ReadItem(
                code=line.indicator.code,
                name=line.indicator.name,
                typed=line.answer.typed,
                kind=line.answer.kind,
                reading=figure(reading_of(line.answer), line.indicator.unit, language),
            )
            for line in about.items
            if line.answer is not None
        )
        context = TaskReceipt(
            **self._task_context(about, reader),
            submission_reference=submission_reference,
            answers=answers,
            missing=() if naming else self._asked(about, reader),
            named=about.facts.task.outcome_reason if naming else None,
        )
        self._post(about, "task_receipt", submission_reference, reader, context, wanted_while_open=False)

    def _task_context(self, about: Briefing, reader: PersonFacts) -> dict[str, Any]:
        task, quarter = about.facts.task, Quarter.parse(about.facts.collection.period)
        return {
            **reader_context(self.settings, reader.language, reader.name),
            "kind": task.kind,
            "task_reference": task.reference,
            "plan_title": about.facts.plan.title,
            "plan_language": about.facts.plan.language,
            "quarter": quarter.number,
            "year": quarter.year,
            "unit_name": about.facts.unit.name,
            "due_on": task.due_on,
            "closes_on": task.closes_on,
            "link": self._link(about, reader),
        }

    def _link(self, about: Briefing, reader: PersonFacts) -> str:
        task = about.facts.task
        secret = self.settings.secret_key.get_secret_value()
        link = about.links.get((task.id, reader.code))
        if link is None:
            link = new_link(task, reader.code, about.facts.collection.closes_at, secret, self.now)
            about.links[(task.id, reader.code)] = link
            self.session.add(link)
        return f"{self.settings.answer_url}/a/{token(secret, link.id)}"

    def _silence(self, about: Briefing) -> dict[str, Any]:
        step = about.escalation
        head = None if step is None else about.superior(step.level)
        return {
            "escalates_on": step.on if step and head else None,
            "escalates_to": head.name if head else None,
        }

    def _asked(self, about: Briefing, reader: PersonFacts) -> tuple[AskedItem, ...]:
        return tuple(
            AskedItem(
                code=line.indicator.code,
                name=line.indicator.name,
                action_title=line.action.title,
                axis_title=line.axis.title,
                previous=figure(previous.reading, line.indicator.unit, reader.language)
                if (previous := about.previous.get(line.item.id))
                else None,
            )
            for line in about.items
            if line.answer is None
        )

    def _post(
        self,
        about: Briefing,
        name: str,
        step: str,
        reader: PersonFacts,
        context: Context,
        *,
        wanted_while_open: bool,
    ) -> None:
        task = about.facts.task
        own_thread = name == "task_escalation"
        mail = write(
            self.settings,
            key=f"{name}:{task.reference}:{step}:{reader.code}",
            name=name,
            context=context,
            recipient=reader,
            thread=f"{task.reference}:{reader.code}" if own_thread else task.reference,
            process_id=task.process_id,
            task_id=task.id,
            wanted_while_open=wanted_while_open,
            now=self.now,
        )
        self.written.append(mail)


def reader_context(settings: Settings, language: str, name: str) -> dict[str, str]:
    """What every mail knows of its reader and of whom to ask."""
    return {
        "language": language,
        "reader_name": name,
        "coordinator_name": settings.coordinator_name,
        "coordinator_address": settings.coordinator_address,
    }


def write(
    settings: Settings,
    *,
    key: str,
    name: str,
    context: Context,
    recipient: PersonFacts | None,
    thread: str,
    process_id: UUID,
    task_id: UUID | None,
    wanted_while_open: bool,
    now: datetime,
    attachments: tuple[Attachment, ...] = (),
) -> dict[str, Any]:
    """Write one mail and freeze it: the values of its row in the outbox.

    `recipient` None means the coordinator, who is known by the settings.
    """
    address = settings.coordinator_address if recipient is None else recipient.address
    secret = settings.secret_key.get_secret_value()
    rendered = render(name, context)
    mail_id = uuid4()
    envelope = Envelope(
        key=key,
        name=name,
        sender_name=settings.coordinator_name,
        sender_address=settings.mail_from_address,
        recipient_name=context.reader_name,
        recipient_address=address,
        reply_to=reply_address(secret, task_id, settings.mail_domain) if task_id else None,
        domain=settings.mail_domain,
        language=context.language,
        date=now,
        thread=thread_root(thread, settings.mail_domain),
        attachments=attachments,
    )
    return {
        "id": mail_id,
        "key": key,
        "name": name,
        "process_id": process_id,
        "task_id": task_id,
        "person_code": None if recipient is None else recipient.code,
        "language": context.language,
        "wanted_while_open": wanted_while_open,
        "subject": rendered.subject,
        "message_id": message_id(key, settings.mail_domain),
        "mail_from": f"b+{mail_id.hex}@{settings.mail_domain}",
        "recipient": address,
        "rfc822": build(envelope, rendered),
        "state": "ready",
        "attempts": 0,
        "created_at": now,
        "not_before": now,
    }


async def hand_over(session: WriteSession, mails: Sequence[dict[str, Any]]) -> None:
    """Put mails into the outbox; one whose key is there already is left out."""
    if mails:
        await session.execute(insert(OutgoingMail).on_conflict_do_nothing(index_elements=["key"]), mails)
