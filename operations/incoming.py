"""Mail that comes in: kept whole before it is acknowledged, then read, decided about, and acted upon.

Acting is one transaction with what is written down of the mail, so a mail that is read again after a crash has
either done nothing or all of it.
"""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from models.contracts.inbound import Decision, Examination, FoundValue, UnreadLine
from models.contracts.mail import NotRead, NotTaken
from models.contracts.matters import MatterKind
from models.contracts.refusal import DecisionRefused, Refused, TaskEnded, said, word_said
from models.tables.mail import IncomingMail, OutgoingMail
from models.tables.people import Person
from models.tables.process import Process
from models.tables.task import Task
from operations.answering import answer_by_mail
from operations.audit import record
from operations.bounces import note_bounce
from operations.examining import examine
from operations.matters import open_matter
from operations.notices import Briefing, Desk, Reply, brief
from operations.replies import task_of_address
from settings import Settings
from store.calendars import load_calendar
from store.database import WriteSession
from store.incoming import answers_to, lock_incoming, lock_waiting

ANSWERS_WITHIN = timedelta(days=1)
MOST_ANSWERS, MOST_TO_SENDER = 10, 3
"""So many mails beside receipts answer what comes about one task within a day, in all and to one sender; beyond that
something is going round in circles."""
ATTEMPTS = 5
FIRST_RETRY = timedelta(minutes=1)
FAULT_LIMIT = 500


async def receive(
    session: WriteSession,
    settings: Settings,
    *,
    raw: bytes,
    envelope_from: str,
    envelope_to: str,
    now: datetime,
) -> UUID:
    """Store one mail as it arrived and tie it to the task its address names; gives its id.

    The same bytes to the same address are one mail, however often they are handed in.
    """
    digest = hashlib.sha256(raw).hexdigest()
    task_id = task_of_address(settings.secret_key.get_secret_value(), envelope_to, settings.mail_domain)
    task = await session.get(Task, task_id) if task_id else None
    statement = (
        insert(IncomingMail)
        .values(
            id=uuid4(),
            received_at=now,
            envelope_from=envelope_from,
            envelope_to=envelope_to,
            sha256=digest,
            raw=raw,
            task_id=task.id if task else None,
            state="waiting",
            attempts=0,
            not_before=now,
        )
        .on_conflict_do_nothing(index_elements=["sha256", "envelope_to"])
        .returning(IncomingMail.id)
    )
    new_id = await session.scalar(statement)
    if new_id is None:
        known = select(IncomingMail.id).where(IncomingMail.sha256 == digest, IncomingMail.envelope_to == envelope_to)
        return (await session.scalars(known)).one()
    if task is not None:
        _record(session, "task.reply_kept", task, new_id, now)
    return new_id


async def take_in(session: WriteSession, settings: Settings, mail_id: UUID, *, now: datetime) -> Decision | None:
    """Read a mail that waits, and do what follows from it; gives the decision, None if there is nothing to do.

    Safe to run twice: a mail that was read does not wait any more, and whoever comes second leaves it alone.
    """
    mail = await lock_waiting(session, mail_id)
    if mail is None:
        return None
    found = await examine(
        session,
        settings,
        mail.raw,
        envelope_from=mail.envelope_from,
        envelope_to=mail.envelope_to,
        now=now,
        mail_id=mail.id,
    )
    _write_down(mail, found, now)
    decision = await _act(session, settings, mail, found, now)
    mail.decision, mail.state = decision, "done"
    return decision


async def begin_reading(session: WriteSession, mail_id: UUID, *, now: datetime) -> bool:
    """Count an attempt to read a mail, before anything is done with it; tells whether it is to be read.

    One that ended the process each time it was read becomes a matter for the coordinator.
    """
    mail = await lock_waiting(session, mail_id)
    if mail is None:
        return False
    if mail.attempts >= ATTEMPTS:
        await _give_up(session, mail, now)
        return False
    mail.attempts += 1
    mail.not_before = now + FIRST_RETRY * 2 ** (mail.attempts - 1)
    return True


async def put_off(session: WriteSession, mail_id: UUID, fault: str, *, now: datetime) -> None:
    """Reading a mail failed: it is tried again later, and at last becomes a matter for the coordinator."""
    mail = await lock_waiting(session, mail_id)
    if mail is None:
        return
    mail.last_error = fault[:FAULT_LIMIT].encode(errors="replace").decode().replace("\0", "")
    if mail.attempts >= ATTEMPTS:
        await _give_up(session, mail, now)


