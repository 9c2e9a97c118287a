"""What is said when something cannot be done."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal, Self

PersonFault = Literal["person_unknown", "same_person", "circle", "no_address", "own_wish", "own_work"]
DayFault = Literal["day_not_later", "day_past", "day_after_closing"]
DecisionFault = Literal["own_work", "changed_since", "decided_before", "over"]


class Said(str):
    """An English sentence that remembers what it was made of, so that a page can say it in the reader's language.

    `template` is the source of its translation, with `%(name)s` for each of its `values`; days are said in words.
    """

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, values: Mapping[str, object]) -> Self:
        """The sentence with its values in it."""
        plain = {name: day_said(value) if isinstance(value, date) else value for name, value in values.items()}
        self = super().__new__(cls, template % plain)
        self.template, self.values = template, values
        return self


def said(template: str, **values: object) -> Said:
    """A sentence of a refusal, found for translation by this name."""
    return Said(template, values)


def day_said(day: date) -> str:
    """`Monday 4 January 2027`."""
    return f"{day:%A} {day.day} {day:%B %Y}"


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault
    """The order cannot be carried out, nothing was changed. Each problem is a sentence that names the thing."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class TaskEnded(Refused):
    """The task is not open any more: somebody was faster, or its last day is over. Nothing was changed.

    `state`: answered, waived, expired, cancelled, or closed with its process. `at`: local, where it is known.
    `by`: the name of who answered.
    """

    def __init__(self, reference: str, state: str, at: datetime | None, by: str | None) -> None:
        when = f" at {at:%H:%M} on {at.day} {at:%B %Y}" if at else ""
        who = f" by {by}" if by else ""
        super().__init__(f"Task {reference} was already {state}{when}{who}; nothing was changed.")
        self.state, self.at, self.by = state, at, by


class PersonRefused(Refused):
    """A task cannot go to this person. `code` says why, for pages, which say it in the reader's language."""

    def __init__(self, code: PersonFault, problem: str) -> None:
        super().__init__(problem)
        self.code = code


class DayRefused(Refused):
    """A task cannot be due on this day. `code` says why, for pages, which say it in the reader's language."""

    def __init__(self, code: DayFault, problem: str) -> None:
        super().__init__(problem)
        self.code = code


class DecisionRefused(Refused):
    """A decision is not taken from this person, or not about this. `code` says why, for pages.

    `own_work`: they wrote what they would decide about. `changed_since`: what was asked about is not what it was; they
    are asked again. `decided_before`: it was decided already. `over`: what was asked about is over or called off, or
    does not concern their unit any more.
    """

    def __init__(self, code: DecisionFault, problem: str) -> None:
        super().__init__(problem)
        self.code = code
