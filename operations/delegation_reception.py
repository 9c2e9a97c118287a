"""A delegation: started once, acknowledged, confirmed, reminded, thanked, closed; how far it is. Each a transaction.

Its hosts, agenda, preparations, changes and results have files of their own (`operations/visit_*.py`).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from models.contracts.delegation_reception import DelegationOrder
from models.contracts.orders import FollowUpOrder, ProcessOrder, Standing
from models.contracts.refusal import Refused, said
from models.policies.calendar import YEARS_KNOWN
from models.policies.delegation_reception import VisitFacts, day_before, days_problems, last_call, standing, twice
from models.policies.people import reporting_line
from models.policies.people_checks import structure_findings
from models.tables.catalogue import Plan
from models.tables.delegation_reception import Host, Visit, VisitRecord
from models.tables.people import CalendarRow
from models.tables.process import Process, TaskSet
from operations.audit import record
from operations.processes import start_process, withdraw
from operations.visit_agenda import say_decision, take_approval
from operations.visit_calendar import MAIL, holders
from operations.visit_changes import hosts_problems
from operations.visit_hosts import host_lines, hosting_tasks, receivers, take_answers
from operations.visit_letters import COMPOSE, SHOW, VisitDesk, VisitReader, contact_of, reader_for
from operations.visit_results import closing_record
from settings import Settings
from store.calendars import load_calendar
from store.database import ReadSession, WriteSession
from store.delegation_reception import (
    VisitCase,
    load_visit,
    lock_numbers,
    lock_visit,
    next_number,
    open_of,
    tasks_of,
    visit_of_order,
)
from store.outbox import frozen_mails
from store.people import load_people, persons_by_address
from store.task import poke_if_needed

KEY_LIMIT = 200
UNCONFIRMED = "It was not confirmed before its last day was over."


class KeyUsed(Refused):
    """The key named another order before, or one whose delegation was called off."""


@dataclass(frozen=True, slots=True)
class Started:
    """The delegation there is now, and whether this call started it or an earlier one had."""

    order: ProcessOrder
    joined: bool


async def start(
    session: WriteSession, order: DelegationOrder, *, by: str, now: datetime, key: str | None = None
) -> Started:
    """Start the reception of a delegation, or join the one that the same order started.

    `key`: names the order, as its sender wishes; without one, its content does. Everything that can be wrong is found
    here, before anything starts.

    Raises:
        KeyUsed: the key was used for another order, or for one that was called off.
        Refused: days, units, plan or calendar cannot be; each problem named.

    """
    content = hashlib.sha256(order.model_dump_json().encode()).hexdigest()
    key = _checked(key) or f"sha256:{content}"
    await lock_numbers(session)
    existing = await visit_of_order(session, key)
    if existing is not None:
        return _join(*existing, key, content)
    calendar_code = await _check(session, order, now)
    calendar = await load_calendar(session, calendar_code)
    year = calendar.day(now).year
    number = await next_number(session, year)
    process = Process(
        id=uuid4(),
        reference=f"delegation/{year}-{number:04}",
        kind="delegation_reception",
        state="open",
        plan_code=order.plan,
        calendar_code=calendar_code,
        opened_by=by,
        opened_at=now,
        closes_at=None,
    )
    session.add(process)
    await session.flush()
    visit = Visit(
        process_id=process.id,
        year=year,
        number=number,
        order_key=key,
        order_sha256=content,
        head_name=order.head,
        contact_name=order.contact.name,
        contact_address=order.contact.address,
        office_unit=order.office,
        themes=list(order.themes),
        **order.people.model_dump(),
        **order.model_dump(include={"organisation", "city", "country", "kind", "language", "first_day", "last_day"}),
    )
    session.add(visit)
    await session.flush()
    session.add_all(
        Host(process_id=process.id, unit_code=unit, position=position) for position, unit in enumerate(order.hosts)
    )
    # One set for all that is ever asked about the visit: every change locks it.
    follow_up = f"{process.reference}/follow-up/1"
    session.add(TaskSet(id=uuid4(), process_id=process.id, number=1, workflow_id=follow_up))
    hosts = list(order.hosts)
    given = await start_process(session, process, "DelegationReception", "visit.started", by=by, now=now, hosts=hosts)
    return Started(given, joined=False)


def _checked(key: str | None) -> str | None:
    key = (key or "").strip()
    if len(key) > KEY_LIMIT or not key.isprintable():
        raise Refused(said("A key has at most %(limit)s printable characters.", limit=KEY_LIMIT))
    return key or None


def _join(process: Process, visit: Visit, key: str, content: str) -> Started:
    if visit.order_sha256 != content:
        raise KeyUsed(
            said(
                "The key “%(key)s” was used for %(process)s, which is another delegation.",
                key=key,
                process=process.reference,
            )
        )
    if visit.state == "called_off":
        told = said("This order started %(process)s, which was called off.", process=process.reference)
        raise KeyUsed(told, said("If the delegation comes after all, start it under another key."))
    return Started(ProcessOrder(process_id=process.id, reference=process.reference), joined=True)


async def _check(session: ReadSession, order: DelegationOrder, now: datetime) -> str:
    """The calendar that a new delegation goes by; raises Refused for all that cannot be."""
    plan = await session.get(Plan, order.plan)
    if plan is None:
        raise Refused(said("There is no plan “%(plan)s”.", plan=order.plan))
    calendar_code = order.calendar or plan.calendar
    if await session.get(CalendarRow, calendar_code) is None:
        raise Refused(
            said("There is no calendar “%(calendar)s”: look with `focal calendar list`.", calendar=calendar_code)
        )
    today = (await load_calendar(session, calendar_code)).day(now)
    problems = list(days_problems(order.first_day, order.last_day, today, YEARS_KNOWN))
    problems += [said("%(code)s is named twice as a host.", code=code) for code in twice(order.hosts)]
    problems += await hosts_problems(session, [*dict.fromkeys(order.hosts)], today)
    if order.office not in order.hosts:
        problems += await hosts_problems(session, [order.office], today)
    people = await load_people(session)
    if order.office in people.units and not reporting_line(order.office, people.units):
        problems.append(
            said("Nobody is in charge of %(office)s or above it: nobody could approve an agenda.", office=order.office)
        )
    if not order.people.total:
        problems.append(said("people: say how many come."))
    if problems:
        raise Refused(*problems)
    if findings := structure_findings(people):
        raise Refused(*(finding.reason for finding in findings))
    return calendar_code


async def follow_up_of(session: ReadSession, process_id: UUID) -> FollowUpOrder:
    """The set of a delegation's tasks, for its workflow to follow."""
    task_set = (await load_visit(session, process_id)).task_set
    return FollowUpOrder(set_id=task_set.id, workflow_id=task_set.workflow_id)


