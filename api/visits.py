"""A visit to an answer page: whose link opened it, or who is signed in, in which language, and what was typed."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.desk import frame
from api.guard import is_guarded, staff_of
from api.pages import as_language
from api.site import Site, site_of
from models.contracts.answering import Confirmation, Entry, Form, LinkHolder, Typed
from models.contracts.mail import Language
from models.policies.calendar import Calendar
from operations.answering import LinkUnusable, open_link, open_own
from store.database import ReadSession
from store.submissions import calendar_of_task

FIELDS_ALLOWED = 5_000
TOKEN = re.compile(r"[A-Za-z0-9_-]*")
YES_NO: Mapping[Language, tuple[str, str]] = {
    "ca": ("sí", "no"),
    "ca-ES-valencia": ("sí", "no"),
    "es": ("sí", "no"),
    "en": ("yes", "no"),
    "fr": ("oui", "non"),
}
"""What marking yes or no counts as having typed: the word in the person's own language."""
CHOICES = frozenset({"value", "nothing_to_report", "not_available"})
OPTION = "="
"""What marks a radio button of a choice or a score: the value stands after it."""
EXPLAINED = frozenset({"choice", "score"})
"""Units whose reason belongs to the answer, whatever it is."""


class LinkNeeded(Exception):  # noqa: N818 - an answer to the visitor, not a fault
    """The page was opened without its link: another browser, or one that was closed since."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to an answer page by the holder of a link. `chosen`: the language just chosen on this page.

    Whoever is signed in at the office needs no link: the same pages stand there in the frame of the office.
    """

    request: Request
    site: Site
    holder: LinkHolder
    language: Language
    chosen: Language | None
    calendar: Calendar
    now: datetime
    frame: Mapping[str, Any] | None = None
    """What the office's frame shows around the page; None for whoever came by a link."""

    @property
    def home(self) -> str:
        """The address of the task's form."""
        return home(self.holder.task_reference) if self.frame is None else own(self.holder.task_reference)

    def page(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """A page of this task in the reader's language."""
        response = self.site.pages.page(
            self.request,
            template,
            self.language,
            status=status,
            holder=self.holder,
            home=self.home,
            today=self.calendar.day(self.now),
            signed_in=self.frame is not None,
            **(self.frame or {}),
            **context,
        )
        self._remember(response)
        return response

    def go(self, address: str) -> Response:
        """Send the browser on to a page, so that reloading it repeats nothing."""
        response = RedirectResponse(address, 303)
        self._remember(response)
        return response

    def _remember(self, response: Response) -> None:
        if self.chosen is not None:
            self.site.pages.remember(response, self.chosen, self.home if self.frame is None else "/")

    def sent(self, confirmation: Confirmation) -> Response:
        """Send the browser on to the page that confirms a submission."""
        return self.go(f"{self.home}/sent/{confirmation.submission_reference}")


def home(reference: str) -> str:
    """The address of a task's form."""
    return f"/answer/{reference}"


def own(reference: str) -> str:
    """The address of a task's form inside the office."""
    return f"/decisions/{reference}"


def link_cookie(site: Site) -> str:
    """The name of the cookie that holds a link's token; the prefix makes browsers insist on https."""
    return "__Secure-focal-link" if is_secure(site) else "focal-link"


def is_secure(site: Site) -> bool:
    """Whether people reach the answer pages by https."""
    return site.settings.answer_url.startswith("https://")


def tidy(token: str) -> str:
    """A token without what mail programs add to the end of a link: a bracket, a full stop."""
    match = TOKEN.match(token)
    return match.group() if match else ""


def let_in(response: Response, site: Site, token: str, address: str) -> Response:
    """Have the browser keep a token for the pages below an address: links are kept in many places, cookies are not."""
    response.set_cookie(link_cookie(site), token, path=address, httponly=True, samesite="lax", secure=is_secure(site))
    return response


async def begin(
    request: Request, session: ReadSession, reference: str, fields: Mapping[str, str] | None = None
) -> Visit:
    """Find out who is visiting the pages of a task; `fields`: of the form they sent, if they did.

    Raises:
        LinkNeeded: the browser holds no link to them.
        LinkUnusable: it holds one that opens nothing, or not these pages.
        HTTPException: 404, of whoever is signed in and was not asked.

    """
    if is_guarded(request):
        return await _begin_signed_in(request, session, reference, fields)
    token = request.cookies.get(link_cookie(site_of(request)))
    if token is None:
        raise LinkNeeded
    visit = await begin_with(request, session, token, fields)
    if visit.holder.task_reference != reference:
        raise LinkUnusable
    return visit


async def begin_with(
    request: Request, session: ReadSession, token: str, fields: Mapping[str, str] | None = None
) -> Visit:
    """Find out whose link a token is.

    Raises:
        LinkUnusable: it opens nothing.

    """
    now = datetime.now(UTC)
    return await _visit(request, session, await open_link(session, token, now=now), fields, now)


async def _begin_signed_in(
    request: Request, session: ReadSession, reference: str, fields: Mapping[str, str] | None
) -> Visit:
    now = datetime.now(UTC)
    try:
        holder = await open_own(session, staff_of(request).code, reference, now=now)
    except LinkUnusable:
        raise HTTPException(404) from None
    visit = await _visit(request, session, holder, fields, now)
    return replace(visit, frame=await frame(request, session))


async def _visit(
    request: Request, session: ReadSession, holder: LinkHolder, fields: Mapping[str, str] | None, now: datetime
) -> Visit:
    site = site_of(request)
    chosen = language_asked(fields or {}) or as_language(request.query_params.get("lang"))
    language = chosen or site.pages.chosen(request) or holder.language
    return Visit(
        request=request,
        site=site,
        holder=holder.model_copy(update={"shown_in": language}),
        language=language,
        chosen=chosen,
        calendar=await calendar_of_task(session, holder.task_id),
        now=now,
    )


async def read_fields(request: Request) -> dict[str, str]:
    """The fields of a form as typed, with plain line ends and without NUL, which no database keeps.

    They stay with the request, so that whatever happens next the page can show them.
    """
    body = (await request.body()).decode("utf-8", "replace")
    try:
        pairs = parse_qsl(body, keep_blank_values=True, max_num_fields=FIELDS_ALLOWED)
    except ValueError:
        raise HTTPException(413) from None
    plain = [(name.replace("\0", ""), re.sub(r"\r\n?", "\n", value.replace("\0", ""))) for name, value in pairs]
    fields = dict(plain)
    request.state.posted, request.state.pairs = fields, plain
    return fields


def language_asked(fields: Mapping[str, str]) -> Language | None:
    """The language whose button sent a form, if one of them did."""
    return as_language(fields.get("language"))


ProblemKind = TypeVar("ProblemKind", bound=BaseModel)


def problems_told(kind: type[ProblemKind], fields: Mapping[str, str]) -> tuple[ProblemKind, ...]:
    """The problems that a page told of, which goes on telling of them when its language is changed."""
    found = []
    for told in fields.get("with_problems", "").split():
        field, _, code = told.partition(".")
        with suppress(ValidationError):
            found.append(kind.model_validate({"field": field, "code": code}))
    return tuple(found)


def with_typed(form: Form, fields: Mapping[str, str]) -> Form:
    """A form as it stands after what was typed.

    Entries that the page did not show keep what was saved. So do entries that were left empty on a page that is
    older than what was saved: they were filled in another window since.
    """
    stale = fields.get("draft_version") != str(form.draft_version)
    entries = []
    for entry in form.entries:
        typed = _typed(entry, fields, form.holder.language)
        keep = typed is None or (stale and typed == Typed())
        entries.append(entry if keep else entry.model_copy(update={"typed": typed}))
    return form.model_copy(update={"entries": tuple(entries)})


def _typed(entry: Entry, fields: Mapping[str, str], language: Language) -> Typed | None:
    names = [f"{field}-{entry.item_id}" for field in ("choice", "value", "reason")]
    if not any(name in fields for name in names):
        return None
    choice, value, reason = (fields.get(name, "") for name in names)
    if choice == "clear":
        return Typed()
    if choice.startswith(OPTION):
        choice, value = "value", choice.removeprefix(OPTION)
    if not choice and reason.strip() and not value.strip() and entry.unit not in EXPLAINED:
        choice = "not_available"  # whoever gives a reason has said what they mean, marked or not
    if choice in {"yes", "no"}:
        choice, value = "value", YES_NO[language][choice == "no"]
    return Typed.model_validate({"choice": choice if choice in CHOICES else "", "value": value, "reason": reason})
