"""Queries on networks, their reviews and what was said in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, or_, select

from models.contracts.membership_review import PinnedCriterion, Voice
from models.contracts.refusal import Refused, said
from models.policies.membership_review import ReviewFacts, Scores
from models.tables.catalogue import Action, Axis, Objective, Plan, Responsible
from models.tables.membership_review import Census, Criterion, Network, Review
from models.tables.people import CalendarRow, Unit
from models.tables.process import Process
from models.tables.task import Submission, Task
from store.database import ReadSession
from store.task import OPEN_STATES, ItemFacts, task_items, tasks_of

EVIDENCE_KINDS = ("membership_evidence", "membership_opinion")
VOICES: dict[str, Voice] = {"membership_evidence": "evidence", "membership_opinion": "opinion"}


async def evidence_of(session: ReadSession, process_id: UUID) -> list[ItemFacts]:
    """The items of evidence and opinion of a review, evidence first; those without an answer too."""
    tasks = await session.scalars(
        select(Task.id).where(Task.process_id == process_id, Task.kind.in_(EVIDENCE_KINDS)).order_by(Task.kind, Task.id)
    )
    ids = list(tasks)
    items = await task_items(session, ids)
    return [line for task_id in ids for line in items[task_id]]


async def scores_of(session: ReadSession, process_id: UUID) -> dict[Voice, Scores]:
    """What was scored in a review so far, by who scored and by criterion; None where there is no evidence."""
    scores: dict[Voice, dict[str, int | None]] = {"evidence": {}, "opinion": {}}
    for line in await evidence_of(session, process_id):
        if line.unit == "score" and line.item.detail is not None:
            number = line.answer.number if line.answer is not None else None
            scores[VOICES[line.kind]][line.item.detail["code"]] = None if number is None else int(number)
    return dict(scores)


async def evidence_version(session: ReadSession, process_id: UUID) -> int:
    """How many answers of evidence and opinion there are: it rises with each one, corrections too."""
    query = select(func.count()).select_from(Submission).join(Task, Task.id == Submission.task_id)
    version = await session.scalar(query.where(Task.process_id == process_id, Task.kind.in_(EVIDENCE_KINDS)))
    return int(version or 0)


async def authors_of(session: ReadSession, process_id: UUID) -> frozenset[str]:
    """The codes of all who wrote evidence or opinion of a review, or entered it for somebody."""
    rows = await session.execute(
        select(Submission.person_code, Submission.entered_by)
        .join(Task, Task.id == Submission.task_id)
        .where(Task.process_id == process_id, Task.kind.in_(EVIDENCE_KINDS))
    )
    # The coordinator's office enters what others say: it is no author.
    return frozenset(code for row in rows for code in row if code is not None) - {"coordinator"}


async def review_facts(session: ReadSession, process_id: UUID) -> ReviewFacts:
    """What the story of a review depends on."""
    process = await session.get_one(Process, process_id)
    review = await session.get_one(Review, process_id)
    settled: dict[str, bool] = {}
    asked = []
    for task in await tasks_of(session, process_id):
        settled[task.kind] = settled.get(task.kind, True) and task.state not in OPEN_STATES
        if task.kind == "membership_decision":
            asked.append(int(task.occasion))
    return ReviewFacts(
        closed=process.state == "closed",
        evidence_version=await evidence_version(session, process_id),
        decided_version=review.decided_version,
        decision=review.decision,
        asked_version=max(asked, default=None),
        settled=settled,
        check_on=review.check_on,
        exit_on=review.exit_on,
    )


async def find_network(session: ReadSession, written: str) -> Network:
    """The network of a code (`NET-EUROCITIES`), of its part after the dash in any letters, or of a name.

    Raises:
        Refused: there is none.

    """
    wanted = written.strip()
    code = wanted.upper() if wanted.upper().startswith("NET-") else f"NET-{wanted.upper()}"
    network = await session.get(Network, code)
    if network is None:
        found = await session.scalars(select(Network).where(func.lower(Network.name) == wanted.lower()))
        network = found.first()
    if network is None:
        raise Refused(
            said("There is no network “%(written)s”: look with `focal networks list`, or add it.", written=written)
        )
    return network


async def networks(session: ReadSession, state: str | None = None) -> list[Network]:
    """The networks of the register, or those of a state, by name."""
    query = select(Network).order_by(func.lower(Network.name), Network.code)
    return list(await session.scalars(query if state is None else query.where(Network.state == state)))


async def criteria(session: ReadSession) -> list[Criterion]:
    """The criteria that reviews are pinned to when they open, in their order."""
    return list(await session.scalars(select(Criterion).order_by(Criterion.position, Criterion.code)))


def pinned(review: Review) -> tuple[PinnedCriterion, ...]:
    """The criteria of a review."""
    return tuple(PinnedCriterion.model_validate(each) for each in review.criteria)


async def reviews_of(session: ReadSession, network_code: str) -> list[tuple[Process, Review]]:
    """The reviews of a network, the newest first."""
    rows = await session.execute(
        select(Process, Review)
        .join(Review, Review.process_id == Process.id)
        .where(Review.network_code == network_code)
        .order_by(Review.year.desc())
    )
    return [(process, review) for process, review in rows]


async def networks_reviewed_in(session: ReadSession, year: int) -> frozenset[str]:
    """The codes of the networks that have a review of a year, open or over."""
    return frozenset(await session.scalars(select(Review.network_code).where(Review.year == year)))


async def last_figures(session: ReadSession, network_code: str, before: int) -> tuple[str, dict[str, ItemFacts]] | None:
    """What was said of a network's activity in its last review before a year: its reference, and items by question."""
    for process, review in await reviews_of(session, network_code):
        if review.year >= before:
            continue
        lines = await evidence_of(session, process.id)
        return process.reference, {
            str(line.item.question): line
            for line in lines
            if line.kind == "membership_evidence" and line.answer is not None and line.unit == "count"
        }
    return None


