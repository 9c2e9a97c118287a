"""The page on which somebody decides about a wish for more time."""

from collections.abc import Mapping

from starlette.responses import Response

from api.visits import Visit, problems_told
from models.contracts.answering import DecisionForm, TimeProblem, TypedTime
from models.contracts.refusal import Refused
from operations.more_time import TimeRefused, decide, read_decision_form


def asked(visit: Visit) -> bool:
    """Whether the task asks for a decision about more time."""
    return visit.holder.task_kind == "extension_decision"


def typed_time(fields: Mapping[str, str]) -> TypedTime:
    """What is typed about more time in the fields of a form."""
    return TypedTime(**{name: fields.get(name, "") for name in TypedTime.model_fields})


def page(
    visit: Visit,
    form: DecisionForm,
    fields: Mapping[str, str] | None = None,
    *,
    problems: tuple[TimeProblem, ...] = (),
    status: int = 200,
) -> Response:
    """The form with what is typed in it; once it was decided, or cannot be decided by the reader, how it stands."""
    closed = form.own or form.wish.state != "wished"
    return visit.page(
        "decision_made.html" if closed else "decision_form.html",
        status=status,
        form=form,
        typed=fields or {},
        problems=problems,
        just_now="decided" in visit.request.query_params and visit.request.method != "POST",
    )


async def take(visit: Visit, fields: Mapping[str, str]) -> Response:
    """Decide, or say what has to be corrected. Sent twice, it is decided once."""
    typed, settings = typed_time(fields), visit.site.settings
    status, problems = 200, problems_told(TimeProblem, fields)
    if fields.get("do") == "decide":
        try:
            async with visit.site.database.transaction() as session:
                await decide(session, settings, visit.holder, typed, now=visit.now)
            return visit.go(f"{visit.home}?decided=1")
        except TimeRefused as refusal:
            status, problems = 422, refusal.problems
        except Refused:
            status = 409
    async with visit.site.database.reading() as session:
        form = await read_decision_form(session, visit.holder, settings=settings)
    said = (visit.holder.person_code, typed.reason.strip())
    if (form.wish.decided_by_code, form.wish.decision_reason) == said:
        return visit.go(f"{visit.home}?decided=1")
    return page(visit, form, fields, problems=problems, status=status)
