"""The office's pages of delegations: which come and came, and how one visit stands."""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.desk import clock_of, language_of, leaf_number, leaf_of, page
from api.guard import Guarded, allowed, staff_of
from api.site import READ, site_of
from mail.question_words import assignment_name
from models.contracts.mail import Language
from models.contracts.refusal import Refused
from models.contracts.staff import Role
from models.policies.delegation_reception import day_after, day_before, last_call
from models.tables.delegation_reception import VisitFeedback
from models.tables.task import Task
from operations.delegation_reception import is_approved, is_confirmed
from operations.visit_agenda import approval_task
from operations.visit_hosts import hosting_tasks
from operations.visit_results import closing_record
from store import receptions
from store.database import ReadSession
from store.delegation_reception import SlotFacts, VisitCase, load_visit, said_in, slots_of, visit_id
from store.office import person_names
from store.people import load_persons
from store.task import OPEN_STATES, task_items, tasks_of

router = APIRouter(route_class=Guarded)
READERS: tuple[Role, ...] = ("coordinator", "manager")
MORNING = time(0)


async def visit_of(request: Request, session: ReadSession, reference: str, *roles: Role) -> VisitCase:
    """The visit in an address, `2026-0017`.

    Raises:
        HTTPException: 404, there is none, or it is prepared by a unit for which none of these roles is held.

    """
    try:
        case = await load_visit(session, await visit_id(session, f"delegation/{reference}"))
    except Refused:
        raise HTTPException(404) from None
    if not staff_of(request).holds(case.visit.office_unit, *roles):
        raise HTTPException(404)
    return case


def address_of(case: VisitCase) -> str:
    """Where the page of a visit is."""
    return f"/delegations/{case.process.reference.removeprefix('delegation/')}"


@router.api_route("/delegations", methods=READ)
@allowed("coordinator", "manager")
async def show_visits(request: Request) -> Response:
    """The delegations that come, or those that came, or those that were called off."""
    staff, now, number = staff_of(request), datetime.now(UTC), leaf_number(request)
    units, asked = staff.units(*READERS), request.query_params.get("state")
    state = asked if asked in receptions.STATES else "coming"
    async with site_of(request).database.reading() as session:
        counts = await receptions.visit_counts(session, units)
        rows = await receptions.visits(session, state, units, page=number, now=now)
    return await page(
        request,
        "office_visits.html",
        rows=rows,
        counts=counts,
        state=state,
        leaf=leaf_of(request, number, counts[state]),
        is_confirmed=is_confirmed,
        may_start=staff.may("coordinator"),
    )


@dataclass(frozen=True, slots=True)
class HostRow:
    """One host of a visit: who was asked for it, by name, and its task, where there is one."""

    code: str
    name: str
    state: str
    person: str
    remark: str
    task: Task | None


@dataclass(frozen=True, slots=True)
class AgendaView:
    """The agenda that was composed last. `standing`: fallen, approved, sent_back, waiting, undecided."""

    number: int
    slots: list[SlotFacts]
    composed_by: str
    standing: str
    decided_by: str
    note: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class VisitTask:
    """One task of a visit; `what` is empty where its kind says it all."""

    task: Task
    what: str
    unit: str
    person: str
    overdue: bool


@router.api_route("/delegations/{reference}", methods=READ)
@allowed("coordinator", "manager")
async def show_visit(request: Request, reference: str) -> Response:
    """One visit: who comes, its hosts, its agenda, its tasks, what happened and what comes, what came of it."""
    now, language = datetime.now(UTC), language_of(request)
    async with site_of(request).database.reading() as session:
        case = await visit_of(request, session, reference, *READERS)
        events = await receptions.visit_events(session, case.process.id)
        tasks = await _tasks(session, case, language, now)
        hosts = await _hosts(session, case)
        agenda = await agenda_view(session, case)
        feedback = await session.get(VisitFeedback, case.process.id)
        kept = await closing_record(session, case) if case.visit.state == "received" else None
        names = await person_names(session, {event.actor for event in events})
        clock = await clock_of(request, session, [case.process.calendar_code])
    moments: list[tuple[datetime, str, Any]] = [(event.at, "event", event) for event in events]
    moments += _ahead(case, tasks, now)
    may_act = staff_of(request).holds(case.visit.office_unit, "coordinator")
    return await page(
        request,
        "office_visit.html",
        case=case,
        here=address_of(case),
        confirmed=is_confirmed(case.visit),
        hosts=hosts,
        agenda=agenda,
        tasks=tasks,
        moments=sorted(moments, key=lambda moment: moment[0]),
        feedback=feedback,
        kept=kept,
        names=names,
        clock=clock,
        now=now,
        may_act=may_act and case.visit.state == "coming" and now < case.over_at(),
    )


