"""What is said of a call until its proposal is sent: checked, and kept in its rows, when it is answered.

What follows from it is done by the acts of the call's story, which is woken by the answer.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from models.contracts.answering import Reading
from models.contracts.call_follow_up import Interest
from models.contracts.refusal import DecisionRefused, said
from models.policies.questions import WHY_NOT
from models.tables.call_follow_up import CallFollowUp, CallInterest
from models.tables.calls import Call
from models.tables.process import Process
from models.tables.task import Submission, Task
from operations.audit import record
from store.calendars import load_calendar
from store.call_follow_up import (
    aim_of,
    aimed_at,
    deadline_at,
    deadlines_of,
    interests_of,
    lead_of,
    leading_persons,
    stage_of,
    stages_of,
    version_of,
)
from store.database import WriteSession
from store.task import task_items

STATES: Mapping[str, Interest] = {
    "lead": "lead",
    "partner": "partner",
    "watch_call": "watch",
    **dict.fromkeys(WHY_NOT, "no"),
}
"""What a unit is by the option that it chose."""
ROLES = {"coordinator": "coordinator", "consortium_partner": "partner"}


async def keep_interest(
    session: WriteSession, task: Task, submission: Submission, readings: Mapping[UUID, Reading], now: datetime
) -> None:
    """Keep what a unit says of a call, until somebody has decided.

    Raises:
        DecisionRefused: it was decided, or the call is over.

    """
    pursuit = await session.get_one(CallFollowUp, task.process_id, with_for_update=True)
    if pursuit.go is not None:
        raise DecisionRefused("decided_before", said("It was decided already whether the city applies."))
    if pursuit.state != "interest":
        raise DecisionRefused("over", said("The call is over, or was given up."))
    row = await session.get_one(CallInterest, (task.process_id, task.unit_code))
    given = await _given(session, task, readings)
    before = row.state
    if (interest := given.get("interest")) is not None and interest.words is not None:
        row.state = STATES[interest.words]
        row.reason = _kept_reason(interest) if row.state == "no" else ""
    if (words := given.get("contribution")) is not None:
        row.contribution = words.words or ""
    by = submission.entered_by or submission.person_code
    record(
        session,
        "call.interest_said",
        by=by,
        now=now,
        process_id=task.process_id,
        task_id=task.id,
        unit=task.unit_code,
        before=before,
        after=row.state,
    )


async def decide_call(
    session: WriteSession, task: Task, submission: Submission, readings: Mapping[UUID, Reading], now: datetime
) -> None:
    """Keep whether the city applies, and who prepares the proposal if it does.

    Raises:
        DecisionRefused: somebody decides who answered for a unit that it would lead, or is of the unit that was set to;
            the deadline, who leads or what the units say has changed; it was decided; the deadline is over.

    """
    pursuit = await session.get_one(CallFollowUp, task.process_id, with_for_update=True)
    if pursuit.go is not None:
        raise DecisionRefused("decided_before", said("It was decided already whether the city applies."))
    process, call = await session.get_one(Process, task.process_id), await session.get_one(Call, pursuit.call_id)
    deadlines, calendar = await deadlines_of(session, call.id), await load_calendar(session, process.calendar_code)
    deadline = deadline_at(aimed_at(pursuit, deadlines), calendar)
    if pursuit.state != "interest" or (deadline is not None and now >= deadline):
        raise DecisionRefused("over", said("The deadline of this call is over, or it was given up."))
    if {submission.person_code, submission.entered_by} & await leading_persons(session, task.process_id):
        raise DecisionRefused("own_work", said("Whoever offered to lead the proposal cannot decide about it."))
    interests = await interests_of(session, task.process_id)
    (line,) = (await task_items(session, [task.id]))[task.id]
    seen = version_of(aim_of(pursuit, call, deadlines), interests, pursuit.lead_unit)
    if (line.item.detail or {}).get("seen") != seen:
        told = said(
            "The deadline, who leads, or what the units say, has changed since this was asked: it is asked again."
        )
        raise DecisionRefused("changed_since", told)
    reading = readings[line.item.id]
    pursuit.go = reading.words == "go"
    pursuit.go_reason = reading.reason or "" if pursuit.go else _kept_reason(reading)
    pursuit.decided_by, pursuit.decided_at = submission.person_code, now
    if pursuit.go:
        pursuit.state, pursuit.lead_unit = "preparing", lead_of(pursuit, interests)
    record(
        session,
        "call.decided",
        by=submission.entered_by or submission.person_code,
        now=now,
        process_id=task.process_id,
        task_id=task.id,
        go=pursuit.go,
        reason=pursuit.go_reason,
        lead=pursuit.lead_unit,
    )


def _kept_reason(reading: Reading) -> str:
    """The option that was chosen with the words for it: `key: words`; read again by `mail/call_reasons.py`."""
    return f"{reading.words}: {reading.reason}" if reading.reason else str(reading.words)


async def keep_upload(
    session: WriteSession, task: Task, submission: Submission, readings: Mapping[UUID, Reading], now: datetime
) -> None:
    """Keep that the proposal of a stage was sent: its number, the city's role, the money asked.

    That it will not be sent is the story's to act upon; until then it can be corrected.

    Raises:
        DecisionRefused: it was sent, and now it is said that it will not be; the stage or the call is over.

    """
    pursuit = await session.get_one(CallFollowUp, task.process_id, with_for_update=True)
    call = await session.get_one(Call, pursuit.call_id)
    sent = pursuit.submitted_at is not None
    if task.occasion.split(":")[0] not in stages_of(stage_of(pursuit, call)) or pursuit.state not in {
        "preparing",
        "submitted",
    }:
        raise DecisionRefused("over", said("This stage of the call is over, or the call was given up."))
    given = await _given(session, task, readings)
    number, role, money = given.get("proposal_number"), given.get("role"), given.get("money_asked")
    if number is not None and number.kind == "not_available":
        if sent:
            raise DecisionRefused("decided_before", said("It was confirmed already that the proposal was sent."))
        return
    if number is not None and number.words is not None:
        pursuit.proposal_number = number.words
        pursuit.state, pursuit.submitted_at = "submitted", pursuit.submitted_at or now
    if role is not None and role.words is not None:
        pursuit.role = ROLES[role.words]
    if money is not None:
        pursuit.money_asked = money.number
    record(
        session,
        "call.submitted" if not sent else "call.submission_corrected",
        by=submission.entered_by or submission.person_code,
        now=now,
        process_id=task.process_id,
        task_id=task.id,
        number=pursuit.proposal_number,
        stage=task.occasion,
    )


async def _given(session: WriteSession, task: Task, readings: Mapping[UUID, Reading]) -> dict[str, Reading]:
    """What was answered now, by question."""
    lines = (await task_items(session, [task.id]))[task.id]
    return {line.code: readings[line.item.id] for line in lines if line.item.id in readings}