async def _give_up(session: WriteSession, mail: IncomingMail, now: datetime) -> None:
    mail.state = "failed"
    await _matter(session, "unreadable", mail, now, detail={"error": mail.last_error or "reading it did not end"})


async def read_again(session: WriteSession, mail_id: UUID, *, by: str, now: datetime) -> None:
    """Have a mail read once more, as it is read today.

    Raises:
        Refused: there is no such mail, or it was accepted, confirmed or disowned: what was said of it stands.

    """
    mail = await lock_incoming(session, mail_id)
    if mail is None:
        raise Refused(said("There is no incoming mail %(mail_id)s; see `focal inbound list`.", mail_id=mail_id))
    if mail.decision == "accepted" or mail.settled_as is not None:
        raise Refused(
            said(
                "The mail was %(state)s: it is not read again, what was said of it stands.",
                state=word_said(mail.settled_as or "accepted"),
            )
        )
    mail.state, mail.attempts, mail.not_before = "waiting", 0, now
    record(session, "mail.read_again", by=by, now=now, task_id=mail.task_id, mail=str(mail.id), before=mail.decision)


def reply_of(mail: IncomingMail, found: Examination) -> Reply:
    """A mail as the mails that answer it speak of it."""
    sheets = tuple(
        NotRead(excerpt=sheet.filename, problem=sheet.problem) for sheet in found.sheets if sheet.problem is not None
    )
    wish = found.pass_on
    read = reply_to(mail, found.values, found.unread, came_from=found.sender or "")
    return replace(read, not_read=sheets + read.not_read, passed_on_to=(wish.name or wish.address) if wish else None)


def reply_to(
    mail: IncomingMail, values: tuple[FoundValue, ...], unread: tuple[UnreadLine, ...], *, came_from: str
) -> Reply:
    """A mail with the values that were read from it and the lines that were not."""
    return Reply(
        mail_id=mail.id,
        received_at=mail.received_at,
        came_from=came_from,
        values=values,
        not_read=tuple(
            NotRead(
                excerpt=line.excerpt,
                # The line itself says where in a text it stands; a cell does not.
                place="" if line.place.startswith("line ") else line.place,
                code=line.code,
                problem=line.problem,
            )
            for line in unread
        ),
    )


def examination_of(mail: IncomingMail) -> Examination:
    """What was found out about a mail when it was read last."""
    return Examination.model_validate(mail.examination)


def _write_down(mail: IncomingMail, found: Examination, now: datetime) -> None:
    mail.content_sha256 = found.sha256
    mail.message_id, mail.sender, mail.subject = found.message_id, found.sender, found.subject
    mail.written_at = found.written_at
    mail.person_code = found.person_code
    mail.mail_class, mail.grade = found.mail_class, found.grade.letter
    mail.task_id = found.match.task_id if found.match.rank == "address" else None
    mail.reason = found.verdict.reason
    mail.examination = found.model_dump(mode="json")
    mail.examined_at = now


async def _act(
    session: WriteSession, settings: Settings, mail: IncomingMail, found: Examination, now: datetime
) -> Decision:
    """Do what the verdict says; gives the decision as it was carried out."""
    decision = found.verdict.decision
    match decision:
        case "bounced":
            await _bounced(session, mail, found, now)
        case "away_noted":
            await _away(session, mail, found, now)
        case "quarantined":
            # Strangers who name nothing of ours are one matter a day, however many there are.
            stranger = mail.person_code is None and found.match.rank == "none"
            await _matter(session, "quarantined", mail, now, key=f"strangers:{now:%Y-%m-%d}" if stranger else None)
        case "ignored" | "duplicate":
            pass
        case _:
            return await _about_task(session, settings, mail, found, now)
    return decision


async def _about_task(
    session: WriteSession, settings: Settings, mail: IncomingMail, found: Examination, now: datetime
) -> Decision:
    task = await session.get_one(Task, mail.task_id)
    decision, reply = found.verdict.decision, reply_of(mail, found)
    if decision == "accepted" and mail.person_code is not None:
        try:
            async with session.begin_nested():
                await answer_by_mail(session, settings, mail, task.id, reply, person_code=mail.person_code, now=now)
        except (TaskEnded, DecisionRefused) as over:
            # Between the look at it and taking it, the task ended, or what it is about has changed.
            decision, mail.reason = "too_late", str(over)
        else:
            await put_remarks(session, mail, found, now)
            return decision
    if decision in {"not_read", "pass_on_proposed"}:
        await _matter(session, "pass_on" if found.pass_on else "not_read", mail, now)
    if decision == "too_late" and await _came_in_time(session, mail, task):
        await _matter(session, "not_read", mail, now)  # it is we who were late
    _record(session, f"task.reply_{decision}", task, mail.id, now)
    outcome = None if decision == "held" else _outcome(found, decision)
    answered = found.verdict.answer and await _answer(session, settings, mail, task, reply, outcome, now)
    if decision == "held" and not answered:
        await _matter(session, "quarantined", mail, now)
    return decision


