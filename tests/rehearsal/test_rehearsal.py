"""A quarter rehearsed in memory: every mail it would send, and nothing that it would not."""

from datetime import UTC, date, datetime

import pytest

from models.policies.asking import Asked
from models.policies.calendar import Calendar, free_days
from models.policies.indicator_collection import SET_SIZE, ActorFacts, IndicatorFacts, PlanFacts, roster
from models.policies.people import Absence, Away
from models.policies.people_checks import People
from models.policies.period import Quarter
from models.policies.plan import Kept, PlannedStep, Quiet, Situation, first_plan, spread_of, task_days
from models.policies.rehearsal import Answers, Contact, Rehearsed, RehearsedMail, Reply, Setting, Standing, rehearse
from models.policies.rehearsal_answers import read_answers
from tests.rehearsal.stage import (
    ECOLOGY,
    HEALTH,
    MADRID,
    NAMING,
    OPENING,
    REFERENCE,
    REQUEST,
    VALENCIA,
    asked,
    at,
    naming,
    played,
    setting,
    to,
    told,
    with_local_day,
)
from tests.rosters import small_city

MINUTE = spread_of(f"{REFERENCE}/follow-up/1").seconds // 60
HOUR = f"09:{MINUTE:02}"
"""When everything after the requests leaves."""


def steps_of(mail: RehearsedMail) -> list[PlannedStep]:
    return [about.step for about in mail.about if about.step is not None]


def answering(**moments: str) -> Answers:
    """Units answer at local moments, whatever they get."""
    return lambda task, _: Reply(at(moments[unit])) if (unit := task.asked.unit_code) in moments else None


def test_a_quarter_in_which_nobody_answers_goes_as_its_table_says():
    rehearsal = played(setting(), HEALTH)
    assert told(rehearsal.mails) == [
        ("Mon 2027-01-04 09:00", "task_request", "health"),
        (f"Tue 2027-01-19 {HOUR}", "task_reminder", "health"),
        (f"Mon 2027-01-25 {HOUR}", "task_reminder", "health"),
        (f"Thu 2027-01-28 {HOUR}", "task_reminder", "health"),
        (f"Mon 2027-02-01 {HOUR}", "task_escalation", "health-head"),
        (f"Mon 2027-02-01 {HOUR}", "task_escalation_copy", "health"),
        ("Wed 2027-02-10 08:00", "collection_report", None),
    ]
    steps = [(step.kind, step.reason["rule"]) for mail in rehearsal.mails for step in steps_of(mail)]
    assert steps[1:5] == [
        ("reminder", "reminder_before_due"),
        ("reminder", "reminder_before_due"),
        ("warning", "warning"),
        ("escalation", "escalation"),
    ]
    (story,) = rehearsal.stories
    assert (story.escalated, story.answered_at) == (True, None)
    assert rehearsal.out_of_hours == []
    assert rehearsal.per_day()[date(2027, 2, 1)] == 2


def test_each_set_has_its_own_minutes():
    tasks = [asked("HEALTH", "health") for _ in range(SET_SIZE + 1)]
    rehearsal = played(setting(maximum=1000), *tasks)
    second = spread_of(f"{REFERENCE}/follow-up/2")
    assert {mail.local.minute for mail in rehearsal.mails if mail.name == "task_escalation"} == {
        MINUTE,
        second.seconds // 60,
    }
    assert {story.task.workflow_id[-1] for story in rehearsal.stories} == {"1", "2"}


def test_an_answer_is_receipted_at_once_and_ends_everything():
    rehearsal = played(setting(), HEALTH, answers=answering(HEALTH="2027-01-23T22:15"))
    assert told(rehearsal.mails)[1:] == [
        (f"Tue 2027-01-19 {HOUR}", "task_reminder", "health"),
        ("Sat 2027-01-23 22:15", "task_receipt", "health"),
        ("Wed 2027-02-10 08:00", "collection_report", None),
    ]
    assert rehearsal.out_of_hours == []
    assert rehearsal.stories[0].answered_at == at("2027-01-23T22:15")


def test_an_answer_at_the_instant_of_a_reminder_comes_first():
    rehearsal = played(setting(), HEALTH, answers=answering(HEALTH=f"2027-01-19T{HOUR}"))
    assert [mail.name for mail in rehearsal.mails] == ["task_request", "task_receipt", "collection_report"]


@pytest.mark.parametrize("moment", ["2027-02-10T00:00", "2027-03-01T10:00"])
def test_an_answer_after_the_close_is_not_taken(moment):
    rehearsal = played(setting(), HEALTH, answers=answering(HEALTH=moment))
    assert "task_receipt" not in {mail.name for mail in rehearsal.mails}
    assert rehearsal.mails[-1].name == "collection_report"
    assert rehearsal.stories[0].answered_at is None


def test_an_answer_that_would_come_before_its_request_comes_with_it():
    rehearsal = played(setting(), HEALTH, answers=answering(HEALTH="2027-01-01T10:00"))
    assert [moment for moment, _ in to(rehearsal, "health")] == ["Mon 2027-01-04 09:00"] * 2


