"""Queries on delegations: visits, hosts, agendas."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text

from models.contracts.refusal import Refused, said
from models.policies.calendar import Calendar
from models.tables.catalogue import Plan
from models.tables.delegation_reception import Host, Slot, Visit
from models.tables.people import CalendarRow, Unit
from models.tables.process import Process, TaskSet
from models.tables.task import Answer, Item, Submission, Task
from store.calendars import load_calendar
from store.database import ReadSession, WriteSession
from store.task import OPEN_STATES, lock_set


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """One hour of an agenda with the name of its host; times in the zone of the process."""

    slot: Slot
    host: str
    zone: ZoneInfo

    @property
    def starts_at(self) -> datetime:
        """Local."""
        return self.slot.starts_at.astimezone(self.zone)

    @property
    def ends_at(self) -> datetime:
        """Local."""
        return self.slot.ends_at.astimezone(self.zone)

    def words(self) -> dict[str, Any]:
        """The fields of `models.contracts.mail.AgendaSlot`."""
        return {
            "starts_at": self.starts_at,
            "ends_at": self.ends_at,
            "theme": self.slot.theme,
            "place": self.slot.place,
            "host": self.host,
        }


async def slots_of(session: ReadSession, process_id: UUID, agenda_version: int) -> list[SlotFacts]:
    """The slots of one version of an agenda, in the order of time."""
    rows = await session.execute(
        select(Slot, Unit.name, CalendarRow.zone)
        .join(Unit, Unit.code == Slot.unit_code)
        .join(Process, Process.id == Slot.process_id)
        .join(CalendarRow, CalendarRow.code == Process.calendar_code)
        .where(Slot.process_id == process_id, Slot.agenda_version == agenda_version)
        .order_by(Slot.starts_at, Slot.position)
    )
    return [SlotFacts(slot, host, ZoneInfo(zone)) for slot, host, zone in rows]


async def hosts_of(session: ReadSession, process_id: UUID) -> list[Host]:
    """The hosts of a visit, removed ones too, in their order."""
    return list(await session.scalars(select(Host).where(Host.process_id == process_id).order_by(Host.position)))


@dataclass(frozen=True, slots=True)
class VisitCase:
    """A visit with all that what is done to it depends on. `hosts`: removed ones too; `units`: names of theirs."""

    process: Process
    visit: Visit
    task_set: TaskSet
    plan: Plan
    calendar: Calendar
    hosts: list[Host]
    units: Mapping[str, str]

    @property
    def present(self) -> list[Host]:
        """The hosts that were not removed."""
        return [host for host in self.hosts if host.state != "removed"]

    @property
    def accepting(self) -> list[Host]:
        """The hosts that will receive the delegation."""
        return [host for host in self.hosts if host.state == "accepts"]

    def over_at(self) -> datetime:
        """When the last day is over."""
        return self.calendar.end_of(self.visit.last_day)


async def load_visit(session: ReadSession, process_id: UUID) -> VisitCase:
    """The case of one visit."""
    row = await session.execute(
        select(Process, Visit, TaskSet, Plan)
        .join(Visit, Visit.process_id == Process.id)
        .join(TaskSet, TaskSet.process_id == Process.id)
        .join(Plan, Plan.code == Process.plan_code)
        .where(Process.id == process_id)
    )
    process, visit, task_set, plan = row.one()
    hosts = await hosts_of(session, process_id)
    codes = {visit.office_unit, *(host.unit_code for host in hosts)}
    units = await session.execute(select(Unit.code, Unit.name).where(Unit.code.in_(codes)))
    calendar = await load_calendar(session, process.calendar_code)
    return VisitCase(process, visit, task_set, plan, calendar, hosts, {code: name for code, name in units})


async def lock_visit(session: WriteSession, process_id: UUID) -> VisitCase:
    """Take a visit for this transaction: its set, as every change to a task does, and then its row."""
    set_id = (await session.scalars(select(TaskSet.id).where(TaskSet.process_id == process_id))).one()
    await lock_set(session, set_id)
    query = select(Visit).where(Visit.process_id == process_id).with_for_update()
    await session.scalars(query.execution_options(populate_existing=True))
    return await load_visit(session, process_id)


async def visit_id(session: ReadSession, reference: str) -> UUID:
    """The process of a visit by its reference, as in `delegation/2026-0017` or, shorter, `2026-0017`.

    Raises:
        Refused: there is none.

    """
    whole = reference if "/" in reference else f"delegation/{reference}"
    query = select(Process.id).join(Visit, Visit.process_id == Process.id).where(Process.reference == whole)
    found = await session.scalar(query)
    if found is None:
        raise Refused(
            said("There is no delegation “%(reference)s”: look with `focal delegation list`.", reference=reference)
        )
    return found


async def lock_numbers(session: WriteSession) -> None:
    """One delegation is started at a time: another waits here until this transaction ends."""
    await session.execute(text("select pg_advisory_xact_lock(hashtext('focal delegations'))"))


async def next_number(session: ReadSession, year: int) -> int:
    """The number of the next delegation of a year."""
    return (await session.scalar(select(func.max(Visit.number)).where(Visit.year == year)) or 0) + 1


async def visit_of_order(session: ReadSession, order_key: str) -> tuple[Process, Visit] | None:
    """The visit that an order started, if it was carried out before."""
    query = select(Process, Visit).join(Visit, Visit.process_id == Process.id).where(Visit.order_key == order_key)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else (row[0], row[1])


async def all_visits(session: ReadSession) -> list[tuple[Process, Visit]]:
    """Every visit, those to come first, each group by its days."""
    query = select(Process, Visit).join(Visit, Visit.process_id == Process.id)
    rows = await session.execute(query.order_by(Process.state.desc(), Visit.first_day, Visit.number))
    return [(process, visit) for process, visit in rows]


async def tasks_of(session: ReadSession, process_id: UUID, kind: str) -> list[Task]:
    """The tasks of one kind of a process, in the order in which they are due."""
    query = select(Task).where(Task.process_id == process_id, Task.kind == kind).order_by(Task.due_on, Task.occasion)
    return list(await session.scalars(query.execution_options(populate_existing=True)))


async def open_of(session: ReadSession, process_id: UUID) -> list[Task]:
    """The open tasks of a process, without decisions about others."""
    query = select(Task).where(Task.process_id == process_id, Task.state.in_(OPEN_STATES), Task.about_id.is_(None))
    return list(await session.scalars(query.order_by(Task.due_on).execution_options(populate_existing=True)))


@dataclass(frozen=True, slots=True)
class Said:
    """The answer that stands to one question of a task, and the submission that gave it."""

    answer: Answer
    submission: Submission


async def said_in(session: ReadSession, task_ids: list[UUID]) -> dict[UUID, dict[str, Said]]:
    """The answers that stand in some tasks, by task and question."""
    rows = await session.execute(
        select(Item.task_id, Item.question, Answer, Submission)
        .join(Answer, Answer.id == Item.answer_id)
        .join(Submission, Submission.id == Answer.submission_id)
        .where(Item.task_id.in_(task_ids), Item.question.is_not(None))
    )
    said: dict[UUID, dict[str, Said]] = {task_id: {} for task_id in task_ids}
    for task_id, question, answer, submission in rows:
        said[task_id][str(question)] = Said(answer, submission)
    return said
