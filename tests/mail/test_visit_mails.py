"""Calendar files on their way: what goes with which mail, and that taking out never overtakes putting in."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
import vobject
from sqlalchemy import select, update

from mail.sender import Sender
from mail.transport import Transport
from models.contracts.mail import AgendaSlot, VisitNews, VisitWords
from models.tables.delegation_reception import Visit
from models.tables.mail import OutgoingMail
from operations.bounces import note_long_stop, note_rejection
from operations.notices import hand_over, reader_context, write
from operations.visit_calendar import PUTS_IN, TAKES_OUT, Holder, earlier_mail, holders, take_back, visit_files
from settings import Settings
from store.database import Database
from store.outbox import send_again
from tests.mail.server import Act, MailServer
from tests.questions import open_visit
from tests.world import OPENING, build_world

MADRID = ZoneInfo("Europe/Madrid")
CONTACT, HOST = "bernd@mainz.example", "health@prova.example"
DAYS = date(2027, 3, 9), date(2027, 3, 10)
LATER = date(2027, 4, 13), date(2027, 4, 14)


def hours(*starts: int, day: int = 9) -> tuple[AgendaSlot, ...]:
    return tuple(
        AgendaSlot(
            starts_at=datetime(2027, 3, day, hour, tzinfo=MADRID),
            ends_at=datetime(2027, 3, day, hour + 1, tzinfo=MADRID),
            theme=f"Theme {hour}",
            place=f"Place {hour}",
            host="Àrea Salut",
        )
        for hour in starts
    )


@dataclass
class Desk:
    """A visit whose mails are written and sent for real; the clock is moved by hand."""

    database: Database
    settings: Settings
    server: MailServer
    process_id: UUID
    now: datetime = OPENING
    days: tuple[date, date] = DAYS
    transports: list[Transport] = field(default_factory=list)

    async def tell(
        self, news: str, agenda: Sequence[AgendaSlot] = (), *, address: str = CONTACT, own: Sequence[AgendaSlot] = ()
    ) -> bool:
        """Write one mail; tells whether one that waited was taken back for it."""
        self.now += timedelta(seconds=1)
        unit = "" if address == CONTACT else "HEALTH"
        visit = VisitWords(
            reference="delegation/2027-0001",
            organisation="Stadt Mainz",
            city="Mainz",
            country="DE",
            kind="study",
            first_day=self.days[0],
            last_day=self.days[1],
            themes=("Mercats",),
            people=5,
            agenda=tuple(agenda),
            reason="The train does not run",
        )
        context = VisitNews(
            **reader_context(self.settings, "en", "Bernd Müller"),
            plan_title="Pla de prova",
            visit=visit,
            news=news,
            to="host" if unit else "contact",
            unit_name="Àrea Salut" if unit else "",
            own=tuple(own),
        )
        async with self.database.transaction() as session:
            taken = news in PUTS_IN | TAKES_OUT and await take_back(
                session, self.process_id, address, unit_code=unit, now=self.now
            )
            after_id = await earlier_mail(session, self.process_id, address)
            files = await visit_files(
                session, self.settings, self.process_id, context, address=address, unit_code=unit, now=self.now
            )
            mail = write(
                self.settings,
                key=f"visit_news:{news}:{self.now}:{address}",
                name="visit_news",
                context=context,
                thread="delegation/2027-0001",
                process_id=self.process_id,
                outsider=address,
                after_id=after_id,
                attachments=files,
                now=self.now,
            )
            await hand_over(session, [mail])
        return taken

    async def send(self) -> int:
        """Let a sender send what may leave now."""
        transport = Transport(self.settings)
        self.transports.append(transport)
        sender = Sender(
            self.database,
            transport,
            lambda: self.now,
            timedelta(minutes=12),
            on_rejected=note_rejection,
            on_long_stop=note_long_stop,
            measure=lambda _outcome, _late: None,
        )
        return await sender.send_waiting()

    async def mails(self) -> list[OutgoingMail]:
        """Every mail of the visit, in the order they were written."""
        async with self.database.reading() as session:
            return list(await session.scalars(select(OutgoingMail).order_by(OutgoingMail.created_at)))

    async def states(self) -> list[str]:
        return [mail.state for mail in await self.mails()]

    async def holders(self) -> tuple[Holder, ...]:
        async with self.database.reading() as session:
            return await holders(session, self.process_id)

    def arrived(self) -> list[tuple[str, str, int]]:
        """Of each file that arrived: its method, which event, its sequence; in the order of arrival."""
        return [
            (calendar.method.value, name_of(calendar), int(calendar.vevent.sequence.value))
            for taken in self.server.taken
            for calendar in files_of(taken.content)
        ]


def files_of(rfc822: bytes) -> list[Any]:
    return [
        vobject.readOne(part.get_content())
        for part in message_from_bytes(rfc822, policy=SMTP).walk()
        if part.get_content_type() == "text/calendar"
    ]


def name_of(calendar: Any) -> str:
    """`contact`, or unit and number, as the UID has it."""
    return str(calendar.vevent.uid.value).partition("@")[0].split("-", 2)[2]


@pytest_asyncio.fixture
async def desk(database: Database, settings: Settings, server: MailServer) -> AsyncIterator[Desk]:
    await build_world(database)
    async with database.transaction() as session:
        process_id = (await open_visit(session, OPENING)).process_id
    desk = Desk(database, settings.model_copy(update={"smtp_port": server.port}), server, process_id)
    yield desk
    for transport in desk.transports:
        await transport.close()


async def test_the_contact_has_one_event_from_the_first_hour_to_the_last(desk: Desk):
    await desk.tell("confirmed", hours(11, 9, 16))
    await desk.send()
    (calendar,) = files_of(desk.server.taken[0].content)
    event = calendar.vevent
    assert event.dtstart.value == datetime(2027, 3, 9, 9, tzinfo=MADRID)
    assert event.dtend.value == datetime(2027, 3, 9, 17, tzinfo=MADRID)
    assert event.location.value == "Place 9"
    assert event.attendee.value == f"mailto:{CONTACT}"
    assert event.organizer.value == f"mailto:{desk.settings.mail_from_address}"
    assert [line[-40:] for line in event.description.value.splitlines()[:3]] == [
        f"{hour:02}:00–{hour + 1}:00: Theme {hour}, Place {hour} (Àrea Salut)"[-40:] for hour in (9, 11, 16)
    ]


async def test_without_an_agenda_the_contact_has_the_days(desk: Desk):
    desk.days = LATER
    await desk.tell("moved", hours(9))
    await desk.send()
    (calendar,) = files_of(desk.server.taken[0].content)
    assert (calendar.vevent.dtstart.value, calendar.vevent.dtend.value) == (LATER[0], LATER[1] + timedelta(days=1))


async def test_a_host_has_one_event_for_each_of_its_hours_and_no_other(desk: Desk):
    await desk.tell("confirmed", hours(9, 11, 16), address=HOST, own=hours(16, 9))
    await desk.send()
    first, second = files_of(desk.server.taken[0].content)
    assert [name_of(first), name_of(second)] == ["HEALTH-1", "HEALTH-2"]
    assert first.vevent.dtstart.value == datetime(2027, 3, 9, 9, tzinfo=MADRID)
    assert second.vevent.summary.value == "Theme 16 · Stadt Mainz (Mainz)"
    names = [part.get_filename() for part in message_from_bytes(desk.server.taken[0].content, policy=SMTP).walk()]
    assert {"visit-1.ics", "visit-2.ics"} <= set(names)


@pytest.mark.parametrize("news", ["acknowledged", "reminder"])
async def test_other_news_bring_no_file(desk: Desk, news: str):
    await desk.tell(news, hours(9))
    await desk.send()
    assert desk.arrived() == []
    assert await desk.holders() == ()


async def test_a_later_agenda_takes_the_place_of_the_one_before_hour_by_hour(desk: Desk):
    await desk.tell("confirmed", hours(9, 11, 16), address=HOST, own=hours(9, 11, 16))
    await desk.send()
    await desk.tell("changed", hours(10), address=HOST, own=hours(10))
    await desk.send()
    await desk.tell("changed", hours(10, 12), address=HOST, own=hours(10, 12))
    await desk.send()
    sent = desk.arrived()
    assert [(method, place[-1]) for method, place, _ in sent] == [
        ("REQUEST", "1"), ("REQUEST", "2"), ("REQUEST", "3"),
        ("REQUEST", "1"), ("CANCEL", "2"), ("CANCEL", "3"),
        ("REQUEST", "1"), ("REQUEST", "2"),
    ]  # fmt: skip
    sequences = [sequence for _, _, sequence in sent]
    assert sequences == sorted(sequences)
    assert len(set(sequences)) == 3


async def test_moved_takes_the_hours_of_a_host_out_and_confirming_again_puts_them_back(desk: Desk):
    for news in ("confirmed", "moved", "confirmed", "called_off"):
        await desk.tell(news, hours(9), address=HOST, own=hours(9))
        await desk.send()
    sent = desk.arrived()
    assert [method for method, _, _ in sent] == ["REQUEST", "CANCEL", "REQUEST", "CANCEL"]
    assert len({place for _, place, _ in sent}) == 1, "the same event all the time"
    assert [sequence for *_, sequence in sent] == [1, 2, 3, 4]
    last = files_of(desk.server.taken[-1].content)[0].vevent
    assert last.dtstart.value == datetime(2027, 3, 9, 9, tzinfo=MADRID)
    assert "The train does not run" in last.description.value
    assert await desk.holders() == ()


async def test_the_sequence_is_that_of_the_visit(desk: Desk):
    await desk.tell("confirmed", hours(9))
    await desk.tell("acknowledged", address=HOST)
    await desk.tell("confirmed", hours(9), address=HOST, own=hours(9))
    async with desk.database.reading() as session:
        assert (await session.get_one(Visit, desk.process_id)).sequence == 2


async def test_what_has_not_left_is_taken_back_and_needs_no_cancel(desk: Desk):
    await desk.tell("confirmed", hours(9))
    assert await desk.tell("called_off"), "it was taken back"
    assert await desk.states() == ["withdrawn", "ready"]
    await desk.send()
    assert desk.arrived() == []
    assert [taken.recipient for taken in desk.server.taken] == [CONTACT], "the words still reach them"
    assert await desk.holders() == ()


async def test_a_change_that_has_not_left_is_taken_back_and_what_stood_before_is_taken_out(desk: Desk):
    await desk.tell("confirmed", hours(9, 11), address=HOST, own=hours(9, 11))
    await desk.send()
    await desk.tell("changed", hours(9), address=HOST, own=hours(9))
    await desk.tell("called_off", address=HOST)
    await desk.send()
    assert [(method, place) for method, place, _ in desk.arrived()] == [
        ("REQUEST", "HEALTH-1"), ("REQUEST", "HEALTH-2"), ("CANCEL", "HEALTH-1"), ("CANCEL", "HEALTH-2"),
    ]  # fmt: skip


async def test_only_the_mails_to_the_same_reader_are_taken_back(desk: Desk):
    await desk.tell("confirmed", hours(9))
    await desk.tell("acknowledged")
    assert not await desk.tell("confirmed", hours(9), address=HOST, own=hours(9))
    assert await desk.states() == ["ready"] * 3
    assert await desk.holders() == (Holder(CONTACT, ""), Holder(HOST, "HEALTH"))


async def test_a_cancel_waits_for_a_request_that_the_server_puts_off(desk: Desk):
    desk.server.answers("DATA", CONTACT, Act.DROP)  # it may have arrived: it is sent once more
    await desk.tell("confirmed", hours(9))
    await desk.send()
    assert not await desk.tell("called_off"), "somebody may have it: it cannot be taken back"
    assert await desk.send() == 0, "the one waits for its hour, the other for the one"
    desk.now = (await desk.mails())[0].not_before
    assert await desk.send() == 2
    assert await desk.states() == ["accepted", "accepted"]
    assert [method for method, *_ in desk.arrived()] == ["REQUEST", "REQUEST", "CANCEL"]


async def test_a_cancel_does_not_leave_while_its_request_is_being_sent(desk: Desk):
    await desk.tell("confirmed", hours(9))
    lease = {"state": "sending", "leased_until": desk.now + timedelta(hours=1)}
    async with desk.database.transaction() as session:
        await session.execute(update(OutgoingMail).values(lease))
    assert not await desk.tell("called_off")
    assert await desk.send() == 0
    desk.now += timedelta(hours=2)  # whoever was sending it is dead
    assert await desk.send() == 2
    assert [method for method, *_ in desk.arrived()] == ["REQUEST", "CANCEL"]


async def test_a_mail_that_was_put_off_and_never_received_is_simply_taken_back(desk: Desk):
    desk.server.answers("RCPT", CONTACT, "450 4.2.0 Greylisted")
    await desk.tell("confirmed", hours(9))
    await desk.send()
    assert await desk.tell("called_off")
    assert await desk.send() == 1
    assert desk.arrived() == []


async def test_a_request_that_is_refused_does_not_hold_up_what_comes_after_it(desk: Desk):
    desk.server.answers("DATA", CONTACT, Act.DROP)
    desk.server.answers("RCPT", CONTACT, "250 2.1.5 OK", "550 5.1.1 No such person")
    await desk.tell("confirmed", hours(9))
    await desk.send()
    await desk.tell("called_off")
    desk.now += timedelta(hours=1)
    assert await desk.send() == 2
    assert await desk.states() == ["rejected", "accepted"]
    assert desk.arrived()[-1][0] == "CANCEL", "it may have arrived the first time"


async def test_after_a_refusal_there_is_nothing_to_take_out(desk: Desk):
    desk.server.answers("RCPT", CONTACT, "550 5.1.1 No such person")
    await desk.tell("confirmed", hours(9))
    await desk.send()
    assert await desk.holders() == ()
    await desk.tell("called_off")
    assert await desk.send() == 1
    assert desk.arrived() == []


@pytest.mark.parametrize("state", ["accepted", "unknown"])
async def test_a_request_is_not_sent_again_once_its_cancel_has_left(desk: Desk, state: str):
    await desk.tell("confirmed", hours(9))
    await desk.send()
    await desk.tell("called_off")
    await desk.send()
    request, cancel = await desk.mails()
    async with desk.database.transaction() as session:
        await session.execute(update(OutgoingMail).where(OutgoingMail.id == cancel.id).values(state=state))
        await send_again(session, [request.id], desk.now)  # as after a mailbox that was full
    assert await desk.send() == 0
    request, _ = await desk.mails()
    assert (request.state, request.last_reply) == ("withdrawn", "no longer wanted: a later mail takes its place")
    assert [method for method, *_ in desk.arrived()] == ["REQUEST", "CANCEL"]


async def test_a_request_that_is_sent_again_in_time_still_leaves_first(desk: Desk):
    await desk.tell("confirmed", hours(9))
    await desk.send()
    await desk.tell("called_off")
    request, _ = await desk.mails()
    async with desk.database.transaction() as session:
        await send_again(session, [request.id], desk.now)
    assert await desk.send() == 2
    assert [method for method, *_ in desk.arrived()] == ["REQUEST", "REQUEST", "CANCEL"]


async def test_who_had_the_hours_before_can_be_told(desk: Desk):
    await desk.tell("confirmed", hours(9), address=HOST, own=hours(9))
    await desk.send()
    await desk.tell("confirmed", hours(9), address="colleague@prova.example", own=hours(9))
    assert await desk.holders() == (Holder(HOST, "HEALTH"), Holder("colleague@prova.example", "HEALTH"))
    await desk.tell("released", address=HOST)
    assert await desk.holders() == (Holder("colleague@prova.example", "HEALTH"),)


async def test_the_instants_are_those_of_the_city_wherever_they_come_from(desk: Desk):
    slot = hours(9)[0].model_copy(update={"starts_at": datetime(2027, 3, 9, 8, tzinfo=UTC)})
    await desk.tell("confirmed", [slot])
    (mail,) = await desk.mails()
    (part,) = [
        p for p in message_from_bytes(mail.rfc822, policy=SMTP).walk() if p.get_content_type() == "text/calendar"
    ]
    assert "DTSTART;TZID=Europe/Madrid:20270309T090000" in part.get_content()
    assert part.get_param("method") == "REQUEST"
