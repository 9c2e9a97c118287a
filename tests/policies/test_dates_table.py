"""Human dates: what falls when, as anybody can check with a wall calendar. None of these dates comes from the code that
is tested.

A heading names the region whose holidays count, the year of the opening, further free days after a `+`, and what is
in the way. Every mail but the request leaves at the policy's hour.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from models.policies.calendar import Calendar, free_days
from models.policies.people import Absence, PersonFacts, UnitFacts
from models.policies.plan import (
    PlannedStep,
    Situation,
    TaskDays,
    days_until,
    first_plan,
    opening_instant,
    task_days,
)
from models.policies.task_policy import Escalation, TaskPolicy
from tests.policies.shipped import EXTENSION_DECISION, FOCAL_POINT_NAMING, INDICATOR_REQUEST
from tests.policies.simulation import City, Deed, Errand, Event, Life, Outage

MADRID = ZoneInfo("Europe/Madrid")
FREE = {region: free_days("ES", region, range(2026, 2031)) for region in ("VC", "CT")}

COUNTED = TaskPolicy(
    name="counted",
    version=1,
    due_after=10,
    reminders_before=(5, 2),
    reminders_after=(3,),
    gap=2,
    cap=4,
    escalations=(Escalation(level=1, reminders=2, wait=3), Escalation(level=2, reminders=3, wait=4)),
    grace=2,
    late_window=8,
)
"""Told after so many reminders: the head three days after the second, the head above four days after the third."""
THREE_LEVELS = TaskPolicy(
    name="three_levels",
    version=1,
    due_after=8,
    reminders_before=(4, 1),
    gap=2,
    cap=4,
    warning=2,
    escalations=(
        Escalation(level=1, reminders=2, wait=4),
        Escalation(level=2, days=6),
        Escalation(level=3, days=9),
    ),
    grace=2,
    late_window=10,
)
"""Up to the top: four days after the second reminder, then six and nine days after the due day."""


@dataclass(frozen=True)
class Row:
    """One row of a table: where and in which year, and its cells."""

    calendar: Calendar
    year: int
    cells: tuple[str, ...]

    def instant(self, cell: int) -> datetime:
        return instant(self.cells[cell], self.year)

    def day(self, cell: int) -> date:
        return instant(f"{self.cells[cell]} 00:00", self.year).date()


def instant(written: str, year: int) -> datetime:
    """`Mon  4 Jan 09:00` on the clock of Madrid; the name of the day has to be right."""
    found = datetime.strptime(f"{written} {year}", "%a %d %b %H:%M %Y").replace(tzinfo=MADRID)
    assert f"{shown(found)} {found:%H:%M}" == written, f"{written} is not a day of {year}"
    return found


def shown(day: date) -> str:
    return f"{day:%a} {day.day:>2} {day:%b}"


def rows(table: str) -> Iterator[object]:
    """The rows of a table under their headings, as parameters."""
    for line in table.strip().splitlines():
        if "|" not in line:
            heading, _, what = line.strip().partition(": ")
            place, _, local = heading.partition(" + ")
            region, year = place.split()
            extra = [instant(f"{written} 00:00", int(year)).date() for written in local.split(", ") if written]
            calendar = Calendar(MADRID, FREE[region] | dict.fromkeys(extra, what))
        else:
            cells = tuple(cell.strip() for cell in line.split("|"))
            yield pytest.param(Row(calendar, int(year), cells), id=f"{place}-{what}-{cells[0]}")


def told(days: TaskDays, steps: Iterable[PlannedStep], calendar: Calendar, *columns: str) -> tuple[str, ...]:
    """What a plan says, in the columns of a table."""
    steps = list(steps)
    for step in steps:
        on_the_hour = step.kind in {"request", "expiry"} or f"{calendar.local(step.at):%H:%M}" == "09:00"
        assert on_the_hour
        assert step.kind == "expiry" or calendar.day(step.at) == step.on
    (expiry,) = (step for step in steps if step.kind == "expiry")
    assert expiry.at == days.closes_at == calendar.end_of(days.closes_on)
    said = {
        "asked": f"{shown(calendar.local(days.opens_at))} {calendar.local(days.opens_at):%H:%M}",
        "due": shown(days.due_on),
        "last day": shown(days.closes_on),
    }
    for kind in ("reminder", "warning", "escalation"):
        said[kind] = ", ".join(shown(step.on) for step in steps if step.kind == kind)
    return tuple(said[column] for column in columns)


def planned(policy: TaskPolicy, row: Row, *columns: str) -> tuple[str, ...]:
    """What the plan says of a task that is made at the instant in the first cell."""
    opens_at = opening_instant(row.calendar, row.instant(0), policy, at_once=False)
    days = task_days(policy, row.calendar, opens_at=opens_at, closes_at=None)
    steps = first_plan(policy, days, row.calendar, Situation(timedelta(0)))
    return told(days, steps, row.calendar, *columns)


INDICATORS = """
VC 2026: Easter: Good Friday on 3 April, Easter Monday on 6 April
  Mon  2 Mar 09:00 | Mon  2 Mar 09:00 | Mon 16 Mar, Mon 23 Mar | Tue 24 Mar | Thu 26 Mar | Mon 30 Mar | Thu  9 Apr
  Mon  9 Mar 09:00 | Mon  9 Mar 09:00 | Tue 24 Mar, Mon 30 Mar | Tue 31 Mar | Thu  2 Apr | Wed  8 Apr | Thu 16 Apr
  Mon 16 Mar 08:30 | Mon 16 Mar 09:00 | Tue 31 Mar, Wed  8 Apr | Thu  9 Apr | Mon 13 Apr | Wed 15 Apr | Thu 23 Apr
  Fri 20 Mar 18:05 | Mon 23 Mar 09:00 | Wed  8 Apr, Tue 14 Apr | Wed 15 Apr | Fri 17 Apr | Tue 21 Apr | Wed 29 Apr
VC 2026: 1 May on a Friday
  Tue  7 Apr 09:00 | Tue  7 Apr 09:00 | Tue 21 Apr, Mon 27 Apr | Tue 28 Apr | Thu 30 Apr | Tue  5 May | Wed 13 May
  Fri 10 Apr 09:00 | Fri 10 Apr 09:00 | Fri 24 Apr, Thu 30 Apr | Mon  4 May | Wed  6 May | Fri  8 May | Mon 18 May
  Wed 15 Apr 12:10 | Wed 15 Apr 12:10 | Wed 29 Apr, Wed  6 May | Thu  7 May | Mon 11 May | Wed 13 May | Thu 21 May
VC 2026: Sant Joan on a Wednesday
  Mon  1 Jun 09:00 | Mon  1 Jun 09:00 | Mon 15 Jun, Fri 19 Jun | Mon 22 Jun | Thu 25 Jun | Mon 29 Jun | Tue  7 Jul
  Fri  5 Jun 17:59 | Fri  5 Jun 17:59 | Fri 19 Jun, Fri 26 Jun | Mon 29 Jun | Wed  1 Jul | Fri  3 Jul | Mon 13 Jul
  Tue 23 Jun 18:00 | Thu 25 Jun 09:00 | Thu  9 Jul, Wed 15 Jul | Thu 16 Jul | Mon 20 Jul | Wed 22 Jul | Thu 30 Jul
VC 2026: the summer, without a holiday on a weekday
  Wed  1 Jul 09:00 | Wed  1 Jul 09:00 | Wed 15 Jul, Tue 21 Jul | Wed 22 Jul | Fri 24 Jul | Tue 28 Jul | Wed  5 Aug
  Mon 27 Jul 09:00 | Mon 27 Jul 09:00 | Mon 10 Aug, Fri 14 Aug | Mon 17 Aug | Wed 19 Aug | Fri 21 Aug | Mon 31 Aug
VC 2026: 9 d'Octubre on a Friday, the National Day on the Monday
  Fri 18 Sep 09:00 | Fri 18 Sep 09:00 | Fri  2 Oct, Thu  8 Oct | Tue 13 Oct | Thu 15 Oct | Mon 19 Oct | Tue 27 Oct
  Fri 25 Sep 09:00 | Fri 25 Sep 09:00 | Tue 13 Oct, Mon 19 Oct | Tue 20 Oct | Thu 22 Oct | Mon 26 Oct | Tue  3 Nov
  Thu  1 Oct 07:00 | Thu  1 Oct 09:00 | Mon 19 Oct, Fri 23 Oct | Mon 26 Oct | Wed 28 Oct | Fri 30 Oct | Mon  9 Nov
  Thu  8 Oct 18:30 | Tue 13 Oct 09:00 | Tue 27 Oct, Mon  2 Nov | Tue  3 Nov | Thu  5 Nov | Mon  9 Nov | Tue 17 Nov
