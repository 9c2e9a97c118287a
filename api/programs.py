"""How programs of the city come in by `/api`: with a token, and told of every problem as RFC 9457 has it.

It is served where links are opened, because that is where other machines can reach Focal. A route that does not say
which roles it is for cannot be added; what is not in a token's units is told of as what does not exist.
"""

import json
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.guard import Access
from api.protection import READING, WrongLinks
from api.site import Site, site_of
from models.contracts.interface import Problem
from models.contracts.refusal import Refused, TaskEnded
from models.contracts.staff import Role, Staff
from operations.api_tokens import is_to_be_noted, note_use, who_shows
from operations.seeing import ChangedMeanwhile

log = logging.getLogger(__name__)

BODY_LIMIT = 64 * 1024
PROBLEM = "application/problem+json"
Endpoint = TypeVar("Endpoint", bound=Callable[..., Awaitable[Any]])
DESCRIPTION = """
Programs of the city read and act with a token that an operator issues (`focal token issue`). A token has a role, for
the whole city or for a unit and all below it; what it does stands in the record as done by `api:` and its name.

Lists come in pages: ask for what follows with `after`. Moments are UTC; days are those of the process's own place.
Problems are told as `application/problem+json` (RFC 9457); where there is one, nothing was changed.
"""
WHY = {
    400: "The body is no JSON.",
    401: "No token was shown, or one that opens nothing.",
    403: "The role of the token is not enough for this.",
    404: "There is no such thing, or it is not within the units of the token.",
    405: "The address has no such method.",
    409: "Somebody was faster: it is over, or was changed since it was read.",
    413: "The body is too large.",
    415: "The body is not sent as JSON.",
    422: "Something in the request cannot be, or the order cannot be carried out.",
    429: "Too many wrong tokens came from one address; wait five minutes.",
    500: "Something went wrong on our side; there is a record of it.",
}
TITLES = {404: "There is no such thing.", 405: "This address has no such method.", 413: "The body is too large."}


class Unfit(Exception):  # noqa: N818 - an answer to the caller
    """The request is answered with a problem: a status, what is wrong in general, and each thing that is."""

    def __init__(self, status: int, title: str, *errors: str, **headers: str) -> None:
        super().__init__(title)
        self.status, self.title, self.errors, self.headers = status, title, errors, headers


def told(problem: Unfit) -> Response:
    """A problem as the caller gets it."""
    content = Problem(title=problem.title, status=problem.status)
    if problem.errors:
        content = content.model_copy(update={"detail": " ".join(problem.errors), "errors": list(problem.errors)})
    headers = {name.replace("_", "-"): value for name, value in problem.headers.items()}
    body = content.model_dump(exclude_none=True)
    return JSONResponse(body, problem.status, headers=headers, media_type=PROBLEM)


