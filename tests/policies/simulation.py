"""A small city in memory that lives by the pure core alone: what the follow-up does to rows, done to lists.

Time goes from one planned step to the next; events come between. What left, and each plan that was made, is kept
to be looked at.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Literal
from uuid import UUID

from models.contracts.mail import TaskKind
from models.policies.calendar import Calendar
from models.policies.people import Absence, PersonFacts, Presence, UnitFacts, absences_on
from models.policies.plan import (
    BY_HAND,
    Kept,
    PlannedStep,
    Quiet,
    Situation,
    TaskDays,
    days_until,
    first_plan,
    opening_instant,
    plan,
    snooze,
    task_days,
)
from models.policies.task_policy import TaskPolicy
from models.policies.turn import REMINDING, Due, Ended, Held, Letter, Passed, Told, decide, reader_of

ASKING = REMINDING | {"request"}

Deed = Literal[
    "answer",
    "answer a part",
    "extend",
    "bring forward",
    "delegate",
    "pause",
    "resume",
    "snooze",
    "remind",
    "escalate",
]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that somebody does, `after` the opening; what `days` and `person` mean depends on the deed."""

    after: timedelta
    deed: Deed
    task: int = 0
    days: int = 1
    person: str = ""


@dataclass(frozen=True, slots=True)
class Errand:
    """A task to be made: of whom, by which rules, in which set."""

    kind: TaskKind
    unit: str
    person: str
    policy: TaskPolicy
    set: int = 0


@dataclass(frozen=True, slots=True)
class Outage:
    """From an instant to an instant (not included) nothing is fired, and whatever was due waits."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class City:
    """Everything that is given: who is where, what is asked, what happens."""

    calendar: Calendar
    units: Mapping[str, UnitFacts]
    persons: Mapping[str, PersonFacts]
    errands: Sequence[Errand]
    opened: datetime
    absences: Sequence[Absence] = ()
    events: Sequence[Event] = ()
    outages: Sequence[Outage] = ()
    lasts: int | None = None
    """The process closes at the end of this working day after the opening."""
    at_once: bool = False
    maximum: int = 3
    spreads: tuple[timedelta, ...] = (timedelta(0), timedelta(minutes=31))

    def presence(self, day: date) -> Presence:
        return Presence(self.persons, self.units, absences_on(self.absences, day))


@dataclass(slots=True, eq=False)
class Task:
    errand: Errand
    id: UUID
    days: TaskDays
    spread: timedelta
    person: str
    planned: list[PlannedStep]
    made_at: datetime
    """When its plan was last made."""
    kept: list[Kept] = field(default_factory=list)
    asked_on: list[date] = field(default_factory=list)
    quiet: list[Quiet] = field(default_factory=list)
    ended_at: datetime | None = None
    expired: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What one mail said of one task, as things stood then."""

    task: Task
    step: PlannedStep
    person: str
    due_at: datetime
    late: bool
    made_at: datetime

    @property
    def by_hand(self) -> bool:
        return bool(self.step.reason["rule"] == BY_HAND)

    @property
    def anchor(self) -> str | None:
        """The due day that the step was planned from."""
        return self.step.reason.get("anchor")

    @property
    def policy(self) -> TaskPolicy:
        return self.task.errand.policy