VC 2026: Immaculate Conception on a Tuesday, Christmas on a Friday
  Tue 17 Nov 09:00 | Tue 17 Nov 09:00 | Tue  1 Dec, Mon  7 Dec | Wed  9 Dec | Fri 11 Dec | Tue 15 Dec | Wed 23 Dec
  Tue  1 Dec 09:00 | Tue  1 Dec 09:00 | Wed 16 Dec, Tue 22 Dec | Wed 23 Dec | Mon 28 Dec | Wed 30 Dec | Mon 11 Jan
  Mon  7 Dec 20:00 | Wed  9 Dec 09:00 | Wed 23 Dec, Wed 30 Dec | Thu 31 Dec | Tue  5 Jan | Fri  8 Jan | Mon 18 Jan
VC 2026: the turn of the year
  Mon 14 Dec 09:00 | Mon 14 Dec 09:00 | Tue 29 Dec, Tue  5 Jan | Thu  7 Jan | Mon 11 Jan | Wed 13 Jan | Thu 21 Jan
  Mon 21 Dec 09:00 | Mon 21 Dec 09:00 | Thu  7 Jan, Wed 13 Jan | Thu 14 Jan | Mon 18 Jan | Wed 20 Jan | Thu 28 Jan
  Thu 24 Dec 16:45 | Thu 24 Dec 16:45 | Tue 12 Jan, Mon 18 Jan | Tue 19 Jan | Thu 21 Jan | Mon 25 Jan | Tue  2 Feb
  Thu 31 Dec 10:00 | Thu 31 Dec 10:00 | Mon 18 Jan, Fri 22 Jan | Mon 25 Jan | Wed 27 Jan | Fri 29 Jan | Mon  8 Feb
VC 2027: New Year on a Friday, Reis on a Wednesday
  Fri  1 Jan 07:00 | Mon  4 Jan 09:00 | Tue 19 Jan, Mon 25 Jan | Tue 26 Jan | Thu 28 Jan | Mon  1 Feb | Tue  9 Feb
  Mon  4 Jan 09:00 | Mon  4 Jan 09:00 | Tue 19 Jan, Mon 25 Jan | Tue 26 Jan | Thu 28 Jan | Mon  1 Feb | Tue  9 Feb
  Tue  5 Jan 18:00 | Thu  7 Jan 09:00 | Thu 21 Jan, Wed 27 Jan | Thu 28 Jan | Mon  1 Feb | Wed  3 Feb | Thu 11 Feb
VC 2027: Sant Josep on a Friday, Easter a week later
  Mon  1 Mar 09:00 | Mon  1 Mar 09:00 | Mon 15 Mar, Mon 22 Mar | Tue 23 Mar | Thu 25 Mar | Wed 31 Mar | Thu  8 Apr
  Mon  8 Mar 09:00 | Mon  8 Mar 09:00 | Tue 23 Mar, Wed 31 Mar | Thu  1 Apr | Mon  5 Apr | Wed  7 Apr | Thu 15 Apr
  Thu 18 Mar 11:20 | Thu 18 Mar 11:20 | Tue  6 Apr, Mon 12 Apr | Tue 13 Apr | Thu 15 Apr | Mon 19 Apr | Tue 27 Apr
  Thu 25 Mar 19:00 | Tue 30 Mar 09:00 | Tue 13 Apr, Mon 19 Apr | Tue 20 Apr | Thu 22 Apr | Mon 26 Apr | Tue  4 May
VC 2027: 1 May on a Saturday
  Fri  9 Apr 09:00 | Fri  9 Apr 09:00 | Fri 23 Apr, Thu 29 Apr | Fri 30 Apr | Tue  4 May | Thu  6 May | Fri 14 May
  Fri 30 Apr 22:00 | Mon  3 May 09:00 | Mon 17 May, Fri 21 May | Mon 24 May | Wed 26 May | Fri 28 May | Mon  7 Jun
VC 2027: the National Day on a Tuesday, All Saints on a Monday
  Mon 20 Sep 09:00 | Mon 20 Sep 09:00 | Mon  4 Oct, Fri  8 Oct | Mon 11 Oct | Thu 14 Oct | Mon 18 Oct | Tue 26 Oct
  Fri  8 Oct 18:30 | Mon 11 Oct 09:00 | Tue 26 Oct, Tue  2 Nov | Wed  3 Nov | Fri  5 Nov | Tue  9 Nov | Wed 17 Nov
  Mon 11 Oct 09:00 | Mon 11 Oct 09:00 | Tue 26 Oct, Tue  2 Nov | Wed  3 Nov | Fri  5 Nov | Tue  9 Nov | Wed 17 Nov
VC 2027: the Constitution on a Monday, the Immaculate Conception on the Wednesday
  Mon 15 Nov 09:00 | Mon 15 Nov 09:00 | Mon 29 Nov, Fri  3 Dec | Tue  7 Dec | Fri 10 Dec | Tue 14 Dec | Wed 22 Dec
  Mon 22 Nov 09:00 | Mon 22 Nov 09:00 | Tue  7 Dec, Tue 14 Dec | Wed 15 Dec | Fri 17 Dec | Tue 21 Dec | Wed 29 Dec
  Fri  3 Dec 21:00 | Tue  7 Dec 09:00 | Wed 22 Dec, Tue 28 Dec | Wed 29 Dec | Fri 31 Dec | Tue  4 Jan | Thu 13 Jan
  Tue  7 Dec 09:00 | Tue  7 Dec 09:00 | Wed 22 Dec, Tue 28 Dec | Wed 29 Dec | Fri 31 Dec | Tue  4 Jan | Thu 13 Jan
VC 2027: the turn of the year
  Mon 20 Dec 09:00 | Mon 20 Dec 09:00 | Mon  3 Jan, Mon 10 Jan | Tue 11 Jan | Thu 13 Jan | Mon 17 Jan | Tue 25 Jan
  Thu 23 Dec 19:00 | Fri 24 Dec 09:00 | Mon 10 Jan, Fri 14 Jan | Mon 17 Jan | Wed 19 Jan | Fri 21 Jan | Mon 31 Jan
VC 2028: Reis on a Thursday, the leap day on a Tuesday
  Mon  3 Jan 09:00 | Mon  3 Jan 09:00 | Tue 18 Jan, Mon 24 Jan | Tue 25 Jan | Thu 27 Jan | Mon 31 Jan | Tue  8 Feb
  Tue  1 Feb 09:00 | Tue  1 Feb 09:00 | Tue 15 Feb, Mon 21 Feb | Tue 22 Feb | Thu 24 Feb | Mon 28 Feb | Tue  7 Mar
  Mon  7 Feb 09:00 | Mon  7 Feb 09:00 | Mon 21 Feb, Fri 25 Feb | Mon 28 Feb | Wed  1 Mar | Fri  3 Mar | Mon 13 Mar
  Tue 15 Feb 09:00 | Tue 15 Feb 09:00 | Tue 29 Feb, Mon  6 Mar | Tue  7 Mar | Thu  9 Mar | Mon 13 Mar | Tue 21 Mar
  Mon 28 Feb 18:00 | Tue 29 Feb 09:00 | Tue 14 Mar, Mon 20 Mar | Tue 21 Mar | Thu 23 Mar | Mon 27 Mar | Tue  4 Apr
  Tue 29 Feb 09:00 | Tue 29 Feb 09:00 | Tue 14 Mar, Mon 20 Mar | Tue 21 Mar | Thu 23 Mar | Mon 27 Mar | Tue  4 Apr
VC 2028: Good Friday on 14 April, Easter Monday, and 1 May on a Monday
  Mon 20 Mar 09:00 | Mon 20 Mar 09:00 | Mon  3 Apr, Fri  7 Apr | Mon 10 Apr | Wed 12 Apr | Tue 18 Apr | Wed 26 Apr
  Mon  3 Apr 09:00 | Mon  3 Apr 09:00 | Wed 19 Apr, Tue 25 Apr | Wed 26 Apr | Fri 28 Apr | Wed  3 May | Thu 11 May
  Thu 13 Apr 18:01 | Tue 18 Apr 09:00 | Wed  3 May, Tue  9 May | Wed 10 May | Fri 12 May | Tue 16 May | Wed 24 May
  Fri 28 Apr 12:00 | Fri 28 Apr 12:00 | Mon 15 May, Fri 19 May | Mon 22 May | Wed 24 May | Fri 26 May | Mon  5 Jun
VC 2028: Assumption on a Tuesday
  Mon 24 Jul 09:00 | Mon 24 Jul 09:00 | Mon  7 Aug, Fri 11 Aug | Mon 14 Aug | Thu 17 Aug | Mon 21 Aug | Tue 29 Aug
  Mon 14 Aug 18:00 | Wed 16 Aug 09:00 | Wed 30 Aug, Tue  5 Sep | Wed  6 Sep | Fri  8 Sep | Tue 12 Sep | Wed 20 Sep
