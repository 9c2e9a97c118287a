"""Signing in and out of the office: a mail with a link and a button behind it, or the city's provider; a session.

Looking at a link uses nothing up, because machines look at links before people do. Whoever asks for a mail is told the
same whether there is such a person or not, and in the same time: the mail is written after the answer has left.
"""

import hmac
import logging
import time
from datetime import UTC, datetime

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.guard import COOKIE, let_in, let_out, safe_path
from api.protection import WrongLinks
from api.site import READ, Site, site_of
from api.visits import read_fields
from doors.identity import NotBelieved, Provider, ProviderAway
from operations.provider_visits import VISIT_LASTS, begin_visit, enter_by_provider, take_visit
from operations.signing_in import CannotSignIn, Obstacle, enter_by_link, leave, look_at_link, send_link, who_is
from settings import Settings

log = logging.getLogger(__name__)
router = APIRouter()
VISIT = "__Host-focal-visit"
"""The cookie of a browser that is on its way to the provider; see `api.guard.COOKIE`."""
BACK = "/sign-in/provider/back"
STATUS: dict[Obstacle, int] = {"provider": 502, "unverified": 403, "stranger": 403}
"""What is not in it was not found."""


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
        out="out" in request.query_params,
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
    if _too_many(request, request.app.state.sign_ins):
        return site.pages.notice(request, 429, "too_many_sign_ins")
    language = site.pages.language(request)
    response = site.pages.page(request, "sign_in_sent.html", language, address=address)
    response.background = BackgroundTask(_send, site, address, wanted)
    return response


async def _send(site: Site, address: str, wanted: str) -> None:
    async with site.database.transaction() as session:
        await send_link(session, site.settings, address, wanted, now=datetime.now(UTC))


def _too_many(request: Request, tries: WrongLinks) -> bool:
    return tries.too_many(request.client.host if request.client else "", time.monotonic())


def provider_of(settings: Settings) -> Provider | None:
    """The city's identity provider, where there is one.

    Raises:
        Refused: its address cannot be.

    """
    if not settings.oidc_issuer:
        return None
    return Provider(
        settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value(),
        back=settings.office_url + BACK,
    )


def _provider(request: Request) -> Provider:
    provider: Provider | None = request.app.state.provider
    if provider is None:
        raise HTTPException(404)
    return provider


@router.get("/sign-in/provider")
async def set_out(request: Request) -> Response:
    """Send somebody to the provider. A link, because browsers hold a form to our own address to the end of its way."""
    provider, now = _provider(request), datetime.now(UTC)
    if _too_many(request, request.app.state.sign_ins):
        return site_of(request).pages.notice(request, 429, "too_many_sign_ins")
    async with site_of(request).database.transaction() as session:
        leaving = await begin_visit(session, safe_path(request.query_params.get("next")), now=now)
    try:
        address = await provider.address(state=leaving.state, nonce=leaving.nonce, code_verifier=leaving.code_verifier)
    except ProviderAway as fault:
        log.warning("The identity provider is away: %s", fault)
        raise CannotSignIn("provider") from fault
    response = RedirectResponse(address, 303)
    lasts = int(VISIT_LASTS.total_seconds())
    response.set_cookie(VISIT, leaving.state, max_age=lasts, path="/", httponly=True, samesite="lax", secure=True)
    return response


@router.get(BACK)
async def come_back(request: Request) -> Response:
    """Sign in whoever comes back from the provider with a proof."""
    provider, site, now, asked = _provider(request), site_of(request), datetime.now(UTC), request.query_params
    state = asked.get("state", "")
    if not hmac.compare_digest(state.encode(), request.cookies.get(VISIT, "").encode()) or not state:
        raise CannotSignIn("visit")
    async with site.database.transaction() as session:
        visit = await take_visit(session, state, now=now)
    if not (code := asked.get("code")):
        raise CannotSignIn("declined")
    try:
        claims = await provider.claims(code, nonce=visit.nonce, code_verifier=visit.code_verifier, now=now)
    except (ProviderAway, NotBelieved) as fault:
        log.warning("Nobody was signed in by the identity provider: %s", fault)
        raise CannotSignIn("provider") from fault
    async with site.database.transaction() as session:
        entered = await enter_by_provider(session, claims, site.settings.oidc_address_claim, visit.next_path, now=now)
    response = let_in(RedirectResponse(safe_path(entered.next_path), 303), entered.cookie)
    response.delete_cookie(VISIT, path="/", httponly=True, samesite="lax", secure=True)
    return response


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
    why: Obstacle = error.why if isinstance(error, CannotSignIn) else "unknown"
    if why not in STATUS and _too_many(request, request.app.state.wrong_links):
        return site.pages.notice(request, 429, "too_many_sign_ins")
    return site.pages.page(
        request, "sign_in_over.html", site.pages.language(request), status=STATUS.get(why, 404), why=why
    )


async def signed_out(request: Request, _error: Exception) -> Response:
    """The session is over while a form is being sent: what was typed is kept, and can be sent again."""
    if not request.headers.get("content-type", "").startswith("multipart/"):  # files cannot be put into a form again
        await read_fields(request)
    return site_of(request).pages.notice(request, 401, "signed_out")
