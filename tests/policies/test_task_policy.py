"""The rules of a kind of task: what cannot work is refused, with the rule to change and the reason."""

from datetime import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.policies.task_policy import Escalation, TaskPolicy, policy_problems
from tests.policies.shipped import SHIPPED

SOUND: dict[str, Any] = {
    "name": "sound",
    "version": 1,
    "due_after": 10,
    "reminders_before": (4, 1),
    "reminders_after": (),
    "gap": 2,
    "cap": 4,
    "warning": 2,
    "escalations": ({"level": 1, "days": 4}, {"level": 2, "days": 8}),
    "grace": 2,
    "late_window": 8,
    "sends_at": "09:00",
}


def problems(**changes: object) -> list[tuple[str, str]]:
    return list(policy_problems(TaskPolicy.model_validate(SOUND | changes)))


def test_sound_rules_are_accepted():
    assert problems() == []


@pytest.mark.parametrize("policy", SHIPPED.values(), ids=SHIPPED)
def test_what_every_installation_begins_with_is_sound(policy):
    assert list(policy_problems(policy)) == []


@pytest.mark.parametrize(
    ("changes", "rule", "reason"),
    [
        (
            {"reminders_before": (10,)},
            "reminders_before",
            "a reminder 10 days before the due day falls on or before the opening day",
        ),
        (
            {"reminders_before": (-1,)},
            "reminders_before",
            "a reminder -1 days before the due day falls after it: it is a reminder after",
        ),
        ({"reminders_after": (0,)}, "reminders_after", "a reminder 0 days after the due day is not after it"),
        (
            {"reminders_after": (11,)},
            "reminders_after",
            "a reminder 11 days after the due day falls after the end, 10 days after it",
        ),
        (
            {"escalations": ({"level": 1, "days": 11},)},
            "escalations",
            "an escalation 11 days after the due day falls after the end",
        ),
        (
            {"escalations": ({"level": 1, "reminders": 2, "wait": 12},)},
            "escalations",
            "an escalation 11 days after the due day falls after the end",
        ),
        (
            {"escalations": ({"level": 1, "reminders": 3, "wait": 4},)},
            "escalations",
            "an escalation waits for 3 reminders, but only 2 are planned",
        ),
        (
            {"escalations": ({"level": 2, "days": 4}, {"level": 1, "days": 8})},
            "escalations",
            "level 1 comes after level 2: levels go up the reporting line",
        ),
        (
            {"escalations": ({"level": 1, "days": 4}, {"level": 2, "days": 4})},
            "escalations",
            "level 2 falls 4 days after the due day, not after 4",
        ),
        (
            {"escalations": ({"level": 1, "days": 4}, {"level": 2, "reminders": 2, "wait": 4})},
            "escalations",
            "level 2 falls 3 days after the due day, not after 4",
        ),
        (
            {"escalations": ()},
            "warning",
            "there is a warning before the first escalation, but no escalation",
        ),
        (
            {"warning": 14},
            "warning",
            "a warning 14 days before the first escalation falls before the opening",
        ),
        (
            {"escalations": ({"level": 1, "reminders": 2, "wait": 3},)},
            "escalations",
            "wait is 3: after the last reminder there must be room for the gap (2) and the warning (2)",
        ),
        (
            {"reminders_before": (9,)},
            "gap",
            "mails on working days 0 and 1 after the opening are closer than the gap of 2",
        ),
        (
            {"reminders_before": (2, 1)},
            "gap",
            "mails on working days 8 and 9 after the opening are closer than the gap of 2",
        ),
        (
            {"reminders_after": (1,)},
            "gap",
            "mails on working days 11 and 12 after the opening are closer than the gap of 2",
        ),
        (
            {"reminders_after": (7,)},
            "gap",
            "mails on working days 17 and 18 after the opening are closer than the gap of 2",
        ),
        (
            {"reminders_after": (3,), "warning": 0, "escalations": ({"level": 1, "reminders": 3, "wait": 1},)},
            "gap",
            "mails on working days 13 and 14 after the opening are closer than the gap of 2",
        ),
        ({"cap": 1}, "cap", "the cap is 1, but 2 reminders are planned"),
        (
            {"gap": 3, "cap": 7},
            "gap",
            "the cap of 7 cannot be reached: a gap of 3 leaves room for 6 in the 20 days of a task",
        ),
        (
            {"sends_at": "07:59"},
            "sends_at",
            "mail leaves between 08:00 and 18:00, spread over 50 minutes from 07:59",
        ),
        (
            {"sends_at": "17:11"},
            "sends_at",
            "mail leaves between 08:00 and 18:00, spread over 50 minutes from 17:11",
        ),
    ],
)
def test_rules_that_cannot_work_are_refused_with_the_reason(changes, rule, reason):
    assert (rule, reason) in problems(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"reminders_before": (8, 1)},
        {"reminders_before": (4, 0), "warning": 1},
        {"reminders_after": (10,)},
        {"escalations": ({"level": 1, "days": 4}, {"level": 2, "days": 10})},
        {"escalations": ({"level": 1, "reminders": 2, "wait": 4}, {"level": 2, "days": 4})},
        {"warning": 0, "escalations": ({"level": 1, "reminders": 2, "wait": 3},)},
        {"warning": 0, "escalations": ({"level": 1, "reminders": 1, "wait": 0},)},
        {"warning": 0, "escalations": ()},
        {"cap": 2},
        {"cap": 10},
        {"sends_at": "08:00"},
        {"sends_at": "17:10"},
    ],
)
def test_rules_that_just_work_are_accepted(changes):
    assert problems(**changes) == []