VC 2028: 9 d'Octubre on a Monday, the National Day on the Thursday
  Mon 18 Sep 09:00 | Mon 18 Sep 09:00 | Mon  2 Oct, Fri  6 Oct | Tue 10 Oct | Fri 13 Oct | Tue 17 Oct | Wed 25 Oct
  Fri  6 Oct 23:30 | Tue 10 Oct 09:00 | Wed 25 Oct, Tue 31 Oct | Thu  2 Nov | Mon  6 Nov | Wed  8 Nov | Thu 16 Nov
VC 2028: the Constitution on a Wednesday, the Immaculate Conception on the Friday
  Mon 13 Nov 09:00 | Mon 13 Nov 09:00 | Mon 27 Nov, Fri  1 Dec | Mon  4 Dec | Thu  7 Dec | Tue 12 Dec | Wed 20 Dec
  Mon 27 Nov 09:00 | Mon 27 Nov 09:00 | Wed 13 Dec, Tue 19 Dec | Wed 20 Dec | Fri 22 Dec | Wed 27 Dec | Fri  5 Jan
  Tue  5 Dec 18:30 | Thu  7 Dec 09:00 | Fri 22 Dec, Fri 29 Dec | Tue  2 Jan | Thu  4 Jan | Mon  8 Jan | Tue 16 Jan
VC 2029: Sant Josep on a Monday, Good Friday on 30 March
  Mon 26 Feb 09:00 | Mon 26 Feb 09:00 | Mon 12 Mar, Fri 16 Mar | Tue 20 Mar | Thu 22 Mar | Mon 26 Mar | Thu  5 Apr
  Mon 12 Mar 09:00 | Mon 12 Mar 09:00 | Tue 27 Mar, Wed  4 Apr | Thu  5 Apr | Mon  9 Apr | Wed 11 Apr | Thu 19 Apr
  Fri 16 Mar 18:00 | Tue 20 Mar 09:00 | Thu  5 Apr, Wed 11 Apr | Thu 12 Apr | Mon 16 Apr | Wed 18 Apr | Thu 26 Apr
VC 2029: 1 May on a Tuesday
  Tue 10 Apr 09:00 | Tue 10 Apr 09:00 | Tue 24 Apr, Mon 30 Apr | Wed  2 May | Fri  4 May | Tue  8 May | Wed 16 May
  Mon 30 Apr 18:00 | Wed  2 May 09:00 | Wed 16 May, Tue 22 May | Wed 23 May | Fri 25 May | Tue 29 May | Wed  6 Jun
VC 2029: 9 d'Octubre on a Tuesday, the National Day on the Friday
  Mon 17 Sep 09:00 | Mon 17 Sep 09:00 | Mon  1 Oct, Fri  5 Oct | Mon  8 Oct | Thu 11 Oct | Tue 16 Oct | Wed 24 Oct
  Mon  1 Oct 07:00 | Mon  1 Oct 09:00 | Wed 17 Oct, Tue 23 Oct | Wed 24 Oct | Fri 26 Oct | Tue 30 Oct | Thu  8 Nov
CT 2026: Sant Josep is worked, the Diada is not
  Mon  2 Mar 09:00 | Mon  2 Mar 09:00 | Mon 16 Mar, Fri 20 Mar | Mon 23 Mar | Wed 25 Mar | Fri 27 Mar | Wed  8 Apr
  Thu 20 Aug 09:00 | Thu 20 Aug 09:00 | Thu  3 Sep, Wed  9 Sep | Thu 10 Sep | Tue 15 Sep | Thu 17 Sep | Fri 25 Sep
  Mon 31 Aug 09:00 | Mon 31 Aug 09:00 | Tue 15 Sep, Mon 21 Sep | Tue 22 Sep | Thu 24 Sep | Mon 28 Sep | Tue  6 Oct
  Thu 10 Sep 18:00 | Mon 14 Sep 09:00 | Mon 28 Sep, Fri  2 Oct | Mon  5 Oct | Wed  7 Oct | Fri  9 Oct | Tue 20 Oct
CT 2028: the Diada on a Monday, Sant Esteve on a Tuesday
  Mon 21 Aug 09:00 | Mon 21 Aug 09:00 | Mon  4 Sep, Fri  8 Sep | Tue 12 Sep | Thu 14 Sep | Mon 18 Sep | Tue 26 Sep
  Mon  4 Dec 09:00 | Mon  4 Dec 09:00 | Wed 20 Dec, Thu 28 Dec | Fri 29 Dec | Wed  3 Jan | Fri  5 Jan | Mon 15 Jan
  Fri 22 Dec 18:00 | Wed 27 Dec 09:00 | Thu 11 Jan, Wed 17 Jan | Thu 18 Jan | Mon 22 Jan | Wed 24 Jan | Thu  1 Feb
VC 2027 + Fri 22 Jan, Mon  5 Apr: Sant Vicent Màrtir and Sant Vicent Ferrer are local days
  Mon  4 Jan 09:00 | Mon  4 Jan 09:00 | Tue 19 Jan, Tue 26 Jan | Wed 27 Jan | Fri 29 Jan | Tue  2 Feb | Wed 10 Feb
  Thu 21 Jan 18:00 | Mon 25 Jan 09:00 | Mon  8 Feb, Fri 12 Feb | Mon 15 Feb | Wed 17 Feb | Fri 19 Feb | Mon  1 Mar
  Mon 15 Mar 09:00 | Mon 15 Mar 09:00 | Thu  1 Apr, Thu  8 Apr | Fri  9 Apr | Tue 13 Apr | Thu 15 Apr | Fri 23 Apr
CT 2026 + Thu 24 Sep: the Mercè is a local day
  Tue  1 Sep 09:00 | Tue  1 Sep 09:00 | Wed 16 Sep, Tue 22 Sep | Wed 23 Sep | Mon 28 Sep | Wed 30 Sep | Thu  8 Oct
  Wed 23 Sep 18:30 | Fri 25 Sep 09:00 | Fri  9 Oct, Fri 16 Oct | Mon 19 Oct | Wed 21 Oct | Fri 23 Oct | Mon  2 Nov
"""
# opened | asked | reminded | due | warned | head told | last day


@pytest.mark.parametrize("row", list(rows(INDICATORS)))
def test_a_collection_of_indicators_falls_on_these_days(row):
    """Due after 15 working days; reminded 5 and 1 before; warned 2 and the head told 4 after; ends 10 after."""
    columns = ("asked", "reminder", "due", "warning", "escalation", "last day")
    assert planned(INDICATOR_REQUEST, row, *columns) == row.cells[1:]


NAMINGS = """
VC 2026: 9 d'Octubre
  Thu  1 Oct 07:00 | Thu  1 Oct 09:00 | Wed  7 Oct | Thu  8 Oct | Wed 14 Oct | Fri 16 Oct | Mon  9 Nov
  Fri  2 Oct 09:00 | Fri  2 Oct 09:00 | Thu  8 Oct | Tue 13 Oct | Thu 15 Oct | Mon 19 Oct | Tue 10 Nov
  Thu  8 Oct 09:00 | Thu  8 Oct 09:00 | Fri 16 Oct | Mon 19 Oct | Wed 21 Oct | Fri 23 Oct | Mon 16 Nov
  Thu  8 Oct 18:00 | Tue 13 Oct 09:00 | Mon 19 Oct | Tue 20 Oct | Thu 22 Oct | Mon 26 Oct | Tue 17 Nov
VC 2026: the turn of the year
  Thu 17 Dec 09:00 | Thu 17 Dec 09:00 | Wed 23 Dec | Thu 24 Dec | Tue 29 Dec | Thu 31 Dec | Tue 26 Jan
  Mon 21 Dec 09:00 | Mon 21 Dec 09:00 | Mon 28 Dec | Tue 29 Dec | Thu 31 Dec | Tue  5 Jan | Thu 28 Jan
  Mon 28 Dec 09:00 | Mon 28 Dec 09:00 | Mon  4 Jan | Tue  5 Jan | Fri  8 Jan | Tue 12 Jan | Wed  3 Feb
  Wed 30 Dec 17:59 | Wed 30 Dec 17:59 | Thu  7 Jan | Fri  8 Jan | Tue 12 Jan | Thu 14 Jan | Fri  5 Feb
VC 2027: Reis
  Mon  4 Jan 09:00 | Mon  4 Jan 09:00 | Mon 11 Jan | Tue 12 Jan | Thu 14 Jan | Mon 18 Jan | Tue  9 Feb
  Tue  5 Jan 12:00 | Tue  5 Jan 12:00 | Tue 12 Jan | Wed 13 Jan | Fri 15 Jan | Tue 19 Jan | Wed 10 Feb
  Wed  6 Jan 12:00 | Thu  7 Jan 09:00 | Wed 13 Jan | Thu 14 Jan | Mon 18 Jan | Wed 20 Jan | Thu 11 Feb
