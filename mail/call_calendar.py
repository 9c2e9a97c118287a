"""The deadlines of calls as a calendar that others subscribe to (RFC 5545, RFC 7986).

It is published: nothing is to be accepted. Each deadline keeps its UID for ever; a programme that reads the calendar
again finds it moved, or gone.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from icalendar import Calendar, Event, vDuration

from mail.calendar_text import clean

READ_AGAIN = timedelta(hours=12)
"""How often a programme that subscribes is asked to look."""
"""What no text of a calendar may hold; line feeds are escaped."""
_LINK = re.compile(r"https?://[!#-;=?-~]+")


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One deadline of a call, by its `number`. Instants are aware; `sequence` rises with every change of the call."""

    call_id: UUID
    number: int
    deadline: datetime
    summary: str
    description: str
    url: str
    sequence: int
    changed_at: datetime


def deadlines_file(events: Iterable[CallEvent], *, name: str, domain: str) -> bytes:
    """Deadlines as a calendar called `name`, in UTF-8 with CRLF line ends; the same arguments give the same bytes.

    Deadlines are written in UTC, so that every reader's own clock shows them right. They last no time.

    Raises:
        ValueError: an instant has no zone.

    """
    calendar = Calendar()
    calendar.add("prodid", "-//Focal//Calls//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", clean(name))
    calendar.add("x-wr-calname", clean(name))
    calendar.add("refresh-interval", vDuration(READ_AGAIN), parameters={"VALUE": "DURATION"})
    for each in events:
        if each.deadline.tzinfo is None or each.changed_at.tzinfo is None:
            raise ValueError("a deadline needs its zone")
        event = Event()
        event.uid = f"call-{each.call_id.hex}-{each.number}@{domain}"
        event.DTSTAMP = each.changed_at.astimezone(UTC).replace(microsecond=0)
        event.sequence = each.sequence
        event.add("dtstart", each.deadline.astimezone(UTC))
        event.summary = clean(each.summary)
        event.description = clean(each.description)
        if _LINK.fullmatch(each.url):  # one that no calendar can hold spoils none
            event.url = each.url
        event.add("transp", "TRANSPARENT")
        event.add("status", "CONFIRMED")
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content
