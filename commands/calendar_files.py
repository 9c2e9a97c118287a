"""Whether a person gets due days as files for their own calendar."""

import click

from commands.shared import database, now, run
from settings import load_settings


@click.command("calendar-files")
@click.argument("person")
@click.option("--on/--off", "wanted", default=None, help="Bring such files from now on, or none.")
def calendar_files(person: str, wanted: bool | None) -> None:
    """Let mails to PERSON bring each due day as a file for their own calendar, or stop it."""
    from operations.calendar_files import choose_calendar_files

    if wanted is None:
        raise click.UsageError("Say --on or --off.")

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            await choose_calendar_files(session, person, wanted=wanted, by="coordinator", now=now())
        click.echo(f"Mails to {person} bring {'due days as calendar files' if wanted else 'no calendar files'}.")

    run(work())
