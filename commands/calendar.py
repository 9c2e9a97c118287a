"""`focal calendar`: the days that are free in each place, and the local ones among them."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import click

from commands.shared import counted, database, now, run
from models.contracts.refusal import Refused
from models.policies.calendar import YEARS_KNOWN
from settings import load_settings


@click.group()
def calendar() -> None:
    """The free days of each place."""


@calendar.command("list")
def calendar_list() -> None:
    """List the calendars: their zone and region, how many local days they know, and who goes by them."""
    from store.calendars import Users, all_calendars, calendar_users, local_days

    async def work() -> None:
        async with database(load_settings()) as data, data.reading() as session:
            rows = await all_calendars(session)
            local, users = await local_days(session), await calendar_users(session)
        this_year = now().year
        for row in rows:
            days = local.get(row.code, {})
            known = ", ".join(f"{_of_year(days, year)} in {year}" for year in (this_year, this_year + 1))
            use = users.get(row.code, Users([], []))
            codes = [plan.code for plan in use.plans] + [unit.code for unit in use.units]
            demonstration = "  demonstration" if row.demonstration else ""
            click.echo(
                f"{row.code}  {row.zone}  {region(row.country, row.subdivision)}  local days: {known}  "
                f"used by: {', '.join(codes) or 'nobody'}{demonstration}"
            )
        click.echo(counted(len(rows), "calendar"))

    run(work())


def region(country: str, subdivision: str | None) -> str:
    """`ES-VC`, or `ES` for a whole country."""
    return f"{country}-{subdivision}" if subdivision else country


def _of_year(days: Mapping[date, str], year: int) -> int:
    return sum(day.year == year for day in days)


@calendar.command("add")
@click.argument("code")
@click.option("--like", required=True, metavar="OTHER", help="The calendar whose zone and public holidays it gets.")
def calendar_add(code: str, like: str) -> None:
    """Add the calendar CODE, as for a municipality with local days of its own."""
    from operations.calendars import add_calendar

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            added = await add_calendar(session, code, like=like, by="coordinator", now=now())
            place = f"{added.zone}, {region(added.country, added.subdivision)}"
        click.echo(f"The calendar {code} was added ({place}): import its local days next.")

    run(work())


@calendar.command("import")
@click.argument("code")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check and count, change nothing.")
def calendar_import(code: str, file: Path, dry_run: bool) -> None:
    """Import local days into the calendar CODE from FILE: CSV (day,name) or iCalendar.

    The years in the file are set anew, others stay as they are.
    """
    from commands.replanning import replan_sets
    from operations.calendars import import_days
    from store.task import sets_of_calendar

    content = file.read_bytes()

    async def work() -> None:
        instant = now()
        async with database(load_settings()) as data:
            async with data.transaction() as session:
                changes = await import_days(
                    session, code, str(file), content, by="coordinator", now=instant, dry_run=dry_run
                )
            click.echo(
                f"local days: {changes.inserted} new, {changes.changed} changed, "
                f"{changes.unchanged} unchanged, {changes.removed} removed"
            )
            if dry_run:
                click.echo("Nothing was imported: this was a dry run.")
                return
            async with data.reading() as session:
                sets = await sets_of_calendar(session, code)
            await replan_sets(data, sets, instant)

    run(work())


@calendar.command("show")
@click.argument("code")
@click.option("--year", type=int, help="Another year than the present one.")
def calendar_show(code: str, year: int | None) -> None:
    """List the free days of the calendar CODE in a year: national, regional and local."""
    from store.calendars import named_days

    async def work() -> None:
        shown = now().year if year is None else year
        if shown not in YEARS_KNOWN:
            raise Refused(f"Free days are known from {YEARS_KNOWN[0]} to {YEARS_KNOWN[-1]}, not for {shown}.")
        async with database(load_settings()) as data, data.reading() as session:
            days = await named_days(session, code, shown)
        for free in days:
            click.echo(f"{free.day}  {free.day:%A}  {free.kind}  {free.name}")
        click.echo(counted(len(days), "free day"))

    run(work())
