"""The plan of a task: what happens when and why, and what becomes of it when a fact changes."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.policies.calendar import Calendar, DemonstrationCalendar, free_days
from models.policies.plan import (
    BY_HAND,
    Kept,
    PlannedStep,
    Quiet,
    Situation,
    TaskDays,
    days_until,
    first_plan,
    next_hour,
    opening_instant,
    plan,
    quiet_until,
    snooze,
    spread_of,
    task_days,
    unit_opening,
    unquiet,
)
from models.policies.task_policy import Escalation, TaskPolicy
from tests.policies.shipped import FOCAL_POINT_NAMING, INDICATOR_REQUEST, SHIPPED

MADRID = ZoneInfo("Europe/Madrid")
VALENCIA = Calendar(MADRID, free_days("ES", "VC", range(2024, 2032)))
OPENING = datetime(2027, 1, 4, 8, 0, tzinfo=UTC)
"""Monday, 9 o'clock in València."""
SPREAD = timedelta(minutes=17)
NO_SPREAD = Situation(timedelta(0))


def at(written: str) -> datetime:
    """`2027-01-04 09:00` as València's clock shows it."""
    return datetime.fromisoformat(written).replace(tzinfo=MADRID)


def quarter(closes_at: datetime | None = None) -> TaskDays:
    """The days of the collection of the last quarter of 2026."""
    return task_days(INDICATOR_REQUEST, VALENCIA, opens_at=OPENING, closes_at=closes_at)


def told(steps: Iterable[PlannedStep]) -> list[tuple[str, int, str]]:
    """Kind, number and local moment of each step."""
    return [(step.kind, step.number, f"{VALENCIA.local(step.at):%a %Y-%m-%d %H:%M}") for step in steps]


def done(kind: str, on: str, number: int = 1, level: int = 0, *, sent: bool = True, **reason: object) -> Kept:
    """A step of the quarter that was carried out on a day."""
    day = date.fromisoformat(on)
    why = {"rule": kind, "anchor": "2027-01-26"} | reason
    return Kept(PlannedStep(kind, number, level, day, VALENCIA.at(day, time(9)), why), sent)  # type: ignore[arg-type]


def again(
    *kept: Kept,
    now: str,
    policy: TaskPolicy = INDICATOR_REQUEST,
    quiet: tuple[Quiet, ...] = (),
    days: TaskDays | None = None,
) -> list[str]:
    """What is planned for the quarter's task from an instant on, as `reminder 2 Mon 25 Jan`, but the expiry."""
    request = done("request", "2027-01-04")
    situation = Situation(timedelta(0), (request, *kept), quiet, at(now))
    steps = plan(policy, days or quarter(), VALENCIA, situation)
    assert steps[-1].kind == "expiry"
    return [f"{step.kind} {step.number} {step.on:%a} {step.on.day} {step.on:%b}" for step in steps[:-1]]


def test_a_quarter_goes_as_its_table_says():
    days = quarter()
    assert (days.opens_on, days.due_on, days.closes_on) == (date(2027, 1, 4), date(2027, 1, 26), date(2027, 2, 9))
    assert days.due_at == datetime(2027, 1, 26, 23, 0, tzinfo=UTC)
    assert days.closes_at == datetime(2027, 2, 9, 23, 0, tzinfo=UTC)
    assert told(first_plan(INDICATOR_REQUEST, days, VALENCIA, Situation(SPREAD))) == [
        ("request", 1, "Mon 2027-01-04 09:00"),
        ("reminder", 1, "Tue 2027-01-19 09:17"),
        ("reminder", 2, "Mon 2027-01-25 09:17"),
        ("warning", 1, "Thu 2027-01-28 09:17"),
        ("escalation", 1, "Mon 2027-02-01 09:17"),
        ("expiry", 1, "Wed 2027-02-10 00:00"),
    ]


def test_naming_a_focal_point_goes_faster_and_ends_with_its_collection():
    days = task_days(FOCAL_POINT_NAMING, VALENCIA, opens_at=OPENING, closes_at=quarter().closes_at)
    assert (days.due_on, days.closes_on) == (date(2027, 1, 12), date(2027, 2, 9))
    assert told(first_plan(FOCAL_POINT_NAMING, days, VALENCIA, NO_SPREAD)) == [
        ("request", 1, "Mon 2027-01-04 09:00"),
        ("reminder", 1, "Mon 2027-01-11 09:00"),
        ("warning", 1, "Thu 2027-01-14 09:00"),
        ("escalation", 1, "Mon 2027-01-18 09:00"),
        ("expiry", 1, "Wed 2027-02-10 00:00"),
    ]