async def acknowledge(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Tell the contact that we know they want to come; once, and not of a visit that was called off."""
    case = await lock_visit(session, process_id)
    if case.visit.state == "coming" and now < case.over_at():
        await VisitDesk(session, settings, case, now).tell(contact_of(case), "acknowledged", "")


async def look(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> Standing:
    """Take down what people have said about a visit, and tell how far it is.

    A visit whose last day is over was received; one that was never confirmed for its days counts as called off, of
    which the coordinator is told, and some days before that it has come near.
    """
    case = await lock_visit(session, process_id)
    visit = case.visit
    decided = False
    if visit.state != "called_off":
        await take_answers(session, settings, case, now=now)
        decided = await take_approval(session, settings, case, now=now)
    call = last_call(visit.first_day, case.calendar, case.process.opened_at)
    if visit.state == "coming" and now >= case.over_at():
        await _end(session, settings, case, now)
    elif visit.state == "coming" and not is_confirmed(visit) and call is not None and now >= call:
        lines = await host_lines(session, case, await hosting_tasks(session, case))
        desk, page = VisitDesk(session, settings, case, now), SHOW if visit.composed_by else COMPOSE
        await desk.office("unconfirmed", visit.first_day.isoformat(), hosts=lines, page=page)
    tasks = await open_of(session, process_id)
    reports = await tasks_of(session, process_id, "visit_report")
    facts = VisitFacts(
        state=visit.state,
        first_day=visit.first_day,
        last_day=visit.last_day,
        revision=f"{visit.version}.{visit.agenda_version}",
        hosts=tuple(host.state for host in case.present),
        agenda=visit.agenda_version if visit.composed_by is not None else None,
        decided=decided,
        approved=is_approved(visit),
        confirmed=is_confirmed(visit),
        reports=sum(task.kind == "visit_report" for task in tasks),
        tasks=len(tasks),
        reported_at=max((task.answered_at for task in reports if task.answered_at), default=None),
        last_call=call,
    )
    return standing(facts, case.calendar, now)


async def _end(session: WriteSession, settings: Settings, case: VisitCase, now: datetime) -> None:
    visit = case.visit
    if is_confirmed(visit):
        visit.state = "received"
    else:
        visit.state, visit.reason = "called_off", UNCONFIRMED
        await withdraw(session, await open_of(session, case.process.id), "the visit was not confirmed", now)
        await VisitDesk(session, settings, case, now).office("lapsed", "")
    record(session, f"visit.{visit.state}", by="focal", now=now, process_id=case.process.id)
    await session.flush()


def is_approved(visit: Visit) -> bool:
    """Whether the agenda that stands for these days and hosts is approved."""
    return visit.composed_by is not None and visit.approved_version == visit.agenda_version


def is_confirmed(visit: Visit) -> bool:
    """Whether an agenda for these days was sent out."""
    confirmed = (visit.confirmed_first_day, visit.confirmed_last_day)
    return visit.confirmed_version is not None and confirmed == (visit.first_day, visit.last_day)


async def confirm(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Send an agenda that was approved to the contact and the hosts, once, with their calendar files.

    What hosts and manager have said in the meantime is taken down first, and the coordinator told. Whoever had hours in
    an earlier agenda and receives the delegation no more is released.
    """
    case = await lock_visit(session, process_id)
    visit = case.visit
    if visit.state != "coming" or now >= case.over_at():
        return
    await take_answers(session, settings, case, now=now)
    await take_approval(session, settings, case, now=now)
    await say_decision(session, settings, case, now=now)
    if not is_approved(visit):
        return
    again = is_confirmed(visit)
    if again and visit.confirmed_version == visit.agenda_version:
        return
    desk, readers = VisitDesk(session, settings, case, now), await _hosts(session, case, now)
    await _release(desk, readers)
    about = str(visit.agenda_version)
    await desk.tell(contact_of(case), "changed" if again else "confirmed", about)
    for host in case.accepting:
        if host.unit_code in readers:
            news = "changed" if again and host.told_version is not None else "confirmed"
            await desk.tell(readers[host.unit_code], news, about)
            host.told_version = visit.agenda_version
    visit.confirmed_version = visit.agenda_version
    visit.confirmed_first_day, visit.confirmed_last_day = visit.first_day, visit.last_day
    record(session, "visit.confirmed", by="focal", now=now, process_id=process_id, agenda=visit.agenda_version)
    await session.flush()


async def _hosts(session: ReadSession, case: VisitCase, now: datetime) -> dict[str, VisitReader]:
    """Whoever receives the delegation, by unit."""
    people = await receivers(session, case, now)
    units = [host.unit_code for host in case.accepting if host.unit_code in people]
    return {unit: reader_for(people[unit], unit) for unit in units}


async def _release(desk: VisitDesk, readers: dict[str, VisitReader]) -> None:
    """Take the hours out of the calendars of those who receive the delegation no more, or whom another replaced."""
    case, session = desk.case, desk.session
    theirs = {(reader.address, unit) for unit, reader in readers.items()}
    gone = [
        each
        for each in await holders(session, case.process.id)
        if each.unit_code and (each.address, each.unit_code) not in theirs
    ]
    persons = await persons_by_address(session, {each.address for each in gone})
    for each in gone:
        if each.address in persons:
            reader = reader_for(persons[each.address], each.unit_code)
            await desk.tell(reader, "released", f"agenda-{case.visit.agenda_version}", reason="")
    for host in case.present:
        if host.unit_code not in readers:
            host.told_version = None


async def remind(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Send everybody the agenda that was confirmed again on the working day before; once, and not just after it."""
    case = await lock_visit(session, process_id)
    visit = case.visit
    if visit.state != "coming" or case.calendar.day(now) >= visit.first_day or not is_confirmed(visit):
        return
    morning = day_before(visit.first_day, case.calendar)
    if any(mail.created_at >= morning for mail in await frozen_mails(session, process_id, MAIL)):
        return
    desk = VisitDesk(session, settings, case, now)
    hosts, told = await _hosts(session, case, now), {host.unit_code for host in case.hosts if host.told_version}
    for reader in (contact_of(case), *(reader for unit, reader in hosts.items() if unit in told)):
        await desk.tell(reader, "reminder", visit.first_day.isoformat())


async def thank(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Thank the contact of a visit that took place, and ask how it was; once."""
    case = await lock_visit(session, process_id)
    if case.visit.state == "received" and case.visit.thanked_at is None:
        await VisitDesk(session, settings, case, now).thank()
        case.visit.thanked_at = now


async def close(session: WriteSession, process_id: UUID, *, now: datetime) -> None:
    """Close a delegation of which nothing is open, and bring its record up to date. A closed one stays as it is."""
    case = await lock_visit(session, process_id)
    process = case.process
    if process.state == "closed":
        return
    kept = await session.get(VisitRecord, process_id)
    if kept is not None:
        kept.content = (await closing_record(session, case)).model_dump(mode="json")
    await withdraw(session, await open_of(session, process_id), "the delegation is closed", now)
    process.state, process.closed_at = "closed", now
    record(session, "visit.closed", by="focal", now=now, process_id=process_id)
    await poke_if_needed(session, case.task_set, now)
