"""What is said when something cannot be done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Self

PersonFault = Literal["person_unknown", "same_person", "circle", "no_address", "own_wish", "own_work"]
DayFault = Literal["day_not_later", "day_past", "day_after_closing"]
DecisionFault = Literal["own_work", "changed_since", "decided_before", "over"]


@dataclass(frozen=True, slots=True)
class IsoDay:
    """A day that the English sentence writes in digits; other languages say it in words, as every day."""

    day: date

    def __str__(self) -> str:
        """`2027-01-04`."""
        return f"{self.day:%Y-%m-%d}"


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

    def __getnewargs__(self) -> tuple[str, Mapping[str, object]]:  # type: ignore[override]
        """What a copy is made of; a copy of a string knows its text alone."""
        return self.template, self.values


def said(template: str, **values: object) -> Said:
    """A sentence of a refusal, found for translation by this name."""
    return Said(template, values)


def all_said(sentences: Sequence[str], *, between: str = " ") -> Said:
    """Some sentences as one, each of them still known for what it is."""
    values = {f"n{number}": sentence for number, sentence in enumerate(sentences)}
    return Said(between.join(f"%({name})s" for name in values), values)


def day_said(day: date) -> str:
    """`Monday 4 January 2027`."""
    return f"{day:%A} {day.day} {day:%B %Y}"


WORDS: Mapping[str, Said] = {
    str(word): word
    for word in (
        said("accepted"),
        said("answered"),
        said("awarded"),
        said("cancelled"),
        said("candidate"),
        said("closed"),
        said("confirmed"),
        said("continue"),
        said("declined"),
        said("dismissed"),
        said("disowned"),
        said("dropped"),
        said("ended"),
        said("expired"),
        said("join"),
        said("leave"),
        said("leaving"),
        said("left"),
        said("member"),
        said("missed"),
        said("no"),
        said("optimise"),
        said("rejected"),
        said("undecided"),
        said("vouched"),
        said("waived"),
        said("watch"),
        said("watched"),
        said("not pursued"),
        said("choice unknown"),
        said("day unread"),
        said("empty"),
        said("ends before starts"),
        said("known differs"),
        said("line past"),
        said("line unread"),
        said("months unread"),
        said("negative"),
        said("not a number"),
        said("not whole"),
        said("number too large"),
        said("over before signed"),
        said("percent over 100"),
        said("periods too long"),
        said("project too long"),
        said("range given"),
        said("reason missing"),
        said("score out of range"),
        said("too long"),
        said("too many lines"),
        said("value missing"),
        said("value unwanted"),
        said("yes no missing"),
        said("header too long"),
        said("too deep"),
        said("too large"),
        said("too many parts"),
        said("too many recipients"),
    )
}
"""Codes that stand as words in a sentence: states, decisions, what is wrong with an answer or a mail."""


def word_said(code: str) -> str:
    """A code as a word in a sentence."""
    word = code.replace("_", " ")
    return WORDS.get(word, word)


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
        when = said(" at %(hour)s on %(day)s", hour=f"{at:%H:%M}", day=at.date()) if at else ""
        who = said(" by %(name)s", name=by) if by else ""
        super().__init__(
            said(
                "Task %(task)s was already %(state)s%(when)s%(who)s; nothing was changed.",
                task=reference,
                state=word_said(state),
                when=when,
                who=who,
            )
        )
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