VC 2027: Sant Josep and Easter
  Fri 12 Mar 09:00 | Fri 12 Mar 09:00 | Thu 18 Mar | Mon 22 Mar | Wed 24 Mar | Tue 30 Mar | Wed 21 Apr
  Wed 17 Mar 09:00 | Wed 17 Mar 09:00 | Wed 24 Mar | Thu 25 Mar | Wed 31 Mar | Fri  2 Apr | Mon 26 Apr
  Mon 22 Mar 09:00 | Mon 22 Mar 09:00 | Tue 30 Mar | Wed 31 Mar | Fri  2 Apr | Tue  6 Apr | Wed 28 Apr
  Thu 25 Mar 18:00 | Tue 30 Mar 09:00 | Mon  5 Apr | Tue  6 Apr | Thu  8 Apr | Mon 12 Apr | Tue  4 May
VC 2028: the leap day
  Tue 22 Feb 09:00 | Tue 22 Feb 09:00 | Mon 28 Feb | Tue 29 Feb | Thu  2 Mar | Mon  6 Mar | Tue 28 Mar
  Mon 28 Feb 09:00 | Mon 28 Feb 09:00 | Fri  3 Mar | Mon  6 Mar | Wed  8 Mar | Fri 10 Mar | Mon  3 Apr
  Fri 25 Feb 18:00 | Mon 28 Feb 09:00 | Fri  3 Mar | Mon  6 Mar | Wed  8 Mar | Fri 10 Mar | Mon  3 Apr
  Tue 29 Feb 17:00 | Tue 29 Feb 17:00 | Mon  6 Mar | Tue  7 Mar | Thu  9 Mar | Mon 13 Mar | Tue  4 Apr
VC 2028: Easter and 1 May
  Fri  7 Apr 09:00 | Fri  7 Apr 09:00 | Thu 13 Apr | Tue 18 Apr | Thu 20 Apr | Mon 24 Apr | Wed 17 May
  Thu 13 Apr 09:00 | Thu 13 Apr 09:00 | Fri 21 Apr | Mon 24 Apr | Wed 26 Apr | Fri 28 Apr | Tue 23 May
  Mon 24 Apr 09:00 | Mon 24 Apr 09:00 | Fri 28 Apr | Tue  2 May | Thu  4 May | Mon  8 May | Tue 30 May
VC 2027: the bridges of December
  Mon 29 Nov 09:00 | Mon 29 Nov 09:00 | Fri  3 Dec | Tue  7 Dec | Fri 10 Dec | Tue 14 Dec | Wed  5 Jan
  Thu  2 Dec 09:00 | Thu  2 Dec 09:00 | Fri 10 Dec | Mon 13 Dec | Wed 15 Dec | Fri 17 Dec | Tue 11 Jan
  Fri  3 Dec 18:00 | Tue  7 Dec 09:00 | Tue 14 Dec | Wed 15 Dec | Fri 17 Dec | Tue 21 Dec | Thu 13 Jan
CT 2029: the Diada on a Tuesday
  Mon  3 Sep 09:00 | Mon  3 Sep 09:00 | Fri  7 Sep | Mon 10 Sep | Thu 13 Sep | Mon 17 Sep | Tue  9 Oct
  Fri  7 Sep 19:00 | Mon 10 Sep 09:00 | Mon 17 Sep | Tue 18 Sep | Thu 20 Sep | Mon 24 Sep | Wed 17 Oct
VC 2027 + Tue 16 Mar, Wed 17 Mar, Thu 18 Mar: three local days of Falles before Sant Josep
  Mon  8 Mar 09:00 | Mon  8 Mar 09:00 | Fri 12 Mar | Mon 15 Mar | Tue 23 Mar | Thu 25 Mar | Tue 20 Apr
  Fri 12 Mar 09:00 | Fri 12 Mar 09:00 | Wed 24 Mar | Thu 25 Mar | Wed 31 Mar | Fri  2 Apr | Mon 26 Apr
  Mon 15 Mar 18:00 | Mon 22 Mar 09:00 | Tue 30 Mar | Wed 31 Mar | Fri  2 Apr | Tue  6 Apr | Wed 28 Apr
"""
# opened | asked | reminded | due | warned | head told | last day


@pytest.mark.parametrize("row", list(rows(NAMINGS)))
def test_the_naming_of_a_focal_point_falls_on_these_days(row):
    """Due after 5 working days; reminded 1 before; warned 2 and the next head told 4 after; ends 20 after."""
    columns = ("asked", "reminder", "due", "warning", "escalation", "last day")
    assert planned(FOCAL_POINT_NAMING, row, *columns) == row.cells[1:]


DECISIONS = """
VC 2026: 9 d'Octubre and the National Day
  Mon  5 Oct 09:00 | Mon  5 Oct 09:00 | Thu  8 Oct | Wed  7 Oct | Tue 13 Oct | Fri 16 Oct
  Tue  6 Oct 09:00 | Tue  6 Oct 09:00 | Tue 13 Oct | Thu  8 Oct | Wed 14 Oct | Mon 19 Oct
  Wed  7 Oct 16:20 | Wed  7 Oct 16:20 | Wed 14 Oct | Tue 13 Oct | Thu 15 Oct | Tue 20 Oct
  Thu  8 Oct 10:05 | Thu  8 Oct 10:05 | Thu 15 Oct | Wed 14 Oct | Fri 16 Oct | Wed 21 Oct
  Fri  9 Oct 10:00 | Tue 13 Oct 09:00 | Fri 16 Oct | Thu 15 Oct | Mon 19 Oct | Thu 22 Oct
VC 2026: Christmas and New Year
  Tue 22 Dec 09:00 | Tue 22 Dec 09:00 | Mon 28 Dec | Thu 24 Dec | Tue 29 Dec | Mon  4 Jan
  Wed 23 Dec 11:00 | Wed 23 Dec 11:00 | Tue 29 Dec | Mon 28 Dec | Wed 30 Dec | Tue  5 Jan
  Thu 24 Dec 09:00 | Thu 24 Dec 09:00 | Wed 30 Dec | Tue 29 Dec | Thu 31 Dec | Thu  7 Jan
  Tue 29 Dec 09:00 | Tue 29 Dec 09:00 | Mon  4 Jan | Thu 31 Dec | Tue  5 Jan | Mon 11 Jan
  Wed 30 Dec 17:30 | Wed 30 Dec 17:30 | Tue  5 Jan | Mon  4 Jan | Thu  7 Jan | Tue 12 Jan
VC 2027: Reis
  Mon  4 Jan 10:30 | Mon  4 Jan 10:30 | Fri  8 Jan | Thu  7 Jan | Mon 11 Jan | Thu 14 Jan
  Tue  5 Jan 09:00 | Tue  5 Jan 09:00 | Mon 11 Jan | Fri  8 Jan | Tue 12 Jan | Fri 15 Jan
VC 2027: Sant Josep and Easter
  Wed 17 Mar 09:00 | Wed 17 Mar 09:00 | Tue 23 Mar | Mon 22 Mar | Wed 24 Mar | Wed 31 Mar
  Thu 18 Mar 09:00 | Thu 18 Mar 09:00 | Wed 24 Mar | Tue 23 Mar | Thu 25 Mar | Thu  1 Apr
  Tue 23 Mar 09:00 | Tue 23 Mar 09:00 | Tue 30 Mar | Thu 25 Mar | Wed 31 Mar | Mon  5 Apr
  Thu 25 Mar 13:00 | Thu 25 Mar 13:00 | Thu  1 Apr | Wed 31 Mar | Fri  2 Apr | Wed  7 Apr
VC 2028: the leap day
  Thu 24 Feb 09:00 | Thu 24 Feb 09:00 | Tue 29 Feb | Mon 28 Feb | Wed  1 Mar | Mon  6 Mar
  Fri 25 Feb 09:00 | Fri 25 Feb 09:00 | Wed  1 Mar | Tue 29 Feb | Thu  2 Mar | Tue  7 Mar
  Mon 28 Feb 14:14 | Mon 28 Feb 14:14 | Thu  2 Mar | Wed  1 Mar | Fri  3 Mar | Wed  8 Mar
  Tue 29 Feb 09:00 | Tue 29 Feb 09:00 | Fri  3 Mar | Thu  2 Mar | Mon  6 Mar | Thu  9 Mar
VC 2027: the bridges of December
  Thu  2 Dec 09:00 | Thu  2 Dec 09:00 | Thu  9 Dec | Tue  7 Dec | Fri 10 Dec | Wed 15 Dec
  Fri  3 Dec 09:00 | Fri  3 Dec 09:00 | Fri 10 Dec | Thu  9 Dec | Mon 13 Dec | Thu 16 Dec
  Tue  7 Dec 09:00 | Tue  7 Dec 09:00 | Mon 13 Dec | Fri 10 Dec | Tue 14 Dec | Fri 17 Dec
