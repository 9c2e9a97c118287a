"""The small city with rows of València's plan that Focal can count itself, and with delegations and networks."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from sqlalchemy import select

from models.contracts.answering import Form, Known, Typed
from models.tables.catalogue import Action, Indicator, Responsible
from models.tables.delegation_reception import Visit
from models.tables.membership_review import Network, Review
from models.tables.process import Process
from models.tables.task import Link, Task
from operations.answering import open_link, read_form, save_draft, submit
from operations.follow_up import fire_due
from operations.indicator_collection import create_set, left_to_ask, open_collection
from operations.links import token
from settings import Settings
from store.database import Database, WriteSession
from store.indicator_collection import sets_of
from tests.world import OPENING, build_world

QUARTER = "2026-Q4"
ALL, BUSINESS, DIPLOMATIC, BALANCE = (
    "VLC-E4-OE1-A1-I1",
    "VLC-E3-OE3-A2-I1",
    "VLC-E4-OE1-A2-I2",
    "VLC-E2-OE2-A2-I4",
)
JOINED, REVIEWED = "VLC-E1-OE3-A3-I1", "VLC-E1-OE3-A3-I3"
EARLY = datetime(2026, 9, 1, 8, tzinfo=UTC)
"""When processes of the autumn began."""
ROWS = (
    # action, responsible (the first leads), indicators: code, unit, cumulative
    ("VLC-E4-OE1-A1", ("HEALTH",), ((ALL, "count", True),)),
    ("VLC-E3-OE3-A2", ("HEALTH", "ECOLOGY"), ((BUSINESS, "count", True),)),
    ("VLC-E4-OE1-A2", ("HEALTH",), ((DIPLOMATIC, "count", True),)),
    ("VLC-E2-OE2-A2", ("HEALTH",), ((BALANCE, "percent", False),)),
    ("VLC-E1-OE3-A3", ("HEALTH", "ECOLOGY"), ((JOINED, "count", True), (REVIEWED, "count", False))),
)


async def build_city(database: Database) -> None:
    """The small city; HEALTH leads the rows that Focal can count, ECOLOGY answers for two of them beside it."""
    await build_world(database)
    async with database.transaction() as session:
        for place, (action, responsible, indicators) in enumerate(ROWS, start=10):
            session.add(
                Action(
                    code=action,
                    objective_code="TST-E1-OE1",
                    position=place,
                    title=action,
                    first_year=None,
                    last_year=None,
                    activities=[],
                )
            )
            await session.flush()
            session.add_all(
                Responsible(action_code=action, position=order, actor_code=code)
                for order, code in enumerate(responsible)
            )
            session.add_all(
                Indicator(code=code, action_code=action, position=order, name=code, unit=unit, cumulative=cumulative)
                for order, (code, unit, cumulative) in enumerate(indicators)
            )
            await session.flush()


async def _process(session: WriteSession, kind: str, reference: str, opened_at: datetime) -> UUID:
    process = Process(
        id=uuid4(),
        reference=reference,
        kind=kind,
        state="open",
        plan_code="TST",
        calendar_code="valencia",
        opened_by="coordinator",
        opened_at=opened_at,
        closes_at=None,
    )
    session.add(process)
    await session.flush()
    return process.id


async def add_visit(
    database: Database,
    number: int,
    last_day: date,
    *,
    kind: str = "study",
    opened_at: datetime = EARLY,
    **other: object,
) -> str:
    """A delegation of two days that was received; gives its reference."""
    reference = f"delegation/2026-{number:04}"
    facts: dict[str, object] = {
        "year": 2026,
        "number": number,
        "order_key": reference,
        "order_sha256": "",
        "organisation": "Stadt Mainz",
        "city": "Mainz",
        "country": "DE",
        "kind": kind,
        "head_name": "Anna Schmidt",
        "women": 3,
        "men": 2,
        "others": 0,
        "language": "en",
        "contact_name": "Bernd Müller",
        "contact_address": "bernd@mainz.example",
        "themes": ["Mercats"],
        "first_day": last_day,
        "last_day": last_day,
        "office_unit": "MAYOR",
        "state": "received",
    }
    async with database.transaction() as session:
        process_id = await _process(session, "delegation_reception", reference, opened_at)
        session.add(Visit(process_id=process_id, **(facts | other)))
    return reference


async def add_network(
    database: Database,
    name: str,
    *,
    joined_on: date | None = None,
    unit: str | None = "ECOLOGY",
    actor: str | None = None,
) -> str:
    """A network of which the city is a member; gives its code."""
    code = f"NET-{name.upper()}"
    async with database.transaction() as session:
        session.add(
            Network(
                code=code,
                name=name,
                kind="network",
                scope="european",
                plan_code="TST",
                state="member",
                unit_code=unit,
                actor_code=actor,
                roles="",
                joined_on=joined_on,
            )
        )
    return code


async def add_review(
    database: Database, network: str, *, decision: str | None, decided_at: datetime | None, year: int = 2026
) -> str:
    """A review of a network, decided or not; gives its reference."""
    reference = f"review/{network.removeprefix('NET-').lower()}/{year}"
    async with database.transaction() as session:
        process_id = await _process(session, "membership_review", reference, EARLY)
        session.add(
            Review(
                process_id=process_id,
                network_code=network,
                year=year,
                candidate=decision in {"join", "watch", "no"},
                unit_code="ECOLOGY",
                office_unit="MAYOR",
                criteria=[],
                decision=decision,
                decision_reason="because" if decision else None,
                decided_by="mayor" if decision else None,
                decided_at=decided_at,
            )
        )
    return reference


async def open_quarter(database: Database, settings: Settings, period: str = QUARTER) -> UUID:
    """Open a quarter and ask everybody; gives its process."""
    async with database.transaction() as session:
        process_id = (await open_collection(session, "TST", period, by="coordinator", now=OPENING)).order.process_id
    async with database.transaction() as session:
        await create_set(session, process_id, await left_to_ask(session, process_id), now=OPENING)
        (task_set,) = await sets_of(session, process_id)
        await fire_due(session, settings, task_set.id, OPENING)
    return process_id


async def form_of(database: Database, settings: Settings, person: str = "health") -> Form:
    """The form of a person's task."""
    async with database.reading() as session:
        link = (
            await session.scalars(
                select(Link).join(Task, Task.id == Link.task_id).where(Task.assignee_code == person).limit(1)
            )
        ).one()
        secret = settings.secret_key.get_secret_value()
        holder = await open_link(session, token(secret, link.id), now=OPENING)
        return await read_form(session, holder, settings=settings)


async def known_in(database: Database, settings: Settings, person: str = "health") -> dict[str, Known]:
    """What Focal counted, by indicator, as a person's form shows it."""
    form = await form_of(database, settings, person)
    return {entry.code: entry.known for entry in form.entries if entry.known}


async def answer(database: Database, settings: Settings, typed: dict[str, Typed], person: str = "health") -> None:
    """Answer as a person does through their link."""
    form = await form_of(database, settings, person)
    ids = {entry.code: entry.item_id for entry in form.entries}
    async with database.transaction() as session:
        version = await save_draft(
            session, form.holder, {ids[code]: entry for code, entry in typed.items()}, now=OPENING
        )
        await submit(session, form.holder, draft_version=version, raw=b"{}", now=OPENING, settings=settings)


def figures(*values: tuple[str, str, str]) -> dict[str, Typed]:
    """Entries of a form: indicator, value, reason."""
    return {code: Typed(choice="value", value=value, reason=reason) for code, value, reason in values}
