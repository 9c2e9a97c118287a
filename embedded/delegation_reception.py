"""A delegation from Bologna, a twin city of València, on a calendar of short days: from its order to its record.

One host accepts by replying, one in the form, one declines; the manager sends the first agenda back; the contact says
how it was; what was promised on the visit is followed until it is done.
"""

from collections import Counter
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import select

from embedded.townhall import (
    CALENDAR,
    Arrived,
    Stage,
    Summary,
    Townhall,
    count_post,
    live,
    prepare,
)
from embedded.visitor import read_forms
from models.contracts.delegation_reception import ClosingRecord, read_agenda, read_order
from models.tables.delegation_reception import Host, Visit, VisitFeedback, VisitRecord
from models.tables.process import Process
from models.tables.task import Task
from operations.delegation_reception import start
from operations.visit_agenda import compose_agenda

FIRST_DAY = date(2027, 1, 4)
COMES, LEAVES = date(2027, 2, 11), date(2027, 2, 12)
"""Enough working days after the order for interpreters, and for an agenda that is sent back once."""
OFFICE_UNIT, COMPOSER = "ACT-VLC-STI", "neus.climent"
REPLIES, ACCEPTS, DECLINES = "ACT-VLC-SALUT", "ACT-VLC-ECO", "ACT-VLC-COOP"
PATIENCE_DAYS = 70
ORDER = read_order(
    {
        "organisation": "Comune di Bologna",
        "city": "Bolonya",
        "country": "Itàlia",
        "kind": "institutional",
        "head": "Giulia Ferri",
        "people": {"women": 4, "men": 3},
        "language": "en",
        "contact": {"name": "Giulia Ferri", "address": "g.ferri@comune.bologna.example"},
        "themes": ["Salut urbana", "Renaturalització"],
        "first_day": COMES.isoformat(),
        "last_day": LEAVES.isoformat(),
        "hosts": [REPLIES, ACCEPTS, DECLINES],
        "office": OFFICE_UNIT,
        "plan": "VLC",
        "calendar": CALENDAR,
    }
)
PROMISED = "Enviar l'estudi d'illes de calor; ; 26/2/2027\nProposar un intercanvi de personal; ; 5/3/2027"


class DelegationSummary(Summary):
    """What became of the visit."""

    reference: str
    hosts: dict[str, str]
    tasks: dict[str, int]
    calendar_sequence: int
    feedback: int | None
    record: ClosingRecord | None

    def lines(self) -> list[str]:
        """The summary for people."""
        agenda, promised = (self.record.agenda, self.record.commitments) if self.record else ((), ())
        return [
            f"visit       {self.reference}: {ORDER.organisation}, {COMES} to {LEAVES}, {ORDER.people.total} people",
            "hosts       " + ", ".join(f"{unit} {state}" for unit, state in self.hosts.items()),
            "tasks       " + ", ".join(f"{count} {kind}" for kind, count in sorted(self.tasks.items())),
            *self.post.lines(),
            f"feedback    {self.feedback} of 5",
            *(f"agenda      {slot.starts_at:%d %b %H:%M} {slot.theme} ({slot.unit_code})" for slot in agenda),
            *(f"promised    {each.what}, {each.due_on}: {each.state}" for each in promised),
        ]


