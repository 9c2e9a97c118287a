"""The register of calls: what is asked of it."""

from collections import defaultdict
from collections.abc import Collection as Several
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from models.contracts.calls import DeadlineRead, ReadCall
from models.contracts.refusal import Refused, said
from models.policies.calls import Theme
from models.policies.people_rows import visible
from models.tables.call_follow_up import CallFollowUp, CallInterest
from models.tables.calls import Call, CallDeadline, CallTheme, Crawl, CrawledCall, Programme, ProgrammeClock
from models.tables.catalogue import Plan
from models.tables.people import Unit
from models.tables.process import AuditEvent, Process
from store.database import ReadSession, WriteSession

EVERYWHERE = "EU"
"""The programme whose clocks hold where another has none."""
AS_READ = tuple(name for name in ReadCall.model_fields if name not in {"programme", "deadlines"})
"""What a call and what was read of it have under the same name."""


@dataclass(frozen=True, slots=True)
class KnownCall:
    """A call of the register with its deadlines."""

    row: Call
    deadlines: tuple[CallDeadline, ...]

    @property
    def read(self) -> ReadCall:
        """The call as it would be read."""
        row = self.row
        fields = {name: getattr(row, name) for name in AS_READ}
        deadlines = tuple(map(deadline_read, self.deadlines))
        return ReadCall.model_validate({**fields, "programme": row.programme_code, "deadlines": deadlines})


def deadline_read(row: CallDeadline) -> DeadlineRead:
    """A deadline as it crosses boundaries."""
    return DeadlineRead(day=row.day, hour=row.hour, zone=row.zone, entered=row.source == "entered")


async def find_call(session: ReadSession, identifier: str) -> Call:
    """The call of an identifier, in any letters.

    Raises:
        Refused: there is none.

    """
    wanted = identifier.strip().upper()
    call = None
    if wanted.isascii() and wanted.isprintable():  # no database takes what is no text at all
        call = await session.scalar(select(Call).where(func.upper(Call.identifier) == wanted))
    if call is None:
        raise Refused(
            said("There is no call “%(call)s”: look with `focal calls list`, or enter it.", call=visible(identifier))
        )
    return call


async def deadlines_of(session: ReadSession, call_ids: Several[UUID]) -> dict[UUID, tuple[CallDeadline, ...]]:
    """The deadlines of some calls, in the order of their numbers."""
    query = select(CallDeadline).where(CallDeadline.call_id.in_(call_ids)).order_by(CallDeadline.number)
    found: dict[UUID, list[CallDeadline]] = defaultdict(list)
    for row in await session.scalars(query):
        found[row.call_id].append(row)
    return {call_id: tuple(found[call_id]) for call_id in call_ids}


async def known_call(session: ReadSession, call: Call) -> KnownCall:
    """A call with its deadlines."""
    return KnownCall(call, (await deadlines_of(session, [call.id]))[call.id])


async def known_calls(session: ReadSession, *conditions: Any) -> list[KnownCall]:
    """The calls of some conditions, with their deadlines, by identifier."""
    rows = list(await session.scalars(select(Call).where(*conditions).order_by(Call.identifier)))
    deadlines = await deadlines_of(session, [row.id for row in rows])
    return [KnownCall(row, deadlines[row.id]) for row in rows]


async def topics_by_number(session: ReadSession, numbers: Several[str]) -> dict[str, str]:
    """The identifiers of known topics by the portal's own numbers."""
    query = select(Call.portal_id, Call.identifier).where(Call.portal_id.in_(numbers), Call.kind == "topic")
    return {str(number): identifier for number, identifier in await session.execute(query)}


async def open_pursuit(session: ReadSession, call_id: UUID) -> tuple[Process, CallFollowUp] | None:
    """The follow-up of a call that is under way; None if there is none, or it is over."""
    query = (
        select(Process, CallFollowUp)
        .join(CallFollowUp, CallFollowUp.process_id == Process.id)
        .where(CallFollowUp.call_id == call_id, Process.state == "open")
    )
    row = (await session.execute(query)).first()
    return None if row is None else (row[0], row[1])


async def former_names(session: ReadSession) -> dict[str, str]:
    """What calls are called now that were renamed since they are followed, by the name of their follow-up, in capitals.

    No other call can have such a name: it could not be followed.
    """
    query = (
        select(Process.reference, Call.identifier)
        .join(CallFollowUp, CallFollowUp.process_id == Process.id)
        .join(Call, Call.id == CallFollowUp.call_id)
        .where(func.upper(Process.reference) != func.upper("call/" + Call.identifier))
    )
    rows = await session.execute(query)
    return {reference.partition("/")[2].upper(): identifier for reference, identifier in rows}


async def followed(session: ReadSession, units: frozenset[str] | None = None) -> dict[UUID, str]:
    """The reference of the follow-up of every call that has one under way, by the call's id.

    `units`: only those with which one of these has to do.
    """
    query = (
        select(CallFollowUp.call_id, Process.reference)
        .join(Process, Process.id == CallFollowUp.process_id)
        .where(Process.state == "open")
    )
    if units is not None:
        asked = select(CallInterest.process_id).where(CallInterest.unit_code.in_(units))
        own = CallFollowUp.office_unit.in_(units) | CallFollowUp.lead_unit.in_(units)
        query = query.where(own | CallFollowUp.process_id.in_(asked))
    return {call_id: reference for call_id, reference in await session.execute(query)}


async def history_of(session: ReadSession, call_id: UUID) -> list[AuditEvent]:
    """What was recorded of a call, oldest first."""
    query = select(AuditEvent).where(AuditEvent.detail["call_id"].astext == str(call_id)).order_by(AuditEvent.id)
    return list(await session.scalars(query))