async def _came_in_time(session: WriteSession, mail: IncomingMail, task: Task) -> bool:
    """Whether a mail arrived before the task's process closed."""
    closed_at = (await session.get_one(Process, task.process_id)).closed_at
    return closed_at is not None and mail.received_at <= closed_at


async def put_remarks(session: WriteSession, mail: IncomingMail, found: Examination, now: datetime) -> None:
    """Put what an accepted reply says beside its values before the coordinator."""
    if found.pass_on is not None:
        await _matter(session, "pass_on", mail, now)
    elif any(line.problem == "not_understood" for line in found.unread):
        await _matter(session, "not_read", mail, now)


async def _answer(
    session: WriteSession,
    settings: Settings,
    mail: IncomingMail,
    task: Task,
    reply: Reply,
    outcome: NotTaken | None,
    now: datetime,
) -> bool:
    """Answer the person in whose name a mail came, unless they have left or were answered too often; tells whether.

    `outcome`: why nothing was taken; None when it is not certain who wrote it, so that the person asked has to confirm.
    """
    # What nobody can vouch for goes to the person who has the task, never to the address it came from.
    code = task.assignee_code if outcome is None else mail.person_code
    person = await session.get(Person, code) if code else None
    if person is None or not person.active:
        return False
    in_all, to_sender = await answers_to(session, person.code, task.id, mail.sender, now - ANSWERS_WITHIN)
    if in_all >= MOST_ANSWERS or to_sender >= MOST_TO_SENDER:
        mail.reason = f"{mail.reason} It was not answered: too many answers within a day."
        return False
    await session.flush()
    calendar = await load_calendar(session, task.calendar_code)
    about: Briefing = (await brief(session, [task.id], calendar.day(now)))[task.id]
    desk = Desk(session, settings, now)
    if outcome is None:
        desk.reply_confirmation(about, reply)
    else:
        desk.reply_not_taken(about, person.code, reply, outcome)
    await desk.hand_over()
    return True


def _outcome(found: Examination, decision: Decision) -> NotTaken:
    match decision:
        case "refused":
            return "too_large" if found.excess else "encrypted"
        case "too_late":
            return "too_late"
        case "pass_on_proposed":
            return "pass_on"
        case _:
            return "not_read"


async def _bounced(session: WriteSession, mail: IncomingMail, found: Examination, now: datetime) -> None:
    """A bounce counts only when its address proves which mail it is about."""
    if found.bounce is None or found.bounced_mail_id is None:
        mail.reason = "It names no mail of ours in a way that cannot be made up."
        return
    ours = await session.get_one(OutgoingMail, found.bounced_mail_id, with_for_update=True)
    await note_bounce(session, ours, found.bounce, incoming_mail_id=mail.id, now=now)


async def _away(session: WriteSession, mail: IncomingMail, found: Examination, now: datetime) -> None:
    """Offer the coordinator to enter an absence, or that somebody has left."""
    if found.away is None or mail.person_code is None:
        return
    kind: MatterKind = "left" if found.away.left else "away"
    # The same person's mail program says the same to every mail: told once.
    spell = (found.away.first_day, found.away.last_day)
    key = f"{kind}:{mail.person_code}:{spell[0]}:{spell[1]}" + ("" if any(spell) else f":{now:%Y-%m}")
    await _matter(session, kind, mail, now, key=key, detail=found.away.model_dump(mode="json"))


async def _matter(
    session: WriteSession,
    kind: MatterKind,
    mail: IncomingMail,
    now: datetime,
    *,
    key: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    await open_matter(
        session,
        key=key or f"{kind}:{mail.id}",
        kind=kind,
        now=now,
        person_code=mail.person_code,
        task_id=mail.task_id,
        incoming_mail_id=mail.id,
        detail=detail,
    )


def _record(session: WriteSession, action: str, task: Task, mail_id: UUID, now: datetime) -> None:
    record(session, action, by="mail", now=now, process_id=task.process_id, task_id=task.id, mail=str(mail_id))
