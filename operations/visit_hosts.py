"""The hosts of a visit: they are asked, what they answer is taken down, a change of mind reaches the coordinator."""

from collections.abc import Mapping
from datetime import datetime, time
from uuid import UUID

from models.contracts.mail import HostLine
from models.policies.asking import Asked, all_questions, answers_for
from models.policies.people import PersonFacts
from models.policies.plan import opening_instant
from models.policies.task_policy import TaskPolicy
from models.tables.task import Task
from operations.audit import record
from operations.tasks import add_tasks, calendars_of_units
from operations.visit_letters import COMPOSE, VisitDesk
from settings import Settings
from store.database import ReadSession, WriteSession
from store.delegation_reception import Said, VisitCase, lock_visit, said_in, slots_of, tasks_of
from store.outbox import keys_written
from store.people import load_people, load_persons
from store.policies import latest_policy
from store.task import OPEN_STATES, poke_if_needed


def opening(case: VisitCase, policy: TaskPolicy, now: datetime) -> datetime:
    """When a task that has to be done before the visit opens: in working hours, or now if those come too late."""
    opens_at = opening_instant(case.calendar, now, policy, at_once=False)
    return opens_at if case.calendar.day(opens_at) < case.visit.first_day else now


def last_moment(case: VisitCase, opens_at: datetime) -> datetime:
    """When such a task closes at the latest: as the visit begins, but not before its own first day is over."""
    begins = case.calendar.at(case.visit.first_day, time(0))
    return max(begins, case.calendar.end_of(case.calendar.day(opens_at)))


