"""The events of an iCalendar file (RFC 5545) with the lines they stand on, and the zones that the file names."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from icalendar.parser import Contentline

from models.contracts.refusal import said
from models.policies.csv_table import Unreadable

CALENDAR, EVENT = ["VCALENDAR"], ["VCALENDAR", "VEVENT"]


@dataclass(slots=True)
class Event:
    """One event: the line it begins on, and each of its properties with its own line."""

    line: int
    properties: dict[str, tuple[int, str]] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """A property's value; empty where there is none."""
        return self.properties[name][1] if name in self.properties else ""

    def line_of(self, name: str) -> int:
        """Where a property stands; where the event begins when there is none."""
        return self.properties[name][0] if name in self.properties else self.line


@dataclass(slots=True)
class Events:
    """What an iCalendar file holds. `zones` has each zone that it names, by the line that names it first."""

    events: list[Event] = field(default_factory=list)
    zones: dict[str, int] = field(default_factory=dict)


def read_events(text: str) -> Events:
    """Read an iCalendar file. What a property means is not asked here.

    Raises:
        Unreadable: it is empty, cut off, or something else than an iCalendar file.

    """
    found = Events()
    inside: list[str] = []
    """The components that are begun and not ended, the outermost first."""
    line = 0
    for line, content in _content_lines(text):
        try:
            name, parameters, value = Contentline(content).parts()
        except ValueError:
            raise Unreadable(line, said("is not a line of an iCalendar file (NAME:value)")) from None
        name, component = name.upper(), value.strip().upper()
        if name == "BEGIN":
            inside.append(component)
            if inside == EVENT:
                found.events.append(Event(line))
        if inside[:1] != CALENDAR:
            raise Unreadable(line, said("stands outside of BEGIN:VCALENDAR and END:VCALENDAR"))
        if name == "END" and inside.pop() != component:
            raise Unreadable(line, said("ends %(component)s, which is not what was begun last", component=component))
        if inside == EVENT:
            found.events[-1].properties.setdefault(name, (line, value))
        if zone := _zone(inside, name, parameters.get("TZID"), value):
            found.zones.setdefault(zone, line)
    if not line:
        raise Unreadable(0, said("is empty"))
    if inside:
        raise Unreadable(
            line, said("is the last line, but %(component)s is not ended: is the file cut off?", component=inside[-1])
        )
    return found


def _zone(inside: list[str], name: str, parameter: str | None, value: str) -> str | None:
    """The zone that a line names, if any: for the whole calendar, by describing it, or for one property of an event."""
    if (inside, name) in ((CALENDAR, "X-WR-TIMEZONE"), ([*CALENDAR, "VTIMEZONE"], "TZID")):
        return value
    return parameter if inside == EVENT else None


def _content_lines(text: str) -> Iterator[tuple[int, str]]:
    """Each line that is not blank, together with those that continue it, and the number it begins on."""
    number, whole = 0, ""
    for n, raw in enumerate(text.split("\n"), 1):
        line = raw.removesuffix("\r")
        if line.startswith((" ", "\t")) and whole:
            whole += line[1:]
            continue
        if whole.strip():
            yield number, whole
        number, whole = n, line
    if whole.strip():
        yield number, whole
