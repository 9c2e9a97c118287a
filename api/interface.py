"""What programs of the city read and do over `/api`; see `api.programs` for how they come in."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Query
from pydantic import AfterValidator
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.guard import staff_of
from api.programs import SENDING, Shown, Unfit, open_to, problems
from api.site import site_of
from models.contracts.interface import (
    Act,
    AnswerView,
    CallDetail,
    CallView,
    CollectionView,
    DeadlineView,
    Escalate,
    EventView,
    Extend,
    ItemView,
    Listing,
    Named,
    NetworkDetail,
    NetworkView,
    PersonView,
    ProcessKind,
    Reassign,
    Remind,
    ReviewView,
    StepView,
    TaskDetail,
    TaskState,
    TaskView,
    Waive,
    storable,
)
from models.contracts.mail import Language, TaskKind
from models.contracts.refusal import Refused
from models.contracts.report import QuarterReport
from models.contracts.staff import Role
from models.policies.calls import effective_status
from models.tables.calls import CallDeadline
from models.tables.membership_review import Review
from models.tables.process import Process
from models.tables.task import Answer
from operations.delegating import delegate
from operations.extending import extend
from operations.item_words import item_name
from operations.report import read_report
from operations.seeing import check_seen, last_event
from operations.steering import escalate_now, remind_now, waive
from settings import Settings
from store import interface, office
from store.calls import KnownCall, find_call, followed, known_call
from store.database import ReadSession, WriteSession
from store.interface import TaskRow, TasksWanted
from store.membership_review import find_network, reviews_of
from store.staff import units_below
from store.task import lock_task, task_items

router = APIRouter(route_class=Shown)
Row = TypeVar("Row")
OFFICE: tuple[Role, ...] = ("coordinator", "manager")
Text = Annotated[str, AfterValidator(storable)]
Limit = Annotated[int, Query(ge=1, le=500, description="Most items of one page.")]
After = Annotated[Text, Query(max_length=200, description="`next` of the page before.")]
Code = Annotated[Text | None, Query(max_length=200)]
ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+")
Reference = Annotated[str, Path(max_length=40, examples=["7K2M-9QXD"])]


def _nothing() -> Unfit:
    return Unfit(404, "There is no such thing.")


async def _or_nothing(search: Awaitable[Row]) -> Row:
    """What a search finds; what it does not is told of as everything that is not there."""
    try:
        return await search
    except Refused:
        raise _nothing() from None


def _page(rows: Sequence[Row], limit: int) -> tuple[Sequence[Row], Row | None]:
    """The rows of a page, of which one more was asked for than it holds, and the last one if others follow."""
    shown = rows[:limit]
    return shown, shown[-1] if len(rows) > limit else None


@router.get("/collections", summary="Every collection and how far it is", tags=["collections"], responses=problems())
@open_to(*OFFICE, city=True)
async def list_collections(request: Request) -> list[CollectionView]:
    """All of them, the latest period first."""
    async with site_of(request).database.reading() as session:
        return [_collection(row) for row in await office.collections(session, datetime.now(UTC))]


@router.get("/collections/{plan}/{period}", summary="One collection", tags=["collections"], responses=problems(404))
@open_to(*OFFICE, city=True)
async def show_collection(request: Request, plan: str, period: str) -> CollectionView:
    """How far the collection of a plan (`VLC`) for a period (`2026-Q4`) is."""
    async with site_of(request).database.reading() as session:
        row = await office.collection(session, plan, period, datetime.now(UTC))
    if row is None:
        raise _nothing()
    return _collection(row)


def _collection(row: office.CollectionRow) -> CollectionView:
    entries = asdict(row.entries) | {"missing": row.entries.missing}
    return CollectionView.model_validate(
        {
            "reference": row.process.reference,
            "plan": row.plan.code,
            "period": row.collection.period,
            "title": row.plan.title,
            "state": row.process.state,
            "opened_at": row.process.opened_at,
            "due_on": row.collection.due_on,
            "closes_on": row.collection.closes_on,
            "closed_at": row.process.closed_at,
            "entries": entries,
            "tasks": row.tasks,
            "overdue": row.overdue,
            "escalated": row.escalated,
        }
    )


@router.get(
    "/collections/{plan}/{period}/report",
    summary="The report of a collection",
    tags=["collections"],
    response_model=QuarterReport,
    responses=problems(404),
)
@open_to(*OFFICE, city=True)
async def show_report(request: Request, plan: str, period: str) -> Response:
    """Every figure with where it comes from; provisional while the collection is open."""
    async with site_of(request).database.reading() as session:
        report = await read_report(session, plan, period, now=datetime.now(UTC))
    if report is None:
        raise _nothing()
    return Response(await run_in_threadpool(report.model_dump_json), media_type="application/json")


@router.get("/tasks", summary="Tasks", tags=["tasks"], responses=problems(404))
@open_to(*OFFICE)
async def list_tasks(
    request: Request,
    process: Annotated[Text | None, Query(max_length=200, examples=["collection/VLC/2026-Q4"])] = None,
    process_kind: ProcessKind | None = None,
    kind: TaskKind | None = None,
    state: TaskState | None = None,
    unit: Annotated[Text | None, Query(max_length=200, description="The code of a unit: it and all below it.")] = None,
    assignee: Code = None,
    due_by: Annotated[date | None, Query(description="Due on this day or before.")] = None,
    overdue: Annotated[bool | None, Query(description="Open, and its due day is over.")] = None,
    after: After = "",
    limit: Limit = 100,
) -> Listing[TaskView]:
    """By reference; only what is within the token's units."""
    now, units = datetime.now(UTC), staff_of(request).units(*OFFICE)
    async with site_of(request).database.reading() as session:
        if unit is not None:
            below = (await units_below(session, [unit]))[unit]
            units = below if units is None else below & units
            if not units:
                raise _nothing()
        wanted = TasksWanted(process, process_kind, kind, state, assignee, due_by, overdue, units)
        rows = await interface.tasks(session, wanted, after=after, limit=limit + 1, now=now)
    shown, last = _page(rows, limit)
    return Listing(items=[_task(row) for row in shown], next=last.task.reference if last else None)


