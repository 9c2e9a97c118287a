"""Receiving a delegation: what is prepared and by when, whether an agenda works, and how far a visit is. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import combinations
from types import MappingProxyType
from zoneinfo import ZoneInfo

from models.contracts.mail import VisitKind
from models.contracts.orders import Standing
from models.contracts.refusal import IsoDay, Said, said
from models.policies.calendar import Calendar

MORNING = time(9)
"""The local hour of what happens on the day before and on the day after."""
LONGEST_VISIT = 31
"""Days; a longer one is a slip of the pen."""
LAST_CALL = 5
"""So many working days before a visit the coordinator is told if nothing is confirmed."""
CORRECTIONS = 5
"""So many working days after the last report a delegation stays open, for reports to be corrected."""
URGENT = frozenset({"moved", "called_off"})
"""News for which a contact, who has to travel, is not kept waiting when little time is left."""
LITTLE_TIME = 2
"""Working days."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """Something to be prepared: how many working days it `takes`, how many before the first day it is `ready`."""

    key: str
    takes: int
    ready: int


_EVERY = (
    Preparation("briefing", takes=3, ready=2),
    Preparation("rooms", takes=2, ready=5),
    Preparation("transport", takes=2, ready=3),
    Preparation("needs", takes=1, ready=5),
)
PREPARATIONS: Mapping[VisitKind, tuple[Preparation, ...]] = MappingProxyType(
    {
        "institutional": (
            *_EVERY,
            Preparation("protocol", takes=5, ready=3),
            Preparation("interpreting", takes=5, ready=2),
            Preparation("press", takes=2, ready=1),
        ),
        "business": (
            *_EVERY,
            Preparation("companies", takes=10, ready=5),
            Preparation("investment_file", takes=8, ready=3),
            Preparation("interpreting", takes=5, ready=2),
        ),
        "study": (
            *_EVERY,
            Preparation("programme_materials", takes=5, ready=2),
            Preparation("methods", takes=5, ready=2),
        ),
        "diplomatic": (
            *_EVERY,
            Preparation("consulate", takes=3, ready=8),
            Preparation("protocol", takes=5, ready=3),
            Preparation("signing", takes=2, ready=1),
            Preparation("press", takes=2, ready=1),
        ),
        "municipal_association": (
            *_EVERY,
            Preparation("municipalities", takes=10, ready=5),
            Preparation("methods", takes=5, ready=2),
        ),
    }
)
"""What each kind of visit needs. What the preparations are called stands in `mail/question_words.py`."""


@dataclass(frozen=True, slots=True)
class PlannedPreparation:
    """A preparation counted backward from a visit; `needed` and `left` in working days, `left` at least 0."""

    key: str
    latest_start: date
    due_on: date
    needed: int
    left: int

    @property
    def short(self) -> bool:
        """Whether less time is left than it needs."""
        return self.left < self.needed


def plan_backward(kind: VisitKind, first_day: date, calendar: Calendar, today: date) -> tuple[PlannedPreparation, ...]:
    """What has to be prepared for a visit, the first due first. What is begun on the latest start is ready in time."""
    planned = []
    for preparation in PREPARATIONS[kind]:
        due_on = calendar.shift(first_day, -preparation.ready)
        planned.append(
            PlannedPreparation(
                key=preparation.key,
                latest_start=calendar.shift(due_on, -preparation.takes),
                due_on=due_on,
                needed=preparation.takes,
                left=max(calendar.working_days_between(today, due_on), 0),
            )
        )
    return tuple(sorted(planned, key=lambda each: (each.due_on, each.key)))


@dataclass(frozen=True, slots=True)
class PlannedSlot:
    """One hour of an agenda, local."""

    day: date
    start: time
    end: time
    place: str
    host: str
    theme: str

    @property
    def named(self) -> Said:
        """As a sentence names it."""
        return said(
            "“%(theme)s” (%(day)s, %(start)s–%(end)s)",
            theme=self.theme,
            day=IsoDay(self.day),
            start=f"{self.start:%H:%M}",
            end=f"{self.end:%H:%M}",
        )

    def meets(self, other: "PlannedSlot") -> bool:
        """Whether both are under way at some moment; one that begins when the other ends does not."""
        return self.day == other.day and self.start < other.end and other.start < self.end


def skipped_hours(slots: Sequence[PlannedSlot], zone: ZoneInfo) -> Iterator[str]:
    """Why some hours cannot be: on the night when clocks are put forward an hour is left out. Each a sentence."""
    for slot in slots:
        for hour in (slot.start, slot.end):
            shown = datetime.combine(slot.day, hour, zone)
            if shown.astimezone(UTC).astimezone(zone).time() != hour:
                yield said(
                    "%(slot)s: there is no %(hour)s on %(day)s, the clocks are put forward.",
                    slot=slot.named,
                    hour=f"{hour:%H:%M}",
                    day=IsoDay(slot.day),
                )


def agenda_problems(
    slots: Sequence[PlannedSlot], hosts: Mapping[str, str], first_day: date, last_day: date
) -> Iterator[str]:
    """Why an agenda cannot be held, each a sentence. `hosts`: the state of each host of the visit, by unit."""
    for slot in slots:
        if slot.end <= slot.start:
            yield said("%(slot)s ends before it begins.", slot=slot.named)
        if not first_day <= slot.day <= last_day:
            yield said(
                "%(slot)s lies outside the visit, which lasts from %(first_day)s to %(last_day)s.",
                slot=slot.named,
                first_day=IsoDay(first_day),
                last_day=IsoDay(last_day),
            )
    for unit in dict.fromkeys(slot.host for slot in slots):
        state = hosts.get(unit)
        if state is None or state == "removed":
            yield said("%(unit)s is no host of this visit: add it first.", unit=unit)
        elif state != "accepts":
            yield _not_accepting(unit, state)
    for one, other in combinations(slots, 2):
        if not one.meets(other):
            continue
        if one.host == other.host:
            yield said(
                "%(unit)s is to receive the delegation twice at the same time: %(one)s and %(other)s.",
                unit=one.host,
                one=one.named,
                other=other.named,
            )
        elif one.place.casefold() == other.place.casefold():
            yield said(
                "%(place)s is taken twice at the same time: %(one)s and %(other)s.",
                place=one.place,
                one=one.named,
                other=other.named,
            )


def _not_accepting(unit: str, state: str) -> Said:
    match state:
        case "asked":
            return said("%(unit)s has not said yet whether it can receive the delegation.", unit=unit)
        case "declines":
            return said("%(unit)s cannot receive the delegation.", unit=unit)
        case "other_days":
            return said("%(unit)s can receive the delegation on other days only.", unit=unit)
        case _:
            return said("%(unit)s has not answered whether it can receive the delegation.", unit=unit)


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """What the standing of a visit depends on. `hosts`: the states of those not removed.

    `agenda`: the number of the agenda that stands for these days and hosts, None for none; `decided`: whether
    somebody has decided about it, or had their time; `approved`: it is the approved one. `confirmed`: an agenda, this
    one or an earlier one, was sent out for these days. `reports`, `tasks`: how many are open; `reported_at`: when the
    last report came. `last_call`: see `last_call`. `revision` names days, hosts and agenda.
    """

    state: str
    first_day: date
    last_day: date
    revision: str
    hosts: tuple[str, ...]
    agenda: int | None
    decided: bool
    approved: bool
    confirmed: bool
    reports: int
    tasks: int
    reported_at: datetime | None = None
    last_call: datetime | None = None


def standing(facts: VisitFacts, calendar: Calendar, now: datetime) -> Standing:
    """How far a visit is. One that is over has reached all that comes before, whether it happened or not.

    On the day before, so has one that is confirmed: an agenda that may still take its place holds nobody up.
    """
    before, after = day_before(facts.first_day, calendar), day_after(facts.last_day, calendar)
    over, eve = now >= after, facts.confirmed and now >= before
    settled = corrected_by(facts.reported_at, calendar) if facts.reported_at else after
    milestones = {
        "hosts": facts.agenda is not None or "asked" not in facts.hosts,
        "agenda": facts.agenda is not None,
        "decision": facts.decided,
        "approval": facts.approved,
        "day before": eve,
        "day after": over,
        "reports": over and not facts.reports,
        "commitments": over and not facts.tasks and now >= settled,
    }
    early = {"hosts", "agenda", "decision", "approval", "day before"}
    last_call = None if facts.confirmed else facts.last_call
    return Standing(
        revision=facts.revision,
        ended=facts.state == "called_off",
        reached=tuple(name for name, reached in milestones.items() if reached or ((over or eve) and name in early)),
        next_at=min((at for at in (last_call, before, after, settled) if at and at > now), default=None),
    )


def day_before(first_day: date, calendar: Calendar) -> datetime:
    """When everybody is reminded: in the morning of the working day before."""
    return calendar.at(calendar.shift(first_day, -1), MORNING)


def day_after(last_day: date, calendar: Calendar) -> datetime:
    """When thanks are said and reports asked for: in the morning of the working day after."""
    return calendar.at(calendar.shift(last_day, 1), MORNING)


def last_call(first_day: date, calendar: Calendar, opened_at: datetime) -> datetime | None:
    """When the coordinator is told that nothing is confirmed; None for a delegation that was announced too late.

    A delegation that was announced later than that: on the day before.
    """
    calls = (calendar.at(calendar.shift(first_day, -LAST_CALL), MORNING), day_before(first_day, calendar))
    return next((call for call in calls if opened_at < call), None)


def corrected_by(reported_at: datetime, calendar: Calendar) -> datetime:
    """Until when a delegation stays open after its last report."""
    return calendar.end_of(calendar.shift(calendar.day(reported_at), CORRECTIONS))


def leaves_at(news: str, first_day: date, calendar: Calendar, now: datetime, *, to_contact: bool) -> datetime:
    """When news about a visit leave: when mail may leave, but at once if the visit would have begun by then.

    Nor does a contact who may be about to travel wait for what is `URGENT`.
    """
    allowed = calendar.sending_instant(now)
    short = calendar.working_days_between(calendar.day(now), first_day) <= LITTLE_TIME
    at_once = calendar.day(allowed) >= first_day or (to_contact and news in URGENT and short)
    return now if at_once else allowed


def days_problems(first_day: date, last_day: date, today: date, years: range) -> Iterator[str]:
    """Why a visit cannot be on some days, each a sentence."""
    if last_day < first_day:
        yield said(
            "The last day, %(last_day)s, comes before the first, %(first_day)s.",
            last_day=IsoDay(last_day),
            first_day=IsoDay(first_day),
        )
    elif (last_day - first_day).days >= LONGEST_VISIT:
        yield said(
            "A visit from %(first_day)s to %(last_day)s is longer than %(limit)s days.",
            first_day=IsoDay(first_day),
            last_day=IsoDay(last_day),
            limit=LONGEST_VISIT,
        )
    if first_day < today:
        yield said(
            "The visit would begin on %(first_day)s, and today is %(today)s.",
            first_day=IsoDay(first_day),
            today=IsoDay(today),
        )
    if last_day.year not in years:
        yield said(
            "Free days are known until %(year)s: %(last_day)s is too far away.",
            year=years[-1],
            last_day=IsoDay(last_day),
        )


def twice(codes: Iterable[str]) -> list[str]:
    """The codes that come more than once, each once."""
    count = Counter(codes)
    return [code for code, times in count.items() if times > 1]
