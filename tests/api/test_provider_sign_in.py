"""Signing in by the city's identity provider, a real one on this machine, and all that must not let anybody in."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser
from pydantic import SecretStr
from sqlalchemy import select, update
from starlette.responses import JSONResponse, PlainTextResponse

from api.office import office_app
from api.serve import Server, listen
from api.sign_in import VISIT
from models.contracts.refusal import Refused
from models.tables.process import AuditEvent
from models.tables.staff import ProviderVisit, StaffSession
from operations.staff import grant
from settings import Settings
from store.database import Database
from tests.api.house import UNUSED
from tests.api.provider import (
    CLIENT,
    SECRET,
    LocalProvider,
    signed_by_another,
    signed_with_a_key_it_brings_along,
    signed_with_what_everybody_knows,
    unsigned,
)

MARIA = {"email": "Mayor@prova.example", "email_verified": True}


@pytest.fixture
def template(small_city: str) -> str:
    return small_city


@pytest_asyncio.fixture
async def provider() -> AsyncIterator[LocalProvider]:
    place = listen("127.0.0.1", 0)
    local = LocalProvider(f"http://127.0.0.1:{place.getsockname()[1]}", claims=dict(MARIA))
    server = Server(local.app)
    serving = asyncio.create_task(server.serve([place]))
    await server.listening.wait()
    yield local
    server.should_exit = True
    await serving


def with_provider(settings: Settings, provider: LocalProvider, **changes: Any) -> Settings:
    return settings.model_copy(
        update={
            "oidc_issuer": provider.address,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SecretStr(SECRET),
            "oidc_name": "Sign in with your city account",
            "sign_in_by_mail": False,
            **changes,
        }
    )


class Desk:
    """Somebody at a browser: the office's pages, the provider's, and the cookies that they leave."""

    def __init__(self, settings: Settings, database: Database) -> None:
        transport = httpx.ASGITransport(app=office_app(settings, database))
        self.office = httpx.AsyncClient(transport=transport, base_url=settings.office_url, verify=UNUSED)
        self.cookies: dict[str, str] = {}

    async def get(self, address: str) -> httpx.Response:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = await self.office.get(address, headers={"cookie": cookies} if cookies else {})
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        return answer

    async def leave(self, next_path: str = "/") -> str:
        """Set out for the provider; gives the address to which it sends back."""
        away = await self.get(f"/sign-in/provider?next={next_path}")
        assert away.status_code == 303, away.text
        async with httpx.AsyncClient(verify=UNUSED) as elsewhere:
            back = await elsewhere.get(away.headers["location"])
        return back.headers["location"]

    async def sign_in(self, next_path: str = "/") -> httpx.Response:
        return await self.get(await self.leave(next_path))

    async def is_in(self) -> bool:
        return (await self.get("/")).status_code == 200


@pytest_asyncio.fixture
async def desk(settings: Settings, database: Database, provider: LocalProvider) -> Desk:
    async with database.transaction() as session:
        await grant(session, "mayor", "coordinator", by="operator", now=datetime.now(UTC))
    return Desk(with_provider(settings, provider), database)


async def test_whoever_proves_an_address_of_ours_at_the_provider_is_signed_in(
    desk: Desk, database: Database, provider: LocalProvider
):
    page = await desk.get("/sign-in?next=/calls")
    assert "Sign in with your city account" in page.text
    assert 'name="address"' not in page.text
    back = await desk.leave("/calls?when=soon")
    assert not await desk.is_in()
    entered = await desk.get(back)
    assert (entered.status_code, entered.headers["location"]) == (303, "/calls?when=soon")
    assert entered.headers["referrer-policy"] == "no-referrer"
    assert await desk.is_in()
    async with database.reading() as session:
        assert await session.scalar(select(StaffSession.method)) == "provider"
        last = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)
        event = (await session.scalars(last)).one()
    assert (event.actor, event.action, event.detail) == ("mayor", "staff.signed_in", {"method": "provider"})
    again = Desk.__new__(Desk)
    again.office, again.cookies = desk.office, {}
    assert (await again.sign_in()).status_code == 303
    assert provider.asked.count("/keys") == provider.asked.count("/.well-known/openid-configuration") == 1


async def test_a_visit_brings_somebody_in_once_and_in_the_browser_that_began_it(
    desk: Desk, database: Database, settings: Settings, provider: LocalProvider
):
    back = await desk.leave()
    kept = desk.cookies.pop(VISIT)
    assert (await desk.get(back)).status_code == 404  # sent to somebody else, whose browser holds nothing
    desk.cookies[VISIT] = kept
    first, second = await asyncio.gather(desk.office.get(back, headers={"cookie": f"{VISIT}={kept}"}), desk.get(back))
    assert sorted((first.status_code, second.status_code)) == [303, 404]
    desk.cookies[VISIT] = kept
    assert (await desk.get(back)).status_code == 404
    late = await desk.leave()
    async with database.transaction() as session:
        await session.execute(update(ProviderVisit).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    over = await desk.get(late)
    assert over.status_code == 404
    assert "set-cookie" not in over.headers
    for forged in ("/sign-in/provider/back", "/sign-in/provider/back?code=x", "/sign-in/provider/back?state=&code=x"):
        assert (await desk.get(forged)).status_code == 404


async def test_nobody_is_led_away_from_the_office_by_the_way_back(desk: Desk):
    for elsewhere in ("//evil.example", "https://evil.example", "/%5Cevil.example", "/sign-out"):
        desk.cookies.clear()
        assert (await desk.sign_in(elsewhere)).headers["location"] == "/"


def gone(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda claims: claims.pop(name) and None


def other(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda claims: claims.update(changes)


MISSING = ("iss", "aud", "sub", "exp", "iat", "nonce")
TWISTS = (
    other(iss="https://elsewhere.example"),
    other(aud="another"),
    other(aud=[CLIENT, "another"]),
    other(aud=[CLIENT, "another"], azp="another"),
    other(azp="another"),
    other(nonce="of another visit"),
    other(exp=int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())),
    other(iat=int(datetime(2099, 1, 1, tzinfo=UTC).timestamp())),
    *map(gone, MISSING),
)


async def test_what_is_not_said_for_us_and_this_visit_is_not_believed(desk: Desk, provider: LocalProvider):
    for place, twist in enumerate(TWISTS):
        provider.twist = twist
        assert (await desk.sign_in()).status_code == 502, place
    assert not await desk.is_in()
    provider.twist = other(aud=[CLIENT, "another"], azp=CLIENT)
    assert (await desk.sign_in()).status_code == 303


async def test_what_the_provider_did_not_sign_is_not_believed(desk: Desk, provider: LocalProvider):
    for sign in (
        unsigned,
        signed_by_another,
        signed_with_what_everybody_knows,
        signed_with_a_key_it_brings_along,
        lambda *_: "rubbish",
    ):
        provider.sign = sign
        assert (await desk.sign_in()).status_code == 502, sign
    assert not await desk.is_in()


async def test_a_provider_may_change_its_key(desk: Desk, provider: LocalProvider, monkeypatch: pytest.MonkeyPatch):
    assert (await desk.sign_in()).status_code == 303
    monkeypatch.setattr("doors.identity.AGAIN", 0)
    provider.new_key()
    assert (await desk.sign_in()).status_code == 303
    assert provider.asked.count("/keys") == 2


async def test_an_address_that_is_not_vouched_for_or_has_no_role_opens_nothing(desk: Desk, provider: LocalProvider):
    for claims in (
        {"email": "mayor@prova.example"},
        {"email": "mayor@prova.example", "email_verified": False},
        {"email": "mayor@prova.example", "email_verified": "true"},
        {"email": ["mayor@prova.example"], "email_verified": True},
        {"upn": "mayor@prova.example"},
        {"email": "health@prova.example", "email_verified": True},  # has no role
        {"email": "stranger@elsewhere.example", "email_verified": True},
    ):
        provider.claims = claims
        refused = await desk.sign_in()
        assert refused.status_code == 403, claims
        assert "international.office@focal.example" in refused.text
    assert not await desk.is_in()


async def test_a_city_may_choose_the_claim_that_names_its_people(
    settings: Settings, database: Database, provider: LocalProvider
):
    async with database.transaction() as session:
        await grant(session, "mayor", "manager", by="operator", now=datetime.now(UTC))
    desk = Desk(with_provider(settings, provider, oidc_address_claim="upn"), database)
    provider.claims = {"upn": "mayor@prova.example"}
    assert (await desk.sign_in()).status_code == 303
    provider.claims = {"upn": "mayor@prova.example", "email_verified": False}
    assert (await desk.sign_in()).status_code == 403


async def test_a_provider_that_is_away_or_speaks_otherwise_lets_nobody_in_and_is_asked_again(
    desk: Desk, provider: LocalProvider
):
    document = "/.well-known/openid-configuration"
    ends = dict.fromkeys(("authorization_endpoint", "token_endpoint", "jwks_uri"), f"{provider.address}/x")
    for wrong in (
        PlainTextResponse("down", 503),
        PlainTextResponse("no JSON"),
        JSONResponse([]),
        JSONResponse({"issuer": "https://elsewhere.example", **ends}),
        JSONResponse({"issuer": provider.address, **ends, "token_endpoint": "http://elsewhere.example/token"}),
    ):
        provider.answers = {document: wrong}
        assert (await desk.get("/sign-in/provider")).status_code == 502
    provider.answers = {"/token": PlainTextResponse("down", 500)}
    assert (await desk.sign_in()).status_code == 502
    provider.answers = {"/token": JSONResponse({"error": "invalid_grant"}, 400)}
    assert (await desk.sign_in()).status_code == 502
    provider.answers = {"/keys": PlainTextResponse("down", 500)}
    assert (await desk.sign_in()).status_code == 502
    provider.answers, provider.declines = {}, True
    assert (await desk.sign_in()).status_code == 404
    provider.declines = False
    assert (await desk.sign_in()).status_code == 303


async def test_without_a_provider_there_is_no_way_by_it(settings: Settings, database: Database):
    desk = Desk(settings, database)
    assert (await desk.get("/sign-in/provider")).status_code == 404
    assert (await desk.get("/sign-in/provider/back?state=x&code=x")).status_code == 404


def test_a_provider_that_others_can_listen_to_is_refused(settings: Settings, database: Database):
    with pytest.raises(Refused, match="FOCAL_OIDC_ISSUER has to begin with https"):
        office_app(settings.model_copy(update={"oidc_issuer": "http://login.city.example"}), database)


async def test_a_browser_goes_the_whole_way(
    settings: Settings, database: Database, provider: LocalProvider, chromium: Browser
):
    async with database.transaction() as session:
        await grant(session, "mayor", "coordinator", by="operator", now=datetime.now(UTC))
    place = listen("127.0.0.1", 0)
    own = f"http://127.0.0.1:{place.getsockname()[1]}"
    server = Server(office_app(with_provider(settings, provider, office_url=own), database))
    serving = asyncio.create_task(server.serve([place]))
    await server.listening.wait()
    complaints: list[str] = []
    async with await chromium.new_page(java_script_enabled=False) as page:
        page.on("console", lambda message: complaints.append(message.text))
        await page.goto(f"{own}/calls")
        await page.click("main a.button")
        assert urlsplit(page.url).path == "/calls"
    server.should_exit = True
    await serving
    assert complaints == []
