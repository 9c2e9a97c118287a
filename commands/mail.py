"""How mail goes, and what a person does when it does not arrive."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import click

from commands.shared import counted, database, now, run
from models.contracts.mail_status import MailStatus, ServiceLine
from settings import load_settings

DAY = click.DateTime(["%Y-%m-%d"])


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="For machines; instants are UTC.")
def status(as_json: bool) -> None:
    """Tell what waits, how fast mail leaves, and what does not arrive."""
    from store.mail_status import mail_status

    async def work() -> None:
        settings = load_settings()
        async with database(settings) as data, data.reading() as session:
            found = await mail_status(session, now())
        if as_json:
            click.echo(found.model_dump_json(indent=2))
        else:
            for line in told(found, ZoneInfo(settings.office_zone)):
                click.echo(line)

    run(work())


def told(status: MailStatus, zone: ZoneInfo) -> Iterator[str]:
    """A status in lines; days and hours of a zone."""
    yield "mails: " + (", ".join(f"{count} {state}" for state, count in sorted(status.states.items())) or "none")
    if status.oldest_due_at is None:
        yield "late: none"
    else:
        yield f"late: {status.late}, the first by {lasting(status.at - status.oldest_due_at)}"
    if status.standing:
        last = status.last_accepted_at
        since = f"since {_clock(last, zone)}" if last else "ever"
        yield f"NOTHING LEAVES: none was accepted {since}. Is a worker running, does the mail server answer?"
    for line in status.service:
        yield _service(line)
    yield from (f"put off: {each.mails} by “{each.reply}”" for each in status.deferred)
    kinds = ", ".join(f"{count} {kind}" for kind, count in status.bounces.items())
    yield f"came back in 7 days: {kinds or 'none'}"
    for dead in status.dead:
        whose = f"{dead.person_name} ({dead.person_code})" if dead.person_code else "nobody's any more"
        yield f"dead address: {dead.address}, {whose}, since {_clock(dead.since, zone)} {dead.status}".rstrip()
    yield from (
        f"paused: {pause.process or 'everything'} until {_clock(pause.until, zone)}: {pause.reason}"
        for pause in status.paused
    )
    if not status.paused:
        yield "paused: nothing"


def _service(line: ServiceLine) -> str:
    if line.median is None or line.p95 is None or line.longest is None:
        return f"from due to accepted, last {line.hours} hours: no mails"
    within = (lasting(timedelta(seconds=seconds)) for seconds in (line.median, line.p95, line.longest))
    half, most, all_of_them = within
    return (
        f"from due to accepted, last {line.hours} hours: {counted(line.mails, 'mail')}, half within {half}, "
        f"95 % within {most}, all within {all_of_them}"
    )


def lasting(time: timedelta) -> str:
    """`0.4 s`, `12 s`, `4 min`, `2 h 5 min`, `3 d 4 h`."""
    seconds = time.total_seconds()
    if seconds < 60:  # noqa: PLR2004
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"  # noqa: PLR2004
    days, rest = divmod(round(seconds / 60), 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _clock(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"


@click.command("retry")
@click.argument("ids", nargs=-1, type=click.UUID, metavar="[ID]...")
@click.option("--rejected", is_flag=True, help="All that were rejected, came back or may not have arrived.")
@click.option("--since", type=DAY, help="With --rejected: only what came to nothing since this day.")
def retry(ids: tuple[UUID, ...], rejected: bool, since: datetime | None) -> None:
    """Send mails again that did not arrive, the same bytes: those with these IDs, or all with --rejected.

    An address that such a mail proved dead is tried again. What was answered meanwhile is not sent.
    """
    from operations.addresses import retry_mails

    if bool(ids) == rejected:
        raise click.UsageError("Name mails by their ID, or say --rejected.")
    if since is not None and not rejected:
        raise click.UsageError("--since goes with --rejected.")

    async def work() -> None:
        settings = load_settings()
        instant = since.replace(tzinfo=ZoneInfo(settings.office_zone)) if since else None
        async with database(settings) as data, data.transaction() as session:
            count = await retry_mails(session, ids=ids or None, since=instant, by="coordinator", now=now())
        click.echo(f"{counted(count, 'mail')} leave{'s' if count == 1 else ''} again.")

    run(work())


@click.command("address")
@click.argument("person")
@click.argument("address")
def address(person: str, address: str) -> None:
    """Give PERSON another ADDRESS, and ask them there for what did not reach them.

    The ADDRESS they have already says that it is right after all, where mail to it was refused.
    """
    from operations.addresses import correct_address

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            tasks = await correct_address(session, person, address, by="coordinator", now=now())
        again = f"; asked again for {', '.join(tasks)} in working hours" if tasks else ""
        click.echo(f"{person} is written to at {address.strip()}{again}.")

    run(work())
