"""A collection rehearsed: every mail it would send, by the plan, the people and the answers that are assumed.

Time passes here as it does for the follow-up, on the same plans and through the same decisions; only nobody waits,
and nothing is sent.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import count
from uuid import UUID

from models.contracts.mail import TaskKind
from models.policies.asking import Asked
from models.policies.calendar import Calendar
from models.policies.indicator_collection import SET_SIZE
from models.policies.people import Away, Presence, absences_on
from models.policies.people_checks import People
from models.policies.plan import (
    BY_HAND,
    Kept,
    PlannedStep,
    Quiet,
    Situation,
    StepKind,
    TaskDays,
    first_plan,
    opening_instant,
    plan,
    spread_of,
    task_days,
    unit_opening,
)
from models.policies.task_policy import TaskPolicy
from models.policies.turn import REMINDING, Due, Ended, Held, Letter, Passed, decide

ASKING = frozenset({"task_request", "task_reminder", "task_reminders"})
"""The mails that a person's daily maximum counts."""
OF_ITS_OWN = ASKING | {"task_escalation", "task_escalation_copy", "collection_report"}
"""The mails that leave when their hour has come; a receipt leaves when the answer comes."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a collection is rehearsed with.

    `calendar` is that of the process, `calendars` those of the units by code. `maximum`: most mails that ask a
    person gets a day. `others`: open tasks of other processes, which go on beside and share mails with these.
    """

    reference: str
    calendar: Calendar
    calendars: Mapping[str, Calendar]
    policies: Mapping[TaskKind, TaskPolicy]
    people: People
    maximum: int
    quiet: tuple[Quiet, ...] = ()
    others: tuple["Standing", ...] = ()


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A task as it stands in a rehearsal; `workflow_id` is that of the follow-up whose set it belongs to."""

    reference: str
    workflow_id: str
    asked: Asked
    policy: TaskPolicy
    calendar: Calendar
    days: TaskDays
    quiet: tuple[Quiet, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """A task of another process that is open: what is planned, what was carried out, on which days it was asked."""

    task: Rehearsed
    planned: tuple[PlannedStep, ...]
    kept: tuple[Kept, ...]
    asked_on: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Contact:
    """A mail about a task: the nth of its kind, when (UTC) and to whom; `reader` None is the coordinator.

    `ahead`: the kinds of steps that are still planned after it.
    """

    kind: StepKind
    nth: int
    at: datetime
    reader: str | None
    ahead: tuple[StepKind, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: when (UTC) and, for a naming, whom it names."""

    at: datetime
    named: str | None = None


Answers = Callable[[Rehearsed, Contact], Reply | None]
"""The answer that a mail leads to, if any; where one is still to come, the one that was said last counts."""


@dataclass(frozen=True, slots=True)
class About:
    """What a mail says of one task. `step` is None where the mail follows an answer."""

    task: Rehearsed
    step: PlannedStep | None = None
    late: bool = False
    path: tuple[Away, ...] = ()


@dataclass(frozen=True, slots=True)
class RehearsedMail:
    """One mail: when (UTC), its name in the registry, who reads it (None is the coordinator), of which tasks."""

    at: datetime
    name: str
    reader: str | None
    calendar: Calendar
    about: tuple[About, ...] = ()

    @property
    def local(self) -> datetime:
        """When it leaves, by the local clock."""
        return self.calendar.local(self.at)

    @property
    def is_out_of_hours(self) -> bool:
        """Whether it leaves by itself on a day off, or at an hour at which no mail may leave."""
        calendars = [about.task.calendar for about in self.about]
        return self.name in OF_ITS_OWN and any(calendar.sending_instant(self.at) != self.at for calendar in calendars)


@dataclass(frozen=True, slots=True)
class Story:
    """What became of one task: the mails about it, and when it was answered (UTC), if it was."""

    task: Rehearsed
    contacts: tuple[Contact, ...]
    answered_at: datetime | None

    @property
    def escalated(self) -> bool:
        """Whether somebody was told of a delay."""
        return any(contact.kind == "escalation" for contact in self.contacts)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A whole collection: its days, every mail about its tasks in the order they leave, and each task's story."""

    days: TaskDays
    mails: tuple[RehearsedMail, ...]
    stories: tuple[Story, ...]

    def per_day(self) -> dict[date, int]:
        """How many mails leave on each local day on which any does, in order."""
        return dict(sorted(Counter(mail.local.date() for mail in self.mails).items()))

    @property
    def out_of_hours(self) -> list[RehearsedMail]:
        """The mails that leave by themselves on a day off or at an hour at which no mail may leave."""
        return [mail for mail in self.mails if mail.is_out_of_hours]


