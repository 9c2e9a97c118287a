"""The answer pages, the only ones that face the world: a link, a button, a form, a check, a confirmation."""

import hashlib
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from api import (
    confirming,
    deciding,
    delegations,
    evidence,
    feedback,
    interface,
    more_time,
    naming,
    own_tasks,
    passing_on,
)
from api.form import form_page, refused_page, sections
from api.pages import Pages
from api.programs import interface_app
from api.protection import Protection, WrongLinks
from api.site import READ, Site, application, site_of
from api.visits import (
    LinkNeeded,
    Visit,
    begin,
    home,
    language_asked,
    let_in,
    read_fields,
    tidy,
    with_typed,
)
from models.contracts.answering import Confirmation, Form
from models.contracts.refusal import DecisionRefused
from models.policies.questions import lines_of
from operations.answering import (
    CollectionClosed,
    DraftChanged,
    LinkUnusable,
    check,
    open_link,
    read_form,
    save_draft,
    submit,
)
from operations.more_time import read_decision_form
from operations.naming import read_naming_form
from settings import Settings
from store.database import Database, WriteSession
from store.submissions import find_sent, reference_of

router = APIRouter()
WAYS_OUT = frozenset({"pass-on", "more-time", "evidence", "tasks"})
"""Where the form leads beside its check; what is typed is saved on the way."""


def answer_app(settings: Settings, database: Database) -> ASGIApp:
    """The answer pages, ready to be served at `settings.answer_url`."""
    pages = Pages(settings, cookie="focal-language", layout="layout_answer.html")
    site = Site(settings, database, pages)
    app = application(site)
    app.state.wrong_links = WrongLinks()
    # The address of a reply is longer than that of its link, so it has to be looked for first.
    parts = (passing_on, more_time, evidence, own_tasks, feedback)
    for routes in (confirming.router, router, *(part.router for part in parts)):
        app.include_router(routes)
    app.mount("/api", interface_app(site, delegations.router, interface.router, schemas=delegations.DEFINITIONS))
    app.add_exception_handler(LinkUnusable, _unusable)
    app.add_exception_handler(LinkNeeded, _needed)
    app.add_exception_handler(413, _too_large)
    return Protection(app, pages, origin=settings.answer_url)


async def _unusable(request: Request, _error: Exception) -> Response:
    wrong: WrongLinks = request.app.state.wrong_links
    address = request.client.host if request.client else ""
    pages = site_of(request).pages
    if wrong.too_many(address, time.monotonic()):
        return pages.notice(request, 429, "too_many")
    return pages.notice(request, 404, "link")


async def _needed(request: Request, _error: Exception) -> Response:
    return site_of(request).pages.notice(request, 403, "link_needed")


async def _too_large(request: Request, _error: Exception) -> Response:
    """Say so in the language of the form it was typed into, with the way back there."""
    site = site_of(request)
    try:
        async with site.database.reading() as session:
            visit = await begin(request, session, request.path_params.get("reference", ""))
    except (LinkNeeded, LinkUnusable):
        return site.pages.notice(request, 413, "too_large")
    return site.pages.notice(request, 413, "too_large", language=visit.language, back=visit.home)


@router.api_route("/a/{token:path}", methods=READ)
async def door(request: Request, token: str) -> Response:
    """The page behind a link: one button. Looking at it changes nothing, however often machines do."""
    site, token = site_of(request), tidy(token)
    async with site.database.reading() as session:
        holder = await open_link(session, token, now=datetime.now(UTC))
    chosen = site.pages.chosen(request)
    return site.pages.page(request, "door.html", chosen or holder.language, token=token, chosen=chosen)


@router.post("/a/{token:path}")
async def enter(request: Request, token: str) -> Response:
    """Open the form: the token moves from the address, which is kept in many places, into a cookie."""
    site, token = site_of(request), tidy(token)
    fields = await read_fields(request)
    async with site.database.reading() as session:
        holder = await open_link(session, token, now=datetime.now(UTC))
    address = home(holder.task_reference)
    response = let_in(Response(status_code=303, headers={"Location": address}), site, token, address)
    chosen = language_asked(fields)
    if chosen is not None:
        site.pages.remember(response, chosen, address)
    return response


@router.api_route("/answer/{reference}", methods=READ)
async def show(request: Request, reference: str) -> Response:
    """The form, with what was saved, what stands, and what was said last time."""
    async with site_of(request).database.reading() as session:
        visit = await begin(request, session, reference)
        if naming.asked(visit):
            return naming.page(visit, await read_naming_form(session, visit.holder, settings=visit.site.settings))
        if deciding.asked(visit):
            return deciding.page(visit, await read_decision_form(session, visit.holder, settings=visit.site.settings))
        return form_page(visit, await read_form(session, visit.holder, settings=visit.site.settings))


