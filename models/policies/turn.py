"""One turn of a set of tasks: of all that is due at an instant, what is done, who gets it, and what has to wait.

The follow-up carries out what is decided here, and the rehearsal lists it, so that both always say the same.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from models.contracts.mail import TaskKind
from models.policies.calendar import Calendar
from models.policies.people import Away, Presence, Reached
from models.policies.plan import BY_HAND, PlannedStep, Quiet, next_hour, quiet_until
from models.policies.task_policy import TaskPolicy

LATE = timedelta(minutes=15)
"""A step that fires this long after its instant was held up: it says so, and keeps to the hours of sending."""
WEIGHT = {"expiry": 0, "request": 1, "warning": 3, "escalation": 4, "reminder": 5}
BY_HAND_WEIGHT = 2
MAILS = {
    "request": "task_request",
    "reminder": "task_reminder",
    "warning": "task_reminder",
    "escalation": "task_escalation",
}
REMINDING = frozenset({"reminder", "warning"})
DECISIONS: frozenset[TaskKind] = frozenset({"extension_decision"})
"""Kinds of tasks that others wait for: the personal maximum never delays them."""

Why = Literal["hours", "pause", "daily_maximum"]


@dataclass(frozen=True, slots=True)
class Due:
    """A task of which something is due, with all that decides what becomes of it.

    `asked_on`: the days on which its person was asked, reminded or warned. `companion`: nothing of it is due in
    this turn, but its reminder falls in the same hour and may leave with another.
    """

    task_id: UUID
    kind: TaskKind
    unit_code: str
    assignee_code: str
    policy: TaskPolicy
    calendar: Calendar
    steps: tuple[PlannedStep, ...]
    asked_on: tuple[date, ...] = ()
    quiet: tuple[Quiet, ...] = ()
    spread: timedelta = timedelta(0)
    companion: bool = False

    @property
    def order(self) -> tuple[datetime, str, str, str]:
        """The place of a task in its turn: by the instant, then by what it is."""
        return min(step.at for step in self.steps), self.unit_code, self.kind, self.assignee_code


@dataclass(frozen=True, slots=True)
class Told:
    """One step that is carried out for a task, and the absences through which it reached its reader.

    `late`: an outage held it up.
    """

    task_id: UUID
    step: PlannedStep
    late: bool
    path: tuple[Away, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail: of one step, or of several reminders and warnings that leave together.

    `reader` is a person's code; None is the coordinator. `copy_to`: who is told, in a mail of their own, that the
    reader was told of a delay; None for other mails, and where it would be the same person.
    """

    reader: str | None
    about: tuple[Told, ...]
    copy_to: str | None = None

    @property
    def mail(self) -> str:
        """The name of the mail in the registry."""
        return "task_reminders" if len(self.about) > 1 else MAILS[self.about[0].step.kind]


@dataclass(frozen=True, slots=True)
class Ended:
    """The last day of a task is over; nobody is written to."""

    about: Told


@dataclass(frozen=True, slots=True)
class Held:
    """All that is due of a task waits until an instant (UTC). Its steps keep `why` in their reason as `held`.

    Where a request has to wait, the plan is made anew, so that nothing overtakes it.
    """

    task_id: UUID
    until: datetime
    why: Why


@dataclass(frozen=True, slots=True)
class Passed:
    """A reminder that would come too soon after another mail that asks: it is passed over, and the plan made anew."""

    task_id: UUID


Decision = Letter | Ended | Held | Passed


def chosen(steps: Iterable[PlannedStep]) -> PlannedStep:
    """Of the steps of one task that are due together, the one that is carried out; the others are merged into it.

    Expiry outweighs all; who was never asked is first asked; who was not warned is warned before anybody is told;
    an escalation is not swallowed by a later reminder; else the latest stands for the earlier.
    """
    return min(steps, key=lambda step: (_weight(step), -step.number))


def _weight(step: PlannedStep) -> int:
    by_hand = step.kind == "escalation" and step.reason.get("rule") == BY_HAND
    return BY_HAND_WEIGHT if by_hand else WEIGHT[step.kind]


