"""The office's pages: how collections stand, what happened to each task and what comes next."""

from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any, get_args
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp

from api import calls, home, reports, sign_in
from api.desk import clock_of, language_of, leaf_number, leaf_of, page, uuid_of
from api.guard import Guarded, SignedOut, allowed, staff_of
from api.messages import html_of, parse, read_letter, text_of
from api.pages import Pages
from api.protection import Protection, WrongLinks
from api.sentences import DECISIONS, MAIL_STATES
from api.site import READ, Site, application, site_of
from models.contracts.refusal import Refused
from operations.examining import asked_entries
from operations.incoming import examination_of
from operations.item_words import item_name
from operations.signing_in import CannotSignIn
from operations.subjects import load_subjects
from operations.telling import matter_line
from settings import Settings
from store import matters, office, office_mails
from store.database import Database, ReadSession
from store.office import PAGE, StepDay, TaskFilter, TaskOrder
from store.submissions import arrivals
from store.task import task_facts

MOST_MATTERS = 200
"""On one page, the oldest: what comes after them is shown as these are settled."""
router = APIRouter(route_class=Guarded)
ROUTERS = (sign_in.router, home.router, reports.router, calls.router, router)
"""Every page of the office; what stands first is looked at first."""
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
    where = urlsplit(settings.office_url)
    if where.scheme != "https" and where.hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise Refused("FOCAL_OFFICE_URL has to begin with https://: browsers keep nobody signed in otherwise.")
    pages = Pages(settings, cookie="focal-office-language", layout="layout_office.html", staff=True)
    app = application(Site(settings, database, pages))
    app.state.sign_ins = WrongLinks()
    for routes in ROUTERS:
        app.include_router(routes)
    app.add_exception_handler(CannotSignIn, sign_in.cannot)
    app.add_exception_handler(SignedOut, sign_in.signed_out)
    hosts = {f"{name}:{settings.office_port}" for name in LOOPBACK_NAMES} | {urlsplit(settings.office_url).netloc}
    return Protection(app, pages, origin=settings.office_url, hosts=frozenset(hosts))


@router.api_route("/collections", methods=READ)
@allowed("coordinator", "manager", city=True)
async def show_collections(request: Request) -> Response:
    """Every collection with its progress."""
    now = datetime.now(UTC)
    async with site_of(request).database.reading() as session:
        rows = await office.collections(session, now)
    return await page(request, "office_collections.html", rows=rows)


