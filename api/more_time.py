"""The pages on which more time is asked for."""

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api import deciding
from api.site import READ, site_of
from api.visits import Visit, begin, problems_told, read_fields
from models.contracts.answering import MoreTimeForm, TimeProblem
from models.contracts.refusal import Refused
from operations.more_time import TimeRefused, read_more_time_form, wish_for_time
from store.database import ReadSession

router = APIRouter()


def _page(
    visit: Visit,
    form: MoreTimeForm,
    fields: Mapping[str, str] | None = None,
    *,
    problems: tuple[TimeProblem, ...] = (),
    status: int = 200,
) -> Response:
    """The form with what is typed in it; while a wish is open, how it stands; of an ended task, what became of it."""
    return visit.page(
        "task_ended.html" if form.ended else "more_time_asked.html" if form.wished else "more_time_form.html",
        status=status,
        form=form,
        typed=fields or {},
        problems=problems,
    )


async def _read(visit: Visit, session: ReadSession) -> MoreTimeForm:
    return await read_more_time_form(session, visit.holder, settings=visit.site.settings, now=visit.now)


@router.api_route("/answer/{reference}/more-time", methods=READ)
async def show(request: Request, reference: str) -> Response:
    """Until when, and why? Or how the wish that is open stands."""
    async with site_of(request).database.reading() as session:
        visit = await begin(request, session, reference)
        if deciding.asked(visit):
            return visit.go(visit.home)
        return _page(visit, await _read(visit, session))


@router.post("/answer/{reference}/more-time")
async def take(request: Request, reference: str) -> Response:
    """Ask for it, or say what has to be corrected. Sent twice, it is asked once."""
    fields = await read_fields(request)
    async with site_of(request).database.reading() as session:
        visit = await begin(request, session, reference, fields)
    if deciding.asked(visit):
        return visit.go(visit.home)
    typed = deciding.typed_time(fields)
    status, problems = 200, problems_told(TimeProblem, fields)
    if fields.get("do") == "ask":
        try:
            async with visit.site.database.transaction() as session:
                await wish_for_time(session, visit.holder, typed, now=visit.now)
            return visit.go(f"{visit.home}/more-time")
        except TimeRefused as refusal:
            status, problems = 422, refusal.problems
        except Refused:
            status = 409
    async with visit.site.database.reading() as session:
        form = await _read(visit, session)
    said = form.more_time
    if form.wished and said and (said.wished_by_code, said.reason) == (visit.holder.person_code, typed.reason.strip()):
        return visit.go(f"{visit.home}/more-time")
    return _page(visit, form, fields, problems=problems, status=409 if form.ended or form.wished else status)
