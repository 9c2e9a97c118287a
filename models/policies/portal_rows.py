"""Reads one row of the European portal: a call as it can be trusted, or the reason why not. Pure.

The hour that the portal gives with a deadline is not the hour of the deadline: its day counts, in UTC, and the
programme's hour.
"""

import html
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple
from urllib.parse import urlsplit

import nh3
from pydantic import TypeAdapter, ValidationError

from models.contracts.calls import CallKind, DeadlineModel, DeadlineRead, PortalStatus, ReadCall
from models.contracts.portal import MOST_EUROS, BudgetOverview, PortalRow, ProgrammeScope, RowRefused
from models.policies.people_rows import visible

KINDS: dict[str, CallKind] = {"1": "topic", "2": "external", "8": "cascade"}
STATUSES: dict[str, PortalStatus] = {"31094501": "forthcoming", "31094502": "open", "31094503": "closed"}
MODELS: dict[str, DeadlineModel] = {
    "single-stage": "single_stage",
    "two-stage": "two_stage",
    "multiple cut-off": "cut_offs",
}
MOST_DEADLINES: dict[DeadlineModel, int] = {"single_stage": 1, "two_stage": 2, "cut_offs": 100}
YEARS = range(2014, 2050)
"""Of days that may be meant: 2099 stands for a day that nobody knows."""
CURRENT_INDEX = "SEDIA"
"""The source of what counts; the portal also lists copies that an earlier index has left."""
SCREENS = "https://ec.europa.eu/info/funding-tenders/opportunities/portal/screen/opportunities"
LONGEST = 400_000
"""Characters of one text of a call."""
TAGS = frozenset(
    {"a", "b", "blockquote", "br", "dd", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "i", "li", "ol"}
    | {"p", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul"}
)
ACTIVE = frozenset({"script", "iframe", "object", "embed"})
"""Tags that make a browser run or load something."""

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_UNION = re.compile(r"(?:[a-z0-9-]+\.)*europa\.eu")
_NO_LINK = re.compile('[ <>"]')
_WORDS = TypeAdapter(tuple[str, ...])


class _UnreadableError(ValueError):
    """What in a row cannot be read, in a sentence."""


class _Money(NamedTuple):
    budget: Decimal | None = None
    largest_grant: Decimal | None = None
    grants: int | None = None


def is_call(row: PortalRow) -> bool:
    """Whether it is a call at all: not a question with its answer, and no copy that an earlier index has left."""
    return "esST_question" not in row.metadata and _first(row, "DATASOURCE") == CURRENT_INDEX


def read_row(row: PortalRow, scope: ProgrammeScope, kind: CallKind) -> ReadCall | RowRefused:
    """A row of the programme's listing, checked and sanitised; a row that cannot be taken whole is refused whole."""
    identifier, portal_id = _names(row, kind, scope.code)
    if not _IDENTIFIER.fullmatch(identifier):
        reason = f"Its identifier is “{identifier[:100]}”, which cannot name a call."
        return RowRefused(identifier=_plain(row.reference), reason=reason)
    try:
        return _read(row, scope, kind, identifier, portal_id)
    except _UnreadableError as fault:
        return RowRefused(identifier=identifier, reason=_plain(str(fault)))


def portal_day(written: str) -> date | None:
    """The day that is meant, by the calendar of UTC; None for no day, or for one that nobody can mean."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    if moment.year not in YEARS or (moment.tzinfo is None and len(written) > len("2026-04-29")):
        return None
    return moment.astimezone(UTC).date() if moment.tzinfo else moment.date()


def _read(row: PortalRow, scope: ProgrammeScope, kind: CallKind, identifier: str, portal_id: str) -> ReadCall:
    status = STATUSES.get(_first(row, "status"))
    if status is None:
        raise _UnreadableError(f"Its status is “{_first(row, 'status')}”, which is not one that is known.")
    title, call_title = (_line(_first(row, key), key) for key in ("title", "callTitle"))
    if kind == "cascade":  # listed under the topic by which the project was funded
        title, call_title = call_title or title, title
    if not title:
        raise _UnreadableError("It has no title.")
    raw_days = tuple(_plain(written) for written in row.metadata.get("deadlineDate", ()))
    days = sorted({day for written in raw_days if (day := portal_day(written))})
    model = _deadline_model(row, len(days))
    opening, money = _plain(_first(row, "startDate")), _money(row, identifier)
    return ReadCall(
        identifier=identifier,
        kind=kind,
        programme=scope.code,
        portal_id=portal_id or None,
        title=title,
        call_title=call_title,
        action_type=", ".join(dict.fromkeys(map(_plain, row.metadata.get("typesOfAction", ())))),
        portal_status=status,
        opens_on=portal_day(opening),
        deadline_model=model,
        raw_days=raw_days,
        deadlines=tuple(DeadlineRead(day=day, hour=scope.cutoff_hour, zone=scope.zone) for day in days),
        budget=money.budget,
        largest_grant=money.largest_grant,
        grants=money.grants,
        keywords=_keywords(row),
        description=_description(row),
        url=_page(row, kind, identifier, portal_id),
        review=_review((opening, *raw_days), days, model, status),
    )


def _names(row: PortalRow, kind: CallKind, programme: str) -> tuple[str, str]:
    """Its identifier and the portal's own number, each empty where there is none.

    Only topics have an identifier that is theirs alone; other calls are named by their number.
    """
    if kind == "topic":
        return _plain(_first(row, "identifier")), _plain(_first(row, "ccm2Id"))
    field, name = ("callIdentifier", "CALL") if kind == "external" else ("callccm2Id", "CASCADE")
    number = _plain(_first(row, field))
    return f"{programme}-{name}-{number}" if number else "", number


def _deadline_model(row: PortalRow, days: int) -> DeadlineModel:
    written = _first(row, "deadlineModel")
    if not written:
        return "single_stage" if days <= 1 else "cut_offs"
    if written not in MODELS:
        raise _UnreadableError(f"Its deadlines are “{_plain(written)[:100]}”, which is not known.")
    return MODELS[written]


def _review(written_days: Sequence[str], days: Sequence[date], model: DeadlineModel, status: PortalStatus) -> str:
    """Why a person has to look at its days: of its opening and its deadlines as written; empty for no reason."""
    unclear = [written for written in written_days if written and not portal_day(written)]
    said = [f"“{written[:100]}” is not a day that can be planned with." for written in unclear]
    if not any(written_days[1:]) and status == "open":
        said.append("It is open, and no deadline is stated.")
    if len(days) > MOST_DEADLINES[model]:
        said.append(f"It has {len(days)} deadlines, more than a call of its kind ({model.replace('_', ' ')}).")
    return " ".join(said)


def _keywords(row: PortalRow) -> tuple[str, ...]:
    """Its keywords, each once; older rows have all of them as JSON within one string."""
    found: list[str] = []
    for written in row.metadata.get("keywords", ()):
        try:
            found += _WORDS.validate_json(written)
        except ValidationError:
            found.append(written)
    return tuple(dict.fromkeys(filter(None, map(_plain, found))))


def _money(row: PortalRow, identifier: str) -> _Money:
    """What it can give. The budget is that of the whole call, repeated for every action of it: the largest counts."""
    written = _first(row, "budgetOverview")
    if not written:
        return _Money()
    try:
        overview = BudgetOverview.model_validate_json(written)
    except ValidationError as fault:
        where = ".".join(map(str, fault.errors()[0]["loc"]))
        raise _UnreadableError(f"Its budget cannot be read: {fault.errors()[0]['msg'].lower()} ({where}).") from fault
    every = [action for actions in overview.actions.values() for action in actions]
    own = [action for action in every if action.action.startswith(f"{identifier} - ")]
    if not own and len(every) == 1:
        own = every
    budget = _stated(sum(action.years.values(), Decimal(0)) for action in own)
    if budget is not None and budget >= MOST_EUROS:
        raise _UnreadableError(f"Its budget cannot be read: {budget:,.0f} euros are more than there can be.")
    grants = int(_stated(action.grants for action in own) or 0) or None
    return _Money(budget, _stated(action.largest for action in own), grants)


def _stated(amounts: Iterable[Decimal]) -> Decimal | None:
    """The largest; None where none is stated."""
    return max(amounts, default=Decimal(0)) or None


def _description(row: PortalRow) -> str:
    """Its description in HTML: text and lists only, with links to pages of the Union."""
    keys = ("descriptionByte", "description", "furtherInformation")
    written = next(filter(None, (_first(row, key) for key in keys)), "")
    _check_text(written, "description")
    clean = nh3.clean(
        written,
        tags=set(TAGS),
        attributes={"a": {"href"}},
        attribute_filter=lambda _tag, _name, value: value if _is_of_union(value) else None,
    )
    return _CONTROLS.sub("", clean)


def _check_text(written: str, what: str) -> None:
    """Refuse what nobody writes into a call who means well."""
    if len(written) > LONGEST:
        raise _UnreadableError(f"Its {what} has {len(written)} characters; at most {LONGEST} are taken.")
    if "<" not in written:
        return
    found: list[str] = []

    def see(_tag: str, name: str, value: str) -> str | None:
        if name.startswith("on") or re.sub(r"\s", "", value).lower().startswith("javascript:"):
            found.append(name)
        return None

    # Parsed as a browser parses it: what it would run is still a tag afterwards, everything else is plain text.
    left = nh3.clean(
        written,
        tags={*nh3.ALLOWED_TAGS, *TAGS, *ACTIVE, "svg", "math"},
        clean_content_tags=set(),
        attributes={"a": {"href"}},
        generic_attribute_prefixes={"on"},
        url_schemes={"javascript", "https", "http"},
        attribute_filter=see,
    )
    if found or any(f"<{tag}" in left for tag in ACTIVE):
        raise _UnreadableError(f"Its {what} holds what a browser would run.")


def _page(row: PortalRow, kind: CallKind, identifier: str, portal_id: str) -> str:
    """Where people read it."""
    links = [link for link in (_first(row, "url"), (row.url or "").strip()) if link]
    for link in links:
        if not _is_of_union(link):
            raise _UnreadableError(f"Its link leaves the Union's domain: {_plain(link)[:200]}")
    if kind == "topic":
        return f"{SCREENS}/topic-details/{identifier}"
    if kind == "cascade":
        return f"{SCREENS}/competitive-calls-cs/{portal_id}"
    return links[0] if links else ""


def _is_of_union(link: str) -> bool:
    """Whether a link leads to a page under europa.eu."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    if not link.isprintable() or _NO_LINK.search(link):
        return False
    # The whole of it: no name, no port, and nothing that a browser reads otherwise, as it does `\`.
    return parts.scheme in {"http", "https"} and _UNION.fullmatch(parts.netloc.lower()) is not None


def _line(written: str, what: str) -> str:
    _check_text(written, what)
    return _plain(written)


def _first(row: PortalRow, key: str) -> str:
    """The first value of a field; empty where there is none."""
    return next(iter(row.metadata.get(key, ())), "").strip()


def _plain(written: str) -> str:
    """A line of text: without entities, control characters, what is invisible, and double spaces."""
    return " ".join(visible(_CONTROLS.sub(" ", html.unescape(written))).split())
