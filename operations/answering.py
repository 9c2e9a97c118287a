"""Answering a task through one's link: open it, save what is typed, check it, send it.

Sending is one transaction: the submission as it arrived, the answers read from it, the state of the task, its
plan, the receipt and the record. It needs no Temporal.
"""

import hashlib
import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert

from mail.question_words import option_label
from models.contracts.answering import Confirmation, Entry, Form, LinkHolder, Problem, Reading, Typed
from models.contracts.mail import Language, TaskKind
from models.contracts.problems import ProblemCode
from models.contracts.refusal import Refused, said, word_said
from models.policies.answers import WORDS_LIMIT, Unread
from models.policies.calendar import Calendar
from models.policies.call_project import agreement_problems
from models.policies.questions import QUESTIONS, question_of, read_answer, read_indicator
from models.tables.mail import IncomingMail
from models.tables.people import Person
from models.tables.task import Answer, Draft, Item, Link, Submission, Task
from operations.audit import record
from operations.call_answers import follow_answer
from operations.decisions import take_decision
from operations.ending import drop_decisions
from operations.heading import accepting, fields_of, read_heading
from operations.item_words import item_hint, item_name
from operations.links import token_hash
from operations.notices import Desk, Reply, brief
from operations.references import new_reference
from operations.tasks import take
from settings import Settings
from store.calendars import load_calendar
from store.database import ReadSession, WriteSession
from store.history import earlier_answers
from store.incoming import overtaken
from store.submissions import find_sent_by_mail, first_sent
from store.task import (
    ItemFacts,
    TaskFacts,
    lock_task,
    poke_if_needed,
    reading_of,
    returned_answers,
    task_facts,
    task_items,
)


class LinkUnusable(Exception):  # noqa: N818 - an answer to the visitor, not a fault
    """The link is unknown, cut short, forged, expired, revoked, or of somebody who has left: nobody is told which."""


class DraftChanged(Exception):  # noqa: N818
    """What was checked is no longer what would be sent; nothing was sent."""


class CollectionClosed(Exception):  # noqa: N818
    """The last day is over; nothing more is taken."""


async def open_link(session: ReadSession, token: str, *, now: datetime) -> LinkHolder:
    """Whose link a token is.

    Raises:
        LinkUnusable: it opens nothing.

    """
    return await _holder(session, Link.token_hash == token_hash(token), now=now)


async def open_own(session: ReadSession, person_code: str, reference: str, *, now: datetime) -> LinkHolder:
    """The way into a task of a person who is signed in: what their link would open, and nothing else.

    Raises:
        LinkUnusable: they were never asked, or their link is over.

    """
    return await _holder(session, Link.person_code == person_code, Task.reference == reference, now=now)


async def _holder(session: ReadSession, *which: ColumnElement[bool], now: datetime) -> LinkHolder:
    row = (
        await session.execute(
            select(Link, Task, Person)
            .join(Task, Task.id == Link.task_id)
            .join(Person, Person.code == Link.person_code)
            .where(*which, Link.revoked_at.is_(None), Link.expires_at > now, Person.active)
            .limit(1)
        )
    ).one_or_none()
    if row is None:
        raise LinkUnusable
    link, task, person = row
    return LinkHolder(
        link_id=link.id,
        task_id=task.id,
        task_reference=task.reference,
        task_kind=task.kind,
        person_code=person.code,
        reader_name=person.name,
        language=person.language,
        at=now,
    )


async def read_form(session: ReadSession, holder: LinkHolder, *, settings: Settings) -> Form:
    """The form of a task, with what was saved and what stands."""
    (facts,) = await task_facts(session, [holder.task_id])
    heading = await read_heading(session, facts, holder, settings)
    items = (await task_items(session, [holder.task_id]))[holder.task_id]
    earlier = await earlier_answers(session, holder.task_id)
    returned = await returned_answers(session, holder.task_id)
    draft = await session.get(Draft, holder.task_id)
    saved = draft.fields if draft else {}
    entries = tuple(
        Entry(
            **_asked(line, holder.page_language),
            earlier=earlier.get(line.item.id, ()),
            typed=Typed.model_validate(saved.get(str(line.item.id), {})),
            answer=reading_of(line.answer) if line.answer else None,
            by_mail=line.answer is not None and line.answer.found is not None,
            returned_note=line.item.returned_note,
            returned=reading_of(returned[line.item.id]) if line.item.id in returned else None,
        )
        for line in items
    )
    calendar = await load_calendar(session, facts.task.calendar_code)
    return Form(
        **fields_of(heading),
        today=await _days_after(session, holder.task_id, calendar, holder.at),
        entries=entries,
        draft_version=draft.version if draft else 0,
        saved_at=draft.saved_at if draft and any(entry.typed != Typed() for entry in entries) else None,
    )


