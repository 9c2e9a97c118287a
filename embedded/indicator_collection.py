"""The main job on the real plan, in half a minute: a quarter of València on a calendar of one-second days.

Everything is real: the servers, the plan, the mails, the forms. Only the people are played, and they do what
people do: they read their mail, follow their link or simply reply, and answer on time, late, in part or never.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import func, select

from embedded.townhall import (
    CALENDAR,
    Arrived,
    Post,
    Stage,
    Summary,
    Townhall,
    at_the_office,
    count_post,
    live,
    prepare,
    send,
)
from embedded.visitor import Form, Visitor
from models.contracts.report import QuarterReport
from models.tables.catalogue import Action, Indicator, Responsible
from models.tables.mail import IncomingMail
from models.tables.people import Person
from models.tables.process import Process
from models.tables.task import Item, Submission, Task
from operations.indicator_collection import open_collection
from operations.report import read_report
from operations.report_files import file_name, indicators_csv, workbook
from store.calendars import load_calendar
from store.database import ReadSession
from store.indicator_collection import progress
from store.task import ItemFacts, task_items

PLAN, PERIOD = "VLC", "2026-Q4"
FIRST_DAY = date(2027, 1, 4)
"""The first working day after the quarter: 1 January is a holiday, 2 and 3 January 2027 a weekend."""
PATIENCE_DAYS = 40
"""More working days than a quarter takes (25): if it is not over by then, something is wrong."""


class QuarterSummary(Summary):
    """What happened in the quarter."""

    plan: str
    period: str
    indicators_in_plan: int
    indicators_asked: int
    indicators_not_covered: int
    units_responsible: int
    units_covered: int
    tasks: dict[str, int]
    entries: dict[str, int]
    submissions: int
    by_mail: int
    replies_too_late: int
    replies_sent: int = 0
    forms_too_late: int = 0
    escalations: int
    focal_points_named: int
    report: dict[str, str]

    def lines(self) -> list[str]:
        """The summary for people."""
        tally = self.entries
        return [
            (
                f"indicators  {self.indicators_in_plan}: {self.indicators_asked} asked, "
                f"{self.indicators_not_covered} whose action does not cover the quarter"
            ),
            f"units       {self.units_covered} of {self.units_responsible} responsible units asked",
            "tasks       " + ", ".join(f"{count} {state}" for state, count in sorted(self.tasks.items())),
            (
                f"entries     {tally['asked']}: {tally['value']} with a value, {tally['nothing_to_report']} nothing to "
                f"report, {tally['not_available']} not available, {tally['missing']} missing"
            ),
            *self.post.lines(),
            (
                f"answers     {self.submissions}: {self.by_mail} by reply, the others by form; "
                f"{self.forms_too_late + self.replies_too_late} too late; "
                f"{self.escalations} escalations; {self.focal_points_named} focal point named"
            ),
            *(f"report      {kind}: {where}" for kind, where in self.report.items()),
        ]


@dataclass(frozen=True)
class Act:
    """What a person does when the n-th mail of a kind reaches them: answer this part of what is asked."""

    mail: str
    nth: int
    part: float


ON_TIME = (Act("task_request", 1, 1.0),)
HABITS = {
    "ACT-VLC-SALUT": (Act("task_reminder", 3, 1.0),),  # late: when the due day is over
    "ACT-VLC-COOP": (Act("task_reminder", 2, 1.0),),
    "ACT-VLC-HABITATGE": (Act("task_request", 1, 0.5), Act("task_reminder", 1, 1.0)),  # in two parts
    "ACT-VLC-BENESTAR": (Act("task_request", 1, 0.5),),  # in part, and no more
    "ACT-VLC-OTPE": (),  # never
    "ACT-VLC-DIEO": (Act("task_escalation_copy", 1, 1.0),),  # when the head was told
}
"""What the focal points of some units do; all others answer on time."""
REPLYING = frozenset({"ACT-VLC-ECO", "ACT-VLC-COOP", "ACT-VLC-IGUALTAT", "ACT-VLC-INNOVACIO"})
"""The units whose focal points answer by replying; all others follow their link."""


async def quarter(stage: Stage) -> QuarterSummary:
    """Open a quarter and let people answer, or not, until it is closed and its report has arrived."""
    now = await prepare(stage, FIRST_DAY)
    async with stage.database.transaction() as session:
        opened = await open_collection(session, PLAN, PERIOD, by="coordinator", now=now, calendar_code=CALENDAR)
    told = opened.collection
    stage.say(f"{opened.order.reference} is open: due on {told.due_on}, closes on {told.closes_on}.")
    city = City(stage)
    await live(city, over=lambda: city.reported, line=city.progress, days=PATIENCE_DAYS)
    return await sum_up(stage, city)


class City(Townhall):
    """The people who answer, or not, for their units."""

    reported = False
    replies = 0

    async def progress(self) -> str:
        """One line: the day of the demonstration, and how far things are."""
        async with self.database.reading() as session:
            process = (await session.scalars(select(Process))).one()
            calendar = await load_calendar(session, CALENDAR)
            state = await progress(session, process.id, datetime.now(UTC))
        tasks = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(state.tasks.items()))
        day = calendar.day(datetime.now(UTC))
        return (
            f"{day:%a %d %b %Y}  {state.answered:3}/{state.entries} entries  {self.seen:3} mails  "
            f"{state.escalated} escalated  {tasks}"
        )

    async def act(self, mail: Arrived, task: Task | None) -> None:
        """Answer in part, in whole, late or never, by the habits of the unit."""
        self.reported = self.reported or mail.kind == "collection_report"
        if task is None or mail.kind not in {act.mail for act in (*ON_TIME, *HABITS.get(task.unit_code, ()))}:
            return
        link = await self.link_of(mail)
        if task.kind == "focal_point_naming":
            await self._name_somebody(link)
        for act in HABITS.get(task.unit_code, ON_TIME):
            if task.kind == "indicator_request" and (act.mail, act.nth) == (mail.kind, mail.nth):
                await (self._reply(task, mail) if task.unit_code in REPLYING else self._answer(link, act.part))

    async def _answer(self, link: str, part: float) -> None:
        async with Visitor(self.stack.answer_url) as visitor:
            form = await visitor.open(link)
            asked = [name for name in form.choices if name.startswith("choice-")]
            filled: dict[str, str] = {}
            for number, name in enumerate(asked[: max(1, round(len(asked) * part))]):
                filled |= typed(form, name, number)
            await send(await visitor.press(form, filled, button="check"), visitor)

    async def _reply(self, task: Task, mail: Arrived) -> None:
        """Reply with a line for each indicator, as somebody writes who is in a hurry."""
        async with self.database.reading() as session:
            person = await session.get_one(Person, task.assignee_code)
            asked = (await task_items(session, [task.id]))[task.id]
        lines = "\n".join(replied(line) for line in asked)
        await self.reply(mail, person.address, f"Bon dia,\n\n{lines}\n\nSalutacions,\n{person.name}\n")
        self.replies += 1

    async def _name_somebody(self, link: str) -> None:
        async with Visitor(self.stack.answer_url) as visitor:
            form = await visitor.open(link)
            colleague = [code for code in form.choices["person"] if code != "new"][-1]
            await send(await visitor.press(form, {"person": colleague}, button="check"), visitor)


def typed(form: Form, name: str, number: int) -> dict[str, str]:
    """What a person types into one entry: mostly figures, now and then that there is nothing, or no data."""
    item = name.removeprefix("choice-")
    if "yes" in form.choices[name]:
        return {name: "yes"}
    if number % 7 == 5:  # noqa: PLR2004 - one in seven
        return {name: "nothing_to_report"}
    if number % 11 == 9:  # noqa: PLR2004 - one in eleven
        return {name: "not_available", f"reason-{item}": "El registre del trimestre encara no s'ha tancat"}
    return {name: "value", f"value-{item}": f" {3 + number * 17 % 90} "}


def replied(line: ItemFacts) -> str:
    """What a person writes about one entry in a reply; see `typed`."""
    if line.unit == "yes/no":
        return f"{line.number} = sí"
    if line.number % 7 == 6:  # noqa: PLR2004 - one in seven
        return f"{line.number} = res a informar"
    return f"{line.number} = {3 + line.number * 17 % 90}"


async def sum_up(stage: Stage, city: City) -> QuarterSummary:
    """Count everything twice, from the rows and from the mailbox, and say what does not add up."""
    post = await count_post(stage)
    async with stage.database.reading() as session:
        report = await read_report(session, PLAN, PERIOD, now=datetime.now(UTC))
        if report is None:
            raise RuntimeError("There is no report.")
        summary = await _count(session, report, post)
    for ending, content in (
        ("xlsx", workbook(report, "ca-ES-valencia")),
        ("csv", indicators_csv(report, "ca-ES-valencia")),
    ):
        file = stage.data_dir / file_name(report, ending)
        file.write_bytes(content)
        summary.report[ending] = str(file)
    page = f"/collections/{PLAN}/{PERIOD}/report"
    async with at_the_office(stage) as office:
        (await office.get(page)).raise_for_status()
    summary.report["page"] = f"{stage.stack.office_url}{page}"
    summary.forms_too_late, summary.replies_sent = city.too_late, city.replies
    summary.wrong = wrong_with(summary)
    return summary


async def _count(session: ReadSession, report: QuarterReport, post: Post) -> QuarterSummary:
    states = await session.execute(select(Task.state, func.count()).group_by(Task.state))
    asked = await session.scalars(select(Item.indicator_code).distinct())
    units = await session.scalars(select(Task.unit_code).distinct())
    actors = await session.scalars(
        select(Responsible.actor_code)
        .join(Action, Action.code == Responsible.action_code)
        .where(Action.code.startswith(PLAN))
        .distinct()
    )
    tally = report.tally
    return QuarterSummary(
        post=post,
        plan=PLAN,
        period=PERIOD,
        indicators_in_plan=await session.scalar(
            select(func.count()).select_from(Indicator).where(Indicator.code.startswith(f"{PLAN}-"))
        )
        or 0,
        indicators_asked=len(set(asked)),
        indicators_not_covered=len(report.not_covered),
        units_responsible=len(set(actors) - {"ACT-VLC-TOTES"}),
        units_covered=len(set(units)),
        tasks={state: int(count) for state, count in states},
        entries=tally.model_dump(),
        submissions=await session.scalar(select(func.count()).select_from(Submission)) or 0,
        by_mail=await session.scalar(select(func.count()).where(Submission.channel == "mail")) or 0,
        replies_too_late=await session.scalar(select(func.count()).where(IncomingMail.decision == "too_late")) or 0,
        escalations=await session.scalar(select(func.count()).where(Task.escalated_at.is_not(None))) or 0,
        focal_points_named=await session.scalar(
            select(func.count()).where(Task.kind == "focal_point_naming", Task.state == "answered")
        )
        or 0,
        report={},
    )


def wrong_with(summary: QuarterSummary) -> list[str]:
    """What does not add up, in sentences; empty when all is well."""
    tally = summary.entries
    checks = {
        "some indicators are neither asked nor explained": summary.indicators_asked + summary.indicators_not_covered
        == summary.indicators_in_plan,
        "some responsible units were not asked": summary.units_covered == summary.units_responsible,
        "entries do not add up": tally["asked"]
        == sum(tally[kind] for kind in ("value", "nothing_to_report", "not_available", "missing")),
        "nobody was escalated": summary.escalations > 0,
        "no focal point was named": summary.focal_points_named == 1,
        "nothing expired, though somebody never answers": summary.tasks.get("expired", 0) > 0,
        "a reply was not taken": summary.by_mail + summary.replies_too_late == summary.replies_sent > 0,
        "a task is still open": not summary.tasks.keys() & {"scheduled", "open", "partly_answered"},
    }
    return summary.post.wrong() + [sentence for sentence, holds in checks.items() if not holds]
