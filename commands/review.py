"""Reviews of city networks: is it worth being, or becoming, a member."""

import click

from commands.shared import database, now, run, spoken
from models.contracts.membership_review import Recommendation
from models.contracts.orders import Standing
from models.contracts.refusal import Refused
from models.tables.membership_review import Network, Review
from models.tables.process import Process
from models.tables.task import Task
from settings import load_settings

VOICES = {"evidence": "the unit", "opinion": "the office"}


@click.group()
def review() -> None:
    """The yearly review of each city network."""


@review.command("start")
@click.argument("network")
@click.option("--year", type=int, required=True, help="Of which year it is; one review a network and year.")
@click.option("--decider", help="Code of the person who decides; by default the head of the office unit.")
@click.option("--unit", help="Code of the unit that is asked for evidence; by default the register's.")
@click.option("--office", help="Code of the unit that reviews; by default the one that leads the plan's action.")
@click.option("--calendar", help="Code of the calendar to go by; by default the plan's.")
def review_start(
    network: str, year: int, decider: str | None, unit: str | None, office: str | None, calendar: str | None
) -> None:
    """Start the review of NETWORK (its code, the part after the dash, or its name) for a year."""
    from operations.review_opening import Wish, start_review

    async def work() -> None:
        wish = Wish(decider=decider, unit=unit, office=office, calendar=calendar)
        async with database(load_settings()) as data, data.transaction() as session:
            order = await start_review(session, network, year, wish, by="coordinator", now=now())
            opened = await session.get_one(Review, order.process_id)
        asks = "joining it is weighed" if opened.candidate else "staying in it is weighed"
        click.echo(f"{order.reference} is open: {asks}. {opened.unit_code} is asked for evidence.")

    run(work())


@review.command("open-year")
@click.argument("year", type=int)
@click.option("--plan", help="Of which plan's city; needed where several have criteria for networks.")
@click.option("--office", help="Code of the unit that reviews; by default the one that leads the plan's action.")
def review_open_year(year: int, plan: str | None, office: str | None) -> None:
    """Start the reviews of every network that is due in YEAR, as the schedule does each year."""
    from operations.review_opening import open_year

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            told = await open_year(session, year, by="coordinator", now=now(), plan_code=plan, office=office)
        for order in told.opened:
            click.echo(f"{order.reference} is open.")
        for code, reason in told.left_out:
            click.echo(f"{code} was left out: {reason}")
        click.echo(f"{len(told.opened)} opened, {len(told.left_out)} left out.")

    run(work())


@review.command("show")
@click.argument("reference")
def review_show(reference: str) -> None:
    """Tell how far a review is (as in review/eurocities/2026), and how its recommendation came about."""
    from operations.membership_review import look
    from store.task import find_process, tasks_of

    async def work() -> None:
        async with database(load_settings()) as data, data.reading() as session:
            process = await find_process(session, reference)
            found = await session.get(Review, process.id)
            if found is None:
                raise Refused(f"{reference} is not a review of a network.")
            network = await session.get_one(Network, found.network_code)
            standing = await look(session, process.id, now=now())
            tasks = await tasks_of(session, process.id)
        _show(process, network, found, standing, tasks)

    run(work())


def _show(process: Process, network: Network, found: Review, standing: Standing, tasks: list[Task]) -> None:
    click.echo(f"{process.reference}: {network.name}, {process.state}")
    click.echo("reached: " + (", ".join(standing.reached) or "nothing yet"))
    for task in tasks:
        click.echo(f"  {task.reference}  {task.kind.replace('_', ' ')}  {task.state}, due {task.due_on}")
    if found.recommendation is not None:
        for line in explained(Recommendation.model_validate(found.recommendation)):
            click.echo(line)
    if found.decision is not None:
        against = ", against the recommendation" if found.overridden else ""
        click.echo(f"decided by {found.decided_by}: {found.decision}{against}: {found.decision_reason}")
    days = {"check": found.check_on, "last day for notice": found.notice_on, "membership ends": found.exit_on}
    for name, day in days.items():
        if day is not None:
            click.echo(f"{name}: {spoken(day)}")


def explained(told: Recommendation) -> list[str]:
    """A recommendation line by line: each criterion, the sum, the thresholds, what is missing, what would change it."""
    lines = [
        f"  {each.code} (weight {each.weight}): unit {_score(each.evidence)}, office {_score(each.opinion)}"
        + (f" -> {each.weight} x {each.score} = {each.points}" if each.points is not None else " -> left out")
        for each in told.criteria
    ]
    bounds = f"{told.thresholds.keep} and {told.thresholds.improve}"
    if told.result is None:
        head = f"no recommendation: something is known of {told.weight} of {told.weight_in_all} parts of the weight"
    else:
        head = f"recommended: {told.result}, {told.points} / {told.weight} = {told.total} (thresholds {bounds})"
    lines = [head, *lines]
    for each in told.missing:
        lines.append(f"  no evidence on {each.code} from " + " and ".join(VOICES[voice] for voice in each.missing))
    for turn in told.turns:
        lines.append(f"  {turn.points:+d} on {turn.code} would give {turn.result}")
    return lines


def _score(score: int | None) -> str:
    return "-" if score is None else str(score)