def open_to(*roles: Role, city: bool = False) -> Callable[[Endpoint], Endpoint]:
    """Say which tokens may use a route; see `api.guard.Access`."""

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.access = Access(roles, city)  # type: ignore[attr-defined]
        return endpoint

    return mark


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route answers when it does not do what it is asked, for its description."""
    return {status: _described(status) for status in sorted({401, 403, 422, 429, 500, *statuses})}


SENDING = (400, 409, 413, 415)
"""What can happen besides where something is sent."""


def _described(status: int) -> dict[str, Any]:
    example = {"title": TITLES.get(status, WHY[status]), "status": status}
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}
    return {"description": WHY[status], "content": {PROBLEM: content}}


class Shown(APIRoute):
    """A route of the interface: the token is looked at before anything of the request is read."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        access: Access | None = getattr(endpoint, "access", None)
        if access is None:
            raise TypeError(f"{path} does not say which roles it is for: mark its endpoint with `open_to`")
        self.access = access
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route behind its guard."""
        handler = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            staff = await _who(request)
            if not self.access.admits(staff):
                raise Unfit(403, "The role of this token is not enough for this.")
            request.state.staff = staff
            if request.method not in READING:
                await _check_body(request)
            return await handler(request)

        return guarded


async def _who(request: Request) -> Staff:
    site, now = site_of(request), datetime.now(UTC)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and (token := token.strip()):
        async with site.database.reading() as session:
            found = await who_shows(session, token, site.settings.coordinator_language, now=now)
        if found is not None:
            row, staff = found
            if is_to_be_noted(row, now):
                async with site.database.transaction() as session:
                    await note_use(session, row, now=now)
            return staff
        log.warning("A wrong token was shown for %s", request.url.path)
        wrong: WrongLinks = request.app.state.wrong_tokens
        if wrong.too_many(request.client.host if request.client else "", time.monotonic()):
            raise Unfit(429, "Too many wrong tokens.", Retry_After=str(WrongLinks.SECONDS))
    raise Unfit(401, "Show a token of this installation.", WWW_Authenticate="Bearer")


async def _check_body(request: Request) -> None:
    """Read a body that is JSON and not too large."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Unfit(415, "Send the body as application/json.")
    body, size = b"", 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= BODY_LIMIT:  # what is too large is heard to its end, or the caller would not hear us
            body += chunk
    if size > BODY_LIMIT:
        raise Unfit(413, f"A body has at most {BODY_LIMIT // 1024} KiB.")
    try:
        json.loads(body)
    except (ValueError, RecursionError) as fault:  # a number of too many digits is a ValueError, too
        raise Unfit(400, "The body is no JSON.") from fault
    request._body = body  # noqa: SLF001 - where Starlette keeps a body that was read


def interface_app(site: Site, *routers: Any, schemas: Mapping[str, Any]) -> FastAPI:
    """What is served below `/api`. `schemas`: what its document refers to and cannot find by itself."""
    app = FastAPI(
        title="Focal",
        version="1",
        description=DESCRIPTION.strip(),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.site = site
    app.state.wrong_tokens = WrongLinks()
    for router in routers:
        app.include_router(router)
    document: dict[str, Any] = {}

    async def describe(_request: Request) -> Response:
        if not document:
            document.update(described(app, site, schemas))
        return JSONResponse(document)

    app.add_route("/openapi.json", describe, methods=["GET", "HEAD"])
    app.add_exception_handler(Unfit, _unfit)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(HTTPException, _odd)
    app.add_exception_handler(Exception, _failed)
    return app


def described(app: FastAPI, site: Site, schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The OpenAPI document."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        servers=[{"url": f"{site.settings.answer_url}/api"}],
    )
    parts = document["components"]
    parts["schemas"] |= {"Problem": Problem.model_json_schema(), **schemas}
    parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{"token": []}]
    return document


async def _unfit(_request: Request, error: Exception) -> Response:
    return told(error) if isinstance(error, Unfit) else told(Unfit(500, WHY[500]))


async def _invalid(_request: Request, error: Exception) -> Response:
    errors = error.errors() if isinstance(error, RequestValidationError) else ()
    return told(Unfit(422, "Something in the request cannot be.", *map(_in_words, errors)))


def _in_words(error: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in error["loc"][1:]) or str(error["loc"][0])
    return f"{place}: {error['msg'][:1].lower()}{error['msg'][1:].rstrip('.')}."


async def _refused(_request: Request, error: Exception) -> Response:
    reasons = error.problems if isinstance(error, Refused) else ()
    if isinstance(error, TaskEnded | ChangedMeanwhile):
        return told(Unfit(409, "Somebody was faster.", *reasons))
    return told(Unfit(422, "This cannot be done.", *reasons))


async def _odd(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(getattr(error, "headers", None) or {})
    return told(Unfit(status, TITLES.get(status, WHY.get(status, "This cannot be done.")), **headers))


async def _failed(_request: Request, _error: Exception) -> Response:
    return told(Unfit(500, "Something went wrong on our side."))
