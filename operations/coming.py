"""What happens to an open task next, told to whoever reads its page."""

from models.contracts.answering import Coming, LinkHolder
from models.policies.people import Presence
from models.tables.task import Step, Task
from settings import Settings
from store.calendars import load_calendar
from store.database import ReadSession
from store.people import load_presence
from store.policies import policy_version
from store.task import TaskFacts, steps_of

ASKING = ("request", "reminder", "warning")


async def read_coming(
    session: ReadSession, facts: TaskFacts, holder: LinkHolder, settings: Settings
) -> tuple[Coming, ...]:
    """The next mail that asks, the next escalation and the last day, of those that are planned, in their order.

    Who they go to is as things stand today: an absence that begins later may change it.
    """
    task = facts.task
    planned = [step for step in (await steps_of(session, [task.id]))[task.id] if step.state == "planned"]
    kinds = (ASKING, ("escalation",), ("expiry",))
    wanted = [next((step for step in planned if step.kind in group), None) for group in kinds]
    steps = sorted((step for step in wanted if step is not None), key=lambda step: step.at)
    if not steps:
        return ()
    fallback = (await policy_version(session, task.policy, task.policy_version)).fallback
    persons = {task.assignee_code, *([fallback] if fallback else [])}
    day = (await load_calendar(session, task.calendar_code)).day(holder.at)
    presence = await load_presence(session, {task.unit_code}, persons, day)
    return tuple(_coming(step, task, presence, fallback, holder, settings) for step in steps)


def _coming(
    step: Step, task: Task, presence: Presence, fallback: str | None, holder: LinkHolder, settings: Settings
) -> Coming:
    if step.kind == "expiry":
        return Coming(kind=step.kind, on=step.on, to=None, to_reader=False)
    if step.kind == "escalation":
        reached = presence.told(task.unit_code, task.assignee_code, step.level, fallback)
    else:
        reached = presence.addressee(task.unit_code, task.assignee_code, fallback)
    code = reached.person_code
    name = presence.persons[code].name if code else settings.coordinator_name
    return Coming(kind=step.kind, on=step.on, to=name, to_reader=code == holder.person_code)
