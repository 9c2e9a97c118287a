"""The agenda of a visit: composed by somebody, approved or sent back by somebody else."""

from datetime import datetime
from uuid import UUID

from models.contracts.delegation_reception import Agenda
from models.contracts.refusal import IsoDay, Refused, said
from models.policies.asking import Asked, all_questions
from models.policies.delegation_reception import PlannedSlot, agenda_problems, skipped_hours
from models.policies.people import reporting_line
from models.tables.delegation_reception import Slot
from models.tables.people import Person
from models.tables.task import Task
from operations.audit import record
from operations.processes import withdraw
from operations.tasks import add_tasks, calendars_of_units
from operations.visit_hosts import last_moment, opening, take_answers
from operations.visit_letters import COMPOSE, VisitDesk
from settings import Settings
from store.database import ReadSession, WriteSession
from store.delegation_reception import Said, SlotFacts, VisitCase, lock_visit, said_in, slots_of, tasks_of
from store.people import load_persons, load_units_above
from store.policies import latest_policy
from store.task import OPEN_STATES, poke_if_needed


async def compose_agenda(
    session: WriteSession, settings: Settings, process_id: UUID, agenda: Agenda, *, by: str, now: datetime
) -> int:
    """Compose an agenda for the days and hosts of now; gives its number. Somebody else is then asked to approve it.

    The agenda that stands already, or waits for its approval, keeps its number. `by`: code of the person.

    Raises:
        Refused: the visit is over or called off; the person is unknown; nobody but them could approve it; or the agenda
            cannot be held, every conflict named.

    """
    case = await lock_visit(session, process_id)
    check_coming(case, now)
    visit = case.visit
    person = await session.get(Person, by)
    if person is None or not person.active:
        raise Refused(
            said("There is no person “%(person)s”: say with a person's code who composed the agenda.", person=by)
        )
    await take_answers(session, settings, case, now=now)
    hosts = {host.unit_code: host.state for host in case.hosts}
    slots = [PlannedSlot(**line.model_dump()) for line in agenda.slots]
    problems = list(agenda_problems(slots, hosts, visit.first_day, visit.last_day))
    problems += skipped_hours(slots, case.calendar.zone)
    if problems:
        raise Refused(*problems)
    if await approver_of(session, case, by) is None:
        raise Refused(
            said(
                "Nobody above %(unit)s could approve an agenda composed by %(name)s.",
                unit=case.units[visit.office_unit],
                name=person.name,
            )
        )
    slots.sort(key=lambda slot: (slot.day, slot.start, slot.host))
    if await _stands_already(session, case, slots):
        return visit.agenda_version
    await cancel_approvals(session, case, now)
    visit.agenda_version += 1
    visit.composed_by = by
    session.add_all(
        Slot(
            process_id=process_id,
            agenda_version=visit.agenda_version,
            position=position,
            # By the wall clock, also in a demonstration: guests read these hours.
            starts_at=datetime.combine(slot.day, slot.start, case.calendar.zone),
            ends_at=datetime.combine(slot.day, slot.end, case.calendar.zone),
            unit_code=slot.host,
            theme=slot.theme,
            place=slot.place,
        )
        for position, slot in enumerate(slots)
    )
    _record(session, case, "agenda_composed", by, now)
    await poke_if_needed(session, case.task_set, now)
    return visit.agenda_version


def _record(session: WriteSession, case: VisitCase, action: str, by: str, now: datetime) -> None:
    record(session, f"visit.{action}", by=by, now=now, process_id=case.process.id, agenda=case.visit.agenda_version)


def check_coming(case: VisitCase, now: datetime) -> None:
    """Raises Refused for a visit that was called off or is over."""
    reference, visit = case.process.reference, case.visit
    if visit.state == "called_off":
        raise Refused(said("%(reference)s was called off: %(reason)s", reference=reference, reason=visit.reason))
    if visit.state == "received" or now >= case.over_at():
        raise Refused(
            said("%(reference)s is over: it ended on %(day)s.", reference=reference, day=IsoDay(visit.last_day))
        )


async def _stands_already(session: ReadSession, case: VisitCase, slots: list[PlannedSlot]) -> bool:
    """Whether the same agenda is approved, or waits for its approval."""
    visit = case.visit
    if visit.composed_by is None:
        return False
    task = await approval_task(session, case)
    if visit.approved_version != visit.agenda_version and task is not None and task.state not in OPEN_STATES:
        return False
    return [_planned(facts) for facts in await slots_of(session, case.process.id, visit.agenda_version)] == slots


def _planned(facts: SlotFacts) -> PlannedSlot:
    slot, starts, ends = facts.slot, facts.starts_at, facts.ends_at
    return PlannedSlot(starts.date(), starts.time(), ends.time(), slot.place, slot.unit_code, slot.theme)


