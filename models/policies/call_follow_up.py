"""Following a call: what a proposal needs and by when, when results and reports are due, how far it is. Pure.

Every day is one of the working calendar of the unit that has the step; a deadline is an instant, on the clock of its
programme's zone. Months are calendar months: five months after 30 September is 28 February.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from models.contracts.call_follow_up import CallState, Milestone
from models.contracts.orders import Standing
from models.policies.calendar import ONE_DAY, Calendar

MORNING = time(9)
"""The local hour of what happens on a day of the process's calendar."""
MARGIN = 2
"""Working days before the deadline on which a proposal is to be sent."""
MISSED_AFTER = 2
"""So many working days after the deadline it counts as missed, unless somebody says that the proposal was sent."""
YEARS_AFTER = (1, 3, 5)
"""Years after the end of a project, on which it is asked what is left of it."""
CORRECTIONS = 5
"""So many working days after the last answer a follow-up stays open, for answers to be corrected."""
CALLED_OFF: frozenset[CallState] = frozenset({"not_pursued", "dropped", "cancelled"})
SENT: frozenset[CallState] = frozenset({"submitted", "reserve", "awarded", "ended", "rejected", "missed"})
"""States in which the proposal of the stage was sent, or never will be."""
DECIDED: frozenset[CallState] = frozenset({"awarded", "ended", "rejected", "missed"})
WITHOUT_GRANT: frozenset[CallState] = frozenset({"rejected", "missed"})
Owner = Literal["lead", "office"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step to a proposal: how many working days it `takes`, and how many before the deadline it is `ready`."""

    key: str
    takes: int
    ready: int
    owner: Owner = "lead"


UPLOAD = Step("upload", takes=3, ready=MARGIN)
OUTLINE: tuple[Step, ...] = (Step("concept", takes=10, ready=10), Step("partners", takes=10, ready=5), UPLOAD)
"""Of the first of two stages, which asks for an outline only."""
WHOLE: tuple[Step, ...] = (
    Step("concept", takes=10, ready=40),
    Step("partners", takes=15, ready=30),
    Step("budget", takes=10, ready=25),
    Step("cofunding", takes=5, ready=20),
    Step("legal_report", takes=5, ready=15, owner="office"),
    Step("intervention_report", takes=5, ready=15, owner="office"),
    Step("council_approval", takes=10, ready=5, owner="office"),
    UPLOAD,
)
"""What they are called stands in `mail/question_words.py`. `upload` is a task of its own kind, `proposal_upload`."""
SECOND: tuple[Step, ...] = tuple(step for step in WHOLE if step.key != "concept")


def steps_of(stage: int) -> tuple[Step, ...]:
    """The steps to a proposal. `stage`: 1 or 2 of a call in two stages, 0 of another."""
    return {0: WHOLE, 1: OUTLINE, 2: SECOND}[stage]


def cutoff(day: date, hour: time, zone: str, calendar: Calendar) -> datetime:
    """The instant (UTC) of a deadline: `hour` of the clock of `zone` on `day`, by the calendar's own clock.

    A demonstration calendar, in which a day lasts seconds, has it at its own time.
    """
    shown = datetime.combine(day, hour, ZoneInfo(zone)).astimezone(calendar.zone)
    return calendar.at(shown.date(), shown.time())


def alarm_at(deadline: datetime, calendar: Calendar) -> datetime:
    """The same local hour of the day before a deadline: a working day or not."""
    shown = calendar.local(deadline)
    return calendar.at(shown.date() - ONE_DAY, shown.time())


def missed_at(deadline: datetime, calendar: Calendar) -> datetime:
    """When a proposal counts as missed of which nobody has said that it was sent."""
    return calendar.at(calendar.shift(calendar.local(deadline).date(), MISSED_AFTER), MORNING)


def plan_backward(
    stage: int, deadline: datetime, owners: Mapping[str, str], calendars: Mapping[str, Calendar], now: datetime
) -> tuple[Milestone, ...]:
    """What a proposal needs, the first due first. `owners`: the unit of each step by key; `calendars`: by unit.

    What is begun on the latest start is ready in time. The days are those on which the unit works: a deadline on a
    free day, or shortly after midnight of another zone's clock, is counted back from the unit's own local day.
    """
    planned = []
    for step in steps_of(stage):
        unit_code = owners[step.key]
        calendar = calendars[unit_code]
        today = calendar.day(now)
        due_on = calendar.shift(calendar.local(deadline).date(), -step.ready)
        latest_start = calendar.shift(due_on, -step.takes)
        planned.append(
            Milestone(
                key=step.key,
                unit_code=unit_code,
                latest_start=latest_start,
                due_on=due_on,
                needed=step.takes,
                left=max(calendar.working_days_between(today, due_on), 0),
                slack=calendar.working_days_between(today, latest_start),
            )
        )
    return tuple(sorted(planned, key=lambda each: (each.due_on, each.key)))


@dataclass(frozen=True, slots=True)
class Clock:
    """How long something takes: so many months or days. `certain`: read in the rule, by somebody."""

    amount: int
    unit: Literal["months", "days"]
    certain: bool

    def after(self, day: date) -> date:
        """The day so long after another."""
        if self.unit == "months":
            return day + relativedelta(months=self.amount)
        return day + ONE_DAY * self.amount


def period_ends(starts_on: date, ends_on: date, months: Sequence[int]) -> tuple[date, ...]:
    """The last day of each reporting period of a project; the last one ends with the project, whatever its length."""
    ends: list[date] = []
    passed = 0
    for length in months:
        passed += length
        last = starts_on + relativedelta(months=passed) - ONE_DAY
        if last >= ends_on:
            break
        ends.append(last)
    return (*ends[: len(months) - 1], ends_on)


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What the standing of a follow-up depends on.

    `revision` names the deadline aimed at and the units asked. `interest`: all units have answered or had their time.
    `deadline`: None while the call has none that can be trusted. `sent`: it was answered whether the proposal of this
    stage was sent, with yes or no. `ask_again_on`: the day on which the result is asked for (again), or on which the
    answer that there is no grant is acted upon. `signed`: the days of the project are known. `next_period`: the last
    day of the reporting period that is asked about next. `open_tasks`: of all kinds; `answered_at`: when the last
    answer came.
    """

    state: CallState
    revision: str
    interest: bool
    go: bool | None
    deadline: datetime | None
    sent: bool
    ask_again_on: date | None
    signed: bool
    ends_on: date | None
    next_period: date | None
    open_tasks: int
    answered_at: datetime | None
    unasked: bool = False
    """Nobody is there who could be asked for some step to the proposal: looked at again each working day."""


def standing(facts: CallFacts, calendar: Calendar, now: datetime) -> Standing:
    """How far a follow-up is. A deadline that is over has reached all that comes before, whether it happened or not."""
    if facts.state in CALLED_OFF:
        return Standing(revision=facts.revision, ended=True, reached=())
    past, deadline = facts.state in SENT or facts.sent, facts.deadline
    over = past or (deadline is not None and now >= deadline)
    decided = facts.state in DECIDED
    project = facts.state in {"awarded", "ended"}
    ended = decided and (not project or (facts.ends_on is not None and now >= _morning_after(facts.ends_on, calendar)))
    milestones = {
        "interest": over or facts.interest or facts.go is not None,
        "decision": over or facts.go is not None,
        "alarm": over or (deadline is not None and now >= alarm_at(deadline, calendar)),
        "deadline": over,
        "sent or missed": past or (deadline is not None and now >= missed_at(deadline, calendar)),
        "result": decided,
        "agreement": decided and (not project or facts.signed),
        "project end": ended,
        **{f"{years} years": ended and _passed(facts, years, calendar, now) for years in YEARS_AFTER},
        "everything settled": ended and _settled(facts, calendar, now),
    }
    reached = tuple(name for name, is_reached in milestones.items() if is_reached)
    moments = [moment for moment in _moments(facts, calendar) if moment > now]
    if facts.unasked and not over:
        moments.append(_morning_after(calendar.day(now), calendar))
    return Standing(revision=facts.revision, reached=reached, next_at=min(moments, default=None))


def _moments(facts: CallFacts, calendar: Calendar) -> list[datetime]:
    """When the clock brings something."""
    moments: list[datetime] = []
    if facts.deadline is not None and facts.state not in SENT and not facts.sent:
        moments += [
            alarm_at(facts.deadline, calendar),
            facts.deadline,
            missed_at(facts.deadline, calendar),
        ]
    if facts.ask_again_on is not None:
        moments.append(morning_of(facts.ask_again_on, calendar))
    if facts.next_period is not None:
        moments.append(_morning_after(facts.next_period, calendar))
    if facts.ends_on is not None:
        moments.append(_morning_after(facts.ends_on, calendar))
        moments += [_morning_after(years_after(facts.ends_on, years), calendar) for years in YEARS_AFTER]
    if facts.answered_at is not None:
        moments.append(_corrected_by(facts.answered_at, calendar))
    return moments


def morning_of(day: date, calendar: Calendar) -> datetime:
    """The morning of a day, or of the next one that is worked."""
    return calendar.at(calendar.working_day_from(day), MORNING)


def _morning_after(day: date, calendar: Calendar) -> datetime:
    return calendar.at(calendar.shift(day, 1), MORNING)


def years_after(day: date, years: int) -> date:
    """The same day some years later; 28 February for a leap day."""
    return day + relativedelta(years=years)


def _passed(facts: CallFacts, years: int, calendar: Calendar, now: datetime) -> bool:
    if facts.state in WITHOUT_GRANT or facts.ends_on is None:
        return True
    return now >= _morning_after(years_after(facts.ends_on, years), calendar)


def _corrected_by(answered_at: datetime, calendar: Calendar) -> datetime:
    return calendar.at(calendar.shift(calendar.day(answered_at), CORRECTIONS), MORNING)


def _settled(facts: CallFacts, calendar: Calendar, now: datetime) -> bool:
    return not facts.open_tasks and (facts.answered_at is None or now >= _corrected_by(facts.answered_at, calendar))
