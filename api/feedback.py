"""The page on which the contact of a delegation says how its visit was; they have no account here."""

from collections.abc import Mapping
from datetime import UTC, datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.pages import as_language
from api.site import READ, site_of
from api.visits import language_asked, problems_told, read_fields, tidy
from models.contracts.visit_feedback import FeedbackForm, FeedbackProblem, TypedFeedback
from operations.visit_feedback import FeedbackOver, FeedbackRefused, keep_feedback, read_feedback_form

router = APIRouter()


def _page(
    request: Request,
    form: FeedbackForm,
    fields: Mapping[str, str] | None = None,
    *,
    problems: tuple[FeedbackProblem, ...] = (),
    status: int = 200,
) -> Response:
    """The form with what is typed in it; once the visit is too long ago, that it is."""
    site, typed = site_of(request), fields or {}
    asked = language_asked(typed) or as_language(typed.get("speaks")) or site.pages.chosen(request)
    return site.pages.page(
        request,
        "feedback_over.html" if form.over else "feedback_form.html",
        asked or form.language,
        status=status,
        form=form,
        typed=typed,
        problems=problems,
        sent="sent" in request.query_params and form.given_on is not None and request.method != "POST",
    )


@router.api_route("/f/{token:path}", methods=READ)
async def show(request: Request, token: str) -> Response:
    """The form. What was said before is not shown: links are passed on. Looking at it changes nothing."""
    site = site_of(request)
    async with site.database.reading() as session:
        form = await read_feedback_form(session, site.settings, tidy(token), now=datetime.now(UTC))
    return _page(request, form)


@router.post("/f/{token:path}")
async def take(request: Request, token: str) -> Response:
    """Keep it, or say what has to be corrected. Sent twice, the second time stands."""
    site, token, now = site_of(request), tidy(token), datetime.now(UTC)
    fields = await read_fields(request)
    typed = TypedFeedback(**{name: fields.get(name, "") for name in TypedFeedback.model_fields})
    status, problems = 200, problems_told(FeedbackProblem, fields)
    if fields.get("do") == "send":
        try:
            async with site.database.transaction() as session:
                await keep_feedback(session, site.settings, token, typed, now=now)
            speaks = as_language(fields.get("speaks"))
            return RedirectResponse(f"/f/{token}?sent=1{f'&lang={speaks}' if speaks else ''}", 303)
        except FeedbackRefused as refusal:
            status, problems = 422, refusal.problems
        except FeedbackOver:
            status = 409
    async with site.database.reading() as session:
        form = await read_feedback_form(session, site.settings, token, now=now)
    return _page(request, form, fields, problems=problems, status=status)
