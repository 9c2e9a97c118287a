"""The city's days and hours.

All rules count in days of the calendar; only `at` and `local` turn days into instants and back. A demonstration
calendar replaces those two, so that a working day lasts seconds and nothing else knows.

Conventions: working day 1 is the working day after the day counted from; due means the end of that local day;
a day that is not worked rolls forward to the next one that is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays

ONE_DAY = timedelta(days=1)
SENDING_BEGINS = time(8)
SENDING_ENDS = time(18)
"""Mail leaves between these local hours, so that no reminder rings at night."""
YEARS_KNOWN = range(2020, 2041)
"""Free days are known for these years: the plans begin in 2021, and no process looks further than 2040."""
NOVEMBER = 11
"""From this month on, the next year's local days should be there."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days, holidays and the local clock of one place. `free_days` maps each free day to its name."""

    zone: ZoneInfo
    free_days: Mapping[date, str]

    def at(self, day: date, hour: time) -> datetime:
        """The instant (UTC) at which the local clock shows `hour` on `day`."""
        return datetime.combine(day, hour, self.zone).astimezone(UTC)

    def local(self, instant: datetime) -> datetime:
        """What the local clock shows at an aware instant, as an aware datetime in the calendar's zone."""
        return instant.astimezone(self.zone)

    def day(self, instant: datetime) -> date:
        """The local day of an instant."""
        return self.local(instant).date()

    def end_of(self, day: date) -> datetime:
        """The instant (UTC) at which a local day is over."""
        return self.at(day + ONE_DAY, time(0))

    def is_working(self, day: date) -> bool:
        """Whether people work on a day: no weekend, no holiday."""
        return day.weekday() < 5 and day not in self.free_days  # noqa: PLR2004 - Saturday is 5

    def working_day_from(self, day: date) -> date:
        """The day itself when it is worked, else the next one that is."""
        while not self.is_working(day):
            day += ONE_DAY
        return day

    def shift(self, day: date, working_days: int) -> date:
        """Count working days forward (or back, when negative). The day itself is not counted; 0 rolls forward."""
        if working_days == 0:
            return self.working_day_from(day)
        direction = ONE_DAY if working_days > 0 else -ONE_DAY
        left = abs(working_days)
        while left:
            day += direction
            left -= self.is_working(day)
        return day

    def working_days_between(self, first: date, last: date) -> int:
        """Working days after `first` up to and including `last`; negative when `last` comes before `first`."""
        if last < first:
            return -self.working_days_between(last, first)
        return sum(self.is_working(first + ONE_DAY * n) for n in range(1, (last - first).days + 1))

    def skipped(self, first: date, last: date) -> tuple[date, ...]:
        """The free weekdays after `first` and before `last`: what an explanation of a date has to mention."""
        days = (first + ONE_DAY * n for n in range(1, (last - first).days))
        return tuple(day for day in days if day in self.free_days and day.weekday() < 5)  # noqa: PLR2004

    def sending_instant(self, instant: datetime) -> datetime:
        """The first instant, not before the given one, at which mail may leave."""
        shown = self.local(instant)
        day = shown.date()
        if self.is_working(day) and shown.time() < SENDING_ENDS:
            return max(instant, self.at(day, SENDING_BEGINS))
        return self.at(self.working_day_from(day + ONE_DAY), SENDING_BEGINS)

    def hour_around(self, instant: datetime) -> tuple[datetime, datetime]:
        """Where the hour of the local clock that an instant lies in begins, and where it ends (not included)."""
        shown = self.local(instant)
        day, hour = shown.date(), shown.hour
        end = self.end_of(day) if hour == 23 else self.at(day, time(hour + 1))  # noqa: PLR2004 - the last hour
        return self.at(day, time(hour)), end


@dataclass(frozen=True, slots=True)
class DemonstrationCalendar(Calendar):
    """The same days, but each working day lasts `length` of real time and free days last none.

    The working day `first` begins at `origin` (aware). Instants before it are shown as its beginning.
    """

    origin: datetime
    first: date
    length: timedelta

    def at(self, day: date, hour: time) -> datetime:
        """The instant of a local hour: a free day's hours are all the beginning of the next working day."""
        if not self.is_working(day):
            day, hour = self.working_day_from(day), time(0)
        passed = timedelta(hours=hour.hour, minutes=hour.minute, seconds=hour.second) / ONE_DAY
        before_first = day < self.first
        worked = self.working_days_between(self.first, day) if not before_first else 0
        return self.origin + self.length * (worked + (0 if before_first else passed))

    def local(self, instant: datetime) -> datetime:
        """The demonstration's clock at an instant, in the calendar's zone."""
        elapsed = max(instant - self.origin, timedelta(0))
        whole, rest = divmod(elapsed, self.length)
        day = self.shift(self.first, whole) if whole else self.first
        return datetime.combine(day, time(0), self.zone) + ONE_DAY * (rest / self.length)


def free_days(country: str, subdivision: str | None, years: range) -> dict[date, str]:
    """National and, with a subdivision, regional holidays of some years, by their English names."""
    # Without a language, the library would speak that of the machine's locale.
    return dict(holidays.country_holidays(country, subdiv=subdivision, years=years, language="en_US"))


def missing_year(local_days: Iterable[date], day: date) -> int | None:
    """The year of which a calendar has no local day and should by now: from 1 November on the next, before this one."""
    year = day.year + (day.month >= NOVEMBER)
    return year if all(local.year != year for local in local_days) else None
