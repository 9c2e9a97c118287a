"""What comes of a visit: reports of the hosts, the commitments made, and the record that is kept of it all."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from models.contracts.delegation_reception import (
    ClosingRecord,
    CommitmentRecord,
    FeedbackRecord,
    HostRecord,
    Party,
    SlotRecord,
)
from models.policies.asking import Asked, AskedQuestion, all_questions, answers_for
from models.policies.people_checks import People
from models.policies.plan import opening_instant
from models.policies.questions import Line, lines_of
from models.tables.delegation_reception import VisitFeedback, VisitRecord
from models.tables.task import Task
from operations.audit import record
from operations.processes import reschedule, withdraw
from operations.tasks import add_tasks, calendars_of_units, take
from operations.visit_hosts import receivers
from operations.visit_letters import SHOW, VisitDesk
from settings import Settings
from store.database import ReadSession, WriteSession
from store.delegation_reception import Said, VisitCase, lock_visit, open_of, said_in, slots_of, tasks_of
from store.people import load_people
from store.policies import latest_policy
from store.submissions import first_sent
from store.task import OPEN_STATES, poke_if_needed, task_items

COMMITMENT = "commitment:"
"""How the occasion of a task begins that follows what was promised on a visit."""


async def ask_for_reports(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Ask every host that received the delegation what came of it; what was to be prepared is not asked for any more.

    Does nothing for a visit that did not take place, and asks nobody twice.
    """
    case = await lock_visit(session, process_id)
    if case.visit.state != "received":
        return
    left = [task for task in await open_of(session, process_id) if not _is_result(task)]
    await withdraw(session, left, "the visit is over", now)
    asked = {task.unit_code for task in await tasks_of(session, process_id, "visit_report")}
    hosts = [host.unit_code for host in case.accepting if host.unit_code not in asked]
    if not hosts:
        return
    people = await receivers(session, case, now)
    questions = all_questions("visit_report")
    tasks = [Asked("visit_report", unit, people[unit].code, questions=questions) for unit in hosts if unit in people]
    for unit in hosts:
        if unit not in people:
            await VisitDesk(session, settings, case, now).nobody("visit_report", unit)
    await _add(session, case, "visit_report", tasks, now)
    record(session, "visit.reports_asked", by="focal", now=now, process_id=process_id, units=hosts)
    await poke_if_needed(session, case.task_set, now)


def _is_result(task: Task) -> bool:
    return task.kind == "visit_report" or task.occasion.startswith(COMMITMENT)


async def _add(session: WriteSession, case: VisitCase, kind: str, tasks: Sequence[Asked], now: datetime) -> None:
    policy = await latest_policy(session, kind)
    units = {task.unit_code for task in tasks}
    await add_tasks(
        session,
        case.task_set,
        tasks,
        policy=policy,
        calendar=case.calendar,
        calendars=await calendars_of_units(session, units, case.process.calendar_code),
        opens_at=opening_instant(case.calendar, now, policy, at_once=False),
        closes_at=None,
    )


@dataclass(frozen=True, slots=True)
class _Commitment:
    """One line of a report: which host wrote it, and the name by which its task is found again."""

    host: str
    reporter: str
    line: Line

    @property
    def occasion(self) -> str:
        """The same while its host promises the same of the same, whatever the day."""
        promised = f"{self.host}\n{self.line.what}\n{self.line.who}".casefold()
        return f"{COMMITMENT}{hashlib.sha256(promised.encode()).hexdigest()[:16]}"


