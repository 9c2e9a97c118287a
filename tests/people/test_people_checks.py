"""Everything wrong with people files is told by file, line, column and reason."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from models.contracts.changes import Changes
from models.contracts.people import PeopleFile
from operations.people import examine
from tests.people.office import ABSENCES, FOCAL_POINTS, NOW, PERSONS, UNITS, Files, complaints, examined

SPREADSHEET_WAYS: dict[str, Callable[[str], bytes]] = {
    "with a byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "with Windows line ends": lambda text: text.replace("\n", "\r\n").encode(),
    "with semicolons": lambda text: text.replace(",", ";").replace("Parcs; ", "Parcs, ").encode(),
    "with every field quoted": lambda text: "".join(
        '"' + line.replace('"', "").replace(", ", "\0").replace(",", '","').replace("\0", ", ") + '"\n'
        for line in text.splitlines()
    ).encode(),
    "with spaces around": lambda text: "\n".join(
        ",".join(f"\u00a0 {field} " for field in line.split(",")) if '"' not in line else line
        for line in text.splitlines()
    ).encode(),
    "with empty rows": lambda text: text.replace("\n", "\n,,,\n\n").encode(),
    "without a last line end": lambda text: text.rstrip("\n").encode(),
    "with capitals in the header": lambda text: (text.split("\n")[0].title() + text[text.index("\n") :]).encode(),
    "with accents as separate characters": lambda text: text.replace("È", "E\u0300").replace("À", "A\u0300").encode(),
}


@pytest.mark.parametrize("write", SPREADSHEET_WAYS.values(), ids=SPREADSHEET_WAYS.keys())
def test_files_are_read_however_a_spreadsheet_wrote_them(write: Callable[[str], bytes]) -> None:
    texts = {"units.csv": UNITS, "persons.csv": PERSONS, "focal_points.csv": FOCAL_POINTS, "absences.csv": ABSENCES}
    people = examined(*(PeopleFile(name, write(text)) for name, text in texts.items()))
    assert [len(rows) for rows in (people.units, people.persons, people.appointments, people.absences)] == [3, 6, 3, 1]
    assert people.units["ECO"].name == "Àrea Parcs, Jardins i Horta"
    assert people.persons["eric"].name == "Èric Pla"


def add(**lines: str) -> dict[str, str]:
    """The office's files with lines added to some."""
    texts = {"units": UNITS, "persons": PERSONS, "focal_points": FOCAL_POINTS, "absences": ABSENCES}
    return {name: texts[name] + line + "\n" for name, line in lines.items()}


