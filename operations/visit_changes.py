"""What a coordinator changes about a visit: its days, its hosts, whether it comes at all.

Each change is one transaction: the rows, the tasks that it ends, and the mails to everybody it concerns, once, with
the reason. What has to be asked or planned anew is the story's part, which is poked.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from models.contracts.refusal import IsoDay, Refused, said
from models.policies.asking import answers_for
from models.policies.calendar import YEARS_KNOWN
from models.policies.delegation_reception import days_problems
from models.tables.delegation_reception import Host
from models.tables.task import Task
from operations.audit import record
from operations.processes import withdraw
from operations.tasks import words
from operations.visit_agenda import cancel_approvals, check_coming
from operations.visit_hosts import hosting_tasks, receivers, take_answers
from operations.visit_letters import VisitDesk, VisitReader, contact_of, reader_for
from operations.visit_news import believing, unaware
from settings import Settings
from store.database import ReadSession, WriteSession
from store.delegation_reception import VisitCase, lock_visit, open_of, slots_of, tasks_of
from store.people import load_people, load_persons, persons_by_address
from store.task import OPEN_STATES, poke_if_needed


async def move(
    session: WriteSession,
    settings: Settings,
    process_id: UUID,
    *,
    first_day: date,
    last_day: date,
    reason: str,
    by: str,
    now: datetime,
) -> VisitCase:
    """Move a visit to other days: its hosts are asked again, its agenda falls, its preparations move with it.

    Raises:
        Refused: it is over or called off, the days are wrong or the same as before, no reason.

    """
    case = await lock_visit(session, process_id)
    check_coming(case, now)
    visit, reason = case.visit, words(said("a reason (--reason)"), reason)
    if problems := list(days_problems(first_day, last_day, case.calendar.day(now), YEARS_KNOWN)):
        raise Refused(*problems)
    if (first_day, last_day) == (visit.first_day, visit.last_day):
        raise Refused(
            said(
                "%(process)s is on these days already: %(first_day)s to %(last_day)s.",
                process=case.process.reference,
                first_day=IsoDay(first_day),
                last_day=IsoDay(last_day),
            )
        )
    await take_answers(session, settings, case, now=now)
    before, earlier = (visit.first_day, visit.last_day), (visit.moved_from_first, visit.moved_from_last)
    # Whoever has not had the news of the move before knows the days before that one.
    late = await unaware(session, process_id)
    known = {address: (first, last) for address in late for first, last in [earlier] if first and last}
    instead_of = known.get(visit.contact_address.lower(), before)
    back = instead_of == (first_day, last_day)
    visit.moved_from_first, visit.moved_from_last = (None, None) if back else instead_of
    visit.first_day, visit.last_day, visit.reason = first_day, last_day, reason
    visit.version += 1
    visit.composed_by = visit.approved_version = None
    visit.confirmed_version = visit.confirmed_first_day = visit.confirmed_last_day = None
    ended = await _end_hosting(session, case, [host.unit_code for host in case.present], "the visit moved", now)
    ended += await cancel_approvals(session, case, now)
    told = [contact_of(case), *await _believing(session, case)]
    # Hosts are asked about the new days: that tells them. Only whoever was told of the old ones hears of it twice.
    others = await _asked(session, [task for task in ended if task.kind != "hosting_request"])
    for host in case.present:
        host.state, host.asked_version, host.told_version, host.remark = "asked", 0, None, ""
    await session.flush()
    desk = VisitDesk(session, settings, case, now)
    for reader in _with(told, others):
        instead_of = known.get(reader.address.lower(), before)
        if instead_of == (first_day, last_day):
            await desk.take_back(reader)
        else:
            await desk.tell(reader, "moved", str(visit.version), instead_of=instead_of)
    days = {
        "before": [day.isoformat() for day in before],
        "after": [first_day.isoformat(), last_day.isoformat()],
    }
    record(session, "visit.moved", by=by, now=now, process_id=process_id, reason=reason, days=days)
    await poke_if_needed(session, case.task_set, now)
    return case


async def call_off(
    session: WriteSession, settings: Settings, process_id: UUID, *, reason: str, by: str, now: datetime
) -> VisitCase:
    """Call a visit off: nothing is asked any more, and everybody who was told or asked of it hears of it.

    Raises:
        Refused: it is over, or was called off before; no reason.

    """
    case = await lock_visit(session, process_id)
    check_coming(case, now)
    visit, reason = case.visit, words(said("a reason (--reason)"), reason)
    await take_answers(session, settings, case, now=now)
    visit.state, visit.reason = "called_off", reason
    people = await receivers(session, case, now)
    told = [contact_of(case), *await _believing(session, case)]
    others = [reader_for(people[host.unit_code], host.unit_code) for host in case.accepting if host.unit_code in people]
    ended = await open_of(session, process_id)
    await withdraw(session, ended, "the visit was called off", now)
    others += await _asked(session, ended)
    desk = VisitDesk(session, settings, case, now)
    for reader in _with(told, others):
        await desk.tell(reader, "called_off", "")
    record(session, "visit.called_off", by=by, now=now, process_id=process_id, reason=reason)
    await poke_if_needed(session, case.task_set, now)
    return case


async def add_host(session: WriteSession, process_id: UUID, unit_code: str, *, by: str, now: datetime) -> VisitCase:
    """Ask one more unit to receive the delegation; the others are left alone.

    Raises:
        Refused: the visit is over or called off; the unit is unknown, a host already, or has nobody who could answer.

    """
    case = await lock_visit(session, process_id)
    check_coming(case, now)
    host = next((host for host in case.hosts if host.unit_code == unit_code), None)
    if host is not None and host.state != "removed":
        raise Refused(
            said(
                "%(unit)s (%(unit_code)s) is a host of %(process)s already.",
                unit=case.units[unit_code],
                unit_code=unit_code,
                process=case.process.reference,
            )
        )
    if problems := await hosts_problems(session, [unit_code], case.calendar.day(now)):
        raise Refused(*problems)
    case.visit.version += 1
    if host is None:
        position = max((other.position for other in case.hosts), default=-1) + 1
        session.add(Host(process_id=process_id, unit_code=unit_code, position=position))
    else:
        host.state, host.asked_version, host.told_version, host.remark = "asked", 0, None, ""
    record(session, "visit.host_added", by=by, now=now, process_id=process_id, unit=unit_code)
    await session.flush()
    await poke_if_needed(session, case.task_set, now)
    return case


async def remove_host(
    session: WriteSession,
    settings: Settings,
    process_id: UUID,
    unit_code: str,
    *,
    reason: str,
    by: str,
    now: datetime,
) -> VisitCase:
    """Release a unit from receiving the delegation; an agenda in which it has hours falls.

    Raises:
        Refused: the visit is over or called off; the unit is no host of it; no reason.

    """
    case = await lock_visit(session, process_id)
    check_coming(case, now)
    reason = words(said("a reason (--reason)"), reason)
    host = next((host for host in case.present if host.unit_code == unit_code), None)
    if host is None:
        raise Refused(said("%(unit)s is no host of %(process)s.", unit=unit_code, process=case.process.reference))
    await take_answers(session, settings, case, now=now)
    visit, people = case.visit, await receivers(session, case, now)
    told = [reader for reader in await _believing(session, case) if reader.unit_code == unit_code]
    task = (await hosting_tasks(session, case)).get(unit_code)
    # Whoever said no, or has not been asked yet, has nothing to be released from.
    waits = host.state in {"accepts", "other_days"} or (task is not None and task.asked_at is not None)
    counts_on_it = waits and host.state != "declines" and unit_code in people
    others = [reader_for(people[unit_code], unit_code)] if counts_on_it else []
    await _end_hosting(session, case, [unit_code], "the unit is not needed any more", now)
    host.state, host.told_version, host.remark = "removed", None, reason
    visit.version += 1
    slots = await slots_of(session, process_id, visit.agenda_version)
    if any(facts.slot.unit_code == unit_code for facts in slots):
        visit.composed_by = None
        await cancel_approvals(session, case, now)
    await session.flush()
    desk = VisitDesk(session, settings, case, now)
    for reader in _with(told, others):
        await desk.tell(reader, "released", str(visit.version), reason=reason)
    record(session, "visit.host_removed", by=by, now=now, process_id=process_id, unit=unit_code, reason=reason)
    await poke_if_needed(session, case.task_set, now)
    return case


async def hosts_problems(session: ReadSession, unit_codes: Sequence[str], day: date) -> list[str]:
    """Why some units cannot be asked to receive a delegation, each a sentence."""
    people = await load_people(session)
    problems: list[str] = []
    for code in unit_codes:
        if code not in people.units:
            problems.append(said("There is no unit “%(unit)s”.", unit=code))
        elif answers_for(people, code, day) is None:
            problems.append(
                said(
                    "%(unit)s (%(unit_code)s) has neither focal point nor head: import one first.",
                    unit=people.units[code].name,
                    unit_code=code,
                )
            )
    return problems


async def _end_hosting(
    session: WriteSession, case: VisitCase, unit_codes: Sequence[str], why: str, now: datetime
) -> list[Task]:
    """Nobody has to say any more whether these units can receive the delegation on the days of before."""
    tasks = await tasks_of(session, case.process.id, "hosting_request")
    wanted = [task for task in tasks if task.unit_code in unit_codes and task.state in OPEN_STATES]
    await withdraw(session, wanted, why, now)
    return wanted


async def _believing(session: ReadSession, case: VisitCase) -> list[VisitReader]:
    """Everybody of the roster who was told of the visit, whatever their calendar holds of it."""
    found = await believing(session, case.process.id)
    persons = await persons_by_address(session, {each.address for each in found})
    return [reader_for(persons[each.address], each.unit_code) for each in found if each.address in persons]


async def _asked(session: ReadSession, tasks: Sequence[Task]) -> list[VisitReader]:
    """Whoever some tasks were put to."""
    persons = await load_persons(session, {task.assignee_code for task in tasks})
    return [
        reader_for(persons[task.assignee_code], task.unit_code)
        for task in tasks
        if task.asked_at is not None and persons[task.assignee_code].active
    ]


def _with(told: Sequence[VisitReader], others: Sequence[VisitReader]) -> list[VisitReader]:
    """Whoever has to be told in any case, and of the others each person who is not among them, once."""
    addresses = {reader.address for reader in told}
    return [*told, *{reader.address: reader for reader in others if reader.address not in addresses}.values()]
