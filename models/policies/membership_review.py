"""What is recommended about a network, and why; its days; and how far its review is. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from models.contracts.membership_review import (
    PinnedCriterion,
    Recommendation,
    Result,
    ScoredCriterion,
    Thresholds,
    Turn,
    Voice,
)
from models.contracts.orders import Standing
from models.policies.calendar import ONE_DAY, Calendar
from models.policies.questions import BEST_SCORE

STAYING: tuple[Result, Result, Result] = ("leave", "optimise", "continue")
JOINING: tuple[Result, Result, Result] = ("no", "watch", "join")
"""What a network comes to, the worst first, for a member and for a candidate."""
REVIEW_MONTH = 2
"""Reviews of a year open on the first of this month: early enough to give notice by the middle of the year."""
CENSUS_MONTHS = (5, 11)
"""On the first of these months every area is asked which networks it has joined."""
CHECK_AFTER = relativedelta(months=6)
DAY_BEGINS = time(8)
SOON, LATER = 10, 20
"""Working days for what leaving a network brings with it."""

Scores = Mapping[str, int | None]
"""By code of the criterion; None or missing: no evidence."""


def recommend(
    criteria: Sequence[PinnedCriterion],
    evidence: Scores,
    opinion: Scores,
    *,
    candidate: bool,
    thresholds: Thresholds | None = None,
) -> Recommendation:
    """What the scores (0 to 4) come to: the mean weighted by criterion, held against the thresholds.

    A criterion counts with the mean of what was said of it; where nobody found evidence, its weight is left out, for
    no evidence is not zero. Everything is exact: no result hangs on a rounding.
    """
    thresholds = thresholds or Thresholds()
    scored = tuple(_scored(criterion, evidence, opinion) for criterion in criteria)
    points, weight = _sums(scored)
    in_all = sum(criterion.weight for criterion in criteria)
    known = weight > 0 and weight >= thresholds.least * in_all
    results = JOINING if candidate else STAYING
    return Recommendation(
        candidate=candidate,
        result=results[_level(points, weight, thresholds)] if known else None,
        total=(points / weight).quantize(Decimal("0.01")) if known else None,
        points=points,
        weight=weight,
        weight_in_all=in_all,
        thresholds=thresholds,
        criteria=scored,
        turns=_turns(scored, points, weight, thresholds, results) if known else (),
    )


def _scored(criterion: PinnedCriterion, evidence: Scores, opinion: Scores) -> ScoredCriterion:
    said: dict[Voice, int | None] = {
        "evidence": evidence.get(criterion.code),
        "opinion": opinion.get(criterion.code),
    }
    given = [score for score in said.values() if score is not None]
    score = Decimal(sum(given)) / len(given) if given else None
    return ScoredCriterion(
        code=criterion.code,
        names=criterion.names,
        weight=criterion.weight,
        evidence=said["evidence"],
        opinion=said["opinion"],
        score=score,
        points=None if score is None else criterion.weight * score,
        missing=tuple(voice for voice, score in said.items() if score is None),
    )


def _sums(scored: Sequence[ScoredCriterion]) -> tuple[Decimal, int]:
    counted = [criterion for criterion in scored if criterion.points is not None]
    points = sum((criterion.points for criterion in counted if criterion.points is not None), Decimal(0))
    return points, sum(criterion.weight for criterion in counted)


def _level(points: Decimal, weight: int, thresholds: Thresholds) -> int:
    """0, 1 or 2: below both thresholds, between them, above both."""
    return sum(points >= threshold * weight for threshold in (thresholds.improve, thresholds.keep))


def _turns(
    scored: Sequence[ScoredCriterion],
    points: Decimal,
    weight: int,
    thresholds: Thresholds,
    results: tuple[Result, Result, Result],
) -> tuple[Turn, ...]:
    """For each criterion the fewest points up, and the fewest down, that lead to another result."""
    level = _level(points, weight, thresholds)
    turns = []
    for criterion in scored:
        if criterion.score is None:
            continue
        for direction in (1, -1):
            for step in range(1, BEST_SCORE + 1):
                moved = step * direction
                if not 0 <= criterion.score + moved <= BEST_SCORE:
                    break
                reached = _level(points + moved * criterion.weight, weight, thresholds)
                if reached != level:
                    turn = Turn(code=criterion.code, names=criterion.names, points=moved, result=results[reached])
                    turns.append(turn)
                    break
    return tuple(sorted(turns, key=lambda turn: abs(turn.points)))


@dataclass(frozen=True, slots=True)
class Terms:
    """How a network is left: `months` before the end of the year that ends on `year_ends` (`MM-DD`)."""

    months: int
    year_ends: str


@dataclass(frozen=True, slots=True)
class Notice:
    """The last day on which notice can be given, and the day on which the membership then ends.

    `short`: the last day of the year that runs is over, so that it is another year.
    """

    last_day: date
    exit_on: date
    short: bool


def notice(terms: Terms, today: date) -> Notice:
    """When a network can be left, notice being given from today on."""
    ends = _end_of(terms.year_ends, today.year)
    if ends < today:
        ends = _end_of(terms.year_ends, today.year + 1)
    last_day = _last_day(terms, ends)
    short = last_day < today
    while last_day < today:
        ends = _end_of(terms.year_ends, ends.year + 1)
        last_day = _last_day(terms, ends)
    return Notice(last_day, ends, short)


def _end_of(year_ends: str, year: int) -> date:
    """The day `MM-DD` in a year; 29 February is the 28th where there is none."""
    month, day = map(int, year_ends.split("-"))
    return date(year, 1, 1) + relativedelta(month=month, day=day)


def _last_day(terms: Terms, ends: date) -> date:
    """The day before the last `months` of the membership begin."""
    return ends + ONE_DAY - relativedelta(months=terms.months) - ONE_DAY


def leaving_days(calendar: Calendar, today: date, found: Notice | None) -> dict[str, date]:
    """By when each step of leaving a network is due, by its key in `mail.question_words.STEPS`.

    The letter goes out before the last day for notice; positions are given up before the membership ends. `found` None:
    the terms are not known. No step is due before the next working day.
    """
    soon, later = calendar.shift(today, SOON), calendar.shift(today, LATER)
    letter, handed_over = soon, later
    if found is not None:
        letter = min(soon, calendar.shift(found.last_day, -1))
        handed_over = calendar.shift(found.exit_on, -1)
    days = {"notice_letter": letter, "tell_areas": soon, "stop_fee": later, "close_access": handed_over}
    first = calendar.shift(today, 1)
    return {key: max(day, first) for key, day in days.items()}


def next_review(calendar: Calendar, year: int) -> date:
    """The working day in the year after `year` on which a network is reviewed again."""
    return calendar.working_day_from(date(year + 1, REVIEW_MONTH, 1))


def check_day(calendar: Calendar, decided_on: date) -> date:
    """The working day, six months later, on which an improvement is looked at."""
    return calendar.working_day_from(decided_on + CHECK_AFTER)


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """What the story of a review depends on. `settled`: by kind of task, whether those there are have come to an end.

    `evidence_version`: how many answers of evidence and opinion there are; `asked_version`: of the decision that was
    asked for last. `check_on`, `exit_on`: of the decision; None where there is no such day, or it is not known yet.
    """

    closed: bool
    evidence_version: int
    decided_version: int | None
    decision: str | None
    asked_version: int | None
    settled: Mapping[str, bool]
    check_on: date | None
    exit_on: date | None


def standing(facts: ReviewFacts, calendar: Calendar, now: datetime) -> Standing:
    """How far a review is. A milestone that is reached implies all before it.

    Whatever ends a task ends the waiting for it: who stays silent does not hold up a review. It is over without
    a decision when the decision about the evidence as it is was asked for and not given.
    """
    undecided = facts.decision is None
    given_up = (
        undecided and facts.asked_version == facts.evidence_version and facts.settled.get("membership_decision", False)
    )
    check_at = calendar.at(facts.check_on, DAY_BEGINS) if facts.check_on else None
    exit_at = calendar.end_of(facts.exit_on) if facts.exit_on else None
    improved = facts.decision != "optimise" or facts.settled.get("improvement_plan", False)
    checked = improved and (facts.decision != "optimise" or (check_at is not None and check_at <= now))
    left = facts.decision != "leave" or (exit_at is not None and exit_at <= now)
    looked_at = facts.decision != "optimise" or "improvement_check" in facts.settled
    done = checked and looked_at and left and all(facts.settled.values())
    milestones = {
        "evidence": not undecided or facts.settled.get("membership_evidence", False),
        "opinion": not undecided or facts.settled.get("membership_opinion", False),
        "decision": not undecided,
        "improvement plan": not undecided and improved,
        "check day": not undecided and checked,
        "everything done": not undecided and done,
    }
    coming = [at for at in (check_at, exit_at) if at is not None and at > now]
    return Standing(
        revision=str(facts.evidence_version if facts.decided_version is None else facts.decided_version),
        ended=facts.closed or given_up,
        reached=tuple(milestone for milestone, reached in milestones.items() if reached),
        next_at=min(coming, default=None),
    )


def census_standing(*, closed: bool, settled: bool) -> Standing:
    """How far a census is: every area has answered, or its time is over."""
    return Standing(revision="", ended=closed, reached=("answers",) if settled else ())
