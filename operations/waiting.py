"""What waits for one person's own answer, with what it rests on."""

from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from models.contracts.answering import MoreTime
from models.contracts.mail import Language
from operations.heading import more_time
from operations.subjects import load_subjects
from settings import Settings
from store.calendars import load_calendar
from store.database import ReadSession
from store.decisions import DECIDING, put_to
from store.task import TaskFacts, task_facts, task_items, wishes_of


@dataclass(frozen=True, slots=True)
class Waiting:
    """One task that waits. `about`: what it is about, in the fields that headings of pages have."""

    facts: TaskFacts
    about: SimpleNamespace
    wish: MoreTime | None
    """Of a decision about more time, who asks for it, until when and why."""
    missing: int
    """Items that have no answer yet; of a decision about more time, those of the task that would get it."""
    stands_in: bool
    """It is somebody else's, who is away."""

    @property
    def decides(self) -> bool:
        """Whether it asks for a decision and not for an answer."""
        return self.facts.task.kind in DECIDING


async def read_waiting(
    session: ReadSession, settings: Settings, person_code: str, language: Language, *, now: datetime, limit: int
) -> tuple[Waiting, ...]:
    """What waits for a person: decisions first, then what is due first."""
    today = now.astimezone(ZoneInfo(settings.office_zone)).date()
    found = dict(await put_to(session, person_code, now=now, today=today, limit=limit))
    if not found:
        return ()
    by_id = {facts.task.id: facts for facts in await task_facts(session, list(found))}
    items = await task_items(session, list(found))
    subjects = await load_subjects(session, list(by_id.values()), items, today)
    wishes = await wishes_of(session, list(found))
    waiting = []
    for task_id, stands_in in found.items():
        facts, wish = by_id[task_id], wishes.get(task_id)
        said = None
        if wish is not None:
            calendar = await load_calendar(session, facts.task.calendar_code)
            said = await more_time(session, wish.extension, calendar, settings)
        waiting.append(
            Waiting(
                facts=facts,
                about=SimpleNamespace(
                    plan_title=facts.plan.title,
                    plan_language=facts.plan.language,
                    unit_name=facts.unit.name,
                    **subjects[task_id].fields(language),
                ),
                wish=said,
                missing=wish.missing if wish else sum(line.missing for line in items.get(task_id, ())),
                stands_in=stands_in,
            )
        )
    return tuple(waiting)