@router.api_route("/collections/{plan_code}/{period}", methods=READ)
@allowed("coordinator", "manager", city=True)
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
        clock = await clock_of(request, session, [row.process.calendar_code])
    today = clock.local(now, row.process.calendar_code).date()
    return await page(
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
@allowed("coordinator", "manager")
async def show_tasks(request: Request) -> Response:
    """Tasks in a table: all, of one collection, or only those that are overdue."""
    now, asked = datetime.now(UTC), request.query_params
    plan_code, _, period = asked.get("collection", "").partition("/")
    wanted = TaskFilter(
        plan_code, period, overdue=asked.get("overdue") == "1", units=staff_of(request).units("coordinator", "manager")
    )
    order: TaskOrder = next((name for name in ORDERS if name == asked.get("sort")), "due")
    number = leaf_number(request)
    async with site_of(request).database.reading() as session:
        rows, total = await office.tasks(session, wanted, order=order, page=number, now=now)
        known = await office.collections(session, now)
    return await page(
        request,
        "office_tasks.html",
        rows=rows,
        total=total,
        order=order,
        wanted=wanted,
        known=known,
        leaf=leaf_of(request, number, total),
        sorted_by=lambda name: "?" + urlencode({**asked, "sort": name, "page": 1}),
    )


@router.api_route("/tasks/{reference}", methods=READ)
@allowed("coordinator", "manager")
async def show_task(request: Request, reference: str) -> Response:
    """One task: what happened, what comes next and why, its answers, its mails, its record."""
    now = datetime.now(UTC)
    async with site_of(request).database.reading() as session:
        task_id = await office.task_id_of(session, reference)
        if task_id is None:
            raise HTTPException(404)
        (facts,) = await task_facts(session, [task_id])
        if not staff_of(request).holds(facts.task.unit_code, "coordinator", "manager"):
            raise HTTPException(404)
        steps = await office.steps_of(session, task_id)
        arrived = await arrivals(session, task_id)
        items = await office.items_of(session, task_id)
        events = await office.events_of(session, task_id)
        mails = await office_mails.mails_of(session, task_id)
        replies = await office_mails.replies(session, page=1, task_id=task_id)
        names = await office.person_names(session, {event.actor for event in events})
        clock = await clock_of(request, session, [facts.process.calendar_code])
        lines, today = {task_id: [row.line for row in items]}, clock.local(now, facts.process.calendar_code).date()
        subject = (await load_subjects(session, [facts], lines, today))[task_id]
    language = language_of(request)
    moments: list[tuple[datetime, str, Any]] = [(step.done_at or step.at, "step", step) for step in steps]
    moments += [(arrival.received_at, "arrival", arrival) for arrival in arrived]
    return await page(
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
        name_of=lambda line: item_name(line, language),
        about=subject.fields(language),
        now=now,
        clock=clock,
    )


@router.api_route("/mails", methods=READ)
@allowed("coordinator", "operator", city=True)
async def show_mails(request: Request) -> Response:
    """Mails that went out or will, with what became of them."""
    state, number = request.query_params.get("state", ""), leaf_number(request)
    state = state if state in MAIL_STATES else ""
    async with site_of(request).database.reading() as session:
        counts = await office_mails.mail_counts(session)
        rows = await office_mails.mails(session, state=state, page=number)
        clock = await clock_of(request, session, {row.calendar_code for row in rows})
    total = counts.get(state, 0) if state else sum(counts.values())
    leaf = leaf_of(request, number, total)
    return await page(
        request, "office_mails.html", rows=rows, counts=counts, state=state, total=total, leaf=leaf, clock=clock
    )


@router.api_route("/mails/{mail_id}", methods=READ)
@allowed("coordinator", "operator", city=True)
async def show_mail(request: Request, mail_id: str) -> Response:
    """One mail as its reader sees it, as text and as HTML; the personal link is left out."""
    async with site_of(request).database.reading() as session:
        row, message = await _mail(session, mail_id)
        bounces = await office_mails.bounces_of(session, row.id)
        clock = await clock_of(request, session, [row.calendar_code])
    html, text = html_of(message), text_of(message)
    response = await page(request, "office_mail.html", mail=row, bounces=bounces, text=text, html=html, clock=clock)
    response.headers["Content-Security-Policy"] = FRAME_POLICY
    return response


@router.api_route("/mails/{mail_id}/body", methods=READ)
@allowed("coordinator", "operator", city=True)
async def show_mail_body(request: Request, mail_id: str) -> Response:
    """The HTML of one mail, to be framed: it can run nothing and load nothing."""
    async with site_of(request).database.reading() as session:
        _, message = await _mail(session, mail_id)
    html = html_of(message)
    if html is None:
        raise HTTPException(404)
    return HTMLResponse(html, headers={"Content-Security-Policy": MAIL_POLICY})


async def _mail(session: ReadSession, mail_id: str) -> tuple[office_mails.MailRow, EmailMessage]:
    found = await office_mails.mail(session, uuid_of(mail_id))
    if found is None:
        raise HTTPException(404)
    row, raw = found
    return row, parse(raw)


@router.api_route("/incoming", methods=READ)
@allowed("coordinator", city=True)
async def show_replies(request: Request) -> Response:
    """Mails that came in, with what was decided about them."""
    standing, number = request.query_params.get("decision", ""), leaf_number(request)
    standing = standing if standing in DECISIONS else ""
    async with site_of(request).database.reading() as session:
        counts = await office_mails.reply_counts(session)
        rows = await office_mails.replies(session, page=number, standing=standing)
        clock = await clock_of(request, session, {row.calendar_code for row in rows})
    total = counts.get(standing, 0) if standing else sum(counts.values())
    leaf = leaf_of(request, number, total)
    return await page(
        request,
        "office_incoming.html",
        rows=rows,
        counts=counts,
        standing=standing,
        total=total,
        leaf=leaf,
        clock=clock,
    )


@router.api_route("/incoming/{mail_id}", methods=READ)
@allowed("coordinator", city=True)
async def show_reply(request: Request, mail_id: str) -> Response:
    """One mail that came in: what was read and where, what was not, what was decided and why, and its words."""
    async with site_of(request).database.reading() as session:
        reply = await office_mails.reply(session, uuid_of(mail_id))
        if reply is None:
            raise HTTPException(404)
        found = examination_of(reply.mail) if reply.mail.examination else None
        about = found.match.task_id if found and found.values else None
        asked = await asked_entries(session, about, language_of(request)) if about else ()
        answers = await office_mails.answers_to(session, reply.mail.id)
        brought_up = await matters.matters_of_mail(session, reply.mail.id)
        clock = await clock_of(request, session, [reply.calendar_code])
    return await page(
        request,
        "office_reply.html",
        reply=reply,
        found=found,
        asked={entry.item_id: entry for entry in asked},
        answers=answers,
        brought_up=brought_up,
        letter=await run_in_threadpool(read_letter, reply.mail.raw),
        clock=clock,
    )


@router.api_route("/matters", methods=READ)
@allowed("coordinator", city=True)
async def show_matters(request: Request) -> Response:
    """What somebody has to settle, the oldest first, and below what was settled last."""
    site = site_of(request)
    async with site.database.reading() as session:
        unsettled = await matters.open_matters(session, limit=MOST_MATTERS)
        settled = await matters.settled_matters(session, limit=PAGE)
        names = await office.person_names(session, {str(facts.matter.settled_by) for facts in settled})
        clock = await clock_of(request, session, [])
    return await page(
        request,
        "office_matters.html",
        unsettled=[(facts, matter_line(facts, site.settings)) for facts in unsettled],
        settled=[(facts, matter_line(facts, site.settings)) for facts in settled],
        names=names,
        clock=clock,
    )