async def _days_after(session: ReadSession, task_id: UUID, calendar: Calendar, now: datetime) -> date:
    """The day after which days lie that are given in an answer: of the first one to the task, also when corrected.

    What was promised then may be over by now, and a day without a year stays the one that it was.
    """
    return calendar.day((await first_sent(session, [task_id])).get(task_id, now))


def _asked(line: ItemFacts, language: Language) -> dict[str, Any]:
    """The fields of an entry that say what is asked."""
    question = line.question
    shared = {
        "item_id": line.item.id,
        "code": line.code,
        "name": item_name(line, language),
        "unit": line.unit,
        "known": line.known,
        "cumulative": line.indicator.cumulative if line.indicator else False,
        "action_title": line.action_title,
        "axis_title": line.axis_title,
    }
    if question is None:
        return shared
    return shared | {
        "question": question.key,
        "hint": item_hint(line, language),
        "required": line.item.required,
        "options": tuple((option.key, option_label(option.key, language)) for option in question.options),
        "other": question.other,
    }


async def save_draft(session: WriteSession, holder: LinkHolder, fields: Mapping[UUID, Typed], *, now: datetime) -> int:
    """Keep what is typed, right or wrong, as it is; gives the new version of the draft.

    Only the task's own entries are kept, and of a field that exceeds its limit nothing, for the page that was
    sent back still shows it.
    """
    own = await session.scalars(select(Item.id).where(Item.task_id == holder.task_id))
    kept = {
        str(item_id): fields[item_id].model_dump()
        for item_id in own
        if item_id in fields and max(len(fields[item_id].value), len(fields[item_id].reason)) <= WORDS_LIMIT
    }
    statement = insert(Draft).values(task_id=holder.task_id, version=1, fields=kept, saved_at=now)
    version = await session.scalar(
        statement.on_conflict_do_update(
            index_elements=["task_id"],
            set_={"version": Draft.version + 1, "fields": kept, "saved_at": now},
        ).returning(Draft.version)
    )
    return int(version or 1)


def _read(kind: TaskKind, entry: Entry, language: Language, today: date) -> Reading | Unread | None:
    """How what is typed into an entry reads."""
    if entry.question:
        return read_answer(question_of(kind, entry.question), entry.typed, language, today)
    return read_indicator(entry.unit, entry.typed, language, entry.known)


def _read_line(line: ItemFacts, typed: Typed, language: Language, today: date) -> Reading | Unread | None:
    """How an answer to an item reads that somebody gives for somebody else."""
    question = line.question
    if question is not None:
        return read_answer(question, typed, language, today)
    return read_indicator(line.unit, typed, language, line.known)


def check(form: Form) -> tuple[Mapping[UUID, Reading], tuple[Problem, ...]]:
    """How each entry reads, and what has to be corrected; entries left empty are in neither."""
    readings: dict[UUID, Reading] = {}
    problems: list[Problem] = []
    for entry in form.entries:
        read = _read(form.holder.task_kind, entry, form.holder.language, form.today)
        if isinstance(read, Unread):
            problems.append(
                Problem(
                    item_id=entry.item_id,
                    field=read.field,
                    code=read.code,
                    length=read.length,
                    limit=read.limit,
                )
            )
        elif read is not None:
            readings[entry.item_id] = read
    if not problems:
        stands = {entry.code: readings.get(entry.item_id, entry.answer) for entry in form.entries}
        ids = {entry.code: entry.item_id for entry in form.entries}
        at_odds = _at_odds(form.holder.task_kind, stands)
        problems += [Problem(item_id=ids[code], field="value", code=problem) for code, problem in at_odds.items()]
    return readings, tuple(problems)


def _at_odds(kind: TaskKind, stands: Mapping[str, Reading | None]) -> dict[str, ProblemCode]:
    """Which answers to one task, by code, cannot be together: those given now with those that stand."""
    if kind != "grant_agreement":
        return {}
    return agreement_problems({code: reading for code, reading in stands.items() if reading is not None})


