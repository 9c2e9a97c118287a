"""The numbers of all calls, and the amendment of a grant agreement."""

from datetime import datetime

import click

from commands.delegation import BECAUSE, BY, DAY
from commands.shared import database, now, run, spoken
from models.contracts.refusal import Refused
from models.policies.questions import LONGEST_PERIOD, months_of
from settings import load_settings


@click.command("pipeline")
@click.option("--plan", help="Only the calls of a plan.")
def pipeline(plan: str | None) -> None:
    """Tell how many calls are how far, what was asked for and won, and how many proposals succeed."""
    from models.tables.catalogue import Plan
    from operations.call_account import pipeline_of

    async def work() -> None:
        async with database(load_settings()) as data, data.reading() as session:
            if plan is not None and await session.get(Plan, plan) is None:
                raise Refused(f"There is no plan “{plan}”.")
            numbers = await pipeline_of(session, plan)
        for state, count in numbers.states:
            if count:
                click.echo(f"{count:>5}  {state.replace('_', ' ')}")
        click.echo(f"{numbers.submitted:>5}  proposals sent, {numbers.decided} with a result, {numbers.won} funded")
        rate = "no result is known yet" if numbers.success_rate is None else f"{numbers.success_rate} %"
        click.echo(f"success rate: {rate}")
        click.echo(f"asked for: {numbers.money_asked:,.0f} euros, granted: {numbers.money_won:,.0f} euros")

    run(work())


@click.command("amend")
@click.argument("identifier")
@click.option("--ends", type=DAY, required=True, help="The project's last day now.")
@click.option("--periods", help="Lengths of the reporting periods in months, as in 18,18,12; by default as they were.")
@BECAUSE
@BY
def amend_agreement(identifier: str, ends: datetime, periods: str | None, reason: str, by: str) -> None:
    """Amend the grant agreement of the call IDENTIFIER: another last day, other reporting periods."""
    from operations.call_project import Amendment, amend

    months = None if periods is None else months_of(periods)
    if months == ():
        raise Refused(f"“{periods}” are no lengths in months from 1 to {LONGEST_PERIOD}: write 18,18,12.")

    async def work() -> None:
        settings = load_settings()
        async with database(settings) as data, data.transaction() as session:
            wish = Amendment(ends.date(), months, reason)
            pursuit = await amend(session, settings, identifier, wish, by=by, now=now())
            last, lengths = pursuit.ends_on, ", ".join(map(str, pursuit.periods))
        if last is not None:
            click.echo(f"The project of {identifier} ends on {spoken(last)}, in periods of {lengths} months.")

    run(work())


@click.command("ask-result")
@click.argument("identifier")
@BY
def ask_for_result(identifier: str, by: str) -> None:
    """Ask for the result of the call IDENTIFIER now, before its day has come: somebody has heard that it is out."""
    from operations.call_result import ask_result_now

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            await ask_result_now(session, identifier, by=by, now=now())
        click.echo(f"The result of {identifier} is asked for.")

    run(work())