def _task(row: TaskRow) -> TaskView:
    task = row.task
    names = TaskView.model_fields.keys() - {"process", "process_kind", "unit", "assignee", "overdue", "asked"}
    return TaskView.model_validate(
        {
            **{name: getattr(task, name) for name in names - {"answered"}},
            "process": row.process.reference,
            "process_kind": row.process.kind,
            "unit": Named(code=row.unit.code, name=row.unit.name),
            "assignee": Named(code=row.assignee.code, name=row.assignee.name),
            "overdue": row.overdue,
            "asked": row.asked,
            "answered": row.answered,
        }
    )


@router.get("/tasks/{reference}", summary="One task", tags=["tasks"], responses=problems(404))
@open_to(*OFFICE)
async def show_task(request: Request, reference: Reference, language: Language = "en") -> TaskDetail:
    """What it asks for, what happened, what comes next. `language`: of questions; indicators are in their plan's."""
    async with site_of(request).database.reading() as session:
        row = await _found(request, session, reference)
        return await _detail(session, site_of(request).settings, row, language)


async def _found(request: Request, session: ReadSession, reference: str) -> TaskRow:
    row = await interface.task(session, reference, datetime.now(UTC))
    if row is None or not staff_of(request).holds(row.unit.code, *OFFICE):
        raise _nothing()
    return row


async def _detail(session: ReadSession, settings: Settings, row: TaskRow, language: Language) -> TaskDetail:
    lines = (await task_items(session, [row.task.id])).get(row.task.id, [])
    steps = await office.steps_of(session, row.task.id)
    items = [
        ItemView(
            number=line.number,
            code=line.code,
            name=item_name(line, language),
            unit=line.unit,
            required=line.item.required,
            answer=_answer(line.answer),
            returned_note=line.item.returned_note,
        )
        for line in lines
    ]
    return TaskDetail(
        **dict(_task(row)),
        items=items,
        steps=[StepView.model_validate(step, from_attributes=True) for step in steps],
        seen=await last_event(session, task_id=row.task.id),
        page=f"{settings.office_url}/tasks/{row.task.reference}",
    )


def _answer(answer: Answer | None) -> AnswerView | None:
    return None if answer is None else AnswerView.model_validate(answer, from_attributes=True)


Deed = Callable[[WriteSession, Settings, UUID, str, datetime], Awaitable[object]]
"""Does something to a task by its id, by whom, when."""


async def _act(request: Request, reference: str, sent: Act, do: Deed) -> TaskDetail:
    """Do something to a task, unless somebody else did since it was read; gives it as it stands then."""
    site, by, now = site_of(request), staff_of(request).code, datetime.now(UTC)
    async with site.database.transaction() as session:
        row = await _found(request, session, reference)
        if sent.seen is not None:
            await lock_task(session, row.task.id)
            await check_seen(session, sent.seen, by=by, task_id=row.task.id)
        await do(session, site.settings, row.task.id, by, now)
        await session.flush()
        return await _detail(session, site.settings, await _found(request, session, reference), "en")


