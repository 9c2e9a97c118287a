"""The main job on the real plan, in half a minute: a quarter of València on a calendar of one-second days.

Everything is real: the servers, the plan, the mails, the forms. Only the people are played, and they do what
people do: they read their mail, follow their link or simply reply, and answer on time, late, in part or never.
"""

import asyncio
import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import click
import httpx
from pydantic import BaseModel
from sqlalchemy import func, select

from embedded.ports import Ports
from embedded.stack import Options, Stack
from embedded.supervisor import running
from embedded.visitor import Form, Visitor, link_in
from models.contracts.people import PeopleFile
from models.contracts.refusal import Refused
from models.contracts.report import QuarterReport
from models.tables.catalogue import Action, Indicator, Responsible
from models.tables.mail import IncomingMail, OutgoingMail
from models.tables.people import Person
from models.tables.process import Process
from models.tables.task import Item, Submission, Task
from operations.catalogue import FOLDER, load, read_documents
from operations.indicator_collection import open_collection
from operations.people import import_people
from operations.report import read_report
from operations.report_files import file_name, indicators_csv, workbook
from store.calendars import load_calendar, save_demonstration_calendar
from store.database import Database, ReadSession
from store.indicator_collection import progress
from store.task import ItemFacts, task_items

PLAN, PERIOD = "VLC", "2026-Q4"
FIRST_DAY = date(2027, 1, 4)
"""The first working day after the quarter: 1 January is a holiday, 2 and 3 January 2027 a weekend."""
CALENDAR = "demonstration"
ROSTER = (("units.csv", "persons.csv", "focal_points.csv", "absences.csv"), ("gap.csv",))
"""Imported in this order: the gap is a focal point whose appointment has ended and who has no successor."""
OFFICE = {
    "FOCAL_COORDINATOR_NAME": "Servei de Turisme i Internacionalització",
    "FOCAL_COORDINATOR_ADDRESS": "internacional@valencia.example",
    "FOCAL_MAIL_FROM_ADDRESS": "focal@valencia.example",
    "FOCAL_MAIL_DOMAIN": "focal.valencia.example",
}
PATIENCE_DAYS = 40
"""More working days than a quarter takes (25): if it is not over by then, something is wrong."""


class Summary(BaseModel):
    """What happened, in numbers that have to add up."""

    plan: str
    period: str
    seconds: float
    indicators_in_plan: int
    indicators_asked: int
    indicators_not_covered: int
    units_responsible: int
    units_covered: int
    tasks: dict[str, int]
    entries: dict[str, int]
    mails: dict[str, int]
    mails_written: int
    mails_withdrawn: int
    mails_arrived: int
    mails_lost: int
    mails_doubled: int
    submissions: int
    by_mail: int
    replies_too_late: int
    replies_sent: int = 0
    forms_too_late: int = 0
    escalations: int
    focal_points_named: int
    report: dict[str, str]
    wrong: list[str] = []


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


async def demonstrate(
    data_dir: Path,
    *,
    seconds_per_day: float,
    json_file: Path | None,
    stay: bool,
    say: Callable[[str], None] = click.echo,
) -> int:
    """Run the demonstration in a data directory of its own; 0 only if the numbers add up."""
    make_room(data_dir)
    options = Options(data_dir=data_dir, ports=Ports.free(), fast=True, settings=OFFICE)
    async with running(options, say) as stack:
        database = Database(stack.database_url)
        try:
            began = monotonic()
            await prepare(database, seconds_per_day, say)
            city = await play(stack, database, seconds_per_day, say)
            summary = await sum_up(stack, database, data_dir, city, monotonic() - began)
            if stay:
                summary.report["page"] = f"{stack.office_url}/collections/{PLAN}/{PERIOD}/report"
        finally:
            await database.close()
        tell(summary, say)
        if json_file is not None:
            json_file.write_text(json.dumps(summary.model_dump(), indent=2, ensure_ascii=False) + "\n", "utf-8")  # noqa: ASYNC240
        if stay:
            say(f"Look around: office {stack.office_url}, mailbox {stack.mailbox_url}. Ctrl-C ends it.")
            await asyncio.Event().wait()
    return 1 if summary.wrong else 0