def decide(
    due: Sequence[Due], presence: Presence, *, now: datetime, sent_today: Mapping[str, int], maximum: int
) -> list[Decision]:
    """What becomes of all that is due at an instant.

    `sent_today`: how many mails that ask each person was sent that day. `maximum`: most of them a person gets a
    day; what is over it waits for the next working day, but never a warning, an escalation or a decision.
    """
    decisions: list[Decision] = []
    sent: Counter[str | None] = Counter(sent_today)
    together: dict[str | None, list[tuple[Due, Told]]] = defaultdict(list)
    for one in sorted(due, key=lambda one: (one.companion, one.order)):
        step = chosen(one.steps)
        late = now - step.at > LATE or step.reason.get("held") == "hours"
        waits = None if step.kind == "expiry" else _waits(one, step, now)
        if one.companion and (waits is not None or step.kind not in REMINDING):
            continue  # its own turn comes
        if step.kind == "expiry":
            decisions.append(Ended(Told(one.task_id, step, late)))
        elif waits is not None:
            decisions.append(waits)
        elif step.kind == "escalation":
            head = presence.told(one.unit_code, one.assignee_code, step.level, one.policy.fallback)
            told = Told(one.task_id, step, late, head.path)
            # Nobody is told of a delay behind the back of the person who was asked.
            decisions.append(Letter(head.person_code, (told,), copy_to=reader_of(one, presence)))
        else:
            to = _asked(one, presence)
            told = Told(one.task_id, step, late, to.path)
            if step.kind in REMINDING:
                together[to.person_code].append((one, told))
            elif one.kind not in DECISIONS and _has_enough(to.person_code, sent, maximum):
                decisions.append(_tomorrow(one, now))
            else:
                sent[to.person_code] += 1
                decisions.append(Letter(to.person_code, (told,)))
    for reader, group in together.items():
        own = [one for one, _ in group if not one.companion]
        urgent = any(told.step.kind == "warning" or one.kind in DECISIONS for one, told in group)
        if own and not urgent and _has_enough(reader, sent, maximum):
            decisions += [_tomorrow(one, now) for one in own]
        elif own:
            decisions.append(Letter(reader, tuple(told for _, told in group)))
    return decisions


def _has_enough(reader: str | None, sent: Mapping[str | None, int], maximum: int) -> bool:
    """Whether a person has had their mails of the day; the coordinator, who stands in for nobody, never has."""
    return reader is not None and sent[reader] >= maximum


def _asked(one: Due, presence: Presence) -> Reached:
    return presence.addressee(one.unit_code, one.assignee_code, one.policy.fallback)


def reader_of(one: Due, presence: Presence) -> str | None:
    """Who is asked for a task on a day; None is the coordinator."""
    return _asked(one, presence).person_code


def _waits(one: Due, step: PlannedStep, now: datetime) -> Held | Passed | None:
    """Why a due step is not carried out now, if it is not."""
    if (quiet_end := quiet_until(now, one.quiet)) is not None:
        at = next_hour(one.policy, one.calendar, quiet_end - timedelta(microseconds=1), one.spread)
        return Held(one.task_id, at, "pause")
    # Its day may have become a holiday since it was planned; a request may be wanted at once on any day.
    is_off = step.kind != "request" and one.calendar.sending_instant(step.at) > step.at
    if (now - step.at > LATE or is_off) and (allowed := one.calendar.sending_instant(now)) > now:
        return Held(one.task_id, allowed, "hours")
    if step.kind in REMINDING and one.asked_on:
        passed = one.calendar.working_days_between(max(one.asked_on), one.calendar.day(now))
        return Passed(one.task_id) if passed < one.policy.gap else None
    return None


def _tomorrow(one: Due, now: datetime) -> Held:
    end_of_day = one.calendar.end_of(one.calendar.day(now))
    at = next_hour(one.policy, one.calendar, end_of_day - timedelta(microseconds=1), one.spread)
    return Held(one.task_id, at, "daily_maximum")
