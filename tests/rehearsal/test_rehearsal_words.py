"""Why each mail leaves when it does, in one sentence."""

import csv
from dataclasses import replace
from datetime import date
from io import StringIO

from models.policies.asking import Asked
from models.policies.indicator_collection import Roster
from models.policies.people import Absence
from models.policies.plan import Quiet
from models.policies.rehearsal import Rehearsal, Rehearsed, Reply, Setting
from models.policies.task_policy import Escalation
from operations.rehearsal import Rehearsing
from operations.rehearsal_words import rehearsal_csv, why
from tests.rehearsal.stage import (
    HEALTH,
    PERSONS,
    REQUEST,
    VALENCIA,
    at,
    naming,
    people,
    played,
    setting,
    with_local_day,
)


def sentences(scene: Setting, rehearsal: Rehearsal, mail_name: str = "") -> list[str]:
    """Why of every mail, or of those of one name."""
    rehearsing = whole(scene, rehearsal)
    return [
        why(mail, about, rehearsing) for mail in rehearsal.mails for about in mail.about if mail_name in ("", mail.name)
    ]


def whole(scene: Setting, rehearsal: Rehearsal) -> Rehearsing:
    return Rehearsing(scene.reference, REQUEST, VALENCIA, scene.people, Roster((), ()), rehearsal, ())


def test_every_mail_of_a_silent_quarter_says_its_rule():
    scene = setting()
    assert sentences(scene, played(scene, HEALTH)) == [
        "The collection opens.",
        "5 working days before the due day, 26 January 2027.",
        "1 working day before the due day, 26 January 2027.",
        "2 working days before somebody above is told; due on 26 January 2027.",
        "4 working days after the due day, 26 January 2027.",
        "Copy to the person asked: 4 working days after the due day, 26 January 2027.",
    ]


def test_holidays_that_were_counted_over_are_named():
    scene = setting(calendars={"HEALTH": with_local_day(date(2027, 1, 22), "Sant Vicent")})
    reminders = sentences(scene, played(scene, HEALTH), "task_reminder")
    assert reminders[0] == (
        "5 working days before the due day, 27 January 2027, counted over Sant Vicent (22 January 2027)."
    )


def test_absences_pauses_and_the_daily_maximum_are_told():
    away = Absence("health", date(2027, 1, 1), date(2027, 1, 20), "nurse")
    gone = Absence("health-head", date(2027, 1, 20), date(2027, 2, 20), None)
    pause = Quiet(at("2027-01-18T00:00"), at("2027-01-21T00:00"))
    tasks = [Asked("indicator_request", unit, "ecology", ()) for unit in ("ECOLOGY", "MAYOR")]
    scene = setting(absences=(away, gone), quiet=(pause,), maximum=1)
    told = sentences(scene, played(scene, HEALTH, *tasks))
    assert told[1] == "The collection opens; Person health is away until 20 January 2027 and Person nurse stands in."
    assert told[2] == "The collection opens; held back by the daily maximum."
    assert any("; moved from 19 January 2027 by a pause" in each for each in told)
    escalation = sentences(scene, played(scene, HEALTH), "task_escalation")
    assert escalation == [
        "4 working days after the due day, 26 January 2027; Person health-head is away until 20 February 2027."
    ]


def test_other_rules_are_told_as_well():
    rules = {
        "reminders_before": (0,),
        "reminders_after": (2,),
        "warning": 0,
        "escalations": (Escalation(level=1, reminders=2, wait=3),),
    }
    scene = setting(policy=REQUEST.model_copy(update=rules))

    def answers(task: Rehearsed, _: object) -> Reply | None:
        return Reply(at("2027-01-05T10:00"), "nurse") if task.asked.kind == "focal_point_naming" else None

    told = sentences(scene, played(scene, naming("HEALTH", "health-head"), answers=answers))
    assert told[:4] == [
        "The collection opens.",
        "The answer came.",
        "Named by the head, asked next.",
        "On the due day, 27 January 2027.",
    ]
    assert told[4] == "2 working days after the due day, 27 January 2027."
    assert told[5] == "No answer after 2 reminders and the due day, 27 January 2027."


def test_the_file_has_a_row_for_every_task_that_a_mail_speaks_of():
    scene = setting()
    rehearsal = played(scene, HEALTH, Asked("indicator_request", "ECOLOGY", "health", ()))
    file = StringIO(rehearsal_csv(whole(scene, rehearsal)).decode("utf-8-sig"), newline="")
    headings, *rows = csv.reader(file, delimiter=";")
    assert len(rows) == sum(max(len(mail.about), 1) for mail in rehearsal.mails)
    assert {len(row) for row in rows} == {len(headings)}
    assert rows[-1][2:5] == ["collection_report", "", "the coordinator"]
    assert rows[-1][-2:] == ["no", "The collection closes."]


def test_a_name_that_looks_like_a_formula_stays_a_name_in_the_file():
    dangerous = '=HYPERLINK("http://x.example")'
    city = people(persons=[replace(each, name=dangerous) if each.code == "health" else each for each in PERSONS])
    scene = setting(city=city)
    file = StringIO(rehearsal_csv(whole(scene, played(scene, HEALTH))).decode("utf-8-sig"), newline="")
    fields = [field for row in csv.reader(file, delimiter=";") for field in row]
    assert f"'{dangerous}" in fields
    assert dangerous not in fields