def test_each_step_says_why_it_falls_on_its_day():
    steps = first_plan(INDICATOR_REQUEST, quarter(), VALENCIA, NO_SPREAD)
    anchor = "2027-01-26"
    assert [step.reason for step in steps] == [
        {"rule": "request"},
        {"rule": "reminder_before_due", "working_days": 5, "anchor": anchor, "skipped": []},
        {"rule": "reminder_before_due", "working_days": 1, "anchor": anchor, "skipped": []},
        {"rule": "warning", "working_days": 2, "anchor": anchor, "skipped": []},
        {"rule": "escalation", "working_days": 4, "anchor": anchor, "skipped": []},
        {"rule": "expiry", "anchor": anchor},
    ]


def test_the_holidays_that_were_counted_over_are_named():
    opening = datetime(2026, 12, 21, 8, 0, tzinfo=UTC)
    days = task_days(FOCAL_POINT_NAMING, VALENCIA, opens_at=opening, closes_at=None)
    assert days.due_on == date(2026, 12, 29)
    skipped = {
        step.kind: step.reason.get("skipped") for step in first_plan(FOCAL_POINT_NAMING, days, VALENCIA, NO_SPREAD)
    }
    assert skipped["reminder"] == []
    assert skipped["warning"] == []
    assert skipped["escalation"] == ["2027-01-01"]


def test_what_a_pause_moved_says_from_which_day():
    quiet = (Quiet(at("2027-01-18 12:00"), at("2027-01-21 00:00")),)
    steps = plan(INDICATOR_REQUEST, quarter(), VALENCIA, Situation(timedelta(0), quiet=quiet))
    assert [(step.on, step.reason.get("moved_from")) for step in steps if step.kind == "reminder"] == [
        (date(2027, 1, 21), "2027-01-19"),
        (date(2027, 1, 25), None),
    ]


def test_a_close_within_a_day_ends_at_its_instant():
    closes_at = datetime(2027, 1, 15, 11, 0, tzinfo=UTC)
    days = quarter(closes_at)
    assert (days.closes_on, days.closes_at) == (date(2027, 1, 15), closes_at)
    assert first_plan(INDICATOR_REQUEST, days, VALENCIA, NO_SPREAD)[-1].at == closes_at


def test_nothing_leaves_at_or_after_a_close_early_in_the_day():
    days = quarter(at("2027-02-01 09:00"))
    assert [step.kind for step in plan(INDICATOR_REQUEST, days, VALENCIA, NO_SPREAD)] == [
        "reminder",
        "reminder",
        "expiry",
    ]


def test_a_close_on_a_free_day_does_not_put_the_due_day_before_the_opening():
    saturday = at("2027-01-16 10:00")
    days = task_days(INDICATOR_REQUEST, VALENCIA, opens_at=saturday, closes_at=at("2027-01-18 00:00"))
    assert (days.opens_on, days.due_on, days.closes_on) == (date(2027, 1, 16), date(2027, 1, 16), date(2027, 1, 17))


def test_somebody_named_late_is_asked_for_the_time_that_is_left():
    opens_at = datetime(2027, 1, 29, 9, 12, tzinfo=UTC)
    days = task_days(INDICATOR_REQUEST, VALENCIA, opens_at=opens_at, closes_at=quarter().closes_at)
    assert (days.opens_on, days.due_on, days.closes_on) == (date(2027, 1, 29), date(2027, 2, 9), date(2027, 2, 9))
    assert told(first_plan(INDICATOR_REQUEST, days, VALENCIA, NO_SPREAD)) == [
        ("request", 1, "Fri 2027-01-29 10:12"),
        ("reminder", 1, "Tue 2027-02-02 09:00"),
        ("reminder", 2, "Mon 2027-02-08 09:00"),
        ("expiry", 1, "Wed 2027-02-10 00:00"),
    ]


