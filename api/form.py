"""The form of an indicator task as a page: its entries by axis and action, and what has to be corrected."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import Literal, NamedTuple
from uuid import UUID

from starlette.responses import Response

from api.visits import Visit
from models.contracts.answering import Entry, Form, Problem
from models.policies.answers import YES

Notice = Literal["", "changed", "closed"]


class Numbered(NamedTuple):
    """An entry with its place in the form, counted from 1, by which errors and people refer to it."""

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
    numbers = {entry.item_id: number for number, entry in enumerate(whole.entries, start=1)}
    return [
        AxisPart(axis, [ActionPart(title, _numbered(entries, numbers)) for title, entries in _by_action(of_axis)])
        for axis, of_axis in groupby(shown.entries, attrgetter("axis_title"))
    ]


def _by_action(entries: Iterable[Entry]) -> Iterable[tuple[str, Iterable[Entry]]]:
    return groupby(entries, attrgetter("action_title"))


def _numbered(entries: Iterable[Entry], numbers: dict[UUID, int]) -> list[Numbered]:
    return [Numbered(numbers[entry.item_id], entry) for entry in entries]


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
        yes_words=YES,
    )