async def submit(
    session: WriteSession,
    holder: LinkHolder,
    *,
    draft_version: int,
    raw: bytes,
    now: datetime,
    settings: Settings,
) -> Confirmation:
    """Send the draft that was checked.

    Raises:
        DraftChanged: it is another version now, or it does not read any more.
        CollectionClosed: the last day is over.
        DecisionRefused: see `take_decision`.

    """
    task, _ = await lock_task(session, holder.task_id)
    (facts,) = await task_facts(session, [task.id])
    if not accepting(facts):
        raise CollectionClosed
    form = await read_form(session, holder, settings=settings)
    readings, problems = check(form)
    if form.draft_version != draft_version or problems or not readings:
        raise DraftChanged
    submission = await keep_submission(session, task, holder.person_code, raw, now)
    confirmation = await _take_answers(session, settings, facts, submission, readings, now)
    # The row stays, so that its version goes on rising: an old window's version never comes again. What was saved
    # in another window since is no part of this answer and stays.
    emptied = {"fields": {}, "version": Draft.version + 1}
    sent = (Draft.task_id == task.id, Draft.version == draft_version)
    await session.execute(update(Draft).where(*sent).values(emptied))
    return confirmation


async def answer_on_behalf(
    session: WriteSession,
    settings: Settings,
    task_id: UUID,
    values: Mapping[str, Typed],
    *,
    person_code: str,
    by: str,
    now: datetime,
) -> Confirmation:
    """Take an answer that somebody gave otherwise (by telephone, on paper); `values` by indicator code.

    It counts as the person's own and says who entered it; the person gets the receipt. `by`: who enters it.

    Raises:
        TaskEnded: the task was waived or expired, or its process is closed.
        Refused: the person is unknown, an indicator is not of this task, or a value cannot be read; each one named.

    """
    taken = await take(session, task_id, also_answered=True)
    task, facts = taken.task, taken.facts
    if task.kind not in QUESTIONS.keys() | {"indicator_request"}:
        raise Refused(said("Task %(task)s asks for no figures: it is answered through its link.", task=task.reference))
    person = await session.get(Person, person_code)
    if person is None:
        raise Refused(said("There is no person “%(person)s”.", person=person_code))
    lines = {line.code.upper(): line for line in (await task_items(session, [task_id]))[task_id]}
    today = await _days_after(session, task_id, taken.calendar, now)
    readings: dict[UUID, Reading] = {}
    problems = []
    for code, typed in values.items():
        line = lines.get(code.strip().upper())
        if line is None:
            problems.append(said("%(code)s: task %(task)s does not ask for it.", code=code, task=task.reference))
            continue
        read = _read_line(line, typed, person.language, today)
        if read is None or isinstance(read, Unread):
            why = word_said(read.code if read else "empty")
            problems.append(
                said(
                    "%(code)s: “%(value)s” cannot be taken (%(why)s).",
                    code=code,
                    value=typed.value or typed.reason,
                    why=why,
                )
            )
        else:
            readings[line.item.id] = read
    if not problems:
        stands = {line.code: reading_of(line.answer) for line in lines.values() if line.answer is not None}
        stands |= {line.code: readings[line.item.id] for line in lines.values() if line.item.id in readings}
        at_odds = _at_odds(task.kind, stands)
        problems = [
            said("%(code)s cannot be taken (%(problem)s).", code=code, problem=word_said(problem))
            for code, problem in at_odds.items()
        ]
    if problems:
        raise Refused(*problems)
    if not readings:
        raise Refused(said("Give at least one value."))
    raw = json.dumps({code: typed.model_dump() for code, typed in values.items()}, ensure_ascii=False).encode()
    submission = await keep_submission(session, task, person_code, raw, now, entered_by=by)
    return await _take_answers(session, settings, facts, submission, readings, now)


async def answer_by_mail(
    session: WriteSession,
    settings: Settings,
    mail: IncomingMail,
    task_id: UUID,
    reply: Reply,
    *,
    person_code: str,
    now: datetime,
    entered_by: str | None = None,
) -> Confirmation:
    """Take what was read from a reply as the answer of a person; the receipt says back what was understood.

    What a mail written later has said already stands, though this one arrived after it. A mail is an answer at most
    once, however often it is read. `entered_by`: who vouches for it, where the mail did not prove its writer.

    Raises:
        TaskEnded: the task was waived or expired, or its process is closed.

    """
    known = await find_sent_by_mail(session, mail.id)
    if known is not None:
        return Confirmation(
            submission_reference=known.reference,
            received_at=known.received_at,
            answered=known.answered,
            missing=known.missing,
        )
    taken = await take(session, task_id, also_answered=True)
    task, facts = taken.task, taken.facts
    own = {line.item.id for line in (await task_items(session, [task_id]))[task_id]}
    values = {value.item_id: value for value in reply.values if value.item_id in own}
    outdated = await overtaken(session, task_id, mail.written_at, now) & values.keys() if mail.written_at else set()
    raw = json.dumps([value.model_dump(mode="json") for value in values.values()], ensure_ascii=False).encode()
    submission = await keep_submission(session, task, person_code, raw, now, entered_by=entered_by, mail_id=mail.id)
    readings = {item_id: value.reading for item_id, value in values.items() if item_id not in outdated}
    found = {
        item_id: value.model_dump(mode="json", include={"where", "place", "excerpt", "certainty"})
        for item_id, value in values.items()
    }
    return await _take_answers(
        session, settings, facts, submission, readings, now, by_mail=ByMail(reply, found, outdated)
    )