def test_of_two_answers_the_one_that_was_said_last_counts():
    def answers(_: Rehearsed, contact: Contact) -> Reply | None:
        moments = {"request": "2027-01-27T10:00", "reminder": "2027-01-21T10:00"}
        return Reply(at(moments[contact.kind])) if contact.kind in moments else None

    rehearsal = played(setting(), HEALTH, answers=answers)
    assert to(rehearsal, "health")[-1] == ("Thu 2027-01-21 10:00", "task_receipt")


def test_whoever_a_head_names_is_asked_in_the_same_set_when_mail_may_leave():
    def answers(task: Rehearsed, _: Contact) -> Reply | None:
        return Reply(at("2027-01-08T19:30"), "nurse") if task.asked.kind == "focal_point_naming" else None

    rehearsal = played(setting(), naming("HEALTH", "health-head"), answers=answers)
    assert to(rehearsal, "health-head")[:2] == [
        ("Mon 2027-01-04 09:00", "task_request"),
        ("Fri 2027-01-08 19:30", "task_receipt"),
    ]
    assert to(rehearsal, "nurse")[:2] == [
        ("Mon 2027-01-11 09:00", "task_request"),
        (f"Mon 2027-01-25 {HOUR}", "task_reminder"),
    ]
    asked_next = rehearsal.stories[1].task
    assert asked_next.asked == Asked("indicator_request", "HEALTH", "nurse", ("HEALTH-I1",))
    assert asked_next.workflow_id == rehearsal.stories[0].task.workflow_id
    assert asked_next.days.due_on == date(2027, 2, 1)


def test_reminders_of_one_person_leave_as_one_mail_and_escalations_do_not():
    rehearsal = played(setting(), HEALTH, asked("ECOLOGY", "health"))
    assert [name for _, name in to(rehearsal, "health")] == [
        *["task_request"] * 2,
        *["task_reminders"] * 3,
        *["task_escalation_copy"] * 2,
    ]
    merged = next(mail for mail in rehearsal.mails if mail.name == "task_reminders")
    assert [about.task.asked.unit_code for about in merged.about] == ["ECOLOGY", "HEALTH"]
    assert [name for _, name in to(rehearsal, "health-head")] == ["task_escalation"]
    assert [name for _, name in to(rehearsal, "ecology-head")] == ["task_escalation"]


def standing(unit: str, person_code: str, opened: datetime) -> Standing:
    """A task of another collection that was asked some days before."""
    workflow_id = "collection/OTHER/2026-Q4/follow-up/1"
    days = task_days(REQUEST, VALENCIA, opens_at=opened, closes_at=None)
    request, *planned = first_plan(REQUEST, days, VALENCIA, Situation(spread_of(workflow_id)))
    task = Rehearsed("collection/OTHER/2026-Q4", workflow_id, asked(unit, person_code), REQUEST, VALENCIA, days)
    return Standing(task, tuple(planned), (Kept(request),), (days.opens_on,))


def test_reminders_of_another_process_share_a_mail_and_its_other_mails_are_not_listed():
    other = standing("ECOLOGY", "health", OPENING)
    rehearsal = played(setting(others=(other,)), HEALTH)
    mails = [mail for mail in rehearsal.mails if mail.reader == "health"]
    assert [mail.name for mail in mails] == ["task_request", *["task_reminders"] * 3, "task_escalation_copy"]
    assert {about.task.reference for about in mails[1].about} == {REFERENCE, "collection/OTHER/2026-Q4"}
    assert to(rehearsal, "ecology-head") == []
    assert [story.task.reference for story in rehearsal.stories] == [REFERENCE]


def test_what_is_over_the_daily_maximum_leaves_on_the_next_working_day():
    tasks = [Asked("indicator_request", unit, "health", ()) for unit in ("ECOLOGY", "HEALTH", "MAYOR")]
    rehearsal = played(setting(maximum=2), *tasks)
    requests = [mail for mail in rehearsal.mails if mail.name == "task_request"]
    assert [(mail.local.date(), mail.about[0].task.asked.unit_code) for mail in requests] == [
        (date(2027, 1, 4), "ECOLOGY"),
        (date(2027, 1, 4), "HEALTH"),
        (date(2027, 1, 5), "MAYOR"),
    ]
    assert [step.reason["held"] for step in steps_of(requests[-1])] == ["daily_maximum"]
    assert sum(mail.name == "task_escalation" for mail in rehearsal.mails) == 3


