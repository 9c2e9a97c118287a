"""A finished quarter replayed under another policy."""

from datetime import timedelta

import pytest

from models.policies.rehearsal import Rehearsal, Reply
from models.policies.task_policy import Escalation
from models.policies.what_if import Recorded, compare, replay, worked, worked_later
from tests.rehearsal.stage import (
    ECOLOGY,
    HEALTH,
    OPENING,
    REQUEST,
    VALENCIA,
    at,
    naming,
    played,
    setting,
    told,
)

GENTLE = REQUEST.model_copy(update={"name": "gentle", "reminders_before": (5,), "warning": 0, "escalations": ()})
EAGER = REQUEST.model_copy(update={"name": "eager", "reminders_before": (10, 1)})


def recorded(rehearsal: Rehearsal, named: str | None = None) -> list[Recorded]:
    """A quarter that went as it was rehearsed."""
    return [
        Recorded(
            story.task.asked,
            story.contacts,
            story.answered_at,
            named if story.task.asked.kind == "focal_point_naming" else None,
        )
        for story in rehearsal.stories
    ]


def quarter(**moments: str) -> Rehearsal:
    def answers(task, _contact):
        unit = task.asked.unit_code
        return Reply(at(moments[unit])) if unit in moments else None

    return played(setting(), ECOLOGY, HEALTH, answers=answers)


@pytest.mark.parametrize(
    ("since", "until", "hours"),
    [
        ("2027-01-04T09:00", "2027-01-04T10:30", 1.5),
        ("2027-01-04T17:00", "2027-01-05T09:00", 2),
        ("2027-01-05T17:00", "2027-01-07T08:30", 1.5),  # over Epiphany
        ("2027-01-08T16:00", "2027-01-09T12:00", 2),  # answered on a Saturday
        ("2027-01-08T19:00", "2027-01-11T07:00", 0),
        ("2027-03-26T17:00", "2027-03-30T09:00", 1),  # over Easter Monday, from Good Friday on
    ],
)
def test_delays_are_counted_in_working_hours(since, until, hours):
    assert worked(VALENCIA, at(since), at(until)) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("since", "hours", "until"),
    [
        ("2027-01-04T09:00", 1.5, "2027-01-04T10:30"),
        ("2027-01-04T17:00", 2, "2027-01-05T09:00"),
        ("2027-01-05T17:00", 1.5, "2027-01-07T08:30"),
        ("2027-01-08T16:00", 2, "2027-01-08T18:00"),
        ("2027-01-08T19:00", 0, "2027-01-11T08:00"),
        ("2027-01-04T09:00", 25, "2027-01-07T14:00"),
    ],
)
def test_a_delay_is_given_back_in_working_hours(since, hours, until):
    assert worked_later(VALENCIA, at(since), timedelta(hours=hours)) == at(until)


def test_a_replay_under_its_own_policy_sends_what_was_sent():
    rehearsal = quarter(HEALTH="2027-01-20T12:00", ECOLOGY="2027-01-29T10:00")
    again = replay(recorded(rehearsal), setting(), OPENING)
    assert told(again.mails) == told(rehearsal.mails)


def test_a_gentler_policy_saves_mails_and_escalations():
    rehearsal = quarter(HEALTH="2027-01-20T12:00")
    story = recorded(rehearsal)
    comparison = compare(replay(story, setting(), OPENING), replay(story, setting(policy=GENTLE), OPENING))
    assert comparison.saved == {
        "collection_report": 0,
        "task_escalation": 1,
        "task_escalation_copy": 1,
        "task_receipt": 0,
        "task_reminder": 2,
        "task_request": 0,
    }
    assert (comparison.avoided, comparison.added, comparison.lost) == (("ECOLOGY",), (), ())
    assert (comparison.gained, comparison.median_gained) == ((0,), 0)


def test_an_earlier_reminder_gains_the_days_between():
    story = recorded(quarter(HEALTH="2027-01-20T12:00"))
    comparison = compare(replay(story, setting(), OPENING), replay(story, setting(policy=EAGER), OPENING))
    # Ten working days before the due day instead of five: answered a day after the 12th, not after the 19th.
    assert comparison.gained == (5,)
    assert comparison.other.stories[1].answered_at is not None
    assert comparison.other.stories[1].answered_at.date().isoformat() == "2027-01-13"


def test_where_a_mail_is_missing_the_answer_comes_as_long_after_the_one_before_it():
    story = recorded(quarter(HEALTH="2027-01-29T10:00"))  # after the warning of the 28th
    comparison = compare(replay(story, setting(), OPENING), replay(story, setting(policy=GENTLE), OPENING))
    answered = comparison.other.stories[1].answered_at
    assert answered is not None
    assert VALENCIA.day(answered).isoformat() == "2027-01-20"  # after the only reminder, of the 19th
    assert comparison.gained == (7,)


def test_an_answer_that_would_come_after_the_close_is_lost():
    story = recorded(quarter(HEALTH="2027-02-05T10:00"))
    short = REQUEST.model_copy(update={"name": "short", "late_window": 3, "grace": 1, "warning": 0})
    late = short.model_copy(update={"escalations": (Escalation(level=1, days=4),)})
    comparison = compare(replay(story, setting(), OPENING), replay(story, setting(policy=late), OPENING))
    assert comparison.lost == ("HEALTH",)
    assert comparison.gained == ()


def test_an_escalation_can_be_added():
    story = recorded(quarter(HEALTH="2027-01-28T08:30", ECOLOGY="2027-01-20T10:00"))
    sooner = {"warning": 1, "escalations": (Escalation(level=1, days=1),), "gap": 1}
    hasty = REQUEST.model_copy(update={"name": "hasty", **sooner})
    comparison = compare(replay(story, setting(), OPENING), replay(story, setting(policy=hasty), OPENING))
    assert (comparison.avoided, comparison.added) == ((), ("HEALTH",))
    assert comparison.saved["task_escalation"] == -1


def test_a_head_names_and_whoever_was_named_answers_again():
    def answers(task, contact):
        if task.asked.kind == "focal_point_naming":
            return Reply(at("2027-01-07T12:00"), "nurse")
        hour = 12 if task.asked.unit_code == "HEALTH" else 15
        return Reply(at(f"2027-01-26T{hour}:00")) if contact.kind == "reminder" else None

    rehearsal = played(setting(), ECOLOGY, naming("HEALTH", "health-head"), answers=answers)
    story = recorded(rehearsal, named="nurse")
    again = replay(story, setting(), OPENING)
    assert told(again.mails) == told(rehearsal.mails)
    assert again.stories[-1].task.asked.person_code == "nurse"
    assert again.stories[-1].answered_at is not None


def test_whoever_never_answered_stays_silent():
    story = recorded(quarter())
    comparison = compare(replay(story, setting(), OPENING), replay(story, setting(policy=EAGER), OPENING))
    assert comparison.gained == ()
    assert comparison.median_gained == 0