def make_room(data_dir: Path) -> None:
    """An empty data directory; only one that a demonstration made is emptied.

    Raises:
        Refused: the directory holds something else.
    """
    mark = data_dir / "demonstration"
    if mark.exists():
        shutil.rmtree(data_dir)
    try:
        data_dir.mkdir(parents=True)
    except FileExistsError:
        raise Refused(
            f"{data_dir} is there and was not made by a demonstration: choose another place with --data-dir."
        ) from None
    mark.touch()


async def prepare(database: Database, seconds_per_day: float, say: Callable[[str], None]) -> None:
    """Load the plans and the roster, set the calendar, open the quarter."""
    async with database.transaction() as session:
        await load(session, read_documents())
        for names in ROSTER:
            files = [PeopleFile(name, (FOLDER / "demonstration" / name).read_bytes()) for name in names]
            await import_people(session, files, now=datetime.now(UTC), dry_run=False)
    now = datetime.now(UTC)
    async with database.transaction() as session:
        await save_demonstration_calendar(
            session, code=CALENDAR, like="valencia", origin=now, first_day=FIRST_DAY, seconds=seconds_per_day
        )
        opened = await open_collection(session, PLAN, PERIOD, by="coordinator", now=now, calendar_code=CALENDAR)
    told = opened.collection
    say(f"{opened.order.reference} is open: due on {told.due_on}, closes on {told.closes_on};")
    say(f"a working day lasts {seconds_per_day:g} s.")


async def play(stack: Stack, database: Database, seconds_per_day: float, say: Callable[[str], None]) -> "City":
    """Let people read their mail and act on it, until the quarter is closed and its report has arrived."""
    city = City(stack, database, seconds_per_day)
    deadline = monotonic() + PATIENCE_DAYS * seconds_per_day + 10
    shown = ""
    while not city.reported and monotonic() < deadline:
        await city.read_mail()
        line = await city.progress()
        if line[:15] != shown[:15]:
            say(line)
            shown = line
        await asyncio.sleep(0.1)
    say(await city.progress())
    await city.finish()
    return city


