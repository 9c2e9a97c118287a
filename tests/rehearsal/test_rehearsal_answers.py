"""The answers that a rehearsal assumes: habits, and files with everything that can be wrong in them."""

from collections import Counter

import pytest

from models.contracts.refusal import Refused
from models.policies.asking import Asked
from models.policies.people import UnitFacts
from models.policies.people_checks import People
from models.policies.rehearsal import Answers
from models.policies.rehearsal_answers import first_colleague, habit, read_answers
from tests.rehearsal.stage import (
    ECOLOGY,
    HEALTH,
    OPENING,
    PERSONS,
    REQUEST,
    VALENCIA,
    asked,
    at,
    naming,
    people,
    person,
    played,
    setting,
    to,
)

TASKS = (HEALTH, naming("ECOLOGY", "ecology-head"))


def read(text: str, *tasks: Asked) -> Answers:
    everybody = people(persons=(*PERSONS, person("gone", "ECOLOGY", active=False)))
    calendars = dict.fromkeys(everybody.units, VALENCIA)
    return read_answers(
        "answers.csv",
        text.encode(),
        asked=tasks or TASKS,
        people=everybody,
        calendars=calendars,
        opens_at=OPENING,
    )


def test_late_is_one_working_day_after_the_warning():
    scene = setting()
    rehearsal = played(scene, HEALTH, answers=habit("late", scene.people))
    assert to(rehearsal, "health")[-1] == ("Fri 2027-01-29 11:00", "task_receipt")
    assert not any(mail.name == "task_escalation" for mail in rehearsal.mails)


def test_late_without_a_warning_is_two_working_days_after_the_due_day():
    policy = REQUEST.model_copy(update={"warning": 0, "escalations": ()})
    scene = setting(policy=policy)
    rehearsal = played(scene, HEALTH, answers=habit("late", scene.people))
    assert to(rehearsal, "health")[-1] == ("Thu 2027-01-28 11:00", "task_receipt")


def test_late_heads_name_their_first_colleague_who_is_late_as_well():
    scene = setting()
    rehearsal = played(scene, naming("HEALTH", "health-head"), answers=habit("late", scene.people))
    assert first_colleague("HEALTH", scene.people) == "health"
    assert [name for _, name in to(rehearsal, "health-head")][-1] == "task_receipt"
    assert [name for _, name in to(rehearsal, "health")] == [
        "task_request",
        "task_reminder",
        "task_reminder",
        "task_receipt",
    ]
    assert to(rehearsal, "health")[-1] == ("Tue 2027-02-09 11:00", "task_receipt")  # no warning: no time is left for it


def test_a_head_without_colleagues_names_nobody():
    scene = setting(city=people(persons=[each for each in PERSONS if each.code not in ("health", "nurse")]))
    rehearsal = played(scene, naming("HEALTH", "health-head"), answers=habit("late", scene.people))
    assert "task_receipt" not in {mail.name for mail in rehearsal.mails}


def test_mixed_is_a_mixture_and_always_the_same():
    units = {f"U{n}": UnitFacts(f"U{n}", f"Unit {n}", "area", "City", "MAYOR", None) for n in range(400)}
    persons = {f"p{n}": person(f"p{n}", f"U{n}") for n in range(400)}
    base = people()
    city = People({**base.units, **units}, {**base.persons, **persons}, (), ())
    scene = setting(city=city)
    tasks = [asked(f"U{n}", f"p{n}") for n in range(400)]
    rehearsal = played(scene, *tasks, answers=habit("mixed", city))
    after = Counter(story.contacts[-1].kind if story.answered_at else "never" for story in rehearsal.stories)
    assert 160 < after["request"] < 240
    assert 70 < after["reminder"] < 130
    assert 25 < after["escalation"] < 75
    assert 25 < after["never"] < 75
    assert rehearsal.out_of_hours == []
    assert played(scene, *tasks, answers=habit("mixed", city)).mails == rehearsal.mails


