"""The rules of a kind of task, as data: named, versioned, pinned when a task opens."""

from collections.abc import Iterator
from datetime import time
from itertools import pairwise
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_serializer, field_validator, model_validator

from models.contracts.refusal import said

SPREAD_MINUTES = 50
"""Within this part of an hour the mails of a large roster are spread, after the policy's hour."""


class Rules(BaseModel):
    """Frozen data; a name that is not known is an error, not a hint."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Escalation(Rules):
    """One step up: how far, and when. Either `days` after the due day, or `wait` days after the nth reminder.

    `level` counts heads up the reporting line from 1, passing over the person asked; all in working days.
    """

    level: int = Field(ge=1, le=9)
    days: int | None = Field(default=None, ge=1, le=250)
    reminders: int | None = Field(default=None, ge=1, le=20)
    wait: int = Field(default=0, ge=0, le=250)

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        if (self.days is None) == (self.reminders is None):
            raise ValueError("give either days (after the due day) or reminders (how many), not both and not neither")
        if self.days is not None and self.wait:
            raise ValueError("wait goes with reminders: days are counted from the due day already")
        return self


class TaskPolicy(Rules):
    """The rules of one kind of task, in working days; a task keeps the version it was opened with.

    `due_after`: from the opening day to the due day. `reminders_before`, `reminders_after`: distance from the due
    day. `gap`: fewest days between two mails that ask for the same thing. `cap`: most reminders in a task's
    life. `warning`: how long before the first escalation the person is told of it, beside the cap; 0 for none.
    `fallback`: code of the person who is told when the reporting line ends. `grace`: after the due day, an answer
    is still counted as timely. `late_window`: after the grace, answers are still taken. `returned`: time to mend
    what was sent back. `silence`: what the task becomes when its last day is over.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,62}$")
    version: int = Field(ge=1)
    due_after: int = Field(ge=1, le=500)
    reminders_before: tuple[int, ...] = ()
    reminders_after: tuple[int, ...] = ()
    gap: int = Field(default=1, ge=1, le=60)
    cap: int = Field(default=5, ge=1, le=20)
    warning: int = Field(default=0, ge=0, le=60)
    escalations: tuple[Escalation, ...] = ()
    fallback: str | None = None
    grace: int = Field(default=0, ge=0, le=250)
    late_window: int = Field(default=0, ge=0, le=500)
    returned: int = Field(default=3, ge=1, le=60)
    sends_at: time = time(9)
    silence: Literal["expired", "waived"] = "expired"

    @field_validator("sends_at")
    @classmethod
    def _local_minute(cls, value: time) -> time:
        # Unquoted, YAML reads 10:30 as a number; and an hour with a zone would not be the city's.
        if value.tzinfo is not None or value.second or value.microsecond:
            raise ValueError('write the local hour and minute, in quotes: "09:00"')
        return value

    @field_serializer("sends_at")
    def _hour(self, value: time) -> str:
        return value.strftime("%H:%M")

    @property
    def open_after_due(self) -> int:
        """Working days from the due day to the closing day."""
        return self.grace + self.late_window


def policy_problems(policy: TaskPolicy) -> Iterator[tuple[str, str]]:
    """What cannot work in a policy: the name of the rule to change, and the reason; nothing when it is sound."""
    end = policy.open_after_due
    for n in policy.reminders_before:
        if n < 0:
            yield (
                "reminders_before",
                said("a reminder %(n)s days before the due day falls after it: it is a reminder after", n=n),
            )
        elif n >= policy.due_after:
            yield (
                "reminders_before",
                said("a reminder %(n)s days before the due day falls on or before the opening day", n=n),
            )
    for n in policy.reminders_after:
        if n < 1:
            yield "reminders_after", said("a reminder %(n)s days after the due day is not after it", n=n)
        elif n > end:
            yield (
                "reminders_after",
                said(
                    "a reminder %(n)s days after the due day falls after the end, %(end)s days after it", n=n, end=end
                ),
            )
    yield from _escalation_problems(policy)
    yield from _gap_problems(policy)
    hour = policy.sends_at
    if not time(8) <= hour or (hour.hour * 60 + hour.minute + SPREAD_MINUTES) > 18 * 60:
        yield (
            "sends_at",
            said(
                "mail leaves between 08:00 and 18:00, spread over %(minutes)s minutes from %(hour)s",
                minutes=SPREAD_MINUTES,
                hour=f"{hour:%H:%M}",
            ),
        )