@router.post("/answer/{reference}")
async def take(request: Request, reference: str) -> Response:
    """Keep what was typed; then come back to the form, or go on to the check if that was asked for."""
    fields = await read_fields(request)
    async with site_of(request).database.transaction() as session:
        visit = await begin(request, session, reference, fields)
        if naming.asked(visit):
            return await naming.take(visit, session, fields)
        if not deciding.asked(visit):
            return await _keep(visit, session, fields)
    return await deciding.take(visit, fields)


async def _keep(visit: Visit, session: WriteSession, fields: Mapping[str, str]) -> Response:
    saved = await read_form(session, visit.holder, settings=visit.site.settings)
    form = with_typed(saved, fields)
    if not form.accepting:
        return form_page(visit, form, status=409, notice="closed")
    typed = {entry.item_id: entry.typed for entry in form.entries}
    action = fields.get("do", "")
    version = await save_draft(session, visit.holder, typed, now=visit.now)
    form = form.model_copy(update={"draft_version": version, "saved_at": visit.now})
    readings, problems = check(form)
    checking, away = action == "check", action in WAYS_OUT
    if not checking and (away or "with_problems" not in fields):
        # Saved as it is, right or wrong; only what is too long to be kept has to be said at once.
        problems = tuple(problem for problem in problems if problem.code == "too_long")
    if problems:
        return form_page(visit, form, problems=problems, status=422)
    if away:
        return visit.go(f"{visit.home}/{action}")
    if not checking:
        return visit.go(f"{visit.home}?saved=1" if "language" not in fields else visit.home)
    if not readings:
        return form_page(visit, form, status=422, nothing_entered=True)
    return visit.go(f"{visit.home}/check")


@router.api_route("/answer/{reference}/check", methods=READ)
async def look(request: Request, reference: str) -> Response:
    """Each entry as it was typed and as it was read, before anything is sent."""
    async with site_of(request).database.reading() as session:
        visit = await begin(request, session, reference)
        if naming.asked(visit) or deciding.asked(visit):
            return visit.go(visit.home)
        form = await read_form(session, visit.holder, settings=visit.site.settings)
    return _check_page(visit, form)


def _check_page(visit: Visit, form: Form, *, changed: bool = False) -> Response:
    readings, problems = check(form)
    if problems or not readings or not form.accepting:
        return form_page(visit, form, problems=problems, notice="changed" if changed else "")
    given = form.model_copy(update={"entries": tuple(e for e in form.entries if e.item_id in readings)})
    missing = tuple(e for e in form.entries if e.item_id not in readings and e.answer is None and e.required)
    return visit.page(
        "answer_check.html",
        status=409 if changed else 200,
        form=form,
        sections=sections(given, form),
        readings=readings,
        missing=missing,
        changed=changed,
        lines_of=lines_of,
    )


@router.post("/answer/{reference}/send")
async def send(request: Request, reference: str) -> Response:
    """Send what was checked, exactly as the check page showed it."""
    fields = await read_fields(request)
    raw = await request.body()
    async with site_of(request).database.reading() as session:
        visit = await begin(request, session, reference, fields)
    if naming.asked(visit):
        return await naming.send(visit, fields, raw)
    if deciding.asked(visit):
        return visit.go(visit.home)
    try:
        return visit.sent(await _submit(visit, fields, raw))
    except CollectionClosed:
        notice = "closed"
    except DraftChanged:
        notice = "changed"
    except DecisionRefused as refusal:
        return await refused_page(visit, refusal, fields)
    async with visit.site.database.reading() as session:
        twice = await reference_of(session, visit.holder.task_id, hashlib.sha256(raw).hexdigest())
        form = await read_form(session, visit.holder, settings=visit.site.settings)
    if twice is not None:
        return visit.go(f"{visit.home}/sent/{twice}")
    if notice == "closed":
        return form_page(visit, with_typed(form, fields), status=409, notice="closed")
    return _check_page(visit, form, changed=True)


async def _submit(visit: Visit, fields: Mapping[str, str], raw: bytes) -> Confirmation:
    settings, holder = visit.site.settings, visit.holder
    async with visit.site.database.transaction() as session:
        form = await read_form(session, holder, settings=settings)
        looked_at = fields.get("draft_version") == str(form.draft_version) and with_typed(form, fields) == form
        if form.accepting and not looked_at:
            raise DraftChanged
        return await submit(
            session, holder, draft_version=form.draft_version, raw=raw, now=visit.now, settings=settings
        )


@router.api_route("/answer/{reference}/sent/{submission}", methods=READ)
async def sent(request: Request, reference: str, submission: str) -> Response:
    """The confirmation of a submission, with its reference; it may be looked at again."""
    async with site_of(request).database.reading() as session:
        visit = await begin(request, session, reference)
        found = await find_sent(session, visit.holder.task_id, submission)
        if found is None:
            raise HTTPException(404)
        if naming.asked(visit):
            form = await read_naming_form(session, visit.holder, settings=visit.site.settings)
            return visit.page("naming_sent.html", sent=found, form=form, at=visit.calendar.local(found.received_at))
        answer = await read_form(session, visit.holder, settings=visit.site.settings)
    return visit.page("answer_sent.html", sent=found, form=answer, at=visit.calendar.local(found.received_at))
