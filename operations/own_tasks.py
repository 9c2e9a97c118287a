"""All that one person can answer, behind the link to any of it."""

from datetime import datetime

from models.contracts.answering import LinkHolder
from models.contracts.own_tasks import OwnTask, OwnTasks
from operations.answering import LinkUnusable
from operations.heading import fields_of, read_heading
from operations.links import token
from operations.subjects import load_subjects
from settings import Settings
from store.calendars import load_calendar
from store.database import ReadSession
from store.decisions import DECIDING
from store.own_tasks import begun, own_links
from store.task import task_facts, task_items

SHOWN = 100
"""On one page; what comes after them is shown as these are answered."""


def leads_to(holder: LinkHolder, kind: str) -> bool:
    """Whether the link to one task opens another of the same person.

    People forward mails with questions to whoever knows the answer. So a link to questions opens no decision: for
    that, its own mail is needed, or the link to another decision.
    """
    return kind not in DECIDING or holder.task_kind in DECIDING


async def read_own_tasks(session: ReadSession, holder: LinkHolder, *, settings: Settings) -> OwnTasks:
    """The list of the holder of a link."""
    (facts,) = await task_facts(session, [holder.task_id])
    heading = await read_heading(session, facts, holder, settings)
    found = await own_links(session, holder.person_code, now=holder.at, limit=SHOWN + 1)
    ids = [task_id for task_id, _ in found[:SHOWN]]
    by_id = {each.task.id: each for each in await task_facts(session, ids)}
    items = await task_items(session, ids)
    today = (await load_calendar(session, facts.process.calendar_code)).day(holder.at)
    subjects = await load_subjects(session, list(by_id.values()), items, today)
    saved = await begun(session, ids)
    tasks = []
    for task_id in ids:
        each, lines = by_id[task_id], items.get(task_id, [])
        task = each.task
        here = task_id == holder.task_id
        tasks.append(
            OwnTask(
                reference=task.reference,
                kind=task.kind,
                plan_title=each.plan.title,
                plan_language=each.plan.language,
                **subjects[task_id].fields(holder.page_language),
                unit_name=each.unit.name,
                due_on=task.due_on,
                answered=task.state == "answered",
                given=sum(line.answer is not None for line in lines),
                total=sum(line.item.required or line.answer is not None for line in lines),
                begun=task_id in saved,
                overdue=task.state != "answered" and task.due_at <= holder.at,
                assignee_name=None if task.assignee_code == holder.person_code else each.assignee.name,
                way="here" if here else "open" if leads_to(holder, task.kind) else "own_mail",
            )
        )
    return OwnTasks(**fields_of(heading), tasks=tuple(tasks), more=len(found) > SHOWN)


async def token_to(
    session: ReadSession, holder: LinkHolder, reference: str, *, settings: Settings, now: datetime
) -> str:
    """The token of the same person's link into another of their tasks.

    Raises:
        LinkUnusable: they have none, or this link does not lead there.

    """
    found = await own_links(session, holder.person_code, now=now, limit=SHOWN)
    facts = {each.task.id: each.task for each in await task_facts(session, [task_id for task_id, _ in found])}
    for task_id, link in found:
        task = facts[task_id]
        if task.reference == reference and leads_to(holder, task.kind):
            return token(settings.secret_key.get_secret_value(), link.id)
    raise LinkUnusable