CT 2028: Sant Esteve
  Thu 21 Dec 09:00 | Thu 21 Dec 09:00 | Thu 28 Dec | Wed 27 Dec | Fri 29 Dec | Thu  4 Jan
  Fri 22 Dec 15:00 | Fri 22 Dec 15:00 | Fri 29 Dec | Thu 28 Dec | Tue  2 Jan | Fri  5 Jan
"""
# opened | asked | reminded | due | next head told | last day


@pytest.mark.parametrize("row", list(rows(DECISIONS)))
def test_a_decision_about_more_time_falls_on_these_days(row):
    """Due after 2 working days; reminded 1, the next head told 2, ended 5 after."""
    columns = ("asked", "reminder", "due", "escalation", "last day")
    assert planned(EXTENSION_DECISION, row, *columns) == row.cells[1:]


DUE_DAYS = """
VC 2026: autumn and winter
  Fri  9 Oct | Fri  2 Oct, Thu  8 Oct | Tue 13 Oct | Thu 15 Oct | Mon 19 Oct | Tue 27 Oct
  Mon 12 Oct | Fri  2 Oct, Thu  8 Oct | Tue 13 Oct | Thu 15 Oct | Mon 19 Oct | Tue 27 Oct
  Sat 17 Oct | Thu  8 Oct, Fri 16 Oct | Mon 19 Oct | Wed 21 Oct | Fri 23 Oct | Mon  2 Nov
  Fri 25 Dec | Fri 18 Dec, Thu 24 Dec | Mon 28 Dec | Wed 30 Dec | Mon  4 Jan | Wed 13 Jan
  Tue  8 Dec | Tue  1 Dec, Mon  7 Dec | Wed  9 Dec | Fri 11 Dec | Tue 15 Dec | Wed 23 Dec
VC 2027: a year of holidays
  Fri  1 Jan | Thu 24 Dec, Thu 31 Dec | Mon  4 Jan | Thu  7 Jan | Mon 11 Jan | Tue 19 Jan
  Wed  6 Jan | Tue 29 Dec, Tue  5 Jan | Thu  7 Jan | Mon 11 Jan | Wed 13 Jan | Thu 21 Jan
  Sat  9 Jan | Thu 31 Dec, Fri  8 Jan | Mon 11 Jan | Wed 13 Jan | Fri 15 Jan | Mon 25 Jan
  Fri 19 Mar | Fri 12 Mar, Thu 18 Mar | Mon 22 Mar | Wed 24 Mar | Tue 30 Mar | Wed  7 Apr
  Fri 26 Mar | Thu 18 Mar, Thu 25 Mar | Tue 30 Mar | Thu  1 Apr | Mon  5 Apr | Tue 13 Apr
  Thu 24 Jun | Thu 17 Jun, Wed 23 Jun | Fri 25 Jun | Tue 29 Jun | Thu  1 Jul | Fri  9 Jul
  Mon  1 Nov | Mon 25 Oct, Fri 29 Oct | Tue  2 Nov | Thu  4 Nov | Mon  8 Nov | Tue 16 Nov
  Mon  6 Dec | Mon 29 Nov, Fri  3 Dec | Tue  7 Dec | Fri 10 Dec | Tue 14 Dec | Wed 22 Dec
VC 2028: the leap day, Easter Monday, 1 May, Assumption
  Tue 29 Feb | Tue 22 Feb, Mon 28 Feb | Tue 29 Feb | Thu  2 Mar | Mon  6 Mar | Tue 14 Mar
  Mon 17 Apr | Fri  7 Apr, Thu 13 Apr | Tue 18 Apr | Thu 20 Apr | Mon 24 Apr | Wed  3 May
  Mon  1 May | Mon 24 Apr, Fri 28 Apr | Tue  2 May | Thu  4 May | Mon  8 May | Tue 16 May
  Tue 15 Aug | Tue  8 Aug, Mon 14 Aug | Wed 16 Aug | Fri 18 Aug | Tue 22 Aug | Wed 30 Aug
CT 2026: the Diada is free, 9 d'Octubre is not
  Fri 11 Sep | Fri  4 Sep, Thu 10 Sep | Mon 14 Sep | Wed 16 Sep | Fri 18 Sep | Mon 28 Sep
  Fri  9 Oct | Fri  2 Oct, Thu  8 Oct | Fri  9 Oct | Wed 14 Oct | Fri 16 Oct | Mon 26 Oct
CT 2028: the Diada and Sant Esteve
  Mon 11 Sep | Mon  4 Sep, Fri  8 Sep | Tue 12 Sep | Thu 14 Sep | Mon 18 Sep | Tue 26 Sep
  Tue 26 Dec | Mon 18 Dec, Fri 22 Dec | Wed 27 Dec | Fri 29 Dec | Wed  3 Jan | Thu 11 Jan
"""
# wanted | reminded | due | warned | head told | last day


@pytest.mark.parametrize("row", list(rows(DUE_DAYS)))
def test_a_given_due_day_rolls_forward_to_a_working_day_and_all_goes_with_it(row):
    opens_at = row.calendar.at(row.day(0) - timedelta(days=60), time(9))
    days = days_until(INDICATOR_REQUEST, row.calendar, opens_at=opens_at, due_on=row.day(0), closes_at=None)
    steps = first_plan(INDICATOR_REQUEST, days, row.calendar, Situation(timedelta(0)))
    columns = ("reminder", "due", "warning", "escalation", "last day")
    assert told(days, steps, row.calendar, *columns) == row.cells[1:]


COUNTED_ROWS = """
VC 2026: counted in working days
  Mon 14 Dec 09:00 | Mon 21 Dec, Thu 24 Dec, Mon  4 Jan | Tue 29 Dec | Wed 30 Dec, Mon 11 Jan | Thu 14 Jan
  Wed 23 Dec 09:00 | Thu 31 Dec, Thu  7 Jan, Thu 14 Jan | Mon 11 Jan | Tue 12 Jan, Wed 20 Jan | Mon 25 Jan
  Thu 24 Dec 18:30 | Tue  5 Jan, Mon 11 Jan, Mon 18 Jan | Wed 13 Jan | Thu 14 Jan, Fri 22 Jan | Wed 27 Jan
  Thu 24 Sep 09:00 | Thu  1 Oct, Tue  6 Oct, Thu 15 Oct | Thu  8 Oct | Tue 13 Oct, Wed 21 Oct | Mon 26 Oct
VC 2027: counted in working days
  Mon  4 Jan 09:00 | Tue 12 Jan, Fri 15 Jan, Fri 22 Jan | Tue 19 Jan | Wed 20 Jan, Thu 28 Jan | Tue  2 Feb
  Mon  8 Mar 09:00 | Mon 15 Mar, Thu 18 Mar, Tue 30 Mar | Tue 23 Mar | Wed 24 Mar, Mon  5 Apr | Thu  8 Apr
  Thu 11 Mar 09:00 | Thu 18 Mar, Wed 24 Mar, Fri  2 Apr | Tue 30 Mar | Wed 31 Mar, Thu  8 Apr | Tue 13 Apr
  Thu 10 Jun 09:00 | Thu 17 Jun, Tue 22 Jun, Wed 30 Jun | Fri 25 Jun | Mon 28 Jun, Tue  6 Jul | Fri  9 Jul
  Fri 19 Nov 20:00 | Mon 29 Nov, Thu  2 Dec, Mon 13 Dec | Tue  7 Dec | Thu  9 Dec, Fri 17 Dec | Wed 22 Dec
VC 2028: counted in working days
  Tue 15 Feb 09:00 | Tue 22 Feb, Fri 25 Feb, Fri  3 Mar | Tue 29 Feb | Wed  1 Mar, Thu  9 Mar | Tue 14 Mar
"""
# opened | reminded | due | head and the head above told | last day


@pytest.mark.parametrize("row", list(rows(COUNTED_ROWS)))
def test_heads_are_told_after_so_many_reminders(row):
    assert planned(COUNTED, row, "reminder", "due", "escalation", "last day") == row.cells[1:]


THREE_LEVELS_ROWS = """
VC 2026: counted in working days
  Thu 17 Dec 09:00 | Wed 23 Dec, Tue 29 Dec | Wed 30 Dec | Thu 31 Dec | Tue  5 Jan, Mon 11 Jan, Thu 14 Jan | Tue 19 Jan
  Mon 28 Dec 09:00 | Mon  4 Jan, Fri  8 Jan | Mon 11 Jan | Tue 12 Jan | Thu 14 Jan, Tue 19 Jan, Fri 22 Jan | Wed 27 Jan
  Mon 28 Sep 09:00 | Fri  2 Oct, Wed  7 Oct | Thu  8 Oct | Tue 13 Oct | Thu 15 Oct, Tue 20 Oct, Fri 23 Oct | Wed 28 Oct
  Thu  1 Oct 18:00 | Thu  8 Oct, Thu 15 Oct | Fri 16 Oct | Mon 19 Oct | Wed 21 Oct, Mon 26 Oct, Thu 29 Oct | Tue  3 Nov
