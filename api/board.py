"""The board: open tasks that are overdue or due soon, and what is done to one or to many of them.

Whatever is to be done is first shown with all that follows from it: it is really done, and taken back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from typing import get_args
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.board_files import BOARD_FILES
from api.desk import Clock, Fault, clock_of, day_in, go, language_of, page, refusal_faults, words_in
from api.desk_words import PROCESS_KINDS
from api.guard import Guarded, allowed, staff_of
from api.site import READ, site_of
from api.visits import read_fields
from mail.question_words import assignment_name
from mail.translation import translations
from models.contracts.refusal import Refused
from operations.board import ON_MANY, ActName, Order, Outcome, act_on
from operations.item_words import item_name
from operations.seeing import ChangedMeanwhile, Unseen
from store.board import (
    LIMIT_OF_WORDS,
    PAGE,
    BoardFilter,
    BoardOrder,
    Picked,
    When,
    board,
    board_units,
    people_to_ask,
    picked_tasks,
)
from store.board_numbers import board_numbers
from store.office import items_of

router = APIRouter(route_class=Guarded)
MOST_IN_FILES = 10_000
"""Rows of a file; more are got with a narrower filter."""
PICK, SEEN, NUMBERS = "pick-", "seen-", range(1, 400)
FIELD_OF: Mapping[ActName, str] = {"extend": "day", "snooze": "day", "reassign": "person", "send_back": "item"}
"""Where what is refused about an act is corrected; otherwise it is its reason."""
FIELDS = ("day", "person", "item", "reason")
WHENS: tuple[When, ...] = get_args(When)
ORDERS: tuple[BoardOrder, ...] = get_args(BoardOrder)
ACTS: tuple[ActName, ...] = get_args(ActName)


def filter_of(request: Request, asked: Mapping[str, str]) -> BoardFilter:
    """Which tasks an address asks for; what is no filter of ours is left out."""
    return BoardFilter(
        scope=staff_of(request).units("manager", "coordinator"),
        when=next((when for when in WHENS if when == asked.get("when")), "overdue"),
        kind=asked.get("kind", "") if asked.get("kind") in PROCESS_KINDS else "",
        process=asked.get("process", "").strip()[:LIMIT_OF_WORDS],
        unit=asked.get("unit", "")[:LIMIT_OF_WORDS],
        days=_number(asked.get("days")),
        level=_number(asked.get("level")),
        person=asked.get("person", "").strip()[:LIMIT_OF_WORDS],
    )


def _number(written: str | None) -> int:
    plain = written or ""
    return int(plain) if plain.isascii() and plain.isdecimal() and len(plain) < 4 and int(plain) in NUMBERS else 0  # noqa: PLR2004


def _order_of(asked: Mapping[str, str]) -> BoardOrder:
    return next((order for order in ORDERS if order == asked.get("sort")), "due")


def query_of(wanted: BoardFilter, order: BoardOrder, **changes: object) -> str:
    """The address of a board with this filter, from its `?` on; `changes`: what is to be different."""
    asked: dict[str, object] = {
        each.name: getattr(wanted, each.name) for each in fields(wanted) if each.name != "scope"
    }
    asked |= {"sort": order} | changes
    usual = {"when": "overdue", "sort": "due"}
    return urlencode({name: value for name, value in asked.items() if value and value != usual.get(name)})


@router.api_route("/board", methods=READ)
@allowed("manager", "coordinator")
async def show(request: Request) -> Response:
    """Open tasks that are overdue, due soon, or all of them."""
    return await _board(request, request.query_params)


async def _board(request: Request, asked: Mapping[str, str], faults: tuple[Fault, ...] = ()) -> Response:
    now, site = datetime.now(UTC), site_of(request)
    wanted, order = filter_of(request, asked), _order_of(asked)
    async with site.database.reading() as session:
        numbers = await board_numbers(session, wanted.scope, now)
        units = await board_units(session, wanted.scope)
        rows, following = await board(session, wanted, order=order, after=asked.get("after", ""), now=now)
    language, zone = language_of(request), ZoneInfo(site.settings.office_zone)
    return await page(
        request,
        "office_board.html",
        status=422 if faults else 200,
        rows=rows,
        wanted=wanted,
        order=order,
        numbers=numbers,
        units=units,
        kinds=[(code, translations(language, "pages").gettext(name)) for code, name in PROCESS_KINDS.items()],
        acts=ON_MANY,
        faults=faults,
        # One clock for all: to load each calendar would take a statement for each.
        clock=Clock({}, zone),
        today=now.astimezone(zone).date(),
        name_of=lambda detail: assignment_name(detail, language),
        query=lambda **changes: query_of(wanted, order, **changes),
        here=query_of(wanted, order, after=asked.get("after", "")),
        begun=bool(asked.get("after")),
        following=query_of(wanted, order, after=following) if following else "",
    )


@router.api_route("/board.{ending}", methods=READ)
@allowed("manager", "coordinator")
async def download(request: Request, ending: str) -> Response:
    """The same tasks as a file, from the first on."""
    if ending not in BOARD_FILES:
        raise HTTPException(404)
    now, site, asked = datetime.now(UTC), site_of(request), request.query_params
    wanted, order = filter_of(request, asked), _order_of(asked)
    async with site.database.reading() as session:
        rows, _ = await board(session, wanted, order=order, limit=MOST_IN_FILES, now=now)
    kind, make = BOARD_FILES[ending]
    local = now.astimezone(ZoneInfo(site.settings.office_zone))
    content = await run_in_threadpool(make, rows, language_of(request), local)
    name = f"focal-{wanted.when}-{local:%Y-%m-%d}.{ending}"
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an act on one task, or would come; `problems`: why nothing does. `events`: what others did since."""

    task: Picked
    outcome: Outcome | None = None
    problems: tuple[str, ...] = ()
    events: tuple[Unseen, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to do, as far as they have said it: `typed` is what stands in the form."""

    act: ActName
    tasks: list[Picked]
    typed: Mapping[str, str]
    back: str
    faults: list[Fault] = field(default_factory=list)

    @property
    def fields(self) -> dict[str, str]:
        """What stands in the form, field by field."""
        return {name: self.typed.get(name, "") for name in FIELDS}

    @property
    def address(self) -> str:
        """Where its form is sent, and read again in another language."""
        picks = [(f"{PICK}{task.reference}", "1") for task in self.tasks]
        more = [(name, self.typed[name]) for name in ("item",) if self.typed.get(name)]
        return "/board/act?" + urlencode([("act", self.act), *picks, *more, ("back", self.back)])

    @property
    def home(self) -> str:
        """Where it was begun."""
        return f"/tasks/{self.tasks[0].reference}" if self.of_task else f"/board?{self.back}"

    @property
    def of_task(self) -> bool:
        """Whether it was begun on the page of one task."""
        return self.back == "task"


@router.api_route("/board/act", methods=READ)
@allowed("manager", "coordinator")
async def begin(request: Request) -> Response:
    """What is to be done, to which tasks, and what has to be said for it; where that is nothing, what follows."""
    asked = request.query_params
    back = {name: value.replace("\0", "") for name, value in parse_qsl(asked.get("back", ""))}
    wish = await _wish(request, asked, back)
    if not wish.tasks:
        return await _board(request, back, (Fault("pick", "nothing_chosen"),))
    if wish.act == "remind":
        return await _previewed(request, wish, Order("remind"))
    return await _form(request, wish)


@router.post("/board/act")
@allowed("manager", "coordinator")
async def proceed(request: Request) -> Response:
    """Show what would happen, or have it happen."""
    typed = await read_fields(request)
    typed.pop("all", None)  # by now it is said which
    wish = await _wish(request, typed, {})
    if not wish.tasks:
        raise HTTPException(404)
    if typed.get("go") == "change":
        return await _form(request, wish)
    order = _order(request, wish)
    if wish.faults:
        return await _form(request, wish)
    if typed.get("go") != "confirm":
        return await _previewed(request, wish, order)
    seen = {task.reference: _seen(typed.get(f"{SEEN}{task.reference}")) for task in wish.tasks}
    return await _done(request, wish, [await _act(request, task, order, seen[task.reference]) for task in wish.tasks])


def _seen(written: str | None) -> int:
    return int(written) if written and written.isascii() and written.isdecimal() and len(written) < 19 else 0  # noqa: PLR2004


async def _wish(request: Request, typed: Mapping[str, str], back: Mapping[str, str]) -> Wish:
    """What somebody wants to do.

    Raises:
        HTTPException: 404, nothing like that can be done, or one of the tasks is not theirs to see.

    """
    act = next((act for act in ACTS if act == typed.get("act")), None)
    references = [name.removeprefix(PICK) for name in typed if name.startswith(PICK)]
    of_one = act not in ON_MANY or typed.get("back") == "task"
    if act is None or len(references) > PAGE or (of_one and len(references) != 1):
        raise HTTPException(404)
    staff = staff_of(request)
    async with site_of(request).database.reading() as session:
        if typed.get("all") == "1":
            now, place = datetime.now(UTC), back.get("after", "")
            rows, _ = await board(session, filter_of(request, back), order=_order_of(back), after=place, now=now)
            references = [row.task.reference for row in rows]
        tasks = await picked_tasks(session, references)
    if len(tasks) != len(references) or not all(
        staff.holds(task.unit_code, "manager", "coordinator") for task in tasks
    ):
        raise HTTPException(404)
    return Wish(act, tasks, typed, typed.get("back", ""))


def _order(request: Request, wish: Wish) -> Order:
    """What is to be done, in full; what is missing or cannot be read is told in the wish."""
    typed, faults, act = wish.typed, wish.faults, wish.act
    today = datetime.now(ZoneInfo(site_of(request).settings.office_zone)).date()
    until: date | None = None
    if act in {"extend", "snooze"}:
        until = day_in(typed, "day", today=today, faults=faults)
    if act == "reassign" and not typed.get("person"):
        faults.append(Fault("person", "person_missing"))
    if act == "send_back" and not typed.get("item"):
        faults.append(Fault("item", "item_missing"))
    missing = "" if act in {"remind", "reassign"} else "reason_missing"
    reason = words_in(typed, "reason", faults=faults, missing=missing)
    return Order(act, until, typed.get("person", ""), reason, typed.get("item", ""))


async def _act(request: Request, task: Picked, order: Order, seen: int | None, *, keep: bool = True) -> Result:
    """Do it to one task, in a transaction of its own; `keep` False: and take it back."""
    site, staff = site_of(request), staff_of(request)
    office = staff.holds(task.unit_code, "coordinator")
    try:
        async with site.database.transaction() as session:
            now = datetime.now(UTC)
            outcome = await act_on(
                session, site.settings, task.id, order, by=staff.code, office=office, seen=seen, now=now
            )
            if not keep:
                await session.rollback()
    except ChangedMeanwhile as changed:
        return Result(task, events=changed.events)
    except Refused as refused:
        return Result(task, problems=refused.problems)
    return Result(task, outcome)


async def _form(request: Request, wish: Wish, *, status: int = 0, events: tuple[Unseen, ...] = ()) -> Response:
    """The page on which it is said what is to be done. `events`: what somebody else did to the one task meanwhile."""
    people: list[tuple[str, str]] = []
    items: list[tuple[str, str]] = []
    language = language_of(request)
    async with site_of(request).database.reading() as session:
        if wish.act == "reassign":
            people = [(code, f"{name} · {unit}") for code, name, unit in await people_to_ask(session)]
        if wish.act == "send_back":
            rows = await items_of(session, wish.tasks[0].id)
            items = [(row.line.code, item_name(row.line, language)) for row in rows if row.line.answer]
        clock = await clock_of(request, session, {task.calendar_code for task in wish.tasks})
    return await page(
        request,
        "office_act.html",
        status=status or (422 if wish.faults else 200),
        wish=wish,
        typed=wish.fields,
        people=people,
        items=items,
        events=events,
        clock=clock,
    )


async def _previewed(request: Request, wish: Wish, order: Order) -> Response:
    results = tuple([await _act(request, task, order, None, keep=False) for task in wish.tasks])
    if not any(result.outcome for result in results):
        place = FIELD_OF.get(wish.act, "reason") if wish.act != "remind" else "main"
        problems = dict.fromkeys(problem for result in results for problem in result.problems)
        wish.faults.extend(refusal_faults(Refused(*problems), place))
        return await _form(request, wish)
    return await _told(request, wish, results, over=False)


async def _done(request: Request, wish: Wish, results: list[Result]) -> Response:
    """What was done and what was not; for one task from its own page, that page."""
    if wish.of_task:
        (result,) = results
        if result.outcome is not None:
            return go(wish.home, f"task_{wish.act}")
        wish.faults.extend(refusal_faults(Refused(*result.problems)))
        fresh = await _wish(request, wish.typed, {})
        fresh.faults.extend(wish.faults)
        return await _form(request, fresh, status=409, events=result.events)
    return await _told(request, wish, tuple(results), over=True)


async def _told(request: Request, wish: Wish, results: tuple[Result, ...], *, over: bool) -> Response:
    """What would happen to each task, or what happened."""
    letters = [letter for result in results if result.outcome for letter in result.outcome.letters]
    readers = dict.fromkeys(letter.reader or site_of(request).settings.coordinator_name for letter in letters)
    async with site_of(request).database.reading() as session:
        clock = await clock_of(request, session, {task.calendar_code for task in wish.tasks})
    undone = [result.task for result in results if result.outcome is None]
    return await page(
        request,
        "office_act_told.html",
        status=409 if over and len(undone) == len(results) else 200,
        wish=wish,
        typed=wish.fields,
        results=results,
        readers=list(readers),
        over=over,
        undone=undone,
        again=Wish(wish.act, undone, {}, wish.back).address if undone else "",
        clock=clock,
    )