def rehearse(setting: Setting, asked: Sequence[Asked], opens_at: datetime, answers: Answers) -> Rehearsal:
    """Let a collection pass whose requests leave at an instant; `asked` stands in the roster's order."""
    stage = _Stage(setting, opens_at, answers)
    stage.set_up(asked)
    stage.play()
    return Rehearsal(stage.days, tuple(stage.mails), stage.stories())


@dataclass(slots=True, eq=False)
class _Running:
    """One task while time passes."""

    id: UUID
    task: Rehearsed
    planned: list[PlannedStep]
    kept: list[Kept] = field(default_factory=list)
    asked_on: list[date] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    reply: Reply | None = None
    answered_at: datetime | None = None
    is_open: bool = True

    def due(self, until: datetime, *, companion: bool) -> Due:
        """The task for its turn, with all that is planned up to an instant."""
        asked = self.task.asked
        return Due(
            task_id=self.id,
            kind=asked.kind,
            unit_code=asked.unit_code,
            assignee_code=asked.person_code,
            policy=self.task.policy,
            calendar=self.task.calendar,
            steps=tuple(step for step in self.planned if step.at <= until),
            asked_on=tuple(self.asked_on),
            quiet=self.task.quiet,
            spread=spread_of(self.task.workflow_id),
            companion=companion,
        )

    def carry_out(self, done: PlannedStep | None, now: datetime) -> bool:
        """One step is done, or none; those due with it are merged. Tells whether any was."""
        merged = [step for step in self.planned if step.at <= now and step is not done]
        if done is not None:
            self.kept.append(Kept(replace(done, on=self.task.calendar.day(now), at=now)))
        self.kept += (Kept(step, sent=False) for step in merged)
        self.planned = [step for step in self.planned if step is not done and step not in merged]
        return bool(merged)

    def hold(self, held: Held, now: datetime) -> None:
        """All that is due waits until an instant."""
        on = self.task.calendar.day(held.until)
        waiting = [step for step in self.planned if step.at <= now]
        moved = [replace(step, at=held.until, on=on, reason={**step.reason, "held": held.why}) for step in waiting]
        self.planned = [*moved, *(step for step in self.planned if step.at > now)]
        # Nothing that follows a request may overtake it.
        if any(step.kind == "request" for step in waiting):
            self.replan(now)

    def replan(self, now: datetime) -> None:
        """Compute what is still to come again, from what stays."""
        stays = [step for step in self.planned if step.kind == "request" or step.reason.get("rule") == BY_HAND]
        kept = (*self.kept, *(Kept(step) for step in stays))
        situation = Situation(spread_of(self.task.workflow_id), kept, self.task.quiet, now)
        self.planned = [*stays, *plan(self.task.policy, self.task.days, self.task.calendar, situation)]

    def contact(self, kind: StepKind, at: datetime, reader: str | None) -> Contact:
        """Take down a mail about the task."""
        nth = 1 + sum(contact.kind == kind for contact in self.contacts)
        self.contacts.append(Contact(kind, nth, at, reader, tuple(step.kind for step in self.planned)))
        return self.contacts[-1]

    @property
    def answerer(self) -> str:
        """Who answers: whoever was asked last, or the person it is asked of where that was the coordinator."""
        asked = [contact.reader for contact in self.contacts if contact.kind != "escalation" and contact.reader]
        return asked[-1] if asked else self.task.asked.person_code


CLOSE, ANSWER, TURN = range(3)
"""What comes first at one instant: nothing counts any more at the close, and an answer beats a timer."""


