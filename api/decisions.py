"""What waits for the answer of whoever is signed in, and the pages on which they give it.

They are the answer pages themselves, in the frame of the office: who is signed in needs no link.
"""

from datetime import UTC, datetime

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from api import answers, evidence, more_time, passing_on
from api.desk import clock_of, language_of, page
from api.guard import Guarded, allowed, staff_of
from api.site import READ, site_of
from models.contracts.staff import Role
from operations.waiting import read_waiting

router = APIRouter(route_class=Guarded)
WHO: tuple[Role, ...] = ("coordinator", "manager")
SHOWN = 100
"""On one page; what comes after them is shown as these are answered."""
FORM = "/answer/{reference}"


@router.api_route("/decisions", methods=READ)
@allowed(*WHO)
async def show(request: Request) -> Response:
    """Every open task that was put to the reader, decisions first, each with what it rests on."""
    site, now = site_of(request), datetime.now(UTC)
    async with site.database.reading() as session:
        waiting = await read_waiting(
            session, site.settings, staff_of(request).code, language_of(request), now=now, limit=SHOWN
        )
        clock = await clock_of(request, session, {each.facts.process.calendar_code for each in waiting})
    return await page(
        request,
        "office_decisions.html",
        deciding=[each for each in waiting if each.decides],
        answering=[each for each in waiting if not each.decides],
        more=len(waiting) == SHOWN,
        now=now,
        clock=clock,
    )


for part in (answers.router, passing_on.router, more_time.router, evidence.router):
    for route in part.routes:
        if isinstance(route, APIRoute) and route.path.startswith(FORM):
            inside = "/decisions/{reference}" + route.path.removeprefix(FORM)
            router.add_api_route(inside, allowed(*WHO)(route.endpoint), methods=sorted(route.methods or ()))