@router.post("/tasks/{reference}/remind", summary="Remind", tags=["tasks"], responses=problems(404, *SENDING))
@open_to(*OFFICE)
async def remind(request: Request, reference: Reference, sent: Remind) -> TaskDetail:
    """Remind the person in the next working hour, if the rules of the task allow one more mail."""

    async def do(session: WriteSession, _settings: Settings, task_id: UUID, by: str, now: datetime) -> None:
        await remind_now(session, task_id, by=by, now=now)

    return await _act(request, reference, sent, do)


@router.post("/tasks/{reference}/extend", summary="Give more time", tags=["tasks"], responses=problems(404, *SENDING))
@open_to(*OFFICE)
async def give_time(request: Request, reference: Reference, sent: Extend) -> TaskDetail:
    """Give more time; a wish for it that is open is granted with it. The person is told, with the reason."""

    async def do(session: WriteSession, settings: Settings, task_id: UUID, by: str, now: datetime) -> None:
        await extend(session, settings, task_id, until=sent.until, reason=sent.reason, by=by, now=now)

    return await _act(request, reference, sent, do)


@router.post(
    "/tasks/{reference}/waive", summary="Ask for nothing any more", tags=["tasks"], responses=problems(404, *SENDING)
)
@open_to(*OFFICE)
async def let_off(request: Request, reference: Reference, sent: Waive) -> TaskDetail:
    """Ask for nothing any more; what was answered stays. The person is told, with the reason."""

    async def do(session: WriteSession, settings: Settings, task_id: UUID, by: str, now: datetime) -> None:
        await waive(session, settings, task_id, reason=sent.reason, by=by, now=now)

    return await _act(request, reference, sent, do)


@router.post(
    "/tasks/{reference}/escalate", summary="Tell the next level", tags=["tasks"], responses=problems(404, *SENDING)
)
@open_to(*OFFICE)
async def escalate(request: Request, reference: Reference, sent: Escalate) -> TaskDetail:
    """Tell the next level up in the next working hour, before its day; the person gets a copy."""

    async def do(session: WriteSession, _settings: Settings, task_id: UUID, by: str, now: datetime) -> None:
        await escalate_now(session, task_id, reason=sent.reason, by=by, now=now)

    return await _act(request, reference, sent, do)


@router.post("/tasks/{reference}/reassign", summary="Pass on", tags=["tasks"], responses=problems(404, *SENDING))
@open_to(*OFFICE)
async def reassign(request: Request, reference: Reference, sent: Reassign) -> TaskDetail:
    """Pass the task on to another person, who is asked in the next working hour; both are told."""

    async def do(session: WriteSession, settings: Settings, task_id: UUID, by: str, now: datetime) -> None:
        await delegate(session, settings, task_id, to=sent.person, by=by, note=sent.note, now=now)

    return await _act(request, reference, sent, do)


@router.get("/calls", summary="European calls", tags=["calls"], responses=problems())
@open_to(*OFFICE)
async def list_calls(
    request: Request,
    programme: Code = None,
    decision: Literal["follow", "watch", "ignore", "none"] | None = None,
    after: After = "",
    limit: Limit = 100,
) -> Listing[CallView]:
    """By identifier. `decision=none`: those about which nobody has decided. `follow_up`: within the token's units."""
    now = datetime.now(UTC)
    async with site_of(request).database.reading() as session:
        rows = await interface.calls(session, programme=programme, decision=decision, after=after, limit=limit + 1)
        under_way = await followed(session, staff_of(request).units(*OFFICE))
    shown, last = _page(rows, limit)
    items = [_call(known, under_way.get(known.row.id), now) for known in shown]
    return Listing(items=items, next=last.row.identifier if last else None)


@router.get("/calls/{identifier}", summary="One call", tags=["calls"], responses=problems(404))
@open_to(*OFFICE)
async def show_call(request: Request, identifier: Annotated[str, Path(max_length=200)]) -> CallDetail:
    """One call with its description."""
    async with site_of(request).database.reading() as session:
        known = await known_call(session, await _or_nothing(find_call(session, identifier)))
        under_way = await followed(session, staff_of(request).units(*OFFICE))
    view = _call(known, under_way.get(known.row.id), datetime.now(UTC))
    return CallDetail(**dict(view), description=known.row.description)


def _call(known: KnownCall, follow_up: str | None, now: datetime) -> CallView:
    row = known.row
    status = effective_status(known.read, now, gone=row.gone_at is not None, cancelled=row.cancelled_at is not None)
    names = ("identifier", "kind", "title", "opens_on", "budget", "largest_grant", "decision", "decision_reason")
    return CallView.model_validate(
        {
            **{name: getattr(row, name) for name in (*names, "review", "url", "changed_at")},
            "programme": row.programme_code,
            "status": status,
            "deadlines": [_deadline(each) for each in known.deadlines],
            "follow_up": follow_up,
        }
    )


