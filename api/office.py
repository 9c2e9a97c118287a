"""The office's pages: how collections stand, what happened to each task and what comes next. They only read.

They listen on loopback: until people sign in, whoever reaches them may see them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any, get_args
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp

from api import reports
from api.messages import addressed, attachments, html_of, parse, text_of
from api.pages import Pages
from api.protection import Protection
from api.sentences import MAIL_STATES
from api.site import READ, Site, application, site_of
from models.policies.calendar import Calendar
from models.policies.period import Quarter
from settings import Settings
from store import office, office_mails
from store.calendars import load_calendar
from store.database import Database, ReadSession
from store.office import PAGE, StepDay, TaskFilter, TaskOrder
from store.submissions import arrivals
from store.task import task_facts

router = APIRouter()
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
"""A mail is shown as it was written, with its inline styles, but can load nothing, run nothing, lead nowhere."""
FRAME_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ORDERS: tuple[TaskOrder, ...] = get_args(TaskOrder)
GAPS_SHOWN = 20


def office_app(settings: Settings, database: Database) -> ASGIApp:
    """The office's pages, ready to be served on loopback at `settings.office_port`."""
    pages = Pages(settings, cookie="focal-office-language", layout="layout_office.html", staff=True)
    app = application(Site(settings, database, pages))
    app.include_router(reports.router)
    app.include_router(router)
    hosts = {f"{name}:{settings.office_port}" for name in LOOPBACK_NAMES} | {urlsplit(settings.office_url).netloc}
    return Protection(app, pages, origin=settings.office_url, hosts=frozenset(hosts))


class Clock:
    """What the clocks of the processes on a page show; each process has its own calendar."""

    def __init__(self, calendars: dict[str, Calendar], zone: Calendar | None) -> None:
        self._calendars = calendars
        self._zone = zone

    def local(self, moment: datetime, code: str | None) -> datetime:
        """A moment on the clock of a calendar, or on any clock of the page if it belongs to none."""
        calendar = self._calendars.get(code or "", self._zone)
        return moment if calendar is None else calendar.local(moment)


async def _clock(session: ReadSession, codes: Iterable[str | None]) -> Clock:
    calendars = {code: await load_calendar(session, code) for code in {code for code in codes if code}}
    return Clock(calendars, next(iter(calendars.values()), None))


def _page(request: Request, template: str, **context: Any) -> HTMLResponse:
    pages = site_of(request).pages
    language = pages.language(request)
    return pages.page(request, template, language, quarter=_quarter, **context)


def _quarter(period: str) -> Quarter:
    return Quarter.parse(period)


def _number(request: Request) -> int:
    """The page of a list that was asked for, counted from 1."""
    asked = request.query_params.get("page", "1")
    return max(1, int(asked)) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 1  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class Leaf:
    """Where one is in a list of several pages."""

    number: int
    last: int
    address: Callable[[int], str]


