"""What happened to a task, what happens next, when, and what would stop it; and why a mail was written.

Told from the rows alone: nothing is remembered for it but what everything else needs as well.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from models.contracts.mail import Earlier
from models.contracts.refusal import Refused, said
from models.contracts.story import Away, MailCause, MailStory, Noticed, Stop, Story, Upcoming
from models.policies.people import Reached
from models.policies.questions import QUESTIONS
from models.tables.mail import OutgoingMail
from models.tables.people import Person
from models.tables.process import Process
from models.tables.task import Step
from operations.story_record import INSTANT, Record, load_record, story_mail
from operations.subjects import load_subjects
from store.calendars import load_calendar
from store.database import ReadSession
from store.people import load_presence
from store.story import find_mail

QUESTIONS_AND_FIGURES = QUESTIONS.keys() | {"indicator_request"}
"""Kinds whose answers can be corrected as long as their process is open."""


async def explain(session: ReadSession, task_id: UUID, *, now: datetime) -> Story:
    """The story of a task as the rows tell it at an instant; what is to come, as things stand."""
    record = await load_record(session, task_id)
    task, facts, planning = record.task, record.rows.facts, record.planning
    process = facts.process
    items = {task_id: record.rows.items}
    subject = (await load_subjects(session, [facts], items, planning.calendar.day(now)))[task_id]
    wish = record.wish()
    planned = [step for step in planning.steps if step.state == "planned"]
    return Story(
        **_told(record),
        policy_version=task.policy_version,
        missing=sum(line.missing for line in record.rows.items),
        plan_title=facts.plan.title,
        **subject.fields(facts.assignee.language),
        asked=facts.assignee.name,
        asked_by=wish.by if wish and task.about_id else record.name(facts.process.opened_by),
        wish=wish,
        state=task.state,
        due_on=task.due_on,
        earlier_due=tuple(change.before for change in record.due_changes),
        closes_on=task.closes_on,
        more_time_until=record.more_time_until(),
        correctable=task.state == "answered" and process.state == "open" and task.kind in QUESTIONS_AND_FIGURES,
        process_closes_on=planning.calendar.day(process.closes_at - INSTANT) if process.closes_at else None,
        silence=planning.policy.silence,
        zone=planning.calendar.zone.key,
        happened=record.happened(),
        next=tuple([await _upcoming(session, record, step, now) for step in planned]),
    )


def _told(record: Record) -> dict[str, Any]:
    """What is told of a task wherever it is spoken of, but the version of its rules."""
    task, facts = record.task, record.rows.facts
    return {
        "reference": task.reference,
        "kind": task.kind,
        "items": len(record.rows.items),
        "unit_name": facts.unit.name,
        "process": facts.process.reference,
        "about": record.rows.others[task.about_id].reference if task.about_id else None,
        "opens_on": task.opens_on,
        "policy": task.policy,
    }


async def _upcoming(session: ReadSession, record: Record, step: Step, now: datetime) -> Upcoming:
    """A planned step, with whoever would get it on its day."""
    task, calendar, fallback = record.task, record.planning.calendar, record.planning.policy.fallback
    persons = {task.assignee_code, *([fallback] if fallback else [])}
    presence = await load_presence(session, {task.unit_code}, persons, calendar.day(step.at))
    reached = asked = presence.addressee(task.unit_code, task.assignee_code, fallback)
    copies: tuple[str | None, ...] = ()
    if step.kind == "escalation":
        reached = presence.told(task.unit_code, task.assignee_code, step.level, fallback)
        copies = (asked.person_code,) if asked.person_code not in {None, reached.person_code} else ()
    elif step.kind == "expiry":
        reached = Reached(None)
    return Upcoming(
        kind=step.kind,
        at=record.local(step.at),
        to=record.name(reached.person_code),
        level=step.level,
        reason=record.reason(step),
        path=tuple(
            Away(
                name=record.rows.names[away.person_code],
                until=away.until,
                stands_in=record.rows.names.get(away.substitute_code or ""),
            )
            for away in reached.path
        ),
        copies=tuple(record.name(code) for code in copies),
        overdue=step.at < now,
        stops=_stops(record, step),
    )


def _stops(record: Record, step: Step) -> tuple[Stop, ...]:
    """What would keep a step from coming, or move it."""
    stops: list[Stop] = []
    if record.task.kind == "extension_decision":
        stops += ["decision", "main_task_ends"]
    else:
        stops.append("answer")
        if step.kind != "request" and record.more_time_until() is not None:
            stops.append("more_time")
    if step.kind != "expiry":
        stops.append("pause")
    return (*stops, "waiving", "closing")


async def why_mail(session: ReadSession, sought: UUID | str) -> MailStory:
    """Why a mail was written, by its id or its Message-ID (with or without angle brackets).

    Raises:
        Refused: there is none.

    """
    mail = await find_mail(session, sought)
    if mail is None:
        raise Refused(
            said("There is no mail “%(sought)s”: give the Message-ID from its headers, or its id.", sought=sought)
        )
    process = await session.get(Process, mail.process_id) if mail.process_id else None
    calendar = await load_calendar(session, process.calendar_code) if process else None
    reader = await session.get(Person, mail.person_code) if mail.person_code else None
    task_ids = [task_id for task_id in (mail.task_id, *mail.also_about) if task_id is not None]
    return MailStory(
        mail=story_mail(mail, reader.name if reader else None, calendar),
        subject=mail.subject,
        address=mail.recipient,
        written_at=calendar.local(mail.created_at) if calendar else mail.created_at,
        process=process.reference if process else None,
        causes=tuple([_cause(await load_record(session, task_id), mail) for task_id in task_ids]),
    )


def _cause(record: Record, mail: OutgoingMail) -> MailCause:
    """What made a mail, of one of the tasks it speaks of."""
    happened = record.happened()
    made_by = [each for each in happened if any(one.message_id == mail.message_id for one in each.mails)]
    return MailCause(
        **_told(record),
        policy_version=record.version_at(mail.created_at),
        happening=made_by[0] if made_by else None,
        earlier=tuple(
            Earlier(kind=each.kind, on=each.at.date())
            for each in happened
            if isinstance(each, Noticed) and each.at < mail.created_at
        ),
    )
