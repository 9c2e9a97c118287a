"""A call until it is decided: the units are asked who is interested, a manager decides whether the city applies.

Each act is one transaction, takes the set of the follow-up first, and does nothing where it has nothing to do.
"""

from datetime import datetime
from uuid import UUID

from mail.call_reasons import call_changed
from models.contracts.mail import TaskKind
from models.contracts.orders import FollowUpOrder, Standing
from models.contracts.refusal import Refused, said
from models.policies.asking import Asked, AskedQuestion, all_questions, decider
from models.policies.call_follow_up import standing
from models.tables.call_follow_up import CallFollowUp
from models.tables.process import Process
from models.tables.task import Task
from operations.audit import record
from operations.call_letters import CallDesk, Part, taking_part
from operations.notices import Desk
from operations.processes import ask, take_back
from settings import Settings
from store.calendars import load_calendar
from store.call_follow_up import (
    TAKES_PART,
    CallCase,
    call_facts,
    leading_persons,
    take_case,
    version_of,
)
from store.database import ReadSession, WriteSession
from store.indicator_collection import sets_of
from store.task import OPEN_STATES, poke_if_needed, task_items

UNDECIDED = "Nobody decided before the deadline."
"""Why a call is not pursued, where no person gave a reason. For the record: nobody is mailed this."""


def tasks_open(case: CallCase, kind: TaskKind | None = None) -> list[Task]:
    """The open tasks of a follow-up, or those of a kind."""
    return [task for task in case.tasks if task.state in OPEN_STATES and kind in {None, task.kind}]


async def begin(session: WriteSession, process_id: UUID, *, now: datetime) -> FollowUpOrder:
    """Give the set of a follow-up, which was made when it was opened; the story begins now, or goes on."""
    (task_set,) = await sets_of(session, process_id)
    record(session, "call.story_begun", by="focal", now=now, process_id=process_id)
    return FollowUpOrder(set_id=task_set.id, workflow_id=task_set.workflow_id)


async def look(session: ReadSession, process_id: UUID, *, now: datetime) -> Standing:
    """How far a call is."""
    process = await session.get_one(Process, process_id)
    calendar = await load_calendar(session, process.calendar_code)
    return standing(await call_facts(session, process_id), calendar, now)


async def _to_decide(session: WriteSession, process_id: UUID, now: datetime) -> CallCase | None:
    """Take a follow-up of which nobody has decided yet; None where it is past that, or waits for a deadline."""
    case = await _undecided(session, process_id, now)
    return case if case is not None and case.deadline is not None and now < case.deadline else None


async def _undecided(session: WriteSession, process_id: UUID, now: datetime) -> CallCase | None:
    case = await take_case(session, process_id, now)
    return case if case is not None and case.pursuit.state == "interest" and case.pursuit.go is None else None


