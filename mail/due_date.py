"""The day on which a task is due, as a file for the reader's own calendar (RFC 5545).

It is published, not an invitation: nothing is to be accepted, and no reply comes back. A later file about the same
task, with a higher sequence, takes the place of the one before.
"""

from datetime import date, datetime, timedelta
from typing import Final

from icalendar import Alarm, Calendar, Event

from mail.calendar_text import clean

ICS: Final = "text/calendar"
REMINDED: Final = timedelta(days=-2)
"""When the reader's calendar reminds, from the beginning of the due day."""
"""What no text of a calendar may hold; line feeds are escaped."""


def due_date_file(
    *,
    task_reference: str,
    domain: str,
    summary: str,
    description: str,
    due_on: date,
    sequence: int,
    cancelled: bool,
    written_at: datetime,
    link: str,
) -> bytes:
    """An all-day event on the due day, in UTF-8 with CRLF line ends; the same arguments give the same bytes.

    `domain` makes the reference unique in the world. `sequence` rises with each file about a task that
    follows. `written_at` is aware. `link` is told at the end of the description as well, because not every
    calendar shows it by itself.

    Raises:
        ValueError: `written_at` has no zone.

    """
    if written_at.tzinfo is None:
        raise ValueError("the time at which a calendar file is written needs its zone")
    event = Event()
    event.uid = f"due-{task_reference}@{domain}"
    event.DTSTAMP = written_at.replace(microsecond=0)
    event.sequence = sequence
    event.start, event.end = due_on, due_on + timedelta(days=1)
    event.summary = clean(summary)
    event.description = f"{clean(description)}\n\n{link}"
    event.url = link
    event.add("transp", "TRANSPARENT")
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    if not cancelled:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("trigger", REMINDED)
        alarm.add("description", clean(summary))
        event.add_component(alarm)
    calendar = Calendar()
    calendar.add("prodid", "-//Focal//Due dates//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content
