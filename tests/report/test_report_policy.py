"""The rules of the report on plain facts: what adds up, what stands apart, what is missing and why."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from models.contracts.answering import AnswerKind, IndicatorUnit
from models.contracts.mail import TaskKind
from models.contracts.report import QuarterReport, Tally, UnitFigure
from models.policies.period import Quarter
from models.policies.report import five_kinds, quarter_report, response_rate, share
from models.policies.report_facts import (
    AnswerFact,
    EarlierNumber,
    EntryFact,
    Escalation,
    PlannedIndicator,
    ReportFacts,
    TaskFact,
)
from tests.report.quarter import valencia_quarter

DUE = datetime(2027, 1, 28, 23, tzinfo=UTC)
OPENED = date(2027, 1, 4)
NOW = datetime(2027, 2, 10, 23, tzinfo=UTC)
NAMES = {"LEAD": "Servei", "HELP": "Àrea Salut", "ALSO": "Area Verda"}
_numbers = count(1)


def indicator(
    code: str = "A1-I1",
    name: str = "Actions",
    unit: IndicatorUnit = "count",
    *,
    cumulative: bool = True,
    responsible: tuple[str, ...] = ("LEAD", "HELP"),
    years: tuple[int | None, int | None] = (2022, 2026),
) -> PlannedIndicator:
    action, (first, last) = code.split("-", maxsplit=1)[0], years
    return PlannedIndicator(
        "E1", "Axis", "O1", "Objective", action, f"Title {action}", first, last, responsible,
        code, name, unit, cumulative,
    )  # fmt: skip


def task(
    unit: str = "LEAD",
    reference: str | None = None,
    kind: TaskKind = "indicator_request",
    state: str = "expired",
    reminded_on: tuple[date, ...] = (),
    escalations: tuple[Escalation, ...] = (),
) -> TaskFact:
    reference = reference or f"T{next(_numbers)}-{unit}"
    person = f"Person of {unit}"
    return TaskFact(
        reference, kind, unit, NAMES[unit], person, state, DUE, OPENED, reminded_on, escalations
    )  # fmt: skip


def said(
    kind: AnswerKind = "value",
    *,
    number: str | None = None,
    yes: bool | None = None,
    words: str | None = None,
    reason: str | None = None,
    at: datetime = DUE - timedelta(days=3),
) -> AnswerFact:
    value = None if number is None else Decimal(number)
    return AnswerFact(kind, value, yes, words, reason, "S1", "Somebody", at, at.date())


def report(
    plan: list[PlannedIndicator],
    *answers: tuple[TaskFact, str, AnswerFact | None],
    earlier: tuple[tuple[str, str, tuple[int, int], str], ...] = (),
    **more: Any,
) -> QuarterReport:
    """The report of a quarter in which each (task, indicator code, answer) was asked."""
    tasks = {row[0].reference: row[0] for row in answers}
    facts = ReportFacts(
        reference="collection/TST/2026-Q4", plan_code="TST", plan_title="Plan", plan_language="ca-ES-valencia",
        institution="City", quarter=Quarter(2026, 4), opened_on=OPENED, due_on=date(2027, 1, 28),
        closed_on=date(2027, 2, 10), until=date(2027, 2, 10), provisional=False, plan=tuple(plan),
        tasks=tuple(tasks.values()), entries=tuple(EntryFact(t.reference, code, a) for t, code, a in answers),
        earlier=tuple(EarlierNumber(u, c, Quarter(*q), Decimal(n)) for u, c, q, n in earlier),
    )  # fmt: skip
    return quarter_report(replace(facts, **more), written_at=NOW)


def figures(result: QuarterReport, code: str = "A1-I1") -> dict[str, UnitFigure]:
    for axis in result.axes:
        for objective in axis.objectives:
            for action in objective.actions:
                for found in action.indicators:
                    if found.code == code:
                        return {figure.unit_code: figure for figure in found.figures}
    raise KeyError(code)


PAST = (("LEAD", "A1-I1", (2026, 2), "4"), ("LEAD", "A1-I1", (2025, 4), "10"), ("LEAD", "A1-I1", (2026, 3), "1"))


@pytest.mark.parametrize(
    ("unit", "cumulative", "answer", "to_date"),
    [
        ("count", True, said(number="5"), "20"),
        ("count", True, said(number="0"), "15"),
        ("count", True, said("nothing_to_report"), "15"),
        ("count", True, None, "15"),
        ("count", False, said(number="5"), "5"),
        ("count", False, said("not_available", reason="x"), "1"),
        ("percent", False, said(number="87.5"), "87.5"),
        ("percent", True, said(number="87.5"), "87.5"),
    ],
)
def test_flows_add_the_quarters_and_stocks_show_the_latest_value(
    unit: IndicatorUnit,
    cumulative: bool,
    answer: AnswerFact | None,
    to_date: str,
) -> None:
    result = report([indicator(unit=unit, cumulative=cumulative)], (task(), "A1-I1", answer), earlier=PAST)
    assert figures(result)["LEAD"].to_date == Decimal(to_date)


def test_a_flow_that_never_had_a_number_has_no_sum() -> None:
    result = report([indicator()], (task(), "A1-I1", said("nothing_to_report")))
    assert figures(result)["LEAD"].to_date is None


def test_the_first_responsible_unit_leads_and_the_others_are_never_added_to_it() -> None:
    lead, helper = task("LEAD"), task("HELP")
    result = report(
        [indicator()],
        (helper, "A1-I1", said(number="100")),
        (lead, "A1-I1", said(number="7")),
        earlier=(("HELP", "A1-I1", (2026, 3), "50"),),
    )
    assert [(f.unit_code, f.leads, f.to_date) for f in figures(result).values()] == [
        ("LEAD", True, Decimal(7)),
        ("HELP", False, Decimal(150)),
    ]
    (total,) = result.axes[0].totals
    assert (total.of, total.given, total.this_quarter, total.to_date) == (1, 1, Decimal(7), Decimal(7))


def test_units_asked_as_all_areas_come_after_those_the_plan_names_sorted_without_regard_to_accents() -> None:
    result = report(
        [indicator(responsible=("LEAD", "EVERY-AREA"))],
        *((task(unit), "A1-I1", said(number="1")) for unit in ("HELP", "ALSO", "LEAD")),
    )
    assert [(f.unit_name, f.leads) for f in figures(result).values()] == [
        ("Servei", True),
        ("Àrea Salut", False),
        ("Area Verda", False),
    ]


def test_indicators_of_one_name_are_taken_together_by_their_nature() -> None:
    plan = [
        indicator("A1-I1"),
        indicator("A2-I1"),
        indicator("A2-I2", "Degree", "percent", cumulative=False),
        indicator("A3-I1", "Degree", "percent", cumulative=False),
        indicator("A3-I2", "Degree", "percent", cumulative=False),
        indicator("A4-I1", "Created", "yes/no", cumulative=False),
        indicator("A4-I2", "Created", "yes/no", cumulative=False),
        indicator("A5-I1", "Topics", "text", cumulative=False),
    ]
    one = task()
    result = report(
        plan,
        (one, "A1-I1", said(number="3")),
        (one, "A2-I1", said("nothing_to_report")),
        (one, "A2-I2", said(number="50")),
        (one, "A3-I1", said(number="75.5")),
        (one, "A3-I2", None),
        (one, "A4-I1", said(yes=True)),
        (one, "A4-I2", said(yes=False)),
        (one, "A5-I1", said(words="trade")),
        earlier=(("LEAD", "A2-I1", (2026, 3), "4"), ("LEAD", "A3-I2", (2026, 3), "20")),
    )
    totals = result.axes[0].totals
    assert [(t.name, t.given, t.of, t.this_quarter, t.to_date) for t in totals] == [
        ("Actions", 1, 2, Decimal(3), Decimal(7)),
        ("Degree", 2, 3, Decimal("62.75"), Decimal("48.5")),
        ("Created", 2, 2, Decimal(1), None),
        ("Topics", 1, 1, None, None),
    ]
    assert result.axes[0].objectives[0].totals == totals


def test_an_average_is_given_to_two_decimals_and_without_needless_zeros() -> None:
    plan = [indicator(f"A{n}-I1", "Degree", "percent", cumulative=False) for n in (1, 2, 3)]
    one = task()
    thirds = report(plan, *((one, f"A{n}-I1", said(number=v)) for n, v in ((1, "50"), (2, "50"), (3, "100"))))
    assert str(thirds.axes[0].totals[0].this_quarter) == "66.67"
    whole = report(plan, *((one, f"A{n}-I1", said(number=v)) for n, v in ((1, "60"), (2, "80"), (3, "100"))))
    assert str(whole.axes[0].totals[0].this_quarter) == "80"


def test_five_kinds_of_answers_are_counted_as_five_different_things() -> None:
    plan = [indicator(f"A{n}-I1") for n in range(1, 6)]
    one = task(state="partly_answered")
    answers = (
        said(number="3"),
        said(number="0"),
        said("nothing_to_report"),
        said("not_available", reason="Data come in March"),
        None,
    )
    result = report(plan, *((one, f"A{n}-I1", answer) for n, answer in enumerate(answers, start=1)))
    assert five_kinds(result.tally) == {
        "value": 1, "zero": 1, "nothing_to_report": 1, "not_available": 1, "missing": 1,
    }  # fmt: skip
    assert result.tally == result.axes[0].tally == result.units[0].tally
    assert sum(five_kinds(result.tally).values()) == result.tally.asked == 5
    assert response_rate(result.tally) == 80


@pytest.mark.parametrize(
    ("part", "whole", "percent"), [(0, 0, 0), (0, 9, 0), (1, 300, 1), (299, 300, 99), (300, 300, 100), (1, 3, 33)]
)
def test_a_rate_says_all_only_of_all_and_none_only_of_none(part: int, whole: int, percent: int) -> None:
    assert share(part, whole) == percent


def test_an_answer_at_the_due_instant_is_in_time_and_one_after_it_is_late() -> None:
    plan = [indicator("A1-I1"), indicator("A2-I1"), indicator("A3-I1")]
    one = task(state="partly_answered")
    result = report(
        plan,
        (one, "A1-I1", said(number="1", at=DUE)),
        (one, "A2-I1", said(number="1", at=DUE + timedelta(microseconds=1))),
        (one, "A3-I1", None),
    )
    (unit,) = result.units
    assert (unit.in_time, unit.late, unit.tally.missing) == (1, 1, 1)


def test_units_are_listed_from_the_highest_response_rate_down() -> None:
    plan = [indicator(responsible=("LEAD", "HELP", "ALSO"))]
    result = report(
        plan,
        (task("LEAD"), "A1-I1", None),
        (task("HELP"), "A1-I1", said(number="1")),
        (task("ALSO"), "A1-I1", said(number="1")),
    )
    assert [unit.unit_code for unit in result.units] == ["HELP", "ALSO", "LEAD"]


def test_a_head_who_named_nobody_leaves_the_unit_s_indicators_missing() -> None:
    naming = task("HELP", kind="focal_point_naming")
    result = report([indicator("A1-I1"), indicator("A2-I1")], (naming, "A1-I1", None), (naming, "A2-I1", None))
    assert result.tally == Tally(asked=2, value=0, nothing_to_report=0, not_available=0, missing=2)
    (gap,) = result.gaps
    assert (gap.task_kind, gap.asked_of, gap.missing) == ("focal_point_naming", "Person of HELP", ("A1-I1", "A2-I1"))


@pytest.mark.parametrize("naming_first", [True, False])
@pytest.mark.parametrize("answer", [None, said(number="2")])
def test_a_naming_and_the_request_that_follows_it_count_once(naming_first: bool, answer: AnswerFact | None) -> None:
    naming = task("HELP", "T-NAMING", kind="focal_point_naming", state="answered")
    request = task("HELP", "T-ASKED")
    rows = [(naming, "A1-I1", None), (request, "A1-I1", answer)]
    result = report([indicator()], *(rows if naming_first else reversed(rows)))
    assert result.tally.asked == 1
    assert [gap.task_reference for gap in result.gaps] == ([] if answer else ["T-ASKED"])


def test_the_entry_that_was_answered_counts_when_two_tasks_carried_it() -> None:
    cancelled, given = task("LEAD", "T-ZZZ", state="cancelled"), task("LEAD", "T-AAA")
    result = report([indicator()], (cancelled, "A1-I1", None), (given, "A1-I1", said(number="2")))
    assert (result.tally.asked, result.tally.value) == (1, 1)


def test_a_gap_tells_who_was_asked_when_reminded_and_to_whom_it_was_escalated() -> None:
    late = task(
        reminded_on=(date(2027, 1, 30), date(2027, 1, 20)),
        escalations=(Escalation(date(2027, 2, 5), "The mayor"), Escalation(date(2027, 2, 2), "The head")),
    )
    plan = [indicator("A1-I1"), indicator("A2-I1"), indicator("A3-I1")]
    result = report(plan, (late, "A3-I1", None), (late, "A1-I1", None), (late, "A2-I1", said(number="1")))
    (gap,) = result.gaps
    assert (gap.asked, gap.missing) == (3, ("A1-I1", "A3-I1"))
    assert gap.reminded_on == (date(2027, 1, 20), date(2027, 1, 30))
    assert (gap.escalated_on, gap.escalated_to) == (date(2027, 2, 2), "The head")
    assert (gap.asked_on, gap.outcome) == (OPENED, "expired")
    assert result.units[0].escalated


def test_every_indicator_of_the_plan_is_asked_or_accounted_for() -> None:
    plan = [
        indicator("A1-I1"),
        indicator("A2-I1", years=(2022, 2022)),
        indicator("A3-I1", years=(2027, None)),
        indicator("A4-I1", responsible=()),
        indicator("A5-I1", years=(None, None), responsible=()),
    ]
    result = report(plan, (task(), "A1-I1", said(number="1")))
    assert (result.indicators_in_plan, result.indicators_asked) == (5, 1)
    assert result.not_covered == ("A2-I1", "A3-I1")
    assert [(a.code, a.first_year, a.last_year) for a in result.not_covered_actions] == [
        ("A2", 2022, 2022),
        ("A3", 2027, None),
    ]
    assert result.not_asked == ("A4-I1", "A5-I1")


def test_every_day_from_opening_to_closing_is_there_with_what_happened_on_it() -> None:
    busy = task(reminded_on=(date(2027, 1, 20),), escalations=(Escalation(date(2027, 2, 3), "The head"),))
    plan = [indicator("A1-I1"), indicator("A2-I1")]
    result = report(plan, (busy, "A1-I1", said(number="1")), (busy, "A2-I1", None))
    assert (result.days[0].day, result.days[-1].day, len(result.days)) == (OPENED, date(2027, 2, 10), 38)
    told = {day.day: (day.answered, day.reminders, day.escalations) for day in result.days}
    assert {day: happened for day, happened in told.items() if any(happened)} == {
        date(2027, 1, 20): (0, 1, 0),
        date(2027, 1, 25): (1, 0, 0),
        date(2027, 2, 3): (0, 0, 1),
    }


def test_a_report_of_a_collection_that_has_just_opened_has_one_day_and_no_rate() -> None:
    result = report([indicator()], until=OPENED, provisional=True)
    assert result.provisional
    assert [day.day for day in result.days] == [OPENED]
    assert (result.tally.asked, response_rate(result.tally), result.axes) == (0, 0, ())


def test_valencia_s_quarter_accounts_for_all_116_indicators_and_every_entry() -> None:
    facts = valencia_quarter()
    result = quarter_report(facts, written_at=NOW)
    assert (result.indicators_in_plan, result.indicators_asked, len(result.not_covered)) == (116, 108, 8)
    assert result.tally.asked == sum(axis.tally.asked for axis in result.axes) == len(facts.entries)
    assert sum(unit.tally.asked for unit in result.units) == result.tally.asked
    assert sum(len(gap.missing) for gap in result.gaps) == result.tally.missing
    assert sum(unit.in_time + unit.late for unit in result.units) == sum(day.answered for day in result.days)
    assert {axis.code for axis in result.axes} == {"VLC-E1", "VLC-E2", "VLC-E3", "VLC-E4", "VLC-G"}
    assert QuarterReport.model_validate(result.model_dump(mode="json")) == result
