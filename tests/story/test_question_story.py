"""The story of a task that asks questions: of a delegation or of a network, with no quarter and no closing day."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from mail.translation import LANGUAGES
from models.contracts.answering import Typed
from models.contracts.mail import TaskKind
from models.contracts.story import Story
from models.tables.process import TaskSet
from models.tables.task import Link, Task
from operations.answering import open_link, read_form, save_draft, submit
from operations.explaining import explain
from operations.links import token
from operations.story_words import task_text
from operations.tasks import settle, take
from store.database import WriteSession
from tests.questions import ask, asked, open_call, open_census, open_review, open_visit
from tests.story.teller import Teller, kinds, text, told
from tests.world import OPENING

NOON = OPENING + timedelta(hours=3)
KINDS: tuple[TaskKind, ...] = (
    "hosting_request",
    "agenda_approval",
    "visit_report",
    "assignment",
    "membership_evidence",
    "membership_opinion",
    "membership_decision",
    "improvement_plan",
    "improvement_check",
    "joined_networks",
)
OF_CALLS: tuple[TaskKind, ...] = (
    "call_interest",
    "go_decision",
    "proposal_upload",
    "call_result",
    "call_lessons",
    "grant_agreement",
    "sustainability_check",
)


async def _set_of(session: WriteSession, kind: TaskKind) -> TaskSet:
    if kind in OF_CALLS:
        return await open_call(session, OPENING, "ended")
    if kind in KINDS[:4]:
        return await open_visit(session, OPENING)
    return await (open_census(session, OPENING) if kind == "joined_networks" else open_review(session, OPENING))


async def put(office: Teller, *wanted: TaskKind) -> list[UUID]:
    """Ask Sofia some things, all of one process; the requests leave."""
    async with office.database.transaction() as session:
        task_set = await _set_of(session, wanted[0])
        tasks = [asked(kind, question="membership" if kind == "membership_decision" else "") for kind in wanted]
        ids = await ask(session, task_set, tasks, OPENING)
    await office.go_on(OPENING)
    return ids


async def story_of(office: Teller, task_id: UUID) -> Story:
    """Its story at noon."""
    async with office.database.reading() as session:
        return await explain(session, task_id, now=NOON)


@pytest.mark.drill
async def test_every_kind_tells_in_every_language_what_it_asks_and_about_what(office: Teller) -> None:
    for wanted in (KINDS[:4], KINDS[4:9], KINDS[9:], OF_CALLS):
        for kind, task_id in zip(wanted, await put(office, *wanted), strict=True):
            story = await story_of(office, task_id)
            assert (story.quarter, story.process_closes_on) == (0, None)
            for language in LANGUAGES:
                words = " ".join(task_text(story, language).split())
                about = "Stadt Mainz" if kind in KINDS[:4] else story.process.removeprefix("call/")
                assert about in words, kind
                assert "ndica" not in words, f"{kind} in {language} speaks of indicators"
    assert "Book interpreters" not in text(story)


async def test_something_to_be_done_is_named(office: Teller) -> None:
    (task_id,) = await put(office, "assignment")
    story = (await story_of(office, task_id)).model_copy(update={"assignment": "Book interpreters"})
    assert "Asked for: something to be done (Àrea Salut); Stadt Mainz" in text(story)
    assert "To be done: Book interpreters" in text(story)


async def answer(office: Teller, task_id: UUID, typed: dict[str, Typed]) -> None:
    """Sofia answers through her link."""
    secret = office.settings.secret_key.get_secret_value()
    async with office.database.transaction() as session:
        link = (await session.scalars(select(Link).where(Link.task_id == task_id))).one()
        holder = await open_link(session, token(secret, link.id), now=NOON)
        form = await read_form(session, holder, settings=office.settings)
        fields = {entry.item_id: typed[entry.question] for entry in form.entries if entry.question in typed}
        version = await save_draft(session, holder, fields, now=NOON)
        await submit(session, holder, draft_version=version, raw=b"raw", now=NOON, settings=office.settings)


async def test_an_answer_in_part_and_the_rest_are_told_without_counting_what_may_be_left_out(office: Teller) -> None:
    (task_id,) = await put(office, "visit_report")
    await answer(office, task_id, {"contacts": Typed(value="Bernd")})
    story = await story_of(office, task_id)
    assert "Sofia Salut answered. 1 answer was still missing." in text(story)
    assert "State: open, answered in part; 1 answer missing" in text(story)
    await answer(office, task_id, {"commitments": Typed(choice="nothing_to_report")})
    story = await story_of(office, task_id)
    assert "Nothing was missing any more." in text(story)
    assert "Corrections are taken as long as delegation/2027-0001 is open." in text(story)


async def test_a_task_that_is_called_off_and_one_that_moves_say_so(office: Teller) -> None:
    gone, moved = await put(office, "hosting_request", "assignment")
    async with office.database.transaction() as session:
        ended = {"state": "cancelled", "closed_at": NOON, "outcome_reason": "the visit was called off"}
        await session.execute(update(Task).where(Task.id == gone).values(**ended))
    assert kinds(await story_of(office, gone))[-1] == "cancelled"
    assert "the task was called off: it is not needed any more" in text(await story_of(office, gone))
    async with office.database.transaction() as session:
        taken = await take(session, moved)
        before = taken.task.due_on
        taken.planning.move_due(before + timedelta(days=7))
        days = {"before": before.isoformat(), "after": taken.task.due_on.isoformat()}
        await settle(session, taken, "rescheduled", by="focal", now=NOON, reason="Vaga de trens", **days)
    story = await story_of(office, moved)
    assert told(story, "rescheduled").after == story.due_on
    assert story.earlier_due == (before,)
    assert "Focal moved the due day along with what the task belongs to." in text(story)
    assert "Vaga de trens" in text(story)
