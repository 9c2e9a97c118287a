"""The proposal itself: whether it was sent. Asked before the deadline, loudly the day before, once more after it."""

from datetime import datetime
from uuid import UUID

from models.policies.call_follow_up import alarm_at, missed_at
from models.policies.people import PersonFacts
from models.tables.task import Task
from operations.audit import record
from operations.call_follow_up import end_open, tasks_open
from operations.call_letters import CallDesk, taking_part
from operations.call_milestones import arrange, take_preparing, take_unsent
from operations.processes import withdraw
from settings import Settings
from store.call_follow_up import CallCase, take_case, withdrawal
from store.database import ReadSession, WriteSession
from store.people import load_presence

CONFIRM = "focal task answer {task} --for PERSON proposal_number=NUMBER role=ROLE money_asked=EUROS"


async def ask_for_upload(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Ask the unit that leads to confirm that the proposal was sent; and for milestones that could not be asked for."""
    case = await take_preparing(session, process_id, now)
    if case is not None:
        desk = CallDesk(session, settings, case)
        await arrange(desk)
        await arrange(desk, upload=True)


def upload_task(case: CallCase) -> Task | None:
    """The open task that asks for the confirmation of this stage's proposal."""
    tasks = tasks_open(case, "proposal_upload")
    return next((task for task in tasks if task.occasion.split(":")[0] in case.stages), None)


async def raise_alarm(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Tell all who can still do something, a day before and at whatever hour, that nobody has confirmed.

    Each reads of a deadline once. Does nothing before that day, nor once the deadline is over.
    """
    case = await take_preparing(session, process_id, now)
    if case is None or case.deadline is None or now < alarm_at(case.deadline, case.calendar):
        return
    task = upload_task(case)
    readers = await _alarmed(session, case, task)
    told = await CallDesk(session, settings, case).alarm(readers, task.unit_code if task else case.lead, task)
    if told:
        record(session, "call.alarm_raised", by="focal", now=now, process_id=process_id, told=told)


async def _alarmed(session: ReadSession, case: CallCase, task: Task | None) -> list[PersonFacts]:
    """Whoever was asked, their head, and focal point and head of the office: those who are there today, each once."""
    office, unit_code = case.pursuit.office_unit, task.unit_code if task else case.lead
    asked = task.assignee_code if task else case.who(unit_code)
    at_office = case.who(office)
    persons = {code for code in (asked, at_office) if code is not None}
    presence = await load_presence(session, {unit_code, office}, persons, case.today)
    found: list[str | None] = []
    for unit, code in ((unit_code, asked), (office, at_office)):
        if code is not None:
            # Somebody who is away reads it when it is too late: whoever stands in is told, and they too.
            found += [presence.addressee(unit, code, None).person_code, code]
            found.append(presence.told(unit, code, 1, None).person_code)
    codes = dict.fromkeys(code for code in found if code is not None)
    return [presence.persons[code] for code in codes if presence.persons[code].active]


async def ask_whether_it_was_sent(
    session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime
) -> None:
    """Ask the coordinator, after the deadline, whether the proposal was sent that nobody has confirmed."""
    case = await take_unsent(session, process_id, now)
    if case is None or case.deadline is None or not case.deadline <= now < missed_at(case.deadline, case.calendar):
        return
    task = upload_task(case)
    command = CONFIRM.format(task=task.reference) if task else "focal calls status {identifier}"
    await CallDesk(session, settings, case).office("unconfirmed", case.aim, command=command)


async def tell_of_submission(session: WriteSession, settings: Settings, process_id: UUID, *, now: datetime) -> None:
    """Tell that the proposal was sent, or that it will not be; or note that it was missed. What is open of it ends."""
    case = await take_case(session, process_id, now)
    if case is None:
        return
    pursuit, desk = case.pursuit, CallDesk(session, settings, case)
    given_up = await withdrawal(session, process_id, case.stages)
    if pursuit.state == "submitted":
        await _end_milestones(session, case)
        stage = str(case.stage)
        await desk.tell(taking_part(case, also=("watch",)), "submitted", stage)
        await desk.office("submitted", stage)
    elif pursuit.state != "preparing":
        return
    elif given_up is not None:
        answer, submission = given_up
        reason, person = answer.reason or "", case.people.persons.get(submission.person_code)
        by_name = person.name if person else ""
        pursuit.state, pursuit.reason = "dropped", reason
        record(session, "call.dropped", by=submission.person_code, now=now, process_id=process_id, reason=reason)
        await end_open(desk, "dropped", reason=reason, by_name=by_name)
        await desk.office("dropped", by_name=by_name, note=reason)
    elif case.deadline is not None and now >= missed_at(case.deadline, case.calendar):
        pursuit.state = "missed"
        record(session, "call.missed", by="focal", now=now, process_id=process_id)
        await end_open(desk, "missed")
        await desk.office("missed")
    await session.flush()


async def _end_milestones(session: WriteSession, case: CallCase) -> None:
    """Nobody is asked any more for steps to a proposal that was sent."""
    left = [task for task in tasks_open(case, "assignment") if task.occasion.split(":")[0] in case.stages]
    if left:
        await withdraw(session, left, "the proposal was sent", case.now)
