"""What is prepared for a visit: tasks counted backward from its first day, and counted again when it moves."""

from datetime import date, datetime
from uuid import UUID

from models.policies.asking import Asked, AskedQuestion, answers_for
from models.policies.delegation_reception import PlannedPreparation, plan_backward
from models.tables.task import Item, Task
from operations.audit import record
from operations.processes import reschedule
from operations.tasks import add_tasks, calendars_of_units, take
from operations.visit_hosts import opening
from operations.visit_letters import SHOW, VisitDesk
from settings import Settings
from store.database import ReadSession, WriteSession
from store.delegation_reception import VisitCase, lock_visit, tasks_of
from store.people import load_people
from store.policies import latest_policy
from store.task import OPEN_STATES, poke_if_needed, task_items


async def plan_preparations(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Have everything prepared that a visit of its kind needs, by the days of now.

    What was planned for other days and is not done moves with the visit, and whoever has it is told; what is done
    stays done, and the coordinator hears of it. Where time is short, the coordinator hears of it at once. Does nothing
    where nothing is new.
    """
    case = await lock_visit(session, process_id)
    if case.visit.state != "coming" or now >= case.over_at():
        return
    planned = plan_backward(case.visit.kind, case.visit.first_day, case.calendar, case.calendar.day(now))
    items = await _preparations(session, case)
    new = [each for each in planned if each.key not in items]
    moved = [(each, *items[each.key]) for each in planned if each.key in items and _moves(case, *items[each.key])]
    done = [key for key, of_it in items.items() if _was_done(case, *of_it)]
    if not new and not moved and not done:
        return
    await _ask(session, settings, case, new, now)
    for key in done:
        items[key][1].detail = _detail(case, key)
    for each, task, item in moved:
        await _move(session, settings, case, task, item, each.due_on, now)
    short = [each for each in planned if each.short and _to_be_done(items, each.key)]
    news, about = ("moved" if moved or done else "opened"), str(case.visit.version)
    await VisitDesk(session, settings, case, now).office(news, about, short=short, done=done, page=SHOW)
    await poke_if_needed(session, case.task_set, now)


async def _preparations(session: ReadSession, case: VisitCase) -> dict[str, tuple[Task, Item]]:
    """The tasks of preparing, each with its item, by what is prepared."""
    tasks = {task.id: task for task in await tasks_of(session, case.process.id, "assignment")}
    items = await task_items(session, list(tasks))
    found = {}
    for task_id, (line, *_) in items.items():
        detail = line.item.detail or {}
        if "key" in detail:
            found[detail["key"]] = (tasks[task_id], line.item)
    return found


def _moves(case: VisitCase, task: Task, item: Item) -> bool:
    """Whether a preparation still to be done was planned for other days."""
    planned_for = (item.detail or {}).get("first_day")
    return task.state in OPEN_STATES and planned_for != case.visit.first_day.isoformat()


def _was_done(case: VisitCase, task: Task, item: Item) -> bool:
    """Whether a preparation is done for other days than those of now, which nobody was told yet."""
    return task.state == "answered" and (item.detail or {}).get("first_day") != case.visit.first_day.isoformat()


def _to_be_done(items: dict[str, tuple[Task, Item]], key: str) -> bool:
    return key not in items or items[key][0].state in OPEN_STATES


async def _ask(
    session: WriteSession, settings: Settings, case: VisitCase, planned: list[PlannedPreparation], now: datetime
) -> None:
    office = case.visit.office_unit
    person = answers_for(await load_people(session), office, case.calendar.day(now))
    if not planned:
        return
    if person is None:
        await VisitDesk(session, settings, case, now).nobody("assignment", office)
        return
    policy = await latest_policy(session, "assignment")
    opens_at = opening(case, policy, now)
    opens_on = case.calendar.day(opens_at)
    tasks = [
        Asked(
            "assignment",
            office,
            person,
            questions=(AskedQuestion("done", detail=_detail(case, each.key)),),
            occasion=each.key,
            due_on=max(each.due_on, opens_on),
        )
        for each in planned
    ]
    calendars = await calendars_of_units(session, [office], case.process.calendar_code)
    await add_tasks(
        session,
        case.task_set,
        tasks,
        policy=policy,
        calendar=case.calendar,
        calendars=calendars,
        opens_at=opens_at,
        closes_at=None,
    )
    keys = [each.key for each in planned]
    record(session, "visit.preparations_planned", by="focal", now=now, process_id=case.process.id, keys=keys)


def _detail(case: VisitCase, key: str) -> dict[str, str]:
    """What is prepared, and for which first day it was planned."""
    return {"key": key, "first_day": case.visit.first_day.isoformat()}


async def _move(
    session: WriteSession, settings: Settings, case: VisitCase, task: Task, item: Item, due_on: date, now: datetime
) -> None:
    """Move an open preparation with the visit, and tell whoever has it."""
    item.detail = _detail(case, str((item.detail or {})["key"]))
    taken = await take(session, task.id)
    await reschedule(session, settings, taken, max(due_on, case.calendar.day(now)), now, reason=case.visit.reason)
