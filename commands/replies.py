"""What a coordinator or an operator does with mails that came in."""

import json
from datetime import datetime
from pathlib import Path
from uuid import UUID

import click

from commands.shared import database, now, run
from models.contracts.inbound import Examination
from settings import load_settings

DAY = click.DateTime(["%Y-%m-%d"])
BY = click.option("--by", default="coordinator", show_default=True, help="Code of the person who does it.")


@click.command("read")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--to", "recipient", help="Whom it came to; by default whom of Focal its headers name.")
@click.option("--from", "sender", help="Who sent it ('' for a machine); by default as its headers tell.")
@click.option("--json", "as_json", is_flag=True, help="Everything, as JSON.")
def read(file: Path, recipient: str | None, sender: str | None, as_json: bool) -> None:
    """Tell how the mail in FILE would be read and what would be done; nothing is stored."""
    from doors.addresses import OwnAddresses, envelope_sender
    from operations.examining import examine

    raw = file.read_bytes()

    async def work() -> Examination:
        settings = load_settings()
        own = OwnAddresses(settings.mail_domain, settings.mail_from_address)
        async with database(settings) as data, data.reading() as session:
            return await examine(
                session,
                settings,
                raw,
                envelope_from=envelope_sender(raw) if sender is None else sender,
                envelope_to=own.found_in(raw)[0] if recipient is None else recipient,
                now=now(),
            )

    found = run(work())
    if as_json:
        click.echo(json.dumps(found.model_dump(mode="json"), ensure_ascii=False, indent=2))
        return
    for line in told(found):
        click.echo(line)


def told(found: Examination) -> list[str]:
    """What is known of a mail, in lines."""
    lines = [
        f"class: {found.mail_class} ({found.sign})",
        f"match: {found.match.rank}" + (f", task {found.match.task_reference}" if found.match.task_reference else ""),
        f"from: {found.sender or 'nobody for certain'}"
        + (f", who is {found.person_code}" if found.person_code else ", nobody of the roster")
        + (" and may answer" if found.expected else ""),
        f"grade: {found.grade.letter} ({found.grade.reason})",
    ]
    if found.excess:
        lines.append(f"beyond the limits: {found.excess}")
    if found.trouble:
        lines.append(f"trouble: {', '.join(found.trouble)}")
    lines += [f"attached: {name}" for name in found.attachments]
    lines += [f"sheet {sheet.filename}: {sheet.problem or 'read'}" for sheet in found.sheets]
    for value in found.values:
        reading = value.reading
        what = reading.number if reading.number is not None else (reading.words or reading.kind.replace("_", " "))
        if reading.yes is not None:
            what = "yes" if reading.yes else "no"
        lines.append(f"value: {value.number} {value.code} = {what} ({value.where}, {value.place}, {value.certainty})")
    lines += [f"not read: {line.excerpt} ({line.problem}, {line.place})" for line in found.unread]
    if found.bounce:
        lines.append(f"bounce: {found.bounce.kind} {found.bounce.status} {found.bounce.recipient}".rstrip())
    if found.away:
        until = found.away.last_day or "not said"
        lines.append(f"away until: {until}" + (", has left" if found.away.left else ""))
    if found.pass_on:
        lines.append(f"names instead: {found.pass_on.name} {found.pass_on.address}".rstrip())
    lines.append(f"decision: {found.verdict.decision}. {found.verdict.reason}")
    return lines