def test_the_spread_moves_the_hour_and_never_the_day():
    days = quarter()
    still = first_plan(INDICATOR_REQUEST, days, VALENCIA, NO_SPREAD)
    moved = first_plan(INDICATOR_REQUEST, days, VALENCIA, Situation(SPREAD))
    assert [(step.kind, step.number, step.on, step.reason) for step in still] == [
        (step.kind, step.number, step.on, step.reason) for step in moved
    ]
    moves = [after.at - before.at for before, after in zip(still, moved, strict=True)]
    assert moves == [timedelta(0), SPREAD, SPREAD, SPREAD, SPREAD, timedelta(0)]


def test_a_set_has_its_own_part_of_the_hour_and_always_the_same():
    spreads = [spread_of(f"collection/VLC/2026-Q4/follow-up/{number}") for number in range(200)]
    assert spreads == [spread_of(f"collection/VLC/2026-Q4/follow-up/{number}") for number in range(200)]
    assert len(set(spreads)) > 40
    assert all(timedelta(0) <= spread < timedelta(minutes=50) for spread in spreads)


@pytest.mark.parametrize(
    ("now", "leaves"),
    [
        ("2027-01-04 07:00", "2027-01-04 09:00"),
        ("2027-01-04 08:30", "2027-01-04 09:00"),
        ("2027-01-04 09:00", "2027-01-04 09:00"),
        ("2027-01-04 11:23", "2027-01-04 11:23"),
        ("2027-01-04 17:59", "2027-01-04 17:59"),
        ("2027-01-04 18:00", "2027-01-05 09:00"),
        ("2027-01-05 18:00", "2027-01-07 09:00"),  # Reis
        ("2027-01-08 20:00", "2027-01-11 09:00"),
        ("2027-01-09 12:00", "2027-01-11 09:00"),
        ("2027-03-25 19:00", "2027-03-30 09:00"),  # Good Friday to Easter Monday
    ],
)
def test_requests_leave_at_the_policys_hour_or_right_away_in_the_hours_after_it(now, leaves):
    assert opening_instant(VALENCIA, at(now), INDICATOR_REQUEST, at_once=False) == at(leaves)
    assert opening_instant(VALENCIA, at(now), INDICATOR_REQUEST, at_once=True) == at(now)


@pytest.mark.parametrize(
    ("opens_at", "leaves"),
    [
        ("2026-09-11 09:00", "2026-09-14 09:00"),  # the Diada is on a Friday
        ("2026-09-10 09:00", "2026-09-10 09:00"),
        ("2026-09-10 11:23", "2026-09-10 11:23"),
        ("2026-09-11 20:00", "2026-09-11 20:00"),  # at once, everywhere
        ("2026-10-09 10:00", "2026-10-09 10:00"),  # a holiday in València, not in Barcelona: at once too
    ],
)
def test_a_unit_with_a_day_off_of_its_own_is_asked_on_its_next_working_day(opens_at, leaves):
    barcelona = Calendar(MADRID, free_days("ES", "CT", range(2026, 2028)))
    assert unit_opening(barcelona, VALENCIA, at(opens_at), INDICATOR_REQUEST) == at(leaves)


def test_what_is_done_keeps_its_number_and_is_not_planned_again():
    reminded = done("reminder", "2027-01-19", rule="reminder_before_due", working_days=5)
    assert again(reminded, now="2027-01-19 09:00") == [
        "reminder 2 Mon 25 Jan",
        "warning 1 Thu 28 Jan",
        "escalation 1 Mon 1 Feb",
    ]


def test_what_was_merged_only_keeps_its_number():
    merged = done("reminder", "2027-01-19", number=4, sent=False)
    assert again(merged, now="2027-01-20 09:00")[0] == "reminder 5 Mon 25 Jan"


def test_a_snooze_counted_from_the_opening_does_not_bring_back_what_was_sent():
    reminded = done("reminder", "2027-01-19", rule="reminder_before_due", working_days=5)
    merged = done("reminder", "2027-01-25", 2, rule="reminder_before_due", working_days=1, sent=False)
    snoozed = snooze(VALENCIA, OPENING, date(2027, 1, 27))
    only_once = INDICATOR_REQUEST.model_copy(update={"warning": 0, "escalations": ()})
    assert again(reminded, now="2027-01-21 10:00", policy=only_once, quiet=(snoozed,)) == ["reminder 2 Wed 27 Jan"]
    assert again(reminded, merged, now="2027-01-25 10:00", policy=only_once, quiet=(snoozed,)) == []


