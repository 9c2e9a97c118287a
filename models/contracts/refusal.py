"""What is said when something cannot be done."""

from datetime import datetime
from typing import Literal

PersonFault = Literal["person_unknown", "same_person", "circle", "no_address", "own_wish"]
DayFault = Literal["day_not_later", "day_past", "day_after_closing"]


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
