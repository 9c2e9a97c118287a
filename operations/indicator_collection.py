"""A quarter's collection: opened, laid out into tasks, closed. Each function is one transaction."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import select, update

from mail.message import Attachment
from models.contracts.mail import CollectionReport
from models.contracts.orders import CollectionOrder, CollectionTasks, FollowUpOrder
from models.contracts.refusal import Refused, said
from models.contracts.report import QuarterReport
from models.policies.asking import Asked
from models.policies.indicator_collection import Roster, roster
from models.policies.people_checks import structure_findings
from models.policies.period import Quarter
from models.policies.plan import opening_instant, task_days
from models.policies.report import response_rate
from models.tables.catalogue import Plan
from models.tables.indicator_collection import Collection
from models.tables.process import Dispatch, Process, TaskSet
from models.tables.task import Step, Task
from operations.audit import record
from operations.ending import drop_decisions
from operations.known_figures import known_for
from operations.notices import hand_over, leave_at, reader_context, write
from operations.report_files import XLSX, file_name, workbook
from operations.tasks import add_tasks, calendars_of_units
from settings import Settings
from store.calendars import load_calendar
from store.database import ReadSession, WriteSession
from store.indicator_collection import find_collection, plan_facts, sets_of
from store.people import load_people
from store.policies import latest_policy
from store.task import OPEN_STATES, lock_sets, poke_if_needed


@dataclass(frozen=True, slots=True)
class Opened:
    """The collection there is now, and whether this call opened it or an earlier one had."""

    order: CollectionOrder
    collection: Collection
    joined: bool


async def open_collection(
    session: WriteSession,
    plan_code: str,
    period: str,
    *,
    by: str,
    now: datetime,
    calendar_code: str | None = None,
    at_once: bool = False,
) -> Opened:
    """Open the collection of a plan and quarter, or join the one that is there.

    Everything that can be wrong is found here, before anything starts: the roster is laid out as if tasks were
    to be made. `calendar_code` replaces the plan's calendar; `at_once` sends requests outside working hours too.

    Raises:
        Refused: plan or quarter unknown or outside the plan, or a roster that cannot work; each problem named.

    """
    quarter = Quarter.parse(period)
    plan = await session.get(Plan, plan_code, with_for_update=True)
    if plan is None:
        known = ", ".join(await session.scalars(select(Plan.code).order_by(Plan.code)))
        raise Refused(
            said(
                "There is no plan “%(plan)s”. Plans: %(plans)s.",
                plan=plan_code,
                plans=known or said("none; run `focal catalogue load`"),
            )
        )
    existing = await find_collection(session, plan_code, str(quarter))
    if existing is not None:
        process, collection = existing
        return Opened(CollectionOrder(process_id=process.id, reference=process.reference), collection, joined=True)
    calendar = await load_calendar(session, calendar_code or plan.calendar)
    policy = await latest_policy(session, "indicator_request")
    opens_at = opening_instant(calendar, now, policy, at_once=at_once)
    days = task_days(policy, calendar, opens_at=opens_at, closes_at=None)
    asked = await lay_out(session, plan_code, quarter, calendar.day(now))
    process = Process(
        id=uuid4(),
        reference=f"collection/{plan_code}/{quarter}",
        kind="indicator_collection",
        state="open",
        plan_code=plan_code,
        calendar_code=calendar_code or plan.calendar,
        opened_by=by,
        opened_at=now,
        closes_at=days.closes_at,
    )
    session.add(process)
    await session.flush()
    collection = Collection(
        process_id=process.id,
        plan_code=plan_code,
        period=str(quarter),
        opens_on=days.opens_on,
        opens_at=days.opens_at,
        due_on=days.due_on,
        due_at=days.due_at,
        closes_on=days.closes_on,
        closes_at=days.closes_at,
    )
    order = CollectionOrder(process_id=process.id, reference=process.reference)
    session.add(collection)
    session.add(
        Dispatch(
            kind="start",
            workflow="IndicatorCollection",
            workflow_id=process.reference,
            order=order.model_dump(mode="json"),
            created_at=now,
        )
    )
    record(
        session,
        "collection.opened",
        by=by,
        now=now,
        process_id=process.id,
        tasks=len(asked.asked),
        not_covered=len(asked.not_covered),
    )
    await session.flush()
    return Opened(order, collection, joined=False)


async def lay_out(session: ReadSession, plan_code: str, quarter: Quarter, day: date) -> Roster:
    """Who is asked what in a quarter, by the people and units of today.

    Raises:
        Refused: the roster cannot work; each problem named.

    """
    plan = await plan_facts(session, plan_code)
    if plan is None:
        raise Refused(said("There is no plan “%(plan)s”.", plan=plan_code))
    people = await load_people(session)
    if findings := structure_findings(people):
        raise Refused(*(finding.reason for finding in findings))
    return roster(plan, quarter, people, day)


async def left_to_ask(session: ReadSession, process_id: UUID) -> list[Asked]:
    """Whoever of a collection's roster has no task yet, by the people and units of the day it was opened."""
    process = await session.get_one(Process, process_id)
    collection = await session.get_one(Collection, process_id)
    calendar = await load_calendar(session, process.calendar_code)
    quarter = Quarter.parse(collection.period)
    asked = await lay_out(session, collection.plan_code, quarter, calendar.day(process.opened_at))
    # By unit alone: its task may have been passed on to somebody else since.
    made = set(await session.scalars(select(Task.unit_code).where(Task.process_id == process_id)))
    return [task for task in asked.asked if task.unit_code not in made]