@dataclass(frozen=True, slots=True)
class ByMail:
    """Of an answer that came by mail: what was read, where each value was found, and which came too late."""

    reply: Reply
    found: Mapping[UUID, dict[str, Any]]
    outdated: AbstractSet[UUID]


async def _take_answers(
    session: WriteSession,
    settings: Settings,
    facts: TaskFacts,
    submission: Submission,
    readings: Mapping[UUID, Reading],
    now: datetime,
    *,
    by_mail: ByMail | None = None,
) -> Confirmation:
    """Let readings stand, bring the task to its new state, put it on record, write the receipt, wake the follow-up."""
    task, before = facts.task, facts.task.state
    await take_decision(session, task, submission, readings, now)
    missing = await _store(session, task.id, submission.id, readings, by_mail.found if by_mail else {})
    await follow_answer(session, task, now)
    task.state = "partly_answered" if missing else "answered"
    if not missing:
        task.answered_at = task.answered_at or now
        await drop_decisions(session, [task.id], now)
    record(
        session,
        "task.answered",
        by=submission.entered_by or submission.person_code,
        now=now,
        process_id=task.process_id,
        task_id=task.id,
        submission=submission.reference,
        person=submission.person_code,
        before=before,
        after=task.state,
        answered=len(readings),
        missing=missing,
    )
    await session.flush()
    calendar = await load_calendar(session, task.calendar_code)
    about = (await brief(session, [task.id], calendar.day(now)))[task.id]
    desk = Desk(session, settings, now)
    if by_mail is None:
        desk.receipt(about, submission.person_code, submission.reference, entered_by=submission.entered_by)
    else:
        desk.reply_receipt(
            about,
            submission.person_code,
            submission.reference,
            by_mail.reply,
            outdated=by_mail.outdated,
            entered_by=submission.entered_by,
        )
    await desk.hand_over()
    await poke_if_needed(session, facts.task_set, now)
    return Confirmation(
        submission_reference=submission.reference,
        received_at=now,
        answered=about.answered,
        missing=missing,
    )


async def keep_submission(
    session: WriteSession,
    task: Task,
    person_code: str,
    raw: bytes,
    now: datetime,
    *,
    entered_by: str | None = None,
    mail_id: UUID | None = None,
) -> Submission:
    """Keep an answer as it arrived, under a reference of its own: the evidence for every figure read from it.

    `entered_by`: who entered it on the person's behalf. `mail_id`: the mail it came in.
    """
    spoken = "coordinator" if entered_by else "form"
    submission = Submission(
        id=uuid4(),
        reference=new_reference(),
        task_id=task.id,
        person_code=person_code,
        channel="mail" if mail_id else spoken,
        incoming_mail_id=mail_id,
        entered_by=entered_by,
        received_at=now,
        raw=raw,
        sha256=hashlib.sha256(raw).hexdigest(),
    )
    session.add(submission)
    await session.flush()
    return submission


async def _store(
    session: WriteSession,
    task_id: UUID,
    submission_id: UUID,
    readings: Mapping[UUID, Reading],
    found: Mapping[UUID, dict[str, Any]],
) -> int:
    """Keep each answer, let it stand for its item, and count the items that are still missing."""
    items = (await session.scalars(select(Item).where(Item.task_id == task_id))).all()
    answers = {
        item_id: Answer(
            id=uuid4(), submission_id=submission_id, item_id=item_id, found=found.get(item_id), **reading.model_dump()
        )
        for item_id, reading in readings.items()
    }
    session.add_all(answers.values())
    await session.flush()
    for item in items:
        if item.id in answers:
            item.answer_id, item.returned_note = answers[item.id].id, None
    return sum(item.answer_id is None and item.required for item in items)