async def ask_interest(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Ask every unit that was not asked yet whether it is interested, all at once; who knows another day is told.

    A decision that was asked for about something else is withdrawn; it is asked for again when all is known. A unit in
    which nobody can be asked counts as silent, and the coordinator is told. Without a deadline nobody is asked: the
    call is announced, and may never come.
    """
    case = await _undecided(session, process_id, now)
    if case is None:
        return
    desk = CallDesk(session, settings, case)
    await tell_of_move(desk)
    await _withdraw_outdated(session, settings, case)
    if case.deadline is None or now >= case.deadline:
        return
    asked = {task.unit_code for task in case.of("call_interest")}
    tasks = []
    for row in case.interests:
        if row.state != "asked" or row.unit_code in asked:
            continue
        person = case.who(row.unit_code)
        if person is None:
            row.state = "silent"
            record(session, "call.unit_unreachable", by="focal", now=now, process_id=process_id, unit=row.unit_code)
            await desk.nobody("call_interest", row.unit_code)
        else:
            questions = all_questions("call_interest")
            tasks.append(Asked("call_interest", row.unit_code, person, questions=questions))
    await ask(session, case.task_set, case.process, tasks, now, closes_at=case.deadline)
    await desk.office("opened")
    if tasks:
        units = [task.unit_code for task in tasks]
        record(session, "call.interest_asked", by="focal", now=now, process_id=process_id, units=units)


async def tell_of_move(desk: CallDesk) -> None:
    """Tell whoever knows another deadline, once, old and new; two moves of which no mail has left yet are one.

    One that is gone, without another in its place, is told too: everything waits for a new one.
    """
    case, session = desk.case, desk.session
    pursuit, aim = case.pursuit, case.aim
    known = pursuit.planned_for
    if known == aim:
        return
    pursuit.planned_for = aim
    await session.flush()
    # The second stage is told of as such; before the first question nobody knows of any.
    if not case.tasks or (known.startswith("1|") and case.stage == 2):  # noqa: PLR2004 - the second stage
        return
    record(session, "call.replanned", by="focal", now=case.now, process_id=case.process.id, before=known, after=aim)
    also = () if pursuit.go else ("watch", "asked")
    units = {unit: part for unit, part in taking_part(case, also=also).items() if _concerned(case, unit, part)}
    await desk.tell_move(units, known, pursuit.reason)


def _concerned(case: CallCase, unit_code: str, part: Part) -> bool:
    """Whether a unit takes part in a call or may yet: not if it said no, or was silent; nor the office before a go."""
    if part == "office":
        return case.pursuit.go is True
    return part != "asked" or any(row.unit_code == unit_code and row.state == "asked" for row in case.interests)


async def tell_of_interest(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Name the units that kept silent, and tell the office who is interested."""
    case = await _to_decide(session, process_id, now)
    if case is None:
        return
    waits = {task.unit_code for task in tasks_open(case, "call_interest")}
    asked = {task.unit_code for task in case.of("call_interest")}
    for row in case.interests:
        if row.state == "asked" and row.unit_code in asked - waits:
            row.state = "silent"
    if any(row.state == "asked" for row in case.interests):
        return
    await session.flush()
    interested = any(row.state in TAKES_PART for row in case.interests)
    about = str(len(case.interests))
    await CallDesk(session, settings, case).office("interest" if interested else "nobody_interested", about)


async def ask_for_decision(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Ask for go or no-go about what is known now; one that was asked for about something else is withdrawn.

    One that nobody gave in time is told to the coordinator, and asked for again.

    Raises:
        Refused: nobody is there who may decide; the act is tried again, until somebody is.

    """
    case = await _to_decide(session, process_id, now)
    if case is None or any(row.state == "asked" for row in case.interests):
        return
    await _withdraw_outdated(session, settings, case)
    seen = _version(case)
    earlier = sorted(case.of("go_decision"), key=lambda task: int(task.occasion))
    last = earlier[-1] if earlier else None
    # One that was taken back is asked again, also where all is as it was then: a deadline that went and is back.
    if last is not None and last.state != "cancelled" and await _seen_by(session, last) == seen:
        if last.state != "expired":
            return
        await CallDesk(session, settings, case).office("undecided", last.occasion)
    office, chosen = case.pursuit.office_unit, case.pursuit.decider_code
    person = decider(case.people, office, chosen, await leading_persons(session, process_id))
    if person is None:
        raise Refused(
            said("Nobody above %(office)s may decide about %(process)s.", office=office, process=case.process.reference)
        )
    question = AskedQuestion("go", detail={"seen": seen})
    occasion = str(len(earlier) + 1)
    task = Asked("go_decision", office, person, questions=(question,), occasion=occasion)
    await ask(session, case.task_set, case.process, [task], now, closes_at=case.deadline)
    record(session, "call.decision_asked", by="focal", now=now, process_id=process_id, occasion=occasion, seen=seen)


async def _seen_by(session: ReadSession, task: Task) -> str:
    (line,) = (await task_items(session, [task.id]))[task.id]
    return str((line.item.detail or {}).get("seen", ""))


def _version(case: CallCase) -> str:
    return version_of(case.aim, case.interests, case.pursuit.lead_unit)


async def _withdraw_outdated(session: WriteSession, settings: Settings, case: CallCase) -> None:
    """Ask no more for a decision about what is not so any more; whoever was asked is told why."""
    waits = tasks_open(case, "go_decision")
    tasks = [task for task in waits if await _seen_by(session, task) != _version(case)]
    desk = Desk(session, settings, case.now)
    await take_back(desk, tasks, "what it was about has changed", case.today, call_changed)


async def tell_of_decision(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Tell everybody what was decided. A no ends the follow-up, and so does a deadline that came before a decision."""
    case = await take_case(session, process_id, now)
    if case is None:
        return
    pursuit, desk = case.pursuit, CallDesk(session, settings, case)
    if pursuit.go and pursuit.state == "preparing" and pursuit.first_submitted_at is None:
        told = {"reason": pursuit.go_reason, "by_name": _name(case, pursuit)}
        await desk.tell(taking_part(case, also=("watch",)), "go", **told)
        await desk.office("go", by_name=told["by_name"], note=pursuit.go_reason)
    elif pursuit.state != "interest":
        return
    elif pursuit.go is False:
        pursuit.state = "not_pursued"
        told = {"reason": pursuit.go_reason, "by_name": _name(case, pursuit)}
        await end_open(desk, "no_go", **told)
        await desk.office("no_go", by_name=told["by_name"], note=pursuit.go_reason)
    elif case.deadline is not None and now >= case.deadline:
        pursuit.state, pursuit.reason = "not_pursued", UNDECIDED
        record(session, "call.undecided", by="focal", now=now, process_id=process_id)
        await end_open(desk, "missed")
        await desk.office("undecided", "deadline")
    await session.flush()


def _name(case: CallCase, pursuit: CallFollowUp) -> str:
    person = case.people.persons.get(pursuit.decided_by or "")
    return person.name if person else ""


async def end_open(desk: CallDesk, news: str, *, reason: str = "", by_name: str = "") -> None:
    """End all that is open of a follow-up that is given up, and tell everybody whom it concerns, once, why.

    Before the decision that is everybody who was asked; after it, whoever takes part or watches.
    """
    case, session = desk.case, desk.session
    also = ("watch",) if case.pursuit.go else ("watch", "asked")
    told = await desk.tell(taking_part(case, also=also), news, reason=reason, by_name=by_name)
    left = tasks_open(case)
    others, why = Desk(session, desk.settings, case.now), f"the call: {news.replace('_', ' ')}"
    await take_back(others, left, why, case.today, lambda _: reason, by="coordinator", told=told)
    await poke_if_needed(session, case.task_set, case.now)
