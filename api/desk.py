"""What every page of the office shares: its frame, the clock of a process, lists of several pages, and forms.

A form keeps what is typed. Its problems are told in the reader's language; where an operation says no, in the words
of its refusal.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.guard import Access, staff_of
from api.site import site_of
from models.contracts.mail import Language
from models.contracts.refusal import Refused
from models.policies.calendar import Calendar
from models.policies.period import Quarter
from models.policies.typed_day import read_day
from store import matters
from store.calendars import load_calendar
from store.database import ReadSession
from store.office import PAGE

SECTIONS: tuple[tuple[str, str, Access], ...] = (
    ("/board", "board", Access(("coordinator", "manager"), city=False)),
    ("/decisions", "decisions", Access(("coordinator", "manager"), city=False)),
    ("/collections", "collections", Access(("coordinator", "manager"), city=True)),
    ("/delegations", "delegations", Access(("coordinator", "manager"), city=False)),
    ("/networks", "networks", Access(("coordinator", "manager"), city=False)),
    ("/calls", "calls", Access(("coordinator", "manager"), city=False)),
    ("/people", "people", Access(("coordinator", "operator"), city=True)),
    ("/matters", "matters", Access(("coordinator",), city=True)),
    ("/mails", "mails", Access(("coordinator", "operator"), city=True)),
    ("/audit", "audit", Access(("coordinator", "manager", "operator"), city=True)),
    ("/staff", "staff", Access(("operator",), city=True)),
)
"""The parts of the office: where each begins, what it is called (`sentences.section`), and who sees it."""


class Clock:
    """What the clocks of the processes on a page show; each process has its own calendar."""

    def __init__(self, calendars: dict[str, Calendar], zone: ZoneInfo) -> None:
        self._calendars = calendars
        self._zone = zone

    def local(self, moment: datetime, code: str | None = None) -> datetime:
        """A moment on the clock of a calendar, or on the office's own if it belongs to none."""
        calendar = self._calendars.get(code or "")
        return moment.astimezone(self._zone) if calendar is None else calendar.local(moment)


async def clock_of(request: Request, session: ReadSession, codes: Iterable[str | None]) -> Clock:
    """The clock of a page on which processes with these calendars are shown."""
    calendars = {code: await load_calendar(session, code) for code in {code for code in codes if code}}
    return Clock(calendars, ZoneInfo(site_of(request).settings.office_zone))


def language_of(request: Request) -> Language:
    """The language in which the reader wants the office's pages: chosen on a page, or their own."""
    site = site_of(request)
    return site.pages.chosen(request) or staff_of(request).language


async def page(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A page of the office for whoever is signed in."""
    around = await frame(request)
    return site_of(request).pages.page(request, template, language_of(request), status=status, **around, **context)


async def frame(request: Request, session: ReadSession | None = None) -> dict[str, Any]:
    """What the frame of every page of the office shows. `session`: one that is open already."""
    staff = staff_of(request)
    to_settle = 0
    if staff.units("coordinator") is None:
        async with nullcontext(session) if session else site_of(request).database.reading() as reading:
            to_settle = await matters.open_count(reading)
    return {
        "staff": staff,
        "sections_shown": [(address, name) for address, name, access in SECTIONS if access.admits(staff)],
        "to_settle": to_settle,
        "quarter": Quarter.parse,
        "done": request.query_params.get("done", "") if request.method != "POST" else "",
    }


def go(address: str, done: str = "") -> Response:
    """On to a page, so that reloading repeats nothing; `done` names what it says was done (`sentences.done`)."""
    return RedirectResponse(f"{address}{'&' if '?' in address else '?'}done={done}" if done else address, 303)


def uuid_of(text: str) -> UUID:
    """An id in an address.

    Raises:
        HTTPException: 404, it is none.

    """
    try:
        return UUID(text)
    except ValueError:
        raise HTTPException(404) from None


@dataclass(frozen=True, slots=True)
class Leaf:
    """Where one is in a list of several pages."""

    number: int
    last: int
    address: Callable[[int], str]


def leaf_number(request: Request) -> int:
    """The page of a list that was asked for, counted from 1."""
    asked = request.query_params.get("page", "1")
    return max(1, int(asked)) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 1  # noqa: PLR2004


def leaf_of(request: Request, number: int, total: int) -> Leaf:
    """The leaf with a number of a list with so many rows."""
    others = [(key, value) for key, value in request.query_params.multi_items() if key not in {"page", "lang"}]
    return Leaf(number, -(-total // PAGE) or 1, lambda page: "?" + urlencode([*others, ("page", page)]))


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that has to be corrected: the id of its field, and a sentence of ours with its values.

    `sentence` is one of `api.desk_words.FORM_PROBLEMS`, by its key, or a whole sentence of a refusal.
    """

    field: str
    sentence: str
    values: Mapping[str, object] | None = None


class Unfit(Exception):  # noqa: N818 - an answer to the visitor
    """A form has faults; nothing was done."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*(fault.sentence for fault in faults))
        self.faults = faults


def refusal_faults(refusal: Refused, field: str = "main") -> tuple[Fault, ...]:
    """What an operation refused, to be told at the head of its form; the first field is led to."""
    return tuple(Fault(field, problem) for problem in refusal.problems)


def day_in(
    fields: Mapping[str, str], name: str, *, today: date, faults: list[Fault], needed: bool = True
) -> date | None:
    """The day that is typed into a field, as people write days; what is wrong with it is added to `faults`."""
    typed = fields.get(name, "").strip()
    found = read_day(typed, today) if typed else None
    if found is None and (typed or needed):
        faults.append(Fault(name, "day_unread" if typed else "day_missing"))
    return found


def words_in(
    fields: Mapping[str, str], name: str, *, faults: list[Fault], limit: int = 2_000, missing: str = ""
) -> str:
    """What is typed into a field, without blanks around it. `missing`: the sentence where nothing is."""
    typed = fields.get(name, "").strip()
    if not typed and missing:
        faults.append(Fault(name, missing))
    if len(typed) > limit:
        faults.append(Fault(name, "too_long", {"length": len(typed), "limit": limit}))
    return typed
