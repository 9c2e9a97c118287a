"""The figures of a quarter: per unit, indicator, action, objective and axis, and what they add up to."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from unicodedata import combining, normalize

from models.contracts.answering import IndicatorUnit
from models.contracts.report import (
    ActionFigures,
    AxisFigures,
    IndicatorFigures,
    ObjectiveFigures,
    Tally,
    Total,
    UnitFigure,
)
from models.policies.report_facts import CountedEntry, EarlierNumber, PlannedIndicator

HUNDREDTH = Decimal("0.01")

EarlierNumbers = Mapping[tuple[str, str], Sequence[Decimal]]
"""The earlier numbers of each (unit, indicator), oldest first."""


def alphabetical(name: str) -> str:
    """What a name is sorted by: accents and capitals do not matter."""
    return "".join(sign for sign in normalize("NFKD", name.casefold()) if not combining(sign))


def by_pair(earlier: Iterable[EarlierNumber]) -> EarlierNumbers:
    """Sort earlier numbers by quarter under their (unit, indicator)."""
    pairs: defaultdict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for figure in sorted(earlier, key=lambda figure: figure.quarter):
        pairs[figure.unit_code, figure.indicator_code].append(figure.number)
    return pairs


def indicator_figures(
    indicator: PlannedIndicator, entries: Iterable[CountedEntry], earlier: EarlierNumbers
) -> IndicatorFigures:
    """What every unit asked said of one indicator: the lead first, then the others in the plan's order.

    Units that the plan does not name themselves, asked because it says "all areas", come last, by name.
    """
    order = {code: position for position, code in enumerate(indicator.responsible)}
    ordered = sorted(
        entries,
        key=lambda entry: (
            order.get(entry.task.unit_code, len(order)),
            alphabetical(entry.task.unit_name),
            entry.task.unit_code,
        ),
    )
    return IndicatorFigures(
        code=indicator.code,
        name=indicator.name,
        unit=indicator.unit,
        cumulative=indicator.cumulative,
        figures=tuple(
            _unit_figure(indicator, entry, earlier.get((entry.task.unit_code, indicator.code), ())) for entry in ordered
        ),
    )


def _unit_figure(indicator: PlannedIndicator, entry: CountedEntry, earlier: Sequence[Decimal]) -> UnitFigure:
    answer = entry.fact.answer
    number = answer.number if answer else None
    return UnitFigure(
        unit_code=entry.task.unit_code,
        unit_name=entry.task.unit_name,
        leads=indicator.responsible[:1] == (entry.task.unit_code,),
        kind=answer.kind if answer else "missing",
        number=number,
        yes=answer.yes if answer else None,
        words=answer.words if answer else None,
        reason=answer.reason if answer else None,
        to_date=_to_date(indicator, earlier if number is None else (*earlier, number)),
        submission_reference=answer.submission_reference if answer else None,
        answered_by=answer.answered_by if answer else None,
        known=entry.fact.known,
    )


def _to_date(indicator: PlannedIndicator, numbers: Sequence[Decimal]) -> Decimal | None:
    """A flow's sum or a stock's latest of the numbers given, oldest first; null when none ever was."""
    if not numbers:
        return None
    if indicator.cumulative and indicator.unit == "count":
        return sum(numbers, Decimal(0))
    return numbers[-1]


def axes(plan: Sequence[PlannedIndicator], figures: Mapping[str, IndicatorFigures]) -> tuple[AxisFigures, ...]:
    """The indicators that were asked, under their actions, objectives and axes, in the plan's order."""
    return tuple(
        _axis(code, title, list(rows), figures)
        for (code, title), rows in groupby(plan, key=lambda row: (row.axis_code, row.axis_title))
    )


def _axis(
    code: str, title: str, plan: Sequence[PlannedIndicator], figures: Mapping[str, IndicatorFigures]
) -> AxisFigures:
    shown = [figures[indicator.code] for indicator in plan]
    return AxisFigures(
        code=code,
        title=title,
        objectives=tuple(
            _objective(code, title, list(rows), figures)
            for (code, title), rows in groupby(plan, key=lambda row: (row.objective_code, row.objective_title))
        ),
        totals=_totals(shown),
        tally=tally(figure for indicator in shown for figure in indicator.figures),
    )


def _objective(
    code: str, title: str, plan: Sequence[PlannedIndicator], figures: Mapping[str, IndicatorFigures]
) -> ObjectiveFigures:
    return ObjectiveFigures(
        code=code,
        title=title,
        actions=tuple(
            ActionFigures(code=code, title=title, indicators=tuple(figures[row.code] for row in rows))
            for (code, title), rows in groupby(plan, key=lambda row: (row.action_code, row.action_title))
        ),
        totals=_totals([figures[indicator.code] for indicator in plan]),
    )


def _totals(indicators: Iterable[IndicatorFigures]) -> tuple[Total, ...]:
    """Indicators of one name and nature taken together, in the order in which the names first appear."""
    alike: defaultdict[tuple[str, IndicatorUnit, bool], list[IndicatorFigures]] = defaultdict(list)
    for indicator in indicators:
        alike[indicator.name, indicator.unit, indicator.cumulative].append(indicator)
    return tuple(_total(rows) for rows in alike.values())


def _total(alike: Sequence[IndicatorFigures]) -> Total:
    first = alike[0]
    leads = [figure for indicator in alike for figure in indicator.figures if figure.leads]
    given = [figure for figure in leads if figure.kind == "value"]
    if first.unit == "yes/no":
        this_quarter = Decimal(sum(figure.yes is True for figure in given)) if given else None
    else:
        this_quarter = _together(first.unit, [figure.number for figure in given])
    return Total(
        name=first.name,
        unit=first.unit,
        cumulative=first.cumulative,
        of=len(alike),
        given=len(given),
        this_quarter=this_quarter,
        to_date=_together(first.unit, [figure.to_date for figure in leads]),
    )


def _together(unit: IndicatorUnit, figures: Iterable[Decimal | None]) -> Decimal | None:
    """Counts added; percentages averaged over those given, to two decimals; of nothing, null."""
    numbers = [figure for figure in figures if figure is not None]
    if not numbers:
        return None
    added = sum(numbers, Decimal(0))
    if unit != "percent":
        return added
    mean = (added / len(numbers)).quantize(HUNDREDTH, ROUND_HALF_UP)
    return mean.to_integral_value() if mean == mean.to_integral_value() else mean


def tally(figures: Iterable[UnitFigure]) -> Tally:
    """How many entries there are, and of which kind."""
    kinds: Counter[str] = Counter()
    zero = 0
    for figure in figures:
        kinds[figure.kind] += 1
        zero += figure.number == 0
    return Tally(
        asked=kinds.total(),
        value=kinds["value"],
        zero=zero,
        nothing_to_report=kinds["nothing_to_report"],
        not_available=kinds["not_available"],
        missing=kinds["missing"],
    )
