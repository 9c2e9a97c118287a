"""The register's rules as tables: what a call is, what became of its deadlines, whom it concerns."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from models.contracts.calls import DeadlineRead, EffectiveStatus
from models.policies.calls import (
    Theme,
    change_between,
    crawl_refusal,
    effective_status,
    for_newcomers,
    matches,
    merge_deadlines,
    next_deadline,
    row_refusal,
)
from tests.calls.office import at, row

NOW = datetime(2027, 1, 4, 8, 0, tzinfo=UTC)
TODAY = date(2027, 1, 4)
PAST, SOON, LATER = date(2026, 11, 3), date(2027, 1, 18), date(2027, 6, 1)


@pytest.mark.parametrize(
    ("says", "opens_on", "days", "model", "status"),
    [
        ("open", date(2026, 12, 1), (LATER,), "single_stage", "open"),
        ("open", date(2026, 12, 1), (SOON,), "single_stage", "closing"),
        ("open", date(2026, 12, 1), (date(2027, 1, 19),), "single_stage", "open"),
        ("open", date(2026, 1, 1), (PAST,), "single_stage", "closed"),
        ("open", date(2026, 1, 1), (PAST, LATER), "cut_offs", "open"),
        ("open", date(2026, 1, 1), (date(2026, 1, 1), PAST), "cut_offs", "closed"),
        ("closed", date(2026, 1, 1), (PAST, LATER), "two_stage", "open"),
        ("closed", date(2026, 1, 1), (LATER,), "single_stage", "unclear"),
        ("forthcoming", date(2027, 2, 1), (LATER,), "single_stage", "forthcoming"),
        ("open", date(2027, 2, 1), (LATER,), "single_stage", "forthcoming"),
        ("forthcoming", None, (LATER,), "single_stage", "forthcoming"),
        (None, None, (LATER,), "single_stage", "open"),
    ],
)
def test_what_a_call_is_follows_from_its_days(
    says: str | None, opens_on: date | None, days: Sequence[date], model: str, status: EffectiveStatus
):
    call = row("C-1", *days, portal_status=says, opens_on=opens_on, deadline_model=model)
    assert effective_status(call, NOW) == status


@pytest.mark.parametrize(
    ("says", "review", "status"),
    [
        ("forthcoming", "", "forthcoming"),
        ("forthcoming", "Its deadline is “to be announced”.", "unclear"),
        ("open", "", "unclear"),
        ("closed", "", "closed"),
    ],
)
def test_without_days_the_portal_is_believed_as_far_as_it_makes_sense(says: str, review: str, status: EffectiveStatus):
    assert effective_status(row(portal_status=says, review=review, deadlines=()), NOW) == status


def test_what_people_and_crawls_found_comes_before_the_days():
    assert effective_status(row(), NOW, gone=True) == "gone"
    assert effective_status(row(), NOW, gone=True, cancelled=True) == "cancelled"


def test_a_deadline_is_over_at_its_hour_in_brussels_and_not_at_midnight():
    call = row("C-1", TODAY)
    assert next_deadline(call.deadlines, datetime(2027, 1, 4, 15, 59, tzinfo=UTC)) == call.deadlines[0]
    assert next_deadline(call.deadlines, datetime(2027, 1, 4, 16, 0, tzinfo=UTC)) is None
    summer = row("C-1", date(2027, 7, 1))
    assert next_deadline(summer.deadlines, datetime(2027, 7, 1, 15, 0, tzinfo=UTC)) is None


def test_the_second_stage_is_for_those_who_are_invited():
    assert not for_newcomers(row("C-1", PAST, LATER, deadline_model="two_stage"), NOW)
    assert for_newcomers(row("C-1", SOON, LATER, deadline_model="two_stage"), NOW)
    assert for_newcomers(row("C-1", PAST, LATER, deadline_model="cut_offs"), NOW)


JAN, FEB, MAR, APR = date(2027, 1, 20), date(2027, 2, 20), date(2027, 3, 20), date(2027, 4, 20)
DEC = date(2026, 12, 20)


@pytest.mark.parametrize(
    ("model", "known", "read", "pairs"),
    [
        ("single_stage", (JAN,), (FEB,), [((1, JAN), (1, FEB))]),
        ("single_stage", (DEC,), (FEB,), [((1, DEC), (1, FEB))]),  # put off after it was over
        ("two_stage", (JAN, MAR), (FEB, APR), [((1, JAN), (1, FEB)), ((2, MAR), (2, APR))]),
        ("two_stage", (JAN,), (JAN, MAR), [((1, JAN), (1, JAN)), (None, (2, MAR))]),
        ("two_stage", (DEC, MAR), (APR,), [((1, DEC), (1, DEC)), ((2, MAR), (2, APR))]),
        ("two_stage", (JAN, MAR), (JAN,), [((1, JAN), (1, JAN)), ((2, MAR), None)]),
        ("cut_offs", (DEC, FEB), (FEB, APR), [((1, DEC), (1, DEC)), ((2, FEB), (2, FEB)), (None, (3, APR))]),
        ("cut_offs", (FEB, APR), (JAN, FEB, APR), [((1, FEB), (2, FEB)), ((2, APR), (3, APR)), (None, (1, JAN))]),
        ("cut_offs", (JAN, MAR), (FEB, MAR), [((2, MAR), (2, MAR)), ((1, JAN), (1, FEB))]),
        ("cut_offs", (JAN, MAR), (MAR,), [((2, MAR), (1, MAR)), ((1, JAN), None)]),
    ],
)
def test_which_deadline_became_which(
    model: str, known: Sequence[date], read: Sequence[date], pairs: list[tuple[Any, Any]]
):
    moves = merge_deadlines(tuple(map(at, known)), row("C-1", *read, deadline_model=model), TODAY)
    told = [
        tuple(None if side is None else (side[0], side[1].day) for side in (move.before, move.after)) for move in moves
    ]
    assert sorted(told, key=repr) == sorted(pairs, key=repr)


def test_an_hour_that_a_person_entered_stays_whatever_becomes_of_the_day():
    known = (at(JAN, time(13), entered=True),)
    (move,) = merge_deadlines(known, row("C-1", FEB), TODAY)
    assert move.after == (1, at(FEB, time(13), entered=True))
    (same,) = merge_deadlines(known, row("C-1", JAN), TODAY)
    assert not same.changed


@pytest.mark.parametrize(
    ("known", "read", "refusal"),
    [
        (row(), row(), None),
        (None, row(), None),
        (row("C-1", FEB), row("C-1", MAR), None),
        (row("C-1", DEC), row("C-1", date(2026, 12, 19)), None),
        (row("C-1", FEB), row("C-1", DEC), "Its deadline was moved from 2027-02-20 into the past, to 2026-12-20."),
        (
            row("C-1", FEB),
            row("C-1", deadlines=()),
            "It has no deadline any more. The known deadline on 2027-02-20 stands.",
        ),
        (
            row("C-1", FEB),
            row("C-1", deadlines=(), review="Its deadline is “to be announced”."),
            "Its deadline is “to be announced”. The known deadline on 2027-02-20 stands.",
        ),
        (row("C-1", deadlines=()), row("C-1", deadlines=(), review="Its deadline is in 2099."), None),
        (None, row("C-1", date(2036, 1, 1)), "Its deadline on 2036-01-01 is too far ahead to be true."),
        (row(), row(programme="LIFE"), "It is listed under LIFE, and is known as a call of CERV."),
    ],
)
def test_a_row_that_cannot_be_true_is_not_taken(known: Any, read: Any, refusal: str | None):
    assert row_refusal(known, read, TODAY) == refusal


@pytest.mark.parametrize(
    ("listed", "refused", "known", "missing", "refusal"),
    [
        (900, 0, 900, 0, None),
        (0, 0, 900, 900, "The portal lists no call, where 900 are known."),
        (0, 0, 0, 0, None),
        (450, 0, 900, 450, None),
        (449, 0, 900, 451, "451 of 900 calls that are known are not listed any more."),
        (900, 0, 900, 451, "451 of 900 calls that are known are not listed any more."),
        (10, 6, 10, 0, "6 of 10 calls that the portal lists cannot be read."),
    ],
)
def test_a_crawl_that_cannot_be_whole_is_not_taken(
    listed: int, refused: int, known: int, missing: int, refusal: str | None
):
    assert crawl_refusal(listed, refused, known, missing) == refusal


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({}, None),
        ({"title": "Networks of Towns and Cities"}, ("title",)),
        ({"budget": 10_000_000}, ("budget",)),
        ({"description": "<p>Other words.</p>"}, ("text",)),
        ({"portal_status": "forthcoming"}, ("status",)),
        ({"portal_id": "another"}, None),
    ],
)
def test_what_changed_is_named(changes: dict[str, Any], what: tuple[str, ...] | None):
    read = row(**changes)
    change = change_between(row(), read, merge_deadlines(row().deadlines, read, TODAY), TODAY)
    assert (change.what if change else None) == what


def test_that_a_call_closes_after_its_last_day_is_no_news():
    known, read = row("C-1", PAST), row("C-1", PAST, portal_status="closed")
    assert change_between(known, read, merge_deadlines(known.deadlines, read, TODAY), TODAY) is None


def theme(*keywords: str, **more: Any) -> Theme:
    return Theme(**{"code": "T-1", "action_code": None, "units": ("HEALTH",), "keywords": keywords, **more})


@pytest.mark.parametrize(
    ("keywords", "changes", "found"),
    [
        (("network of towns",), {"title": "A Network of Towns"}, ("network of towns",)),
        (("town network",), {"title": "Town-Networks in Europe"}, ("town network",)),
        (("town",), {"title": "Townships"}, None),
        (("energy",), {"description": "<p>On energy.</p>"}, None),
        (("energy", "climate"), {"description": "<p>Energy &amp; <b>climate</b></p>"}, ("energy", "climate")),
        (("energy",), {"keywords": ("Energy storage",)}, ("energy",)),
        (("R&D",), {"keywords": ("R&D",)}, ("R&D",)),
        ((), {}, None),
    ],
)
def test_keywords_are_whole_words_and_one_in_the_text_is_chance(
    keywords: tuple[str, ...], changes: dict[str, Any], found: tuple[str, ...] | None
):
    told = matches([theme(*keywords)], row(**{"title": "Topic", "description": "", **changes}))
    assert [match.found for match in told] == ([] if found is None else [found])


def test_the_surest_match_comes_first_and_a_theme_may_look_in_some_programmes_only():
    weak = theme("citizens", "exchange", code="WEAK")
    strong = theme("networks of towns", code="STRONG", programmes=("CERV",))
    elsewhere = theme("networks of towns", code="ELSEWHERE", programmes=("LIFE",))
    told = matches([weak, strong, elsewhere], row())
    assert [(match.theme, match.points) for match in told] == [("STRONG", 3), ("WEAK", 2)]


def test_the_order_of_deadlines_and_hours_is_kept_by_the_merge():
    known: tuple[DeadlineRead, ...] = (at(JAN), at(MAR, time(13), entered=True))
    moves = merge_deadlines(known, row("C-1", JAN, FEB, MAR, deadline_model="cut_offs"), TODAY)
    assert {move.after[0]: move.after[1].hour for move in moves if move.after} == {
        1: time(17),
        2: time(17),
        3: time(13),
    }


def test_a_cut_off_that_went_did_not_become_one_behind_others_that_stay():
    known, listed = [at(date(2027, 5, 1)), at(date(2027, 9, 1))], (date(2027, 9, 1), date(2027, 12, 1))
    read = row("CERV-2027-TOWNS-01", *listed, deadline_model="cut_offs")
    moves = merge_deadlines(known, read, date(2027, 1, 4))
    assert [(move.before and move.before[1].day, move.after and move.after[1].day) for move in moves] == [
        (date(2027, 9, 1), date(2027, 9, 1)),
        (date(2027, 5, 1), None),
        (None, date(2027, 12, 1)),
    ]


@pytest.mark.parametrize("keyword", ["c++", "(peace)", "#towns", "+"])
def test_a_keyword_is_found_whatever_it_begins_and_ends_with(keyword: str):
    theme = Theme("T", None, ("HEALTH",), (keyword,))
    assert matches([theme], row(title=f"Of {keyword}, and more"))
    assert not matches([theme], row(title="Of c, peace, towns and more"))
