"""What is recommended about a network, as a table and as properties; its days; how far its review is."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.contracts.membership_review import PinnedCriterion, Recommendation, Thresholds
from models.policies.calendar import YEARS_KNOWN, Calendar, free_days
from models.policies.membership_review import (
    JOINING,
    STAYING,
    Notice,
    ReviewFacts,
    Scores,
    Terms,
    check_day,
    leaving_days,
    next_review,
    notice,
    recommend,
    standing,
)
from models.policies.questions import BEST_SCORE

VALENCIA = Calendar(ZoneInfo("Europe/Madrid"), free_days("ES", "VC", YEARS_KNOWN))


def criteria(*weights: int) -> list[PinnedCriterion]:
    return [PinnedCriterion(code=f"C{n}", weight=weight, names={"en": f"C{n}"}) for n, weight in enumerate(weights)]


def scores(*given: int | None) -> dict[str, int | None]:
    return {f"C{n}": score for n, score in enumerate(given)}


@pytest.mark.parametrize(
    ("weights", "evidence", "opinion", "result", "total"),
    [
        ((1, 1, 1), (4, 4, 4), (4, 4, 4), "continue", "4.00"),
        ((1, 1, 1), (0, 0, 0), (0, 0, 0), "leave", "0.00"),
        ((1, 1, 1), (3, 2, 2), (3, 2, 3), "continue", "2.50"),
        ((1, 1, 1), (3, 2, 2), (3, 2, 2), "optimise", "2.33"),
        ((1, 1, 1), (2, 1, 1), (2, 2, 1), "optimise", "1.50"),
        ((1, 1, 1), (2, 1, 1), (2, 1, 1), "leave", "1.33"),
        ((3, 1), (4, 0), (4, 0), "continue", "3.00"),
        ((1, 3), (4, 0), (4, 0), "leave", "1.00"),
        # No evidence is not zero: its weight is left out.
        ((1, 1, 1), (4, 4, None), (4, 4, None), "continue", "4.00"),
        ((1, 1, 1), (4, None, 2), (None, 3, None), "continue", "3.00"),
        # Too little is known.
        ((1, 1, 1), (4, None, None), (4, None, None), None, None),
        ((1, 1), (4, None), (4, None), "continue", "4.00"),
        ((1, 1, 1), (None, None, None), (None, None, None), None, None),
    ],
)
def test_scores_come_to_a_recommendation(weights, evidence, opinion, result, total):
    told = recommend(criteria(*weights), scores(*evidence), scores(*opinion), candidate=False)
    assert (told.result, None if told.total is None else str(told.total)) == (result, total)


def test_a_candidate_is_recommended_by_the_same_thresholds():
    for level, score in enumerate((0, 2, 4)):
        told = [
            recommend(criteria(1), scores(score), scores(score), candidate=candidate).result
            for candidate in (False, True)
        ]
        assert told == [STAYING[level], JOINING[level]]


def test_it_tells_what_would_change_it():
    told = recommend(criteria(2, 1), scores(2, 2), scores(2, 2), candidate=False)
    assert told.result == "optimise"
    assert [(turn.code, turn.points, turn.result) for turn in told.turns] == [
        ("C0", 1, "continue"),
        ("C0", -1, "leave"),
        ("C1", 2, "continue"),
        ("C1", -2, "leave"),
    ]


def test_thresholds_are_data():
    strict = Thresholds(keep=Decimal("3.5"), improve=Decimal(3), least=Decimal(1))
    assert (
        recommend(criteria(1, 1), scores(3, 3), scores(3, 3), candidate=False, thresholds=strict).result == "optimise"
    )
    assert recommend(criteria(1, 1), scores(4, None), {}, candidate=False, thresholds=strict).result is None


SCORE = st.none() | st.integers(0, BEST_SCORE)
CASES = st.lists(st.tuples(st.integers(1, 100), SCORE, SCORE), min_size=1, max_size=6)
ORDER = {result: level for results in (STAYING, JOINING) for level, result in enumerate(results)}


def told_of(case: list[tuple[int, int | None, int | None]], times: int = 1) -> Recommendation:
    weights = [weight * times for weight, _, _ in case]
    evidence: Scores = scores(*(score for _, score, _ in case))
    opinion: Scores = scores(*(score for _, _, score in case))
    return recommend(criteria(*weights), evidence, opinion, candidate=False)


@given(CASES, st.data())
def test_a_better_score_never_makes_it_worse(case, data):
    raisable = [(n, k) for n, row in enumerate(case) for k in (1, 2) if row[k] is not None and row[k] < BEST_SCORE]
    if not raisable:
        return
    n, k = data.draw(st.sampled_from(raisable))
    better = [list(row) for row in case]
    better[n][k] += 1
    before, after = told_of(case), told_of([tuple(row) for row in better])
    assert (before.result is None) == (after.result is None)
    if before.result and after.result and before.total is not None and after.total is not None:
        assert ORDER[after.result] >= ORDER[before.result]
        assert after.total >= before.total


@given(CASES, st.integers(2, 50))
def test_only_how_weights_stand_to_one_another_counts(case, times):
    one, other = told_of(case), told_of(case, times)
    assert (one.result, one.total) == (other.result, other.total)
    assert [(turn.code, turn.points, turn.result) for turn in one.turns] == [
        (turn.code, turn.points, turn.result) for turn in other.turns
    ]


@given(CASES)
def test_the_explanation_adds_up(case):
    told = told_of(case)
    counted = [(each, each.points, each.score) for each in told.criteria if each.points is not None]
    assert sum((points for _, points, _ in counted), Decimal(0)) == told.points
    assert sum(each.weight for each, _, _ in counted) == told.weight
    assert sum(each.weight for each in told.criteria) == told.weight_in_all
    assert all(score is not None and points == each.weight * score for each, points, score in counted)
    for each in told.criteria:
        assert set(each.missing) == {
            voice for voice, score in (("evidence", each.evidence), ("opinion", each.opinion)) if score is None
        }
        assert (each.score is None) == (len(each.missing) == 2)
    if told.result is None:
        assert told.weight < told.thresholds.least * told.weight_in_all or told.weight == 0
        assert told.turns == ()
    else:
        level = sum(told.points >= bound * told.weight for bound in (told.thresholds.improve, told.thresholds.keep))
        assert told.result == STAYING[level]
        assert told.total is not None
        assert abs(told.total * told.weight - told.points) <= Decimal("0.005") * told.weight


@given(CASES)
def test_what_would_change_it_does(case):
    told = told_of(case)
    for turn in told.turns:
        n = int(turn.code.removeprefix("C"))
        weight, *said = case[n]
        moved = [None if score is None else score + turn.points for score in said]
        # Both move by as much; one of them may leave the scale while their mean does not.
        points = told.points + turn.points * weight
        level = sum(points >= bound * told.weight for bound in (told.thresholds.improve, told.thresholds.keep))
        assert STAYING[level] == turn.result != told.result
        if all(score is None or 0 <= score <= BEST_SCORE for score in moved):
            changed = [*case[:n], (weight, *moved), *case[n + 1 :]]
            assert told_of(changed).result == turn.result


@given(CASES)
def test_it_can_be_kept_and_read_again(case):
    told = told_of(case)
    assert Recommendation.model_validate(told.model_dump(mode="json")) == told


@pytest.mark.parametrize(
    ("months", "year_ends", "today", "last_day", "exit_on", "short"),
    [
        (6, "12-31", "2027-01-04", "2027-06-30", "2027-12-31", False),
        (6, "12-31", "2027-06-30", "2027-06-30", "2027-12-31", False),
        (6, "12-31", "2027-07-01", "2028-06-30", "2028-12-31", True),
        (3, "06-30", "2027-03-01", "2027-03-31", "2027-06-30", False),
        (3, "06-30", "2027-07-01", "2028-03-31", "2028-06-30", False),
        (0, "12-31", "2027-12-31", "2027-12-31", "2027-12-31", False),
        (1, "02-29", "2027-01-04", "2027-01-31", "2027-02-28", False),
        (1, "02-29", "2028-01-04", "2028-01-31", "2028-02-29", False),
        (18, "12-31", "2027-01-04", "2027-06-30", "2028-12-31", True),
    ],
)
def test_notice_is_given_before_the_last_months_of_the_year(months, year_ends, today, last_day, exit_on, short):
    found = notice(Terms(months, year_ends), date.fromisoformat(today))
    assert (found.last_day.isoformat(), found.exit_on.isoformat(), found.short) == (last_day, exit_on, short)


@given(st.integers(0, 36), st.dates(date(2024, 1, 1), date(2035, 1, 1)), st.dates(date(2024, 1, 1), date(2024, 12, 31)))
def test_a_day_for_notice_is_never_over(months, today, ends):
    found = notice(Terms(months, f"{ends:%m-%d}"), today)
    assert today <= found.last_day <= found.exit_on


def test_the_letter_leaves_before_the_last_day_and_nothing_is_due_today():
    monday = date(2027, 6, 28)
    days = leaving_days(VALENCIA, monday, Notice(date(2027, 6, 30), date(2027, 12, 31), short=False))
    assert days["notice_letter"] == date(2027, 6, 29)
    assert days["close_access"] == date(2027, 12, 30)
    late = leaving_days(VALENCIA, date(2027, 6, 30), Notice(date(2027, 6, 30), date(2027, 12, 31), short=False))
    assert late["notice_letter"] == date(2027, 7, 1)
    unknown = leaving_days(VALENCIA, monday, None)
    assert unknown["notice_letter"] == VALENCIA.shift(monday, 10)


def test_next_reviews_and_checks_fall_on_working_days():
    assert next_review(VALENCIA, 2027) == date(2028, 2, 1)
    assert next_review(VALENCIA, 2025) == date(2026, 2, 2), "1 February 2026 is a Sunday"
    assert check_day(VALENCIA, date(2027, 1, 4)) == date(2027, 7, 5)
    assert check_day(VALENCIA, date(2026, 8, 31)) == date(2027, 3, 1), "28 February is a Sunday"


NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


def facts(**changes: Any) -> ReviewFacts:
    usual: dict[str, Any] = {
        "closed": False, "evidence_version": 0, "decided_version": None, "decision": None, "asked_version": None,
        "settled": {}, "check_on": None, "exit_on": None,
    }  # fmt: skip
    return ReviewFacts(**(usual | changes))


ASKED = {"membership_evidence": True, "membership_opinion": True, "membership_decision": True}


@pytest.mark.parametrize(
    ("changes", "reached"),
    [
        ({}, ()),
        ({"settled": {"membership_evidence": False}}, ()),
        ({"settled": {"membership_evidence": True}}, ("evidence",)),
        (
            {"settled": {"membership_evidence": True, "membership_opinion": True}},
            ("evidence", "opinion"),
        ),
        # Decided: everything before it is reached, even if evidence was sent back since.
        (
            {"decision": "continue", "decided_version": 2, "settled": ASKED | {"membership_evidence": False}},
            ("evidence", "opinion", "decision", "improvement plan", "check day"),
        ),
        (
            {"decision": "continue", "decided_version": 2, "settled": ASKED},
            ("evidence", "opinion", "decision", "improvement plan", "check day", "everything done"),
        ),
        (
            {"decision": "optimise", "decided_version": 2, "settled": ASKED | {"improvement_plan": False}},
            ("evidence", "opinion", "decision"),
        ),
        (
            {
                "decision": "optimise",
                "decided_version": 2,
                "settled": ASKED | {"improvement_plan": True},
                "check_on": date(2027, 3, 2),
            },
            ("evidence", "opinion", "decision", "improvement plan"),
        ),
        (
            {
                "decision": "optimise",
                "decided_version": 2,
                "settled": ASKED | {"improvement_plan": True},
                "check_on": date(2027, 3, 1),
            },
            ("evidence", "opinion", "decision", "improvement plan", "check day"),
        ),
        (
            {
                "decision": "leave",
                "decided_version": 2,
                "settled": ASKED | {"assignment": True},
                "exit_on": date(2027, 3, 1),
            },
            ("evidence", "opinion", "decision", "improvement plan", "check day"),
        ),
        (
            {
                "decision": "leave",
                "decided_version": 2,
                "settled": ASKED | {"assignment": True},
                "exit_on": date(2027, 2, 28),
            },
            ("evidence", "opinion", "decision", "improvement plan", "check day", "everything done"),
        ),
    ],
)
def test_how_far_a_review_is(changes, reached):
    assert standing(facts(**changes), VALENCIA, NOW).reached == reached


def test_a_review_is_over_without_a_decision_only_when_what_is_known_now_was_asked_about():
    assert standing(facts(evidence_version=2, asked_version=2, settled=ASKED), VALENCIA, NOW).ended
    assert not standing(facts(evidence_version=3, asked_version=2, settled=ASKED), VALENCIA, NOW).ended
    open_again = ASKED | {"membership_decision": False}
    assert not standing(facts(evidence_version=2, asked_version=2, settled=open_again), VALENCIA, NOW).ended
    assert standing(facts(closed=True), VALENCIA, NOW).ended


def test_what_is_said_after_the_decision_does_not_tell_the_story_again():
    before = standing(facts(evidence_version=2, settled=ASKED), VALENCIA, NOW)
    decided = {"decision": "leave", "decided_version": 2, "settled": ASKED}
    after = standing(facts(evidence_version=4, **decided), VALENCIA, NOW)
    assert before.revision == after.revision


def test_the_clock_brings_the_check_day_and_the_exit_and_never_the_past():
    decided = {"decision": "leave", "decided_version": 2, "settled": ASKED}
    coming = standing(facts(exit_on=date(2027, 12, 31), **decided), VALENCIA, NOW)
    assert coming.next_at == datetime(2027, 12, 31, 23, tzinfo=UTC)
    assert standing(facts(exit_on=date(2027, 2, 1), **decided), VALENCIA, NOW).next_at is None
    assert coming.next_at - NOW > timedelta(days=300)
