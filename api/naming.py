"""The pages on which a head names a focal point: the form, and what is about to happen before it does."""

import hashlib
from collections.abc import Mapping

from starlette.responses import Response

from api.visits import Visit
from models.contracts.answering import Naming, NamingForm, NamingProblem
from operations.answering import CollectionClosed
from operations.naming import NamingRefused, check_naming, name_focal_point, read_naming_form
from store.database import ReadSession
from store.submissions import reference_of

SOMEBODY_ELSE = "new"


def asked(visit: Visit) -> bool:
    """Whether the task asks for a focal point."""
    return visit.holder.task_kind == "focal_point_naming"


def page(
    visit: Visit,
    form: NamingForm,
    fields: Mapping[str, str] | None = None,
    *,
    problems: tuple[NamingProblem, ...] = (),
    status: int = 200,
) -> Response:
    """The form with what is typed in it; once somebody is named or the collection is closed, what stands."""
    done = form.named is not None or not form.accepting
    return visit.page(
        "naming_closed.html" if done else "naming_form.html",
        status=status,
        form=form,
        naming=_naming(fields or {}),
        person=(fields or {}).get("person", ""),
        problems=problems,
    )


def _naming(fields: Mapping[str, str]) -> Naming:
    person = fields.get("person", "")
    return Naming(
        person_code="" if person == SOMEBODY_ELSE else person,
        name=fields.get("name", ""),
        address=fields.get("address", ""),
        language=fields.get("write_in", ""),
    )


async def take(visit: Visit, session: ReadSession, fields: Mapping[str, str]) -> Response:
    """Show what is about to happen, or what has to be corrected. Nothing is kept before it is confirmed."""
    form = await read_naming_form(session, visit.holder, settings=visit.site.settings)
    if form.named is not None or not form.accepting:
        return page(visit, form, fields, status=409)
    naming = _naming(fields)
    checking = fields.get("do") == "check"
    problems = check_naming(form, naming) if checking or "with_problems" in fields else ()
    if problems:
        return page(visit, form, fields, problems=problems, status=422)
    if not checking:
        return page(visit, form, fields)
    chosen = next((person for person in form.colleagues if person.code == naming.person_code), None)
    return visit.page("naming_check.html", form=form, naming=naming, fields=fields, chosen=chosen)


async def send(visit: Visit, fields: Mapping[str, str], raw: bytes) -> Response:
    """Name the person, who is asked within working hours. Sent twice, it is done once."""
    settings = visit.site.settings
    problems: tuple[NamingProblem, ...] = ()
    try:
        async with visit.site.database.transaction() as session:
            return visit.sent(
                await name_focal_point(
                    session, visit.holder, _naming(fields), raw=raw, now=visit.now, settings=settings
                )
            )
    except CollectionClosed:
        status = 409
    except NamingRefused as refusal:
        status, problems = 422, refusal.problems
    async with visit.site.database.reading() as session:
        twice = await reference_of(session, visit.holder.task_id, hashlib.sha256(raw).hexdigest())
        form = await read_naming_form(session, visit.holder, settings=settings)
    if twice is not None:
        return visit.go(f"{visit.home}/sent/{twice}")
    return page(visit, form, fields, problems=problems, status=status)
