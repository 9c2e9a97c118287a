"""The periodic question to every area: which networks has it joined; what it names becomes a candidate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import select

from models.contracts.mail import CensusResult
from models.contracts.orders import ProcessOrder, Standing
from models.contracts.refusal import Refused, said
from models.policies.asking import Asked, AskedQuestion, answers_for
from models.policies.membership_review import census_standing
from models.policies.network_names import read_names
from models.policies.people import AREA
from models.policies.people_checks import People
from models.tables.catalogue import Plan
from models.tables.membership_review import Census, Network
from models.tables.process import Process
from models.tables.task import Task
from operations.audit import record
from operations.networks import add_network, match_network
from operations.notices import Desk, hand_over, leave_at, reader_context, write
from operations.processes import ask, close_process, start_process
from operations.review_opening import office_of
from operations.stuck import tell_not_opened
from settings import Settings
from store.calendars import load_calendar
from store.database import ReadSession, WriteSession
from store.indicator_collection import sets_of
from store.membership_review import last_census, open_census_reference
from store.people import load_people
from store.task import OPEN_STATES, lock_set, poke_if_needed, task_items, tasks_of


async def open_census(
    session: WriteSession, *, by: str, now: datetime, plan_code: str | None = None, calendar_code: str | None = None
) -> ProcessOrder:
    """Ask every area of a plan's institution which networks it has joined.

    Raises:
        Refused: a census of that institution is open, no area is known, or none has anybody who could be asked; each
            one named.

    """
    office = await office_of(session, plan_code)
    plan = await session.get_one(Plan, office.plan_code, with_for_update=True)
    calendar_code = calendar_code or office.calendar_code
    calendar = await load_calendar(session, calendar_code)
    today = calendar.day(now)
    running = await open_census_reference(session, plan.institution)
    if running is not None:
        raise Refused(said("%(running)s is open: wait until it is over before you ask again.", running=running))
    people = await load_people(session)
    areas = areas_of(people, plan.institution)
    if not areas:
        raise Refused(
            said("%(institution)s has no area in the roster: import units first.", institution=plan.institution)
        )
    nobody = nobody_to_ask(people, areas, today)
    if len(nobody) == len(areas):
        raise Refused(*nobody)
    number = await last_census(session, today.year) + 1
    process = Process(
        id=uuid4(),
        reference=f"review/census/{today.year}-{number}",
        kind="membership_review",
        state="open",
        plan_code=office.plan_code,
        calendar_code=calendar_code,
        opened_by=by,
        opened_at=now,
    )
    session.add(process)
    await session.flush()
    session.add(Census(process_id=process.id, year=today.year, number=number))
    return await start_process(session, process, "NetworkCensus", "census.opened", by=by, now=now, areas=len(areas))


async def open_scheduled_census(session: WriteSession, plan_code: str, *, now: datetime) -> None:
    """Open a census, unless one of the same institution is open.

    Raises:
        Refused: see `open_census`.

    """
    office = await office_of(session, plan_code)
    if await open_census_reference(session, office.institution) is None:
        await open_census(session, by="schedule", now=now, plan_code=plan_code)


def areas_of(people: People, institution: str) -> tuple[str, ...]:
    """The areas of an institution, in the order of their codes."""
    return tuple(
        sorted(unit.code for unit in people.units.values() if unit.kind == AREA and unit.institution == institution)
    )


def nobody_to_ask(people: People, areas: Sequence[str], day: date) -> tuple[str, ...]:
    """A sentence about each area that has nobody who could be asked on a day."""
    nobody = [code for code in areas if answers_for(people, code, day) is None]
    return tuple(
        said("%(unit)s has neither a focal point nor a head: nobody can be asked.", unit=code) for code in nobody
    )


async def ask_areas(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Ask whoever answers for each area, and tell the office where there is nobody; no area is asked twice."""
    (task_set,) = await sets_of(session, process_id)
    task_set = await lock_set(session, task_set.id)
    process = await session.get_one(Process, process_id)
    if process.state == "closed":
        return
    plan = await session.get_one(Plan, process.plan_code)
    people = await load_people(session)
    today = (await load_calendar(session, process.calendar_code)).day(now)
    areas = areas_of(people, plan.institution)
    if nobody := nobody_to_ask(people, areas, today):
        told = (process.plan_code, process.reference, "ask_areas", nobody)
        await tell_not_opened(session, settings, *told, now=now)
    tasks = [
        Asked("joined_networks", code, person, questions=(AskedQuestion("networks"),))
        for code in areas
        if (person := answers_for(people, code, today)) is not None
    ]
    await ask(session, task_set, process, tasks, now)