async def ask_hosts(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Ask every host that was not asked about these days yet. Does nothing for a visit that is over or called off."""
    case = await lock_visit(session, process_id)
    asked = [host for host in case.present if host.state == "asked" and not host.asked_version]
    if case.visit.state != "coming" or now >= case.over_at() or not asked:
        return
    people = await load_people(session)
    policy = await latest_policy(session, "hosting_request")
    tasks = []
    for host in asked:
        host.asked_version = case.visit.version
        person = answers_for(people, host.unit_code, case.calendar.day(now))
        if person is None:
            host.state = "silent"
            record(session, "visit.host_unreachable", by="focal", now=now, process_id=process_id, unit=host.unit_code)
            await VisitDesk(session, settings, case, now).nobody("hosting_request", host.unit_code)
        else:
            questions, occasion = all_questions("hosting_request"), str(case.visit.version)
            tasks.append(Asked("hosting_request", host.unit_code, person, questions=questions, occasion=occasion))
    opens_at = opening(case, policy, now)
    await add_tasks(
        session,
        case.task_set,
        tasks,
        policy=policy,
        calendar=case.calendar,
        calendars=await calendars_of_units(session, {task.unit_code for task in tasks}, case.process.calendar_code),
        opens_at=opens_at,
        closes_at=last_moment(case, opens_at),
    )
    units = [task.unit_code for task in tasks]
    record(session, "visit.hosts_asked", by="focal", now=now, process_id=process_id, units=units)
    await poke_if_needed(session, case.task_set, now)


async def hosting_tasks(session: ReadSession, case: VisitCase) -> dict[str, Task]:
    """The task that asked each host last, by unit."""
    asked = {(host.unit_code, str(host.asked_version)) for host in case.hosts if host.asked_version}
    tasks = await tasks_of(session, case.process.id, "hosting_request")
    return {task.unit_code: task for task in tasks if (task.unit_code, task.occasion) in asked}


async def receivers(session: ReadSession, case: VisitCase, now: datetime) -> dict[str, PersonFacts]:
    """Who receives the delegation, or was asked to, by unit: whoever has its task, or who answers for it now."""
    tasks, people = await hosting_tasks(session, case), await load_people(session)
    found: dict[str, PersonFacts] = {}
    for host in case.hosts:
        task = tasks.get(host.unit_code)
        code = task.assignee_code if task else None
        if code is None or not people.persons[code].active:
            code = answers_for(people, host.unit_code, case.calendar.day(now))
        if code is not None:
            found[host.unit_code] = people.persons[code]
    return found


async def take_answers(session: WriteSession, settings: Settings, case: VisitCase, *, now: datetime) -> None:
    """Take down what the hosts have answered; the visit is locked.

    What a host says after the coordinator has been told of all of them, or after an agenda was composed, is told at
    once. An agenda that is not confirmed yet falls when one of its hosts does not receive the delegation any more.
    """
    tasks = await hosting_tasks(session, case)
    said = await said_in(session, [task.id for task in tasks.values()])
    for host in case.present:
        task = tasks.get(host.unit_code)
        if task is None:
            continue
        before, state, remark = host.state, *_stands(task, said[task.id])
        if (before, host.remark) == (state, remark):
            continue
        host.state, host.remark = state, remark
        record(
            session,
            "visit.host_answered",
            by="focal",
            now=now,
            process_id=case.process.id,
            task_id=task.id,
            unit=host.unit_code,
            before=before,
            after=state,
        )
        if before != state and now < case.over_at() and await _comes_late(session, case):
            about = said[task.id]["can_host"].submission.reference if "can_host" in said[task.id] else state
            desk = VisitDesk(session, settings, case, now)
            lines = await host_lines(session, case, tasks)
            fallen = before == "accepts" and await _falls(session, case, host.unit_code)
            news, about = ("fallen" if fallen else "hosts"), f"{host.unit_code}:{host.asked_version}:{about}"
            await desk.office(news, about, hosts=lines, page=COMPOSE)
            if fallen:
                case.visit.composed_by = None
    await session.flush()


async def _falls(session: ReadSession, case: VisitCase, unit_code: str) -> bool:
    """Whether an agenda stands that was not sent out yet and in which a unit has hours."""
    visit = case.visit
    if visit.composed_by is None or visit.confirmed_version == visit.agenda_version:
        return False
    slots = await slots_of(session, case.process.id, visit.agenda_version)
    return any(facts.slot.unit_code == unit_code for facts in slots)


def _stands(task: Task, said: Mapping[str, Said]) -> tuple[str, str]:
    """The state of a host by the answer to its task, and its words."""
    if "can_host" not in said:
        return ("asked" if task.state in OPEN_STATES else "silent"), ""
    if said["can_host"].answer.yes:
        return "accepts", _words(said, "receives")
    other = _words(said, "other_days")
    return ("other_days" if other else "declines"), other


def _words(said: Mapping[str, Said], question: str) -> str:
    return (said[question].answer.words or "") if question in said else ""


async def _comes_late(session: ReadSession, case: VisitCase) -> bool:
    """Whether the coordinator believes to know already what the hosts said."""
    return case.visit.composed_by is not None or bool(await keys_written(session, [_told_key(case)]))


def _told_key(case: VisitCase) -> str:
    return f"office_visit:{case.process.reference}:hosts:{case.visit.version}"


async def tell_of_hosts(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Tell the coordinator what the hosts of these days have said, once all have; whose agenda stands is not told."""
    case = await lock_visit(session, process_id)
    pending = any(host.state == "asked" for host in case.present)
    if case.visit.state != "coming" or now >= case.over_at() or pending or case.visit.composed_by is not None:
        return
    lines = await host_lines(session, case, await hosting_tasks(session, case))
    await VisitDesk(session, settings, case, now).office("hosts", str(case.visit.version), hosts=lines, page=COMPOSE)


async def host_lines(session: ReadSession, case: VisitCase, tasks: Mapping[str, Task]) -> list[HostLine]:
    """What each host that was not removed has said."""
    persons = await load_persons(session, {task.assignee_code for task in tasks.values()})
    return [
        HostLine(
            unit_name=case.units[host.unit_code],
            state=host.state,
            person_name=persons[tasks[host.unit_code].assignee_code].name if host.unit_code in tasks else "",
            remark=host.remark,
        )
        for host in case.present
    ]
