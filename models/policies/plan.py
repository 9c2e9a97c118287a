"""The plan of a task: what happens, when, and why then.

`plan` is the one place where a task's future is computed. The steps it gives are stored with their reason; the
follow-up fires them, pages and mails quote them, the rehearsal lists them. When a fact changes, it is computed again
from what is kept: what was carried out, and what somebody asked for by hand.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from models.policies.calendar import Calendar
from models.policies.task_policy import SPREAD_MINUTES, Escalation, TaskPolicy

StepKind = Literal["request", "reminder", "warning", "escalation", "expiry"]
BY_HAND = "by_hand"
"""The rule of a step that a person asked for: it stays when the plan is computed again."""


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
    """One step: on which day, at which instant (UTC), and the reason in data, to be told in any language.

    `number` counts the steps of a kind from 1; `level` is how far up the reporting line an escalation goes.
    """

    kind: StepKind
    number: int
    level: int
    on: date
    at: datetime
    reason: dict[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """A step that stays. `sent`: somebody got a mail from it; one that was merged or failed only keeps its number.

    `step.on` of what was carried out is the day on which it was, however late.
    """

    step: PlannedStep
    sent: bool = True


@dataclass(frozen=True, slots=True)
class Quiet:
    """From an instant to an instant (not included) no reminder, warning or escalation leaves."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Situation:
    """What a plan depends on beside the policy and the days.

    `spread` moves all mails of a set by the same part of an hour, so that a large collection does not send
    everything in one second while one set still wakes only once per step. `now`: nothing is planned before it.
    """

    spread: timedelta
    kept: tuple[Kept, ...] = ()
    quiet: tuple[Quiet, ...] = ()
    now: datetime | None = None


def spread_of(workflow_id: str) -> timedelta:
    """The part of an hour by which a set's mails are moved: the same for all its tasks, and always the same."""
    return timedelta(minutes=int.from_bytes(hashlib.sha256(workflow_id.encode()).digest()[:2]) % SPREAD_MINUTES)


def opening_instant(calendar: Calendar, now: datetime, policy: TaskPolicy, *, at_once: bool) -> datetime:
    """When requests leave: now, if a coordinator wants that; else at the policy's hour of a working day.

    Opened within the hours of sending but after the policy's hour, they leave right away.
    """
    if at_once:
        return now
    allowed = calendar.sending_instant(now)
    return max(allowed, calendar.at(calendar.day(allowed), policy.sends_at))


def unit_opening(calendar: Calendar, process_calendar: Calendar, opens_at: datetime, policy: TaskPolicy) -> datetime:
    """When the request to a unit leaves: with its process, or on the unit's own next day where that day is free there.

    A process that opened outside the hours of sending was meant to leave at once, everywhere.
    """
    at_once = process_calendar.sending_instant(opens_at) > opens_at
    leaves = at_once or calendar.sending_instant(opens_at) == opens_at
    return opens_at if leaves else opening_instant(calendar, opens_at, policy, at_once=False)


def task_days(policy: TaskPolicy, calendar: Calendar, *, opens_at: datetime, closes_at: datetime | None) -> TaskDays:
    """The days of a task whose request leaves at `opens_at`.

    `closes_at`: when its process closes, if that is already known; no task outlives its process, so its due day
    is drawn in when there is less time than the policy gives.
    """
    opens_on = calendar.day(opens_at)
    due_on = calendar.shift(opens_on, policy.due_after)
    return days_until(policy, calendar, opens_at=opens_at, due_on=due_on, closes_at=closes_at)


def days_until(
    policy: TaskPolicy, calendar: Calendar, *, opens_at: datetime, due_on: date, closes_at: datetime | None
) -> TaskDays:
    """The days of a task with a given due day; a day that is not worked rolls forward. See `task_days`.

    Drawn in by a close on a day that is not worked, it rolls back, but not before the opening.
    """
    due_on = calendar.working_day_from(due_on)
    closes_on = calendar.shift(due_on, policy.open_after_due)
    if closes_at is not None:
        closes_on = min(closes_on, calendar.day(closes_at - timedelta(microseconds=1)))
        if due_on > closes_on:
            last = closes_on if calendar.is_working(closes_on) else calendar.shift(closes_on, -1)
            due_on = max(last, calendar.day(opens_at))
    return TaskDays(
        opens_on=calendar.day(opens_at),
        opens_at=opens_at,
        due_on=due_on,
        due_at=calendar.end_of(due_on),
        closes_on=closes_on,
        closes_at=min(calendar.end_of(closes_on), closes_at or calendar.end_of(closes_on)),
    )


