"""The report of a quarter: written once when its collection closes, or computed as it stands."""

from collections import defaultdict
from datetime import date, datetime
from uuid import UUID

from models.contracts.answering import Known
from models.contracts.refusal import Refused, said
from models.contracts.report import QuarterReport
from models.policies.calendar import Calendar
from models.policies.period import Quarter
from models.policies.report import quarter_report
from models.policies.report_facts import AnswerFact, EntryFact, Escalation, ReportFacts, TaskFact
from store import report as store
from store.calendars import load_calendar
from store.database import ReadSession, WriteSession
from store.policies import pinned_policies


async def write_report(session: WriteSession, process_id: UUID, *, now: datetime) -> QuarterReport:
    """Write the report of a collection that closes, once: a second call gives back the one that is stored.

    Raises:
        Refused: no collection runs under this process.

    """
    stored = await store.stored_report(session, process_id)
    if stored is not None:
        return stored
    report = await _compute(session, process_id, now=now, closing=True)
    if await store.store_report(session, process_id, report):
        return report
    return await store.stored_report(session, process_id) or report


async def compute_report(session: ReadSession, process_id: UUID, *, now: datetime) -> QuarterReport:
    """The report of a collection as of now; nothing is stored. Provisional while the collection is open.

    Raises:
        Refused: no collection runs under this process.

    """
    return await _compute(session, process_id, now=now, closing=False)


async def read_report(session: ReadSession, plan_code: str, period: str, *, now: datetime) -> QuarterReport | None:
    """A quarter's report as it was written, or as it stands while none is; null without a collection."""
    process_id = await store.process_of(session, plan_code, period)
    if process_id is None:
        return None
    written = await store.stored_report(session, process_id)
    return written or await compute_report(session, process_id, now=now)


async def _compute(session: ReadSession, process_id: UUID, *, now: datetime, closing: bool) -> QuarterReport:
    row = await store.collection_of(session, process_id)
    if row is None:
        raise Refused(said("There is no collection with the process %(process_id)s.", process_id=process_id))
    process, collection, plan = row
    calendar = await load_calendar(session, process.calendar_code)
    provisional = process.state == "open" and not closing
    # A collection that runs to its end closes at midnight, when the next day has begun.
    closed_on = (
        collection.closes_on if provisional else min(collection.closes_on, calendar.day(process.closed_at or now))
    )
    entries = await store.entries_of(session, process_id)
    facts = ReportFacts(
        reference=process.reference,
        plan_code=plan.code,
        plan_title=plan.title,
        plan_language=plan.language,
        institution=plan.institution,
        quarter=Quarter.parse(collection.period),
        opened_on=collection.opens_on,
        due_on=collection.due_on,
        closed_on=closed_on,
        until=max(collection.opens_on, calendar.day(now) if provisional else closed_on),
        provisional=provisional,
        plan=await store.planned_indicators(session, plan),
        tasks=await _tasks(session, process_id, calendar),
        entries=tuple(_entry(entry, calendar) for entry in entries),
        earlier=await store.earlier_numbers(session, collection),
    )
    return quarter_report(facts, written_at=now.astimezone(calendar.zone))


async def _tasks(session: ReadSession, process_id: UUID, calendar: Calendar) -> tuple[TaskFact, ...]:
    reminded: defaultdict[UUID, list[date]] = defaultdict(list)
    escalated: defaultdict[UUID, list[Escalation]] = defaultdict(list)
    for step in await store.steps_done(session, process_id):
        day = calendar.day(step.done_at)
        if step.kind == "escalation":
            escalated[step.task_id].append(Escalation(day, step.told))
        else:
            reminded[step.task_id].append(day)
    tasks = await store.tasks_of(session, process_id)
    policies = await pinned_policies(session, {(task.policy, task.policy_version) for task in tasks})
    return tuple(
        TaskFact(
            reference=task.reference,
            kind=task.kind,
            unit_code=task.unit_code,
            unit_name=task.unit_name,
            asked_of=task.assignee_name,
            state=task.state,
            timely_until=calendar.end_of(calendar.shift(task.due_on, policies[task.policy, task.policy_version].grace)),
            asked_on=calendar.day(task.asked_at) if task.asked_at else None,
            reminded_on=tuple(reminded[task.id]),
            escalations=tuple(escalated[task.id]),
        )
        for task in tasks
    )


def _entry(entry: store.EntryRow, calendar: Calendar) -> EntryFact:
    answer = None
    if entry.kind is not None and entry.first_at is not None:
        answer = AnswerFact(
            kind=entry.kind,
            number=entry.number,
            yes=entry.yes,
            words=entry.words,
            reason=entry.reason,
            submission_reference=entry.submission_reference or "",
            answered_by=entry.answered_by or "",
            first_at=entry.first_at,
            first_on=calendar.day(entry.first_at),
        )
    known = Known.model_validate(entry.known) if entry.known else None
    return EntryFact(entry.task_reference, entry.indicator_code, answer, known)
