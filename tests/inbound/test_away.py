"""Days, successors and departures are read out of automatic replies; what can be read in two ways is not."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.inbound.away import read_away
from models.contracts.inbound import AwayNote, Opened
from tests.inbound import saved_mails

TODAY = date(2026, 7, 20)


def said(words: str) -> Opened:
    return saved_mails.opened("away_es").model_copy(update={"subject": "", "text": words})


def note(words: str, today: date = TODAY) -> AwayNote:
    return read_away(said(words), today=today)


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("fins al 12 de gener", None, "2027-01-12"),
        ("Fins al dilluns, 17 d’agost", None, "2026-08-17"),
        ("fins al dia 12 de gener del 2028", None, "2028-01-12"),
        ("fins a l’1 de setembre inclòs", None, "2026-09-01"),
        ("fins el 2 d'oct.", None, "2026-10-02"),
        ("fins al 15/08", None, "2026-08-15"),
        ("del 3 al 14 d’agost, ambdós inclosos", "2026-08-03", "2026-08-14"),
        ("del 28 de juliol al 14 d’agost", "2026-07-28", "2026-08-14"),
        ("del 13 al 24 de juliol", "2026-07-13", "2026-07-24"),
        ("des del 20 de desembre fins al 7 de gener", "2026-12-20", "2027-01-07"),
        ("entre el 3 i el 14 d'agost", "2026-08-03", "2026-08-14"),
        ("No tornaré fins al 17 d'agost", None, "2026-08-16"),
        ("Em reincorporaré el dimarts 1 de setembre", None, "2026-08-31"),
        ("hasta el 15/08", None, "2026-08-15"),
        ("hasta el próximo lunes 17 de agosto de 2026", None, "2026-08-17"),
        ("hasta el 15-08-2026", None, "2026-08-15"),
        ("del 3 al 14 de agosto", "2026-08-03", "2026-08-14"),
        ("desde el 03/08 hasta el 14/08/26", "2026-08-03", "2026-08-14"),
        ("Vuelvo el 1 de septiembre", None, "2026-08-31"),
        ("until January 12th", None, "2027-01-12"),
        ("until Monday, 12 January 2027", None, "2027-01-12"),
        ("out of office until the 14th of August", None, "2026-08-14"),
        ("until 2026-08-14", None, "2026-08-14"),
        ("until 15/08", None, "2026-08-15"),
        ("until 08/15/2026", None, "2026-08-15"),
        ("until 08/08", None, "2026-08-08"),
        ("from 3 to 14 August", "2026-08-03", "2026-08-14"),
        ("from August 3 to 14", "2026-08-03", "2026-08-14"),
        ("between August 3rd and September 4th, 2026", "2026-08-03", "2026-09-04"),
        ("I will be back on Monday 17 August", None, "2026-08-16"),
        ("I won't be back in the office until 17 August", None, "2026-08-16"),
        ("returning on August 17", None, "2026-08-16"),
        ("de retour le 3 septembre", None, "2026-09-02"),
        ("Je serai de retour le lundi 1er septembre", None, "2026-08-31"),
        ("du 3 au 14 août inclus", "2026-08-03", "2026-08-14"),
        ("du 03/08/2026 au 14/08/2026", "2026-08-03", "2026-08-14"),
        ("jusqu’au 31 août", None, "2026-08-31"),
        ("hasta el 20 de julio", None, "2026-07-20"),
        ("hasta el 19 de julio", None, "2027-07-19"),
        ("hasta el 3 de septiembre de 2025", None, "2025-09-03"),
        ("Hasta el 15 de agosto. / Until 15 August.", None, "2026-08-15"),
        ("Del 3 al 14 d'agost. Tornaré el dilluns 17 d'agost.", "2026-08-03", "2026-08-14"),
        ("hasta el 15 de agosto;\nvuelvo el 16 de agosto", None, "2026-08-15"),
        ("estoy fuera hasta el\n15 de\nagosto", None, "2026-08-15"),
    ],
)
def test_days_are_read(words: str, first: str | None, last: str):
    found = note(words)
    assert found.last_day == date.fromisoformat(last)
    assert found.first_day == (date.fromisoformat(first) if first else None)


@pytest.mark.parametrize(
    "words",
    [
        "until 03/04",
        "back on 03/04/2027",
        "until further notice",
        "fins a finals d'agost",
        "hasta el 31 de febrero",
        "hasta el 15/13",
        "hasta el lunes",
        "until 3.5",
        "I will get back to you on 3 August",
        "Estaré disponible fins al 3 d'agost",
        "I am not available until 3 August",
        "a partir del 3 de setembre",
        "de 9 a 14 h",
        "truqueu al 93 123 45 67",
        "del 3 al 7 d'agost i del 20 al 25 d'agost",
        "Hasta el 15 de agosto. Hasta el 16 de agosto.",
        "Hola, gràcies pel missatge",
        "> fins al 12 de gener",
        "hola\n-----Mensaje original-----\nhasta el 15 de agosto",
        "",
    ],
)
def test_days_that_are_not_beyond_doubt_stay_unknown(words: str):
    assert (note(words).first_day, note(words).last_day) == (None, None)


def test_the_leap_day_is_a_day_in_its_year_only():
    assert note("hasta el 29 de febrero", today=date(2028, 1, 1)).last_day == date(2028, 2, 29)
    assert note("hasta el 29 de febrero", today=date(2026, 1, 1)).last_day is None


@pytest.mark.parametrize(
    "words",
    [
        "Ja no treballo a l'Ajuntament",
        "La Rosa ja no forma part de l'equip",
        "En Pere s'ha jubilat",
        "Ya no trabajo en el Ayuntamiento",
        "Luisa ha dejado de trabajar aquí",
        "He is no longer with the council",
        "I have left the organisation",
        "Mme Roy ne fait plus partie de nos services",
        "Je ne travaille plus à la mairie",
        "M. Roy a quitté notre collectivité",
    ],
)
def test_who_does_not_work_there_any_more_has_left(words: str):
    assert note(words).left


@pytest.mark.parametrize(
    "words",
    [
        "Estic de vacances",
        "No estoy en la oficina",
        "I have left the office for today",
        "I am no longer at my desk",
        "Je suis absent",
        "> Ja no treballo a l'Ajuntament",
    ],
)
def test_who_is_only_away_has_not_left(words: str):
    assert not note(words).left


def test_those_named_instead_are_told_without_the_writer_and_ourselves():
    assert read_away(saved_mails.opened("away_ca_subject_only"), today=TODAY) == AwayNote(
        first_day=date(2026, 8, 3),
        last_day=date(2026, 8, 14),
        left=False,
        contacts=("maria.roca@ajuntament.example",),
        excerpt="Bon dia, Seré fora de l'oficina del 3 al 14 d'agost, tots dos inclosos. Per a urgències, escriviu a "
        "Maria Roca <maria.roca@ajuntament.example> o truqueu al 93 123 45 67. Joan Prat joan.prat@ajuntament.example",
    )


def test_at_most_five_are_named_and_each_once():
    found = note(" ".join(f"P{n % 7}@Ajuntament.example;" for n in range(20)))
    assert found.contacts == tuple(f"p{n}@ajuntament.example" for n in range(5))


@given(st.text(max_size=300), st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 12, 31)))
def test_any_words_can_be_read(words: str, today: date):
    found = note(f"fins al {words} del {words} al 3 de gener", today=today)
    assert found.first_day is None or found.last_day is None or found.first_day <= found.last_day


@given(
    st.dates(min_value=date(2026, 1, 1), max_value=date(2090, 12, 31)), st.dates(date(2000, 1, 1), date(2099, 12, 31))
)
def test_a_whole_date_is_read_as_it_is_written(today: date, meant: date):
    months = "gener febrer març abril maig juny juliol agost setembre octubre novembre desembre".split()  # noqa: SIM905
    written = f"fins al {meant.day} de {months[meant.month - 1]} de {meant.year}"
    assert note(written, today=today).last_day == meant
    assert note(f"hasta el {meant.day}/{meant.month}/{meant.year}", today=today).last_day == meant