async def look(session: ReadSession, process_id: UUID) -> Standing:
    """How far a census is."""
    process = await session.get_one(Process, process_id)
    tasks = await tasks_of(session, process_id)
    settled = all(task.state not in OPEN_STATES for task in tasks)
    return census_standing(closed=process.state == "closed", settled=settled)


@dataclass(frozen=True, slots=True)
class Named:
    """A network that an area says it has joined, as it wrote it."""

    name: str
    unit_code: str
    answer_id: UUID


@dataclass(frozen=True, slots=True)
class Answered:
    """What an area answered: names, and lines of which it is not clear what they name. `given`: it did answer."""

    unit_code: str
    given: bool
    named: tuple[Named, ...] = ()
    doubtful: tuple[str, ...] = ()


async def close_census(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Enter what the areas named into the register, and close; a second time changes nothing.

    A name that the register knows is not entered again: what was declined, or left, is a candidate again.
    """
    (task_set,) = await sets_of(session, process_id)
    task_set = await lock_set(session, task_set.id)
    process = await session.get_one(Process, process_id, with_for_update=True)
    if process.state == "closed":
        return
    tasks = tuple(await tasks_of(session, process_id))
    answers = [await _answer(session, task) for task in tasks]
    entered: list[Named] = []
    for named in [named for answer in answers for named in answer.named]:
        known = match_network(named.name, list(await session.scalars(select(Network))))
        if known is None:
            await add_network(
                session,
                named.name,
                by="focal",
                now=now,
                plan_code=process.plan_code,
                unit_code=named.unit_code,
                found_by=named.answer_id,
            )
            entered.append(named)
        elif known.state in {"declined", "left", "watched"}:
            record(
                session,
                "network.named_again",
                by="focal",
                now=now,
                process_id=process_id,
                network=known.code,
                before=known.state,
                unit=named.unit_code,
            )
            known.state, known.found_by = "candidate", named.answer_id
            known.exit_on = known.fee_stopped_at = None
            entered.append(named)
    await _tell(session, settings, process, answers, entered, now)
    await close_process(Desk(session, settings, now), process, tasks)
    await poke_if_needed(session, task_set, now)


async def _answer(session: ReadSession, task: Task) -> Answered:
    (line,) = (await task_items(session, [task.id]))[task.id]
    answer = line.answer
    if answer is None or answer.words is None:
        return Answered(task.unit_code, given=answer is not None)
    read = read_names(answer.words)
    named = tuple(Named(name, task.unit_code, answer.id) for name in read.names)
    return Answered(task.unit_code, given=True, named=named, doubtful=read.doubtful)


async def _tell(
    session: WriteSession,
    settings: Settings,
    process: Process,
    answers: Sequence[Answered],
    entered: Sequence[Named],
    now: datetime,
) -> None:
    """Write to the office what became of the question."""
    plan = await session.get_one(Plan, process.plan_code)
    people = await load_people(session)
    name = {unit.code: unit.name for unit in people.units.values()}
    areas = areas_of(people, plan.institution)
    given = {answer.unit_code: answer for answer in answers if answer.given}
    doubtful = [(name[code], line) for code, answer in given.items() for line in answer.doubtful]
    new = {named.unit_code for named in entered}
    context = CensusResult(
        **reader_context(settings, settings.coordinator_language, settings.coordinator_name),
        plan_title=plan.title,
        plan_language=plan.language,
        reference=process.reference,
        asked=len({*areas, *given}),
        answered=len(given),
        candidates=tuple((name[named.unit_code], named.name) for named in entered),
        doubtful=tuple(doubtful),
        nothing=tuple(name[code] for code, answer in given.items() if code not in new and not answer.doubtful),
        silent=tuple(name[code] for code in areas if code not in given),
        command=f"focal networks add NAME --plan {plan.code} --unit UNIT" if doubtful else "",
    )
    mail = write(
        settings,
        key=f"census_result:{process.reference}",
        name="census_result",
        context=context,
        thread=process.reference,
        process_id=process.id,
        now=now,
    )
    leave_at(mail, (await load_calendar(session, process.calendar_code)).sending_instant(now))
    await hand_over(session, [mail])
