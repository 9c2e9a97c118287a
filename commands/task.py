"""What a coordinator or a manager does to one task."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

import click

from commands.shared import database, now, run, spoken
from models.contracts.answering import Typed
from models.contracts.refusal import Refused
from models.tables.task import Task
from settings import Settings, load_settings
from store.calendars import load_calendar
from store.database import WriteSession
from store.task import find_task

DAY = click.DateTime(["%Y-%m-%d"])
BY = click.option("--by", default="coordinator", show_default=True, help="Code of the person who does it.")
BECAUSE = click.option("--because", "reason", required=True, help="Why; the person reads it.")

Act = Callable[[WriteSession, Settings, Task], Awaitable[str]]


@click.group()
def task() -> None:
    """Act on one task: pass it on, give it time, remind, escalate, waive, explain."""


def act(reference: str, work: Act) -> None:
    """Do something to a task in one transaction, and tell what came of it."""

    async def in_transaction() -> None:
        settings = load_settings()
        async with database(settings) as data, data.transaction() as session:
            told = await work(session, settings, await find_task(session, reference))
        click.echo(told)

    run(in_transaction())


@task.command("delegate")
@click.argument("reference")
@click.option("--to", required=True, help="Code of the person who gets the task.")
@click.option("--note", default="", help="What the person should know.")
@BY
def delegate(reference: str, to: str, note: str, by: str) -> None:
    """Pass task REFERENCE on to somebody else, who is asked in the next working hour."""
    from operations.delegating import delegate

    async def work(session: WriteSession, settings: Settings, task: Task) -> str:
        before = task.assignee_code
        await delegate(session, settings, task.id, to=to, by=by, note=note, now=now())
        return f"{task.reference} was {before}'s and is {to}'s now."

    act(reference, work)


@task.command("ask-for-time")
@click.argument("reference")
@click.option("--until", type=DAY, required=True)
@click.option("--by", required=True, help="Code of the person who asks.")
@BECAUSE
def ask_for_time(reference: str, until: datetime, by: str, reason: str) -> None:
    """Ask for more time for task REFERENCE in somebody's name; their head decides."""
    from operations.extending import ask_for_time

    async def work(session: WriteSession, _settings: Settings, task: Task) -> str:
        wish = await ask_for_time(session, task.id, until=until.date(), reason=reason, by=by, now=now())
        return f"{task.reference} is due on {task.due_on} and would be due on {wish.wished_due_on}; the head is asked."

    act(reference, work)


@task.command("extend")
@click.argument("reference")
@click.option("--until", type=DAY, required=True)
@BECAUSE
@BY
def extend(reference: str, until: datetime, reason: str, by: str) -> None:
    """Give task REFERENCE more time; a wish that is open is granted with it."""
    from operations.extending import extend

    async def work(session: WriteSession, settings: Settings, task: Task) -> str:
        given = await extend(session, settings, task.id, until=until.date(), reason=reason, by=by, now=now())
        return f"{task.reference} was due on {given.old_due_on} and is due on {given.granted_due_on}."

    act(reference, work)


@task.command("refuse-time")
@click.argument("reference")
@BECAUSE
@BY
def refuse_time(reference: str, reason: str, by: str) -> None:
    """Refuse the time that was asked for; the due day of task REFERENCE stays."""
    from operations.extending import decide_wish

    async def work(session: WriteSession, settings: Settings, task: Task) -> str:
        await decide_wish(session, settings, task.id, grant_until=None, reason=reason, by=by, now=now())
        return f"{task.reference} stays due on {task.due_on}; whoever asked is told."

    act(reference, work)


@task.command("snooze")
@click.argument("reference")
@click.option("--until", type=DAY, required=True, help="No reminder leaves before this day.")
@BECAUSE
@BY
def snooze(reference: str, until: datetime, reason: str, by: str) -> None:
    """Let task REFERENCE rest: no reminder or escalation before a day."""
    from operations.steering import snooze

    async def work(session: WriteSession, _settings: Settings, task: Task) -> str:
        await snooze(session, task.id, until=until.date(), reason=reason, by=by, now=now())
        return f"{task.reference} rests until {spoken(until)}; it still closes on {task.closes_on}."

    act(reference, work)