async def last_census(session: ReadSession, year: int) -> int:
    """The number of the last census of a year; 0 before the first."""
    number = await session.scalar(select(func.max(Census.number)).where(Census.year == year))
    return int(number or 0)


async def open_census_reference(session: ReadSession, institution: str) -> str | None:
    """The reference of the census that asks the areas of an institution just now; None for none."""
    query = (
        select(Process.reference)
        .join(Census, Census.process_id == Process.id)
        .join(Plan, Plan.code == Process.plan_code)
        .where(Process.state == "open", Plan.institution == institution)
    )
    reference: str | None = await session.scalar(query.limit(1))
    return reference


@dataclass(frozen=True, slots=True)
class Office:
    """Whose duty the reviews of a plan are: the unit that leads the action under which the plan has its criteria."""

    plan_code: str
    unit_code: str
    institution: str
    calendar_code: str
    zone: str
    first_year: int | None
    last_year: int | None


async def offices(session: ReadSession) -> Sequence[Office]:
    """The office of every plan that has criteria for networks, by the plan's code."""
    rows = await session.execute(
        select(Plan.code, Unit.code, Unit.institution, Plan.calendar, CalendarRow.zone, Plan.first_year, Plan.last_year)
        .join(CalendarRow, CalendarRow.code == Plan.calendar)
        .join(Axis, Axis.plan_code == Plan.code)
        .join(Objective, Objective.axis_code == Axis.code)
        .join(Action, Action.objective_code == Objective.code)
        .join(Criterion, Criterion.source == Action.code)
        .join(Responsible, (Responsible.action_code == Action.code) & (Responsible.position == 0))
        .join(Unit, Unit.code == Responsible.actor_code)
        .distinct()
        .order_by(Plan.code)
    )
    return [Office(*row) for row in rows]


async def members_due(session: ReadSession, institution: str, year: int) -> list[Network]:
    """The networks of which an institution's city is a member and whose review falls in a year, or is overdue."""
    due = or_(Network.next_review_on.is_(None), func.extract("year", Network.next_review_on) <= year)
    query = (
        select(Network)
        .join(Plan, Plan.code == Network.plan_code)
        .where(Network.state == "member", Plan.institution == institution, due)
        .order_by(Network.code)
    )
    return list(await session.scalars(query))