VC 2027: counted in working days
  Tue  9 Mar 09:00 | Mon 15 Mar, Thu 18 Mar | Mon 22 Mar | Tue 23 Mar | Thu 25 Mar, Thu  1 Apr, Tue  6 Apr | Fri  9 Apr
  Wed 17 Mar 09:00 | Wed 24 Mar, Wed 31 Mar | Thu  1 Apr | Fri  2 Apr | Tue  6 Apr, Fri  9 Apr, Wed 14 Apr | Mon 19 Apr
  Tue 23 Nov 09:00 | Mon 29 Nov, Thu  2 Dec | Fri  3 Dec | Tue  7 Dec | Fri 10 Dec, Wed 15 Dec, Mon 20 Dec | Thu 23 Dec
  Fri 11 Jun 19:00 | Fri 18 Jun, Wed 23 Jun | Fri 25 Jun | Mon 28 Jun | Wed 30 Jun, Mon  5 Jul, Thu  8 Jul | Tue 13 Jul
VC 2028: counted in working days
  Thu 17 Feb 09:00 | Wed 23 Feb, Mon 28 Feb | Tue 29 Feb | Wed  1 Mar | Fri  3 Mar, Wed  8 Mar, Mon 13 Mar | Thu 16 Mar
  Mon  3 Apr 09:00 | Fri  7 Apr, Wed 12 Apr | Thu 13 Apr | Tue 18 Apr | Thu 20 Apr, Tue 25 Apr, Fri 28 Apr | Thu  4 May
"""
# opened | reminded | due | warned | three heads told | last day


@pytest.mark.parametrize("row", list(rows(THREE_LEVELS_ROWS)))
def test_three_heads_are_told_one_after_the_other(row):
    columns = ("reminder", "due", "warning", "escalation", "last day")
    assert planned(THREE_LEVELS, row, *columns) == row.cells[1:]


NEAR_CLOSES = """
VC 2027: opened on Monday 4 January at 9, the collection ends at the end of the first day
  Tue  5 Jan | Tue  5 Jan |                        |            |            | Tue  5 Jan
  Wed  6 Jan | Tue  5 Jan |                        |            |            | Wed  6 Jan
  Thu  7 Jan | Thu  7 Jan |                        |            |            | Thu  7 Jan
  Fri  8 Jan | Fri  8 Jan | Thu  7 Jan             |            |            | Fri  8 Jan
  Wed 13 Jan | Wed 13 Jan | Tue 12 Jan             |            |            | Wed 13 Jan
  Thu 14 Jan | Thu 14 Jan | Thu  7 Jan, Wed 13 Jan |            |            | Thu 14 Jan
  Fri 15 Jan | Fri 15 Jan | Fri  8 Jan, Thu 14 Jan |            |            | Fri 15 Jan
  Sun 17 Jan | Fri 15 Jan | Fri  8 Jan, Thu 14 Jan |            |            | Sun 17 Jan
  Tue 26 Jan | Tue 26 Jan | Tue 19 Jan, Mon 25 Jan |            |            | Tue 26 Jan
  Fri 29 Jan | Tue 26 Jan | Tue 19 Jan, Mon 25 Jan |            |            | Fri 29 Jan
  Mon  1 Feb | Tue 26 Jan | Tue 19 Jan, Mon 25 Jan | Thu 28 Jan | Mon  1 Feb | Mon  1 Feb
  Wed 10 Feb | Tue 26 Jan | Tue 19 Jan, Mon 25 Jan | Thu 28 Jan | Mon  1 Feb | Tue  9 Feb
"""
# closes | due | reminded | warned | head told | last day


@pytest.mark.parametrize("row", list(rows(NEAR_CLOSES)))
def test_a_near_close_draws_the_due_day_in_and_leaves_out_what_has_no_room(row):
    opens_at = instant("Mon  4 Jan 09:00", 2027)
    closes_at = row.calendar.end_of(row.day(0))
    days = task_days(INDICATOR_REQUEST, row.calendar, opens_at=opens_at, closes_at=closes_at)
    steps = first_plan(INDICATOR_REQUEST, days, row.calendar, Situation(timedelta(0)))
    columns = ("due", "reminder", "warning", "escalation", "last day")
    assert told(days, steps, row.calendar, *columns) == row.cells[1:]


CLOCKS = """
VC 2026: summer time begins on 29 March, ends on 25 October
  Mon 16 Mar 09:00 | 16T08:00 31T07:00 08T07:00 13T07:00 15T07:00 23T22:00
  Fri 13 Mar 09:00 | 13T08:00 30T07:00 07T07:00 10T07:00 14T07:00 22T22:00
  Tue 13 Oct 09:00 | 13T07:00 27T08:00 02T08:00 05T08:00 09T08:00 17T23:00
VC 2027: summer time begins on 28 March, ends on 31 October
  Mon 15 Mar 09:00 | 15T08:00 01T07:00 07T07:00 12T07:00 14T07:00 22T22:00
  Mon 18 Oct 09:00 | 18T07:00 02T08:00 08T08:00 11T08:00 15T08:00 23T23:00
  Mon 11 Oct 09:00 | 11T07:00 26T07:00 02T08:00 05T08:00 09T08:00 17T23:00
VC 2028: summer time begins on 26 March, ends on 29 October
  Mon 13 Mar 09:00 | 13T08:00 27T07:00 31T07:00 05T07:00 07T07:00 19T22:00
  Mon 16 Oct 09:00 | 16T07:00 30T08:00 06T08:00 09T08:00 13T08:00 21T23:00
"""
# opened | in UTC, by the day of the month: asked, reminded twice, warned, head told, ended


@pytest.mark.parametrize("row", list(rows(CLOCKS)))
def test_the_hour_stays_on_the_clock_when_clocks_change(row):
    days = task_days(INDICATOR_REQUEST, row.calendar, opens_at=row.instant(0).astimezone(UTC), closes_at=None)
    steps = first_plan(INDICATOR_REQUEST, days, row.calendar, Situation(timedelta(0)))
    assert " ".join(f"{step.at.astimezone(UTC):%dT%H:%M}" for step in steps) == row.cells[1]


STORIES = """
nobody answers
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Mon 25 Jan 09:00 reminder to anna
  Thu 28 Jan 09:00 warning to anna
  Mon  1 Feb 09:00 escalation to biel
  Wed 10 Feb 00:00 expired

an answer on the due day ends everything
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Mon 25 Jan 09:00 reminder to anna
  Tue 26 Jan 17:30 > answer

an answer at the instant of a reminder comes first
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Mon 25 Jan 09:00 > answer

a part of an answer changes no date
  Mon  4 Jan 09:00 request to anna
  Tue 12 Jan 12:00 > answer a part
  Tue 19 Jan 09:00 reminder to anna
  Mon 25 Jan 09:00 reminder to anna
  Thu 28 Jan 09:00 warning to anna
  Mon  1 Feb 09:00 escalation to biel
  Wed 10 Feb 00:00 expired

five more days, from Tuesday 26 January to Tuesday 2 February
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Wed 20 Jan 10:00 > extend 5
  Tue 26 Jan 09:00 reminder to anna
  Mon  1 Feb 09:00 reminder to anna
  Thu  4 Feb 09:00 warning to anna
  Mon  8 Feb 09:00 escalation to biel
  Wed 17 Feb 00:00 expired

the due day moved twice, to 2 and to 5 February
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Wed 20 Jan 10:00 > extend 5
  Tue 26 Jan 09:00 reminder to anna
  Wed 27 Jan 12:00 > extend 3
  Fri 29 Jan 09:00 reminder to anna
  Thu  4 Feb 09:00 reminder to anna
  Tue  9 Feb 09:00 warning to anna
  Thu 11 Feb 09:00 escalation to biel
  Sat 20 Feb 00:00 expired

the due day moved until the cap of five reminders is reached: 2, 5 and 12 February, 2 March
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Wed 20 Jan 10:00 > extend 5
  Tue 26 Jan 09:00 reminder to anna
  Wed 27 Jan 12:00 > extend 3
  Fri 29 Jan 09:00 reminder to anna
  Thu  4 Feb 09:00 reminder to anna
  Fri  5 Feb 11:00 > extend 5
  Thu 11 Feb 09:00 reminder to anna
  Tue 16 Feb 09:00 warning to anna
  Tue 16 Feb 11:00 > extend 10
  Thu  4 Mar 09:00 warning to anna
  Mon  8 Mar 09:00 escalation to biel
  Wed 17 Mar 00:00 expired

brought forward to Wednesday 20 January
  Mon  4 Jan 09:00 request to anna
  Thu 14 Jan 10:00 > bring forward 4
  Tue 19 Jan 09:00 reminder to anna
  Fri 22 Jan 09:00 warning to anna
  Tue 26 Jan 09:00 escalation to biel
  Thu  4 Feb 00:00 expired