async def _hosts(session: ReadSession, case: VisitCase) -> list[HostRow]:
    tasks = await hosting_tasks(session, case)
    persons = await load_persons(session, {task.assignee_code for task in tasks.values()})
    return [
        HostRow(
            code=host.unit_code,
            name=case.units[host.unit_code],
            state=host.state,
            person=persons[tasks[host.unit_code].assignee_code].name if host.unit_code in tasks else "",
            remark=host.remark,
            task=tasks.get(host.unit_code),
        )
        for host in case.hosts
    ]


async def agenda_view(session: ReadSession, case: VisitCase) -> AgendaView | None:
    """The agenda that was composed last; None while there was none."""
    visit = case.visit
    if not visit.agenda_version:
        return None
    task = await approval_task(session, case)
    said = (await said_in(session, [task.id]))[task.id].get("agenda") if task else None
    decided_by = said.submission.person_code if said else ""
    names = await person_names(session, {visit.composed_by or "", decided_by})
    if visit.composed_by is None:
        standing = "fallen"
    elif is_approved(visit):
        standing = "approved"
    elif said is not None:
        standing = "approved" if said.answer.words == "approve" else "sent_back"
    else:
        standing = "waiting" if task is None or task.state in OPEN_STATES else "undecided"
    return AgendaView(
        number=visit.agenda_version,
        slots=await slots_of(session, case.process.id, visit.agenda_version),
        composed_by=names.get(visit.composed_by or "", visit.composed_by or ""),
        standing=standing,
        decided_by=names.get(decided_by, decided_by),
        note=(said.answer.reason or "") if said else "",
        confirmed=visit.confirmed_version == visit.agenda_version,
    )


async def _tasks(session: ReadSession, case: VisitCase, language: Language, now: datetime) -> list[VisitTask]:
    rows = await tasks_of(session, case.process.id)
    items = await task_items(session, [task.id for task in rows])
    persons = await load_persons(session, {task.assignee_code for task in rows})
    units = await receptions.unit_names(session, {task.unit_code for task in rows})
    found = []
    for task in sorted(rows, key=lambda task: (task.state not in OPEN_STATES, task.due_at, task.reference)):
        detail = (items[task.id][0].item.detail or {}) if task.kind == "assignment" and task.id in items else {}
        found.append(
            VisitTask(
                task=task,
                what=assignment_name(detail, language) if detail else "",
                unit=units[task.unit_code],
                person=persons[task.assignee_code].name,
                overdue=task.state in OPEN_STATES and task.due_at <= now,
            )
        )
    return found


def _ahead(case: VisitCase, tasks: list[VisitTask], now: datetime) -> list[tuple[datetime, str, Any]]:
    """What comes, as things stand: the days of the visit, and when its open tasks are due."""
    visit, calendar = case.visit, case.calendar
    moments: list[tuple[datetime, str, Any]] = [
        (row.task.due_at, "due", row) for row in tasks if row.task.state in OPEN_STATES
    ]
    if visit.state == "coming":
        call = None if is_confirmed(visit) else last_call(visit.first_day, calendar, case.process.opened_at)
        moments += [(call, "ahead", "last_call")] if call else []
        moments.append((day_before(visit.first_day, calendar), "ahead", "reminder"))
        moments.append((calendar.at(visit.first_day, MORNING), "ahead", "arrival"))
        moments.append((day_after(visit.last_day, calendar), "ahead", "thanks"))
    return [moment for moment in moments if moment[0] > now]