class City:
    """The people of the city hall, at their mailboxes."""

    def __init__(self, stack: Stack, database: Database, seconds_per_day: float) -> None:
        self._stack = stack
        self._database = database
        self._seconds_per_day = seconds_per_day
        self._mailbox = httpx.AsyncClient(base_url=stack.mailbox_url)
        self._read: set[str] = set()
        self._had: Counter[tuple[str, str]] = Counter()
        self._busy: set[asyncio.Task[None]] = set()
        self._hands: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        """Nobody fills in two forms of one task at once."""
        self.reported = False
        self.too_late = 0
        self.replies = 0

    async def read_mail(self) -> None:
        """Read every mail that is new, oldest first, and begin what it makes people do."""
        listed = (await self._mailbox.get("/mails.json", params={"limit": 1000})).json()["mails"]
        for mail in reversed(listed):
            if mail["id"] in self._read:
                continue
            self._read.add(mail["id"])
            source = (await self._mailbox.get(f"/mails/{mail['id']}/source")).text
            kind = source.partition("X-Focal-Mail: ")[2].partition("\n")[0].strip()
            if not kind:
                continue  # what people reply passes through the same mailbox
            self.reported = self.reported or kind == "collection_report"
            (address,) = mail["envelope_to"]
            self._had[(address, kind)] += 1
            reference = mail["subject"][1:].partition("]")[0]
            act = self._act(reference, kind, self._had[(address, kind)], mail["id"])
            self._busy.add(asyncio.create_task(act))

    async def finish(self) -> None:
        """Let everybody finish; what went wrong for anybody is raised here."""
        await asyncio.gather(*self._busy)
        await self._mailbox.aclose()

    async def progress(self) -> str:
        """One line: the day of the demonstration, and how far things are."""
        async with self._database.reading() as session:
            process = (await session.scalars(select(Process))).one()
            calendar = await load_calendar(session, CALENDAR)
            state = await progress(session, process.id, datetime.now(UTC))
        tasks = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(state.tasks.items()))
        day = calendar.day(datetime.now(UTC))
        return (
            f"{day:%a %d %b %Y}  {state.answered:3}/{state.entries} entries  {len(self._read):3} mails  "
            f"{state.escalated} escalated  {tasks}"
        )

    async def _act(self, reference: str, kind: str, nth: int, mail_id: str) -> None:
        async with self._database.reading() as session:
            task = await session.scalar(select(Task).where(Task.reference == reference))
        if task is None or kind not in {act.mail for act in (*ON_TIME, *HABITS.get(task.unit_code, ()))}:
            return
        text = (await self._mailbox.get(f"/mails/{mail_id}/text")).text
        link = link_in(text, self._stack.answer_url)
        replies = task.unit_code in REPLYING
        async with self._hands[reference]:
            try:
                if task.kind == "focal_point_naming":
                    await self._name_somebody(link)
                for act in HABITS.get(task.unit_code, ON_TIME):
                    if task.kind == "indicator_request" and (act.mail, act.nth) == (kind, nth):
                        await (self._reply(task, mail_id) if replies else self._answer(link, act.part))
            except httpx.HTTPStatusError as refusal:
                if refusal.response.status_code != httpx.codes.CONFLICT:
                    raise
                self.too_late += 1
            except LookupError:
                self.too_late += 1

    async def _answer(self, link: str, part: float) -> None:
        async with Visitor(self._stack.answer_url) as visitor:
            form = await visitor.open(link)
            asked = [name for name in form.choices if name.startswith("choice-")]
            filled: dict[str, str] = {}
            for number, name in enumerate(asked[: max(1, round(len(asked) * part))]):
                filled |= typed(form, name, number)
            await send(await visitor.press(form, filled, button="check"), visitor)

    async def _reply(self, task: Task, mail_id: str) -> None:
        """Reply with a line for each indicator, as somebody writes who is in a hurry."""
        async with self._database.reading() as session:
            person = await session.get_one(Person, task.assignee_code)
            asked = (await task_items(session, [task.id]))[task.id]
        text = "Bon dia,\n\n" + "\n".join(replied(line) for line in asked) + f"\n\nSalutacions,\n{person.name}\n"
        page = await self._mailbox.post(f"/mails/{mail_id}/reply", data={"sender": person.address, "text": text})
        if not page.is_redirect:
            raise RuntimeError(f"The reply of {person.code} was not taken: {page.status_code}.")
        self.replies += 1

    async def _name_somebody(self, link: str) -> None:
        async with Visitor(self._stack.answer_url) as visitor:
            form = await visitor.open(link)
            colleague = [code for code in form.choices["person"] if code != "new"][-1]
            await send(await visitor.press(form, {"person": colleague}, button="check"), visitor)


async def send(check_page: list[Form], visitor: Visitor) -> None:
    """Press the button that sends what was checked."""
    (form,) = (form for form in check_page if form.action.endswith("/send"))
    await visitor.press(form, {})


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
    if line.indicator.unit == "yes/no":
        return f"{line.number} = sí"
    if line.number % 7 == 6:  # noqa: PLR2004 - one in seven
        return f"{line.number} = res a informar"
    return f"{line.number} = {3 + line.number * 17 % 90}"


async def sum_up(stack: Stack, database: Database, data_dir: Path, city: City, seconds: float) -> Summary:
    """Count everything twice, from the rows and from the mailbox, and say what does not add up."""
    async with httpx.AsyncClient(base_url=stack.mailbox_url) as mailbox:
        listed = (await mailbox.get("/mails.json", params={"limit": 1000})).json()["mails"]
    own = f"@{OFFICE['FOCAL_MAIL_DOMAIN']}"
    arrived = [mail for mail in listed if not any(address.endswith(own) for address in mail["envelope_to"])]
    async with database.reading() as session:
        report = await read_report(session, PLAN, PERIOD, now=datetime.now(UTC))
        if report is None:
            raise RuntimeError("There is no report.")
        summary = await _count(session, report, arrived, seconds)
    for ending, content in (
        ("xlsx", workbook(report, "ca-ES-valencia")),
        ("csv", indicators_csv(report, "ca-ES-valencia")),
    ):
        file = data_dir / file_name(report, ending)
        file.write_bytes(content)
        summary.report[ending] = str(file)
    async with httpx.AsyncClient(base_url=stack.office_url) as office:
        (await office.get(f"/collections/{PLAN}/{PERIOD}/report")).raise_for_status()
    summary.forms_too_late, summary.replies_sent = city.too_late, city.replies
    summary.wrong = wrong_with(summary)
    return summary


