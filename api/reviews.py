"""The office's pages of reviews of networks: one with its evidence and reckoning, and all that are due in a year."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.acting import FRESH, Told, carry_out, office_day, stop_at, whole_in
from api.desk import Fault, clock_of, language_of, page
from api.guard import Guarded, allowed, staff_of
from api.networks import sees
from api.site import READ, site_of
from api.visits import read_fields
from mail.question_words import question_name
from models.contracts.mail import Language
from models.contracts.membership_review import Recommendation
from models.contracts.orders import Standing
from models.tables.membership_review import Review
from operations.membership_review import look
from operations.review_opening import YearOpened, open_year
from store import membership_review as store
from store.calls import unit_names
from store.database import WriteSession
from store.networks import latest_events, review_row, review_rows
from store.office import person_names
from store.task import ItemFacts, tasks_of

router = APIRouter(route_class=Guarded)
STEPS = ("evidence", "opinion", "recommended", "decision")


@dataclass(slots=True)
class Line:
    """What was said of one question, or of one criterion: by the unit, and by the office."""

    name: str
    said: dict[str, ItemFacts] = field(default_factory=dict)


def lines_of(evidence: Sequence[ItemFacts], language: Language) -> list[Line]:
    """What was said, question by question."""
    lines: dict[str, Line] = {}
    for item in evidence:
        if item.question is None:
            continue
        line = lines.setdefault(item.code, Line(question_name(item.question, item.item.detail, language)))
        line.said[store.VOICES[item.kind]] = item
    return list(lines.values())


def course_of(review: Review, standing: Standing) -> list[tuple[str, bool, date | None]]:
    """The way of a review: each step, whether it is behind, and its day where it has one."""
    done = {*standing.reached, *(["recommended"] if review.recommendation is not None else [])}
    steps: list[tuple[str, bool, date | None]] = [(step, step in done, None) for step in STEPS]
    if review.decision == "optimise":
        steps.append(("improvement plan", "improvement plan" in done, None))
        steps.append(("check day", "check day" in done, review.check_on))
    if review.decision == "leave":
        steps.append(("notice", "everything done" in done, review.notice_on))
        steps.append(("exit", "everything done" in done, review.exit_on))
    return [*steps, ("everything done", "everything done" in done, None)]


@router.api_route("/networks/{code}/reviews/{year:int}", methods=READ)
@allowed("coordinator", "manager")
async def show_review(request: Request, code: str, year: int) -> Response:
    """One review: what was said, what it comes to and how, what was decided, what follows and by when."""
    now = datetime.now(UTC)
    async with site_of(request).database.reading() as session:
        row = await review_row(session, code, year)
        if row is None or not sees(staff_of(request), row.review.unit_code, row.review.office_unit):
            raise HTTPException(404)
        process_id = row.process.id
        standing = await look(session, process_id, now=now)
        evidence = await store.evidence_of(session, process_id)
        tasks = await tasks_of(session, process_id)
        events = await latest_events(session, process_id)
        codes = {event.actor for event in events} | {task.assignee_code for task in tasks}
        names = await person_names(session, codes | {row.review.decided_by or "", row.review.decider_code or ""})
        units = await unit_names(session)
        clock = await clock_of(request, session, [row.process.calendar_code])
    told = row.review.recommendation
    return await page(
        request,
        "office_review.html",
        row=row,
        course=course_of(row.review, standing),
        standing=standing,
        lines=lines_of(evidence, language_of(request)),
        told=None if told is None else Recommendation.model_validate(told),
        tasks=tasks,
        events=events,
        names=names,
        units=units,
        clock=clock,
        calendar=row.process.calendar_code,
    )


@router.api_route("/networks/reviews", methods=READ)
@allowed("coordinator", "manager", city=True)
async def show_reviews(request: Request) -> Response:
    """Every review, and the form that opens those that are due in a year."""
    return await _reviews_page(request, FRESH, None)


async def _reviews_page(request: Request, told: Told, opened: YearOpened | None) -> Response:
    today = office_day(request, datetime.now(UTC))
    async with site_of(request).database.reading() as session:
        rows = await review_rows(session)
        plans = [office.plan_code for office in await store.offices(session)]
        units = await unit_names(session)
    return await page(
        request,
        "office_reviews.html",
        status=told.status,
        told=told,
        opened=opened,
        rows=rows,
        plans=[(code, code) for code in plans],
        units=units,
        years=(today.year - 1, today.year, today.year + 1),
        today=today,
    )


@router.post("/networks/reviews")
@allowed("coordinator", city=True)
async def open_reviews(request: Request) -> Response:
    """Open the reviews of all networks that are due in a year; it is safe to repeat, so the page itself is the answer.

    A network whose review cannot be opened is left out, and it is said why.
    """
    fields = await read_fields(request)
    language, by, now = language_of(request), staff_of(request).code, datetime.now(UTC)
    opened: list[YearOpened] = []

    async def act(session: WriteSession) -> None:
        faults: list[Fault] = []
        year = whole_in(fields, "year", language, faults)
        if year is None or abs(year - office_day(request, now).year) > 1:
            faults.append(Fault("year", "choice_missing"))
        stop_at(faults)
        plan = fields.get("plan") or None
        opened.append(await open_year(session, int(year or 0), by=by, now=now, plan_code=plan))

    told = await carry_out(request, fields, act, at="year")
    return await _reviews_page(request, told or FRESH, None if told else opened[0])
