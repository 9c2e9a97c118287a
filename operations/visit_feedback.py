"""What the contact of a delegation says of its visit, through a link of their own; they have no account here."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from models.contracts.delegation_reception import FeedbackRecord
from models.contracts.visit_feedback import FeedbackForm, FeedbackProblem, TypedFeedback
from models.policies.answers import WORDS_LIMIT
from models.tables.delegation_reception import Visit, VisitFeedback, VisitRecord
from models.tables.process import Process
from operations.answering import LinkUnusable
from operations.audit import record
from operations.visit_feedback_link import visit_of_token
from operations.visit_letters import VisitDesk
from settings import Settings
from store.calendars import load_calendar
from store.database import ReadSession, WriteSession
from store.delegation_reception import load_visit

OPEN_FOR = timedelta(days=60)
"""So long after the last day of a visit its contact can say how it was."""
RATINGS = ("1", "2", "3", "4", "5")
"""From poor to excellent."""


class FeedbackRefused(Exception):  # noqa: N818 - an answer to the guest, not a fault
    """What was typed has to be corrected; `problems` say what."""

    def __init__(self, problems: tuple[FeedbackProblem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems


class FeedbackOver(Exception):  # noqa: N818
    """The visit is too long ago; nothing was kept."""


async def read_feedback_form(session: ReadSession, settings: Settings, token: str, *, now: datetime) -> FeedbackForm:
    """The form that a token opens, once the visit is over or too long ago as well.

    Raises:
        LinkUnusable: it is none of ours, or of a visit that was called off.

    """
    visit_id = visit_of_token(settings.secret_key.get_secret_value(), token)
    visit = await session.get(Visit, visit_id) if visit_id else None
    if visit is None or visit.state == "called_off":
        raise LinkUnusable
    process = await session.get_one(Process, visit.process_id)
    calendar = await load_calendar(session, process.calendar_code)
    given = await session.get(VisitFeedback, visit.process_id)
    open_until = visit.last_day + OPEN_FOR
    return FeedbackForm(
        organisation=visit.organisation,
        first_day=visit.first_day,
        last_day=visit.last_day,
        language=visit.language,
        open_until=open_until,
        over=calendar.day(now) > open_until,
        given_on=calendar.day(given.received_at) if given else None,
    )


async def keep_feedback(
    session: WriteSession, settings: Settings, token: str, typed: TypedFeedback, *, now: datetime
) -> None:
    """Keep what a guest says of their visit; the last one counts. The office hears of the first one of a day.

    Raises:
        LinkUnusable: see `read_feedback_form`.
        FeedbackOver: the visit is too long ago.
        FeedbackRefused: something has to be corrected.

    """
    form = await read_feedback_form(session, settings, token, now=now)
    process_id = visit_of_token(settings.secret_key.get_secret_value(), token)
    if process_id is None:
        raise LinkUnusable
    if form.over:
        raise FeedbackOver
    problems = _problems(typed)
    if problems:
        raise FeedbackRefused(problems)
    feedback = FeedbackRecord(rating=int(typed.rating), words=typed.words.strip())
    said: dict[str, Any] = {**feedback.model_dump(), "received_at": now}
    statement = insert(VisitFeedback).values(process_id=process_id, **said)
    await session.execute(statement.on_conflict_do_update(index_elements=["process_id"], set_=said))
    record(session, "visit.feedback_kept", by="guest", now=now, process_id=process_id, rating=feedback.rating)
    kept = await session.get(VisitRecord, process_id)
    if kept is not None:
        kept.content = {**kept.content, "feedback": feedback.model_dump(mode="json")}
    case = await load_visit(session, process_id)
    desk, day = VisitDesk(session, settings, case, now), case.calendar.day(now).isoformat()
    await desk.office("feedback", day, rating=feedback.rating, note=feedback.words)


def _problems(typed: TypedFeedback) -> tuple[FeedbackProblem, ...]:
    found = []
    if typed.rating not in RATINGS:
        found.append(FeedbackProblem(field="rating", code="rating_missing"))
    if len(typed.words) > WORDS_LIMIT:
        found.append(FeedbackProblem(field="words", code="too_long"))
    return tuple(found)
