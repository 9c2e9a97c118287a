"""A European call on a calendar of short days, from the portal to the grant: read, followed, moved, sent, won.

The portal is one of our own. One area would lead, one take part, one has no capacity; a manager decides with the
feasibility sheet before her; then the portal moves the deadline, and everything is planned anew. The proposal is sent,
the office hears of the result before the
programme's clock strikes, and the agreement is signed.
"""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import yaml
from sqlalchemy import func, select

from doors.call_feed import CallFeed
from embedded.fake_calls import OPEN, THEMES, Inventor, invented, midnight
from embedded.fake_portal import FakePortal, open_fake_portal
from embedded.townhall import CALENDAR, Arrived, Stage, Summary, Townhall, count_post, live, prepare
from models.contracts.calls import CrawlResult
from models.tables.call_follow_up import CallFollowUp, CallInterest
from models.tables.calls import Call
from models.tables.mail import OutgoingMail
from models.tables.task import Task
from operations.call_opening import CallWish, start_call_follow_up
from operations.call_result import ask_result_now
from operations.policies import load_policy
from store.policies import latest_policy

FIRST_DAY = date(2027, 1, 4)
DEADLINE, MOVED = date(2027, 4, 22), date(2027, 5, 6)
PROGRAMME = "HORIZON"
IDENTIFIER = "HORIZON-2027-CITIES-HEAT-07"
OFFICE = "ACT-VLC-OTPE"
SAYS = {"ACT-VLC-ECO": "lead", "ACT-VLC-SALUT": "partner", "ACT-VLC-COOP": "no_capacity"}
HEARD = {"ACT-VLC-ECO": "lead", "ACT-VLC-SALUT": "partner", "ACT-VLC-COOP": "no"}
CALLS_LISTED = 60
PATIENCE_DAYS = 170
REST = timedelta(seconds=6)
"""Before the first day begins, so that everything has begun by then."""
PATIENT_DAYS = 30
"""Working days to say whether a unit is interested, and to decide."""
ASKED_FOR, WON = "950000", "890000"
AGREEMENT = {
    "signed_on": "1/7/2027",
    "starts_on": "1/9/2027",
    "ends_on": "31/8/2030",
    "periods": "18, 18",
    "money_won": WON,
    "grant_number": "101200300",
}


class CallSummary(Summary):
    """What became of the call."""

    reference: str
    read: CrawlResult
    state: str
    interests: dict[str, str]
    deadline: str
    proposal: str
    money_won: str
    tasks: dict[str, int]
    news: dict[str, int]

    def lines(self) -> list[str]:
        """The summary for people."""
        return [
            (
                f"portal      {self.read.total} calls of {self.read.programme} read, {self.read.inserted} new, "
                f"{len(self.read.problems)} refused with a reason"
            ),
            f"call        {self.reference}: {self.state}, deadline moved from {DEADLINE} to {self.deadline}",
            "interest    " + ", ".join(f"{unit} {said}" for unit, said in self.interests.items()),
            f"proposal    {self.proposal}, asked for {ASKED_FOR} euros, won {self.money_won}",
            "tasks       " + ", ".join(f"{count} {kind}" for kind, count in sorted(self.tasks.items())),
            "news        " + ", ".join(f"{count} {kind}" for kind, count in sorted(self.news.items())),
            *self.post.lines(),
        ]


class Applicants(Townhall):
    """The areas that are asked, the projects office, and the manager who decides."""

    def __init__(self, stage: Stage, process_id: UUID, portal: FakePortal, feed: CallFeed) -> None:
        super().__init__(stage)
        self._process_id = process_id
        self._portal = portal
        self._feed = feed
        self.won = False
        self._heard = False

    async def act(self, mail: Arrived, task: Task | None) -> None:
        """Answer what is asked, at once."""
        if mail.kind == "office_call":
            await self._hear_of_result()
        if task is None or mail.kind != "task_request":
            return
        match task.kind:
            case "call_interest":
                await self.answer(mail, task, {"interest": ("value", SAYS[task.unit_code], "")})
            case "go_decision":
                await self.answer(mail, task, {"go": ("value", "go", "És la línia de la ciutat contra la calor.")})
            case "assignment":
                await self.answer(mail, task, {"done": ("value", "done", "")})
                await self._move_deadline()
            case "proposal_upload":
                sent = {"proposal_number": "SEP-211029384", "role": "coordinator", "money_asked": ASKED_FOR}
                await self.answer(mail, task, {key: ("value", value, "") for key, value in sent.items()})
            case "call_result":
                await self.answer(mail, task, {"result": ("value", "awarded", ""), "points": ("value", "13,5", "")})
            case "grant_agreement":
                await self.answer(mail, task, {key: ("value", value, "") for key, value in AGREEMENT.items()})

    async def _move_deadline(self) -> None:
        """While the proposal is prepared, the portal gives the call another day; it is read as every night."""
        listed = self._portal.metadata(IDENTIFIER)["deadlineDate"]
        if listed != [midnight(MOVED)]:
            listed[:] = [midnight(MOVED)]
            await self._feed.sync([PROGRAMME])
            self.stage.say(f"The portal has moved the deadline to {MOVED}.")

    async def _hear_of_result(self) -> None:
        """Once the proposal was sent: the office hears that results are out, before the programme's clock says so."""
        async with self.database.transaction() as session:
            pursuit = await session.get_one(CallFollowUp, self._process_id)
            if pursuit.state == "submitted" and not self._heard:
                self._heard = True
                await ask_result_now(session, IDENTIFIER, by="coordinator", now=datetime.now(UTC))

    async def progress(self) -> str:
        """One line: the day of the demonstration, and how far things are."""
        async with self.database.reading() as session:
            pursuit = await session.get_one(CallFollowUp, self._process_id)
            states = await session.execute(select(Task.kind, Task.state).where(Task.process_id == self._process_id))
            waiting_mails = await session.scalar(
                select(func.count())
                .select_from(OutgoingMail)
                .where(OutgoingMail.state.not_in(("accepted", "withdrawn")))
            )
        tasks = list(states)
        self.won = (
            pursuit.signed_on is not None
            and not waiting_mails
            and not any(state in {"open", "scheduled"} for _, state in tasks)
        )
        counted = Counter(f"{state} {kind}".replace("_", " ") for kind, state in tasks if state != "answered")
        waiting = ", ".join(f"{count} {what}" for what, count in sorted(counted.items()))
        return (
            f"{await self.today():%a %d %b %Y}  {pursuit.state:10} {self.seen:3} mails  {waiting or 'nobody is asked'}"
        )


