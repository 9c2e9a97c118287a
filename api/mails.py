"""The office's pages on mails that go out: what became of each, what to do, and how every mail of ours looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.desk import Fault, clock_of, day_in, go, language_of, leaf_number, leaf_of, page, refusal_faults, uuid_of
from api.guard import Guarded, allowed, staff_of
from api.messages import html_of, parse, text_of
from api.pages import as_language
from api.sentences import MAIL_STATES
from api.site import READ, site_of
from api.visits import read_fields
from mail.registry import MAILS
from mail.render import Rendered, render
from mail.samples import samples
from models.contracts.mail import Language
from models.contracts.refusal import Refused
from operations.addresses import retry_mails
from store import mail_status, office_mails
from store.database import ReadSession
from store.office import PAGE

router = APIRouter(route_class=Guarded)
MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
"""A mail is shown as it was written, with its inline styles, but can load nothing, run nothing, lead nowhere."""
FRAME_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@router.api_route("/mails", methods=READ)
@allowed("coordinator", "operator", city=True)
async def show_mails(request: Request) -> Response:
    """How mail goes, and the mails that went out or will, with what became of them."""
    state, number, now = request.query_params.get("state", ""), leaf_number(request), datetime.now(UTC)
    state = state if state in MAIL_STATES else ""
    async with site_of(request).database.reading() as session:
        going = await mail_status.mail_status(session, now)
        rows = await office_mails.mails(session, state=state, page=number)
        clock = await clock_of(request, session, {row.calendar_code for row in rows})
        lost, _ = await office_mails.mails_that_came_to_nothing(session, since=None, limit=0)
    total = going.states.get(state, 0) if state else sum(going.states.values())
    return await page(
        request,
        "office_mails.html",
        going=going,
        rows=rows,
        counts=going.states,
        state=state,
        total=total,
        lost=lost,
        leaf=leaf_of(request, number, total),
        clock=clock,
    )


@router.api_route("/mails/again", methods=READ)
@allowed("coordinator", "operator", city=True)
async def ask_again(request: Request) -> Response:
    """What would be sent again, before it is."""
    return await _again_page(request, dict(request.query_params))


@router.post("/mails/again")
@allowed("coordinator", "operator", city=True)
async def send_all_again(request: Request) -> Response:
    """Send again all that came to nothing, or only since a day."""
    fields = await read_fields(request)
    since, faults = _since(request, fields)
    if faults:
        return await _again_page(request, fields)
    async with site_of(request).database.transaction() as session:
        await retry_mails(session, ids=None, since=since, by=staff_of(request).code, now=datetime.now(UTC))
    return go("/mails?state=ready", "mails_again")


def _since(request: Request, fields: dict[str, str]) -> tuple[datetime | None, list[Fault]]:
    """The beginning of the day that is typed, in the office's zone."""
    zone, faults = ZoneInfo(site_of(request).settings.office_zone), list[Fault]()
    today = datetime.now(zone).date()
    day = day_in(fields, "since", today=_year_before(today), faults=faults, needed=False)
    return (datetime.combine(day, time(), zone) if day else None), faults


def _year_before(day: date) -> date:
    """A day typed without a year is one of the last twelve months."""
    return date(day.year - 1, day.month, min(day.day, 28))


async def _again_page(request: Request, fields: dict[str, str]) -> Response:
    since, faults = _since(request, fields)
    async with site_of(request).database.reading() as session:
        total, rows = await office_mails.mails_that_came_to_nothing(session, since=since, limit=PAGE)
        clock = await clock_of(request, session, {row.calendar_code for row in rows})
    return await page(
        request,
        "office_mails_again.html",
        status=422 if faults and request.method == "POST" else 200,
        typed=fields.get("since", ""),
        faults=faults,
        rows=rows,
        total=total,
        clock=clock,
    )


@dataclass(frozen=True, slots=True)
class Specimen:
    """One sample of a mail: whose it is, its number among the samples of that mail, and what it stands for."""

    name: str
    number: int
    sample: str


def _specimens(language: Language) -> list[Specimen]:
    return [
        Specimen(name, number, sample)
        for name in MAILS
        for number, sample in enumerate(samples(name, language), start=1)
    ]


