"""Programmes with their clocks, and what units look for in calls."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import click

from commands.delegation import BY, DAY
from commands.shared import counted, database, now, run
from models.contracts.refusal import Refused
from settings import load_settings

HOUR = click.DateTime(["%H:%M"])


@click.command("clocks")
@click.option("--programme", help="Only this one; where it has no clock of its own, that of EU holds.")
def calls_clocks(programme: str | None) -> None:
    """List programmes: when their calls close, how long things take in them, and where that was read."""
    from store import calls as store

    async def work() -> None:
        async with database(load_settings()) as data, data.reading() as session:
            rows = await store.programmes(session)
            if programme is not None:
                rows = [await store.find_programme(session, programme)]
            clocks = await store.clocks(session)
        for row in rows:
            listed = f"portal {row.portal_code}" if row.portal_code else "entered by hand"
            click.echo(f"{row.code}  {row.name}  {row.cutoff_hour:%H:%M} {row.zone}  {listed}")
            for clock in clocks:
                if clock.programme_code == row.code:
                    sure = "certain" if clock.certain else "estimate"
                    takes = f"{counted(clock.amount, clock.unit[:-1])} after {clock.counted_from.replace('_', ' ')}"
                    event = clock.event.replace("_", " ")
                    click.echo(f"  {event}: {takes}, {sure}, {clock.checked_on}: {clock.source}")

    run(work())


@click.command("clocks-set")
@click.argument("programme")
@click.option("--hour", type=HOUR, help="When its calls close.")
@click.option("--zone", help="By whose clock, as in Europe/Brussels.")
@click.option("--event", help="stage_result, result, signature, report, reserve or records.")
@click.option("--months", type=int)
@click.option("--days", type=int)
@click.option("--counted-from", help="deadline, result, period_end, project_end or last_asked; by default the usual.")
@click.option("--source", default="", help="Where that was read.")
@click.option("--checked-on", type=DAY, help="When it was read; by default today.")
@click.option(
    "--certain", is_flag=True, help="It was read in the rule itself; without, days that follow are estimates."
)
@BY
def calls_clocks_set(
    programme: str,
    hour: datetime | None,
    zone: str | None,
    event: str | None,
    months: int | None,
    days: int | None,
    counted_from: str | None,
    source: str,
    checked_on: datetime | None,
    certain: bool,
    by: str,
) -> None:
    """Set the hour or one clock of PROGRAMME; loading the catalogue again does not undo it."""
    from operations.programmes import ClockSet, set_clock, set_hour

    if event is None and hour is None and zone is None:
        raise Refused("Say what is to be set: --hour, --zone, or --event with --months or --days.")
    if event is not None and (months is None) == (days is None):
        raise Refused("A clock runs for a number of months or of days: give one of --months and --days.")

    async def work() -> None:
        settings, at = load_settings(), now()
        async with database(settings) as data, data.transaction() as session:
            if hour is not None or zone is not None:
                closing = hour.time() if hour else None
                row = await set_hour(session, programme, hour=closing, zone=zone, by=by, now=at)
                click.echo(f"Calls of {row.code} that come in from now on close at {row.cutoff_hour:%H:%M} {row.zone}.")
            if event is not None:
                amount, unit = (months, "months") if months is not None else (days, "days")
                wish = ClockSet(event, amount or 0, unit, source, counted_from=counted_from, certain=certain)
                read_on = checked_on.date() if checked_on else _today(settings.office_zone, at)
                clock = await set_clock(session, programme, wish, checked_on=read_on, by=by, now=at)
                takes = counted(clock.amount, clock.unit[:-1])
                click.echo(f"{clock.programme_code}: {clock.event} takes {takes} after {clock.counted_from}.")

    run(work())


def _today(zone: str, at: datetime) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


@click.command("themes")
def calls_themes() -> None:
    """List what units look for in calls."""
    from store.calls import theme_rows

    async def work() -> None:
        async with database(load_settings()) as data, data.reading() as session:
            rows = await theme_rows(session)
        for row in rows:
            where = f"  only {', '.join(row.programmes)}" if row.programmes else ""
            click.echo(f"{row.code}  {', '.join(row.units)}{where}  {', '.join(row.keywords)}")
        click.echo(counted(len(rows), "theme"))

    run(work())


@click.command("themes-set")
@click.argument("theme")
@click.option("--unit", "units", multiple=True, help="Code of a unit that is asked; the first one leads.")
@click.option("--keyword", "keywords", multiple=True, help="What is looked for, in the language of calls.")
@click.option("--programme", "programmes", multiple=True, help="Only in calls of this one; --programme all for any.")
@BY
def calls_themes_set(
    theme: str, units: tuple[str, ...], keywords: tuple[str, ...], programmes: tuple[str, ...], by: str
) -> None:
    """Set what THEME (the code of an action, or the office's own) looks for; what is given replaces all of it."""
    from operations.programmes import ThemeSet, set_theme

    async def work() -> None:
        only = [] if programmes == ("all",) else list(programmes)
        wish = ThemeSet(units=units or None, keywords=keywords or None, programmes=only if programmes else None)
        async with database(load_settings()) as data, data.transaction() as session:
            row = await set_theme(session, theme, wish, by=by, now=now())
        click.echo(f"{row.code} asks {', '.join(row.units)} and looks for {counted(len(row.keywords), 'keyword')}.")

    run(work())
