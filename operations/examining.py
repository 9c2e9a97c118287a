"""Looks at a mail that came in: everything that can be known of it, from its bytes and the rows of the moment.

Nothing is stored here, so every step can be done again; `operations.incoming` acts on the verdict.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from mail.inbound.authentication import grade
from mail.inbound.away import read_away
from mail.inbound.bounces import read_bounce
from mail.inbound.classify import classify
from mail.inbound.fingerprint import content_hash
from mail.inbound.opening import open_mail
from mail.inbound.passing_on import read_wish
from mail.inbound.reply_text import split_reply
from mail.inbound.scan import scan
from mail.inbound.sheets import read_sheets
from mail.inbound.values import read_values
from models.contracts.inbound import (
    AskedEntry,
    Examination,
    Match,
    Opened,
    PassOnWish,
    SheetRead,
    Split,
    UnreadLine,
    ValuesRead,
)
from models.contracts.mail import Language
from models.contracts.refusal import Refused, said, word_said
from models.policies.questions import BY_REPLY
from models.policies.replies import PROVEN, ReplyFacts, decide, together
from models.tables.mail import OutgoingMail
from models.tables.people import Person
from models.tables.task import Task
from operations.attachments import entries
from operations.heading import accepting
from operations.references import ALPHABET
from operations.replies import mail_of_address, task_of_address
from settings import Settings
from store.database import ReadSession
from store.incoming import active_person, answered_mail, came_before, person_of_address, task_of_reference
from store.task import links_of, previous_answers, task_facts, task_items

HEAD_LIMIT = 64 * 1024
"""Of a mail beyond the limits only so much is looked at: enough to know who wrote it."""
MAY_ANSWER = frozenset({"human", "list", "automatic"})
"""Classes whose text is read: gateways and shared mailboxes make what a person wrote look like a machine's."""
SAID_LIMIT = 10_000
"""Characters of a reply's own words that are kept beside the raw mail."""
NOTES = 20
"""Most lines that are kept of what could not be read."""
_REFERENCE = re.compile(rf"\b[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}\b")


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a reply says of its task."""

    said: str
    body: ValuesRead
    sheets: tuple[SheetRead, ...]
    pass_on: PassOnWish | None


async def examine(
    session: ReadSession,
    settings: Settings,
    raw: bytes,
    *,
    envelope_from: str | None,
    envelope_to: str,
    now: datetime,
    mail_id: UUID | None = None,
) -> Examination:
    """All that is known of a mail. `mail_id`: its row, if it has one, so that it is no duplicate of itself.

    Never raises for what a mail holds.
    """
    excess = scan(raw)
    opened = await asyncio.to_thread(open_mail, raw if excess is None else _head(raw))
    classified = classify(opened, envelope_from=envelope_from, own_domain=settings.mail_domain)
    sender = opened.senders[0].address if len(opened.senders) == 1 else None
    person = await person_of_address(session, sender) if sender else None
    match, ours = await _match(session, settings, opened, envelope_to)
    task = await session.get(Task, match.task_id) if match.task_id else None
    vouched = grade(opened, server=settings.authentication_server)
    digest = await asyncio.to_thread(content_hash, raw)
    found: dict[str, Any] = {}
    values, expected, state = ValuesRead(values=(), unread=()), False, _NO_TASK
    if task is not None:
        expected, state = await _standing(session, task, person)
    if classified.mail_class in MAY_ANSWER and excess is None:
        reading = await _read(session, opened, task, person)
        values = together(reading.body, reading.sheets)
        if len(_tasks_named(settings, opened, envelope_to)) > 1:
            values = _by_code(values)
        found = {"said": reading.said[:SAID_LIMIT], "sheets": reading.sheets, "pass_on": reading.pass_on}
    again = await came_before(
        session,
        digest,
        same=(opened.message_id, found["said"]) if opened.message_id and found.get("said") else None,
        task_id=task.id if task and match.rank == "address" else None,
        envelope_to=envelope_to,
        mail_id=mail_id,
        proven=expected and vouched.letter in PROVEN,
    )
    if classified.mail_class == "bounce":
        found |= {"bounce": read_bounce(opened), "bounced_mail_id": ours.id if ours else None}
    whose = person
    if classified.mail_class == "away":
        found["away"] = read_away(opened, today=now.date())
        if ours is not None and ours.person_code is not None:
            # It answers a mail to that person, whatever address it speaks from.
            whose = await active_person(session, ours.person_code)
    verdict = decide(
        ReplyFacts(
            duplicate=again,
            mail_class=classified.mail_class,
            excess=excess,
            encrypted="encrypted" in opened.trouble,
            rank=match.rank,
            task=state.task,
            figures=state.figures,
            expected=expected,
            grade=vouched.letter,
            values=bool(values.values),
            pass_on=found.get("pass_on") is not None,
        )
    )
    return Examination(
        sha256=digest,
        size=len(raw),
        excess=excess,
        sender=sender,
        subject=opened.subject,
        message_id=opened.message_id,
        written_at=opened.written_at,
        mail_class=classified.mail_class,
        sign=classified.sign,
        match=match,
        person_code=whose.code if whose else None,
        expected=expected,
        grade=vouched,
        values=values.values,
        unread=values.unread[:NOTES],
        attachments=tuple(attached.filename for attached in opened.attachments),
        trouble=opened.trouble,
        verdict=verdict,
        **found,
    )


@dataclass(frozen=True, slots=True)
class _Standing:
    """Whether answers to a task still count, and whether figures are asked in it."""

    task: Literal["none", "open", "over"]
    figures: bool


_NO_TASK = _Standing("none", figures=False)


def _head(raw: bytes) -> bytes:
    """The headers of a mail, as a mail without text; of endless ones the beginning."""
    head = raw[:HEAD_LIMIT].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return head + b"\n\n"


async def _match(
    session: ReadSession, settings: Settings, opened: Opened, envelope_to: str
) -> tuple[Match, OutgoingMail | None]:
    """Which task a mail belongs to, and which of our mails its address proves it to be about.

    Message-IDs stand in every quote: whoever knows one knows no secret, so they only hint at a task.
    """
    secret, domain = settings.secret_key.get_secret_value(), settings.mail_domain
    for address in (envelope_to, *opened.recipients):
        named = task_of_address(secret, address, domain)
        if named is not None and await session.get(Task, named) is not None:
            return await _by("address", named, session), None
        about = mail_of_address(secret, address, domain)
        ours = await session.get(OutgoingMail, about) if about is not None else None
        if ours is not None:
            return await _by("references", ours.task_id, session), ours
    answered = await answered_mail(session, opened.references) if opened.references else None
    if answered is not None and answered.task_id is not None:
        return await _by("references", answered.task_id, session), None
    printed = await task_of_reference(session, _REFERENCE.findall(opened.subject.upper()))
    if printed is not None:
        return await _by("subject", printed.id, session), None
    return Match(rank="none", task_id=None, task_reference=None), None


def _tasks_named(settings: Settings, opened: Opened, envelope_to: str) -> set[UUID]:
    """The tasks whose addresses a mail was sent to."""
    secret, domain = settings.secret_key.get_secret_value(), settings.mail_domain
    named = (task_of_address(secret, address, domain) for address in (envelope_to, *opened.recipients))
    return {task_id for task_id in named if task_id is not None}


def _by_code(read: ValuesRead) -> ValuesRead:
    """Of a mail to several tasks, the values whose code was written: a bare number could mean any of them."""
    named = [value for value in read.values if value.code in "".join(value.excerpt.upper().split())]
    bare = [
        UnreadLine(place=value.place, excerpt=value.excerpt, problem="unknown_code")
        for value in read.values
        if value not in named
    ]
    return ValuesRead(values=tuple(named), unread=(*read.unread, *bare))


async def _by(rank: Literal["address", "references", "subject"], task_id: UUID | None, session: ReadSession) -> Match:
    task = await session.get(Task, task_id) if task_id else None
    if task is None:
        return Match(rank="none", task_id=None, task_reference=None)
    return Match(rank=rank, task_id=task.id, task_reference=task.reference)


async def _standing(session: ReadSession, task: Task, person: Person | None) -> tuple[bool, _Standing]:
    """Whether a person may answer a task, and how the task stands."""
    (facts,) = await task_facts(session, [task.id])
    links = (await links_of(session, [task.id])).values()
    holders = {link.person_code for link in links if link.revoked_at is None} | {task.assignee_code}
    over: Literal["open", "over"] = "open" if accepting(facts) else "over"
    return person is not None and person.code in holders, _Standing(over, figures=task.kind in BY_REPLY)


async def _read(session: ReadSession, opened: Opened, task: Task | None, person: Person | None) -> _Reading:
    """The reply's own words, and what they and its tables say of the task."""
    split = await asyncio.to_thread(split_reply, opened.text)
    said = "\n".join(line for _, line in split.said)
    wish = read_wish(split)
    if task is None or task.kind not in BY_REPLY:
        return _Reading(said, ValuesRead(values=(), unread=()), (), wish)
    speaker = person if person is not None else await session.get_one(Person, task.assignee_code)
    asked = await asked_entries(session, task.id, speaker.language)
    body, sheets = await asyncio.to_thread(_read_all, split, opened, asked, speaker.language, task.reference)
    return _Reading(said, body, sheets, wish)


async def read_for(session: ReadSession, raw: bytes, task: Task, person: Person) -> ValuesRead:
    """What a mail says of a task that somebody ties it to, as a person's answer.

    Raises:
        Refused: it is beyond the limits of what is read.

    """
    if (excess := scan(raw)) is not None:
        raise Refused(said("The mail is beyond the limits of what is read (%(excess)s).", excess=word_said(excess)))
    reading = await _read(session, await asyncio.to_thread(open_mail, raw), task, person)
    return together(reading.body, reading.sheets)


def _read_all(
    split: Split, opened: Opened, asked: Sequence[AskedEntry], language: Language, reference: str
) -> tuple[ValuesRead, tuple[SheetRead, ...]]:
    body = read_values(split, asked, language)
    return body, read_sheets(opened.attachments, asked, language, task_reference=reference)


async def asked_entries(session: ReadSession, task_id: UUID, language: Language) -> tuple[AskedEntry, ...]:
    """The items of a task as a reply may name them."""
    items = await task_items(session, [task_id])
    return entries(items[task_id], await previous_answers(session, [task_id]), language)
