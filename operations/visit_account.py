"""How a delegation stands, told line by line for the command line. In English, as all commands."""

from datetime import datetime
from uuid import UUID

from mail.question_words import assignment_name
from models.tables.delegation_reception import VisitFeedback
from operations.delegation_reception import is_approved, is_confirmed
from operations.visit_hosts import host_lines, hosting_tasks
from store.database import ReadSession
from store.delegation_reception import VisitCase, load_visit, slots_of, tasks_of
from store.task import OPEN_STATES, task_items

HOSTS = {
    "asked": "is asked",
    "accepts": "will receive it",
    "declines": "cannot receive it",
    "other_days": "can receive it on other days",
    "silent": "has not answered",
}


async def account_of(session: ReadSession, process_id: UUID, *, now: datetime) -> list[str]:
    """The lines of one delegation: who comes when, its hosts, its agenda, its tasks, and what to do next."""
    case = await load_visit(session, process_id)
    visit = case.visit
    moved = f", moved from {visit.moved_from_first} because: {visit.reason}" if visit.moved_from_first else ""
    kind, people = visit.kind.replace("_", " "), visit.women + visit.men + visit.others
    lines = [
        f"{case.process.reference}: {visit.organisation} ({visit.city}, {visit.country}), {kind}",
        f"  {people} people with {visit.head_name}, {visit.first_day} to {visit.last_day}{moved}",
        f"  {_state(case)}",
        "Hosts:",
    ]
    for host in await host_lines(session, case, await hosting_tasks(session, case)):
        remark = f": {host.remark}" if host.remark else ""
        lines.append(f"  {host.unit_name} {HOSTS[host.state]}{remark}")
    if visit.agenda_version:
        approved = "approved" if is_approved(visit) else "not approved"
        fallen = "fallen" if visit.composed_by is None else approved
        lines.append(f"Agenda {visit.agenda_version} ({fallen}):")
        for each in await slots_of(session, process_id, visit.agenda_version):
            hours = f"{each.starts_at:%Y-%m-%d %H:%M}-{each.ends_at:%H:%M}"
            lines.append(f"  {hours}  {each.slot.theme}, {each.slot.place} ({each.host})")
    tasks = await tasks_of(session, process_id, "assignment")
    items = await task_items(session, [task.id for task in tasks])
    lines += ["To be done:"] if tasks else []
    for task in tasks:
        (line, *_) = items[task.id]
        what = assignment_name(line.item.detail or {}, "en")
        late = ", overdue" if task.due_at <= now and task.state in OPEN_STATES else ""
        lines.append(f"  {task.reference}  due {task.due_on}  {task.state.replace('_', ' ')}{late}  {what}")
    feedback = await session.get(VisitFeedback, process_id)
    if feedback is not None:
        said = f": {' '.join(feedback.words.split())}" if feedback.words else ""
        lines.append(f"Its contact gives it {feedback.rating} of 5{said}")
    return [*lines, *_next(case)]


def _state(case: VisitCase) -> str:
    visit = case.visit
    if visit.state == "called_off":
        return f"called off: {visit.reason}"
    if visit.state == "received":
        return "received" if case.process.state == "open" else "received, closed"
    return "confirmed" if is_confirmed(visit) else "not confirmed yet"


def _next(case: VisitCase) -> list[str]:
    """What the coordinator would type next, where something waits for them."""
    visit, reference = case.visit, case.process.reference
    waiting = any(host.state == "asked" for host in case.present)
    if visit.state != "coming" or visit.composed_by is not None or waiting:
        return []
    return [f"Next: focal delegation agenda {reference} AGENDA.yaml --by PERSON"]
