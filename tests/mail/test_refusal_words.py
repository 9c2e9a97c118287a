"""What cannot be done is said in the reader's language, with its days in words; the command line says it in English."""

import ast
import re
from copy import deepcopy
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Message

from mail.refusal_words import refusal_in
from mail.translation import LANGUAGES, ROOT, translations
from models.contracts.call_entry import read_entry
from models.contracts.delegation_reception import BY_TELEPHONE, read_order
from models.contracts.files import Problem
from models.contracts.mail import Language
from models.contracts.refusal import WORDS, IsoDay, Refused, Said, TaskEnded, said, word_said
from tests.catalogues import faults_of

ROOMS = ("models", "operations", "store")
CODED = {"PersonRefused", "DayRefused", "DecisionRefused"}
REFUSALS = {"Refused", "KeyUsed", *CODED}
COMMAND = re.compile(r"`focal |(?<![\w-])--[a-z]")
PLACEHOLDER = re.compile(r"%\(\w+\)s")
MARK = re.compile(r"\b(said|\w*Refused|KeyUsed)\(")


@cache
def calls() -> tuple[tuple[str, str, ast.Call], ...]:
    """Every call of a function by its name in what may be refused: the file, the name, and the call."""
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    trees = [(path, ast.parse(text)) for path in paths if MARK.search(text := path.read_text())]
    return tuple(
        (f"{path.relative_to(ROOT)}, line {call.lineno}", call.func.id, call)
        for path, tree in trees
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    )


def test_every_sentence_is_translated_with_the_same_placeholders():
    told = [(where, call.args[0]) for where, name, call in calls() if name == "said"]
    templates = [given.value for _, given in told if isinstance(given, ast.Constant) and isinstance(given.value, str)]
    assert len(told) == len(templates) > 100
    assert faults_of(("refusals",), {template: Message(template) for template in templates}) == []


def test_no_page_speaks_of_the_command_line():
    given = [call.args[0] for _, name, call in calls() if name == "said"]
    templates = {each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    named = [template for template in templates if COMMAND.search(template)]
    assert len(named) > 30
    for language in LANGUAGES:
        words = translations(language, "refusals")
        told = {template: words.gettext(template) for template in named}
        assert [each for each in told.values() if COMMAND.search(each)] == []
        placeholders = {template: set(PLACEHOLDER.findall(template)) for template in named}
        assert [each for each, said in told.items() if not set(PLACEHOLDER.findall(said)) <= placeholders[each]] == []


def test_no_refusal_is_a_sentence_of_its_own():
    told = [(where, given) for where, name, call in calls() if name in REFUSALS for given in call.args[name in CODED :]]
    assert {where.partition("/")[0] for where, _ in told} == {*ROOMS}
    assert [where for where, given in told if isinstance(given, ast.JoinedStr | ast.Constant)] == []


def test_days_are_said_in_the_readers_language():
    sentence = said("Today is %(today)s: choose a later day.", today=date(2027, 1, 1))
    assert sentence == "Today is Friday 1 January 2027: choose a later day."
    assert {language: refusal_in(sentence, language) for language in LANGUAGES} == {
        "ca": "Avui és divendres, 1 de gener de 2027: trieu un dia posterior.",
        "ca-ES-valencia": "Hui és divendres, 1 de gener de 2027: trieu un dia posterior.",
        "es": "Hoy es viernes, 1 de enero de 2027: elija un día posterior.",
        "en": "Today is Friday 1 January 2027: choose a later day.",
        "fr": "Nous sommes le vendredi 1er janvier 2027\u00a0: choisissez un jour ultérieur.",
    }


def test_a_day_in_digits_is_said_in_words_on_a_page():
    sentence = said(
        "%(person)s is already away from %(first_day)s on.", person="P1", first_day=IsoDay(date(2027, 3, 9))
    )
    assert sentence == "P1 is already away from 2027-03-09 on."
    assert refusal_in(sentence, "es") == "P1 ya está ausente a partir del martes, 9 de marzo de 2027."


def test_a_sentence_within_a_sentence_is_translated_with_it():
    at = datetime(2027, 1, 4, 9, 30, tzinfo=ZoneInfo("Europe/Madrid"))
    (sentence,) = TaskEnded("7K2M-9QXD", "waived", at, "Pere Martí").problems
    assert sentence == (
        "Task 7K2M-9QXD was already waived at 09:30 on Monday 4 January 2027 by Pere Martí; nothing was changed."
    )
    assert refusal_in(sentence, "ca") == (
        "La tasca 7K2M-9QXD ja estava dispensada a les 09:30 del dilluns, 4 de gener de 2027 per Pere Martí; "
        "no s’ha canviat res."
    )
    assert refusal_in(TaskEnded("7K2M-9QXD", "closed", None, None).problems[0], "es") == (
        "La tarea 7K2M-9QXD ya estaba cerrada; no se ha cambiado nada."
    )


def test_a_copy_can_still_be_said_in_another_language():
    sentence = deepcopy(said("The task closes on %(closes_on)s: choose a day until then.", closes_on=date(2027, 1, 1)))
    assert (
        refusal_in(sentence, "es") == "La tarea se cierra el viernes, 1 de enero de 2027: elija un día hasta entonces."
    )


def test_every_problem_of_a_form_is_translated():
    entry = {"identifier": "a b", "title": "x" * 201, "url": "https://a.eu", "grants": 0, "colour": "red"}
    with pytest.raises(Refused) as refused:
        read_entry(entry | {"programme": "URBACT", "budget": "much", "deadlines": [{"day": "soon"}]})
    assert [refusal_in(problem, "fr").replace("\u00a0", " ") for problem in refused.value.problems] == [
        (
            "identifiant : n’est pas un identifiant : écrivez des lettres, des chiffres, des points et des tirets, "
            "comme URBACT-2027-APN."
        ),
        "titre : doit avoir au plus 200 caractères et en a 201.",
        "échéances.1.jour : n’est pas un jour : écrivez-le comme 2027-03-09.",
        "budget : doit être un nombre entier, en chiffres seulement.",
        "subventions : doit être au moins 1.",
        "colour : ce champ n’existe pas.",
    ]


@pytest.mark.parametrize("language", ["ca", "es", "fr"])
def test_nothing_of_a_delegation_is_said_in_english(language: Language):
    with pytest.raises(Refused) as refused:
        read_order({"language": "xx", "people": {"women": True}, "hosts": [], "diet": "none"})
    assert BY_TELEPHONE in refused.value.problems
    assert [problem for problem in refused.value.problems if not isinstance(problem, Said)] == []
    assert {problem for problem in refused.value.problems if refusal_in(problem, language) == problem} == set()


def test_a_problem_of_a_file_says_where_in_the_readers_language():
    problem = Problem("people.csv", 3, "language", said("is missing"))
    assert str(problem) == "people.csv, line 3: language: is missing"
    assert refusal_in(problem.sentence, "ca") == "people.csv, línia 3: language: falta"
    assert str(Problem("people.csv", 0, "", said("is empty"))) == "people.csv: is empty"


def test_what_is_no_sentence_of_ours_is_left_as_it_is():
    assert refusal_in("100 % of it", "ca") == "100 % of it"
    assert refusal_in(said("%(line)s has no answer that could be sent back.", line="100 %"), "es") == (
        "100 % no tiene ninguna respuesta que se pueda devolver."
    )
    assert word_said("not_a_number") is WORDS["not a number"]
    assert word_said("something_else") == "something else"
