"""Two real networks of València weighed on a calendar of short days: Eurocities stays, MedCities is to be improved.

The unit of each network gives evidence, the office a second opinion, and a manager decides; in the second review
against what was computed. What is to be improved is done, and looked at again half a year later.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from embedded.townhall import CALENDAR, Arrived, Stage, Summary, Townhall, count_post, live, prepare
from models.contracts.membership_review import Recommendation
from models.tables.membership_review import Network, Review
from models.tables.process import Process
from models.tables.task import Item, Task
from operations.review_opening import Wish, start_review

FIRST_DAY = date(2027, 1, 4)
YEAR = 2027
UNIT = "ACT-VLC-INNOVACIO"
PATIENCE_DAYS = 220
SCORES = {"eurocities": ("4", "3"), "medcities": ("2", "3")}
"""What the unit gives on every criterion, and what the office gives."""
DECISIONS = {"eurocities": "continue", "medcities": "optimise"}
REASONS = {
    "eurocities": "Tres projectes en dos anys; cal mantindre la presència en els grups de treball.",
    "medcities": "La xarxa encaixa, però enguany no hem liderat cap grup: ho hem de millorar abans de renovar.",
}
IMPROVEMENTS = "Liderar un grup de treball; ; 30/6/2027\nPresentar una candidatura; ; 16/7/2027"


class ReviewSummary(Summary):
    """What became of the reviews, by the network's name in its reference."""

    recommended: dict[str, str | None]
    totals: dict[str, Decimal | None]
    decided: dict[str, str | None]
    overridden: dict[str, bool]
    next_review: dict[str, date | None]
    tasks: dict[str, int]

    def lines(self) -> list[str]:
        """The summary for people."""
        told = [
            f"{name:11} {self.totals[name]} of 4: {result} was recommended, {self.decided[name]} decided"
            f"{' against it' if self.overridden[name] else ''}; next review on {self.next_review[name]}"
            for name, result in self.recommended.items()
        ]
        tasks = ", ".join(f"{count} {kind}" for kind, count in sorted(self.tasks.items()))
        return [*told, f"tasks       {tasks}", *self.post.lines()]


class Members(Townhall):
    """The units of the networks, the office, and the manager who decides."""

    def __init__(self, stage: Stage, reviews: Mapping[UUID, str]) -> None:
        super().__init__(stage)
        self._reviews = reviews
        self.closed = False

    async def act(self, mail: Arrived, task: Task | None) -> None:
        """Answer what is asked, at once."""
        if task is None or mail.kind != "task_request":
            return
        name = self._reviews[task.process_id]
        match task.kind:
            case "membership_evidence":
                figures = {"actions": "14", "projects": "3", "staff_days": "45", "fee": "16500"}
                given = {key: ("value", figure, "") for key, figure in figures.items()}
                given |= {
                    "roles": ("nothing_to_report", "", ""),
                    "score": ("value", SCORES[name][0], "Pels projectes."),
                }
                await self.answer(mail, task, given)
            case "membership_opinion":
                await self.answer(mail, task, {"score": ("value", SCORES[name][1], "Vist des de l'oficina.")})
            case "membership_decision":
                await self.answer(mail, task, {"membership": ("value", DECISIONS[name], REASONS[name])})
            case "improvement_plan":
                await self.answer(mail, task, {"improvements": ("value", IMPROVEMENTS, "")})
            case "improvement_check":
                await self.answer(mail, task, {"improved": ("value", "improved", "Liderem el grup de mobilitat.")})
            case "assignment":
                await self.answer(mail, task, {"done": ("value", "done", "")})

    async def progress(self) -> str:
        """One line: the day of the demonstration, and how far things are."""
        async with self.database.reading() as session:
            states = await session.scalars(select(Process.state).where(Process.id.in_(self._reviews)))
            tasks = await session.execute(select(Task.kind, Task.state).where(Task.process_id.in_(self._reviews)))
        counted = Counter(f"{state} {kind}".replace("_", " ") for kind, state in tasks if state != "answered")
        self.closed = set(states) == {"closed"}
        waiting = ", ".join(f"{count} {what}" for what, count in sorted(counted.items()))
        return f"{await self.today():%a %d %b %Y}  {self.seen:3} mails  {waiting or 'nobody is asked'}"


async def reviews(stage: Stage) -> ReviewSummary:
    """Open both reviews, and let everybody do their part until they are closed."""
    now = await prepare(stage, FIRST_DAY)
    opened = {}
    for name in DECISIONS:
        wish = Wish(unit=UNIT, calendar=CALENDAR)
        async with stage.database.transaction() as session:
            order = await start_review(session, name, YEAR, wish, by="coordinator", now=now)
        stage.say(f"{order.reference} is open.")
        opened[order.process_id] = name
    hall = Members(stage, opened)
    await live(hall, over=lambda: hall.closed, line=hall.progress, days=PATIENCE_DAYS)
    return await sum_up(stage, opened)


async def sum_up(stage: Stage, opened: Mapping[UUID, str]) -> ReviewSummary:
    """Count, and say what does not add up."""
    async with stage.database.reading() as session:
        rows = await session.execute(
            select(Review, Network, Process)
            .join(Network, Network.code == Review.network_code)
            .join(Process, Process.id == Review.process_id)
        )
        found = {opened[review.process_id]: (review, network, process) for review, network, process in rows}
        tasks = (await session.scalars(select(Task).where(Task.process_id.in_(opened)))).all()
        reasons = await session.scalars(select(Item.answer_id).where(Item.question == "score"))
    computed = {
        name: Recommendation.model_validate(review.recommendation)
        for name, (review, _, _) in found.items()
        if review.recommendation
    }
    summary = ReviewSummary(
        post=await count_post(stage),
        recommended={name: one.result for name, one in computed.items()},
        totals={name: one.total for name, one in computed.items()},
        decided={name: review.decision for name, (review, _, _) in found.items()},
        overridden={name: review.overridden for name, (review, _, _) in found.items()},
        next_review={name: network.next_review_on for name, (_, network, _) in found.items()},
        tasks=dict(Counter(f"{task.kind} {task.state}" for task in tasks)),
    )
    checks = {
        "a review is still open": all(process.state == "closed" for _, _, process in found.values()),
        "the decisions are not those that were taken": summary.decided == DECISIONS,
        "no recommendation was computed": computed.keys() == DECISIONS.keys(),
        "what was improved was not looked at again": summary.tasks.get("improvement_check answered") == 1,
        "an improvement was lost": summary.tasks.get("assignment answered") == len(IMPROVEMENTS.splitlines()),
        "a network has no next review": None not in summary.next_review.values(),
        "a score is missing": None not in set(reasons),
        "a task is still open": not {task.state for task in tasks} & {"scheduled", "open", "partly_answered"},
    }
    summary.wrong = summary.post.wrong() + [sentence for sentence, holds in checks.items() if not holds]
    return summary