def test_a_late_warning_moves_the_escalation():
    assert again(done("warning", "2027-01-28"), now="2027-01-28 09:30") == ["escalation 1 Mon 1 Feb"]
    assert again(done("warning", "2027-01-29"), now="2027-01-29 09:30") == ["escalation 1 Tue 2 Feb"]


def test_a_warning_of_an_earlier_due_day_warns_of_nothing():
    earlier = done("warning", "2027-01-18", anchor="2027-01-14")
    assert again(earlier, now="2027-01-26 10:00") == ["warning 2 Thu 28 Jan", "escalation 1 Mon 1 Feb"]


def test_who_was_asked_after_the_warning_is_warned_again():
    handed_over = done("request", "2027-01-29", number=2)
    assert again(done("warning", "2027-01-28"), handed_over, now="2027-01-29 10:00") == [
        "warning 2 Tue 2 Feb",
        "escalation 1 Thu 4 Feb",
    ]
    assert again(done("warning", "2027-01-28"), done("request", "2027-01-27", 2), now="2027-01-29 10:00") == [
        "escalation 1 Mon 1 Feb"
    ]


def test_nothing_overtakes_a_request_that_waits():
    waiting = done("request", "2027-02-01", number=2)
    assert again(waiting, now="2027-01-27 10:00") == ["warning 1 Wed 3 Feb", "escalation 1 Fri 5 Feb"]
    hasty = INDICATOR_REQUEST.model_copy(update={"gap": 1})
    assert again(waiting, now="2027-01-27 10:00", policy=hasty) == ["warning 1 Tue 2 Feb", "escalation 1 Thu 4 Feb"]
    unwarned = INDICATOR_REQUEST.model_copy(update={"warning": 0})
    assert again(waiting, now="2027-01-27 10:00", policy=unwarned) == ["escalation 1 Tue 2 Feb"]


def test_a_warning_that_comes_after_its_day_keeps_the_gap_from_a_later_reminder():
    reminded = done("reminder", "2027-02-01", rule=BY_HAND)
    assert again(reminded, now="2027-02-01 10:00") == ["warning 1 Wed 3 Feb", "escalation 1 Fri 5 Feb"]


def test_a_warning_without_room_for_the_escalation_after_it_is_no_warning():
    assert again(now="2027-02-05 10:00") == []
    assert again(now="2027-02-04 10:00") == ["warning 1 Fri 5 Feb", "escalation 1 Tue 9 Feb"]


def test_a_warning_by_itself_moves_after_a_pause_and_keeps_the_gap_from_what_comes_then():
    by_hand = done("reminder", "2027-02-01", rule=BY_HAND)
    pause = Quiet(at("2027-01-28 08:00"), at("2027-02-01 00:00"))
    assert again(by_hand, now="2027-01-27 10:00", quiet=(pause,)) == ["warning 1 Wed 3 Feb", "escalation 1 Fri 5 Feb"]


TWO_LEVELS = INDICATOR_REQUEST.model_copy(
    update={"escalations": (Escalation(level=1, days=4), Escalation(level=2, days=7))}
)


def test_two_heads_are_never_told_on_the_same_day_however_late_it_is():
    warned = done("warning", "2027-01-29")
    pause = Quiet(at("2027-02-01 12:00"), at("2027-02-04 00:00"))
    assert again(warned, now="2027-01-29 10:00", policy=TWO_LEVELS, quiet=(pause,)) == [
        "escalation 1 Thu 4 Feb",
        "escalation 2 Tue 9 Feb",
    ]


def test_the_second_level_keeps_its_distance_from_a_late_first():
    late = (done("warning", "2027-01-28"), done("escalation", "2027-02-03", level=1))
    assert again(*late, now="2027-02-03 10:00", policy=TWO_LEVELS) == ["escalation 2 Mon 8 Feb"]


def test_the_second_level_comes_no_earlier_when_the_first_came_early_by_hand():
    by_hand = done("escalation", "2027-01-27", level=1, rule=BY_HAND)
    assert again(by_hand, now="2027-01-27 10:00", policy=TWO_LEVELS) == ["escalation 2 Thu 4 Feb"]