class Reception(Townhall):
    """The hosts, the office, its head, and the contact in Bologna."""

    def __init__(self, stage: Stage, process_id: UUID) -> None:
        super().__init__(stage)
        self._process_id = process_id
        self._agendas = 0
        self.closed = False

    async def act(self, mail: Arrived, task: Task | None) -> None:
        """Do what the mail asks of its reader."""
        if mail.kind == "visit_thanks":
            await self._say_how_it_was(mail)
        elif mail.kind == "office_visit":
            await self._compose()
        elif task is not None and mail.kind == "task_request":
            await self._answer(mail, task)

    async def _answer(self, mail: Arrived, task: Task) -> None:
        match task.kind, task.unit_code:
            case "hosting_request", unit if unit == REPLIES:
                await self.reply(mail, mail.address, "Bon dia,\n\n1 = sí\n\nSalutacions\n")
            case "hosting_request", unit:
                await self.answer(mail, task, {"can_host": ("yes" if unit == ACCEPTS else "no", "", "")})
            case "agenda_approval", _ if task.occasion == "1":
                reason = "El dinar institucional ha d'anar abans de la visita al Túria."
                await self.answer(mail, task, {"agenda": ("value", "send_back", reason)})
            case "agenda_approval", _:
                await self.answer(mail, task, {"agenda": ("value", "approve", "")})
            case "visit_report", unit:
                promised = ("value", PROMISED, "") if unit == ACCEPTS else ("nothing_to_report", "", "")
                contacts = ("value", "Direcció de Salut del Comune di Bologna", "")
                await self.answer(mail, task, {"contacts": contacts, "commitments": promised})
            case "assignment", _:
                await self.answer(mail, task, {"done": ("value", "done", "")})

    async def _compose(self) -> None:
        """Compose an agenda when the hosts have answered, and another when the first was sent back."""
        async with self.database.reading() as session:
            visit = await session.get_one(Visit, self._process_id)
            hosts = await session.scalars(select(Host.state).where(Host.process_id == self._process_id))
            waiting = "asked" in set(hosts)
        if waiting or self._agendas > visit.agenda_version or visit.approved_version or self._agendas > 1:
            return
        self._agendas += 1
        lunch = "14:00" if self._agendas == 1 else "12:30"
        lines = (
            (COMES, "10:00", "12:00", "Saló de Cristall", REPLIES, "Salut urbana"),
            (COMES, lunch, "15:30", "La Marina", REPLIES, "Dinar institucional"),
            (LEAVES, "9:00", "13:00", "Jardí del Túria", ACCEPTS, "Renaturalització"),
        )
        names = ("day", "start", "end", "place", "host", "theme")
        slots = [dict(zip(names, (line[0].isoformat(), *line[1:]), strict=True)) for line in lines]
        async with self.database.transaction() as session:
            agenda = read_agenda({"slots": slots})
            await compose_agenda(
                session, self.stage.settings, self._process_id, agenda, by=COMPOSER, now=datetime.now(UTC)
            )

    async def _say_how_it_was(self, mail: Arrived) -> None:
        page = await self.browse(mail, "/f/")
        (form,) = [form for form in read_forms(page) if "rating" in form.choices]
        await self.press(form, {"rating": "5", "words": "A warm welcome, and very concrete talks.", "do": "send"})

    async def progress(self) -> str:
        """One line: the day of the demonstration, and how far things are."""
        async with self.database.reading() as session:
            process = await session.get_one(Process, self._process_id)
            visit = await session.get_one(Visit, self._process_id)
            states = await session.execute(select(Task.kind, Task.state).where(Task.process_id == self._process_id))
        self.closed = process.state == "closed"
        counted = Counter(state for _, state in states)
        tasks = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(counted.items()))
        return f"{await self.today():%a %d %b %Y}  {visit.state:10} {self.seen:3} mails  {tasks}"


async def delegation(stage: Stage) -> DelegationSummary:
    """Order a reception, and let everybody do their part until it is closed."""
    now = await prepare(stage, FIRST_DAY)
    async with stage.database.transaction() as session:
        started = await start(session, ORDER, by=COMPOSER, now=now)
    stage.say(f"{started.order.reference} is ordered: {ORDER.organisation} comes on {COMES}.")
    hall = Reception(stage, started.order.process_id)
    await live(hall, over=lambda: hall.closed, line=hall.progress, days=PATIENCE_DAYS)
    return await sum_up(stage, started.order.process_id)


async def sum_up(stage: Stage, process_id: UUID) -> DelegationSummary:
    """Count, and say what does not add up."""
    async with stage.database.reading() as session:
        visit = await session.get_one(Visit, process_id)
        process = await session.get_one(Process, process_id)
        hosts = (await session.scalars(select(Host).where(Host.process_id == process_id).order_by(Host.position))).all()
        tasks = (await session.scalars(select(Task).where(Task.process_id == process_id))).all()
        feedback = await session.get(VisitFeedback, process_id)
        kept = await session.get(VisitRecord, process_id)
    summary = DelegationSummary(
        post=await count_post(stage),
        reference=process.reference,
        hosts={host.unit_code: host.state for host in hosts},
        tasks=dict(Counter(f"{task.kind} {task.state}" for task in tasks)),
        calendar_sequence=visit.sequence,
        feedback=feedback.rating if feedback else None,
        record=ClosingRecord.model_validate(kept.content) if kept else None,
    )
    promised = summary.record.commitments if summary.record else ()
    checks = {
        "the visit was not received": visit.state == "received",
        "the process is still open": process.state == "closed",
        "the hosts did not say what they said": summary.hosts
        == {REPLIES: "accepts", ACCEPTS: "accepts", DECLINES: "declines"},
        "no calendar file was sent": summary.calendar_sequence > 0,
        "the contact was not heard": summary.feedback == 5,  # noqa: PLR2004 - what they said
        "a promise was lost": len(promised) == len(PROMISED.splitlines()),
        "an agenda was approved without being composed again": visit.approved_version == 2,  # noqa: PLR2004
        "a task is still open": not {task.state for task in tasks} & {"scheduled", "open", "partly_answered"},
    }
    summary.wrong = summary.post.wrong() + [sentence for sentence, holds in checks.items() if not holds]
    return summary
