from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from icalendar import Calendar

from mail.due_date import due_date_file

WRITTEN = datetime(2026, 10, 1, 9, 30, 15, 123, tzinfo=timezone(timedelta(hours=2)))
LINK = "https://focal.city.test/a/7K2M-9QXD"


def written(**other: object) -> bytes:
    facts: dict[str, object] = {
        "task_reference": "7K2M-9QXD",
        "domain": "focal.city.test",
        "summary": "Indicadors del 3r trimestre de 2026 · Servei de Turisme",
        "description": "Falten 3 indicadors.",
        "due_on": date(2026, 10, 22),
        "sequence": 0,
        "cancelled": False,
        "written_at": WRITTEN,
        "link": LINK,
    }
    return due_date_file(**(facts | other))  # type: ignore[arg-type]


def event_of(content: bytes):
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    return event


def test_a_due_day_is_an_all_day_event_that_keeps_nobody_busy() -> None:
    content = written()
    calendar = Calendar.from_ical(content)
    assert (calendar["METHOD"], calendar["VERSION"]) == ("PUBLISH", "2.0")
    event = event_of(content)
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2026, 10, 22), date(2026, 10, 23))
    assert b"DTSTART;VALUE=DATE:20261022\r\n" in content
    assert event["SUMMARY"] == "Indicadors del 3r trimestre de 2026 · Servei de Turisme"
    assert event["DESCRIPTION"] == f"Falten 3 indicadors.\n\n{LINK}"
    assert (event["URL"], event["TRANSP"], event["STATUS"]) == (LINK, "TRANSPARENT", "CONFIRMED")
    assert event["DTSTAMP"].dt == datetime(2026, 10, 1, 7, 30, 15, tzinfo=UTC)
    assert {"ORGANIZER", "ATTENDEE"}.isdisjoint(event)  # else it would be an invitation, and answered


def test_the_calendar_reminds_two_days_before() -> None:
    (alarm,) = event_of(written()).walk("VALARM")
    assert (alarm["ACTION"], alarm["TRIGGER"].dt) == ("DISPLAY", timedelta(days=-2))
    assert alarm["DESCRIPTION"]


def test_a_moved_day_takes_the_place_of_the_one_before() -> None:
    first, second = event_of(written()), event_of(written(sequence=1, due_on=date(2026, 11, 5)))
    assert first["UID"] == second["UID"] == "due-7K2M-9QXD@focal.city.test"
    assert (first["SEQUENCE"], second["SEQUENCE"]) == (0, 1)
    assert second["DTSTART"].dt == date(2026, 11, 5)


def test_a_day_that_does_not_matter_any_more_is_cancelled_without_an_alarm() -> None:
    event = event_of(written(sequence=2, cancelled=True))
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 2)
    assert event["UID"] == "due-7K2M-9QXD@focal.city.test"
    assert event.walk("VALARM") == []


def test_the_same_day_gives_the_same_bytes() -> None:
    assert written() == written()


def test_long_lines_are_folded_within_their_bytes_and_read_back_whole() -> None:
    words = "Àrea d’Innovació, Tecnologia i Participació; “València” \\ €" * 5
    content = written(summary=words)
    assert max(map(len, content.split(b"\r\n"))) <= 75
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert event_of(content)["SUMMARY"] == words


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x00"])
def test_a_name_cannot_become_a_line_of_the_calendar(break_: str) -> None:
    content = written(summary=f"Turisme{break_}ATTENDEE:mailto:x@evil.test", description=f"x{break_}END:VEVENT")
    calendar = Calendar.from_ical(content)
    (event,) = calendar.walk("VEVENT")
    assert "ATTENDEE" not in event
    assert not any(line.startswith((b"ATTENDEE", b"END:VEVENT\r\nE")) for line in content.splitlines())
    assert content.count(b"\r\nEND:VEVENT\r\n") == 1


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        written(written_at=datetime(2026, 10, 1, 9, 30))  # noqa: DTZ001
