"""The `focal` command: reads the settings and the clock, calls one operation, tells what came of it."""

import asyncio
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from pydantic import ValidationError
from sqlalchemy.exc import ArgumentError, OperationalError, ProgrammingError

from commands.calendar import calendar
from commands.calendar_files import calendar_files
from commands.calls import calls
from commands.delegation import delegation
from commands.explain import explain, why
from commands.inbound import inbound
from commands.mail import address, retry, status
from commands.networks import networks
from commands.pausing import pause_mail, resume_mail
from commands.policy import policy
from commands.rehearse import rehearse
from commands.replies import accept, again, list_, matters, read
from commands.review import review
from commands.shared import counted, database, log_to_stderr, now, run, spoken, stop, temporal
from commands.staff import staff
from commands.task import task
from commands.token import token
from commands.words import check, preview, words
from models.contracts.refusal import Refused
from settings import Settings, load_settings

CLOSE_SECONDS = 20.0
"""How long closing waits for a worker to take it; a running one takes a tenth of a second."""


def main() -> None:
    """Run the command; what cannot be done is said in a sentence, without a trace."""
    try:
        focal()
    except Refused as refusal:
        stop(*refusal.problems)
    except ValidationError as fault:
        if fault.title != Settings.__name__:
            raise
        stop(
            "Settings are missing or wrong:",
            *(f"  {variable(str(error['loc'][0]))}: {error['msg'].lower()}" for error in fault.errors()),
            "Start the stack with `focal up`, or set them in the environment.",
        )
    except ArgumentError:
        stop("FOCAL_DATABASE_URL is not an address: write postgresql+psycopg://user:password@host/database.")
    except ProgrammingError as fault:
        if getattr(fault.orig, "sqlstate", None) not in ("42P01", "42703"):
            raise
        stop("The database is not at the schema of this release: run `focal migrate`.")
    except OperationalError as fault:
        stop(f"The database cannot be reached: {str(fault.orig).strip()}", "Is `focal up` running?")


def variable(field: str) -> str:
    """The environment variable a setting is read from."""
    return field if field.isupper() else f"FOCAL_{field.upper()}"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def focal() -> None:
    """Ask the right person for the right thing, and do not forget."""


@focal.command()
@click.option("--data-dir", type=click.Path(path_type=Path), default=Path(".focal"), show_default=True)
@click.option("--answer-host", default="127.0.0.1", show_default=True, help="Where the answer pages listen.")
@click.option("--answer-port", type=int)
@click.option("--office-port", type=int)
@click.option("--mailbox-port", type=int)
@click.option("--smtp-port", type=int)
@click.option("--temporal-port", type=int)
@click.option("--temporal-ui-port", type=int)
def up(data_dir: Path, answer_host: str, **ports: int | None) -> None:
    """Run everything on this machine: database, Temporal, mailbox, worker, scheduler, pages."""
    from embedded.ports import Ports
    from embedded.stack import Options
    from embedded.supervisor import up

    chosen = {name.removesuffix("_port"): port for name, port in ports.items() if port is not None}
    sys.exit(run(up(Options(data_dir=data_dir, answer_host=answer_host, ports=Ports(**chosen)))))


@focal.command()
@click.option(
    "--process",
    type=click.Choice(["collection", "delegation", "review", "call"]),
    default="collection",
    show_default=True,
)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the summary for machines, too.")
@click.option("--data-dir", type=click.Path(path_type=Path), default=Path(".focal-demo"), show_default=True)
@click.option("--seconds-per-day", type=float, help="How long a working day lasts.")
@click.option("--stay", is_flag=True, help="Leave everything running afterwards, to look around.")
def demo(process: str, json_file: Path | None, data_dir: Path, seconds_per_day: float | None, stay: bool) -> None:  # noqa: FBT001
    """Run one process of València from its opening to its end, with people who answer on time, late and never."""
    from embedded.call_follow_up import call
    from embedded.delegation_reception import delegation
    from embedded.indicator_collection import quarter
    from embedded.membership_review import reviews
    from embedded.process import StackError
    from embedded.townhall import perform

    shows = {
        "collection": (quarter, 1.0),
        "delegation": (delegation, 2.0),
        "review": (reviews, 0.4),
        "call": (call, 0.4),
    }
    show, usual = shows[process]
    playing = perform(
        show, data_dir, seconds_per_day=seconds_per_day or usual, json_file=json_file, stay=stay, say=click.echo
    )
    try:
        sys.exit(run(playing))
    except StackError as fault:
        stop(str(fault))


