"""Signing in and out of the office: a mail with a link, a button behind it, a session.

Looking at a link uses nothing up, because machines look at links before people do. Whoever asks for a mail is told the
same whether there is such a person or not, and in the same time: the mail is written after the answer has left.
"""

import time
from datetime import UTC, datetime

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.guard import COOKIE, let_in, let_out, safe_path
from api.protection import WrongLinks
from api.site import READ, Site, site_of
from api.visits import read_fields
from operations.signing_in import CannotSignIn, enter_by_link, leave, look_at_link, send_link, who_is

router = APIRouter()


@router.api_route("/sign-in", methods=READ)
async def ask(request: Request) -> Response:
    """Who are you? Whoever is signed in already goes on."""
    site, wanted = site_of(request), safe_path(request.query_params.get("next"))
    cookie = request.cookies.get(COOKIE)
    if cookie:
        async with site.database.reading() as session:
            if await who_is(session, cookie, now=datetime.now(UTC)) is not None:
                return RedirectResponse(wanted, 303)
    return _ask_page(request, wanted)


def _ask_page(request: Request, wanted: str, *, address: str = "", fault: str = "") -> Response:
    site = site_of(request)
    return site.pages.page(
        request,
        "sign_in.html",
        site.pages.language(request),
        status=422 if fault else 200,
        next_path=wanted,
        address=address,
        fault=fault,
        provider=site.settings.oidc_name if site.settings.oidc_issuer else "",
        by_mail=site.settings.sign_in_by_mail,
    )


@router.post("/sign-in")
async def send(request: Request) -> Response:
    """Send a link to an address, if it is somebody's who works here."""
    site, fields = site_of(request), await read_fields(request)
    address, wanted = fields.get("address", "").strip(), safe_path(fields.get("next"))
    if not site.settings.sign_in_by_mail:
        return _ask_page(request, wanted)
    name, _, domain = address.partition("@")
    if not name or "." not in domain or len(address) > 254 or not address.isprintable():  # noqa: PLR2004 - RFC 5321
        return _ask_page(request, wanted, address=address, fault="address_invalid" if address else "address_missing")
    if _too_many(request):
        return site.pages.notice(request, 429, "too_many_sign_ins")
    language = site.pages.language(request)
    response = site.pages.page(request, "sign_in_sent.html", language, address=address)
    response.background = BackgroundTask(_send, site, address, wanted)
    return response


async def _send(site: Site, address: str, wanted: str) -> None:
    async with site.database.transaction() as session:
        await send_link(session, site.settings, address, wanted, now=datetime.now(UTC))


def _too_many(request: Request) -> bool:
    tries: WrongLinks = request.app.state.sign_ins
    return tries.too_many(request.client.host if request.client else "", time.monotonic())


@router.api_route("/sign-in/{token}", methods=READ)
async def door(request: Request, token: str) -> Response:
    """The page behind a link: one button."""
    site = site_of(request)
    async with site.database.reading() as session:
        await look_at_link(session, token, now=datetime.now(UTC))
    return site.pages.page(request, "sign_in_door.html", site.pages.language(request), token=token)


@router.post("/sign-in/{token}")
async def enter(request: Request, token: str) -> Response:
    """Sign in, once."""
    site = site_of(request)
    async with site.database.transaction() as session:
        entered = await enter_by_link(session, token, now=datetime.now(UTC))
    return let_in(RedirectResponse(safe_path(entered.next_path), 303), entered.cookie)


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session of this browser."""
    cookie = request.cookies.get(COOKIE)
    if cookie:
        async with site_of(request).database.transaction() as session:
            await leave(session, cookie, now=datetime.now(UTC))
    return let_out(RedirectResponse("/sign-in?out=1", 303))


async def cannot(request: Request, error: Exception) -> Response:
    """Why a link opens nothing, and how to get another."""
    site = site_of(request)
    why = error.why if isinstance(error, CannotSignIn) else "unknown"
    if _too_many(request):
        return site.pages.notice(request, 429, "too_many_sign_ins")
    return site.pages.page(request, "sign_in_over.html", site.pages.language(request), status=404, why=why)


async def signed_out(request: Request, _error: Exception) -> Response:
    """The session is over while a form is being sent: what was typed is kept, and can be sent again."""
    await read_fields(request)
    return site_of(request).pages.notice(request, 401, "signed_out")