ALONE = (
    "but nobody else stands above to be told: appoint another focal point, or give the unit a parent whose head is "
    "somebody else"
)
CASES: dict[str, tuple[dict[str, str], list[str]]] = {
    "a code that is none": (
        add(persons="anna puig,Anna Puig,anna@prova.example,ca,ECO"),
        [
            (
                "persons.csv, line 8: person: “anna puig” is not a code: use letters A-Z, digits, hyphens, dots and "
                "underscores, at most 64"
            )
        ],
    ),
    "fields left empty": (
        add(persons=",,,,ECO"),
        [
            "persons.csv, line 8: person: is missing",
            "persons.csv, line 8: name: is missing",
            "persons.csv, line 8: address: is missing",
            "persons.csv, line 8: language: is missing",
        ],
    ),
    "an address that is none": (
        add(persons="anna,Anna Puig,anna@prova,ca,ECO"),
        [
            (
                "persons.csv, line 8: address: “anna@prova” is not a mail address we can write to: The part after the "
                "@-sign is not valid. It should have a period."
            )
        ],
    ),
    "a language Focal does not speak": (
        add(persons="anna,Anna Puig,anna@prova.example,de,ECO"),
        ["persons.csv, line 8: language: “de” is not one of ca, ca-ES-valencia, es, en, fr"],
    ),
    "a kind of unit that is not known": (
        add(units="PARKS,Parcs,Area,Ajuntament de Prova,MAYOR,"),
        [
            (
                "units.csv, line 5: kind: “Area” is not one of area, service, office, unit, department, agency, body, "
                "municipality"
            )
        ],
    ),
    "a mail header in a name": (
        add(persons='anna,"Anna Puig\nBcc: all@example.org",anna@prova.example,ca,ECO'),
        ["persons.csv, line 8: name: contains a line break (U+000A); it must be one line"],
    ),
    "a mail header in the name of a unit": (
        add(units='PARKS,"Parcs\r\nBcc: all@example.org",area,Ajuntament de Prova,MAYOR,'),
        ["units.csv, line 5: name: contains a line break (U+000D); it must be one line"],
    ),
    "a name of 201 characters": (
        add(persons=f"anna,{'a' * 201},anna@prova.example,ca,ECO"),
        ["persons.csv, line 8: name: has 201 characters; at most 200 are possible"],
    ),
    "a day written as a spreadsheet shows it": (
        add(focal_points="ECO,elena,01/10/2026,"),
        ["focal_points.csv, line 5: first_day: “01/10/2026” is not a day: write year-month-day, as in 2026-10-01"],
    ),
    "a day that no calendar has": (
        add(absences="eric,2026-02-28,2026-02-30,"),
        ["absences.csv, line 3: last_day: “2026-02-30” is not a day: write year-month-day, as in 2026-10-01"],
    ),
    "an end before the beginning": (
        add(focal_points="ECO,elena,2026-10-02,2026-10-01"),
        ["focal_points.csv, line 5: last_day: 2026-10-01 is before the first day, 2026-10-02"],
    ),
    "an unknown unit": (
        add(persons="anna,Anna Puig,anna@prova.example,ca,MOON", focal_points="MOON,nora,2026-01-01,"),
        ["persons.csv, line 8: unit: there is no unit MOON", "focal_points.csv, line 5: unit: there is no unit MOON"],
    ),
    "an unknown person": (
        add(focal_points="ECO,anna,2026-01-01,", absences="pau,2026-01-01,2026-01-02,eva"),
        [
            "focal_points.csv, line 5: person: there is no person anna",
            "absences.csv, line 3: person: there is no person pau",
            "absences.csv, line 3: substitute: there is no person eva",
        ],
    ),
    "an unknown parent and head": (
        add(units="PARKS,Parcs,area,Ajuntament de Prova,MOON,pau"),
        [
            "units.csv, line 5: parent: there is no unit MOON",
            "units.csv, line 5: head: there is no person pau",
        ],
    ),
    "a bad row that others rightly refer to": (
        {
            **add(focal_points="PARKS,pau,2026-01-01,", units="PARKS,,area,Ajuntament de Prova,MAYOR,pau"),
            "persons": PERSONS + "pau,Pau Serra,pau,ca,PARKS\n",
        },
        [
            "units.csv, line 5: name: is missing",
            (
                "persons.csv, line 8: address: “pau” is not a mail address we can write to: An email address must have "
                "an @-sign."
            ),
        ],
    ),
    "the same unit twice": (
        add(units="ECO,Altra,area,Ajuntament de Prova,MAYOR,"),
        ["units.csv, line 5: unit: ECO already stands in units.csv, line 4"],
    ),
    "the same appointment twice": (
        add(focal_points="ECO,eric,2024-01-01,"),
        ["focal_points.csv, line 5: unit: ECO, eric, 2024-01-01 already stands in focal_points.csv, line 4"],
    ),
    "two persons with one address": (
        add(persons="anna,Anna Puig,NORA@Prova.example,ca,ECO"),
        ["persons.csv, line 8: address: nora@prova.example is the address of nora and of anna"],
    ),
    "an appointment while the same one is in force": (
        add(focal_points="ECO,eric,2027-12-31,"),
        [
            "focal_points.csv, line 5: first_day: eric is already a focal point of ECO from 2024-01-01 to 2027-12-31",
        ],
    ),
    "an absence within another": (
        add(absences="sofia,2026-12-24,2026-12-26,"),
        ["absences.csv, line 3: first_day: sofia is already away from 2026-12-01 to 2026-12-31"],
    ),
    "a person who is their own substitute": (
        add(absences="eric,2026-12-24,2026-12-26,eric"),
        ["absences.csv, line 3: substitute: eric cannot be their own substitute"],
    ),
    "substitutes in a circle": (
        add(absences="nora,2026-12-20,2027-01-10,eric\neric,2026-12-31,2026-12-31,sofia"),
        [
            (
                "absences.csv, line 4: substitute: on 2026-12-31 everybody in this chain of substitutes is away: "
                "eric > sofia > nora > eric"
            )
        ],
    ),
    "a unit above itself": (
        {"units": UNITS.replace("Ajuntament de Prova,,maria", "Ajuntament de Prova,ECO,maria")},
        ["units.csv, line 2: parent: the unit MAYOR is above itself: MAYOR > ECO > MAYOR"],
    ),
    "a unit that is its own parent": (
        {"units": UNITS.replace("Ajuntament de Prova,,maria", "Ajuntament de Prova,MAYOR,maria")},
        ["units.csv, line 2: parent: the unit MAYOR is above itself: MAYOR > MAYOR"],
    ),
    "a head who is the only focal point and has nobody above": (
        {"focal_points": FOCAL_POINTS.replace("MAYOR,nora", "MAYOR,maria")},
        [f"units.csv, line 2: head: maria is the head of MAYOR and is its focal point, {ALONE}"],
    ),
    "a head who would be asked and has only themselves above": (
        {
            "units": UNITS.replace("MAYOR,hector", "MAYOR,maria"),
            "focal_points": FOCAL_POINTS.replace("HEALTH,sofia", "MAYOR,elena"),
        },
        [f"units.csv, line 3: head: maria is the head of HEALTH and would be asked, as it has no focal point, {ALONE}"],
    ),
    "too many fields": (
        add(units="PARKS,Parcs, jardins,area,Ajuntament de Prova,MAYOR,"),
        ["units.csv, line 5: has 7 fields, the first row has 6: is a field with a separator unquoted?"],
    ),
    "too few fields": (
        add(absences="eric,2026-12-24,2026-12-26"),
        ["absences.csv, line 3: has 3 fields, the first row has 4: is a field with a separator unquoted?"],
    ),
}


