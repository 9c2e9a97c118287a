"""Reading the local free days of one place from a CSV or an iCalendar file: everything wrong is told with its line."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import takewhile

from dateutil.rrule import rrulestr
from icalendar.prop import vDDDTypes

from models.contracts.files import Problem
from models.contracts.refusal import IsoDay, Refused, said
from models.policies.calendar import ONE_DAY, YEARS_KNOWN
from models.policies.calendar_events import Event, read_events
from models.policies.csv_table import Unreadable, column_problems, decoded, read_table, width_problem
from models.policies.people_rows import NO_DAY, Fields, trimmed

COLUMNS = ("day", "name")
MOST_DAYS = 60
"""Local days of one year: a town has two, a file that lists the country's days too has twenty."""
YEARLY = re.compile(
    r"FREQ=YEARLY|INTERVAL=1|COUNT=[1-9][0-9]{0,3}|UNTIL=[0-9]{8}|WKST=[A-Z]{2}|BY(?:MONTH|MONTHDAY|DAY)=[-+,0-9A-Z]+"
)
"""The parts of a rule (RFC 5545, 3.3.10) that brings whole days back every year."""
NOT_READ = ("DURATION", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID")
"""Properties that change the days of an event in ways that no list of holidays needs."""


def read_days(file: str, content: bytes, zone: str) -> dict[date, str]:
    """The free days that a file names, in their order, each with its name; `zone` is that of their calendar.

    A CSV file has the columns day (as in 2027-01-22) and name. An iCalendar file has events of whole days, of which
    DTEND is the day after the last; one that comes back every year stands for all of them within `YEARS_KNOWN`.

    Raises:
        Refused: something is wrong in the file; it names every problem with its line.

    """
    days = _Days(file)
    try:
        if file.lower().endswith(".ics") or _begins_a_calendar(content):
            _read_icalendar(content, zone, days)
        else:
            _read_csv(content, days)
    except Unreadable as error:
        days.wrong(error.line, "", error.reason)
    else:
        days.weigh()
    if days.problems:
        raise Refused(*(problem.sentence for problem in sorted(days.problems, key=lambda problem: problem.line)))
    return dict(sorted(days.names.items()))


def _begins_a_calendar(content: bytes) -> bool:
    return content.lstrip(b"\xef\xbb\xbf\t\r\n ")[:15].upper() == b"BEGIN:VCALENDAR"


@dataclass(slots=True)
class _Days:
    """What was found in a file so far: the days with their names and lines, and what is wrong."""

    file: str
    names: dict[date, str] = field(default_factory=dict)
    lines: dict[date, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, line: int, column: str, reason: str) -> None:
        self.problems.append(Problem(self.file, line, column, reason))

    def add(self, line: int, column: str, day: date, name: str) -> None:
        if day.year not in YEARS_KNOWN:
            self.wrong(
                line,
                column,
                said(
                    "%(day)s is not in the years from %(first)s to %(last)s",
                    day=IsoDay(day),
                    first=YEARS_KNOWN[0],
                    last=YEARS_KNOWN[-1],
                ),
            )
        elif day in self.names:
            self.wrong(
                line, column, said("%(day)s already stands in line %(line)s", day=IsoDay(day), line=self.lines[day])
            )
        else:
            self.names[day], self.lines[day] = name, line

    def weigh(self) -> None:
        """A file without a day would do nothing; one with too many is something else."""
        if not self.names and not self.problems:
            self.wrong(0, "", said("holds no day"))
        for year, count in sorted(Counter(day.year for day in self.names).items()):
            if count > MOST_DAYS:
                reason = said(
                    "holds %(count)s days of %(year)s, more than %(limit)s: this is no list of local holidays",
                    count=count,
                    year=year,
                    limit=MOST_DAYS,
                )
                self.wrong(0, "", reason)


def _read_csv(content: bytes, days: _Days) -> None:
    table = read_table(content)
    problems = list(column_problems(table.columns, said("local days"), COLUMNS))
    for column, reason in problems:
        days.wrong(table.line, column, reason)
    for line, values in table.rows if not problems else ():
        if misfit := width_problem(values, table.columns):
            days.wrong(line, "", misfit)
            continue
        fields = Fields(dict(zip(table.columns, values, strict=True)))
        day, name = fields.day("day"), fields.text("name")
        for column, reason in fields.problems:
            days.wrong(line, column, reason)
        if day != NO_DAY:
            days.add(line, "day", day, name)


def _read_icalendar(content: bytes, zone: str, days: _Days) -> None:
    found = read_events(decoded(content, advice=said("save it as UTF-8")))
    zones = list(found.zones)
    if len(zones) > 1:
        reason = said(
            "names the zone %(zone)s, line %(line)s names %(other)s: give the days of one place",
            zone=zones[1],
            line=found.zones[zones[0]],
            other=zones[0],
        )
        days.wrong(found.zones[zones[1]], "", reason)
    elif zones and zones[0] != zone:
        reason = said(
            "names the zone %(other)s, but the days of this calendar are days of %(zone)s", other=zones[0], zone=zone
        )
        days.wrong(found.zones[zones[0]], "", reason)
    for event in found.events:
        fields = Fields({"SUMMARY": trimmed(event.value("SUMMARY"))})
        name = fields.text("SUMMARY")
        for column, fault in fields.problems:
            days.wrong(event.line_of(column), column, fault)
        try:
            for day in _days_of(event):
                days.add(event.line_of("DTSTART"), "DTSTART", day, name)
        except _Wrong as error:
            days.wrong(event.line_of(error.column), error.column, error.reason)


class _Wrong(Exception):  # noqa: N818 - carries what is wrong with an event
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


def _days_of(event: Event) -> list[date]:
    for column in NOT_READ:
        if column in event.properties:
            raise _Wrong(column, said("is not read: write each day as an event of its own, with DTSTART and DTEND"))
    first = _whole_day(event, "DTSTART")
    length = (_whole_day(event, "DTEND") - first).days if "DTEND" in event.properties else 1
    if not 1 <= length <= MOST_DAYS:
        raise _Wrong("DTEND", said("is %(length)s days after DTSTART: write the day after the last day", length=length))
    begins = _yearly(event.value("RRULE"), first) if "RRULE" in event.properties else [first]
    return [begin + ONE_DAY * n for begin in begins for n in range(length)]


def _whole_day(event: Event, column: str) -> date:
    try:
        found = vDDDTypes.from_ical(event.value(column))
    except ValueError:
        found = None
    if isinstance(found, datetime):
        raise _Wrong(
            column,
            said("has a clock time, but a free day is whole: write %(column)s;VALUE=DATE:20270122", column=column),
        )
    if not isinstance(found, date):
        raise _Wrong(column, said("is missing or not a day: write %(column)s;VALUE=DATE:20270122", column=column))
    return found


def _yearly(rule: str, first: date) -> list[date]:
    """The days of a rule within the years known, from a first day on."""
    parts = rule.upper().split(";")
    if "FREQ=YEARLY" not in parts or not all(YEARLY.fullmatch(part) for part in parts):
        raise _Wrong("RRULE", said("is not a plain yearly rule (FREQ=YEARLY): write each day as an event of its own"))
    try:
        every = rrulestr(";".join(parts), dtstart=datetime.combine(first, time(0)))
        found = [at.date() for at in takewhile(lambda at: at.year <= YEARS_KNOWN[-1], every) if at.year in YEARS_KNOWN]
    except (ValueError, IndexError):
        raise _Wrong("RRULE", said("cannot be read: write each day as an event of its own")) from None
    if not found:
        raise _Wrong(
            "RRULE", said("falls on no day from %(first)s to %(last)s", first=YEARS_KNOWN[0], last=YEARS_KNOWN[-1])
        )
    return found