def _reminder_days(policy: TaskPolicy) -> list[int]:
    """The days of the reminders, counted from the due day."""
    return sorted([-n for n in policy.reminders_before] + list(policy.reminders_after))


def _escalation_days(policy: TaskPolicy) -> list[tuple[Escalation, int]]:
    """The escalations and their days, counted from the due day, when nothing comes between."""
    reminders = _reminder_days(policy)
    days = []
    for step in policy.escalations:
        if step.days is not None:
            days.append((step, step.days))
        elif step.reminders is not None and step.reminders <= len(reminders):
            days.append((step, max(reminders[step.reminders - 1] + step.wait, 1)))
    return days


def _escalation_problems(policy: TaskPolicy) -> Iterator[tuple[str, str]]:
    planned, days = len(_reminder_days(policy)), _escalation_days(policy)
    for step in policy.escalations:
        if step.reminders is not None and step.reminders > planned:
            yield (
                "escalations",
                said(
                    "an escalation waits for %(reminders)s reminders, but only %(planned)s are planned",
                    reminders=step.reminders,
                    planned=planned,
                ),
            )
    for _, n in days:
        if n > policy.open_after_due:
            yield "escalations", said("an escalation %(n)s days after the due day falls after the end", n=n)
    for one, other in pairwise(policy.escalations):
        if other.level <= one.level:
            yield (
                "escalations",
                said(
                    "level %(level)s comes after level %(before)s: levels go up the reporting line",
                    level=other.level,
                    before=one.level,
                ),
            )
    for (_, before), (other, n) in pairwise(days):
        if n <= before:
            yield (
                "escalations",
                said(
                    "level %(level)s falls %(n)s days after the due day, not after %(before)s",
                    level=other.level,
                    n=n,
                    before=before,
                ),
            )
    if policy.warning and not policy.escalations:
        yield "warning", said("there is a warning before the first escalation, but no escalation")
    if policy.warning and days:
        first, first_day = days[0]
        if policy.warning >= policy.due_after + first_day:
            yield (
                "warning",
                said(
                    "a warning %(warning)s days before the first escalation falls before the opening",
                    warning=policy.warning,
                ),
            )
        if first.reminders is not None and first.wait < policy.warning + policy.gap:
            room = said("the gap (%(gap)s) and the warning (%(warning)s)", gap=policy.gap, warning=policy.warning)
            yield (
                "escalations",
                said(
                    "wait is %(wait)s: after the last reminder there must be room for %(room)s",
                    wait=first.wait,
                    room=room,
                ),
            )


def _gap_problems(policy: TaskPolicy) -> Iterator[tuple[str, str]]:
    reminders = [policy.due_after + n for n in _reminder_days(policy)]
    told = [policy.due_after + n for _, n in _escalation_days(policy)]
    warning = [told[0] - policy.warning] if policy.warning and told else []
    pairs = list(pairwise(sorted([0, *reminders, *warning])))
    # A reminder that close to an escalation would always be left out: whoever is asked gets a copy of that.
    pairs += [(min(one, other), max(one, other)) for one in reminders for other in told]
    for one, other in pairs:
        if other - one < policy.gap:
            yield (
                "gap",
                said(
                    "mails on working days %(one)s and %(other)s after the opening are closer than the gap of %(gap)s",
                    one=one,
                    other=other,
                    gap=policy.gap,
                ),
            )
    if len(reminders) > policy.cap:
        yield (
            "cap",
            said("the cap is %(cap)s, but %(planned)s reminders are planned", cap=policy.cap, planned=len(reminders)),
        )
    length = policy.due_after + policy.open_after_due
    if policy.cap * policy.gap > length:
        fits = said(
            "a gap of %(gap)s leaves room for %(room)s in the %(length)s days of a task",
            gap=policy.gap,
            room=length // policy.gap,
            length=length,
        )
        yield "gap", said("the cap of %(cap)s cannot be reached: %(fits)s", cap=policy.cap, fits=fits)
