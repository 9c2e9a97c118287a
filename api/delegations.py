"""Starting a delegation over HTTP: for other programs of the city, which prove themselves with a token.

It is served where links are opened, because that is where other machines can reach Focal. Problems are told as
RFC 9457 has it, every one of them by name.
"""

import hmac
import json
import logging
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.site import site_of
from models.contracts.delegation_reception import read_order
from models.contracts.refusal import Refused
from operations.delegation_reception import KeyUsed, start
from settings import Settings

log = logging.getLogger(__name__)

BODY_LIMIT = 64 * 1024
PROBLEM = "application/problem+json"
router = APIRouter()


class Unfit(Exception):  # noqa: N818 - an answer to the caller
    """The request is answered with a problem: a status, what is wrong in general, and each thing that is."""

    def __init__(self, status: int, title: str, *errors: str, **headers: str) -> None:
        super().__init__(title)
        self.status, self.title, self.errors, self.headers = status, title, errors, headers

    def response(self) -> Response:
        """As the caller gets it."""
        content: dict[str, Any] = {"title": self.title, "status": self.status}
        if self.errors:
            content |= {"detail": " ".join(self.errors), "errors": list(self.errors)}
        headers = {name.replace("_", "-"): value for name, value in self.headers.items()}
        return JSONResponse(content, self.status, headers=headers, media_type=PROBLEM)


@router.post("/api/delegations")
async def start_delegation(request: Request) -> Response:
    """Start the reception of a delegation: 201, or 200 where the same order had started it already."""
    try:
        return await _start(request)
    except Unfit as unfit:
        return unfit.response()


@router.api_route("/api/delegations", methods=["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"])
async def refuse_method(_request: Request) -> Response:
    """Orders are posted; all else is a problem as well."""
    return Unfit(405, "Send the order with POST.", Allow="POST").response()


async def _start(request: Request) -> Response:
    site = site_of(request)
    _check_token(request, site.settings)
    content = await _content(request)
    key = request.headers.get("idempotency-key", "").strip().strip('"') or None
    try:
        order = read_order(content)
        async with site.database.transaction() as session:
            started = await start(session, order, by="api", now=datetime.now(UTC), key=key)
    except KeyUsed as refusal:
        raise Unfit(409, "This order cannot be carried out once more.", *refusal.problems) from refusal
    except Refused as refusal:
        raise Unfit(422, "The delegation cannot be started.", *refusal.problems) from refusal
    reference = started.order.reference
    where = f"{site.settings.office_url}/delegations/{reference.removeprefix('delegation/')}"
    told = {"reference": reference, "joined": started.joined}
    return JSONResponse(told, 200 if started.joined else 201, headers={"Location": where})


def _check_token(request: Request, settings: Settings) -> None:
    if settings.api_token is None:
        raise Unfit(403, "Nobody may start delegations over HTTP here: FOCAL_API_TOKEN is not set.")
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    known = settings.api_token.get_secret_value().encode()
    if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), known):
        log.warning("A wrong token was shown for %s", request.url.path)
        raise Unfit(401, "Show the token of this installation.", WWW_Authenticate="Bearer")


async def _content(request: Request) -> dict[str, Any]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Unfit(415, "Send the order as application/json.")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise Unfit(413, f"An order has at most {BODY_LIMIT // 1024} KiB.")
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as fault:  # a number of too many digits is a ValueError, too
        raise Unfit(400, "The body is no JSON.") from fault
    if not isinstance(content, dict):
        raise Unfit(422, "The delegation cannot be started.", "The body holds no fields: send an object.")
    return content
