"""The application of the office: all of its pages, each behind its guard."""

from urllib.parse import urlsplit

from starlette.types import ASGIApp

from api import (
    access,
    agendas,
    audit,
    board,
    call_pages,
    call_setting,
    calls,
    collections,
    decisions,
    evidence,
    home,
    inbox,
    mails,
    networks,
    people,
    people_import,
    reception_changes,
    reception_order,
    receptions,
    reports,
    reviews,
    sign_in,
    tasks,
)
from api.guard import Guarded, SignedOut
from api.pages import Pages
from api.protection import Protection, WrongLinks
from api.site import Site, application
from models.contracts.refusal import Refused
from operations.signing_in import CannotSignIn
from settings import Settings
from store.database import Database

ROUTERS = (
    sign_in.router,
    home.router,
    board.router,
    decisions.router,
    evidence.office_router,
    audit.router,
    access.router,
    reports.router,
    collections.router,
    reception_order.router,
    agendas.router,
    receptions.router,
    reception_changes.router,
    people.router,
    people_import.router,
    inbox.router,
    mails.router,
    calls.router,
    calls.feed,
    call_setting.router,
    call_pages.router,
    reviews.router,
    networks.router,
    tasks.router,
)
"""Every page of the office; what stands first is looked at first."""
SIGN_INS = 60
"""Times that somebody asks to be let in, from one network in five minutes: a city hall may share one address."""
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


def office_app(settings: Settings, database: Database) -> ASGIApp:
    """The office's pages, ready to be served on loopback at `settings.office_port`."""
    where = urlsplit(settings.office_url)
    if where.scheme != "https" and where.hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise Refused("FOCAL_OFFICE_URL has to begin with https://: browsers keep nobody signed in otherwise.")
    pages = Pages(settings, cookie="focal-office-language", layout="layout_office.html", staff=True)
    app = application(Site(settings, database, pages))
    app.state.wrong_links, app.state.sign_ins = WrongLinks(), WrongLinks(SIGN_INS)
    app.state.provider = sign_in.provider_of(settings)
    for routes in ROUTERS:
        if routes is not sign_in.router and not all(isinstance(route, Guarded) for route in routes.routes):
            raise TypeError("a router of the office does not use the guarded routes")
        app.include_router(routes)
    app.add_exception_handler(CannotSignIn, sign_in.cannot)
    app.add_exception_handler(SignedOut, sign_in.signed_out)
    hosts = {f"{name}:{settings.office_port}" for name in LOOPBACK_NAMES} | {urlsplit(settings.office_url).netloc}
    return Protection(app, pages, origin=settings.office_url, hosts=frozenset(hosts))