def test_an_escalation_that_failed_is_planned_again():
    failed = done("escalation", "2027-02-01", level=1, sent=False)
    assert again(done("warning", "2027-01-28"), failed, now="2027-02-01 10:00") == ["escalation 2 Tue 2 Feb"]


def test_only_reminders_that_can_leave_count_towards_an_escalation():
    counted = INDICATOR_REQUEST.model_copy(
        update={
            "reminders_before": (5, 1),
            "reminders_after": (3,),
            "warning": 0,
            "escalations": (Escalation(level=1, reminders=2, wait=3),),
        }
    )
    # By hand on Thursday 21st, one day before the first: that one is left out, and Thursday 28th is the second.
    days = days_until(counted, VALENCIA, opens_at=OPENING, due_on=date(2027, 1, 29), closes_at=None)
    by_hand = done("reminder", "2027-01-21", rule=BY_HAND)
    assert again(by_hand, now="2027-01-21 10:00", policy=counted, days=days) == [
        "reminder 2 Thu 28 Jan",
        "escalation 1 Tue 2 Feb",
    ]


def test_a_reminder_by_hand_that_is_still_to_leave_keeps_the_others_away_and_counts():
    standing = done("reminder", "2027-01-20", rule=BY_HAND)
    assert again(standing, now="2027-01-18 19:00")[0] == "reminder 2 Mon 25 Jan"
    capped = INDICATOR_REQUEST.model_copy(update={"cap": 1})
    assert again(standing, now="2027-01-18 19:00", policy=capped)[0] == "warning 1 Thu 28 Jan"


def test_reminders_keep_away_from_an_escalation_by_hand():
    by_hand = done("escalation", "2027-01-22", level=1, rule=BY_HAND)
    assert again(by_hand, now="2027-01-22 10:00") == []


def test_a_free_day_that_becomes_known_moves_what_is_to_come():
    strike = replace(VALENCIA, free_days={**VALENCIA.free_days, date(2027, 1, 27): "local"})
    days = days_until(INDICATOR_REQUEST, strike, opens_at=OPENING, due_on=quarter().due_on, closes_at=None)
    situation = Situation(timedelta(0), (done("request", "2027-01-04"),), now=at("2027-01-25 10:00"))
    steps = plan(INDICATOR_REQUEST, days, strike, situation)
    assert [(step.kind, step.on.isoformat()) for step in steps] == [
        ("warning", "2027-01-29"),
        ("escalation", "2027-02-02"),
        ("expiry", "2027-02-10"),
    ]
    assert steps[0].reason["skipped"] == ["2027-01-27"]


def test_a_plan_that_is_made_again_without_a_change_is_the_same():
    steps = first_plan(INDICATOR_REQUEST, quarter(), VALENCIA, NO_SPREAD)
    again_now = Situation(timedelta(0), (Kept(steps[0]),), now=OPENING)
    assert plan(INDICATOR_REQUEST, quarter(), VALENCIA, again_now) == steps[1:]


@pytest.mark.parametrize(
    ("after", "hour"),
    [
        ("2027-01-04 08:00", "2027-01-04 09:17"),
        ("2027-01-04 09:16", "2027-01-04 09:17"),
        ("2027-01-04 09:17", "2027-01-05 09:17"),
        ("2027-01-05 12:00", "2027-01-07 09:17"),
        ("2027-01-06 08:00", "2027-01-07 09:17"),
        ("2027-01-08 09:17", "2027-01-11 09:17"),
        ("2027-03-27 12:00", "2027-03-30 09:17"),
    ],
)
def test_the_next_hour_at_which_a_mail_may_leave(after, hour):
    assert next_hour(INDICATOR_REQUEST, VALENCIA, at(after), SPREAD) == at(hour)


