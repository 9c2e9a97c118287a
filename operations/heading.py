"""What every answer page says of the task it belongs to, whoever looks at it."""

from datetime import date
from operator import attrgetter
from typing import Any

from models.contracts.answering import Ended, Heading, LinkHolder, MoreTime, PassedOn
from models.policies.calendar import Calendar
from models.tables.task import Extension, Task
from operations.coming import read_coming
from operations.planning import Planning
from operations.subjects import load_subjects
from operations.tasks import ending
from settings import Settings
from store.calendars import load_calendar
from store.database import ReadSession
from store.evidence import file_count, readable_from
from store.own_tasks import others_open
from store.people import load_persons
from store.task import OPEN_STATES, TaskFacts, last_delegations, latest_extension, task_items


def accepting(facts: TaskFacts) -> bool:
    """Whether answers still count: the process runs, and the task neither expired nor was waived or cancelled."""
    open_or_answered = (*OPEN_STATES, "answered")
    return facts.process.state == "open" and facts.task.state in open_or_answered


async def read_heading(session: ReadSession, facts: TaskFacts, holder: LinkHolder, settings: Settings) -> Heading:
    """The heading of a task's pages for the holder of a link."""
    task = facts.task
    items = await task_items(session, [task.id])
    calendar = await load_calendar(session, task.calendar_code)
    subject = (await load_subjects(session, [facts], items, calendar.day(holder.at)))[task.id]
    ended = await ending(session, facts, calendar)
    because = task.outcome_reason if task.state == "waived" else None
    return Heading(
        holder=holder,
        process_reference=facts.process.reference,
        plan_title=facts.plan.title,
        plan_language=facts.plan.language,
        **subject.fields(holder.page_language),
        unit_name=facts.unit.name,
        due_on=task.due_on,
        closes_on=task.closes_on,
        accepting=accepting(facts),
        ended=Ended(state=ended.state, at=ended.at, by=ended.by, reason=because) if ended else None,
        passed_on=await _passed_on(session, task, calendar),
        more_time=await more_time(session, await latest_extension(session, task.id), calendar, settings),
        coming=() if ended else await read_coming(session, facts, holder, settings),
        others=await others_open(session, holder.person_code, task.id, now=holder.at),
        documents=await file_count(session, await readable_from(session, task)),
        coordinator_name=settings.coordinator_name,
        coordinator_address=settings.coordinator_address,
    )


def fields_of(heading: Heading) -> dict[str, Any]:
    """A heading's fields, for a form that has them too."""
    return {name: getattr(heading, name) for name in Heading.model_fields}


def asked_on(planning: Planning) -> date:
    """The local day on which whoever has a task now is, or was last, asked."""
    request = max((step for step in planning.steps if step.kind == "request"), key=attrgetter("number"))
    return request.on if request.done_at is None else planning.calendar.day(request.done_at)


def reminded_on(planning: Planning) -> date | None:
    """The local day of the next reminder about a task; None where none is planned."""
    reminding = ("reminder", "warning")
    return min((step.on for step in planning.steps if step.kind in reminding and step.state == "planned"), default=None)


async def _passed_on(session: ReadSession, task: Task, calendar: Calendar) -> PassedOn | None:
    last = (await last_delegations(session, [task.id])).get(task.id)
    if last is None:
        return None
    persons = await load_persons(session, {last.from_code, last.to_code})
    return PassedOn(
        from_code=last.from_code,
        from_name=persons[last.from_code].name,
        to_name=persons[last.to_code].name,
        on=calendar.day(last.at),
        note=last.note,
    )


async def more_time(
    session: ReadSession, extension: Extension | None, calendar: Calendar, settings: Settings
) -> MoreTime | None:
    """What was wished for, or given, in an extension; None for none."""
    if extension is None:
        return None
    decision = await session.get_one(Task, extension.decision_task_id) if extension.decision_task_id else None
    codes = {extension.wished_by, extension.decided_by, decision.assignee_code if decision else None}
    # Who is no person of the roster speaks for the coordinator's office.
    names = dict.fromkeys(filter(None, codes), settings.coordinator_name)
    names |= {code: person.name for code, person in (await load_persons(session, names)).items()}
    return MoreTime(
        state=extension.state,
        wished_by_code=extension.wished_by,
        wished_by=names[extension.wished_by],
        wished_on=calendar.day(extension.wished_at),
        old_due_on=extension.old_due_on,
        wished_due_on=extension.wished_due_on,
        reason=extension.reason,
        decider=names[decision.assignee_code] if decision else None,
        decided_by_code=extension.decided_by,
        decided_by=names[extension.decided_by] if extension.decided_by else None,
        decided_at=calendar.local(extension.decided_at) if extension.decided_at else None,
        granted_due_on=extension.granted_due_on,
        decision_reason=extension.decision_reason,
    )
