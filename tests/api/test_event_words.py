"""Every change that is put on record has a name in the reader's language, and no name is for nothing."""

import ast
from collections.abc import Iterator
from functools import cache
from itertools import chain
from typing import get_args

from api.sentences import EVENTS
from mail.translation import ROOT
from models.policies.plan import StepKind

RECORDERS = {
    "record": (1, ""),
    "start_process": (3, ""),
    "settle": (2, "task."),
    "follow_up._record": (2, "task."),
    "visit_agenda._record": (2, "visit."),
    "incoming._record": (1, ""),
}
"""Functions that put something on record: where they are given the action, and what they write before it."""
WITHIN = {"action", "f'task.{action}'", "f'visit.{action}'"}
"""What those of them that end in `record` hand on."""
REPLIES = ("held", "not_read", "too_late", "refused", "pass_on_proposed")
COMPOSED = {
    "f'call.{state}'": ("call.dropped", "call.cancelled"),
    "f'call.{decision}'": ("call.watch", "call.ignore"),
    "f'matter.{state}'": ("matter.accepted", "matter.dismissed"),
    "f'visit.{visit.state}'": ("visit.received", "visit.called_off"),
    "f'task.reply_{decision}'": tuple(f"task.reply_{decision}" for decision in REPLIES),
    "told.step.kind": get_args(StepKind),
}
"""Actions that are put together where they are recorded, and all that come of it."""


@cache
def recorded() -> frozenset[str]:
    """Every action that an operation puts on record."""
    return frozenset(_recorded())


def _recorded() -> Iterator[str]:
    for path in sorted((ROOT / "operations").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
                continue
            place = RECORDERS.get(call.func.id) or RECORDERS.get(f"{path.stem}.{call.func.id}")
            if place is not None and ast.unparse(call.args[place[0]]) not in WITHIN:
                yield from (f"{place[1]}{action}" for action in actions(call.args[place[0]]))


def actions(given: ast.expr) -> tuple[str, ...]:
    """What an argument stands for; a KeyError where it is put together in a way that nobody told of above."""
    match given:
        case ast.Constant(value=str(action)):
            return (action,)
        case ast.IfExp(body=one, orelse=other):
            return (*actions(one), *actions(other))
        case _:
            return COMPOSED[ast.unparse(given)]


def test_every_event_has_a_name():
    assert sorted(recorded() - EVENTS.keys()) == []


def test_no_name_is_for_nothing():
    assert sorted(EVENTS.keys() - recorded()) == []


def test_everything_that_is_told_of_comes_up():
    asked = {*chain.from_iterable(COMPOSED.values())}
    written = recorded()
    assert {action for action in asked if not written & {action, f"task.{action}"}} == set()
