"""No mail for a while, and mail again."""

from datetime import datetime
from zoneinfo import ZoneInfo

import click

from commands.replanning import replan_sets
from commands.shared import database, now, run
from models.tables.process import Process
from operations.pausing import pause, paused_sets, resume
from settings import load_settings
from store.database import Database, ReadSession
from store.task import find_process

EVERYTHING = "everything"
DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"])


@click.command("pause")
@click.argument("what")
@click.option("--from", "since", type=DAY, help="From when on; now by default.")
@click.option("--until", type=DAY, required=True, help="From when on mail leaves again.")
@click.option("--because", "reason", required=True)
def pause_mail(what: str, since: datetime | None, until: datetime, reason: str) -> None:
    """Send no request, reminder or escalation of WHAT for a while.

    WHAT is a process, as in collection/VLC/2026-Q4, or `everything`. Days and hours are the office's.
    """

    async def work() -> None:
        settings, instant = load_settings(), now()
        zone = ZoneInfo(settings.office_zone)
        async with database(settings) as data:
            async with data.transaction() as session:
                process = await _scope(session, what)
                row = await pause(
                    session,
                    process.id if process else None,
                    since=since.replace(tzinfo=zone) if since else instant,
                    until=until.replace(tzinfo=zone),
                    reason=reason,
                    by="coordinator",
                    now=instant,
                )
            click.echo(f"No mail of {what} leaves until {row.until.astimezone(zone):%Y-%m-%d %H:%M}.")
            await _replan(data, process, instant)

    run(work())


@click.command("resume")
@click.argument("what")
def resume_mail(what: str) -> None:
    """End the pause of WHAT now; what waited leaves in working hours, at most one mail per task."""

    async def work() -> None:
        instant = now()
        async with database(load_settings()) as data:
            async with data.transaction() as session:
                process = await _scope(session, what)
                await resume(session, process.id if process else None, by="coordinator", now=instant)
            click.echo(f"Mail of {what} leaves again.")
            await _replan(data, process, instant)

    run(work())


async def _scope(session: ReadSession, what: str) -> Process | None:
    return None if what == EVERYTHING else await find_process(session, what)


async def _replan(data: Database, process: Process | None, instant: datetime) -> None:
    async with data.reading() as session:
        sets = await paused_sets(session, process.id if process else None)
    await replan_sets(data, sets, instant)