@task.command("waive")
@click.argument("reference")
@BECAUSE
@BY
def waive(reference: str, reason: str, by: str) -> None:
    """Ask for nothing more of task REFERENCE; what was answered stays."""
    from operations.steering import waive

    async def work(session: WriteSession, settings: Settings, task: Task) -> str:
        await waive(session, settings, task.id, reason=reason, by=by, now=now())
        return f"{task.reference} is waived."

    act(reference, work)


@task.command("send-back")
@click.argument("reference")
@click.argument("indicator")
@click.option("--note", required=True, help="What is to be corrected; the person reads it.")
@BY
def send_back(reference: str, indicator: str, note: str, by: str) -> None:
    """Send the answer to INDICATOR of task REFERENCE back; the person is asked for it again."""
    from operations.steering import send_back

    async def work(session: WriteSession, _settings: Settings, task: Task) -> str:
        await send_back(session, task.id, indicator=indicator, note=note, by=by, now=now())
        return f"{indicator.upper()} of {task.reference} is asked for again, due on {task.due_on}."

    act(reference, work)


@task.command("answer")
@click.argument("reference")
@click.argument("values", nargs=-1, required=True)
@click.option("--for", "person", required=True, help="Code of the person whose answer it is.")
@BY
def answer(reference: str, values: tuple[str, ...], person: str, by: str) -> None:
    """Enter an answer to task REFERENCE that somebody gave otherwise: CODE=VALUE for each indicator.

    CODE=- means nothing to report, CODE=?REASON not available, because. The person gets the receipt.
    """
    from operations.answering import answer_on_behalf

    async def work(session: WriteSession, settings: Settings, task: Task) -> str:
        taken = await answer_on_behalf(
            session, settings, task.id, dict(map(typed, values)), person_code=person, by=by, now=now()
        )
        return f"{taken.answered} answered, {taken.missing} missing; submission {taken.submission_reference}."

    act(reference, work)


def typed(value: str) -> tuple[str, Typed]:
    """`CODE=VALUE` as an entry of the form.

    Raises:
        Refused: it is not written so.

    """
    code, equals, written = value.partition("=")
    if not (code and equals and written):
        raise Refused(f"“{value}” is not CODE=VALUE.")
    if written == "-":
        return code, Typed(choice="nothing_to_report")
    if written.startswith("?"):
        return code, Typed(choice="not_available", reason=written[1:])
    return code, Typed(choice="value", value=written)


@task.command("remind")
@click.argument("reference")
@BY
def remind(reference: str, by: str) -> None:
    """Remind the person of task REFERENCE in the next working hour."""
    from operations.steering import remind_now

    async def work(session: WriteSession, _settings: Settings, task: Task) -> str:
        at = await remind_now(session, task.id, by=by, now=now())
        return f"A reminder of {task.reference} leaves {await _local(session, task.id, at)}."

    act(reference, work)


@task.command("escalate")
@click.argument("reference")
@BECAUSE
@BY
def escalate(reference: str, reason: str, by: str) -> None:
    """Tell the next level about task REFERENCE in the next working hour, before its day."""
    from operations.steering import escalate_now

    async def work(session: WriteSession, _settings: Settings, task: Task) -> str:
        at = await escalate_now(session, task.id, reason=reason, by=by, now=now())
        return f"The escalation of {task.reference} leaves {await _local(session, task.id, at)}."

    act(reference, work)


async def _local(session: WriteSession, task_id: UUID, at: datetime) -> str:
    task = await session.get_one(Task, task_id)
    shown = (await load_calendar(session, task.calendar_code)).local(at)
    return f"on {spoken(shown)} at {shown:%H:%M}"