async def follow_commitments(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Make a task of each commitment that a report holds, for the unit it names, or else for whoever reported it.

    A report can be corrected: a new line is a new task, another day moves an open one. A line that was taken out is
    left to the coordinator, who can waive its task. Safe to repeat: each line is found again by what it says.
    """
    case = await lock_visit(session, process_id)
    if case.visit.state != "received":
        return
    tasks = {task.occasion: task for task in await tasks_of(session, process_id, "assignment")}
    promised = {each.occasion: each for each in await _promised(session, case)}
    people = await load_people(session)
    new = [_asked(each, people, case, now) for occasion, each in promised.items() if occasion not in tasks]
    if new:
        await _add(session, case, "assignment", new, now)
        record(session, "visit.commitments_followed", by="focal", now=now, process_id=process_id, tasks=len(new))
    for occasion, each in promised.items():
        if occasion in tasks:
            await _put_off(session, settings, tasks[occasion], each, now)
    if new:
        await poke_if_needed(session, case.task_set, now)


async def _promised(session: ReadSession, case: VisitCase) -> list[_Commitment]:
    reports = await tasks_of(session, case.process.id, "visit_report")
    ids = [task.id for task in reports]
    said, first = await said_in(session, ids), await first_sent(session, ids)
    found = []
    for task in reports:
        answer = said[task.id].get("commitments")
        if answer is not None and answer.answer.words:
            # As `operations.answering` reads days without a year: from the day of the first report on.
            lines = lines_of(answer.answer.words, case.calendar.day(first[task.id]))
            found += [_Commitment(task.unit_code, task.assignee_code, line) for line in lines]
    return list({each.occasion: each for each in found}.values())


def _asked(each: _Commitment, people: People, case: VisitCase, now: datetime) -> Asked:
    named = each.line.who.casefold()
    units = (unit.code for unit in people.units.values() if named in {unit.code.casefold(), unit.name.casefold()})
    unit = next(units, None) if named else None
    person = answers_for(people, unit, case.calendar.day(now)) if unit else None
    detail = {"what": each.line.what, "who": each.line.who, "from": each.host, "due_on": each.line.due_on.isoformat()}
    return Asked(
        "assignment",
        unit if unit and person else each.host,
        person or each.reporter,
        questions=(AskedQuestion("done", detail=detail),),
        occasion=each.occasion,
        due_on=max(each.line.due_on, case.calendar.day(now)),
    )


async def _put_off(session: WriteSession, settings: Settings, task: Task, each: _Commitment, now: datetime) -> None:
    """Give a commitment that is still open the day that a corrected report has for it, and tell whoever has it.

    The item knows the day it was made for: more time that somebody was given in the meantime stays.
    """
    ((line, *_),) = (await task_items(session, [task.id])).values()
    detail, day = line.item.detail or {}, each.line.due_on.isoformat()
    if task.state not in OPEN_STATES or detail.get("due_on") == day:
        return
    line.item.detail = {**detail, "due_on": day}
    taken = await take(session, task.id)
    due_on = max(each.line.due_on, taken.calendar.day(now))
    await reschedule(session, settings, taken, due_on, now, by=each.reporter)


async def keep_record(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Keep the record of a visit that took place, and tell the coordinator, once; later it is brought up to date."""
    case = await lock_visit(session, process_id)
    if case.visit.state != "received":
        return
    content = (await closing_record(session, case)).model_dump(mode="json")
    values = {"written_at": now, "content": content}
    statement = insert(VisitRecord).values(process_id=process_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["process_id"], set_=values))
    await VisitDesk(session, settings, case, now).office("recorded", "", page=SHOW)


async def closing_record(session: ReadSession, case: VisitCase) -> ClosingRecord:
    """What is known of a visit now."""
    visit, process = case.visit, case.process
    reports = {task.unit_code: task for task in await tasks_of(session, process.id, "visit_report")}
    said = await said_in(session, [task.id for task in reports.values()])
    slots = await slots_of(session, process.id, visit.confirmed_version or 0)
    said_of_it = await session.get(VisitFeedback, process.id)
    return ClosingRecord(
        reference=process.reference,
        organisation=visit.organisation,
        city=visit.city,
        country=visit.country,
        kind=visit.kind,
        head=visit.head_name,
        people=Party(women=visit.women, men=visit.men, others=visit.others),
        first_day=visit.first_day,
        last_day=visit.last_day,
        themes=tuple(visit.themes),
        hosts=tuple(
            HostRecord(
                unit_code=host.unit_code,
                unit_name=case.units[host.unit_code],
                state=host.state,
                contacts=_words(said, reports.get(host.unit_code), "contacts"),
                documents=_words(said, reports.get(host.unit_code), "documents"),
            )
            for host in case.hosts
        ),
        agenda=tuple(
            SlotRecord(
                starts_at=each.starts_at,
                ends_at=each.ends_at,
                theme=each.slot.theme,
                place=each.slot.place,
                unit_code=each.slot.unit_code,
            )
            for each in slots
        ),
        commitments=tuple(await _commitments(session, case)),
        feedback=FeedbackRecord(rating=said_of_it.rating, words=said_of_it.words) if said_of_it else None,
    )


def _words(said: dict[UUID, dict[str, Said]], task: Task | None, question: str) -> str | None:
    found = said[task.id].get(question) if task else None
    return found.answer.words if found else None


async def _commitments(session: ReadSession, case: VisitCase) -> list[CommitmentRecord]:
    tasks = {task.occasion: task for task in await tasks_of(session, case.process.id, "assignment")}
    return [
        CommitmentRecord(
            what=each.line.what,
            who=each.line.who,
            due_on=each.line.due_on,
            unit_code=task.unit_code,
            task_reference=task.reference,
            state=task.state,
        )
        for each in await _promised(session, case)
        if (task := tasks.get(each.occasion)) is not None
    ]