@click.command("list")
@click.option("--decision", help="Only those decided so, as in held or quarantined.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="So many, the latest.")
def list_(decision: str | None, limit: int) -> None:
    """List the mails that came in, the latest first."""
    from store.incoming import latest

    async def work() -> None:
        async with database(load_settings()) as data, data.reading() as session:
            rows = await latest(session, decision=decision, limit=limit)
        for mail in rows:
            settled = f", {mail.settled_as}" if mail.settled_as else ""
            click.echo(
                f"{mail.id}  {mail.received_at:%Y-%m-%d %H:%M}  {mail.decision or mail.state}{settled}  "
                f"{mail.sender or mail.envelope_from or 'nobody'}  {mail.subject or ''}"
            )
        click.echo(f"{len(rows)} shown.")

    run(work())


@click.command("again")
@click.argument("mail_id", type=click.UUID)
@BY
def again(mail_id: UUID, by: str) -> None:
    """Have a mail that came in read once more; what was taken from it is not taken twice."""
    from operations.incoming import read_again

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            await read_again(session, mail_id, by=by, now=now())
        click.echo(f"{mail_id} is read again within seconds, if the scheduler runs.")

    run(work())


@click.command("accept")
@click.argument("mail_id", type=click.UUID)
@click.option("--task", "reference", required=True, help="The task it answers, as in 7K2M-9QXD.")
@click.option("--person", required=True, help="Code of the person whose answer it is.")
@BY
def accept(mail_id: UUID, reference: str, person: str, by: str) -> None:
    """Take what a mail says as a person's answer: you know whose it is."""
    from operations.confirming import vouch
    from store.task import find_task

    async def work() -> None:
        settings = load_settings()
        async with database(settings) as data, data.transaction() as session:
            task = await find_task(session, reference)
            taken = await vouch(session, settings, mail_id, task.id, person, by=by, now=now())
        click.echo(f"Receipt {taken.submission_reference}: {taken.answered} answered, {taken.missing} missing.")

    run(work())


@click.group()
def matters() -> None:
    """What mails brought up and somebody has to settle."""


@matters.command("list")
@click.option("--limit", type=click.IntRange(1), default=200, show_default=True, help="So many, the oldest.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def matters_list(limit: int, *, as_json: bool) -> None:
    """List what is to be settled, the oldest first."""
    from operations.telling import matter_line
    from store.matters import open_matters

    async def work() -> None:
        settings = load_settings()
        async with database(settings) as data, data.reading() as session:
            lines = [matter_line(facts, settings) for facts in await open_matters(session, limit=limit)]
        if as_json:
            click.echo(json.dumps([line.model_dump(mode="json") for line in lines], ensure_ascii=False, indent=2))
            return
        for line in lines:
            about = [line.person_name, line.address, line.task_reference, line.other]
            named = "  ".join(each for each in about if each)
            click.echo(f"{line.reference}  {line.opened_on}  {line.kind.replace('_', ' ')}  {named}")
            if line.excerpt:
                click.echo(f"    “{' '.join(line.excerpt.split())}”")
        click.echo("Nothing is to be settled." if not lines else f"{len(lines)} to settle.")

    run(work())


@matters.command("accept")
@click.argument("reference")
@click.option("--person", help="Code of the person it goes to, who stands in, or whose reply it is.")
@click.option("--task", help="The task it belongs to, as in 7K2M-9QXD.")
@click.option("--from", "first_day", type=DAY, help="First day away.")
@click.option("--until", "last_day", type=DAY, help="Last day away.")
@BY
def matters_accept(
    reference: str,
    person: str | None,
    task: str | None,
    first_day: datetime | None,
    last_day: datetime | None,
    by: str,
) -> None:
    """Do what matter REFERENCE proposes: enter an absence, pass a task on, take an answer."""
    from zoneinfo import ZoneInfo

    from operations.settling import Choices, accept_matter

    async def work() -> None:
        settings, instant = load_settings(), now()
        choices = Choices(
            person=person,
            task=task,
            first_day=first_day.date() if first_day else None,
            last_day=last_day.date() if last_day else None,
        )
        day = instant.astimezone(ZoneInfo(settings.office_zone)).date()
        async with database(settings) as data, data.transaction() as session:
            told = await accept_matter(session, settings, reference, choices, by=by, now=instant, day=day)
        click.echo(told)

    run(work())


@matters.command("dismiss")
@click.argument("reference")
@click.option("--reason", required=True, help="Why nothing is to be done, or what was done otherwise.")
@BY
def matters_dismiss(reference: str, reason: str, by: str) -> None:
    """Settle matter REFERENCE without doing what it proposes."""
    from operations.settling import dismiss_matter

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            await dismiss_matter(session, reference, reason, by=by, now=now())
        click.echo(f"{reference.upper()} is dismissed.")

    run(work())
