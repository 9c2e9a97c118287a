"""The closing record of a call: what was tried, with whom, with what result, and what is left of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from models.contracts.call_follow_up import CallAccount, Pipeline
from models.policies.call_project import pipeline
from models.tables.call_follow_up import CallFollowUp, CallInterest, CallRecord
from models.tables.calls import Call, CallDeadline
from models.tables.process import Process
from models.tables.task import Task
from store.call_project import find_rule, pursuits
from store.database import ReadSession, WriteSession
from store.task import task_items


async def account_of(session: ReadSession, process_id: UUID) -> CallAccount:
    """A call as its rows tell it now. Units by their codes."""
    process = await session.get_one(Process, process_id)
    pursuit = await session.get_one(CallFollowUp, process_id)
    call = await session.get_one(Call, pursuit.call_id)
    deadline = await session.get(CallDeadline, (call.id, pursuit.deadline_number))
    interests = list(
        await session.scalars(
            select(CallInterest).where(CallInterest.process_id == process_id).order_by(CallInterest.position)
        )
    )
    kept = await find_rule(session, call.programme_code, "records")
    until = kept.clock.after(pursuit.ends_on) if kept and pursuit.ends_on and pursuit.state == "ended" else None
    lessons = await _said(session, process_id, "call_lessons", "lessons")
    again = await _said(session, process_id, "call_lessons", "again")
    lasting = await _said(session, process_id, "sustainability_check", "lasts")
    return CallAccount(
        reference=process.reference,
        identifier=call.identifier,
        title=call.title,
        programme=call.programme_code,
        state=pursuit.state,
        deadline=deadline.day if deadline else None,
        lead_unit=pursuit.lead_unit,
        partners=tuple(each.unit_code for each in interests if each.state == "partner"),
        interests=tuple((each.unit_code, each.state, each.reason) for each in interests),
        role=pursuit.role,
        proposal_number=pursuit.proposal_number,
        submitted_at=pursuit.submitted_at or pursuit.first_submitted_at,
        money_asked=pursuit.money_asked,
        result=pursuit.result,
        points=pursuit.points,
        lessons=tuple(words for _, words in (*lessons, *again)),
        grant_number=pursuit.grant_number,
        money_won=pursuit.money_won,
        starts_on=pursuit.starts_on,
        ends_on=pursuit.ends_on,
        lasting=tuple(sorted((int(years), words) for years, words in lasting)),
        records_until=until,
        reason=pursuit.closed_reason or pursuit.go_reason,
    )


async def _said(session: ReadSession, process_id: UUID, kind: str, question: str) -> list[tuple[str, str]]:
    """What stands as the answer to a question of a kind of tasks: occasion and words."""
    tasks = {
        task.id: task.occasion
        for task in await session.scalars(select(Task).where(Task.process_id == process_id, Task.kind == kind))
    }
    return [
        (tasks[task_id], line.answer.words)
        for task_id, lines in (await task_items(session, list(tasks))).items()
        for line in lines
        if line.item.question == question and line.answer is not None and line.answer.words
    ]


async def write_record(session: WriteSession, process_id: UUID, *, now: datetime) -> CallAccount:
    """Keep the account of a call as it is now, for the resource bank; gives it."""
    await session.flush()
    account = await account_of(session, process_id)
    row = await session.get(CallRecord, process_id)
    content = account.model_dump(mode="json")
    if row is None:
        session.add(CallRecord(process_id=process_id, written_at=now, content=content))
    elif row.content != content:
        row.content, row.written_at = content, now
    await session.flush()
    return account


async def renew_record(session: WriteSession, process_id: UUID, *, now: datetime) -> None:
    """Bring the record of a call up to date that has one."""
    if await session.get(CallRecord, process_id) is not None:
        await write_record(session, process_id, now=now)


async def pipeline_of(session: ReadSession, plan_code: str | None = None) -> Pipeline:
    """The numbers of the calls of a plan, or of all."""
    return pipeline([row.facts for row in await pursuits(session, plan_code)])
