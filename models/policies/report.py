"""The report of a quarter, as a pure function of its facts.

The rules, and where they come from:

- Each (unit, indicator) counts once, whatever number of tasks carried it: a naming task and the request
  that follows it stand for the same entries.
- A flow adds the plan's quarters, a stock shows its latest value, a percentage is never added (the
  catalogue's `cumulative`).
- The first responsible unit leads; the others stand beside it and are never added to it, because the plan
  names them for one and the same row and the same action may stand in both figures.
- A value, zero, nothing to report, not available and missing are five different things.
- What Focal counted itself is no answer: it stands beside what the unit says, and a unit that says nothing is missing.
- An entry is in time when it was first answered by its task's due instant; correcting it later does not make
  it late.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from models.contracts.answering import IndicatorUnit
from models.contracts.report import (
    ActionNotCovered,
    DayOfAnswers,
    EntryKind,
    Gap,
    KnownGap,
    QuarterReport,
    Tally,
    UnitFigure,
    UnitResponse,
)
from models.policies import report_figures
from models.policies.period import covers
from models.policies.report_facts import CountedEntry, EntryFact, PlannedIndicator, ReportFacts, TaskFact
from models.policies.report_figures import alphabetical


def quarter_report(facts: ReportFacts, *, written_at: datetime) -> QuarterReport:
    """The report of one quarter, closed or as it stands. `written_at` is an aware instant."""
    entries = _each_once(facts)
    of_indicator: defaultdict[str, list[CountedEntry]] = defaultdict(list)
    for entry in entries:
        of_indicator[entry.fact.indicator_code].append(entry)
    asked = [indicator for indicator in facts.plan if indicator.code in of_indicator]
    unasked = [indicator for indicator in facts.plan if indicator.code not in of_indicator]
    outside = [row for row in unasked if not covers(row.first_year, row.last_year, facts.quarter)]
    earlier = report_figures.by_pair(facts.earlier)
    figures = {
        indicator.code: report_figures.indicator_figures(indicator, of_indicator[indicator.code], earlier)
        for indicator in asked
    }
    every = [figure for indicator in figures.values() for figure in indicator.figures]
    return QuarterReport(
        reference=facts.reference,
        plan_code=facts.plan_code,
        plan_title=facts.plan_title,
        plan_language=facts.plan_language,
        institution=facts.institution,
        quarter=facts.quarter.number,
        year=facts.quarter.year,
        opened_on=facts.opened_on,
        due_on=facts.due_on,
        closed_on=facts.closed_on,
        written_at=written_at,
        provisional=facts.provisional,
        indicators_in_plan=len(facts.plan),
        indicators_asked=len(asked),
        not_covered=tuple(indicator.code for indicator in outside),
        not_covered_actions=_actions_outside(outside),
        not_asked=tuple(row.code for row in unasked if row not in outside),
        tally=report_figures.tally(every),
        axes=report_figures.axes(asked, figures),
        units=_units(entries, every, facts.tasks),
        gaps=_gaps(entries, facts.plan),
        days=_days(facts, entries),
    )


def share(part: int, whole: int) -> int:
    """`part` of `whole` in whole percent, 0 to 100; of nothing, 0.

    Rounded down, so that 100 always means all, but never to 0 while there is something.
    """
    if not whole or not part:
        return 0
    return max(1, part * 100 // whole)


def five_kinds(tally: Tally) -> dict[EntryKind, int]:
    """How many entries are of each of the five kinds, in the order always shown; they add up to all."""
    return {
        "value": tally.value - tally.zero,
        "zero": tally.zero,
        "nothing_to_report": tally.nothing_to_report,
        "not_available": tally.not_available,
        "missing": tally.missing,
    }


def kind_of(figure: UnitFigure) -> EntryKind:
    """Which of the five kinds a unit's figure is."""
    return "zero" if figure.number == 0 else figure.kind


def response_rate(tally: Tally) -> int:
    """How much of what was asked was answered, in whole percent; "not available" is an answer too."""
    return share(tally.asked - tally.missing, tally.asked)


def _each_once(facts: ReportFacts) -> list[CountedEntry]:
    """One entry for each (unit, indicator): the answered one, else the request's rather than the naming's."""
    tasks = {task.reference: task for task in facts.tasks}
    chosen: dict[tuple[str, str], CountedEntry] = {}
    for fact in facts.entries:
        entry = CountedEntry(fact, tasks[fact.task_reference])
        pair = (entry.task.unit_code, fact.indicator_code)
        if pair not in chosen or _weight(entry) > _weight(chosen[pair]):
            chosen[pair] = entry
    return list(chosen.values())