async def _count(session: ReadSession, report: QuarterReport, arrived: list[dict[str, Any]], seconds: float) -> Summary:
    states = await session.execute(select(Task.state, func.count()).group_by(Task.state))
    written = (await session.execute(select(OutgoingMail.message_id, OutgoingMail.name, OutgoingMail.state))).all()
    ids = Counter(mail["message_id"] for mail in arrived)
    asked = await session.scalars(select(Item.indicator_code).distinct())
    units = await session.scalars(select(Task.unit_code).distinct())
    actors = await session.scalars(
        select(Responsible.actor_code)
        .join(Action, Action.code == Responsible.action_code)
        .where(Action.code.startswith(PLAN))
        .distinct()
    )
    tally = report.tally
    return Summary(
        plan=PLAN,
        period=PERIOD,
        seconds=round(seconds, 1),
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
        mails=dict(Counter(name for _, name, state in written if state == "accepted")),
        mails_written=len(written),
        mails_withdrawn=sum(state == "withdrawn" for *_, state in written),
        mails_arrived=len(arrived),
        mails_lost=sum(state == "accepted" and message_id not in ids for message_id, _, state in written)
        + sum(state not in {"accepted", "withdrawn"} for *_, state in written),
        mails_doubled=sum(count - 1 for count in ids.values()),
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


def wrong_with(summary: Summary) -> list[str]:
    """What does not add up, in sentences; empty when all is well."""
    tally = summary.entries
    checks = {
        "some indicators are neither asked nor explained": summary.indicators_asked + summary.indicators_not_covered
        == summary.indicators_in_plan,
        "some responsible units were not asked": summary.units_covered == summary.units_responsible,
        "a mail was lost": summary.mails_lost == 0,
        "a mail came twice": summary.mails_doubled == 0,
        "mails arrived that were not written": summary.mails_arrived == summary.mails_written - summary.mails_withdrawn,
        "entries do not add up": tally["asked"]
        == sum(tally[kind] for kind in ("value", "nothing_to_report", "not_available", "missing")),
        "nobody was escalated": summary.escalations > 0,
        "no focal point was named": summary.focal_points_named == 1,
        "nothing expired, though somebody never answers": summary.tasks.get("expired", 0) > 0,
        "a reply was not taken": summary.by_mail + summary.replies_too_late == summary.replies_sent > 0,
        "a task is still open": not summary.tasks.keys() & {"scheduled", "open", "partly_answered"},
    }
    return [sentence for sentence, holds in checks.items() if not holds]


def tell(summary: Summary, say: Callable[[str], None]) -> None:
    """The summary for people."""
    tally = summary.entries
    say("")
    say(f"The quarter {summary.period} of {summary.plan} took {summary.seconds:.0f} s.")
    say(
        f"  indicators  {summary.indicators_in_plan}: {summary.indicators_asked} asked, "
        f"{summary.indicators_not_covered} whose action does not cover the quarter"
    )
    say(f"  units       {summary.units_covered} of {summary.units_responsible} responsible units asked")
    say("  tasks       " + ", ".join(f"{count} {state}" for state, count in sorted(summary.tasks.items())))
    say(
        f"  entries     {tally['asked']}: {tally['value']} with a value, {tally['nothing_to_report']} nothing to "
        f"report, {tally['not_available']} not available, {tally['missing']} missing"
    )
    say("  mails       " + ", ".join(f"{count} {name}" for name, count in sorted(summary.mails.items())))
    say(
        f"              {summary.mails_written} written, {summary.mails_withdrawn} withdrawn because the answer came "
        f"first, {summary.mails_lost} lost, {summary.mails_doubled} doubled"
    )
    say(
        f"  answers     {summary.submissions}: {summary.by_mail} by reply, the others by form; "
        f"{summary.forms_too_late + summary.replies_too_late} too late; "
        f"{summary.escalations} escalations; {summary.focal_points_named} focal point named"
    )
    for kind, where in summary.report.items():
        say(f"  report      {kind}: {where}")
    for sentence in summary.wrong:
        say(f"  WRONG       {sentence}")
    say("The numbers add up." if not summary.wrong else "The numbers do not add up.")
