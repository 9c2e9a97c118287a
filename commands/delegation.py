"""Receiving delegations."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import yaml

from commands.shared import counted, database, now, run
from models.contracts.refusal import Refused
from settings import Settings, load_settings
from store.database import WriteSession

DAY = click.DateTime(["%Y-%m-%d"])
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _said_by(_context: click.Context, _option: click.Parameter, value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise Refused("Say with --by who does it: a person's code or name.")
    return value.strip()


BY = click.option(
    "--by",
    default="coordinator",
    show_default=True,
    callback=_said_by,
    help="Code of the person who does it, or a name.",
)
BECAUSE = click.option("--reason", required=True, help="Why; everybody whom it concerns reads it.")
LARGEST_FILE = 256 * 1024

Act = Callable[[WriteSession, Settings, UUID, datetime], Awaitable[str]]


@click.group()
def delegation() -> None:
    """Receive a delegation: start, agenda, move, cancel, hosts."""


def read_file(file: Path) -> dict[str, Any]:
    """What a file of YAML or, by its name, of JSON holds: words only, which the contracts turn into days and numbers.

    Raises:
        Refused: it cannot be read, or holds something else.

    """
    if file.stat().st_size > LARGEST_FILE:
        raise Refused(f"{file} is larger than {LARGEST_FILE // 1024} KiB: that is no such file.")
    try:
        text = file.read_text(encoding="utf-8")
        # Without types of its own YAML reads 10:30 as an hour, and NO as Norway.
        content = json.loads(text) if file.suffix == ".json" else yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    except (ValueError, yaml.YAMLError, RecursionError) as fault:
        raise Refused(f"{file} cannot be read: {fault}") from fault
    if not isinstance(content, dict):
        raise Refused(f"{file} holds no fields: write it as in docs/examples.")
    return content


def act(reference: str, work: Act) -> None:
    """Do something to a delegation in one transaction, and tell what came of it."""
    from store.delegation_reception import visit_id

    async def in_transaction() -> None:
        settings = load_settings()
        async with database(settings) as data, data.transaction() as session:
            told = await work(session, settings, await visit_id(session, reference), now())
        click.echo(told)

    run(in_transaction())


@delegation.command("start")
@click.argument("file", type=FILE)
@click.option("--key", help="Names the order; the same key again joins what it started. By default its content does.")
@BY
def delegation_start(file: Path, key: str | None, by: str) -> None:
    """Start the reception of the delegation that FILE (YAML or JSON) describes, as in docs/examples."""
    from models.contracts.delegation_reception import read_order
    from operations.delegation_reception import start

    async def work() -> None:
        order = read_order(read_file(file))
        async with database(load_settings()) as data, data.transaction() as session:
            started = await start(session, order, by=by, now=now(), key=key)
        reference = started.order.reference
        click.echo(f"{reference} {'was started already' if started.joined else 'is started: its hosts are asked'}.")
        click.echo(f"See how it stands with `focal delegation show {reference}`.")

    try:
        run(work())
    except Refused as refusal:
        raise Refused(*refusal.problems, "Nothing was started.") from refusal


@delegation.command("list")
def delegation_list() -> None:
    """List all delegations, those still open first."""
    from store.delegation_reception import all_visits

    async def work() -> None:
        async with database(load_settings()) as data, data.reading() as session:
            rows = await all_visits(session)
        for process, visit in rows:
            click.echo(
                f"{process.reference}  {visit.first_day} to {visit.last_day}  "
                f"{visit.state.replace('_', ' ')}{', closed' if process.state == 'closed' else ''}  "
                f"{visit.organisation} ({visit.city}, {visit.country})"
            )
        click.echo(counted(len(rows), "delegation"))

    run(work())


@delegation.command("show")
@click.argument("reference")
def delegation_show(reference: str) -> None:
    """Tell how delegation REFERENCE stands: its hosts, its agenda, what is prepared, what comes next."""
    from operations.visit_account import account_of
    from store.delegation_reception import visit_id

    async def work() -> None:
        async with database(load_settings()) as data, data.reading() as session:
            lines = await account_of(session, await visit_id(session, reference), now=now())
        for line in lines:
            click.echo(line)

    run(work())


@delegation.command("agenda")
@click.argument("reference")
@click.argument("file", type=FILE)
@click.option("--by", required=True, help="Code of the person who composed it; somebody else approves it.")
def delegation_agenda(reference: str, file: Path, by: str) -> None:
    """Give delegation REFERENCE the agenda that FILE (YAML or JSON) holds, as in docs/examples."""
    from models.contracts.delegation_reception import read_agenda
    from operations.visit_agenda import compose_agenda

    agenda = read_agenda(read_file(file))

    async def work(session: WriteSession, settings: Settings, process_id: UUID, instant: datetime) -> str:
        number = await compose_agenda(session, settings, process_id, agenda, by=by, now=instant)
        return f"Agenda {number} of {reference} is with whoever has to approve it."

    act(reference, work)


@delegation.command("move")
@click.argument("reference")
@click.option("--first-day", type=DAY, required=True)
@click.option("--last-day", type=DAY, required=True)
@BECAUSE
@BY
def delegation_move(reference: str, first_day: datetime, last_day: datetime, reason: str, by: str) -> None:
    """Move delegation REFERENCE to other days: hosts are asked again, preparations move, everybody is told."""
    from operations.visit_changes import move

    async def work(session: WriteSession, settings: Settings, process_id: UUID, instant: datetime) -> str:
        days = {"first_day": first_day.date(), "last_day": last_day.date()}
        case = await move(session, settings, process_id, **days, reason=reason, by=by, now=instant)
        visit = case.visit
        return (
            f"{case.process.reference} was from {visit.moved_from_first} to {visit.moved_from_last} "
            f"and is from {visit.first_day} to {visit.last_day}: its hosts are asked again, it needs a new agenda."
        )

    act(reference, work)


@delegation.command("cancel")
@click.argument("reference")
@BECAUSE
@BY
def delegation_cancel(reference: str, reason: str, by: str) -> None:
    """Call delegation REFERENCE off: nothing is asked any more, everybody is told, calendars are cleared."""
    from operations.visit_changes import call_off

    async def work(session: WriteSession, settings: Settings, process_id: UUID, instant: datetime) -> str:
        case = await call_off(session, settings, process_id, reason=reason, by=by, now=instant)
        return f"{case.process.reference} is called off; everybody whom it concerns is told."

    act(reference, work)


@delegation.command("add-host")
@click.argument("reference")
@click.argument("unit")
@BY
def delegation_add_host(reference: str, unit: str, by: str) -> None:
    """Ask one more UNIT (by its code) to receive delegation REFERENCE."""
    from operations.visit_changes import add_host

    async def work(session: WriteSession, _settings: Settings, process_id: UUID, instant: datetime) -> str:
        case = await add_host(session, process_id, unit, by=by, now=instant)
        return f"{unit} is asked to receive {case.process.reference}."

    act(reference, work)


@delegation.command("remove-host")
@click.argument("reference")
@click.argument("unit")
@BECAUSE
@BY
def delegation_remove_host(reference: str, unit: str, reason: str, by: str) -> None:
    """Release UNIT (by its code) from receiving delegation REFERENCE."""
    from operations.visit_changes import remove_host

    async def work(session: WriteSession, settings: Settings, process_id: UUID, instant: datetime) -> str:
        case = await remove_host(session, settings, process_id, unit, reason=reason, by=by, now=instant)
        falls = case.visit.agenda_version and case.visit.composed_by is None
        agenda = " It had hours in the agenda: compose a new one." if falls else ""
        return f"{unit} is released from receiving {case.process.reference}.{agenda}"

    act(reference, work)