def _weight(entry: CountedEntry) -> tuple[bool, bool, bool, str]:
    answered = entry.fact.answer is not None
    requested = entry.task.kind == "indicator_request"
    return answered, requested, entry.task.state != "cancelled", entry.task.reference


def _actions_outside(plan: Sequence[PlannedIndicator]) -> tuple[ActionNotCovered, ...]:
    """The actions that do not run in the quarter, with their years."""
    actions = [list(rows) for _, rows in groupby(plan, key=lambda row: row.action_code)]
    return tuple(
        ActionNotCovered(
            code=rows[0].action_code,
            title=rows[0].action_title,
            first_year=rows[0].first_year,
            last_year=rows[0].last_year,
            indicators=tuple(row.code for row in rows),
        )
        for rows in actions
    )


def _units(
    entries: Sequence[CountedEntry], figures: Sequence[UnitFigure], tasks: Sequence[TaskFact]
) -> tuple[UnitResponse, ...]:
    """Every unit that was asked; the highest response rate first, then by name."""
    of_unit: defaultdict[str, list[UnitFigure]] = defaultdict(list)
    for figure in figures:
        of_unit[figure.unit_code].append(figure)
    in_time: Counter[str] = Counter()
    late: Counter[str] = Counter()
    for entry in entries:
        if entry.fact.answer is not None:
            punctual = entry.fact.answer.first_at <= entry.task.timely_until
            (in_time if punctual else late)[entry.task.unit_code] += 1
    escalated = {task.unit_code for task in tasks if task.escalations}
    responses = [
        UnitResponse(
            unit_code=code,
            unit_name=rows[0].unit_name,
            tally=report_figures.tally(rows),
            in_time=in_time[code],
            late=late[code],
            escalated=code in escalated,
        )
        for code, rows in of_unit.items()
    ]
    responses.sort(key=lambda unit: (-response_rate(unit.tally), alphabetical(unit.unit_name), unit.unit_code))
    return tuple(responses)


def _gaps(entries: Sequence[CountedEntry], plan: Sequence[PlannedIndicator]) -> tuple[Gap, ...]:
    """One gap per task with something missing, by unit name."""
    position = {indicator.code: number for number, indicator in enumerate(plan)}
    units = {indicator.code: indicator.unit for indicator in plan}
    tasks = {entry.task.reference: entry.task for entry in entries}
    asked = Counter(entry.task.reference for entry in entries)
    missing: defaultdict[str, list[EntryFact]] = defaultdict(list)
    for entry in entries:
        if entry.fact.answer is None:
            missing[entry.task.reference].append(entry.fact)
    for facts in missing.values():
        facts.sort(key=lambda fact: position[fact.indicator_code])
    gaps = [_gap(tasks[task], asked[task], facts, units) for task, facts in missing.items()]
    return tuple(sorted(gaps, key=lambda gap: (alphabetical(gap.unit_name), gap.task_reference)))


def _gap(task: TaskFact, asked: int, missing: Sequence[EntryFact], units: Mapping[str, IndicatorUnit]) -> Gap:
    """The story of one task; of several escalations it tells the first."""
    escalation = min(task.escalations, key=lambda escalation: escalation.day, default=None)
    return Gap(
        unit_code=task.unit_code,
        unit_name=task.unit_name,
        task_reference=task.reference,
        task_kind=task.kind,
        asked_of=task.asked_of,
        asked=asked,
        missing=tuple(fact.indicator_code for fact in missing),
        asked_on=task.asked_on,
        reminded_on=tuple(sorted(task.reminded_on)),
        escalated_on=escalation.day if escalation else None,
        escalated_to=escalation.to if escalation else None,
        outcome=task.state,
        known=tuple(
            KnownGap(**dict(fact.known), code=fact.indicator_code, unit=units[fact.indicator_code])
            for fact in missing
            if fact.known
        ),
    )


def _days(facts: ReportFacts, entries: Sequence[CountedEntry]) -> tuple[DayOfAnswers, ...]:
    """Every calendar day from opening to the last day the record speaks of, quiet days too."""
    answered = Counter(entry.fact.answer.first_on for entry in entries if entry.fact.answer)
    reminders = Counter(day for task in facts.tasks for day in task.reminded_on)
    escalations = Counter(escalation.day for task in facts.tasks for escalation in task.escalations)
    noted: set[date] = {*answered, *reminders, *escalations, facts.opened_on, facts.until}
    first = min(noted)
    return tuple(
        DayOfAnswers(day=day, answered=answered[day], reminders=reminders[day], escalations=escalations[day])
        for day in (first + timedelta(days=n) for n in range((max(noted) - first).days + 1))
    )
