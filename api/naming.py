"""The pages on which a head names a focal point: the form, and what is about to happen before it does."""

import hashlib
from collections.abc import Mapping

from starlette.responses import Response

from api.choosing import chosen
from api.visits import Visit, problems_told
from models.contracts.answering import NamingForm, PersonProblem
from operations.answering import CollectionClosed
from operations.choosing import ChoiceRefused, check_choice
from operations.naming import name_focal_point, read_naming_form
from store.database import ReadSession
from store.submissions import reference_of


def asked(visit: Visit) -> bool:
    """Whether the task asks for a focal point."""
    return visit.holder.task_kind == "focal_point_naming"


def page(
    visit: Visit,
    form: NamingForm,
    fields: Mapping[str, str] | None = None,
    *,
    problems: tuple[PersonProblem, ...] = (),
    status: int = 200,
) -> Response:
    """The form with what is typed in it; once somebody is named or the collection is closed, what stands."""
    done = form.named is not None or not form.accepting
    return visit.page(
        "naming_closed.html" if done else "naming_form.html",
        status=status,
        form=form,
        typed=fields or {},
        problems=problems,
    )


async def take(visit: Visit, session: ReadSession, fields: Mapping[str, str]) -> Response:
    """Show what is about to happen, or what has to be corrected. Nothing is kept before it is confirmed."""
    form = await read_naming_form(session, visit.holder, settings=visit.site.settings)
    if form.named is not None or not form.accepting:
        return page(visit, form, fields, status=409)
    choice = chosen(fields)
    checking = fields.get("do") == "check"
    problems = check_choice(form.colleagues, choice) if checking else problems_told(PersonProblem, fields)
    if problems:
        return page(visit, form, fields, problems=problems, status=422)
    if not checking:
        return page(visit, form, fields)
    known = next((person for person in form.colleagues if person.code == choice.person_code), None)
    return visit.page("naming_check.html", form=form, choice=choice, fields=fields, known=known)


async def send(visit: Visit, fields: Mapping[str, str], raw: bytes) -> Response:
    """Name the person, who is asked within working hours. Sent twice, it is done once."""
    settings = visit.site.settings
    problems: tuple[PersonProblem, ...] = ()
    try:
        async with visit.site.database.transaction() as session:
            return visit.sent(
                await name_focal_point(session, visit.holder, chosen(fields), raw=raw, now=visit.now, settings=settings)
            )
    except CollectionClosed:
        status = 409
    except ChoiceRefused as refusal:
        status, problems = 422, refusal.problems
    async with visit.site.database.reading() as session:
        twice = await reference_of(session, visit.holder.task_id, hashlib.sha256(raw).hexdigest())
        form = await read_naming_form(session, visit.holder, settings=settings)
    if twice is not None:
        return visit.go(f"{visit.home}/sent/{twice}")
    return page(visit, form, fields, problems=problems, status=status)