@focal.command()
def worker() -> None:
    """Run workflows and activities, and send mail."""
    from worker import run as work

    log_to_stderr()
    run(work(load_settings()))


@focal.command()
def scheduler() -> None:
    """Carry what waits in the database to Temporal."""
    from scheduler import run as sweep

    log_to_stderr()
    run(sweep(load_settings()))


@focal.command()
def web() -> None:
    """Serve the answer pages and the office's."""
    from api.serve import serve

    log_to_stderr()
    run(serve(load_settings()))


@focal.command()
def migrate() -> None:
    """Bring the database to the schema of this release."""
    from store.migrate import migrate

    migrate(load_settings().database_url.get_secret_value())
    click.echo("The database is up to date.")


@focal.group()
def catalogue() -> None:
    """The plans as data."""


@catalogue.command("load")
def catalogue_load() -> None:
    """Load the five plans; loading them again changes nothing."""
    from models.contracts.catalogue import UnreadableDocuments
    from operations.catalogue import load, read_documents

    async def work() -> None:
        documents = read_documents()
        async with database(load_settings()) as data, data.transaction() as session:
            counts = await load(session, documents)
        for level, changes in counts:
            click.echo(
                f"{level.replace('_', ' ')}: {changes.inserted} new, {changes.changed} changed, "
                f"{changes.unchanged} unchanged, {changes.removed} removed"
            )

    try:
        run(work())
    except UnreadableDocuments as fault:
        stop(*map(str, fault.problems))


@focal.group()
def people() -> None:
    """Units, persons, focal points and absences."""


@people.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check and count, change nothing.")
def people_import(files: tuple[Path, ...], dry_run: bool) -> None:  # noqa: FBT001
    """Import CSV files, all of them or, if anything is wrong in any, nothing."""
    from models.contracts.people import PeopleFile, PeopleProblems
    from operations.people import import_people

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            read = [PeopleFile(str(file), file.read_bytes()) for file in files]
            summary = await import_people(session, read, now=now(), dry_run=dry_run)
        for kind, changes in summary:
            click.echo(
                f"{kind.replace('_', ' ')}: {changes.inserted} new, {changes.changed} changed, "
                f"{changes.unchanged} unchanged"
            )
        if dry_run:
            click.echo("Nothing was imported: this was a dry run.")

    try:
        run(work())
    except PeopleProblems as fault:
        stop(*map(str, fault.problems), f"Nothing was imported: {counted(len(fault.problems), 'problem')}.")


