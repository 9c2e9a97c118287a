"""What follows a proposal that was sent: when its result is asked for, what its agreement can say, its reports. Pure.

Days are calendar days; where somebody has to do something on one, the process's calendar says when that is.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import get_args

from dateutil.relativedelta import relativedelta

from models.contracts.answering import Reading
from models.contracts.call_follow_up import CallState, Pipeline
from models.contracts.problems import ProblemCode
from models.policies.call_follow_up import Clock, Owner, period_ends
from models.policies.questions import months_of

AGAIN = relativedelta(months=1)
"""After this time it is asked again for a result that nobody knew."""
GIVEN_UP = relativedelta(months=18)
"""So long after the day on which a result was to be known, nobody waits for it any more."""
SLACK = relativedelta(months=1)
"""By so much the reporting periods can be longer than the project: the last one ends with it."""
LATE_SIGNATURE = relativedelta(years=1)
"""So long after the end of a project its agreement may still be signed; more is a slip of the hand."""
LONGEST_PROJECT = relativedelta(years=10)
REFUSED = frozenset({"rejected", "not_invited"})
"""Results that end a call without a grant; they can be corrected until the next working day."""
FINAL = REFUSED | {"awarded"}
"""Results after which nothing is asked any more."""
UNKNOWN = "no result became known"
"""Why a call is closed as rejected of which nobody ever said how it ended."""
AGREEMENT = ("signed_on", "starts_on", "ends_on", "periods", "money_won")
"""What has to be known of an agreement before its project can be followed: questions of `grant_agreement`."""
REPORT = "periodic_report"
_REPORT_OF, _AGAIN = "report:", "#"


@dataclass(frozen=True, slots=True)
class Preparation:
    """One step to a grant agreement, done so many working days `before` the day of its signature."""

    key: str
    before: int
    owner: Owner


PREPARATIONS = (
    Preparation("declaration_of_honour", 20, "office"),
    Preparation("legal_validation", 20, "office"),
    Preparation("consortium_agreement", 10, "lead"),
    Preparation("budget_line", 5, "lead"),
)
"""What they are called stands in `mail/question_words.py`."""
WITH_OTHERS = "consortium_agreement"
"""The step of those who do not carry out a project alone."""


def asked_again_on(settled_on: date, first_on: date, reserve: Clock | None) -> date:
    """When a result is asked for again that was not known, or a place on the reserve list (`reserve`: its clock).

    `settled_on`: when the last question was answered, or its time was over. `first_on`: when it was first asked for.
    Never after the day on which it is given up.
    """
    again = settled_on + AGAIN if reserve is None else reserve.after(settled_on)
    return min(again, first_on + GIVEN_UP)


def agreement_problems(said: Mapping[str, Reading]) -> dict[str, ProblemCode]:
    """What in an agreement cannot be together, by question; nothing of what is missing.

    Raises:
        ValueError: a reading of a day holds no day.

    """
    days = {
        key: date.fromisoformat(str(said[key].words)) for key in ("signed_on", "starts_on", "ends_on") if key in said
    }
    starts_on, ends_on, signed_on = days.get("starts_on"), days.get("ends_on"), days.get("signed_on")
    problems: dict[str, ProblemCode] = {}
    if ends_on is None:
        return problems
    if starts_on is not None and ends_on < starts_on:
        problems["ends_on"] = "ends_before_starts"
    elif starts_on is not None and ends_on > starts_on + LONGEST_PROJECT:
        problems["ends_on"] = "project_too_long"
    elif signed_on is not None and ends_on + LATE_SIGNATURE < signed_on:
        problems["ends_on"] = "over_before_signed"
    elif starts_on is not None and not fits(starts_on, ends_on, _months(said)):
        problems["periods"] = "periods_too_long"
    return problems


def _months(said: Mapping[str, Reading]) -> tuple[int, ...]:
    return months_of(str(said["periods"].words)) if "periods" in said else ()


def fits(starts_on: date, ends_on: date, periods: Sequence[int]) -> bool:
    """Whether reporting periods (in months) are not longer than the project, but for the rest of a month."""
    return starts_on + relativedelta(months=sum(periods)) <= ends_on + SLACK + relativedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """One reporting period: its number, from 1, and its last day."""

    number: int
    last_day: date


def periods_of(starts_on: date, ends_on: date, months: Sequence[int]) -> tuple[Period, ...]:
    """The reporting periods of a project; one that lasts as long as it where none is known."""
    ends = period_ends(starts_on, ends_on, months or (1,))
    return tuple(Period(number, last_day) for number, last_day in enumerate(ends, start=1))


@dataclass(frozen=True, slots=True)
class AskedReport:
    """A task that asks, or asked, for the report of the period that ends on a day."""

    last_day: date
    state: str


def occasion_of(last_day: date, taken: Collection[str]) -> str:
    """The occasion of the task that asks for the report of the period that ends on a day.

    `taken`: the occasions of the reports there are; who is asked anew, after it was asked no more, gets one of its own.
    """
    occasion = f"{_REPORT_OF}{last_day.isoformat()}"
    again = sum(each.split(_AGAIN)[0] == occasion for each in taken)
    return f"{occasion}{_AGAIN}{again + 1}" if again else occasion


def report_of(occasion: str, state: str) -> AskedReport | None:
    """The report that an assignment with an occasion is about; None for another assignment."""
    if not occasion.startswith(_REPORT_OF):
        return None
    return AskedReport(date.fromisoformat(occasion.removeprefix(_REPORT_OF).split(_AGAIN)[0]), state)


def is_covered(last_day: date, reports: Sequence[AskedReport]) -> bool:
    """Whether nothing is to be asked of a period: its report was asked for, or another tells as much or more."""
    return any(
        (each.last_day == last_day and each.state != "cancelled")
        or (each.last_day > last_day and each.state == "answered")
        for each in reports
    )


@dataclass(frozen=True, slots=True)
class PursuitFacts:
    """What the numbers of all calls need of one. `sent`: a proposal was, of any stage."""

    state: str
    sent: bool
    result: str | None
    money_asked: Decimal | None
    money_won: Decimal | None


def pipeline(pursuits: Sequence[PursuitFacts]) -> Pipeline:
    """The numbers of some calls. A proposal is decided once its result is known, or its reserve list over."""
    sent = [each for each in pursuits if each.sent]
    won = [each for each in sent if each.result == "awarded"]
    lost = [
        each
        for each in sent
        if each.result in FINAL - {"awarded"} or (each.result == "reserve" and each.state == "rejected")
    ]
    decided = len(won) + len(lost)
    rate = Decimal(100 * len(won)) / decided if decided else None
    return Pipeline(
        states=tuple((state, sum(each.state == state for each in pursuits)) for state in get_args(CallState)),
        submitted=len(sent),
        decided=decided,
        won=len(won),
        money_asked=sum((each.money_asked or Decimal(0) for each in sent), Decimal(0)),
        money_won=sum((each.money_won or Decimal(0) for each in won), Decimal(0)),
        success_rate=None if rate is None else int(rate.quantize(Decimal(1), ROUND_HALF_UP)),
    )