def first_plan(policy: TaskPolicy, days: TaskDays, calendar: Calendar, situation: Situation) -> tuple[PlannedStep, ...]:
    """The plan of a task that is made: its request, and all that follows."""
    request = PlannedStep("request", 1, 0, days.opens_on, days.opens_at, {"rule": "request"})
    asked = Situation(situation.spread, (Kept(request),), situation.quiet, situation.now)
    return (request, *plan(policy, days, calendar, asked))


def plan(policy: TaskPolicy, days: TaskDays, calendar: Calendar, situation: Situation) -> tuple[PlannedStep, ...]:
    """Every step still to come, in the order they fall, without those that are kept.

    Reminders that would fall on or before the day of asking, in the past, within the policy's gap of another mail
    that asks, or over its cap are left out. The first escalation never comes without its warning, and neither is
    lost: one whose day is over, or quiet, moves to the next day on which mail may leave, and keeps its distance
    from the one before. Whatever would fall on or after closing is left out; silence ends in the expiry.
    """
    return _Planner(policy, days, calendar, situation).steps()


@dataclass(frozen=True, slots=True)
class _Planner:
    """One computation: the arguments of `plan`, so that its parts need not hand them on."""

    policy: TaskPolicy
    days: TaskDays
    calendar: Calendar
    situation: Situation

    def steps(self) -> tuple[PlannedStep, ...]:
        wished = self._reminders()
        # Only a reminder that can leave counts towards an escalation after so many of them.
        warning, escalations = self._warned(self._spaced(wished, (), ()))
        reminders = self._spaced(wished, warning, escalations)
        expiry = PlannedStep(
            "expiry",
            self._numbered("expiry") + 1,
            0,
            self.days.closes_on,
            self.days.closes_at,
            {"rule": "expiry", "anchor": self.days.due_on.isoformat()},
        )
        steps = [*self._rows("reminder", reminders), *self._rows("warning", warning)]
        steps += self._rows("escalation", escalations)
        return tuple(sorted([*steps, expiry], key=_order))

    def _reminders(self) -> list["_Slot"]:
        """The reminders that the policy wishes for, those of the past and those that had their turn left out."""
        wished = [(-n, "reminder_before_due") for n in self.policy.reminders_before]
        wished += [(n, "reminder_after_due") for n in self.policy.reminders_after]
        slots = [
            slot for offset, rule in sorted(wished) if (slot := self._slot(self._due_plus(offset), rule, abs(offset)))
        ]
        # A pause moves a day of the past to its end: what left on that day does not leave again.
        gone = [_identity(kept.step.reason) for kept in self.situation.kept if kept.step.kind == "reminder"]
        return [
            slot
            for slot in slots
            if slot.on > self._asked_on
            and not self._is_past(slot.on)
            and _identity(slot.reason(self.days.due_on)) not in gone
        ]

    def _escalations(self, reminders: Sequence["_Slot"], earliest: date = date.min) -> list["_Slot"]:
        """Those not yet done for this due day, each no nearer to the one before than the policy has them."""
        due = self.days.due_on.isoformat()
        # Nobody is escalated who is still to be asked, because their request waits or the task was passed on.
        earliest = max(earliest, self.calendar.shift(self._asked_on, 1))
        done = [kept.step for kept in self._contacts("escalation") if kept.step.reason.get("anchor") == due]
        above = max((step.level for step in done), default=0)
        slots: list[_Slot] = []
        before = max((step.on for step in done), default=None)
        nominal_before: date | None = None
        for rule in self.policy.escalations:
            nominal, reason = self._escalation_day(rule, reminders)
            if rule.level > above:
                day = max(nominal, earliest)
                if before is not None and nominal_before is not None:
                    distance = max(self.calendar.working_days_between(nominal_before, nominal), 1)
                    day = max(day, self.calendar.shift(before, distance))
                slot = self._slot(self._open_day(day), *reason, level=rule.level)
                if slot is None:
                    break
                slots.append(slot)
                before = slot.on
            nominal_before = nominal
        return slots

    def _escalation_day(self, rule: Escalation, reminders: Sequence["_Slot"]) -> tuple[date, tuple[str, int]]:
        if rule.days is not None:
            return self._due_plus(rule.days), ("escalation", rule.days)
        on = sorted([kept.step.on for kept in self._contacts("reminder")] + [slot.on for slot in reminders])
        wanted = rule.reminders or 1
        anchor = on[min(wanted, len(on)) - 1] if on else self.days.due_on
        # Nobody is escalated before their day is over, however many reminders they have had.
        day = max(self.calendar.shift(anchor, rule.wait), self._due_plus(1))
        return day, ("escalation_after_reminders", wanted)

    def _warned(self, reminders: Sequence["_Slot"]) -> tuple[list["_Slot"], list["_Slot"]]:
        """The warning before the first escalation, and the escalations at their distance from it."""
        escalations = self._escalations(reminders)
        if not (self.policy.warning and escalations) or escalations[0].level > self.policy.escalations[0].level:
            return [], escalations
        first, due = escalations[0], self.days.due_on.isoformat()
        # Whoever was asked since, because the task was passed on, has not been warned.
        warned = [
            kept.step.on
            for kept in self._contacts("warning")
            if kept.step.reason.get("anchor") == due and kept.step.on > self._asked_on
        ]
        slots: list[_Slot] = []
        if not warned:
            day = self.calendar.shift(first.on, -self.policy.warning)
            day = self._spaced_day(max(day, self.calendar.shift(self._asked_on, self.policy.gap)))
            slot = self._slot(day, "warning", self.policy.warning)
            if slot is None:
                return [], []
            slots = [slot]
            warned = [slot.on]
        earliest = self.calendar.shift(max(warned), self.policy.warning)
        if earliest > first.on:
            escalations = self._escalations(reminders, earliest)
        return (slots, escalations) if escalations else ([], [])

    def _spaced_day(self, day: date) -> date:
        """The day, or the first after it, on which a mail that asks is not over, and keeps the gap, pauses counted."""
        asked = [kept.step.on for kept in self._asking()]
        while True:
            day = self._open_day(day)
            on = unquiet(self.policy, self.calendar, day, self.situation)
            near = [other for other in asked if self._apart(on, other) < self.policy.gap]
            if not near:
                return day
            day = self.calendar.shift(max(near), self.policy.gap)

    def _spaced(
        self, reminders: Sequence["_Slot"], warning: Sequence["_Slot"], escalations: Sequence["_Slot"]
    ) -> list["_Slot"]:
        """The reminders that keep the gap from all that the person gets about the task, within the cap."""
        fixed = [kept.step.on for kept in self._asking()]
        fixed += [kept.step.on for kept in self._contacts("escalation")]
        fixed += [slot.on for slot in (*warning, *escalations)]
        room = self.policy.cap - len(self._contacts("reminder"))
        taken: list[_Slot] = []
        for slot in reminders:
            others = [*fixed, *(other.on for other in taken)]
            if len(taken) < room and all(self._apart(slot.on, on) >= self.policy.gap for on in others):
                taken.append(slot)
        return taken

    def _apart(self, one: date, other: date) -> int:
        return abs(self.calendar.working_days_between(*sorted((one, other))))

    @property
    def _asked_on(self) -> date:
        return max((kept.step.on for kept in self._contacts("request")), default=self.days.opens_on)

    def _contacts(self, *kinds: StepKind) -> list[Kept]:
        return [kept for kept in self.situation.kept if kept.sent and kept.step.kind in kinds]

    def _asking(self) -> list[Kept]:
        return self._contacts("request", "reminder", "warning")

    def _numbered(self, kind: StepKind) -> int:
        return max((kept.step.number for kept in self.situation.kept if kept.step.kind == kind), default=0)

    def _rows(self, kind: StepKind, slots: Iterable["_Slot"]) -> list[PlannedStep]:
        first = self._numbered(kind) + 1
        return [
            PlannedStep(kind, number, slot.level, slot.on, self._at(slot.on), slot.reason(self.days.due_on))
            for number, slot in enumerate(slots, start=first)
        ]

    def _due_plus(self, working_days: int) -> date:
        """A day counted from the due day; the due day itself is worked, or it would have rolled forward."""
        return self.days.due_on if working_days == 0 else self.calendar.shift(self.days.due_on, working_days)

    def _at(self, day: date) -> datetime:
        return hour_of(self.policy, self.calendar, day, self.situation.spread)

    def _is_past(self, day: date) -> bool:
        return self.situation.now is not None and self._at(day) <= self.situation.now

    def _open_day(self, day: date) -> date:
        """The day, or the first one after it that is not over."""
        now = self.situation.now
        if now is None:
            return day
        return max(day, self.calendar.day(next_hour(self.policy, self.calendar, now, self.situation.spread)))

    def _slot(self, day: date, rule: str, working_days: int, level: int = 0) -> "_Slot | None":
        """A mail on a day, or on the first day after it on which mail may leave; None when that is after closing."""
        on = unquiet(self.policy, self.calendar, day, self.situation)
        if self._at(on) >= self.days.closes_at:
            return None
        first, last = sorted((on, self.days.due_on))
        return _Slot(on, rule, working_days, level, day if on != day else None, self.calendar.skipped(first, last))


