"""The answers that a rehearsal assumes: the habit of a whole city, or an instant for each unit from a file."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Literal, get_args

from models.contracts.files import Problem
from models.contracts.mail import TaskKind
from models.contracts.refusal import Refused, said
from models.policies.asking import Asked
from models.policies.calendar import Calendar
from models.policies.csv_table import Unreadable, column_problems, read_table, width_problem
from models.policies.people_checks import People
from models.policies.people_rows import Fields
from models.policies.rehearsal import Answers, Contact, Rehearsed, Reply

Habit = Literal["late", "never", "mixed"]
HABITS: tuple[Habit, ...] = get_args(Habit)
LATE_MORNING = time(11)
"""The local hour at which people answer by habit."""

MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?")
NEVER = "never"

Which = tuple[TaskKind, str]
"""A task of a collection: its kind, and the code of its unit."""


def habit(name: Habit, people: People) -> Answers:
    """How everybody answers, in the late morning.

    `never`: nobody does. `late`: one working day after the warning or, where none is planned, two after the due day.
    `mixed`, settled by unit and quarter: of eight, four answer within ten working days of the request, two within
    two of the first reminder, one on the day after the first escalation, and one never does. A head who has to name
    somebody names the unit's first colleague by name; where there is none, the head does not answer.
    """
    after = {"late": _late, "mixed": _mixed, "never": _never}[name]

    def answers(task: Rehearsed, contact: Contact) -> Reply | None:
        naming = task.asked.kind == "focal_point_naming"
        named = first_colleague(task.asked.unit_code, people) if naming else None
        working_days = after(task, contact)
        if working_days is None or (naming and named is None):
            return None
        day = task.calendar.shift(task.calendar.day(contact.at), working_days)
        return Reply(task.calendar.at(day, LATE_MORNING), named)

    return answers


def _never(_task: Rehearsed, _contact: Contact) -> int | None:
    return None


def _late(task: Rehearsed, contact: Contact) -> int | None:
    if contact.kind == "warning":
        return 1
    if contact.kind == "request" and "warning" not in contact.ahead:
        return task.calendar.working_days_between(task.calendar.day(contact.at), task.days.due_on) + 2
    return None


def _mixed(task: Rehearsed, contact: Contact) -> int | None:
    written = f"{task.reference} {task.asked.unit_code}".encode()
    rest, share = divmod(int.from_bytes(hashlib.sha256(written).digest()[:4]), 8)
    match share, contact.kind, contact.nth:
        case ((0 | 1 | 2 | 3), "request", 1):
            return 1 + rest % 10
        case ((4 | 5), "reminder", 1):
            return 1 + rest % 2
        case 6, "escalation", 1:
            return 1
        case _:
            return None


def first_colleague(unit_code: str, people: People) -> str | None:
    """Whom a head would name: of the unit's other active persons the first by name."""
    head = people.units[unit_code].head_code
    names = [
        (person.name, person.code)
        for person in people.persons.values()
        if person.unit_code == unit_code and person.active and person.code != head
    ]
    return min(names)[1] if names else None


def read_answers(
    file: str,
    content: bytes,
    *,
    asked: Sequence[Asked],
    people: People,
    calendars: Mapping[str, Calendar],
    opens_at: datetime,
) -> Answers:
    """The answers that a CSV file gives: a row for each unit that answers, with the columns unit and answered.

    `answered` is a local date and time (2027-01-22T10:30), or `never`. A third column, `named`, holds the person
    whom the head of a unit without a focal point names at that time; when that person answers stands in a row of
    its own, without a name. Units that are not listed never answer. An answer later than the close is not taken.

    Raises:
        Refused: something is wrong in the file; each problem is told with its line.

    """
    found = _Given(file, {(task.kind, task.unit_code) for task in asked}, people, calendars, opens_at)
    try:
        found.read(content)
    except Unreadable as error:
        found.problems.append(Problem(file, error.line, "", error.reason))
    if found.problems:
        raise Refused(*(problem.sentence for problem in found.problems))
    replies = found.replies
    return lambda task, _contact: replies.get((task.asked.kind, task.asked.unit_code))


@dataclass(slots=True)
class _Given:
    """What a file of answers says so far, what is wrong in it, and what it is held against."""

    file: str
    asked: set[Which]
    people: People
    calendars: Mapping[str, Calendar]
    opens_at: datetime
    replies: dict[Which, Reply | None] = field(default_factory=dict)
    lines: dict[Which, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def read(self, content: bytes) -> None:
        table = read_table(content)
        wrong = list(column_problems(table.columns, "answers", ("unit", "answered"), ("named",)))
        self.problems += (Problem(self.file, table.line, column, reason) for column, reason in wrong)
        for line, values in () if wrong else table.rows:
            if reason := width_problem(values, table.columns):
                self.problems.append(Problem(self.file, line, "", reason))
            else:
                self._row(line, Fields(dict(zip(table.columns, values, strict=True))))

    def _row(self, line: int, fields: Fields) -> None:
        unit, named = fields.code("unit"), fields.optional_code("named")
        which: Which = ("indicator_request" if named is None else "focal_point_naming", unit)
        if not fields.problems and (problem := self._misplaced(which, named)):
            fields.problems.append(problem)
        at = None if fields.problems else self._moment(fields, unit)
        self.problems += (Problem(self.file, line, column, reason) for column, reason in fields.problems)
        if not fields.problems:
            self.lines[which] = line
            self.replies[which] = None if at is None else Reply(at, named)

    def _misplaced(self, which: Which, named: str | None) -> tuple[str, str] | None:
        """Why a row belongs to nothing that is asked: its column and the reason."""
        unit = which[1]
        if which in self.lines:
            return "unit", said("%(unit)s already stands in line %(line)s", unit=unit, line=self.lines[which])
        if {("indicator_request", unit), ("focal_point_naming", unit)}.isdisjoint(self.asked):
            return "unit", said("%(unit)s is asked nothing in this collection", unit=unit)
        if named is None:
            return None
        if which not in self.asked:
            return "named", said("%(unit)s has a focal point: nobody has to be named", unit=unit)
        person = self.people.persons.get(named)
        if person is None or not person.active or person.unit_code != unit:
            return "named", said("%(named)s is not an active person of %(unit)s", named=named, unit=unit)
        return None

    def _moment(self, fields: Fields, unit: str) -> datetime | None:
        """The instant (UTC) that a row gives; None is never, or that it gives none."""
        text = fields.values["answered"]
        if text.lower() == NEVER:
            return None
        try:
            local = datetime.fromisoformat(text) if MOMENT.fullmatch(text) else None
        except ValueError:
            local = None
        if local is None:
            how = said("write the local date and time, as in 2027-01-22T10:30, or never")
            fields.problems.append(("answered", said("“%(text)s” is not a moment: %(how)s", text=text, how=how)))
            return None
        calendar = self.calendars[unit]
        at = calendar.at(local.date(), local.time())
        if at < self.opens_at:
            first = calendar.local(self.opens_at)
            fields.problems.append(
                (
                    "answered",
                    said(
                        "%(text)s is before the requests leave, %(moment)s", text=text, moment=f"{first:%Y-%m-%d %H:%M}"
                    ),
                )
            )
        return at