@router.api_route("/mails/gallery", methods=READ)
@allowed("coordinator", "operator", city=True)
async def show_gallery(request: Request) -> Response:
    """Every mail there is, to be looked at in any language."""
    shown_in = as_language(request.query_params.get("in")) or language_of(request)
    specimens = await run_in_threadpool(_specimens, shown_in)
    of_mail = {name: [each for each in specimens if each.name == name] for name in MAILS}
    return await page(request, "office_gallery.html", of_mail=of_mail, shown_in=shown_in, total=len(specimens))


@router.api_route("/mails/gallery/{name}/{number}/{tag}", methods=READ)
@allowed("coordinator", "operator", city=True)
async def show_specimen(request: Request, name: str, number: str, tag: str) -> Response:
    """One sample of a mail in one language, as HTML and as text."""
    specimen, shown_in = _specimen(name, number, tag)
    specimens = await run_in_threadpool(_specimens, shown_in)
    place = specimens.index(specimen)
    response = await page(
        request,
        "office_specimen.html",
        specimen=specimen,
        shown_in=shown_in,
        mail=await run_in_threadpool(_written, specimen, shown_in),
        before=specimens[place - 1] if place else None,
        after=specimens[place + 1] if place + 1 < len(specimens) else None,
    )
    response.headers["Content-Security-Policy"] = FRAME_POLICY
    return response


@router.api_route("/mails/gallery/{name}/{number}/{tag}/body", methods=READ)
@allowed("coordinator", "operator", city=True)
async def show_specimen_body(request: Request, name: str, number: str, tag: str) -> Response:
    """The HTML of one sample, to be framed."""
    del request
    specimen, shown_in = _specimen(name, number, tag)
    mail = await run_in_threadpool(_written, specimen, shown_in)
    return HTMLResponse(mail.html, headers={"Content-Security-Policy": MAIL_POLICY})


def _specimen(name: str, number: str, tag: str) -> tuple[Specimen, Language]:
    language = as_language(tag)
    if language is None or name not in MAILS:
        raise HTTPException(404)
    of_mail: Sequence[str] = tuple(samples(name, language))
    if not number.isascii() or not number.isdecimal() or not 1 <= int(number[:4]) <= len(of_mail):
        raise HTTPException(404)
    return Specimen(name, int(number[:4]), of_mail[int(number[:4]) - 1]), language


def _written(specimen: Specimen, language: Language) -> Rendered:
    return render(specimen.name, samples(specimen.name, language)[specimen.sample])


@router.api_route("/mails/{mail_id}", methods=READ)
@allowed("coordinator", "operator", city=True)
async def show_mail(request: Request, mail_id: str) -> Response:
    """One mail as its reader sees it, as text and as HTML; the personal link is left out."""
    return await _mail_page(request, mail_id)


async def _mail_page(request: Request, mail_id: str, faults: tuple[Fault, ...] = (), *, status: int = 200) -> Response:
    async with site_of(request).database.reading() as session:
        row, message = await _mail(session, mail_id)
        bounces = await office_mails.bounces_of(session, row.id)
        again = await office_mails.can_be_sent_again(session, row.id)
        clock = await clock_of(request, session, [row.calendar_code])
    response = await page(
        request,
        "office_mail.html",
        status=status,
        mail=row,
        bounces=bounces,
        text=text_of(message),
        html=html_of(message),
        again=again,
        faults=faults,
        clock=clock,
    )
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


@router.post("/mails/{mail_id}/again")
@allowed("coordinator", "operator", city=True)
async def send_again(request: Request, mail_id: str) -> Response:
    """Send one mail again that its reader did not get, or perhaps not."""
    await read_fields(request)
    wanted = uuid_of(mail_id)
    async with site_of(request).database.reading() as session:
        await _mail(session, mail_id)
    try:
        async with site_of(request).database.transaction() as session:
            await retry_mails(session, ids=[wanted], since=None, by=staff_of(request).code, now=datetime.now(UTC))
    except Refused as refusal:
        # Somebody was faster, or it has arrived since: the page shows how it is now.
        return await _mail_page(request, mail_id, refusal_faults(refusal, "standing"), status=409)
    return go(f"/mails/{wanted}", "mail_again")


async def _mail(session: ReadSession, mail_id: str) -> tuple[office_mails.MailRow, EmailMessage]:
    found = await office_mails.mail(session, uuid_of(mail_id))
    if found is None:
        raise HTTPException(404)
    row, raw = found
    return row, parse(raw)