brought forward to the same day; the warning keeps the gap from a reminder by hand
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Wed 20 Jan 10:00 > bring forward 0
  Thu 21 Jan 12:00 > remind
  Thu 21 Jan 12:00 reminder to anna
  Mon 25 Jan 09:00 warning to anna
  Wed 27 Jan 09:00 escalation to biel
  Thu  4 Feb 00:00 expired

more time after the escalation, from 3 to 10 February: warned and told anew
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Mon 25 Jan 09:00 reminder to anna
  Thu 28 Jan 09:00 warning to anna
  Mon  1 Feb 09:00 escalation to biel
  Wed  3 Feb 10:00 > extend 5
  Tue  9 Feb 09:00 reminder to anna
  Fri 12 Feb 09:00 warning to anna
  Tue 16 Feb 09:00 escalation to biel
  Thu 25 Feb 00:00 expired

more time between the warning and the escalation, from 29 January to 1 February: warned anew, at a distance
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Mon 25 Jan 09:00 reminder to anna
  Thu 28 Jan 09:00 warning to anna
  Fri 29 Jan 13:00 > extend 1
  Wed  3 Feb 09:00 warning to anna
  Fri  5 Feb 09:00 escalation to biel
  Tue 16 Feb 00:00 expired

passed on in time: the new person is reminded, at a distance from their request
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Wed 20 Jan 15:30 > delegate elena
  Wed 20 Jan 15:30 request to elena
  Mon 25 Jan 09:00 reminder to elena
  Thu 28 Jan 09:00 warning to elena
  Mon  1 Feb 09:00 escalation to biel
  Wed 10 Feb 00:00 expired

passed on on a Friday evening: asked on Monday morning, so not reminded that day
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Fri 22 Jan 19:00 > delegate elena
  Mon 25 Jan 08:00 request to elena
  Thu 28 Jan 09:00 warning to elena
  Mon  1 Feb 09:00 escalation to biel
  Wed 10 Feb 00:00 expired

passed on after the warning: who has the task now is warned before anybody is told
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Mon 25 Jan 09:00 reminder to anna
  Thu 28 Jan 09:00 warning to anna
  Fri 29 Jan 10:00 > delegate elena
  Fri 29 Jan 10:00 request to elena
  Tue  2 Feb 09:00 warning to elena
  Thu  4 Feb 09:00 escalation to biel
  Wed 10 Feb 00:00 expired

a reminder by hand on Monday takes the place of Tuesday's
  Mon  4 Jan 09:00 request to anna
  Mon 18 Jan 11:00 > remind
  Mon 18 Jan 11:00 reminder to anna
  Mon 25 Jan 09:00 reminder to anna
  Thu 28 Jan 09:00 warning to anna
  Mon  1 Feb 09:00 escalation to biel
  Wed 10 Feb 00:00 expired

a reminder by hand on a Friday evening leaves on Monday morning
  Mon  4 Jan 09:00 request to anna
  Fri 15 Jan 20:00 > remind
  Mon 18 Jan 08:00 reminder to anna
  Mon 25 Jan 09:00 reminder to anna
  Thu 28 Jan 09:00 warning to anna
  Mon  1 Feb 09:00 escalation to biel
  Wed 10 Feb 00:00 expired

told by hand: the head is not told again for the same due day
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Mon 25 Jan 09:00 reminder to anna
  Wed 27 Jan 10:00 > escalate
  Wed 27 Jan 10:00 escalation to biel
  Wed 10 Feb 00:00 expired

snoozed until Thursday 28 January: the warning stands for the reminder
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Thu 21 Jan 10:00 > snooze 7
  Thu 28 Jan 09:00 warning to anna
  Mon  1 Feb 09:00 escalation to biel
  Wed 10 Feb 00:00 expired

snoozed until Wednesday 27 January, the day before the warning: the reminder gives way
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Fri 22 Jan 10:00 > snooze 5
  Thu 28 Jan 09:00 warning to anna
  Mon  1 Feb 09:00 escalation to biel
  Wed 10 Feb 00:00 expired

snoozed until Tuesday 26 January: the reminder moves there
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Fri 22 Jan 10:00 > snooze 4
  Tue 26 Jan 09:00 reminder to anna
  Thu 28 Jan 09:00 warning to anna
  Mon  1 Feb 09:00 escalation to biel
  Wed 10 Feb 00:00 expired

paused over the day of the escalation, until Thursday 4 February
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Mon 25 Jan 09:00 reminder to anna
  Thu 28 Jan 09:00 warning to anna
  Fri 29 Jan 12:00 > pause 6
  Thu  4 Feb 09:00 escalation to biel
  Wed 10 Feb 00:00 expired

paused over the day of the warning, until Tuesday 2 February: warned then, and told two days later
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Mon 25 Jan 09:00 reminder to anna
  Wed 27 Jan 12:00 > pause 6
  Tue  2 Feb 09:00 warning to anna
  Thu  4 Feb 09:00 escalation to biel
  Wed 10 Feb 00:00 expired

paused over August, until Tuesday 1 September: one reminder, no burst, and no room to tell anybody
  opened Wed 29 Jul 2026 09:00
  Wed 29 Jul 09:00 request to anna
  Thu 30 Jul 12:00 > pause 33
  Tue  1 Sep 09:00 reminder to anna
  Thu  3 Sep 00:00 expired

paused over August, and then five more days, until Tuesday 8 September
  opened Wed 29 Jul 2026 09:00
  Wed 29 Jul 09:00 request to anna
  Thu 30 Jul 12:00 > pause 33
  Tue  1 Sep 09:00 reminder to anna
  Tue  1 Sep 12:00 > extend 5
  Mon  7 Sep 09:00 reminder to anna
  Thu 10 Sep 09:00 warning to anna
  Mon 14 Sep 09:00 escalation to biel
  Wed 23 Sep 00:00 expired

paused over August, and resumed on the 17th: one reminder for the two of the pause
  opened Wed 29 Jul 2026 09:00
  Wed 29 Jul 09:00 request to anna
  Thu 30 Jul 12:00 > pause 33
  Mon 17 Aug 10:00 > resume
  Tue 18 Aug 09:00 reminder to anna
  Fri 21 Aug 09:00 warning to anna
  Tue 25 Aug 09:00 escalation to biel
  Thu  3 Sep 00:00 expired

paused over the opening: asked when it is over
  Sun  3 Jan 12:00 > pause 8
  Mon 11 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Mon 25 Jan 09:00 reminder to anna
  Thu 28 Jan 09:00 warning to anna
  Mon  1 Feb 09:00 escalation to biel
  Wed 10 Feb 00:00 expired

away with a substitute, from the second reminder on
  away anna Mon 25 Jan to Fri 29 Jan, elena
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Mon 25 Jan 09:00 reminder to elena
  Thu 28 Jan 09:00 warning to elena
  Mon  1 Feb 09:00 escalation to biel
  Wed 10 Feb 00:00 expired

away and back again
  away anna Mon 18 Jan to Fri 22 Jan, elena
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to elena
  Mon 25 Jan 09:00 reminder to anna
  Thu 28 Jan 09:00 warning to anna
  Mon  1 Feb 09:00 escalation to biel
  Wed 10 Feb 00:00 expired

away, and nobody named: the mails wait for the return
  away anna Mon 18 Jan to Fri 22 Jan
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Mon 25 Jan 09:00 reminder to anna
  Thu 28 Jan 09:00 warning to anna
  Mon  1 Feb 09:00 escalation to biel
  Wed 10 Feb 00:00 expired

the substitute is away too, and has one of their own
  away anna Mon 18 Jan to Fri 29 Jan, elena
  away elena Mon 25 Jan to Tue 26 Jan, ferran
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to elena
  Mon 25 Jan 09:00 reminder to ferran
  Thu 28 Jan 09:00 warning to elena
  Mon  1 Feb 09:00 escalation to biel
  Wed 10 Feb 00:00 expired

two stand in for each other and are both away: the head is asked, so the next head is told
  away anna Mon 25 Jan to Fri  5 Feb, elena
  away elena Mon 25 Jan to Fri  5 Feb, anna
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Mon 25 Jan 09:00 reminder to biel
  Thu 28 Jan 09:00 warning to biel
  Mon  1 Feb 09:00 escalation to carla
  Wed 10 Feb 00:00 expired

the head is away and nobody stands in: the next head is told
  away biel Mon  1 Feb to Mon  1 Feb
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Mon 25 Jan 09:00 reminder to anna
  Thu 28 Jan 09:00 warning to anna
  Mon  1 Feb 09:00 escalation to carla
  Wed 10 Feb 00:00 expired

the head is away, and who was asked stands in: the next head is told
  away biel Mon  1 Feb to Fri  5 Feb, anna
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Mon 25 Jan 09:00 reminder to anna
  Thu 28 Jan 09:00 warning to anna
  Mon  1 Feb 09:00 escalation to carla
  Wed 10 Feb 00:00 expired