@pytest.mark.parametrize(
    ("escalation", "reason"),
    [
        ({"level": 1}, "not both and not neither"),
        ({"level": 1, "days": 4, "reminders": 2}, "not both and not neither"),
        ({"level": 1, "days": 4, "wait": 1}, "days are counted from the due day already"),
    ],
)
def test_an_escalation_has_one_rule(escalation, reason):
    with pytest.raises(ValidationError, match=reason):
        Escalation.model_validate(escalation)


@pytest.mark.parametrize(
    "changes",
    [
        {"reminder_before": (4,)},
        {"name": "Indicator Request"},
        {"version": 0},
        {"due_after": 0},
        {"gap": 0},
        {"cap": 0},
        {"silence": "answered"},
        {"escalations": ({"level": 0, "days": 4},)},
    ],
)
def test_a_rule_that_is_unknown_or_out_of_range_is_refused(changes):
    with pytest.raises(ValidationError):
        TaskPolicy.model_validate(SOUND | changes)


@pytest.mark.parametrize("hour", ["09:00Z", "09:00+01:00", "09:00:30", 630, time(9, 0, 0, 1)])
def test_an_hour_with_a_zone_or_seconds_is_refused(hour):
    with pytest.raises(ValidationError, match="write the local hour and minute"):
        TaskPolicy.model_validate(SOUND | {"sends_at": hour})


@pytest.mark.parametrize("policy", SHIPPED.values(), ids=SHIPPED)
def test_a_policy_is_the_same_after_a_time_as_data(policy):
    assert TaskPolicy.model_validate(policy.model_dump(mode="json")) == policy
    assert TaskPolicy.model_validate_json(policy.model_dump_json()) == policy


@given(
    st.builds(
        TaskPolicy,
        name=st.just("drawn"),
        version=st.just(1),
        due_after=st.integers(1, 30),
        reminders_before=st.lists(st.integers(-2, 31), max_size=4).map(tuple),
        reminders_after=st.lists(st.integers(-2, 31), max_size=4).map(tuple),
        gap=st.integers(1, 10),
        cap=st.integers(1, 20),
        warning=st.integers(0, 30),
        escalations=st.lists(
            st.builds(Escalation, level=st.integers(1, 9), days=st.integers(1, 40))
            | st.builds(Escalation, level=st.integers(1, 9), reminders=st.integers(1, 9), wait=st.integers(0, 9)),
            max_size=3,
        ).map(tuple),
        grace=st.integers(0, 20),
        late_window=st.integers(0, 20),
        sends_at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    )
)
def test_whatever_the_rules_each_problem_names_one_of_them(policy):
    assert {rule for rule, _ in policy_problems(policy)} <= TaskPolicy.model_fields.keys()
