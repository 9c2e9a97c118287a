"""The hours of a visit for the calendar of a reader: invitations that take each other's place (RFC 5545, RFC 5546).

Each file holds one event. An event keeps its UID for ever; the file with the highest sequence stands, and one whose
method is `CANCEL` takes the event out. Nobody is asked to accept: that was said already, by answering Focal's question.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress

from mail.calendar_text import clean
from mail.due_date import ICS

Method = Literal["REQUEST", "CANCEL"]
"""What no text of a calendar may hold; line feeds are escaped."""
_QUOTES = re.compile(r"[\"“”]+")
"""What no parameter may hold."""
_UID = re.compile(r"visit-(?P<visit>[0-9a-f]{32})-(?:contact|(?P<unit>.+)-(?P<number>[0-9]+))@[^@]+")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Place:
    """Which event of a visit it is: the one of the contact (no `unit_code`, `number` 0), or one of a unit, from 1."""

    process_id: UUID
    unit_code: str = ""
    number: int = 0

    def uid(self, domain: str) -> str:
        """What the event is called in every calendar, for ever."""
        whose = f"{self.unit_code}-{self.number}" if self.unit_code else "contact"
        return f"visit-{self.process_id.hex}-{whose}@{domain}"


def place_of(uid: str) -> Place | None:
    """The place that a UID of ours names; None for any other."""
    found = _UID.fullmatch(uid)
    if found is None:
        return None
    return Place(UUID(hex=found["visit"]), found["unit"] or "", int(found["number"] or 0))


@dataclass(frozen=True, slots=True)
class VisitEvent:
    """One event: aware instants, or days of which the last one is included. `where` may be empty."""

    uid: str
    starts: date
    ends: date
    summary: str
    description: str
    where: str = ""

    @property
    def all_day(self) -> bool:
        """Whether it has days and no hours."""
        return not isinstance(self.starts, datetime)


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody of an event, by name and address."""

    name: str
    address: str


def visit_file(
    event: VisitEvent,
    *,
    method: Method,
    sequence: int,
    organiser: Party,
    attendee: Party,
    zone: ZoneInfo,
    written_at: datetime,
) -> bytes:
    """One event as a file, in UTF-8 with CRLF line ends; the same arguments give the same bytes.

    Hours are written as the clock of `zone` shows them, with the rules of that clock for the years they fall in.

    Raises:
        ValueError: `written_at` or an hour has no zone.

    """
    if written_at.tzinfo is None:
        raise ValueError("the time at which a calendar file is written needs its zone")
    calendar = Calendar()
    calendar.add("prodid", "-//Focal//Visits//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    starts: date
    ends: date
    if isinstance(event.starts, datetime) and isinstance(event.ends, datetime):
        if event.starts.tzinfo is None or event.ends.tzinfo is None:
            raise ValueError("the hours of a visit need their zone")
        starts, ends = event.starts.astimezone(zone), event.ends.astimezone(zone)
        calendar.add_component(_clock(zone, starts.year, ends.year))
    else:
        starts, ends = event.starts, event.ends + _DAY
    written = Event()
    written.uid = event.uid
    written.DTSTAMP = written_at.replace(microsecond=0)
    written.sequence = sequence
    written.start, written.end = starts, ends
    written.summary = clean(event.summary)
    written.description = clean(event.description)
    if event.where:
        written.add("location", clean(event.where))
    written.add("organizer", _party(organiser))
    asked = {"CUTYPE": "INDIVIDUAL", "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE"}
    written.add("attendee", _party(attendee, asked))
    written.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    written.add("transp", "TRANSPARENT" if event.all_day else "OPAQUE")
    calendar.add_component(written)
    content: bytes = calendar.to_ical()
    return content


def _party(party: Party, parameters: dict[str, str] | None = None) -> vCalAddress:
    address = vCalAddress(f"mailto:{party.address}")
    address.params["CN"] = _QUOTES.sub("'", clean(party.name).replace("\n", " "))
    address.params.update(parameters or {})
    return address


def _clock(zone: ZoneInfo, first_year: int, last_year: int) -> Timezone:
    """The rules of a clock in some years: what it shows when the first one begins, and each change of it.

    By hand, because a change has to be dated by the clock as it was before it (RFC 5545, 3.6.5), and only so.
    """
    begins = datetime(first_year, 1, 1, tzinfo=zone).astimezone(UTC)
    rules = Timezone()
    rules.add("tzid", zone.key)
    rules.add_component(_rule(begins, begins, zone))
    for change in _changes(begins, datetime(last_year + 1, 1, 1, tzinfo=zone).astimezone(UTC), zone):
        rules.add_component(_rule(change - timedelta(minutes=1), change, zone))
    return rules


def _changes(begins: datetime, ends: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The instants at which a clock changes, to the minute."""
    day = begins
    while day < ends:
        before, after = day, day + _DAY
        if _offset(before, zone) != _offset(after, zone):
            while after - before > timedelta(minutes=1):
                middle = before + timedelta(minutes=(after - before) // timedelta(minutes=2))
                before, after = (middle, after) if _offset(middle, zone) == _offset(day, zone) else (before, middle)
            yield after
        day += _DAY


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta(0)


def _rule(before: datetime, change: datetime, zone: ZoneInfo) -> TimezoneStandard | TimezoneDaylight:
    """What a clock shows from an instant on; `before`: an instant at which it still shows the other time."""
    local = change.astimezone(zone)
    rule = TimezoneDaylight() if local.dst() else TimezoneStandard()
    rule.add("dtstart", (change + _offset(before, zone)).replace(tzinfo=None))
    rule.add("tzoffsetfrom", _offset(before, zone))
    rule.add("tzoffsetto", _offset(change, zone))
    rule.add("tzname", local.tzname())
    return rule


@dataclass(frozen=True, slots=True)
class SentEvent:
    """One event as a mail of ours brought it."""

    place: Place
    event: VisitEvent
    sequence: int
    cancelled: bool


def events_in(rfc822: bytes) -> tuple[SentEvent, ...]:
    """The events of visits that a mail of ours brings, in its order."""
    mail = message_from_bytes(rfc822, policy=SMTP)
    return tuple(
        sent
        for part in mail.walk()
        if part.get_content_type() == ICS
        for sent in _events_of(Calendar.from_ical(part.get_payload(decode=True)))  # type: ignore[arg-type]
    )


def _events_of(calendar: Any) -> Iterator[SentEvent]:
    for written in calendar.walk("VEVENT"):
        place = place_of(str(written["UID"]))
        if place is None:
            continue
        starts, ends = written["DTSTART"].dt, written["DTEND"].dt
        yield SentEvent(
            place=place,
            event=VisitEvent(
                uid=str(written["UID"]),
                starts=starts,
                ends=ends if isinstance(ends, datetime) else ends - _DAY,
                summary=str(written["SUMMARY"]),
                description=str(written["DESCRIPTION"]),
                where=str(written.get("LOCATION", "")),
            ),
            sequence=int(written["SEQUENCE"]),
            cancelled=str(calendar["METHOD"]) == "CANCEL",
        )