async def call(stage: Stage) -> CallSummary:
    """Read the portal, follow one call, and let everybody do their part until the agreement is signed."""
    now = await prepare(stage, FIRST_DAY, rest=REST)
    await give_time(stage, now)
    portal = FakePortal(invented(CALLS_LISTED, FIRST_DAY))
    topic = Inventor(FIRST_DAY).topic(
        PROGRAMME, IDENTIFIER, THEMES[0], status=OPEN, opens=-30, deadlines=[midnight(DEADLINE)]
    )
    portal.rows.append(topic)
    async with open_fake_portal(portal) as address:
        settings = stage.settings.model_copy(update={"calls_portal_address": address})
        feed = CallFeed(stage.database, settings, lambda: datetime.now(UTC), pause=0)
        (read,) = await feed.sync([PROGRAMME])
        stage.say(f"{read.total} calls of {PROGRAMME} were read from the portal.")
        wish = CallWish(units=tuple(SAYS), office=OFFICE, calendar=CALENDAR)
        async with stage.database.transaction() as session:
            order = await start_call_follow_up(session, IDENTIFIER, wish, by="coordinator", now=now)
        stage.say(f"{order.reference} is followed.")
        hall = Applicants(stage, order.process_id, portal, feed)
        await live(hall, over=lambda: hall.won, line=hall.progress, days=PATIENCE_DAYS)
    return await sum_up(stage, order.process_id, order.reference, read)


async def give_time(stage: Stage, now: datetime) -> None:
    """Give people more days to answer than an office would: the first mails are slow, and a day is short."""
    for kind in ("call_interest", "go_decision"):
        async with stage.database.transaction() as session:
            usual = await latest_policy(session, kind)
            patient = usual.model_copy(update={"version": usual.version + 1, "due_after": PATIENT_DAYS})
            rules = yaml.safe_dump(patient.model_dump(mode="json")).encode()
            await load_policy(session, rules, by="coordinator", now=now)


async def sum_up(stage: Stage, process_id: UUID, reference: str, read: CrawlResult) -> CallSummary:
    """Count, and say what does not add up."""
    async with stage.database.reading() as session:
        pursuit = await session.get_one(CallFollowUp, process_id)
        followed = await session.get_one(Call, pursuit.call_id)
        interests = await session.scalars(
            select(CallInterest).where(CallInterest.process_id == process_id).order_by(CallInterest.position)
        )
        said = {row.unit_code: row.state for row in interests}
        tasks = (await session.scalars(select(Task).where(Task.process_id == process_id))).all()
        mails = await session.scalars(select(OutgoingMail).where(OutgoingMail.name.in_(("call_news", "office_call"))))
        told = Counter(f"{mail.name.replace('_', ' ')} {mail.key.split(':')[2]}" for mail in mails)
    summary = CallSummary(
        post=await count_post(stage),
        reference=reference,
        read=read,
        state=pursuit.state,
        interests=said,
        deadline=str((followed.change or {}).get("new_day", "")),
        proposal=pursuit.proposal_number,
        money_won=f"{pursuit.money_won or 0:.0f}",
        tasks=dict(Counter(f"{task.kind} {task.state}" for task in tasks)),
        news=dict(told),
    )
    checks = {
        "the crawl was not taken": read.outcome == "taken" and read.total > 0,
        "the agreement was not signed": pursuit.state == "awarded" and pursuit.signed_on is not None,
        "the units did not say what they said": said == HEARD,
        "the deadline did not move": summary.deadline == MOVED.isoformat(),
        "whoever takes part did not hear of the new deadline": told["call news moved"] >= 2,  # noqa: PLR2004
        "the proposal has no number": bool(pursuit.proposal_number),
        "money was lost": summary.money_won == WON,
        "a milestone was lost": summary.tasks.get("assignment answered", 0) >= 7,  # noqa: PLR2004 - of the whole way
        "a task is still open": not {task.state for task in tasks} & {"scheduled", "open", "partly_answered"},
    }
    summary.wrong = summary.post.wrong() + [sentence for sentence, holds in checks.items() if not holds]
    return summary