def _leaf(request: Request, number: int, total: int) -> Leaf:
    others = [(key, value) for key, value in request.query_params.multi_items() if key not in {"page", "lang"}]
    return Leaf(number, -(-total // PAGE) or 1, lambda page: "?" + urlencode([*others, ("page", page)]))


@router.api_route("/", methods=READ)
async def show_collections(request: Request) -> Response:
    """Every collection with its progress."""
    now = datetime.now(UTC)
    async with site_of(request).database.reading() as session:
        rows = await office.collections(session, now)
    return _page(request, "office_collections.html", rows=rows)


@router.api_route("/collections/{plan_code}/{period}", methods=READ)
async def show_collection(request: Request, plan_code: str, period: str) -> Response:
    """One collection: what came back, unit by unit, what was done and is planned, and where the gaps are."""
    now = datetime.now(UTC)
    async with site_of(request).database.reading() as session:
        row = await office.collection(session, plan_code, period, now)
        if row is None:
            raise HTTPException(404)
        units = await office.units(session, row.process.id, now)
        days = await office.step_days(session, row.process.id)
        wanted = TaskFilter(plan_code, period, incomplete=True)
        gaps, gap_count = await office.tasks(session, wanted, order="due", page=1, now=now)
        clock = await _clock(session, [row.process.calendar_code])
    today = clock.local(now, row.process.calendar_code).date()
    return _page(
        request,
        "office_collection.html",
        row=row,
        units=units,
        past=[day for day in days if day.done],
        future=_upcoming(days),
        gaps=gaps[:GAPS_SHOWN],
        gap_count=gap_count,
        today=today,
        clock=clock,
    )


def _upcoming(days: list[StepDay]) -> list[StepDay]:
    return [day for day in days if day.planned]


@router.api_route("/tasks", methods=READ)
async def show_tasks(request: Request) -> Response:
    """Tasks in a table: all, of one collection, or only those that are overdue."""
    now, asked = datetime.now(UTC), request.query_params
    plan_code, _, period = asked.get("collection", "").partition("/")
    wanted = TaskFilter(plan_code, period, overdue=asked.get("overdue") == "1")
    order: TaskOrder = next((name for name in ORDERS if name == asked.get("sort")), "due")
    number = _number(request)
    async with site_of(request).database.reading() as session:
        rows, total = await office.tasks(session, wanted, order=order, page=number, now=now)
        known = await office.collections(session, now)
    return _page(
        request,
        "office_tasks.html",
        rows=rows,
        total=total,
        order=order,
        wanted=wanted,
        known=known,
        leaf=_leaf(request, number, total),
        sorted_by=lambda name: "?" + urlencode({**asked, "sort": name, "page": 1}),
    )


@router.api_route("/tasks/{reference}", methods=READ)
async def show_task(request: Request, reference: str) -> Response:
    """One task: what happened, what comes next and why, its answers, its mails, its record."""
    now = datetime.now(UTC)
    async with site_of(request).database.reading() as session:
        task_id = await office.task_id_of(session, reference)
        if task_id is None:
            raise HTTPException(404)
        (facts,) = await task_facts(session, [task_id])
        steps = await office.steps_of(session, task_id)
        arrived = await arrivals(session, task_id)
        items = await office.items_of(session, task_id)
        events = await office.events_of(session, task_id)
        mails = await office_mails.mails_of(session, task_id)
        replies = await office_mails.replies(session, page=1, task_id=task_id)
        names = await office.person_names(session, {event.actor for event in events})
        clock = await _clock(session, [facts.process.calendar_code])
    moments: list[tuple[datetime, str, Any]] = [(step.done_at or step.at, "step", step) for step in steps]
    moments += [(arrival.received_at, "arrival", arrival) for arrival in arrived]
    return _page(
        request,
        "office_task.html",
        facts=facts,
        moments=sorted(moments, key=lambda moment: moment[0]),
        arrived=arrived,
        items=items,
        events=events,
        mails=mails,
        replies=replies,
        names=names,
        now=now,
        clock=clock,
    )


@router.api_route("/mails", methods=READ)
async def show_mails(request: Request) -> Response:
    """Mails that went out or will, with what became of them."""
    state, number = request.query_params.get("state", ""), _number(request)
    state = state if state in MAIL_STATES else ""
    async with site_of(request).database.reading() as session:
        counts = await office_mails.mail_counts(session)
        rows = await office_mails.mails(session, state=state, page=number)
        clock = await _clock(session, {row.calendar_code for row in rows})
    total = counts.get(state, 0) if state else sum(counts.values())
    leaf = _leaf(request, number, total)
    return _page(
        request, "office_mails.html", rows=rows, counts=counts, state=state, total=total, leaf=leaf, clock=clock
    )


@router.api_route("/mails/{mail_id}", methods=READ)
async def show_mail(request: Request, mail_id: str) -> Response:
    """One mail as its reader sees it, as text and as HTML; the personal link is left out."""
    async with site_of(request).database.reading() as session:
        row, message = await _mail(session, mail_id)
        clock = await _clock(session, [row.calendar_code])
    response = _page(request, "office_mail.html", mail=row, text=text_of(message), html=html_of(message), clock=clock)
    response.headers["Content-Security-Policy"] = FRAME_POLICY
    return response


@router.api_route("/mails/{mail_id}/body", methods=READ)
async def show_mail_body(request: Request, mail_id: str) -> Response:
    """The HTML of one mail, to be framed: it can run nothing and load nothing."""
    async with site_of(request).database.reading() as session:
        _, message = await _mail(session, mail_id)
    html = html_of(message)
    if html is None:
        raise HTTPException(404)
    return HTMLResponse(html, headers={"Content-Security-Policy": MAIL_POLICY})


async def _mail(session: ReadSession, mail_id: str) -> tuple[office_mails.MailRow, EmailMessage]:
    found = await office_mails.mail(session, _uuid(mail_id))
    if found is None:
        raise HTTPException(404)
    row, raw = found
    return row, parse(raw)


@router.api_route("/incoming", methods=READ)
async def show_replies(request: Request) -> Response:
    """Mails that came in and were kept."""
    number = _number(request)
    async with site_of(request).database.reading() as session:
        total = await office_mails.reply_count(session)
        rows = await office_mails.replies(session, page=number)
        clock = await _clock(session, {row.calendar_code for row in rows})
    shown = [(row, parse(row.mail.raw)) for row in rows]
    leaf = _leaf(request, number, total)
    return _page(request, "office_incoming.html", rows=shown, total=total, leaf=leaf, clock=clock, addressed=addressed)


@router.api_route("/incoming/{mail_id}", methods=READ)
async def show_reply(request: Request, mail_id: str) -> Response:
    """One mail that came in, as text."""
    async with site_of(request).database.reading() as session:
        rows = await office_mails.replies(session, page=1, mail_id=_uuid(mail_id))
        if not rows:
            raise HTTPException(404)
        clock = await _clock(session, [rows[0].calendar_code])
    message = parse(rows[0].mail.raw)
    return _page(
        request,
        "office_reply.html",
        reply=rows[0],
        subject=addressed(message, "subject"),
        sender=addressed(message, "from"),
        text=text_of(message),
        attached=attachments(message),
        clock=clock,
    )


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise HTTPException(404) from None