@pytest.mark.parametrize(("changes", "problems"), CASES.values(), ids=CASES.keys())
def test_a_bad_row_is_told_by_file_line_column_and_reason(changes: dict[str, str], problems: list[str]) -> None:
    assert complaints(*Files(**changes).files()) == problems


WHOLE_FILES: dict[str, tuple[bytes, list[str]]] = {
    "an empty file": (b"", ["persons.csv: is empty"]),
    "a file of empty fields": (b',,,\n"",,,\n', ["persons.csv: is empty"]),
    "a file of blank lines": (b"\xef\xbb\xbf\r\n \r\n", ["persons.csv: is empty"]),
    "another encoding": (
        (PERSONS + "àlex,Àlex,alex@prova.example,ca,ECO\n").encode("cp1252"),
        [
            "persons.csv, line 3: is not UTF-8 (byte E8): save it as “CSV UTF-8” in the spreadsheet program",
        ],
    ),
    "UTF-16": (
        PERSONS.encode("utf-16"),
        ["persons.csv, line 1: is not UTF-8 (byte FF): save it as “CSV UTF-8” in the spreadsheet program"],
    ),
    "a NUL": (PERSONS.encode() + b"a\0b,", ["persons.csv, line 8: contains a NUL character: is it a text file?"]),
    "another table": (
        b"colour,size\ngreen,4\n",
        [
            (
                "persons.csv, line 1: the first row names no known columns; it should be that of "
                "units (unit,name,kind,institution,parent,head) or persons (person,name,address,language,unit) "
                "or focal_points (unit,person,first_day,last_day) "
                "or absences (person,first_day,last_day,substitute)"
            )
        ],
    ),
    "a column too few, one too many, one twice": (
        PERSONS.replace("name,address,language", "name,name,idioma").encode(),
        [
            (
                "persons.csv, line 1: address: this column is missing; a file of persons has person, name, address, "
                "language, unit, and may have calendar_files"
            ),
            (
                "persons.csv, line 1: language: this column is missing; a file of persons has person, name, address, "
                "language, unit, and may have calendar_files"
            ),
            "persons.csv, line 1: name: this column stands twice",
            (
                "persons.csv, line 1: idioma: this column is not known; a file of persons has person, name, address, "
                "language, unit, and may have calendar_files"
            ),
        ],
    ),
    "a quote that is never closed": (
        PERSONS.replace("elena,Elena", 'elena,"Elena').encode(),
        ["persons.csv, line 4: cannot be read from here on: a quote is opened and never closed"],
    ),
    "a quote in the middle": (
        PERSONS.replace("Elena Roca", '"Elena" Roca').encode(),
        [
            (
                "persons.csv, line 4: cannot be read from here on: a quote stands in the middle of a field "
                "(double it, or take it out)"
            )
        ],
    ),
    "a pasted megabyte": (
        PERSONS.replace("Elena Roca", "x" * 1_000_000).encode(),
        [
            (
                "persons.csv, line 4: cannot be read from here on: a field is longer than 131072 characters "
                "(is a closing quote missing?)"
            )
        ],
    ),
}