class _Stage:
    """A collection while time passes: the tasks in their sets, what comes next, and the mails so far."""

    def __init__(self, setting: Setting, opens_at: datetime, answers: Answers) -> None:
        self._setting = setting
        self._answers = answers
        policy = setting.policies["indicator_request"]
        self.days = task_days(policy, setting.calendar, opens_at=opens_at, closes_at=None)
        self.mails: list[RehearsedMail] = []
        self._running: dict[UUID, _Running] = {}
        self._sets: dict[str, list[_Running]] = defaultdict(list)
        self._plans: dict[tuple[TaskKind, int, str, datetime], tuple[PlannedStep, ...]] = {}
        self._events: list[tuple[datetime, int, int, str | _Running]] = []
        self._numbers = count()
        self._wakes: dict[str, datetime] = {}
        self._day = date.min
        self._presence = Presence(setting.people.persons, setting.people.units, {})
        self._readers: dict[str | None, list[_Running]] = defaultdict(list)
        self._sent: Counter[str] = Counter()

    def set_up(self, asked: Sequence[Asked]) -> None:
        """Make the tasks, in sets as the collection makes them, and put those of other processes beside."""
        for place, one in enumerate(asked):
            self._add(one, f"{self._setting.reference}/follow-up/{place // SET_SIZE + 1}", self.days.opens_at)
        for each in self._setting.others:
            kept, asked_on = list(each.kept), list(each.asked_on)
            self._join(_Running(UUID(int=next(self._numbers)), each.task, list(each.planned), kept, asked_on))
        for workflow_id in self._sets:
            self._wake(workflow_id)
        self._expect(self.days.closes_at, CLOSE, "")

    def play(self) -> None:
        """Let everything happen, in its order, until the collection closes."""
        while True:
            now, what, _, whose = heapq.heappop(self._events)
            if what == CLOSE:
                break
            self._begin(self._setting.calendar.day(now))
            if isinstance(whose, _Running):
                self._answer(whose, now)
            elif self._wakes.get(whose) == now:
                self._turn(whose, now)
        calendar = self._setting.calendar
        self.mails.append(RehearsedMail(calendar.sending_instant(now), "collection_report", None, calendar))

    def stories(self) -> tuple[Story, ...]:
        """What became of each task of the collection."""
        own = (each for each in self._running.values() if self._is_own(each))
        return tuple(Story(each.task, tuple(each.contacts), each.answered_at) for each in own)

    def _is_own(self, running: _Running) -> bool:
        return running.task.reference == self._setting.reference

    def _add(self, asked: Asked, workflow_id: str, opens_at: datetime) -> None:
        """Make a task as the collection would, with the calendar of its unit and the days of its kind."""
        setting = self._setting
        policy, calendar = setting.policies[asked.kind], setting.calendars[asked.unit_code]
        leaves_at = unit_opening(calendar, setting.calendar, opens_at, policy)
        days = task_days(policy, calendar, opens_at=leaves_at, closes_at=self.days.closes_at)
        task = Rehearsed(setting.reference, workflow_id, asked, policy, calendar, days, setting.quiet)
        # Ten thousand tasks under one set of rules have one plan per set: it is computed once.
        key = (asked.kind, id(calendar), workflow_id, opens_at)
        if key not in self._plans:
            situation = Situation(spread_of(workflow_id), quiet=setting.quiet)
            self._plans[key] = first_plan(policy, days, calendar, situation)
        self._join(_Running(UUID(int=next(self._numbers)), task, list(self._plans[key])))

    def _join(self, running: _Running) -> None:
        self._running[running.id] = running
        self._sets[running.task.workflow_id].append(running)
        self._readers[self._reader(running)].append(running)

    def _reader(self, running: _Running) -> str | None:
        asked, fallback = running.task.asked, running.task.policy.fallback
        return self._presence.addressee(asked.unit_code, asked.person_code, fallback).person_code

    def _expect(self, at: datetime, what: int, whose: str | _Running) -> None:
        heapq.heappush(self._events, (at, what, next(self._numbers), whose))

    def _wake(self, workflow_id: str) -> None:
        """Let a set have its turn when the next step of any of its tasks falls."""
        planned = (step.at for each in self._sets[workflow_id] if each.is_open for step in each.planned)
        if (at := min(planned, default=None)) is not None and self._wakes.get(workflow_id) != at:
            self._wakes[workflow_id] = at
            self._expect(at, TURN, workflow_id)

    def _begin(self, day: date) -> None:
        """Know who is where on a day, and so who reads what is asked of whom."""
        if day == self._day:
            return
        people = self._setting.people
        self._day = day
        self._presence = Presence(people.persons, people.units, absences_on(people.absences, day))
        self._sent.clear()
        self._readers.clear()
        for each in self._running.values():
            if each.is_open:
                self._readers[self._reader(each)].append(each)

    def _turn(self, workflow_id: str, now: datetime) -> None:
        """Carry out what is due in a set."""
        own = [
            each for each in self._sets[workflow_id] if each.is_open and any(step.at <= now for step in each.planned)
        ]
        hour_ends = self._setting.calendar.hour_around(now)[1] - timedelta(microseconds=1)
        beside = self._companions(own, now, hour_ends)
        due = [each.due(now, companion=False) for each in own]
        due += [each.due(hour_ends, companion=True) for each in beside]
        for decision in decide(due, self._presence, now=now, sent_today=self._sent, maximum=self._setting.maximum):
            match decision:
                case Letter():
                    self._send(decision, now)
                case Ended(about=told):
                    self._running[told.task_id].is_open = False
                case Held(task_id=task_id):
                    self._running[task_id].hold(decision, now)
                case Passed(task_id=task_id):
                    self._running[task_id].carry_out(None, now)
                    self._running[task_id].replan(now)
        for woken in {workflow_id, *(each.task.workflow_id for each in beside)}:
            self._wake(woken)

    def _companions(self, own: Sequence[_Running], now: datetime, hour_ends: datetime) -> list[_Running]:
        """The tasks of any set whose reminders leave with those that are due now: the same reader, the same hour."""
        readers = {self._reader(each) for each in own if _is_reminding(each, now)}
        due = set(own)
        beside = (each for reader in sorted(readers, key=str) for each in self._readers[reader])
        return [each for each in beside if each.is_open and each not in due and _is_reminding(each, hour_ends)]

    def _send(self, letter: Letter, now: datetime) -> None:
        """Write a mail down, and what follows from it: the copy, a new plan where needed, the answers it leads to."""
        told = [(self._running[each.task_id], each) for each in letter.about]
        about = tuple(About(running.task, each.step, late=each.late, path=each.path) for running, each in told)
        self._list(letter.mail, letter.reader, told[0][0], about, now)
        if letter.mail in ASKING and letter.reader is not None:
            self._sent[letter.reader] += 1
        if letter.copy_to is not None and letter.copy_to != letter.reader:
            self._list("task_escalation_copy", letter.copy_to, told[0][0], about, now)
        for running, each in told:
            merged = running.carry_out(each.step, now)
            if each.step.kind != "escalation":
                running.asked_on.append(running.task.calendar.day(now))
            if each.late or merged:
                running.replan(now)
            contact = running.contact(each.step.kind, now, letter.reader)
            if self._is_own(running) and (reply := self._answers(running.task, contact)) is not None:
                running.reply = replace(reply, at=max(reply.at, now))
                self._expect(running.reply.at, ANSWER, running)

    def _list(self, name: str, reader: str | None, running: _Running, about: tuple[About, ...], now: datetime) -> None:
        if any(each.task.reference == self._setting.reference for each in about):
            self.mails.append(RehearsedMail(now, name, reader, running.task.calendar, about))

    def _answer(self, running: _Running, now: datetime) -> None:
        """Take an answer: its receipt leaves, and whoever is named is asked next."""
        reply = running.reply
        if not running.is_open or reply is None or reply.at != now:
            return  # it has been answered, or the answer comes at another time by now
        running.is_open, running.answered_at = False, now
        self._list("task_receipt", running.answerer, running, (About(running.task),), now)
        if reply.named is not None:
            task, policy = running.task, self._setting.policies["indicator_request"]
            asked = Asked("indicator_request", task.asked.unit_code, reply.named, task.asked.indicators)
            self._add(asked, task.workflow_id, opening_instant(task.calendar, now, policy, at_once=False))
            self._wake(task.workflow_id)


def _is_reminding(running: _Running, until: datetime) -> bool:
    return any(step.kind in REMINDING and step.at <= until for step in running.planned)
