"""Passing a task on through one's own link, to a colleague or to somebody new."""

from datetime import datetime

from models.contracts.answering import LinkHolder, PassOnForm, PersonChoice, PersonProblem
from models.contracts.refusal import PersonRefused
from operations.choosing import ChoiceRefused, chosen_person, colleagues_of
from operations.delegating import delegate
from operations.heading import asked_on, fields_of, read_heading, reminded_on
from operations.planning import load_planning
from operations.tasks import WORDS_LIMIT
from settings import Settings
from store.database import ReadSession, WriteSession
from store.people import lock_people
from store.task import delegations_of, task_facts, wishes_of


async def read_pass_on_form(session: ReadSession, holder: LinkHolder, *, settings: Settings) -> PassOnForm:
    """The form on which a task is passed on, with the colleagues of the unit to choose from."""
    (facts,) = await task_facts(session, [holder.task_id])
    planning = await load_planning(session, holder.task_id)
    came_from = [step.from_code for step in await delegations_of(session, holder.task_id)]
    wishes = await wishes_of(session, [holder.task_id])
    wished_by = [wish.extension.wished_by for wish in wishes.values()]
    return PassOnForm(
        **fields_of(await read_heading(session, facts, holder, settings)),
        colleagues=await colleagues_of(session, facts.unit.code),
        not_again=(facts.task.assignee_code, *came_from, *wished_by),
        asked_on=asked_on(planning),
        reminded_on=reminded_on(planning),
    )


async def pass_on(
    session: WriteSession, settings: Settings, holder: LinkHolder, choice: PersonChoice, *, note: str, now: datetime
) -> None:
    """Pass the task on to the person who was chosen; `note` may be empty. The holder's link goes on working.

    Raises:
        ChoiceRefused: nobody was chosen, the task cannot go to them, or the note is too long.
        TaskEnded: the task is not open any more.

    """
    if len(note.strip()) > WORDS_LIMIT:
        raise ChoiceRefused((PersonProblem(field="note", code="too_long"),))
    await lock_people(session)
    (facts,) = await task_facts(session, [holder.task_id])
    person = await chosen_person(session, facts.unit.code, choice)
    try:
        await delegate(session, settings, holder.task_id, to=person.code, by=holder.person_code, note=note, now=now)
    except PersonRefused as refusal:
        field = "person_code" if choice.person_code else "address"
        raise ChoiceRefused((PersonProblem(field=field, code=refusal.code),)) from refusal