@pytest.mark.parametrize(("content", "problems"), WHOLE_FILES.values(), ids=WHOLE_FILES.keys())
def test_a_file_that_cannot_be_read_is_the_only_one_complained_about(content: bytes, problems: list[str]) -> None:
    others = [file for file in Files().files() if file.name != "persons.csv"]
    assert complaints(PeopleFile("persons.csv", content), *others) == problems


def test_everything_wrong_with_a_row_is_told_at_once_as_far_as_it_can_be_read() -> None:
    files = Files(
        units=UNITS + "NEW,,area,Ajuntament de Prova,MOON,pau\n",
        persons=PERSONS
        + "pau puig,Pau Puig,pau,de,MOON\nanna,Anna Puig,nora@prova.example,de,NEW\n,Ot,ot@p.example,ca,SUN\n",
        focal_points=FOCAL_POINTS + "MARS,eva,soon,\nECO,eric,2024-01-01,soon\nECO,eric,2025-01-01,soon\n",
        absences=ABSENCES + "sofia,2026-12-10,2026-12-20,sofia\nsofia,2026-12-10,2026-12-20,eva\n",
    )
    told = [problem.partition(" is not ")[0] for problem in complaints(*files.files())]
    assert told == [
        "units.csv, line 5: name: is missing",
        "units.csv, line 5: parent: there is no unit MOON",
        "units.csv, line 5: head: there is no person pau",
        "persons.csv, line 8: person: “pau puig”",
        "persons.csv, line 8: address: “pau”",
        "persons.csv, line 8: language: “de”",
        "persons.csv, line 8: unit: there is no unit MOON",
        "persons.csv, line 9: language: “de”",
        "persons.csv, line 9: address: nora@prova.example is the address of nora and of anna",
        "persons.csv, line 10: person: is missing",
        "persons.csv, line 10: unit: there is no unit SUN",
        "focal_points.csv, line 5: first_day: “soon”",
        "focal_points.csv, line 5: unit: there is no unit MARS",
        "focal_points.csv, line 5: person: there is no person eva",
        "focal_points.csv, line 6: unit: ECO, eric, 2024-01-01 already stands in focal_points.csv, line 4",
        "focal_points.csv, line 6: last_day: “soon”",
        "focal_points.csv, line 7: last_day: “soon”",
        "absences.csv, line 3: substitute: sofia cannot be their own substitute",
        "absences.csv, line 3: first_day: sofia is already away from 2026-12-01 to 2026-12-31",
        "absences.csv, line 4: person: sofia, 2026-12-10 already stands in absences.csv, line 3",
        "absences.csv, line 4: substitute: there is no person eva",
    ]