async def create_set(session: WriteSession, process_id: UUID, tasks: Sequence[Asked], *, now: datetime) -> None:
    """Make the tasks of one set of a collection.

    A unit has one task per kind in a process, which the database holds: a second attempt at the same tasks fails
    whole.
    """
    process = await session.get_one(Process, process_id, with_for_update=True)
    if process.state == "closed":  # by hand, in the moment after it was opened
        return
    collection = await session.get_one(Collection, process_id)
    calendars = await calendars_of_units(session, {task.unit_code for task in tasks}, process.calendar_code)
    number = len(await sets_of(session, process_id)) + 1
    task_set = TaskSet(
        id=uuid4(),
        process_id=process_id,
        number=number,
        workflow_id=f"{process.reference}/follow-up/{number}",
    )
    session.add(task_set)
    await session.flush()
    known = await known_for(session, collection.plan_code, Quarter.parse(collection.period), now=now)
    for kind in sorted({task.kind for task in tasks}):
        await add_tasks(
            session,
            task_set,
            [task for task in tasks if task.kind == kind],
            policy=await latest_policy(session, kind),
            calendar=await load_calendar(session, process.calendar_code),
            calendars=calendars,
            opens_at=collection.opens_at,
            closes_at=collection.closes_at,
            known=known,
        )
    record(
        session,
        "collection.set_made",
        by="focal",
        now=now,
        process_id=process_id,
        set=number,
        tasks=len(tasks),
    )


async def collection_tasks(session: ReadSession, process_id: UUID) -> CollectionTasks:
    """The sets of a collection, for its workflow to follow."""
    collection = await session.get_one(Collection, process_id)
    return CollectionTasks(
        sets=tuple(
            FollowUpOrder(set_id=task_set.id, workflow_id=task_set.workflow_id)
            for task_set in await sets_of(session, process_id)
        ),
        closes_at=collection.closes_at,
    )