@dataclass(frozen=True, slots=True)
class _Slot:
    on: date
    rule: str
    working_days: int
    level: int
    moved_from: date | None
    skipped: tuple[date, ...]

    def reason(self, due_on: date) -> dict[str, Any]:
        moved = {} if self.moved_from is None else {"moved_from": self.moved_from.isoformat()}
        return {
            "rule": self.rule,
            "working_days": self.working_days,
            "anchor": due_on.isoformat(),
            "skipped": [day.isoformat() for day in self.skipped],
            **moved,
        }


def hour_of(policy: TaskPolicy, calendar: Calendar, day: date, spread: timedelta) -> datetime:
    """The instant (UTC) at which a policy's mails leave on a day."""
    return calendar.at(day, (datetime.combine(day, policy.sends_at) + spread).time())


def next_hour(policy: TaskPolicy, calendar: Calendar, after: datetime, spread: timedelta) -> datetime:
    """The next time that a policy's mails may leave, after an instant; on a working day."""
    day = calendar.working_day_from(calendar.day(after))
    at = hour_of(policy, calendar, day, spread)
    return at if at > after else hour_of(policy, calendar, calendar.shift(day, 1), spread)


def unquiet(policy: TaskPolicy, calendar: Calendar, day: date, situation: Situation) -> date:
    """The day, or the first working day after it whose hour of sending lies in no quiet spell."""
    at = hour_of(policy, calendar, day, situation.spread)
    while (until := quiet_until(at, situation.quiet)) is not None:
        at = next_hour(policy, calendar, until - timedelta(microseconds=1), situation.spread)
    return calendar.day(at) if at != hour_of(policy, calendar, day, situation.spread) else day


def quiet_until(instant: datetime, quiet: Iterable[Quiet]) -> datetime | None:
    """The end of the quiet spells that hold at an instant; None when mail may leave."""
    return max((spell.until for spell in quiet if spell.since <= instant < spell.until), default=None)


def snooze(calendar: Calendar, since: datetime, until: date) -> Quiet:
    """A snooze as a quiet spell: until the day `until` begins."""
    return Quiet(since, calendar.at(until, time(0)))


def _identity(reason: dict[str, Any]) -> tuple[Any, ...]:
    """Which of the policy's reminders it is, for which due day."""
    return reason.get("rule"), reason.get("working_days"), reason.get("anchor")


def _order(step: PlannedStep) -> tuple[datetime, int]:
    return step.at, step.number
