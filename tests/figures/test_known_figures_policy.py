"""How the figures that Focal knows are counted: pure."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.contracts.mail import VisitKind
from models.policies.known_figures import (
    BALANCE,
    DELEGATIONS,
    INDICATORS,
    JOINED,
    REVIEWED,
    CountedNetwork,
    QuarterFacts,
    ReceivedVisit,
    known_figures,
)
from tests.report.quarter import valencia_plan

KINDS: tuple[VisitKind, ...] = ("institutional", "business", "study", "diplomatic", "municipal_association")
ALL, BUSINESS, DIPLOMATIC = DELEGATIONS
RESPONSIBLE = {row.code: row.responsible for row in valencia_plan() if row.code in INDICATORS}
"""As the plan has them."""
ECOLOGY, HEALTH, COOPERATION = (RESPONSIBLE[code][1] for code in JOINED)


def visit(number: int, kind: VisitKind = "study", women: int = 2, men: int = 2, others: int = 0) -> ReceivedVisit:
    return ReceivedVisit(f"delegation/2026-{number:04}", kind, women, men, others)


def known(visits=None, joined=None, reviewed=None):
    return known_figures(QuarterFacts(visits, joined, reviewed), RESPONSIBLE)


def test_every_figure_is_a_row_of_the_plan_that_is_a_number_and_led_by_the_office():
    units = {row.code: row.unit for row in valencia_plan()}
    assert RESPONSIBLE.keys() == INDICATORS
    assert {units[code] for code in INDICATORS} == {"count", "percent"}
    assert [code for code in INDICATORS if units[code] == "percent"] == [BALANCE]
    assert {responsible[0] for responsible in RESPONSIBLE.values()} == {"ACT-VLC-STI"}


def test_delegations_count_in_every_row_that_is_about_their_kind():
    figures = known([visit(1, "business"), visit(2, "diplomatic"), visit(3, "business"), visit(4)])
    assert figures[ALL].number == 4
    assert figures[BUSINESS].references == ("delegation/2026-0001", "delegation/2026-0003")
    assert figures[DIPLOMATIC].references == ("delegation/2026-0002",)


def test_no_delegation_is_zero_but_no_process_is_not_known():
    assert {code: figure.number for code, figure in known([]).items()} == {ALL: 0, BUSINESS: 0, DIPLOMATIC: 0}
    assert known() == {}


@given(
    st.lists(
        st.tuples(st.sampled_from(KINDS), *[st.integers(0, 30)] * 3),
        max_size=30,
    )
)
def test_counts_by_kind_never_exceed_the_total_and_every_figure_is_that_of_its_evidence(rows):
    figures = known([visit(number, *row) for number, row in enumerate(rows)])
    assert figures[BUSINESS].number + figures[DIPLOMATIC].number <= figures[ALL].number == len(rows)
    for code in (ALL, BUSINESS, DIPLOMATIC):
        assert figures[code].number == len(set(figures[code].references))
        assert set(figures[code].references) <= set(figures[ALL].references)
    if BALANCE in figures:
        assert 0 <= figures[BALANCE].number <= 100
        assert set(figures[BALANCE].references) <= set(figures[ALL].references)


@pytest.mark.parametrize(
    ("people", "balanced"),
    [
        ((5, 5, 0), True),
        ((6, 4, 0), True),
        ((4, 6, 0), True),
        ((7, 3, 0), False),
        ((0, 10, 0), False),
        ((1, 1, 0), True),
        ((2, 1, 0), False),
        ((3, 2, 0), True),
        ((2, 2, 6), True),
        ((0, 0, 4), True),
    ],
)
def test_a_delegation_is_balanced_when_neither_women_nor_men_are_more_than_sixty_percent(people, balanced):
    women, men, others = people
    assert visit(1, "study", women, men, others).balanced is balanced


def test_the_balance_is_the_share_of_balanced_delegations_in_whole_percent():
    figures = known([visit(1), visit(2), visit(3, women=9, men=1)])
    assert figures[BALANCE].number == Decimal(67)
    assert len(figures[BALANCE].references) == 3


def test_who_comes_alone_is_no_matter_of_balance():
    assert known([visit(1, women=1, men=0), visit(2)])[BALANCE].references == ("delegation/2026-0002",)
    assert BALANCE not in known([visit(1, women=1, men=0)])


def test_networks_count_in_the_row_of_the_sector_whose_area_answers_for_them():
    joined = [CountedNetwork("review/iclei/2026", ECOLOGY), CountedNetwork("review/c40/2026", ECOLOGY)]
    reviewed = [CountedNetwork("review/who/2026", HEALTH)]
    figures = known(joined=joined, reviewed=reviewed)
    assert [figures[code].number for code in JOINED] == [2, 0, 0]
    assert [figures[code].number for code in REVIEWED] == [0, 1, 0]
    assert figures[JOINED[0]].references == ("review/c40/2026", "review/iclei/2026")
    assert ALL not in figures


@pytest.mark.parametrize("unit", [None, "ACT-VLC-STI", "ACT-VLC-TOTES"])
def test_a_network_of_no_sector_may_be_of_any_so_nothing_is_known(unit):
    figures = known(joined=[CountedNetwork("a", ECOLOGY), CountedNetwork("b", unit)], reviewed=[])
    assert not figures.keys() & set(JOINED)
    assert [figures[code].number for code in REVIEWED] == [0, 0, 0]


def test_only_what_the_plan_asks_is_known():
    facts = QuarterFacts([visit(1)], [], [])
    assert known_figures(facts, {ALL: ["ACT-VLC-STI"]}).keys() == {ALL}
    assert known_figures(facts, {}) == {}