async def close_collection(session: WriteSession, process_id: UUID, *, by: str, now: datetime) -> bool:
    """Close a collection: what was not answered expires, nothing more is sent, follow-ups are woken to end.

    Safe to run twice: a closed collection stays as it is. Gives whether it was open.
    """
    sets = await lock_sets(session, [task_set.id for task_set in await sets_of(session, process_id)])
    process = await session.get_one(Process, process_id, with_for_update=True)
    if process.state == "closed":
        return False
    process.state, process.closed_at = "closed", now
    expired = (
        await session.scalars(
            update(Task)
            .where(Task.process_id == process_id, Task.state.in_(OPEN_STATES), Task.about_id.is_(None))
            .values(state="expired", closed_at=now, outcome_reason="the collection closed")
            .returning(Task.id)
        )
    ).all()
    await session.execute(
        update(Step)
        .where(Step.task_id.in_(expired), Step.kind == "expiry", Step.state == "planned")
        .values(state="done", done_at=now)
    )
    await drop_decisions(session, expired, now)
    for task_set in sets:
        await poke_if_needed(session, task_set, now)
    record(session, "collection.closed", by=by, now=now, process_id=process_id, expired=len(expired))
    return True


async def close_by_hand(session: WriteSession, process_id: UUID, *, by: str, now: datetime) -> None:
    """Close a collection before its day; its workflow is told, and writes the report.

    Raises:
        Refused: it is closed already.

    """
    if not await close_collection(session, process_id, by=by, now=now):
        raise Refused(said("This collection is closed already."))
    process = await session.get_one(Process, process_id)
    poke = {"kind": "poke", "workflow": "IndicatorCollection", "workflow_id": process.reference}
    session.add(Dispatch(**poke, order={}, created_at=now))


async def open_quarter(session: WriteSession, plan_code: str, *, nominal: datetime, now: datetime) -> Opened:
    """Open the collection of the quarter before the one in which a schedule's nominal time lies, plan's zone.

    Raises:
        Refused: see `open_collection`.

    """
    plan = await session.get(Plan, plan_code)
    if plan is None:
        raise Refused(said("There is no plan “%(plan)s”.", plan=plan_code))
    calendar = await load_calendar(session, plan.calendar)
    quarter = Quarter.of(calendar.day(nominal)).previous()
    return await open_collection(session, plan_code, str(quarter), by="schedule", now=now)


async def announce_report(session: WriteSession, settings: Settings, report: QuarterReport, *, now: datetime) -> None:
    """Write to the coordinator that the quarter is closed, with the report as a spreadsheet."""
    process = (await session.scalars(select(Process).where(Process.reference == report.reference))).one()
    language = settings.coordinator_language
    context = CollectionReport(
        **reader_context(settings, language, settings.coordinator_name),
        plan_title=report.plan_title,
        plan_code=report.plan_code,
        quarter=report.quarter,
        year=report.year,
        closed_on=report.closed_on,
        asked=report.tally.asked,
        answered=report.tally.value,
        nothing_to_report=report.tally.nothing_to_report,
        not_available=report.tally.not_available,
        missing=report.tally.missing,
        response_rate=response_rate(report.tally),
        units_without_answer=tuple(unit.unit_name for unit in report.units if unit.tally.missing == unit.tally.asked),
        link=f"{settings.office_url}/collections/{report.plan_code}/{report.year}-Q{report.quarter}/report",
    )
    workbook_file = Attachment(
        filename=file_name(report, "xlsx"),
        content_type=XLSX,
        # In a thread: a large workbook takes half a minute, and others go on meanwhile.
        content=await asyncio.to_thread(workbook, report, language),
    )
    mail = write(
        settings,
        key=f"collection_report:{process.reference}",
        name="collection_report",
        context=context,
        thread=process.reference,
        process_id=process.id,
        now=now,
        attachments=(workbook_file,),
    )
    collection = await session.get_one(Collection, process.id)
    if process.closed_at is not None and process.closed_at >= collection.closes_at:
        # By itself it closes at midnight, when nobody is written to; whoever closes it by hand waits for the report.
        leave_at(mail, (await load_calendar(session, process.calendar_code)).sending_instant(now))
    await hand_over(session, [mail])
