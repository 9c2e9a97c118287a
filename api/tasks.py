"""The pages of tasks: all of them in a table, and one with what happened, what comes next, and what can be done."""

from datetime import UTC, datetime
from typing import Any, get_args
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.desk import clock_of, language_of, leaf_number, leaf_of, page
from api.guard import Guarded, allowed, staff_of
from api.site import READ, site_of
from operations.board import acts_on
from operations.evidence import files_seen
from operations.item_words import item_name
from operations.subjects import load_subjects
from store import office, office_mails
from store.calendars import load_calendar
from store.office import TaskFilter, TaskOrder
from store.submissions import arrivals
from store.task import task_facts

router = APIRouter(route_class=Guarded)
ORDERS: tuple[TaskOrder, ...] = get_args(TaskOrder)


@router.api_route("/tasks", methods=READ)
@allowed("coordinator", "manager")
async def show_tasks(request: Request) -> Response:
    """Tasks in a table: all, of one collection, or only those that are overdue."""
    now, asked = datetime.now(UTC), request.query_params
    plan_code, _, period = asked.get("collection", "").partition("/")
    wanted = TaskFilter(
        plan_code, period, overdue=asked.get("overdue") == "1", units=staff_of(request).units("coordinator", "manager")
    )
    order: TaskOrder = next((name for name in ORDERS if name == asked.get("sort")), "due")
    number = leaf_number(request)
    async with site_of(request).database.reading() as session:
        rows, total = await office.tasks(session, wanted, order=order, page=number, now=now)
        known = await office.collections(session, now)
    return await page(
        request,
        "office_tasks.html",
        rows=rows,
        total=total,
        order=order,
        wanted=wanted,
        known=known,
        leaf=leaf_of(request, number, total),
        sorted_by=lambda name: "?" + urlencode({**asked, "sort": name, "page": 1}),
    )


@router.api_route("/tasks/{reference}", methods=READ)
@allowed("coordinator", "manager")
async def show_task(request: Request, reference: str) -> Response:
    """One task: what happened, what comes next and why, its answers, its mails, its record."""
    now = datetime.now(UTC)
    async with site_of(request).database.reading() as session:
        task_id = await office.task_id_of(session, reference)
        if task_id is None:
            raise HTTPException(404)
        (facts,) = await task_facts(session, [task_id])
        if not staff_of(request).holds(facts.task.unit_code, "coordinator", "manager"):
            raise HTTPException(404)
        steps = await office.steps_of(session, task_id)
        arrived = await arrivals(session, task_id)
        items = await office.items_of(session, task_id)
        events = await office.events_of(session, task_id)
        mails = await office_mails.mails_of(session, task_id)
        replies = await office_mails.replies(session, page=1, task_id=task_id)
        names = await office.person_names(session, {event.actor for event in events})
        files = await files_seen(session, task_id, await load_calendar(session, facts.process.calendar_code))
        clock = await clock_of(request, session, [facts.process.calendar_code])
        lines, today = {task_id: [row.line for row in items]}, clock.local(now, facts.process.calendar_code).date()
        subject = (await load_subjects(session, [facts], lines, today))[task_id]
    language = language_of(request)
    moments: list[tuple[datetime, str, Any]] = [(step.done_at or step.at, "step", step) for step in steps]
    moments += [(arrival.received_at, "arrival", arrival) for arrival in arrived]
    return await page(
        request,
        "office_task.html",
        facts=facts,
        moments=sorted(moments, key=lambda moment: moment[0]),
        arrived=arrived,
        items=items,
        events=events,
        mails=mails,
        replies=replies,
        names=names,
        files=files,
        acts=acts_on(facts, answered=any(row.line.answer for row in items)),
        name_of=lambda line: item_name(line, language),
        about=subject.fields(language),
        now=now,
        clock=clock,
    )
