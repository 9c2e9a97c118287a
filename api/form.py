"""The form of a task as a page: its entries by axis and action, and what has to be corrected."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import attrgetter
from typing import Literal, NamedTuple
from uuid import UUID

from starlette.responses import Response

from api.sparkline import sparkline
from api.visits import Visit, with_typed
from models.contracts.answering import Entry, Form, Problem, Typed
from models.contracts.refusal import DecisionRefused
from models.policies.answers import DECIMAL_MARK, YES
from models.policies.questions import question_of
from operations.answering import read_form

Notice = Literal["", "changed", "closed"]


class Numbered(NamedTuple):
    """An entry with its place in the form, counted from 1, by which errors and people refer to it.

    0 for the only question of a form, which needs none.
    """

    number: int
    entry: Entry


class ActionPart(NamedTuple):
    """The entries of one action, side by side."""

    title: str
    entries: list[Numbered]


class AxisPart(NamedTuple):
    """The actions of one axis."""

    title: str
    actions: list[ActionPart]


def sections(shown: Form, whole: Form) -> list[AxisPart]:
    """The entries of `shown` by axis and action in the plan's order, numbered as in the whole form."""
    alone = len(whole.entries) == 1 and whole.entries[0].question != ""
    numbers = {entry.item_id: number for number, entry in enumerate(whole.entries, start=0 if alone else 1)}
    return [
        AxisPart(axis, [ActionPart(title, _numbered(entries, numbers)) for title, entries in _by_action(of_axis)])
        for axis, of_axis in groupby(shown.entries, attrgetter("axis_title"))
    ]


def _by_action(entries: Iterable[Entry]) -> Iterable[tuple[str, Iterable[Entry]]]:
    return groupby(entries, attrgetter("action_title"))


def _numbered(entries: Iterable[Entry], numbers: dict[UUID, int]) -> list[Numbered]:
    return [Numbered(numbers[entry.item_id], entry) for entry in entries]


def prefilled(entry: Entry, form: Form) -> str:
    """What stands in the field of a figure before anybody has typed there: what Focal counted itself, if it did.

    In digits, with the decimal mark of the language in which what is typed is read.
    """
    if entry.known is None or entry.typed != Typed() or entry.answer is not None:
        return ""
    return f"{entry.known.number.normalize():f}".replace(".", DECIMAL_MARK[form.holder.language])


def reasons_needed(form: Form) -> dict[UUID, list[str]]:
    """Of each choice, the options that have to be explained, as the page calls them."""
    found = {}
    for entry in form.entries:
        if entry.unit == "choice":
            options = question_of(form.holder.task_kind, entry.question).options
            explained = {option.key for option in options if option.reason}
            found[entry.item_id] = [label for key, label in entry.options if key in explained]
    return found


async def refused_page(visit: Visit, refusal: DecisionRefused, fields: Mapping[str, str]) -> Response:
    """Why a decision was not taken, what to do now, and what was typed, for whoever wants to copy it."""
    async with visit.site.database.reading() as session:
        form = await read_form(session, visit.holder, settings=visit.site.settings)
    form = with_typed(form, fields)
    left = [entry for entry in form.entries if entry.typed != Typed()]
    return visit.page("decision_refused.html", status=409, form=form, code=refusal.code, left=left, typed=fields)


def form_page(
    visit: Visit,
    form: Form,
    *,
    problems: tuple[Problem, ...] = (),
    nothing_entered: bool = False,
    notice: Notice = "",
    status: int = 200,
) -> Response:
    """The form with what is typed in it; once the collection is closed, what stands and what was not sent."""
    by_item = defaultdict(list)
    for problem in problems:
        by_item[problem.item_id].append(problem)
    saved = "saved" in visit.request.query_params and visit.request.method != "POST"
    return visit.page(
        "answer_form.html" if form.accepting else "answer_closed.html",
        status=status,
        form=form,
        sections=sections(form, form),
        problems=problems,
        problems_of=by_item,
        nothing_entered=nothing_entered,
        notice="saved" if saved else notice,
        saved_at=visit.calendar.local(form.saved_at) if form.saved_at else None,
        sent=sum(entry.answer is not None for entry in form.entries),
        total=sum(entry.required or entry.answer is not None for entry in form.entries),
        yes_words=YES,
        reasons_of=reasons_needed(form),
        sparkline=sparkline,
        posted=getattr(visit.request.state, "posted", {}),
        prefilled=lambda entry: prefilled(entry, form),
    )
