"""Calendar files of a visit, read by another library than the one that writes them."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import vobject
from dateutil.tz import tzical
from hypothesis import given
from hypothesis import strategies as st

from mail.message import Attachment, Envelope, build
from mail.render import Rendered, visit_words
from mail.translation import LANGUAGES
from mail.visit_calendar import Method, Party, Place, VisitEvent, events_in, place_of, visit_file
from models.contracts.mail import AgendaSlot, Language, VisitNews, VisitWords

MADRID = ZoneInfo("Europe/Madrid")
WRITTEN = datetime(2026, 10, 1, 9, 30, 15, 123, tzinfo=UTC)
OFFICE = Party("Oficina Internacional; “VLC”", "focal@focal.example")
VISIT = UUID(int=17)
HOURS = VisitEvent(
    uid=Place(VISIT, "ACT-VLC-STI", 2).uid("focal.example"),
    starts=datetime(2026, 10, 24, 10, tzinfo=MADRID),
    ends=datetime(2026, 10, 24, 11, 30, tzinfo=MADRID),
    summary="Mobilitat; València, 2030 · Ajuntament de Lió",
    description="Tres persones vénen.\nPreguntes: a, b",
    where="Pl. de l’Ajuntament, 1",
)
DAYS = VisitEvent(
    uid=Place(VISIT).uid("focal.example"),
    starts=date(2026, 10, 24),
    ends=date(2026, 10, 26),
    summary="Visita",
    description="Les hores vindran.",
)


def written(event: VisitEvent = HOURS, method: Method = "REQUEST", sequence: int = 1, **other: Any) -> bytes:
    facts: dict[str, Any] = {
        "organiser": OFFICE,
        "attendee": Party("Àngela Amfitriona", "angela@prova.example"),
        "zone": MADRID,
        "written_at": WRITTEN,
    }
    return visit_file(event, method=method, sequence=sequence, **(facts | other))


def parsed(content: bytes) -> Any:
    # Else it would go by the rules of an earlier file.
    vobject.icalendar.registerTzid("Europe/Madrid", None)
    (calendar,) = vobject.readComponents(content.decode())
    return calendar


def test_an_invitation_says_who_invites_whom_when_and_where():
    calendar = parsed(written())
    event = calendar.vevent
    assert (calendar.version.value, calendar.method.value) == ("2.0", "REQUEST")
    assert event.uid.value == "visit-00000000000000000000000000000011-ACT-VLC-STI-2@focal.example"
    assert (event.sequence.value, event.status.value, event.transp.value) == ("1", "CONFIRMED", "OPAQUE")
    assert event.dtstart.value == datetime(2026, 10, 24, 8, tzinfo=UTC)
    assert event.dtend.value == datetime(2026, 10, 24, 9, 30, tzinfo=UTC)
    assert event.dtstamp.value == WRITTEN.replace(microsecond=0)
    assert event.summary.value == HOURS.summary
    assert event.description.value == HOURS.description
    assert event.location.value == HOURS.where
    assert event.organizer.value == "mailto:focal@focal.example"
    assert event.organizer.params["CN"] == ["Oficina Internacional; 'VLC'"]
    assert event.attendee.value == "mailto:angela@prova.example"
    assert event.attendee.params["CN"] == ["Àngela Amfitriona"]
    assert event.attendee.params["RSVP"] == ["FALSE"], "nobody is asked to accept what they have accepted"


def test_taking_it_out_names_the_same_event_with_a_higher_sequence():
    request, cancel = parsed(written()), parsed(written(method="CANCEL", sequence=2))
    assert cancel.method.value == "CANCEL"
    assert cancel.vevent.status.value == "CANCELLED"
    assert cancel.vevent.uid.value == request.vevent.uid.value
    assert int(cancel.vevent.sequence.value) > int(request.vevent.sequence.value)
    assert (cancel.vevent.dtstart.value, cancel.vevent.attendee.value) == (
        request.vevent.dtstart.value,
        request.vevent.attendee.value,
    )


def test_days_without_hours_keep_nobody_busy_and_end_with_the_last_one():
    event = parsed(written(DAYS)).vevent
    assert (event.dtstart.value, event.dtend.value) == (date(2026, 10, 24), date(2026, 10, 27))
    assert event.transp.value == "TRANSPARENT"
    assert b"VTIMEZONE" not in written(DAYS)
    assert "location" not in event.contents


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        ("2026-10-24T18:00", "2026-10-25T13:00", ("+02:00", "+01:00")),  # back to winter time at night
        ("2027-03-27T18:00", "2027-03-28T13:00", ("+01:00", "+02:00")),
        ("2027-03-28T03:00", "2027-03-28T04:00", ("+02:00", "+02:00")),  # the first hour of summer time
        ("2026-12-31T22:00", "2027-01-01T02:00", ("+01:00", "+01:00")),
    ],
)
def test_hours_across_the_change_of_the_clock_are_those_that_the_clock_shows(starts, ends, expected):
    starts, ends = (datetime.fromisoformat(hour).replace(tzinfo=MADRID) for hour in (starts, ends))
    event = VisitEvent("visit-x@focal.example", starts, ends, "s", "d")
    content = written(event)
    assert f"DTSTART;TZID=Europe/Madrid:{starts:%Y%m%dT%H%M%S}\r\n".encode() in content
    read = parsed(content).vevent
    assert (read.dtstart.value.isoformat()[-6:], read.dtend.value.isoformat()[-6:]) == expected
    assert (read.dtstart.value, read.dtend.value) == (event.starts, event.ends)


@given(
    # None west of Greenwich: around a change dateutil reads the rules there by the clock of Greenwich.
    zone=st.sampled_from(["Europe/Madrid", "Europe/London", "Atlantic/Canary", "Europe/Helsinki", "Asia/Kathmandu"]),
    hours=st.integers(0, 7 * 365 * 24),
)
def test_the_rules_of_the_clock_in_a_file_are_those_of_the_zone(zone, hours):
    starts, local = datetime(2024, 1, 2, tzinfo=UTC) + timedelta(hours=hours), ZoneInfo(zone)
    content = written(VisitEvent("u", starts, starts + timedelta(days=1), "s", "d"), zone=local).decode()
    rules = content[content.index("BEGIN:VTIMEZONE") : content.index("BEGIN:VEVENT")]
    clock = tzical(StringIO(rules)).get(zone)
    assert clock is not None
    for hour in range(25):
        instant = starts + timedelta(hours=hour)
        shown = instant.astimezone(local)
        assert instant.astimezone(clock).replace(tzinfo=None) == shown.replace(tzinfo=None)


def test_the_same_event_gives_the_same_bytes():
    assert written() == written()


def test_long_lines_are_folded_within_their_bytes_and_read_back_whole():
    words = "Àrea d’Innovació, Tecnologia i Participació; “València” \\ €" * 5
    content = written(VisitEvent(HOURS.uid, HOURS.starts, HOURS.ends, words, words))
    assert max(map(len, content.split(b"\r\n"))) <= 75
    assert b"\n" not in content.replace(b"\r\n", b"")
    event = parsed(content).vevent
    assert (event.summary.value, event.description.value) == (words, words)


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x00"])
def test_no_words_become_a_line_of_the_calendar(break_: str):
    words = f"Lió{break_}ATTENDEE:mailto:x@evil.example{break_}END:VEVENT"
    event = VisitEvent(HOURS.uid, HOURS.starts, HOURS.ends, words, words, words)
    content = written(event, attendee=Party(f'A"{break_}X-EVIL:1', "a@prova.example"))
    read = parsed(content).vevent
    assert [attendee.value for attendee in read.attendee_list] == ["mailto:a@prova.example"]
    assert content.count(b"\r\nEND:VEVENT\r\n") == 1
    assert "x-evil" not in read.contents


def test_a_time_without_its_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        written(written_at=datetime(2026, 10, 1, 9, 30))  # noqa: DTZ001
    with pytest.raises(ValueError, match="zone"):
        written(VisitEvent("u", datetime(2026, 10, 1, 9), datetime(2026, 10, 1, 10), "s", "d"))  # noqa: DTZ001


@pytest.mark.parametrize("place", [Place(VISIT), Place(VISIT, "ACT-VLC-STI", 1), Place(VISIT, "contact", 12)])
def test_a_uid_names_its_place(place):
    assert place_of(place.uid("focal.example")) == place


def test_other_uids_name_none():
    assert place_of("due-7K2M-9QXD@focal.example") is None


def test_what_a_mail_brings_is_read_back_from_its_frozen_bytes():
    files = [("visit-2.ics", written()), ("visit-cancelled.ics", written(DAYS, "CANCEL", 7))]
    mail = build(
        Envelope(
            key="visit_news:1",
            name="task_receipt",
            sender_name="Oficina",
            sender_address="focal@focal.example",
            recipient_name="Àngela",
            recipient_address="angela@prova.example",
            reply_to=None,
            domain="focal.example",
            language="ca",
            date=WRITTEN,
            thread="<t@focal.example>",
            previous=None,
            attachments=tuple(Attachment(name, "text/calendar", content) for name, content in files),
        ),
        Rendered("Visita", "Text\n", "<p>Text</p>"),
    )
    first, second = events_in(mail)
    assert (first.event, first.sequence, first.cancelled) == (HOURS, 1, False)
    assert (second.event, second.sequence, second.cancelled) == (DAYS, 7, True)
    assert (first.place, second.place) == (Place(VISIT, "ACT-VLC-STI", 2), Place(VISIT))


def news(language: Language, **other: Any) -> VisitNews:
    visit = VisitWords(
        reference="delegation/2026-0017",
        organisation="Ville de Lyon",
        city="Lyon",
        country="France",
        kind="study",
        first_day=date(2026, 10, 24),
        last_day=date(2026, 10, 26),
        themes=("mobility",),
        people=3,
        reason="The train\ndoes not run",
    )
    facts: dict[str, Any] = {
        "language": language,
        "reader_name": "Àngela",
        "coordinator_name": "Oficina",
        "coordinator_address": "office@focal.example",
        "plan_title": "Pla",
        "visit": visit,
        "news": "confirmed",
        "to": "contact",
    }
    return VisitNews(**(facts | other))


SLOT = AgendaSlot(
    starts_at=datetime(2026, 10, 24, 9, 5, tzinfo=MADRID),
    ends_at=datetime(2026, 10, 24, 10, tzinfo=MADRID),
    theme="Tramvies",
    place="Hall",
    host="Àrea de Mobilitat",
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_an_event_are_whole_in_every_language(language):
    context = news(language)
    summary, hours = visit_words(context, (SLOT,), over=False)
    assert "Ville de Lyon" in summary
    assert any("09:05–10:00: Tramvies, Hall (Àrea de Mobilitat)" in line for line in hours.splitlines())
    _, none = visit_words(context, (), over=False)
    assert len(none.splitlines()) == 3, "that the hours follow, whom to ask, the reference"
    summary, own = visit_words(context, (), SLOT, over=False)
    assert summary == "Tramvies · Ville de Lyon (Lyon)"
    assert "France" in own
    _, over = visit_words(news(language, news="called_off"), (), over=True)
    assert "The train does not run" in over
    assert over.splitlines()[-1] == "delegation/2026-0017"


def test_the_words_are_those_of_the_reader():
    texts = {visit_words(news(language), (), over=True)[1] for language in ("ca", "es", "en", "fr")}
    assert len(texts) == 4