every head is away: the coordinator is told
  away biel Mon  1 Feb to Fri  5 Feb
  away carla Thu 28 Jan to Fri  5 Feb, biel
  away dani Mon  1 Feb to Mon  1 Feb
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Mon 25 Jan 09:00 reminder to anna
  Thu 28 Jan 09:00 warning to anna
  Mon  1 Feb 09:00 escalation to the coordinator
  Wed 10 Feb 00:00 expired

out from Monday to Thursday: one mail for all that was missed, and the warning before the reminder
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Mon 25 Jan 08:00 > outage until Thu 28 Jan 10:00
  Thu 28 Jan 10:00 late warning to anna
  Mon  1 Feb 09:00 escalation to biel
  Wed 10 Feb 00:00 expired

out until the evening: the warning waits for the morning, and the escalation for its distance
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Mon 25 Jan 09:00 reminder to anna
  Thu 28 Jan 08:00 > outage until Thu 28 Jan 20:00
  Fri 29 Jan 08:00 late warning to anna
  Tue  2 Feb 09:00 escalation to biel
  Wed 10 Feb 00:00 expired

out over warning and escalation: nobody is told who was not warned
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Mon 25 Jan 09:00 reminder to anna
  Wed 27 Jan 08:00 > outage until Tue  2 Feb 12:00
  Tue  2 Feb 12:00 late warning to anna
  Thu  4 Feb 09:00 escalation to biel
  Wed 10 Feb 00:00 expired

out over the escalation
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Mon 25 Jan 09:00 reminder to anna
  Thu 28 Jan 09:00 warning to anna
  Fri 29 Jan 08:00 > outage until Wed  3 Feb 11:00
  Wed  3 Feb 11:00 late escalation to biel
  Wed 10 Feb 00:00 expired

out over the opening, until the evening before Reis: asked on the day after, in working hours
  Mon  4 Jan 08:00 > outage until Tue  5 Jan 19:00
  Thu  7 Jan 08:00 late request to anna
  Tue 19 Jan 09:00 reminder to anna
  Mon 25 Jan 09:00 reminder to anna
  Thu 28 Jan 09:00 warning to anna
  Mon  1 Feb 09:00 escalation to biel
  Wed 10 Feb 00:00 expired

out over the end: silence ends late, and nobody gets a mail about it
  Mon  4 Jan 09:00 request to anna
  Tue 19 Jan 09:00 reminder to anna
  Mon 25 Jan 09:00 reminder to anna
  Thu 28 Jan 08:00 > outage until Thu 11 Feb 08:00
  Thu 11 Feb 08:00 expired

up to the top, where a late warning moves all three by the same
  rules three_levels
  Mon  4 Jan 09:00 request to anna
  Mon 11 Jan 09:00 reminder to anna
  Thu 14 Jan 09:00 reminder to anna
  Mon 18 Jan 08:00 > outage until Wed 20 Jan 11:00
  Wed 20 Jan 11:00 late warning to anna
  Fri 22 Jan 09:00 escalation to biel
  Wed 27 Jan 09:00 escalation to carla
  Mon  1 Feb 09:00 escalation to dani
  Wed  3 Feb 00:00 expired

up to the top, the second by hand and early; the third keeps its day
  rules three_levels
  Mon  4 Jan 09:00 request to anna
  Mon 11 Jan 09:00 reminder to anna
  Thu 14 Jan 09:00 reminder to anna
  Mon 18 Jan 09:00 warning to anna
  Wed 20 Jan 09:00 escalation to biel
  Thu 21 Jan 10:00 > escalate
  Thu 21 Jan 10:00 escalation to carla
  Thu 28 Jan 09:00 escalation to dani
  Wed  3 Feb 00:00 expired

up to the top, the second held up for three days; the third keeps its distance from it
  rules three_levels
  Mon  4 Jan 09:00 request to anna
  Mon 11 Jan 09:00 reminder to anna
  Thu 14 Jan 09:00 reminder to anna
  Mon 18 Jan 09:00 warning to anna
  Wed 20 Jan 09:00 escalation to biel
  Mon 25 Jan 08:00 > outage until Thu 28 Jan 08:30
  Thu 28 Jan 08:30 late escalation to carla
  Tue  2 Feb 09:00 escalation to dani
  Wed  3 Feb 00:00 expired

told after two reminders, of which one was by hand; the head above four days after the third
  rules counted
  Mon  4 Jan 09:00 request to anna
  Fri  8 Jan 12:00 > remind
  Fri  8 Jan 12:00 reminder to anna
  Tue 12 Jan 09:00 reminder to anna
  Fri 15 Jan 09:00 reminder to anna
  Wed 20 Jan 09:00 escalation to biel
  Thu 21 Jan 09:00 escalation to carla
  Wed  3 Feb 00:00 expired
"""


def head(code: str, above: str | None, in_charge: str) -> UnitFacts:
    return UnitFacts(code, code, "area", "city", above, in_charge)


PERSONS = {
    code: PersonFacts(code, code, f"{code}@city.example", "en", "service", active=True)
    for code in ("anna", "biel", "carla", "dani", "elena", "ferran")
}
UNITS = {
    "service": head("service", "area", "biel"),
    "area": head("area", "office", "carla"),
    "office": head("office", None, "dani"),
}
RULES = {policy.name: policy for policy in (INDICATOR_REQUEST, COUNTED, THREE_LEVELS)}


@dataclass(frozen=True)
class Story:
    """A task of Anna's: what people do (lines with `>`), and what leaves."""

    title: str
    opened: datetime
    lines: tuple[str, ...]
    policy: TaskPolicy
    absences: tuple[Absence, ...]

    def at(self, written: str) -> datetime:
        """An instant of the story, in the year in which its day of the month has this name."""
        for year in (self.opened.year, self.opened.year + 1):
            try:
                return instant(written, year)
            except AssertionError:
                continue
        raise AssertionError(written)


def stories(written: str) -> Iterator[object]:
    for block in written.strip().split("\n\n"):
        title, *lines = (line.strip() for line in block.splitlines())
        given = {line.split()[0]: line.split(maxsplit=1)[1] for line in lines if line[:4] in {"rule", "open"}}
        day, year, hour = given.get("opened", "Mon  4 Jan 2027 09:00").rsplit(maxsplit=2)
        told = tuple(line for line in lines if line.split()[0] not in {"rules", "opened", "away"})
        story = Story(
            title, instant(f"{day} {hour}", int(year)), told, RULES[given.get("rules", "indicator_request")], ()
        )
        away = tuple(absence(story, line) for line in lines if line.startswith("away"))
        yield pytest.param(replace(story, absences=away), id=title)


def absence(story: Story, line: str) -> Absence:
    """`away biel Mon  1 Feb to Fri  5 Feb, anna`."""
    spell, _, substitute = line.partition(", ")
    _, person, days = spell.split(maxsplit=2)
    first, last = (story.at(f"{written} 00:00").date() for written in days.split(" to "))
    return Absence(person, first, last, substitute or None)


def happenings(story: Story) -> Iterator[Event | Outage]:
    for line in story.lines:
        when, _, deed = line.partition(" > ")
        match deed.split():
            case ["outage", "until", *_]:
                yield Outage(story.at(when), story.at(deed.removeprefix("outage until ")))
            case [*words, last] if last.isdigit():
                yield Event(story.at(when) - story.opened, cast("Deed", " ".join(words)), days=int(last))
            case ["delegate", person]:
                yield Event(story.at(when) - story.opened, "delegate", person=person)
            case [_, *_]:
                yield Event(story.at(when) - story.opened, cast("Deed", deed))


@pytest.mark.parametrize("story", list(stories(STORIES)))
def test_a_task_goes_as_its_story_tells(story):
    happens = list(happenings(story))
    calendar = Calendar(MADRID, FREE["VC"])
    life = Life(
        City(
            calendar=calendar,
            units=UNITS,
            persons=PERSONS,
            errands=(Errand("indicator_request", "service", "anna", story.policy),),
            opened=story.opened,
            absences=story.absences,
            events=[each for each in happens if isinstance(each, Event)],
            outages=[each for each in happens if isinstance(each, Outage)],
            spreads=(timedelta(0),),
        )
    )
    lines = []
    for mail in life.mails:
        (said,) = mail.about
        late, reader = "late " if said.late else "", mail.reader or "the coordinator"
        lines.append(f"{local_minute(calendar, mail.at)} {late}{said.step.kind} to {reader}")
    lines += [
        f"{local_minute(calendar, task.ended_at)} expired" for task in life.tasks if task.ended_at and task.expired
    ]
    assert lines == [line for line in story.lines if ">" not in line]


def local_minute(calendar: Calendar, at: datetime) -> str:
    return f"{shown(calendar.local(at))} {calendar.local(at):%H:%M}"
