"""What the mails about a visit put into their readers' calendars, and take out again.

What a reader's calendar holds is read from the mails that were frozen for them: nothing is kept in two places.

How a mail with calendar files is written, in the transaction of the act. Only one whose key is not in the outbox yet
(`store.outbox.keys_written`): of one that is, the first line would withdraw it and the last one write it no more.
And only where the news are in `PUTS_IN` or `TAKES_OUT`: other mails take nothing back.

    taken_back = await take_back(session, process_id, address, unit_code=unit, now=now)
    files = await visit_files(session, settings, process_id, context, address=address, unit_code=unit, now=now)
    after_id = await earlier_mail(session, process_id, address)
    mail = write(settings, name="visit_news", context=context, attachments=files, after_id=after_id, ...)
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import update

from mail.due_date import ICS
from mail.message import Attachment
from mail.render import visit_words
from mail.visit_calendar import Method, Party, Place, SentEvent, VisitEvent, events_in, visit_file
from models.contracts.mail import AgendaSlot, VisitNews
from models.tables.delegation_reception import Visit
from models.tables.mail import OutgoingMail
from models.tables.process import Process
from settings import Settings
from store.calendars import load_calendar
from store.database import ReadSession, WriteSession
from store.outbox import frozen_mails, take_back_mails

MAIL = "visit_news"
PUTS_IN = frozenset({"confirmed", "changed", "moved"})
TAKES_OUT = frozenset({"called_off", "released"})
CAME_TO_NOTHING = frozenset({"withdrawn", "rejected", "bounced"})
"""What such a mail brought stands in no calendar."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody whose calendar holds hours of a visit: at which address, and for which unit (empty: the contact)."""

    address: str
    unit_code: str


class _Brought(NamedTuple):
    mail: OutgoingMail
    event: SentEvent


class _Change(NamedTuple):
    method: Method
    place: Place
    event: VisitEvent


async def visit_files(
    session: WriteSession,
    settings: Settings,
    process_id: UUID,
    context: VisitNews,
    *,
    address: str,
    unit_code: str = "",
    now: datetime,
) -> tuple[Attachment, ...]:
    """The calendar files that go with a mail about a visit, in the language of its reader; may be none.

    `context`: the mail's own. `address`: the reader's, as the mail bears it. `unit_code`: of a host; empty for the
    contact. What the news says decides: `confirmed`, `changed` and `moved` put in what is new and take out what is
    no more, `called_off` and `released` take out all there is, other news bring no file.

    The contact has one event for the whole visit, all-day over its days while there is no agenda (`visit.agenda`
    empty, or `moved`). A host has one event for each of its `own` hours, none without an agenda. Events keep their
    UID for ever; `Visit.sequence` rises by one with each call that gives a file.
    """
    held = _held(await _sent(session, process_id, address), unit_code)
    wanted = _wanted(context, process_id, unit_code, settings.mail_domain) if context.news in PUTS_IN else []
    changes = [_Change("REQUEST", place, event) for place, event in wanted]
    if context.news in PUTS_IN | TAKES_OUT:
        stays = {place for place, _ in wanted}
        changes += [_out(context, sent) for sent in held if sent.place not in stays]
    if not changes:
        return ()
    process = await session.get_one(Process, process_id)
    zone = (await load_calendar(session, process.calendar_code)).zone
    rises = update(Visit).where(Visit.process_id == process_id).values(sequence=Visit.sequence + 1)
    sequence = (await session.execute(rises.returning(Visit.sequence))).scalar_one()
    return tuple(_file(settings, context, address, change, sequence, zone, now) for change in changes)


def _wanted(context: VisitNews, process_id: UUID, unit_code: str, domain: str) -> list[tuple[Place, VisitEvent]]:
    """What shall stand in the reader's calendar."""
    if context.to == "host":
        # Moved: the hours were those of other days, and are still to be agreed.
        own = () if context.news == "moved" else sorted(context.own, key=lambda slot: slot.starts_at)
        return [
            (place := Place(process_id, unit_code, number), _hours(context, slot, place.uid(domain)))
            for number, slot in enumerate(own, start=1)
        ]
    agenda = () if context.news == "moved" else tuple(sorted(context.visit.agenda, key=lambda slot: slot.starts_at))
    place = Place(process_id)
    summary, description = visit_words(context, agenda, over=False)
    starts: date = agenda[0].starts_at if agenda else context.visit.first_day
    ends: date = max(slot.ends_at for slot in agenda) if agenda else context.visit.last_day
    where = agenda[0].place if agenda else ""
    return [(place, VisitEvent(place.uid(domain), starts, ends, summary, description, where))]


