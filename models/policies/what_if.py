"""A finished collection replayed under another policy: what would have been sent, and when people would have answered.

What is carried over from the record is how long each person took after the mail they answered to, in working hours
(8:00 to 18:00 of their unit's working days). Acts by hand (more time, delegations, pauses, an early close) are not
replayed, and whoever never answered does not answer.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from models.contracts.mail import TaskKind
from models.policies.asking import Asked
from models.policies.calendar import ONE_DAY, SENDING_BEGINS, SENDING_ENDS, Calendar
from models.policies.plan import StepKind
from models.policies.rehearsal import Contact, Rehearsal, Rehearsed, Reply, Setting, rehearse

ORDER: tuple[TaskKind, ...] = ("focal_point_naming", "indicator_request")
"""Heads name first; only then is it known when whoever they named is asked."""

Which = tuple[TaskKind, str]
Nth = tuple[StepKind, int]
FIRST: Nth = ("request", 1)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One task as it went: the mails about it in order, when it was answered (UTC), and whom a head named."""

    asked: Asked
    contacts: tuple[Contact, ...]
    answered_at: datetime | None
    named: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same people under two policies. `lost`: units whose answer would have come after the close."""

    actual: Rehearsal
    other: Rehearsal
    saved: dict[str, int]
    """Mails fewer than under the actual policy, by the name of the mail; negative where there are more."""
    gained: tuple[int, ...]
    """Working days by which each answer that comes under both is earlier; negative where it is later."""
    avoided: tuple[str, ...]
    """Units of which nobody would have been told, while somebody was."""
    added: tuple[str, ...]
    lost: tuple[str, ...]

    @property
    def median_gained(self) -> float:
        """The median of the working days gained; 0 where nobody answered."""
        return median(self.gained) if self.gained else 0


def compare(actual: Rehearsal, other: Rehearsal) -> Comparison:
    """Hold two replays of one collection against each other."""
    before = Counter(mail.name for mail in actual.mails)
    after = Counter(mail.name for mail in other.mails)
    others = {_which(story.task): story for story in other.stories}
    gained, avoided, added, lost = [], [], [], []
    for story in actual.stories:
        unit, calendar = story.task.asked.unit_code, story.task.calendar
        twin = others.get(_which(story.task))
        if story.escalated and not (twin and twin.escalated):
            avoided.append(unit)
        if twin and twin.escalated and not story.escalated:
            added.append(unit)
        if story.answered_at is not None and twin and twin.answered_at is not None:
            days = calendar.day(twin.answered_at), calendar.day(story.answered_at)
            gained.append(calendar.working_days_between(*days))
        elif story.answered_at is not None:
            lost.append(unit)
    return Comparison(
        actual,
        other,
        saved={name: before[name] - after[name] for name in sorted(before | after)},
        gained=tuple(gained),
        avoided=tuple(avoided),
        added=tuple(added),
        lost=tuple(lost),
    )


def replay(recorded: Sequence[Recorded], setting: Setting, opens_at: datetime) -> Rehearsal:
    """Let a finished collection pass again by the policies of a setting; `recorded` stands in the order of its sets.

    Each answer comes as long after the mail it followed as it did. Where the policy has no such mail (no third
    reminder, no warning), it comes as long after the last one before it that there is.
    """
    naming = {each.asked.unit_code for each in recorded if each.asked.kind == "focal_point_naming"}
    # Whoever was named is asked when the replay comes to it.
    asked = [
        each.asked for each in recorded if each.asked.kind == "focal_point_naming" or each.asked.unit_code not in naming
    ]
    replies: dict[Which, tuple[Nth, timedelta, str | None]] = {}

    def answers(task: Rehearsed, contact: Contact) -> Reply | None:
        nth, delay, name = replies.get(_which(task), (None, timedelta(0), None))
        if nth != (contact.kind, contact.nth):
            return None
        return Reply(worked_later(task.calendar, contact.at, delay), name)

    for kind in ORDER:
        silent = rehearse(setting, asked, opens_at, answers)
        there = {_which(story.task): {(each.kind, each.nth) for each in story.contacts} for story in silent.stories}
        for each in recorded:
            which = (each.asked.kind, each.asked.unit_code)
            if each.asked.kind == kind and each.answered_at is not None and which in there:
                before = [contact for contact in each.contacts if contact.at <= each.answered_at]
                nth = next((nth for nth in map(_nth, reversed(before)) if nth in there[which]), FIRST)
                since = before[-1].at if before else each.answered_at
                delay = worked(setting.calendars[each.asked.unit_code], since, each.answered_at)
                replies[which] = (nth, delay, each.named)
    return rehearse(setting, asked, opens_at, answers)


def _which(task: Rehearsed) -> Which:
    return task.asked.kind, task.asked.unit_code


def _nth(contact: Contact) -> Nth:
    return contact.kind, contact.nth


def worked(calendar: Calendar, since: datetime, until: datetime) -> timedelta:
    """The working hours between two instants: from 8:00 to 18:00 of working days."""
    day, last, length = calendar.day(since), calendar.day(until), timedelta(0)
    while day <= last:
        if calendar.is_working(day):
            begins, ends = calendar.at(day, SENDING_BEGINS), calendar.at(day, SENDING_ENDS)
            length += max(min(ends, until) - max(begins, since), timedelta(0))
        day += ONE_DAY
    return length


def worked_later(calendar: Calendar, since: datetime, length: timedelta) -> datetime:
    """The instant (UTC) by which so many working hours have passed since another one."""
    day = calendar.day(since)
    while True:
        if calendar.is_working(day):
            begins, ends = max(calendar.at(day, SENDING_BEGINS), since), calendar.at(day, SENDING_ENDS)
            if length <= ends - begins:
                return begins + length
            length -= max(ends - begins, timedelta(0))
        day += ONE_DAY