async def programmes(session: ReadSession) -> list[Programme]:
    """All programmes by code."""
    return list(await session.scalars(select(Programme).order_by(Programme.code)))


async def find_programme(session: ReadSession, code: str) -> Programme:
    """A programme by its code, in any letters.

    Raises:
        Refused: there is none.

    """
    programme = None
    if code.isascii() and code.isprintable():
        programme = await session.get(Programme, code.strip().upper())
    if programme is None:
        raise Refused(
            said("There is no programme “%(programme)s”: `focal calls clocks` lists them.", programme=visible(code))
        )
    return programme


def usual_deadline(programme: Programme, day: date) -> DeadlineRead:
    """A day at the programme's hour and zone."""
    return DeadlineRead(day=day, hour=programme.cutoff_hour, zone=programme.zone)


async def clocks(session: ReadSession, programme_code: str | None = None) -> list[ProgrammeClock]:
    """The clocks of a programme, or of all, by programme and event."""
    query = select(ProgrammeClock).order_by(ProgrammeClock.programme_code, ProgrammeClock.event)
    if programme_code is not None:
        query = query.where(ProgrammeClock.programme_code == programme_code)
    return list(await session.scalars(query))


async def clock_of(session: ReadSession, programme_code: str, event: str) -> ProgrammeClock | None:
    """The clock of an event in a programme, or else the one that holds everywhere; None if there is neither."""
    own = await session.get(ProgrammeClock, (programme_code, event))
    return own or await session.get(ProgrammeClock, (EVERYWHERE, event))


async def theme_rows(session: ReadSession) -> list[CallTheme]:
    """All themes by code."""
    return list(await session.scalars(select(CallTheme).order_by(CallTheme.code)))


async def live_themes(session: ReadSession) -> list[Theme]:
    """What the units of this installation look for; a theme of which no unit is in the roster concerns nobody here."""
    roster = frozenset(await session.scalars(select(Unit.code)))
    themes = []
    for row in await theme_rows(session):
        if units := tuple(code for code in row.units if code in roster):
            own = {"units": units, "keywords": tuple(row.keywords), "programmes": tuple(row.programmes)}
            themes.append(Theme(code=row.code, action_code=row.action_code, **own))
    return themes


async def unit_names(session: ReadSession) -> dict[str, str]:
    """The names of all units by code."""
    return {code: name for code, name in await session.execute(select(Unit.code, Unit.name))}


async def plan_of_themes(session: ReadSession, themes: Sequence[Theme]) -> Plan | None:
    """The first plan whose actions somebody here looks for calls for."""
    query = select(Plan).join(CallTheme, CallTheme.plan_code == Plan.code)
    query = query.where(CallTheme.code.in_([theme.code for theme in themes])).order_by(Plan.code)
    plan: Plan | None = await session.scalar(query.limit(1))
    return plan


async def last_taken(session: ReadSession, programme_code: str) -> Crawl | None:
    """The last crawl of a programme that was taken."""
    query = select(Crawl).where(Crawl.programme_code == programme_code, Crawl.outcome == "taken")
    crawl: Crawl | None = await session.scalar(query.order_by(Crawl.begun_at.desc()).limit(1))
    return crawl


async def last_readings(session: ReadSession, codes: Several[str]) -> dict[str, datetime | None]:
    """When each programme was last read and taken; None: never."""
    query = (
        select(Crawl.programme_code, func.max(Crawl.begun_at))
        .where(Crawl.outcome == "taken", Crawl.programme_code.in_(codes))
        .group_by(Crawl.programme_code)
    )
    found = {code: at for code, at in await session.execute(query)}
    return {code: found.get(code) for code in codes}


async def stage_rows(session: WriteSession, crawl_id: UUID, first: int, calls: Sequence[ReadCall]) -> None:
    """Put calls that were read aside, at the places from `first`."""
    rows = [
        {"crawl_id": crawl_id, "position": first + place, "content": call.model_dump(mode="json")}
        for place, call in enumerate(calls)
    ]
    if rows:
        await session.execute(insert(CrawledCall), rows)


async def staged_identifiers(session: ReadSession, crawl_id: UUID) -> set[str]:
    """The identifiers of what a crawl has put aside."""
    identifier = CrawledCall.content["identifier"].astext
    return set(await session.scalars(select(identifier).where(CrawledCall.crawl_id == crawl_id)))


async def staged_new_numbers(session: ReadSession, crawl_id: UUID) -> set[str]:
    """The portal's own numbers of the topics that a crawl has put aside under identifiers that nobody knows."""
    content = CrawledCall.content
    same_name = func.upper(Call.identifier) == func.upper(content["identifier"].astext)
    query = select(content["portal_id"].astext).where(
        CrawledCall.crawl_id == crawl_id,
        content["kind"].astext == "topic",
        content["portal_id"].astext.is_not(None),
        ~select(Call.id).where(same_name).exists(),
    )
    return set(await session.scalars(query))


async def staged_rows(session: ReadSession, crawl_id: UUID, first: int, number: int) -> list[ReadCall]:
    """So many of the calls that were put aside, from a place."""
    query = (
        select(CrawledCall.content)
        .where(CrawledCall.crawl_id == crawl_id)
        .where(CrawledCall.position >= first, CrawledCall.position < first + number)
        .order_by(CrawledCall.position)
    )
    return [ReadCall.model_validate(content) for content in await session.scalars(query)]


async def drop_staged(session: WriteSession, crawl_ids: Several[UUID]) -> None:
    """Forget what crawls have put aside."""
    await session.execute(delete(CrawledCall).where(CrawledCall.crawl_id.in_(crawl_ids)))
