"""A reply of unproven origin: the person in whose name it came says through their link whether it is theirs.

Looking at it changes nothing, so that programs that open links in mails do no harm.
"""

from datetime import datetime
from typing import TypeGuard
from uuid import UUID

from models.contracts.answering import Confirmation, LinkHolder
from models.contracts.confirming import RepliedEntry, RepliedNote, ReplyForm
from models.contracts.refusal import Refused, said, word_said
from models.tables.mail import IncomingMail
from models.tables.people import Person
from operations.answering import CollectionClosed, LinkUnusable, answer_by_mail
from operations.audit import record
from operations.examining import asked_entries, read_for
from operations.heading import accepting, fields_of, read_heading
from operations.incoming import examination_of, put_remarks, reply_of, reply_to
from operations.matters import open_matter
from settings import Settings
from store.calendars import load_calendar
from store.database import ReadSession, WriteSession
from store.incoming import lock_incoming
from store.task import lock_task, task_facts


class ReplySettled(Exception):  # noqa: N818 - an answer to the visitor, not a fault
    """Somebody has said already whether it is theirs; nothing was changed."""


async def read_reply(session: ReadSession, holder: LinkHolder, mail_id: UUID, *, settings: Settings) -> ReplyForm:
    """The page of a held reply, for the holder of a link into its task.

    Raises:
        LinkUnusable: there is no such reply to this task.

    """
    mail = await session.get(IncomingMail, mail_id)
    if not _is_held(mail, holder):
        raise LinkUnusable
    (facts,) = await task_facts(session, [holder.task_id])
    heading = await read_heading(session, facts, holder, settings)
    calendar = await load_calendar(session, facts.task.calendar_code)
    asked = {entry.item_id: entry for entry in await asked_entries(session, holder.task_id, holder.page_language)}
    reply = reply_of(mail, examination_of(mail))
    return ReplyForm(
        **fields_of(heading),
        mail_id=mail.id,
        came_from=reply.came_from,
        received_at=calendar.local(mail.received_at),
        entries=tuple(
            RepliedEntry(
                number=entry.number,
                code=entry.code,
                name=entry.name,
                unit=entry.unit,
                reading=value.reading,
                previous=entry.previous,
                standing=entry.standing,
            )
            for value in reply.values
            if (entry := asked.get(value.item_id)) is not None
        ),
        not_read=tuple(
            RepliedNote(excerpt=line.excerpt, code=line.code, problem=line.problem) for line in reply.not_read
        ),
        settled=mail.settled_as,
    )


async def confirm_reply(
    session: WriteSession, settings: Settings, holder: LinkHolder, mail_id: UUID, *, now: datetime
) -> Confirmation:
    """The holder says that a reply is theirs: what was read from it is taken as their answer.

    Raises:
        LinkUnusable: there is no such reply to this task.
        ReplySettled: it was confirmed or disowned before.
        CollectionClosed: the last day is over.

    """
    mail = await _take(session, holder, mail_id)
    (facts,) = await task_facts(session, [holder.task_id])
    if not accepting(facts):
        raise CollectionClosed
    reply = reply_of(mail, examination_of(mail))
    mail.settled_at, mail.settled_as = now, "confirmed"
    await put_remarks(session, mail, examination_of(mail), now)
    return await answer_by_mail(session, settings, mail, holder.task_id, reply, person_code=holder.person_code, now=now)


async def disown_reply(session: WriteSession, holder: LinkHolder, mail_id: UUID, *, now: datetime) -> None:
    """The holder says that a reply is not theirs: nothing of it is taken, and the coordinator is told.

    Raises:
        LinkUnusable: there is no such reply to this task.
        ReplySettled: it was confirmed or disowned before.

    """
    mail = await _take(session, holder, mail_id)
    mail.settled_at, mail.settled_as = now, "disowned"
    (facts,) = await task_facts(session, [holder.task_id])
    told = {"process_id": facts.process.id, "task_id": holder.task_id}
    record(session, "task.reply_disowned", by=holder.person_code, now=now, mail=str(mail.id), **told)
    await open_matter(
        session,
        key=f"disowned:{mail.id}",
        kind="disowned",
        now=now,
        person_code=holder.person_code,
        task_id=holder.task_id,
        incoming_mail_id=mail.id,
    )


async def vouch(
    session: WriteSession,
    settings: Settings,
    mail_id: UUID,
    task_id: UUID,
    person_code: str,
    *,
    by: str,
    now: datetime,
) -> Confirmation:
    """A coordinator knows whose a reply is and to which task: what is read from it is taken as that person's answer.

    Raises:
        TaskEnded: the task is not open any more.
        Refused: no such mail or person, it was settled before, it cannot be read, or no value is found in it.

    """
    mail = await lock_incoming(session, mail_id)
    person = await session.get(Person, person_code)
    if mail is None:
        raise Refused(said("There is no incoming mail %(mail_id)s; see `focal inbound list`.", mail_id=mail_id))
    if person is None:
        raise Refused(said("There is no person “%(person)s”.", person=person_code))
    if mail.decision == "accepted" or mail.settled_as is not None:
        raise Refused(
            said("The mail was %(state)s already; nothing was changed.", state=word_said(mail.settled_as or "accepted"))
        )
    task, _ = await lock_task(session, task_id)
    read = await read_for(session, mail.raw, task, person)
    if not read.values:
        raise Refused(
            said(
                "No value of task %(task)s could be read in it: enter it with `focal task answer`.", task=task.reference
            )
        )
    found = examination_of(mail) if mail.examination else None
    reply = reply_to(mail, read.values, read.unread, came_from=(found.sender if found else "") or "")
    mail.task_id, mail.settled_at, mail.settled_as = task.id, now, "vouched"
    return await answer_by_mail(
        session, settings, mail, task.id, reply, person_code=person_code, now=now, entered_by=by
    )


async def _take(session: WriteSession, holder: LinkHolder, mail_id: UUID) -> IncomingMail:
    mail = await lock_incoming(session, mail_id)
    if not _is_held(mail, holder):
        raise LinkUnusable
    if mail.settled_as is not None:
        raise ReplySettled
    return mail


def _is_held(mail: IncomingMail | None, holder: LinkHolder) -> TypeGuard[IncomingMail]:
    """Whether a mail waits, or waited, for a word of those who hold links into this task."""
    return mail is not None and mail.decision == "held" and mail.task_id == holder.task_id