@dataclass(frozen=True, slots=True)
class Mail:
    at: datetime
    day: date
    reader: str | None
    about: tuple[Said, ...]
    copy_to: str | None

    @property
    def kinds(self) -> set[str]:
        return {said.step.kind for said in self.about}


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan as it was made: from what was kept, for which days."""

    task: Task
    now: datetime
    days: TaskDays
    kept: tuple[Kept, ...]
    standing: tuple[PlannedStep, ...]
    steps: tuple[PlannedStep, ...]
    quiet: tuple[Quiet, ...]


class Life:
    """The city's life until every task has ended."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.calendar = city.calendar
        self.mails: list[Mail] = []
        self.plans: list[Planned] = []
        self.left_due: list[tuple[datetime, Task]] = []
        self.pauses: list[Quiet] = []
        self.closes_at: datetime | None = None
        if city.lasts is not None:
            last = self.calendar.shift(self.calendar.day(city.opened), city.lasts)
            self.closes_at = self.calendar.end_of(last)
        self.tasks = [self._made(errand, number) for number, errand in enumerate(city.errands)]
        self._live()

    def about(self, task: Task) -> list[tuple[Mail, Said]]:
        """All that was said of a task, in order."""
        return [(mail, said) for mail in self.mails for said in mail.about if said.task is task]

    def _made(self, errand: Errand, number: int) -> Task:
        city, policy = self.city, errand.policy
        opens_at = opening_instant(self.calendar, city.opened, policy, at_once=city.at_once)
        days = task_days(policy, self.calendar, opens_at=opens_at, closes_at=self.closes_at)
        spread = city.spreads[errand.set]
        steps = first_plan(policy, days, self.calendar, Situation(spread))
        return Task(errand, UUID(int=number), days, spread, errand.person, list(steps), city.opened)

    def _live(self) -> None:
        events = sorted(self.city.events, key=lambda event: event.after)
        for event in events:
            happens = self.city.opened + event.after
            self._turns_until(happens)
            self._happen(event, happens)
        self._turns_until(None)

    def _turns_until(self, end: datetime | None) -> None:
        """Fire all that falls before an instant; who does something at the instant of a step comes first."""
        while (turn := self._next_turn()) is not None and (end is None or turn[0] < end):
            self._turn(*turn)

    def _next_turn(self) -> tuple[datetime, int] | None:
        open_steps = (
            (self._after_outages(step.at), task.errand.set)
            for task in self.tasks
            if task.ended_at is None
            for step in task.planned
        )
        return min(open_steps, default=None)

    def _after_outages(self, instant: datetime) -> datetime:
        for outage in sorted(self.city.outages, key=lambda outage: outage.since):
            if outage.since <= instant < outage.until:
                instant = outage.until
        return instant

    def _turn(self, now: datetime, of_set: int) -> None:
        day = self.calendar.day(now)
        presence = self.city.presence(day)
        running = [task for task in self.tasks if task.ended_at is None]
        own = [self._due(task, now) for task in running if task.errand.set == of_set]
        own = [one for one in own if one.steps]
        reminding = [one for one in own if any(step.kind in REMINDING for step in one.steps)]
        readers = {reader_of(one, presence) for one in reminding}
        hour_ends = self.calendar.hour_around(now)[1] - timedelta(microseconds=1)
        taken = {one.task_id for one in own}
        others = [self._due(task, hour_ends, companion=True) for task in running if task.id not in taken]
        others = [
            one
            for one in others
            if any(step.kind in REMINDING for step in one.steps) and reader_of(one, presence) in readers
        ]
        decisions = decide(
            [*own, *others], presence, now=now, sent_today=self._asked_today(day), maximum=self.city.maximum
        )
        for decision in decisions:
            match decision:
                case Letter():
                    self._send(decision, now, day)
                case Ended(about=told):
                    task = self.tasks[told.task_id.int]
                    self._end(task, now)
                    task.expired = True
                case Held(task_id=task_id):
                    self._hold(self.tasks[task_id.int], decision, now)
                case Passed(task_id=task_id):
                    task = self.tasks[task_id.int]
                    self._carry_out(task, None, now)
                    self._replan(task, now)
        self.left_due += [
            (now, task)
            for task in running
            if task.errand.set == of_set and task.ended_at is None and any(step.at <= now for step in task.planned)
        ]

    def _due(self, task: Task, until: datetime, *, companion: bool = False) -> Due:
        return Due(
            task_id=task.id,
            kind=task.errand.kind,
            unit_code=task.errand.unit,
            assignee_code=task.person,
            policy=task.errand.policy,
            calendar=self.calendar,
            steps=tuple(step for step in task.planned if step.at <= until),
            asked_on=tuple(task.asked_on),
            quiet=(*task.quiet, *self.pauses),
            spread=task.spread,
            companion=companion,
        )

    def _asked_today(self, day: date) -> Counter[str]:
        return Counter(mail.reader for mail in self.mails if mail.day == day and mail.reader and mail.kinds & ASKING)

    def _send(self, letter: Letter, now: datetime, day: date) -> None:
        about = tuple(self._said(told) for told in letter.about)
        self.mails.append(Mail(now, day, letter.reader, about, letter.copy_to))
        for told in letter.about:
            task = self.tasks[told.task_id.int]
            merged = self._carry_out(task, told.step, now)
            if told.step.kind in ASKING:
                task.asked_on.append(day)
            if told.late or merged:
                self._replan(task, now)

    def _said(self, told: Told) -> Said:
        task = self.tasks[told.task_id.int]
        return Said(task, told.step, task.person, task.days.due_at, told.late, task.made_at)

    def _carry_out(self, task: Task, done: PlannedStep | None, now: datetime) -> bool:
        """Keep what is done, on the day it was done, and what was due with it; tells whether there was any."""
        merged = [step for step in task.planned if step.at <= now and step is not done]
        if done is not None:
            task.kept.append(Kept(replace(done, on=self.calendar.day(now))))
        task.kept += [Kept(step, sent=False) for step in merged]
        task.planned = [step for step in task.planned if step is not done and step not in merged]
        return bool(merged)

    def _hold(self, task: Task, held: Held, now: datetime) -> None:
        on = self.calendar.day(held.until)
        waits = [step for step in task.planned if step.at <= now]
        moved = [replace(step, at=held.until, on=on, reason={**step.reason, "held": held.why}) for step in waits]
        task.planned = [*moved, *(step for step in task.planned if step.at > now)]
        if any(step.kind == "request" for step in waits):
            self._replan(task, now)

    def _end(self, task: Task, now: datetime) -> None:
        task.ended_at = now
        task.planned = []

    def _replan(self, task: Task, now: datetime) -> None:
        standing = [step for step in task.planned if _stays(step)]
        kept = (*task.kept, *(Kept(step) for step in standing))
        quiet = (*task.quiet, *self.pauses)
        steps = plan(task.errand.policy, task.days, self.calendar, Situation(task.spread, kept, quiet, now))
        task.planned, task.made_at = [*standing, *steps], now
        self.plans.append(Planned(task, now, task.days, kept, tuple(standing), steps, quiet))

    def _happen(self, event: Event, now: datetime) -> None:
        today = self.calendar.day(now)
        match event.deed:
            case "pause":
                self.pauses.append(Quiet(now, self.calendar.at(today + timedelta(days=event.days), time(0))))
            case "resume":
                self.pauses = [replace(pause, until=min(pause.until, now)) for pause in self.pauses]
                self.pauses = [pause for pause in self.pauses if pause.since < pause.until]
            case _:
                task = self.tasks[event.task % len(self.tasks)]
                if task.ended_at is None:
                    self._do(event, task, now, today)
                return
        for task in self.tasks:
            if task.ended_at is None:
                self._replan(task, now)

    def _do(self, event: Event, task: Task, now: datetime, today: date) -> None:
        match event.deed:
            case "answer":
                return self._end(task, now)
            case "answer a part":
                return None
            case "extend":
                self._move_due(task, self.calendar.shift(max(task.days.due_on, today), event.days))
            case "bring forward":
                self._move_due(task, min(task.days.due_on, self.calendar.shift(today, event.days)))
            case "delegate":
                if event.person == task.person:
                    return None
                task.person = event.person
                if not any(step.kind == "request" for step in task.planned):
                    self._add(task, "request", 0, "handed_over", now)
            case "snooze":
                task.quiet.append(snooze(self.calendar, now, today + timedelta(days=event.days)))
            case "remind":
                self._add(task, "reminder", 0, BY_HAND, now)
            case "escalate":
                anchor = task.days.due_on.isoformat()
                done = [
                    kept.step.level
                    for kept in task.kept
                    if kept.sent and kept.step.kind == "escalation" and kept.step.reason["anchor"] == anchor
                ]
                self._add(task, "escalation", max(done, default=0) + 1, BY_HAND, now)
        return self._replan(task, now)

    def _move_due(self, task: Task, due_on: date) -> None:
        task.days = days_until(
            task.errand.policy, self.calendar, opens_at=task.days.opens_at, due_on=due_on, closes_at=self.closes_at
        )

    def _add(
        self, task: Task, kind: Literal["request", "reminder", "escalation"], level: int, rule: str, now: datetime
    ) -> None:
        at = self.calendar.sending_instant(now)
        staying = [*(kept.step for kept in task.kept), *(step for step in task.planned if _stays(step))]
        number = max((step.number for step in staying if step.kind == kind), default=0) + 1
        reason = {"rule": rule, "anchor": task.days.due_on.isoformat()}
        task.planned.append(PlannedStep(kind, number, level, self.calendar.day(at), at, reason))


def _stays(step: PlannedStep) -> bool:
    return step.kind == "request" or step.reason["rule"] == BY_HAND
