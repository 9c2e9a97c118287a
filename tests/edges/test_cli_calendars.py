"""`focal calendar`, as somebody types it."""

from pathlib import Path

import pytest

from models.tables.people import CalendarDay, CalendarRow
from tests.edges.command import Focal, count

DAYS = "day,name\n2027-01-22,Sant Vicent Màrtir\n2027-04-05,Sant Vicent Ferrer\n"
FEAST = (
    "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Ajuntament//ca\nBEGIN:VEVENT\nUID:1\n"
    "DTSTART;VALUE=DATE:20270122\nSUMMARY:Sant Vicent Màrtir\nRRULE:FREQ=YEARLY\nEND:VEVENT\nEND:VCALENDAR\n"
)


@pytest.mark.drill
def test_a_municipality_gets_a_calendar_and_its_days(city: Focal, tmp_path: Path):
    days = tmp_path / "days.csv"
    days.write_text(DAYS)
    added = city("calendar", "add", "alzira", "--like", "valencia")
    assert (added.code, added.err) == (0, "")
    assert added.out == "The calendar alzira was added (Europe/Madrid, ES-VC): import its local days next.\n"
    first = city("calendar", "import", "alzira", str(days))
    assert (first.code, first.out) == (0, "local days: 2 new, 0 changed, 0 unchanged, 0 removed\n")
    again = city("calendar", "import", "alzira", str(days))
    assert again.out == "local days: 0 new, 0 changed, 2 unchanged, 0 removed\n"
    shown = city("calendar", "show", "alzira", "--year", "2027")
    assert (shown.code, shown.err) == (0, "")
    lines = shown.out.splitlines()
    assert lines[0] == "2027-01-01  Friday  national  New Year's Day"
    assert "2027-01-22  Friday  local  Sant Vicent Màrtir" in lines
    assert "2027-10-09  Saturday  regional  Valencian Community Day" in lines
    assert lines[-1] == f"{len(lines) - 1} free days"
    assert lines[:-1] == sorted(lines[:-1])


@pytest.mark.drill
def test_the_calendars_are_listed_with_what_they_know_and_who_goes_by_them(city: Focal, tmp_path: Path):
    feast = tmp_path / "feast.ics"
    feast.write_text(FEAST)
    city("calendar", "add", "alzira", "--like", "valencia")
    assert city("calendar", "import", "alzira", str(feast)).out.startswith("local days: 14 new")
    units = tmp_path / "units.csv"
    units.write_text(
        "unit,name,kind,institution,parent,head,calendar\n"
        "ACT-VLC-SALUT,Àrea Salut,area,Ajuntament de València,VLC-ALCALDIA,pilar.benlloch,alzira\n"
    )
    assert city("people", "import", str(units)).code == 0
    said = city("calendar", "list")
    assert (said.code, said.err) == (0, "")
    alzira, barcelona, valencia, last = said.out.splitlines()
    assert alzira.startswith("alzira  Europe/Madrid  ES-VC  local days: ")
    assert alzira.endswith("  used by: ACT-VLC-SALUT")
    assert barcelona.startswith("barcelona  Europe/Madrid  ES-CT  local days: 0 in ")
    assert barcelona.endswith("  used by: ACM, AMB, AMBO, PAM")
    assert valencia.endswith("  used by: VLC")
    assert last == "3 calendars"


def test_a_dry_run_counts_and_imports_nothing(city: Focal, tmp_path: Path):
    days = tmp_path / "days.csv"
    days.write_text(DAYS)
    said = city("calendar", "import", "valencia", str(days), "--dry-run")
    assert said.out.splitlines() == [
        "local days: 2 new, 0 changed, 0 unchanged, 0 removed",
        "Nothing was imported: this was a dry run.",
    ]
    assert count(CalendarDay) == 0


def test_every_problem_of_a_file_is_listed_and_nothing_is_imported(city: Focal, tmp_path: Path):
    days = tmp_path / "days.csv"
    days.write_text(DAYS + "2027-01-22,Again\n1999-01-22,Long ago\n")
    said = city("calendar", "import", "valencia", str(days))
    assert (said.code, said.out) == (1, "")
    assert said.err.splitlines() == [
        f"{days}, line 4: day: 2027-01-22 already stands in line 2",
        f"{days}, line 5: day: 1999-01-22 is not in the years from 2020 to 2040",
    ]
    assert count(CalendarDay) == 0


def test_what_is_not_there_or_not_known_is_refused_in_a_sentence(city: Focal):
    for arguments, sentence in (
        (("show", "atlantis"), "There is no calendar “atlantis”: look with `focal calendar list`.\n"),
        (("show", "valencia", "--year", "2041"), "Free days are known from 2020 to 2040, not for 2041.\n"),
        (
            ("add", "alzira", "--like", "atlantis"),
            "There is no calendar “atlantis”: look with `focal calendar list`.\n",
        ),
        (
            ("add", "valencia", "--like", "barcelona"),
            "There is already a calendar “valencia”: give the new one another code.\n",
        ),
    ):
        said = city("calendar", *arguments)
        assert (said.code, said.out, said.err) == (1, "", sentence)
    assert count(CalendarRow) == 2