def _deadline(row: CallDeadline) -> DeadlineView:
    return DeadlineView(number=row.number, day=row.day, hour=f"{row.hour:%H:%M}", zone=row.zone)


@router.get("/networks", summary="City networks", tags=["networks"], responses=problems())
@open_to(*OFFICE)
async def list_networks(
    request: Request,
    state: Literal["member", "leaving", "left", "candidate", "watched", "declined"] | None = None,
    after: After = "",
    limit: Limit = 100,
) -> Listing[NetworkView]:
    """By code; only those for which the token's units answer."""
    async with site_of(request).database.reading() as session:
        units = staff_of(request).units(*OFFICE)
        rows = await interface.networks(session, state=state, units=units, after=after, limit=limit + 1)
    shown, last = _page(rows, limit)
    items = [NetworkView.model_validate(row, from_attributes=True) for row in shown]
    return Listing(items=items, next=last.code if last else None)


@router.get("/networks/{code}", summary="One network", tags=["networks"], responses=problems(404))
@open_to(*OFFICE)
async def show_network(request: Request, code: Annotated[str, Path(max_length=200)]) -> NetworkDetail:
    """One network with its reviews."""
    async with site_of(request).database.reading() as session:
        network = await _or_nothing(find_network(session, code))
        units = staff_of(request).units(*OFFICE)
        if units is not None and (network.unit_code or network.actor_code) not in units:
            raise _nothing()
        reviews = await reviews_of(session, network.code)
    view = NetworkView.model_validate(network, from_attributes=True)
    return NetworkDetail(**dict(view), reviews=[_review(*each) for each in reviews])


def _review(process: Process, review: Review) -> ReviewView:
    return ReviewView.model_validate(
        {
            "reference": process.reference,
            "year": review.year,
            "state": process.state,
            "recommended": (review.recommendation or {}).get("result"),
            "decision": review.decision,
            "decision_reason": review.decision_reason,
            "decided_at": review.decided_at,
        }
    )


@router.get("/people", summary="People", tags=["people"], responses=problems())
@open_to("coordinator", "operator", city=True)
async def list_people(
    request: Request, unit: Code = None, after: After = "", limit: Limit = 100
) -> Listing[PersonView]:
    """By code, without their addresses."""
    site = site_of(request)
    today = datetime.now(ZoneInfo(site.settings.office_zone)).date()
    async with site.database.reading() as session:
        rows = await interface.people(session, unit=unit, after=after, limit=limit + 1)
        shown, last = _page(rows, limit)
        appointed = await interface.focal_points_on(session, [row.code for row in shown], today)
    items = [
        PersonView(
            code=row.code,
            name=row.name,
            language=row.language,
            unit_code=row.unit_code,
            active=row.active,
            focal_point_of=appointed.get(row.code, []),
        )
        for row in shown
    ]
    return Listing(items=items, next=last.code if last else None)


@router.get("/audit", summary="The record", tags=["audit"], responses=problems())
@open_to("coordinator", "manager", "operator", city=True)
async def list_events(
    request: Request,
    process: Annotated[Text | None, Query(max_length=200, examples=["collection/VLC/2026-Q4"])] = None,
    task: Annotated[Text | None, Query(max_length=40, examples=["7K2M-9QXD"])] = None,
    actor: Code = None,
    action: Annotated[Text | None, Query(max_length=200, examples=["task.extended"])] = None,
    after: Annotated[int, Query(ge=0, le=2**63 - 1, description="`next` of the page before.")] = 0,
    limit: Limit = 100,
) -> Listing[EventView]:
    """What was done, by whom, when and why, in the order it was written; nothing of it is ever changed."""
    async with site_of(request).database.reading() as session:
        task_id = await office.task_id_of(session, task) if task else None
        nothing = task is not None and task_id is None
        found = await interface.events(
            session,
            process=process,
            task_id=task_id,
            actor=actor,
            action=action,
            after=after,
            limit=0 if nothing else limit + 1,
        )
    shown, last = _page(found, limit)
    items = [
        EventView.model_validate(
            {
                **{name: getattr(row.event, name) for name in ("id", "at", "actor", "action")},
                "detail": _without_addresses(row.event.detail),
                "process": row.process,
                "task": row.task,
            }
        )
        for row in shown
    ]
    return Listing(items=items, next=str(last.event.id) if last else None)


def _without_addresses(value: Any) -> Any:
    """What an event holds, for programs: they are told no addresses of people."""
    match value:
        case str():
            return ADDRESS.sub("…", value)
        case list():
            return [_without_addresses(each) for each in value]
        case dict():
            return {name: _without_addresses(each) for name, each in value.items()}
        case _:
            return value