def test_whoever_stands_in_is_written_to_until_the_person_is_back():
    absences = (
        Absence("health", date(2027, 1, 1), date(2027, 1, 20), "nurse"),
        Absence("nurse", date(2027, 1, 11), date(2027, 1, 31), "ecology"),
    )
    rehearsal = played(setting(absences=absences), HEALTH)
    assert to(rehearsal, "nurse") == [("Mon 2027-01-04 09:00", "task_request")]
    assert to(rehearsal, "ecology") == [(f"Tue 2027-01-19 {HOUR}", "task_reminder")]
    assert to(rehearsal, "health")[0] == (f"Mon 2027-01-25 {HOUR}", "task_reminder")
    assert rehearsal.mails[1].about[0].path == (
        Away("health", date(2027, 1, 20), "nurse"),
        Away("nurse", date(2027, 1, 31), "ecology"),
    )


def test_the_receipt_goes_to_whoever_was_asked_last():
    absences = (Absence("health", date(2027, 1, 18), date(2027, 1, 22), "nurse"),)
    answers = answering(HEALTH="2027-01-20T10:00")
    rehearsal = played(setting(absences=absences), HEALTH, answers=answers)
    assert to(rehearsal, "nurse") == [
        (f"Tue 2027-01-19 {HOUR}", "task_reminder"),
        ("Wed 2027-01-20 10:00", "task_receipt"),
    ]


def test_where_nobody_is_there_the_coordinator_is_told():
    absences = tuple(Absence(code, date(2027, 1, 30), date(2027, 2, 28), None) for code in ("health-head", "mayor"))
    rehearsal = played(setting(absences=absences), HEALTH)
    assert to(rehearsal, None)[0] == (f"Mon 2027-02-01 {HOUR}", "task_escalation")
    assert to(rehearsal, "health")[-1] == (f"Mon 2027-02-01 {HOUR}", "task_escalation_copy")


def test_days_are_counted_by_the_calendar_of_the_unit():
    local = with_local_day(date(2027, 1, 25), "Local holiday")
    rehearsal = played(setting(calendars={"HEALTH": local}), ECOLOGY, HEALTH)
    days = {mail.local.date() for mail in rehearsal.mails if mail.reader == "health"}
    assert date(2027, 1, 25) not in days
    assert date(2027, 1, 25) in {mail.local.date() for mail in rehearsal.mails if mail.reader == "ecology"}
    assert rehearsal.out_of_hours == []


def test_a_pause_of_everything_moves_what_falls_into_it():
    pause = Quiet(at("2027-01-18T00:00"), at("2027-01-21T00:00"))
    rehearsal = played(setting(quiet=(pause,)), HEALTH)
    assert to(rehearsal, "health")[1] == (f"Thu 2027-01-21 {HOUR}", "task_reminder")


def test_a_mail_on_a_sunday_or_at_night_is_found():
    sunday = played(setting(), HEALTH, opens_at=datetime(2027, 1, 3, 9, tzinfo=UTC))
    night = played(setting(), HEALTH, opens_at=datetime(2027, 1, 4, 19, tzinfo=UTC))
    assert [mail.name for mail in sunday.out_of_hours] == ["task_request"]
    assert [mail.name for mail in night.out_of_hours] == ["task_request"]


@pytest.mark.parametrize("seed", range(100))
def test_in_a_random_city_nothing_leaves_out_of_hours_twice_or_after_an_answer(seed):
    city = small_city(seed, OPENING)
    barcelona = Calendar(MADRID, free_days("ES", "CT", range(2026, 2029)))
    calendars = {unit.code: barcelona if unit.calendar_code == "barcelona" else VALENCIA for unit in city.units}
    everybody = People(
        {unit.code: unit for unit in city.units},
        {each.code: each for each in city.persons},
        city.appointments,
        city.absences,
    )
    indicators = tuple(
        IndicatorFacts(f"I{n}", None, None, tuple(ActorFacts(code, code, city.plan, "area") for code in units))
        for n, units in enumerate(city.indicators)
    )
    tasks = roster(PlanFacts(city.plan, None, None, indicators), Quarter(2026, 4), everybody, date(2027, 1, 4)).asked
    given = read_answers(
        "answers.csv", city.answers_csv(), asked=tasks, people=everybody, calendars=calendars, opens_at=OPENING
    )
    scene = Setting(
        reference=f"collection/{city.plan}/2026-Q4",
        calendar=VALENCIA,
        calendars=calendars,
        policies={"indicator_request": REQUEST, "focal_point_naming": NAMING},
        people=everybody,
        maximum=5,
    )
    rehearsal = rehearse(scene, tasks, OPENING, given)
    assert rehearsal.out_of_hours == []
    answered = {
        (story.task.asked.kind, story.task.asked.unit_code): story.answered_at
        for story in rehearsal.stories
        if story.answered_at
    }
    said = [
        (mail.name, mail.at, about.task.asked.kind, about.task.asked.unit_code)
        for mail in rehearsal.mails
        for about in mail.about
    ]
    assert len(said) == len(set(said))
    for name, instant, kind, unit in said:
        if name != "task_receipt" and (kind, unit) in answered:
            assert instant < answered[kind, unit]
    again = rehearse(scene, tasks, OPENING, given)
    assert told(again.mails) == told(rehearsal.mails)
