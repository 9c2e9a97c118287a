"""Following a European call until its proposal is sent."""

import click

from commands.shared import database, now, run, spoken
from models.contracts.call_follow_up import Milestone
from models.contracts.orders import Standing
from models.contracts.refusal import Refused
from models.tables.call_follow_up import CallFollowUp, CallInterest
from models.tables.process import Process
from settings import load_settings


@click.command("follow")
@click.argument("identifier")
@click.option("--unit", "units", multiple=True, help="Code of a unit to ask; again for more. By default the themes'.")
@click.option("--office", help="Code of the unit whose head decides; by default the first of the theme that matches.")
@click.option("--decider", help="Code of the person who decides, if it is not the head of the office.")
@click.option("--action", help="Code of the plan's action that the call serves; by default the theme's.")
@click.option("--owner", "owners", multiple=True, help="MILESTONE=UNIT, for one that has it other than by the rules.")
@click.option("--plan", help="Code of the plan whose duty it is; by default the action's.")
@click.option("--calendar", help="Code of the calendar to go by; by default the plan's.")
def follow_call(
    identifier: str,
    units: tuple[str, ...],
    office: str | None,
    decider: str | None,
    action: str | None,
    owners: tuple[str, ...],
    plan: str | None,
    calendar: str | None,
) -> None:
    """Follow the call IDENTIFIER: ask units whether they are interested, have it decided, and see it through."""
    from operations.call_opening import CallWish, start_call_follow_up
    from store.call_follow_up import interests_of

    named = dict(_owner(each) for each in owners)
    wish = CallWish(units, office, decider, action, named, plan, calendar)

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            order = await start_call_follow_up(session, identifier, wish, by="coordinator", now=now())
            asked = [row.unit_code for row in await interests_of(session, order.process_id)]
        click.echo(f"{order.reference} is followed. Asked: {', '.join(asked)}.")

    run(work())


def _owner(written: str) -> tuple[str, str]:
    key, equals, unit = written.partition("=")
    if not (key and equals and unit):
        raise Refused(f"“{written}” is not MILESTONE=UNIT.")
    return key.strip(), unit.strip()


@click.command("drop")
@click.argument("identifier")
@click.option("--reason", required=True, help="Why; everybody whom it concerns reads it.")
def drop_call(identifier: str, reason: str) -> None:
    """Give up the call IDENTIFIER that the city follows: nothing is asked any more, and everybody is told."""
    from operations.call_changes import drop
    from store.call_follow_up import find_follow_up

    async def work() -> None:
        settings = load_settings()
        async with database(settings) as data, data.transaction() as session:
            process, *_ = await find_follow_up(session, identifier)
            await drop(session, settings, process.id, reason=reason, by="coordinator", now=now())
            reference = process.reference
        click.echo(f"{reference} was given up; everybody whom it concerns is told.")

    run(work())


@click.command("lead")
@click.argument("identifier")
@click.argument("unit")
def set_lead_unit(identifier: str, unit: str) -> None:
    """Have UNIT prepare the proposal to the call IDENTIFIER; what is open of it goes to that unit."""
    from operations.call_changes import set_lead
    from store.call_follow_up import find_follow_up

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            process, *_ = await find_follow_up(session, identifier)
            await set_lead(session, process.id, unit, by="coordinator", now=now())
            reference = process.reference
        click.echo(f"{unit} leads {reference}.")

    run(work())


@click.command("aim")
@click.argument("identifier")
@click.argument("number", type=int)
@click.option("--reason", required=True, help="Why; whoever has something to do for it reads it.")
def aim_at_cut_off(identifier: str, number: int, reason: str) -> None:
    """Aim at the cut-off NUMBER (from 1) of the call IDENTIFIER; everything is planned anew for it."""
    from operations.call_changes import aim_at
    from store.call_follow_up import find_follow_up

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            process, *_ = await find_follow_up(session, identifier)
            deadline = await aim_at(session, process.id, number, reason=reason, by="coordinator", now=now())
            reference = process.reference
        click.echo(f"{reference} aims at {spoken(deadline.date())}, {deadline:%H:%M} local time.")

    run(work())


@click.command("ask-unit")
@click.argument("identifier")
@click.argument("unit")
def ask_one_more_unit(identifier: str, unit: str) -> None:
    """Ask one more UNIT whether it is interested in the call IDENTIFIER."""
    from operations.call_changes import ask_unit
    from store.call_follow_up import find_follow_up

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            process, *_ = await find_follow_up(session, identifier)
            await ask_unit(session, process.id, unit, by="coordinator", now=now())
            reference = process.reference
        click.echo(f"{unit} is asked about {reference}.")

    run(work())


@click.command("status")
@click.argument("identifier")
def call_status(identifier: str) -> None:
    """Tell how far the call IDENTIFIER is that the city follows: who said what, what is due, what is short."""
    from operations.call_feasibility import feasibility
    from operations.call_follow_up import look
    from store.call_follow_up import find_follow_up, interests_of
    from store.task import tasks_of

    async def work() -> None:
        async with database(load_settings()) as data, data.reading() as session:
            process, pursuit, call = await find_follow_up(session, identifier)
            standing = await look(session, process.id, now=now())
            interests, tasks = await interests_of(session, process.id), await tasks_of(session, process.id)
            milestones = await feasibility(session, process.id, now())
            title = call.title
        click.echo(f"{process.reference}: {title}")
        _show(process, pursuit, standing, interests)
        for task in tasks:
            click.echo(f"  {task.reference}  {task.kind.replace('_', ' ')}  {task.state}, due {task.due_on}")
        for each in milestones:
            click.echo(f"  {_milestone(each)}")

    run(work())


def _show(process: Process, pursuit: CallFollowUp, standing: Standing, interests: list[CallInterest]) -> None:
    click.echo(
        f"{process.state}, {pursuit.state.replace('_', ' ')}" + (f": {pursuit.reason}" if pursuit.reason else "")
    )
    click.echo("reached: " + (", ".join(standing.reached) or "nothing yet"))
    for row in interests:
        click.echo(f"  {row.unit_code}: {row.state}" + (f" ({row.reason})" if row.reason else ""))
    if pursuit.go is not None:
        click.echo(f"{'go' if pursuit.go else 'no-go'}, decided by {pursuit.decided_by}: {pursuit.go_reason}")
    if pursuit.lead_unit is not None:
        click.echo(f"lead: {pursuit.lead_unit}")
    if pursuit.proposal_number:
        click.echo(
            f"proposal {pursuit.proposal_number}, asked for {pursuit.money_asked or 'an amount not known'} euros"
        )


def _milestone(each: Milestone) -> str:
    room = f"{each.slack} working days to spare" if each.slack >= 0 else f"{-each.slack} working days short"
    return f"{each.key.replace('_', ' ')} ({each.unit_code}): begin by {each.latest_start}, due {each.due_on}, {room}"