async def approver_of(session: ReadSession, case: VisitCase, composer: str) -> str | None:
    """Who approves an agenda: the head of the office, or the next one above who did not compose it; None for nobody."""
    office = case.visit.office_unit
    heads = reporting_line(office, await load_units_above(session, [office]))
    persons = await load_persons(session, heads)
    return next((head for head in heads if head != composer and persons[head].active), None)


async def approval_task(session: ReadSession, case: VisitCase) -> Task | None:
    """The task that asks for the approval of the agenda that was composed last; None while nobody was asked."""
    tasks = await tasks_of(session, case.process.id, "agenda_approval")
    return next((task for task in tasks if task.occasion == str(case.visit.agenda_version)), None)


async def ask_for_approval(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Ask for the approval of the agenda that stands, unless that was done or there is nothing to approve.

    Whoever could have approved may have left since it was composed: then the coordinator is told.
    """
    case = await lock_visit(session, process_id)
    visit = case.visit
    if visit.state != "coming" or now >= case.over_at() or visit.composed_by is None:
        return
    if await approval_task(session, case) is not None:
        return
    approver = await approver_of(session, case, visit.composed_by)
    if approver is None:
        await VisitDesk(session, settings, case, now).nobody("agenda_approval", visit.office_unit)
        return
    policy = await latest_policy(session, "agenda_approval")
    opens_at = opening(case, policy, now)
    asked = Asked(
        "agenda_approval",
        visit.office_unit,
        approver,
        questions=all_questions("agenda_approval"),
        occasion=str(visit.agenda_version),
    )
    await add_tasks(
        session,
        case.task_set,
        [asked],
        policy=policy,
        calendar=case.calendar,
        calendars=await calendars_of_units(session, [visit.office_unit], case.process.calendar_code),
        opens_at=opens_at,
        closes_at=last_moment(case, opens_at),
    )
    _record(session, case, "approval_asked", "focal", now)
    await poke_if_needed(session, case.task_set, now)


async def cancel_approvals(session: WriteSession, case: VisitCase, now: datetime) -> list[Task]:
    """Nobody has to decide about an earlier agenda any more; gives the tasks that this ends."""
    tasks = await tasks_of(session, case.process.id, "agenda_approval")
    waiting = [task for task in tasks if task.state in OPEN_STATES]
    await withdraw(session, waiting, "another agenda", now)
    return waiting


async def take_approval(session: WriteSession, settings: Settings, case: VisitCase, *, now: datetime) -> bool:
    """Take down what was decided about the agenda that stands; whether it was decided, or nobody did in time.

    Whoever approved may think again until the visit is confirmed; later, their note goes to the coordinator.
    """
    visit = case.visit
    if visit.composed_by is None:
        await cancel_approvals(session, case, now)
        return False
    task = await approval_task(session, case)
    if task is None or task.state in OPEN_STATES:
        return False
    said = await _decision(session, task)
    approved, was = said is not None and said.answer.words == "approve", visit.approved_version
    if approved and was != visit.agenda_version:
        visit.approved_version = visit.agenda_version
        by = said.submission.person_code if said else "focal"
        record(
            session, "visit.agenda_approved", by=by, now=now, process_id=case.process.id, agenda=visit.agenda_version
        )
    elif said is not None and not approved and was == visit.agenda_version:
        if visit.confirmed_version == visit.agenda_version:
            await _tell(VisitDesk(session, settings, case, now), task, said)
        else:
            visit.approved_version = None
    await session.flush()
    return True


async def _decision(session: ReadSession, task: Task) -> Said | None:
    return (await said_in(session, [task.id]))[task.id].get("agenda")


async def tell_of_decision(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Tell the coordinator what was decided about the agenda, or that nobody decided in time."""
    await say_decision(session, settings, await lock_visit(session, process_id), now=now)


async def say_decision(session: WriteSession, settings: Settings, case: VisitCase, *, now: datetime) -> None:
    """As `tell_of_decision`, of a visit that is locked."""
    visit = case.visit
    task = await approval_task(session, case) if visit.composed_by is not None else None
    if visit.state != "coming" or now >= case.over_at() or task is None or task.state in OPEN_STATES:
        return
    await _tell(VisitDesk(session, settings, case, now), task, await _decision(session, task))


async def _tell(desk: VisitDesk, task: Task, said: Said | None) -> None:
    if said is None:
        await desk.office("not_approved", task.occasion, page=COMPOSE)
        return
    news = "approved" if said.answer.words == "approve" else "sent_back"
    code = said.submission.person_code
    await desk.office(
        news,
        f"{task.occasion}:{said.submission.reference}",
        by_name=(await load_persons(desk.session, [code]))[code].name,
        note=said.answer.reason or "",
        page=COMPOSE if news == "sent_back" else "",
    )
