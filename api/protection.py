"""What every request passes before a page sees it, and what every response carries.

Forms are protected by `Sec-Fetch-Site`, which no page can forge, and where a browser does not send it (old, or
plain http) by `Origin`. A request with neither comes from no browser; it has no cookie that is not its own.
"""

import logging
import re
import time
from collections import OrderedDict, deque
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.pages import Pages
from models.contracts.interface import Problem

logger = logging.getLogger("focal.pages")

READING = frozenset({"GET", "HEAD"})
METHODS = READING | {"POST"}
BODY_LIMIT = 4 * 1024 * 1024
"""Bytes of a form. All fields of the largest form at their limits need a tenth of it."""
UPLOAD_LIMIT = 11 * 1024 * 1024
"""Bytes of a form with a file of evidence (`models.policies.evidence.SIZE_LIMIT`) and what is around it."""
LONGEST_PATH = 1_000
UPLOAD = re.compile(r"/(?:answer|decisions)/[^/]+/evidence")
DRAINED = 64 * 1024 * 1024
"""Up to this size a form that is too large is read and thrown away, or the browser would never show our page."""

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
PROGRAMS = "/api/"
"""Addresses below it are for programs, which are told of problems in their own form (`api.programs`)."""
LINK_PATHS = ("/a/", "/f/", "/sign-in/")
"""Addresses below them hold the token of a personal link, of a guest's, or of a link that signs in."""
_TOKEN = re.compile(r"^(/[af]|/sign-in)/.+")


class Protection:
    """Wraps an application. `origin` is its address from outside; `hosts`, if given, the only names it answers to.

    A page that listens on loopback needs `hosts`: a name somewhere in the world may point to 127.0.0.1.
    """

    def __init__(self, app: ASGIApp, pages: Pages, *, origin: str, hosts: frozenset[str] | None = None) -> None:
        self.app = app
        self.pages = pages
        parts = urlsplit(origin)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.hosts = hosts
        self.headers = dict(HEADERS)
        if parts.scheme == "https":
            self.headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what has no business here, let the rest through, and put the headers on every response."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.monotonic(), 500
        path: str = scope["path"]

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                # A referrer would carry the token; elsewhere browsers need it to name the origin of a form.
                headers.setdefault("Referrer-Policy", "no-referrer" if path.startswith(LINK_PATHS) else "same-origin")
            await send(message)

        refusal = self._refusal(scope)
        if refusal is None:
            limit = UPLOAD_LIMIT if UPLOAD.fullmatch(path) else BODY_LIMIT
            await self.app(scope, _limited(receive, limit), sending)
        else:
            notice = _problem(*refusal) if path.startswith(PROGRAMS) else None
            notice = notice or self.pages.notice(Request(scope, receive), *refusal)
            await notice(scope, receive, sending)
        took = (time.monotonic() - began) * 1000
        logger.info("%s %s %d %.0f ms", scope["method"], _TOKEN.sub(r"\1/…", path), status, took)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """The status and the notice with which a request is refused; None when it may pass."""
        headers = Headers(scope=scope)
        if self.hosts is not None and headers.get("host", "") not in self.hosts:
            return 421, "wrong_host"
        path = scope["path"]
        if "\0" in path or "\n" in path or len(path) > LONGEST_PATH:
            return 404, "not_found"  # no name of ours is like that; no database keeps NUL, no route ends at a line end
        if b"%00" in scope["query_string"] and not scope["path"].startswith(PROGRAMS):
            return 404, "not_found"
        # Programs are told by the interface itself, in their own form, which methods it has.
        if scope["method"] not in METHODS and not scope["path"].startswith(PROGRAMS):
            return 405, "wrong_method"
        if scope["method"] not in READING and self._from_elsewhere(headers, scope["path"]):
            return 403, "cross_site"
        return None

    def _from_elsewhere(self, headers: Headers, path: str) -> bool:
        """Whether a form was sent from a page that is not ours."""
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site not in {"same-origin", "none"}
        origin = headers.get("origin")
        if origin is None:
            return False
        if origin == "null":
            # Pages without referrer send no origin. A link's page is one: its token proves what an origin would.
            return not path.startswith(LINK_PATHS)
        return origin != self.origin and origin.partition("://")[2] != headers.get("host")


def _problem(status: int, about: str) -> Response:
    content = Problem(title=f"This request cannot be taken: {about.replace('_', ' ')}.", status=status)
    return JSONResponse(content.model_dump(exclude_none=True), status, media_type="application/problem+json")


def _limited(receive: Receive, limit: int) -> Receive:
    """The body, until it has exceeded the limit: it is counted as it comes, whatever length was stated."""
    received = 0

    async def receiving() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            if message.get("more_body"):
                await _drain(receive)
            raise HTTPException(413)
        return message

    return receiving


async def _drain(receive: Receive) -> None:
    received = 0
    while received < DRAINED:
        message = await receive()
        received += len(message.get("body", b""))
        if not message.get("more_body"):
            return


class WrongLinks:
    """Counts the links that opened nothing, per client address, in this process's memory.

    Ten in five minutes are a person who pastes badly; more are a machine that tries. A link that opens is never
    held back, because a whole city hall may share one address.
    """

    SECONDS = 300
    ADDRESSES = 10_000

    def __init__(self, allowed: int = 10) -> None:
        self.allowed = allowed
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def too_many(self, address: str, at: float) -> bool:
        """Count one more wrong link at a monotonic time in seconds; whether that is one too many."""
        times = self._seen.setdefault(address, deque(maxlen=self.allowed + 1))
        self._seen.move_to_end(address)
        if len(self._seen) > self.ADDRESSES:
            self._seen.popitem(last=False)
        times.append(at)
        while times[0] <= at - self.SECONDS:
            times.popleft()
        return len(times) > self.allowed