@pytest.mark.parametrize(
    ("day", "spells", "first"),
    [
        ("2027-01-11", [], "2027-01-11"),
        ("2027-01-11", [("2027-01-11 09:01", "2027-01-20 00:00")], "2027-01-11"),
        ("2027-01-11", [("2027-01-11 09:00", "2027-01-20 00:00")], "2027-01-20"),
        ("2027-01-11", [("2027-01-11 00:00", "2027-01-11 09:00")], "2027-01-11"),
        ("2027-01-11", [("2027-01-11 00:00", "2027-01-11 09:01")], "2027-01-12"),
        ("2027-01-11", [("2027-01-11 00:00", "2027-01-15 12:00")], "2027-01-18"),
        (
            "2027-01-11",
            [("2027-01-01 00:00", "2027-01-13 00:00"), ("2027-01-13 00:00", "2027-01-15 00:00")],
            "2027-01-15",
        ),
        ("2027-01-05", [("2027-01-05 00:00", "2027-01-06 00:00")], "2027-01-07"),
    ],
)
def test_a_day_in_a_quiet_spell_moves_to_the_first_one_whose_hour_is_not(day, spells, first):
    quiet = tuple(Quiet(at(since), at(until)) for since, until in spells)
    situation = Situation(timedelta(0), quiet=quiet)
    found = unquiet(INDICATOR_REQUEST, VALENCIA, date.fromisoformat(day), situation)
    assert found == date.fromisoformat(first)


def test_a_quiet_spell_holds_from_its_first_instant_to_the_one_before_its_end():
    spells = (
        Quiet(at("2027-01-11 00:00"), at("2027-01-12 00:00")),
        Quiet(at("2027-01-11 12:00"), at("2027-01-15 00:00")),
    )
    assert quiet_until(at("2027-01-10 23:59"), spells) is None
    assert quiet_until(at("2027-01-11 00:00"), spells) == at("2027-01-12 00:00")
    assert quiet_until(at("2027-01-11 12:00"), spells) == at("2027-01-15 00:00")
    assert quiet_until(at("2027-01-15 00:00"), spells) is None


def test_a_snooze_ends_when_its_day_begins():
    assert snooze(VALENCIA, OPENING, date(2027, 2, 1)) == Quiet(OPENING, at("2027-02-01 00:00"))


@pytest.mark.parametrize("policy", SHIPPED.values(), ids=SHIPPED)
@given(
    opens_at=st.integers(0, 4 * 365 * 24 * 60).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=n)),
    lasts=st.none() | st.integers(1, 60),
    spread=st.integers(0, 49).map(lambda minutes: timedelta(minutes=minutes)),
)
def test_whenever_a_task_opens_its_plan_is_in_order(policy, opens_at, lasts, spread):
    closes_at = None if lasts is None else VALENCIA.end_of(VALENCIA.shift(VALENCIA.day(opens_at), lasts))
    days = task_days(policy, VALENCIA, opens_at=opens_at, closes_at=closes_at)
    steps = first_plan(policy, days, VALENCIA, Situation(spread))
    assert VALENCIA.is_working(days.due_on)
    assert VALENCIA.is_working(days.closes_on)
    assert days.opens_at <= days.due_at <= days.closes_at
    assert closes_at is None or days.closes_at <= closes_at
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert (steps[0].kind, steps[0].at) == ("request", opens_at)
    assert (steps[-1].kind, steps[-1].at) == ("expiry", days.closes_at)
    assert len({(step.kind, step.number) for step in steps}) == len(steps)
    for step in steps[1:-1]:
        assert VALENCIA.is_working(step.on)
        assert VALENCIA.day(step.at) == step.on > days.opens_on
        assert time(9) <= VALENCIA.local(step.at).time() < time(10)
    after_due = [step for step in steps if step.kind == "escalation"]
    assert all(step.at > days.due_at for step in after_due), "the head is told only of what is late"


def test_a_demonstration_plans_the_same_days_in_seconds():
    calendar = DemonstrationCalendar(
        MADRID, VALENCIA.free_days, origin=OPENING, first=date(2027, 1, 4), length=timedelta(seconds=1)
    )
    days = task_days(INDICATOR_REQUEST, calendar, opens_at=OPENING, closes_at=None)
    steps = first_plan(INDICATOR_REQUEST, days, calendar, NO_SPREAD)
    real = first_plan(INDICATOR_REQUEST, quarter(), VALENCIA, NO_SPREAD)
    assert [(step.kind, step.number, step.on) for step in steps] == [(step.kind, step.number, step.on) for step in real]
    assert steps[-1].at == OPENING + timedelta(seconds=26)
