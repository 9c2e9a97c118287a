"""Local days are read from CSV and iCalendar files, and everything wrong with a file is told with its line."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.contracts.refusal import Refused
from models.policies.calendar import YEARS_KNOWN
from models.policies.calendar_days import read_days

CSV = """day,name
2027-01-22,Sant Vicent Màrtir
2027-04-05,"Sant Vicent, Ferrer"
"""
MARTYR, FERRER = date(2027, 1, 22), date(2027, 4, 5)
YEARLY = "DTSTART;VALUE=DATE:20270122\nSUMMARY:Sant Vicent\nRRULE:FREQ=YEARLY"
VTIMEZONE = "BEGIN:VTIMEZONE\nTZID:{}\nEND:VTIMEZONE"


def read(content: str | bytes, file: str = "days.csv") -> dict[date, str]:
    return read_days(file, content if isinstance(content, bytes) else content.encode(), "Europe/Madrid")


def complaints(content: str | bytes, file: str = "days.csv") -> list[str]:
    with pytest.raises(Refused) as refusal:
        read(content, file)
    return list(refusal.value.problems)


def ics(*events: str, head: str = "") -> str:
    """An iCalendar file; its first event begins on line 4 and has its first property on line 5."""
    parts = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Ajuntament//ca", *([head] if head else [])]
    parts += (f"BEGIN:VEVENT\n{event}\nEND:VEVENT" for event in events)
    return "\n".join([*parts, "END:VCALENDAR", ""]).replace("\n", "\r\n")


def test_a_csv_file_has_a_day_and_its_name_in_each_row():
    assert read(CSV) == {MARTYR: "Sant Vicent Màrtir", FERRER: "Sant Vicent, Ferrer"}


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + CSV,
        CSV.replace("\n", "\r\n"),
        "name;day\nSant Vicent Màrtir;2027-01-22\n\n;\nSant Vicent, Ferrer;2027-04-05",
        'Day,NAME\n"2027-04-05","Sant Vicent, Ferrer"\n 2027-01-22 , Sant Vicent Màrtir \n',
    ],
)
def test_a_csv_file_is_read_as_spreadsheets_write_it(content):
    assert read(content) == read(CSV)
    assert list(read(content)) == [MARTYR, FERRER], "days come in their order"


CSV_REFUSALS = {
    "an empty file": ("", ["days.csv: is empty"]),
    "a file of blank lines": ("\n\n", ["days.csv: is empty"]),
    "only the first row": ("day,name\n", ["days.csv: holds no day"]),
    "a date in the Spanish order": (
        "day,name\n22/01/2027,Sant Vicent\n",
        ["days.csv, line 2: day: “22/01/2027” is not a day: write year-month-day, as in 2026-10-01"],
    ),
    "a day that does not exist": (
        "day,name\n2027-02-29,Sant Ningú\n",
        ["days.csv, line 2: day: “2027-02-29” is not a day: write year-month-day, as in 2026-10-01"],
    ),
    "no day": ("day,name\n,Sant Vicent\n", ["days.csv, line 2: day: is missing"]),
    "no name": ("day,name\n2027-01-22,\n", ["days.csv, line 2: name: is missing"]),
    "a name with a line break": (
        'day,name\n2027-01-22,"Sant\nVicent"\n',
        ["days.csv, line 2: name: contains a line break (U+000A); it must be one line"],
    ),
    "a name that changes the direction of reading": (
        "day,name\n2027-01-22,Sant \u202eVicent\n",
        ["days.csv, line 2: name: contains a character that changes the direction of reading (U+202E)"],
    ),
    "a name that is a paragraph": (
        f"day,name\n2027-01-22,{'x' * 201}\n",
        ["days.csv, line 2: name: has 201 characters; at most 200 are possible"],
    ),
    "the same day twice": (
        "day,name\n2027-01-22,Sant Vicent\n2027-04-05,Ferrer\n2027-01-22,Sant Vicent\n",
        ["days.csv, line 4: day: 2027-01-22 already stands in line 2"],
    ),
    "a year long ago and one far away": (
        "day,name\n1927-01-22,Sant Vicent\n2127-01-22,Sant Vicent\n",
        [
            "days.csv, line 2: day: 1927-01-22 is not in the years from 2020 to 2040",
            "days.csv, line 3: day: 2127-01-22 is not in the years from 2020 to 2040",
        ],
    ),
    "another encoding": (
        CSV.encode("latin-1"),
        ["days.csv, line 2: is not UTF-8 (byte E0): save it as “CSV UTF-8” in the spreadsheet program"],
    ),
    "something that is no text": (
        b"day,name\n2027-01-22,\0\n",
        ["days.csv, line 2: contains a NUL character: is it a text file?"],
    ),
    "other columns": (
        "data,festa\n2027-01-22,Sant Vicent\n",
        [
            "days.csv, line 1: day: this column is missing; a file of local days has day, name",
            "days.csv, line 1: name: this column is missing; a file of local days has day, name",
            "days.csv, line 1: data: this column is not known; a file of local days has day, name",
            "days.csv, line 1: festa: this column is not known; a file of local days has day, name",
        ],
    ),
    "a column that stands twice": (
        "day,name,name\n2027-01-22,Sant,Vicent\n",
        ["days.csv, line 1: name: this column stands twice"],
    ),
    "a comma that is not quoted": (
        "day,name\n2027-04-05,Sant Vicent, Ferrer\n",
        ["days.csv, line 2: has 3 fields, the first row has 2: is a field with a separator unquoted?"],
    ),
    "a quote that is never closed": (
        'day,name\n2027-04-05,"Sant Vicent\n',
        ["days.csv, line 2: cannot be read from here on: a quote is opened and never closed"],
    ),
    "several things at once": (
        "day,name\n2027-13-01,\n2027-01-22,Sant Vicent\n2027-01-22,Un altre\n",
        [
            "days.csv, line 2: day: “2027-13-01” is not a day: write year-month-day, as in 2026-10-01",
            "days.csv, line 2: name: is missing",
            "days.csv, line 4: day: 2027-01-22 already stands in line 3",
        ],
    ),
}


@pytest.mark.parametrize(("content", "problems"), CSV_REFUSALS.values(), ids=CSV_REFUSALS.keys())
def test_a_csv_file_is_refused_with_every_line_and_reason(content, problems):
    assert complaints(content) == problems


def rows(count: int) -> str:
    return "day,name\n" + "".join(f"{date(2027, 1, 1) + timedelta(days=n)},Dia {n}\n" for n in range(count))


def test_a_file_with_too_many_days_of_one_year_is_no_list_of_local_holidays():
    assert len(read(rows(60))) == 60
    assert complaints(rows(61)) == ["days.csv: holds 61 days of 2027, more than 60: this is no list of local holidays"]
    spread = rows(60) + "".join(f"{date(2028, 1, 1) + timedelta(days=n)},Dia {n}\n" for n in range(60))
    assert len(read(spread)) == 120, "each year is counted by itself"


def test_an_event_of_a_whole_day_is_a_free_day():
    content = ics("UID:1\nDTSTAMP:20261101T101500Z\nDTSTART;VALUE=DATE:20270122\nSUMMARY:Sant Vicent\\, Màrtir")
    assert read(content, "days.ics") == {MARTYR: "Sant Vicent, Màrtir"}


def test_an_icalendar_file_is_known_by_its_content_or_by_the_end_of_its_name():
    content = ics("DTSTART;VALUE=DATE:20270122\nSUMMARY:Sant Vicent")
    assert read(content, "days.csv") == read("\ufeff" + content, "days") == {MARTYR: "Sant Vicent"}
    assert complaints("day,name\n", "DAYS.ICS") == ["DAYS.ICS, line 1: is not a line of an iCalendar file (NAME:value)"]


def test_lines_may_be_folded_and_end_in_either_way():
    content = ics(
        "DTSTART;VALUE=DATE:20270122\nSUMMARY;LANGUAGE=ca:Sant \n Vicent\n  Màrtir\nDESCRIPTION:Dia\n\t local"
    )
    assert (
        read(content, "days.ics") == read(content.replace("\r\n", "\n"), "days.ics") == {MARTYR: "Sant Vicent Màrtir"}
    )


def test_the_day_on_which_an_event_ends_is_not_free_any_more():
    content = ics("DTSTART;VALUE=DATE:20270829\nDTEND;VALUE=DATE:20270902\nSUMMARY:Festes majors")
    assert list(read(content, "days.ics")) == [
        date(2027, 8, 29),
        date(2027, 8, 30),
        date(2027, 8, 31),
        date(2027, 9, 1),
    ]


@pytest.mark.parametrize(
    ("event", "first", "last", "count"),
    [
        (YEARLY, MARTYR, date(2040, 1, 22), 14),
        (YEARLY.replace("20270122", "19700122"), date(2020, 1, 22), date(2040, 1, 22), 21),
        (YEARLY + ";UNTIL=20300122", MARTYR, date(2030, 1, 22), 4),
        (YEARLY + ";COUNT=2;INTERVAL=1", MARTYR, date(2028, 1, 22), 2),
        (YEARLY + ";BYMONTH=8;BYDAY=1MO", date(2027, 8, 2), date(2040, 8, 6), 14),
        (YEARLY + "\nDTEND;VALUE=DATE:20270124", MARTYR, date(2040, 1, 23), 28),
        (YEARLY.replace("20270122", "20240229"), date(2024, 2, 29), date(2040, 2, 29), 5),
    ],
)
def test_an_event_that_comes_back_every_year_stands_for_each_of_its_days(event, first, last, count):
    days = list(read(ics(event), "days.ics"))
    assert (days[0], days[-1], len(days)) == (first, last, count)
    assert all(day.year in YEARS_KNOWN for day in days)


def test_an_alarm_inside_an_event_says_nothing_of_its_day():
    content = ics(
        "DTSTART;VALUE=DATE:20270122\nSUMMARY:Sant Vicent\nBEGIN:VALARM\nDURATION:P1D\nSUMMARY:Rellotge\nEND:VALARM"
    )
    assert read(content, "days.ics") == {MARTYR: "Sant Vicent"}


def test_a_zone_that_is_the_calendars_own_may_be_named():
    head = "X-WR-TIMEZONE:Europe/Madrid\n" + VTIMEZONE.format("Europe/Madrid")
    assert read(ics(YEARLY, head=head), "days.ics")


SOUND = "DTSTART;VALUE=DATE:20270122\nSUMMARY:Sant Vicent"
NOT_READ = "is not read: write each day as an event of its own, with DTSTART and DTEND"
NOT_YEARLY = "RRULE: is not a plain yearly rule (FREQ=YEARLY): write each day as an event of its own"
ICS_REFUSALS = {
    "an empty file": ("", ["days.ics: is empty"]),
    "a calendar without events": (ics(), ["days.ics: holds no day"]),
    "an event with a clock time": (
        ics("DTSTART;TZID=Europe/Madrid:20270122T100000\nSUMMARY:Ple municipal"),
        ["days.ics, line 5: DTSTART: has a clock time, but a free day is whole: write DTSTART;VALUE=DATE:20270122"],
    ),
    "an event that ends at a clock time": (
        ics("DTSTART;VALUE=DATE:20270122\nDTEND:20270122T140000Z\nSUMMARY:Matí lliure"),
        ["days.ics, line 6: DTEND: has a clock time, but a free day is whole: write DTEND;VALUE=DATE:20270122"],
    ),
    "a bad date": (
        ics("SUMMARY:Sant Ningú\nDTSTART;VALUE=DATE:20271301"),
        ["days.ics, line 6: DTSTART: is missing or not a day: write DTSTART;VALUE=DATE:20270122"],
    ),
    "no date": (
        ics("SUMMARY:Sant Ningú"),
        ["days.ics, line 4: DTSTART: is missing or not a day: write DTSTART;VALUE=DATE:20270122"],
    ),
    "no name": (ics("DTSTART;VALUE=DATE:20270122"), ["days.ics, line 4: SUMMARY: is missing"]),
    "a name with a line break": (
        ics("DTSTART;VALUE=DATE:20270122\nSUMMARY:Sant\\nVicent"),
        ["days.ics, line 6: SUMMARY: contains a line break (U+000A); it must be one line"],
    ),
    "an end that is not after the beginning": (
        ics(SOUND + "\nDTEND;VALUE=DATE:20270122"),
        ["days.ics, line 7: DTEND: is 0 days after DTSTART: write the day after the last day"],
    ),
    "an event of a hundred days": (
        ics(SOUND + "\nDTEND;VALUE=DATE:20270502"),
        ["days.ics, line 7: DTEND: is 100 days after DTSTART: write the day after the last day"],
    ),
    "a length instead of an end": (ics(SOUND + "\nDURATION:P2D"), [f"days.ics, line 7: DURATION: {NOT_READ}"]),
    "a day taken out of a rule": (
        ics(YEARLY + "\nEXDATE;VALUE=DATE:20290122"),
        [f"days.ics, line 8: EXDATE: {NOT_READ}"],
    ),
    "days added to an event": (ics(SOUND + "\nRDATE;VALUE=DATE:20280122"), [f"days.ics, line 7: RDATE: {NOT_READ}"]),
    "a rule that comes back every week": (
        ics(SOUND + "\nRRULE:FREQ=WEEKLY"),
        [f"days.ics, line 7: {NOT_YEARLY}"],
    ),
    "a rule that comes back every second year": (
        ics(SOUND + "\nRRULE:FREQ=YEARLY;INTERVAL=2"),
        [f"days.ics, line 7: {NOT_YEARLY}"],
    ),
    "a rule with a day that does not exist": (
        ics(SOUND + "\nRRULE:FREQ=YEARLY;UNTIL=20301399"),
        ["days.ics, line 7: RRULE: cannot be read: write each day as an event of its own"],
    ),
    "a rule with a ninety-ninth Monday": (
        ics(SOUND + "\nRRULE:FREQ=YEARLY;BYDAY=99MO"),
        ["days.ics, line 7: RRULE: cannot be read: write each day as an event of its own"],
    ),
    "a rule that is over": (
        ics("DTSTART;VALUE=DATE:19700122\nSUMMARY:Sant Vicent\nRRULE:FREQ=YEARLY;COUNT=3"),
        ["days.ics, line 7: RRULE: falls on no day from 2020 to 2040"],
    ),
    "a rule of too many days": (
        ics(SOUND + "\nRRULE:FREQ=YEARLY;UNTIL=20271231;BYDAY=MO,TU"),
        ["days.ics: holds 98 days of 2027, more than 60: this is no list of local holidays"],
    ),
    "the same day twice": (
        ics(YEARLY, "DTSTART;VALUE=DATE:20290122\nSUMMARY:Sant Vicent"),
        ["days.ics, line 10: DTSTART: 2029-01-22 already stands in line 5"],
    ),
    "a year far away": (
        ics("DTSTART;VALUE=DATE:20410122\nSUMMARY:Sant Vicent"),
        ["days.ics, line 5: DTSTART: 2041-01-22 is not in the years from 2020 to 2040"],
    ),
    "another encoding": (
        ics("SUMMARY:Màrtir").encode("latin-1"),
        ["days.ics, line 5: is not UTF-8 (byte E0): save it as UTF-8"],
    ),
    "a line without a name": (
        ics(SOUND + "\nSant Vicent"),
        ["days.ics, line 7: is not a line of an iCalendar file (NAME:value)"],
    ),
    "an event outside of a calendar": (
        "BEGIN:VEVENT\nEND:VEVENT\n",
        ["days.ics, line 1: stands outside of BEGIN:VCALENDAR and END:VCALENDAR"],
    ),
    "an end without a beginning": (
        "END:VCALENDAR\n",
        ["days.ics, line 1: stands outside of BEGIN:VCALENDAR and END:VCALENDAR"],
    ),
    "ends that are crossed": (
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\nEND:VEVENT\n",
        ["days.ics, line 3: ends VCALENDAR, which is not what was begun last"],
    ),
    "a file that is cut off": (
        "\r\n".join(ics(SOUND, SOUND).splitlines()[:-3]),
        ["days.ics, line 9: is the last line, but VEVENT is not ended: is the file cut off?"],
    ),
}


@pytest.mark.parametrize(("content", "problems"), ICS_REFUSALS.values(), ids=ICS_REFUSALS.keys())
def test_an_icalendar_file_is_refused_with_every_line_and_reason(content, problems):
    assert complaints(content, "days.ics") == problems


ZONES = {
    "for all of it and in an event": (
        ics(SOUND, "DTSTART;TZID=Europe/Paris:20270714T100000\nSUMMARY:x", head="X-WR-TIMEZONE:Europe/Madrid"),
        "days.ics, line 10: names the zone Europe/Paris, line 4 names Europe/Madrid: give the days of one place",
    ),
    "described one after the other": (
        ics(SOUND, head=VTIMEZONE.format("Europe/Madrid") + "\n" + VTIMEZONE.format("Atlantic/Canary")),
        "days.ics, line 8: names the zone Atlantic/Canary, line 5 names Europe/Madrid: give the days of one place",
    ),
    "for all of it and described": (
        ics(SOUND, head="X-WR-TIMEZONE:UTC\n" + VTIMEZONE.format("Europe/Madrid")),
        "days.ics, line 6: names the zone Europe/Madrid, line 4 names UTC: give the days of one place",
    ),
}


@pytest.mark.parametrize(("content", "problem"), ZONES.values(), ids=ZONES.keys())
def test_a_holiday_file_with_two_zones_is_refused(content, problem):
    assert problem in complaints(content, "days.ics")


def test_a_holiday_file_of_another_zone_is_refused():
    assert complaints(ics(SOUND, head="X-WR-TIMEZONE:Atlantic/Canary"), "days.ics") == [
        "days.ics, line 4: names the zone Atlantic/Canary, but the days of this calendar are days of Europe/Madrid"
    ]


LINES = st.sampled_from(ics(YEARLY, SOUND, head="X-WR-TIMEZONE:Europe/Madrid").splitlines() + CSV.splitlines())
NOISE = st.text(alphabet='BEGINVENT:;,=" \t0123456789-\\ñ\u2028\x0b', max_size=12)


@given(lines=st.lists(LINES | NOISE, max_size=12), file=st.sampled_from(["days.csv", "days.ics"]))
def test_whatever_stands_in_a_file_it_is_read_or_refused_in_sentences(lines, file):
    content = "\n".join(lines)
    try:
        days = read(content, file)
    except Refused:
        days = {}
    if not days:
        assert all(problem.startswith(file) and ": " in problem for problem in complaints(content, file))
    assert all(day.year in YEARS_KNOWN and name for day, name in days.items())


@given(st.binary(max_size=40))
def test_bytes_that_are_no_file_of_days_are_refused(content):
    assert complaints(content)