@people.command("away")
@click.argument("person")
@click.option("--from", "first_day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="First day away.")
@click.option("--until", "last_day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Last day away.")
@click.option("--substitute", help="Code of the person who stands in.")
def people_away(person: str, first_day: datetime, last_day: datetime, substitute: str | None) -> None:
    """Note that PERSON is away for some days, and who stands in."""
    from operations.absences import add_absence

    async def work() -> None:
        days = {"first_day": first_day.date(), "last_day": last_day.date()}
        async with database(load_settings()) as data, data.transaction() as session:
            await add_absence(session, person, **days, substitute=substitute, by="coordinator", now=now())
        stands_in = f"{substitute} stands in" if substitute else "nobody stands in"
        click.echo(f"{person} is away from {spoken(first_day)} to {spoken(last_day)}; {stands_in}.")

    run(work())


@people.command("leave")
@click.argument("person")
@click.option("--to", help="Code of the person who gets all tasks; by default each unit's next in line.")
@click.option("--yes", is_flag=True, help="Do it; without, only tell what would happen.")
def people_leave(person: str, to: str | None, yes: bool) -> None:  # noqa: FBT001
    """Let PERSON leave: open tasks move in one act, appointments end, nobody asks them any more."""
    from operations.delegating import leave

    async def work() -> None:
        settings, instant = load_settings(), now()
        day = instant.astimezone(ZoneInfo(settings.office_zone)).date()
        async with database(settings) as data, data.transaction() as session:
            told = await leave(session, settings, person, to=to, by="coordinator", now=instant, day=day)
            for move in told.moves:
                task = move.facts.task
                click.echo(
                    f"{task.reference}  {move.facts.process.reference}  {move.facts.unit.name}  due {task.due_on}: "
                    f"{person} -> {move.to_code}"
                )
            for unit in told.appointments:
                click.echo(f"{unit}: their appointment as focal point ends")
            for sentence in told.loose_ends:
                click.echo(sentence)
            if not yes:
                await session.rollback()
        moved = counted(len(told.moves), "task")
        click.echo(
            f"{moved} moved; {person} is asked no more."
            if yes
            else f"{moved} would move. Nothing was changed: do it with --yes."
        )

    run(work())


@focal.group()
def collection() -> None:
    """Quarterly collections of indicators."""


@collection.command("open")
@click.argument("plan")
@click.argument("period")
@click.option("--now", "at_once", is_flag=True, help="Send the requests at once, whatever the hour and day.")
def collection_open(plan: str, period: str, at_once: bool) -> None:  # noqa: FBT001
    """Open the collection of PLAN for PERIOD (as in VLC 2026-Q4), or join the one that is open."""
    from models.tables.process import Process
    from operations.indicator_collection import open_collection
    from store.calendars import load_calendar

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            opened = await open_collection(session, plan, period, by="coordinator", now=now(), at_once=at_once)
            process = await session.get_one(Process, opened.order.process_id)
            zone = (await load_calendar(session, process.calendar_code)).zone
        told = opened.collection
        if process.closed_at is not None:
            closed = process.closed_at.astimezone(zone)
            raise Refused(f"{process.reference} was closed on {spoken(closed)}; a quarter is collected once.")
        click.echo(f"{process.reference} {'was open already' if opened.joined else 'is open'}.")
        click.echo(_requests(told.opens_at, zone, at_once=at_once and not opened.joined))
        click.echo(f"Answers are due on {spoken(told.due_on)}; it closes on {spoken(told.closes_on)}.")

    run(work())


def _requests(opens_at: datetime, zone: ZoneInfo, *, at_once: bool) -> str:
    """When requests leave or left, in the hours of the plan's place."""
    if at_once:
        return "Requests leave at once."
    shown = opens_at.astimezone(zone)
    when = f"on {spoken(shown)} at {shown:%H:%M} ({zone.key})"
    return f"Requests left {when}." if opens_at <= now() else f"Requests leave {when}, within working hours."


@collection.command("status")
@click.argument("plan")
@click.argument("period")
def collection_status(plan: str, period: str) -> None:
    """Tell how far a collection is."""
    from models.policies.period import Quarter
    from store.indicator_collection import find_collection, progress

    async def work() -> None:
        quarter = str(Quarter.parse(period))
        async with database(load_settings()) as data, data.reading() as session:
            found = await find_collection(session, plan, quarter)
            if found is None:
                raise Refused(f"No collection of {plan} was opened for {period}.")
            process, told = found
            state = await progress(session, process.id, now())
        click.echo(f"{process.reference}: {process.state}, due {told.due_on}, closes {told.closes_on}")
        click.echo("tasks: " + (", ".join(f"{count} {name}" for name, count in sorted(state.tasks.items())) or "none"))
        click.echo(f"entries: {state.answered} of {state.entries} answered")
        click.echo(f"overdue: {state.overdue}, escalated: {state.escalated}")

    run(work())


@collection.command("close")
@click.argument("plan")
@click.argument("period")
def collection_close(plan: str, period: str) -> None:
    """Close a collection now; what was not answered expires and the report is written."""
    from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
    from temporalio.service import RPCError

    from models.contracts.orders import CloseRequest
    from models.policies.period import Quarter
    from store.indicator_collection import find_collection

    async def work() -> None:
        quarter = str(Quarter.parse(period))
        settings = load_settings()
        async with database(settings) as data, data.reading() as session:
            found = await find_collection(session, plan, quarter)
        if found is None:
            raise Refused(f"No collection of {plan} was opened for {period}.")
        process, _ = found
        if process.state == "closed":
            raise Refused(f"{process.reference} is closed already.")
        handle = (await temporal(settings)).get_workflow_handle(process.reference)
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await handle.execute_update("close", CloseRequest(by="coordinator"))
        except WorkflowUpdateFailedError as refusal:
            raise Refused(str(refusal.cause)) from refusal
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as fault:
            raise Refused(
                f"No worker took it within {CLOSE_SECONDS:.0f} seconds: is one running?",
                f"Look with `focal collection status {plan} {period}` before you ask again.",
            ) from fault
        except RPCError as fault:
            raise Refused(
                f"Temporal does not run {process.reference}; nothing was changed. It says: {fault}",
                "The scheduler carries a collection there within a second of its opening: is it running?",
            ) from fault
        click.echo(f"{process.reference} is closing; its report follows by mail.")

    run(work())


@focal.group()
def tasks() -> None:
    """What is asked of whom."""


@tasks.command("list")
@click.option("--overdue", is_flag=True, help="Only what should have been answered by now.")
@click.option("--collection", "reference", help="Only one collection, as in collection/VLC/2026-Q4.")
def tasks_list(overdue: bool, reference: str | None) -> None:  # noqa: FBT001
    """List open tasks, the most overdue first."""
    from store.task import find_process, open_tasks

    async def work() -> None:
        async with database(load_settings()) as data, data.reading() as session:
            if reference is not None:
                await find_process(session, reference)
            rows = await open_tasks(session, now=now(), overdue=overdue, reference=reference)
        for row in rows:
            late = "overdue" if row.task.due_at <= now() else row.task.state.replace("_", " ")
            escalated = ", escalated" if row.task.escalated_at else ""
            click.echo(
                f"{row.task.reference}  due {row.task.due_on}  {late}{escalated}  "
                f"{row.unit.name}: {row.assignee.name} <{row.assignee.address}>  {row.process.reference}"
            )
        click.echo(counted(len(rows), "overdue task" if overdue else "open task"))

    run(work())


@focal.group()
def schedules() -> None:
    """What Temporal starts by itself."""


@schedules.command("apply")
def schedules_apply() -> None:
    """Create or update the schedules: each plan's collections, each office's reviews of networks and censuses."""
    from temporalio.service import RPCError

    from schedules import apply
    from store.indicator_collection import plans_to_schedule
    from store.membership_review import offices

    async def work() -> None:
        settings = load_settings()
        async with database(settings) as data, data.reading() as session:
            plans, reviewing = await plans_to_schedule(session), await offices(session)
        if not plans:
            raise Refused("There are no plans with indicators: run `focal catalogue load` first.")
        client = await temporal(settings)
        try:
            upcoming = await apply(client, plans, settings.task_queue, reviewing)
        except RPCError as fault:
            raise Refused(f"Temporal did not take every schedule; apply them again. It says: {fault}") from fault
        zones = {plan.plan_code: plan.zone for plan in plans} | {own.plan_code: own.zone for own in reviewing}
        for schedule_id, firings in upcoming.items():
            zone = zones[schedule_id.rpartition("/")[2]]
            local = [at.astimezone(ZoneInfo(zone)) for at in firings[:4]]
            shown = ", ".join(f"{at:%Y-%m-%d %H:%M}" for at in local)
            click.echo(f"{schedule_id}: " + (f"next {shown} ({zone})" if shown else "never: the plan is over"))

    run(work())


@focal.group()
def mail() -> None:
    """What Focal writes."""


focal.add_command(calendar)
focal.add_command(calls)
focal.add_command(delegation)
focal.add_command(inbound)
focal.add_command(matters)
focal.add_command(networks)
focal.add_command(review)
focal.add_command(rehearse)
focal.add_command(staff)
focal.add_command(token)


for command in (read, list_, again, accept):
    inbound.add_command(command)
mail.add_command(pause_mail)
mail.add_command(resume_mail)
mail.add_command(why)
mail.add_command(status)
mail.add_command(retry)
mail.add_command(preview)
mail.add_command(words)
mail.add_command(check)
people.add_command(address)
people.add_command(calendar_files)
focal.add_command(policy)
focal.add_command(task)
task.add_command(explain)


if __name__ == "__main__":
    main()
