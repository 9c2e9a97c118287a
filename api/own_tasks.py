"""All that a person can answer, behind the link to any of it."""

from datetime import UTC, datetime

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.site import READ, site_of
from api.visits import begin, home, let_in
from operations.answering import LinkUnusable
from operations.own_tasks import read_own_tasks, token_to

router = APIRouter()


@router.api_route("/answer/{reference}/tasks", methods=READ)
async def show(request: Request, reference: str) -> Response:
    """What waits for the reader, what they may answer as well, and what was answered."""
    async with site_of(request).database.reading() as session:
        visit = await begin(request, session, reference)
        form = await read_own_tasks(session, visit.holder, settings=visit.site.settings)
    return visit.page("own_tasks.html", form=form)


@router.api_route("/answer/{reference}/tasks/{other}", methods=READ)
async def open_other(request: Request, reference: str, other: str) -> Response:
    """On to another task: its own link goes into a cookie of its own pages. Nothing else changes."""
    async with site_of(request).database.reading() as session:
        visit = await begin(request, session, reference)
        if other == reference:
            return visit.go(visit.home)
        try:
            token = await token_to(session, visit.holder, other, settings=visit.site.settings, now=datetime.now(UTC))
        except LinkUnusable:
            raise HTTPException(404) from None
    address = home(other)
    response = let_in(visit.go(address), visit.site, token, address)
    chosen = visit.site.pages.chosen(request)
    if chosen is not None:
        visit.site.pages.remember(response, chosen, address)
    return response
