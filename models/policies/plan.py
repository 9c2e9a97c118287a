"""The plan of a task: what happens, when, and why then.

`plan` is the one place where a task's future is computed. The steps it gives are stored with their reason; the
follow-up fires them, pages and mails quote them.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from models.policies.calendar import Calendar

StepKind = Literal["request", "reminder", "escalation", "expiry"]


@dataclass(frozen=True, slots=True)
class TaskPolicy:
    """The rules of one kind of task, in working days; a task keeps the version it was opened with.

    `due_after`: from the opening day to the due day. `reminders_before`, `reminders_after`: distance from the due
    day. `escalations`: working days after the due day, one level of the reporting line each. `grace`: from the
    due day to the closing day, after which silence means that the task expires.
    """

    name: str
    version: int
    due_after: int
    reminders_before: tuple[int, ...]
    reminders_after: tuple[int, ...]
    escalations: tuple[int, ...]
    grace: int
    sends_at: time


INDICATOR_REQUEST = TaskPolicy(
    name="indicator_request",
    version=1,
    due_after=15,
    reminders_before=(5, 1),
    reminders_after=(2,),
    escalations=(4,),
    grace=10,
    sends_at=time(9),
)
FOCAL_POINT_NAMING = TaskPolicy(
    name="focal_point_naming",
    version=1,
    due_after=5,
    reminders_before=(1,),
    reminders_after=(2,),
    escalations=(4,),
    grace=20,
    sends_at=time(9),
)
POLICIES = {policy.name: policy for policy in (INDICATOR_REQUEST, FOCAL_POINT_NAMING)}


@dataclass(frozen=True, slots=True)
class TaskDays:
    """The days one task lives by. `opens_at` is when its request may leave, `closes_at` when silence ends it."""

    opens_on: date
    opens_at: datetime
    due_on: date
    due_at: datetime
    closes_on: date
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step: on which day, at which instant (UTC), and the reason in data, to be told in any language."""

    kind: StepKind
    level: int
    on: date
    at: datetime
    reason: dict[str, Any]


def task_days(policy: TaskPolicy, calendar: Calendar, *, opens_at: datetime, closes_at: datetime | None) -> TaskDays:
    """The days of a task whose request leaves at `opens_at`.

    `closes_at`: when its process closes, if that is already known; no task outlives its process, so its due day
    is drawn in when there is less time than the policy gives.
    """
    opens_on = calendar.day(opens_at)
    due_on = calendar.shift(opens_on, policy.due_after)
    closes_on = calendar.shift(due_on, policy.grace)
    if closes_at is not None:
        closes_on = min(closes_on, calendar.day(closes_at - timedelta(microseconds=1)))
        due_on = min(due_on, closes_on)
    return TaskDays(
        opens_on=opens_on,
        opens_at=opens_at,
        due_on=due_on,
        due_at=calendar.end_of(due_on),
        closes_on=closes_on,
        closes_at=min(calendar.end_of(closes_on), closes_at or calendar.end_of(closes_on)),
    )


def plan(policy: TaskPolicy, days: TaskDays, calendar: Calendar, *, spread: timedelta) -> tuple[PlannedStep, ...]:
    """Every step of a task, in the order they fall.

    `spread` moves all reminders and escalations of a set by the same part of an hour, so that a large collection
    does not send everything in one second while one set still wakes only once per step. Steps that would fall
    on or before the opening day, or on or after closing, are left out.
    """
    steps = [PlannedStep("request", 0, days.opens_on, days.opens_at, {"rule": "request"})]
    numbered = [(-n, "reminder_before_due") for n in policy.reminders_before]
    numbered += [(n, "reminder_after_due") for n in policy.reminders_after]
    reminders = [
        _step("reminder", level, rule, offset, days, policy, calendar, spread)
        for level, (offset, rule) in enumerate(sorted(numbered), start=1)
    ]
    escalations = [
        _step("escalation", level, "escalation", offset, days, policy, calendar, spread)
        for level, offset in enumerate(policy.escalations, start=1)
    ]
    steps += [
        step
        for step in (*reminders, *escalations)
        if step.on > days.opens_on and step.at > days.opens_at and step.at < days.closes_at
    ]
    reason = {"rule": "expiry", "anchor": days.due_on.isoformat()}
    steps.append(PlannedStep("expiry", 0, days.closes_on, days.closes_at, reason))
    return tuple(sorted(steps, key=lambda step: step.at))


def _step(
    kind: StepKind,
    level: int,
    rule: str,
    offset: int,
    days: TaskDays,
    policy: TaskPolicy,
    calendar: Calendar,
    spread: timedelta,
) -> PlannedStep:
    on = calendar.shift(days.due_on, offset)
    hour = (datetime.combine(on, policy.sends_at) + spread).time()
    first, last = sorted((on, days.due_on))
    reason = {
        "rule": rule,
        "working_days": abs(offset),
        "anchor": days.due_on.isoformat(),
        "skipped": [day.isoformat() for day in calendar.skipped(first, last)],
    }
    return PlannedStep(kind, level, on, calendar.at(on, hour), reason)
