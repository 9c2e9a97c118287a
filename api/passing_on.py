"""The pages on which a task is passed on to somebody else."""

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.choosing import chosen
from api.site import READ, site_of
from api.visits import Visit, begin, problems_told, read_fields
from models.contracts.answering import PassOnForm, PersonProblem
from models.contracts.refusal import TaskEnded
from operations.choosing import ChoiceRefused
from operations.passing_on import pass_on, read_pass_on_form

router = APIRouter()


def _page(
    visit: Visit,
    form: PassOnForm,
    fields: Mapping[str, str] | None = None,
    *,
    problems: tuple[PersonProblem, ...] = (),
    status: int = 200,
) -> Response:
    """The form with what is typed in it; of a task that has ended, what became of it."""
    return visit.page(
        "task_ended.html" if form.ended else "pass_on_form.html",
        status=status,
        form=form,
        typed=fields or {},
        problems=problems,
    )


@router.api_route("/answer/{reference}/pass-on", methods=READ)
async def show(request: Request, reference: str) -> Response:
    """To whom could it go?"""
    async with site_of(request).database.reading() as session:
        visit = await begin(request, session, reference)
        return _page(visit, await read_pass_on_form(session, visit.holder, settings=visit.site.settings))


@router.post("/answer/{reference}/pass-on")
async def take(request: Request, reference: str) -> Response:
    """Pass it on, or say what has to be corrected. Sent twice, it is done once."""
    fields = await read_fields(request)
    async with site_of(request).database.reading() as session:
        visit = await begin(request, session, reference, fields)
    status, problems = 200, problems_told(PersonProblem, fields)
    if fields.get("do") == "pass_on":
        try:
            await _pass_on(visit, fields)
        except ChoiceRefused as refusal:
            status, problems = 422, refusal.problems
        except TaskEnded:
            status = 409
        else:
            return visit.go(f"{visit.home}/pass-on/done")
    async with visit.site.database.reading() as session:
        form = await read_pass_on_form(session, visit.holder, settings=visit.site.settings)
    if form.passed_on_by_reader and [problem.code for problem in problems] == ["same_person"]:
        return visit.go(f"{visit.home}/pass-on/done")
    return _page(visit, form, fields, problems=problems, status=409 if form.ended else status)


async def _pass_on(visit: Visit, fields: Mapping[str, str]) -> None:
    async with visit.site.database.transaction() as session:
        await pass_on(
            session, visit.site.settings, visit.holder, chosen(fields), note=fields.get("note", ""), now=visit.now
        )


@router.api_route("/answer/{reference}/pass-on/done", methods=READ)
async def done(request: Request, reference: str) -> Response:
    """Who has it now, and what happens next."""
    async with site_of(request).database.reading() as session:
        visit = await begin(request, session, reference)
        form = await read_pass_on_form(session, visit.holder, settings=visit.site.settings)
    return visit.page("pass_on_done.html", form=form) if form.passed_on else visit.go(visit.home)