def test_a_file_says_when_each_unit_answers_and_whom_a_head_names():
    scene = setting()
    answers = read(
        "unit,answered,named\nHEALTH,2027-01-12T10:30,\nECOLOGY,2027-01-08 09:15:30,ecology\nECOLOGY,never,\n"
    )
    rehearsal = played(scene, *TASKS, answers=answers)
    assert to(rehearsal, "health")[1:] == [("Tue 2027-01-12 10:30", "task_receipt")]
    assert to(rehearsal, "ecology-head") == [
        ("Mon 2027-01-04 09:00", "task_request"),
        ("Fri 2027-01-08 09:15", "task_receipt"),
        *to(rehearsal, "ecology-head")[2:],
    ]
    assert to(rehearsal, "ecology")[0] == ("Fri 2027-01-08 09:15", "task_request")
    assert "task_receipt" not in {name for _, name in to(rehearsal, "ecology")}
    assert rehearsal.stories[1].answered_at == at("2027-01-08T09:15:30")


def test_units_that_are_not_listed_never_answer():
    rehearsal = played(setting(), HEALTH, ECOLOGY, answers=read("unit;answered\nHEALTH;2027-01-12T10:30\n", HEALTH))
    assert {story.task.asked.unit_code for story in rehearsal.stories if story.answered_at} == {"HEALTH"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "answers.csv: is empty"),
        ("unit,when\nHEALTH,never\n", "answers.csv, line 1: answered: this column is missing"),
        ("unit,answered,why\nHEALTH,never,x\n", "answers.csv, line 1: why: this column is not known"),
        ("unit,answered\nHEALTH\n", "answers.csv, line 2: has 1 fields, the first row has 2"),
        ("unit,answered\n,never\n", "answers.csv, line 2: unit: is missing"),
        ("unit,answered\nNOWHERE,never\n", "line 2: unit: NOWHERE is asked nothing in this collection"),
        ("unit,answered\nHEALTH,never\nHEALTH,never\n", "line 3: unit: HEALTH already stands in line 2"),
        ("unit,answered\nHEALTH,\n", "line 2: answered: “” is not a moment"),
        ("unit,answered\nHEALTH,2027-01-12\n", "line 2: answered: “2027-01-12” is not a moment"),
        ("unit,answered\nHEALTH,2027-02-30T10:00\n", "line 2: answered: “2027-02-30T10:00” is not a moment"),
        ("unit,answered\nHEALTH,2027-01-12T10:30+01:00\n", "is not a moment: write the local date and time"),
        ("unit,answered\nHEALTH,2027-01-04T08:59\n", "is before the requests leave, 2027-01-04 09:00"),
        ("unit,answered,named\nHEALTH,never,nurse\n", "named: HEALTH has a focal point: nobody has to be named"),
        ("unit,answered,named\nECOLOGY,never,nurse\n", "named: nurse is not an active person of ECOLOGY"),
        ("unit,answered,named\nECOLOGY,never,gone\n", "named: gone is not an active person of ECOLOGY"),
        ("unit,answered,named\nECOLOGY,never,no one\n", "named: “no one” is not a code"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_line(text, said):
    with pytest.raises(Refused) as refusal:
        read(text)
    assert said in refusal.value.problems[0]
    assert refusal.value.problems[0].startswith("answers.csv")


def test_everything_wrong_is_told_at_once():
    with pytest.raises(Refused) as refusal:
        read("unit,answered\nNOWHERE,never\nHEALTH,soon\n")
    assert [problem.split(":")[0] for problem in refusal.value.problems] == [
        "answers.csv, line 2",
        "answers.csv, line 3",
    ]


def test_a_file_that_is_no_text_is_refused():
    content = b"unit,answered\n\xff\xfe,never"
    with pytest.raises(Refused, match="is not UTF-8"):
        read_answers("answers.csv", content, asked=TASKS, people=people(), calendars={}, opens_at=OPENING)
