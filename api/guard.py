"""Who may see which of the office's pages. A page that does not say so cannot be added to the application.

Whoever is not signed in is led to the page where they can be; whoever may not see a page is told what is told of a
page that does not exist.
"""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote

from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.protection import READING
from api.site import site_of
from models.contracts.staff import ROLES, Role, Staff
from operations.signing_in import is_to_be_noted, note_visit, who_is

COOKIE = "__Host-focal"
"""The prefix has browsers insist on https, on the whole site, and on this host alone; loopback counts as safe."""
EVERYBODY = ROLES
Endpoint = TypeVar("Endpoint", bound=Callable[..., Awaitable[Response]])


@dataclass(frozen=True, slots=True)
class Access:
    """Who may see a page: whoever holds one of these roles; `city`: for the whole city, not only for some units."""

    roles: tuple[Role, ...]
    city: bool

    def admits(self, staff: Staff) -> bool:
        """Whether somebody may see the page. What on it is theirs to see is asked of `Staff.holds`."""
        return staff.units(*self.roles) is None if self.city else staff.may(*self.roles)


def allowed(*roles: Role, city: bool = False) -> Callable[[Endpoint], Endpoint]:
    """Say who may see a page; see `Access`."""

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.access = Access(roles, city)  # type: ignore[attr-defined]
        return endpoint

    return mark


class Guarded(APIRoute):
    """A route of the office: it is asked who is there before anything of it runs."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        access: Access | None = getattr(endpoint, "access", None)
        if access is None:
            raise TypeError(f"{path} does not say who may see it: mark its endpoint with `allowed`")
        self.access = access
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The page behind its guard."""
        handler = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            staff = await _present(request)
            if staff is None:
                return _to_sign_in(request)
            request.state.staff = staff
            if not self.access.admits(staff):
                raise HTTPException(404)
            return await handler(request)

        return guarded


def staff_of(request: Request) -> Staff:
    """Who is signed in; only on pages that are guarded."""
    staff: Staff = request.state.staff
    return staff


def is_guarded(request: Request) -> bool:
    """Whether the page is one of the office's, on which somebody is signed in."""
    return hasattr(request.state, "staff")


async def _present(request: Request) -> Staff | None:
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        return None
    database, now = site_of(request).database, datetime.now(UTC)
    async with database.reading() as session:
        found = await who_is(session, cookie, now=now)
    if found is None:
        return None
    row, staff = found
    if is_to_be_noted(row, now):
        async with database.transaction() as session:
            await note_visit(session, row, now=now)
    return staff


def _to_sign_in(request: Request) -> Response:
    """To the page where one signs in, and from there back to where one wanted to go."""
    address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method in READING:
        return RedirectResponse(f"/sign-in?next={quote(address, safe='')}", 303)
    raise SignedOut


class SignedOut(Exception):  # noqa: N818 - an answer to the visitor, not a fault
    """Somebody sends a form and is not signed in any more: what they typed has to be shown, and kept."""


def let_in(response: Response, cookie: str) -> Response:
    """Have the browser keep the secret of a session until it is closed."""
    response.set_cookie(COOKIE, cookie, path="/", httponly=True, samesite="lax", secure=True)
    return response


def let_out(response: Response) -> Response:
    """Have the browser forget the secret of its session."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=True)
    return response


def safe_path(written: str | None) -> str:
    """An address of our own pages to go on to, or the first page where something else was written."""
    path = written or ""
    own = path.startswith("/") and not path.startswith(("//", "/\\", "/sign-in", "/sign-out"))
    plain = path.isprintable() and "\\" not in path and len(path) < 2_000  # noqa: PLR2004
    return path if own and plain else "/"