def test_problems_of_several_files_come_in_the_order_of_files_and_lines() -> None:
    files = Files(
        units=UNITS.replace("HEALTH,Àrea Salut,area", "HEALTH,Àrea Salut,sphere"),
        persons=PERSONS.replace(",es,", ",de,").replace(",fr,", ",it,"),
        absences=ABSENCES.replace("nora", "ningú"),
    )
    problems = complaints(*files.files())
    assert [problem.split(": ")[0] for problem in problems] == [
        "units.csv, line 3",
        "persons.csv, line 3",
        "persons.csv, line 6",
        "absences.csv, line 2",
    ]


def test_a_line_number_counts_the_lines_of_the_file_and_not_its_rows() -> None:
    text = 'person,name,address,language,unit\n\n\nanna,"Anna\n\nPuig",anna@prova.example,ca,ECO\npau,Pau,p,ca,ECO\n'
    files = [*Files().files(), PeopleFile("more.csv", text.encode())]
    assert [problem.split(": ")[0] for problem in complaints(*files)] == [
        "more.csv, line 4",
        "more.csv, line 7",
    ]


AGAINST_WHAT_IS_KNOWN: dict[str, tuple[str, list[str]]] = {
    "the address of somebody known": (
        "person,name,address,language,unit\nanna,Anna,Nora@prova.example,ca,ECO\n",
        ["more.csv, line 2: address: nora@prova.example is the address of nora and of anna"],
    ),
    "an absence within a known one": (
        "person,first_day,last_day,substitute\nsofia,2026-12-31,2027-01-01,\n",
        ["more.csv, line 2: first_day: sofia is already away from 2026-12-01 to 2026-12-31"],
    ),
    "a known unit put below its own": (
        "unit,name,kind,institution,parent,head\nMAYOR,Alcaldia,office,Ajuntament de Prova,ECO,maria\n",
        ["more.csv, line 2: parent: the unit MAYOR is above itself: MAYOR > ECO > MAYOR"],
    ),
    "the end of a focal point whose head then stands alone": (
        "unit,person,first_day,last_day\nMAYOR,nora,2024-01-01,2026-06-30\n",
        [f"more.csv, line 2: head: maria is the head of MAYOR and would be asked, as it has no focal point, {ALONE}"],
    ),
}


@pytest.mark.parametrize(("text", "problems"), AGAINST_WHAT_IS_KNOWN.values(), ids=AGAINST_WHAT_IS_KNOWN.keys())
def test_files_are_held_against_what_is_known(text: str, problems: list[str]) -> None:
    known = examined(*Files().files())
    assert complaints(PeopleFile("more.csv", text.encode()), known=known) == problems


def test_an_escalation_that_broke_by_itself_does_not_hold_up_other_news() -> None:
    ending = FOCAL_POINTS.replace("MAYOR,nora,2024-01-01,", "MAYOR,nora,2024-01-01,2026-11-02")
    known = examined(*Files(focal_points=ending).files())
    news = PeopleFile("news.csv", b"person,first_day,last_day,substitute\neric,2027-01-04,2027-01-08,\n")
    summary = examine([news], known=known, now=NOW + timedelta(days=1)).summary
    assert summary.absences == Changes(inserted=1)


def test_somebody_away_may_have_a_substitute_who_is_away_too_as_long_as_somebody_is_left() -> None:
    more: dict[str, Any] = add(absences="nora,2026-12-20,2027-01-10,eric\neric,2027-01-01,2027-01-05,sofia")
    assert complaints(*Files(**more).files()) == []