def _hours(context: VisitNews, slot: AgendaSlot, uid: str) -> VisitEvent:
    summary, description = visit_words(context, (), slot, over=False)
    return VisitEvent(uid, slot.starts_at, slot.ends_at, summary, description, slot.place)


def _out(context: VisitNews, sent: SentEvent) -> _Change:
    """Taking out an event as it stands in the reader's calendar, with the reason."""
    _, why = visit_words(context, (), over=True)
    return _Change("CANCEL", sent.place, replace(sent.event, description=why))


def _file(
    settings: Settings,
    context: VisitNews,
    address: str,
    change: _Change,
    sequence: int,
    zone: ZoneInfo,
    now: datetime,
) -> Attachment:
    content = visit_file(
        change.event,
        method=change.method,
        sequence=sequence,
        organiser=Party(settings.coordinator_name, settings.mail_from_address),
        attendee=Party(context.reader_name, address),
        zone=zone,
        written_at=now,
    )
    number = f"-{change.place.number}" if change.place.number else ""
    ending = "-cancelled" if change.method == "CANCEL" else ""
    parameters = (("charset", "utf-8"), ("method", change.method))
    return Attachment(f"visit{number}{ending}.ics", ICS, content, parameters)


async def take_back(
    session: WriteSession, process_id: UUID, address: str, *, unit_code: str = "", now: datetime
) -> bool:
    """Withdraw the mails with calendar files that have not left to a reader; gives whether there was one.

    They are `ready`, and no attempt to send them may have succeeded. What they would have put in is then nothing to
    take out, and the words of what comes next should speak to somebody who has not had them. Mails without files are
    left alone.
    """
    waiting = {
        mail.id
        for mail, sent in await _sent(session, process_id, address)
        if mail.state == "ready" and sent.place.unit_code == unit_code
    }
    return bool(waiting and await take_back_mails(session, waiting, now))


async def earlier_mail(session: ReadSession, process_id: UUID, address: str) -> UUID | None:
    """The last mail with calendar files to a reader that left or is leaving: `after_id` of the next one."""
    theirs = [
        (sent.sequence, mail.id)
        for mail, sent in await _sent(session, process_id, address)
        if mail.state not in CAME_TO_NOTHING
    ]
    return max(theirs)[1] if theirs else None


async def holders(session: ReadSession, process_id: UUID) -> tuple[Holder, ...]:
    """Everybody whose calendar holds something of a visit, whoever receives it now: to be told when it is called off.

    Also when a unit's hours go over to another person: whoever had them before is still a holder and gets `released`.
    """
    by_reader: dict[Holder, list[_Brought]] = {}
    for mail, sent in await _sent(session, process_id):
        by_reader.setdefault(Holder(mail.recipient.lower(), sent.place.unit_code), []).append(_Brought(mail, sent))
    return tuple(holder for holder, brought in by_reader.items() if _held(brought, holder.unit_code))


async def _sent(session: ReadSession, process_id: UUID, address: str | None = None) -> list[_Brought]:
    """Every event that a mail of a visit brought or will bring, to one address or to everybody."""
    mails = await frozen_mails(session, process_id, MAIL, address)
    return [_Brought(mail, sent) for mail in mails for sent in events_in(mail.rfc822)]


def _held(brought: Sequence[_Brought], unit_code: str) -> list[SentEvent]:
    """What stands in a calendar for a unit, as far as the mails to its owner say; in the order of its places."""
    last: dict[Place, SentEvent] = {}
    for mail, sent in sorted(brought, key=lambda each: each.event.sequence):
        if sent.place.unit_code == unit_code and mail.state not in CAME_TO_NOTHING:
            last[sent.place] = sent
    return [sent for _, sent in sorted(last.items(), key=lambda each: each[0].number) if not sent.cancelled]
