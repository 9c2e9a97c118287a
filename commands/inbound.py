"""Mail that comes in."""

from pathlib import Path

import click

from commands.shared import database, log_to_stderr, run
from models.contracts.refusal import Refused
from settings import load_settings


@click.group()
def inbound() -> None:
    """Mail that comes in: replies, bounces, automatic answers."""


@inbound.command("serve")
@click.option("--public", is_flag=True, help="Listen where other machines can reach it; by default on loopback only.")
def inbound_serve(public: bool) -> None:
    """Take mail from the city's mail server by LMTP, or by SMTP (FOCAL_INBOUND_PROTOCOL)."""
    from doors.mail_server import serve

    log_to_stderr()
    run(serve(load_settings(), public=public))


@inbound.command("deliver")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--to", "recipient", help="Whom it came to; by default whom of Focal its headers name.")
@click.option("--from", "sender", help="Who sent it ('' for a machine); by default as its headers tell.")
def inbound_deliver(file: Path, recipient: str | None, sender: str | None) -> None:
    """Store the mail in FILE (.eml) as if it had arrived."""
    from doors.addresses import OwnAddresses, envelope_sender
    from doors.keeping import SIZE_LIMIT, keep

    raw = file.read_bytes()
    if len(raw) > SIZE_LIMIT:
        raise Refused(f"{file} has {len(raw)} bytes; a mail may have {SIZE_LIMIT}.")

    async def work() -> None:
        settings = load_settings()
        own = OwnAddresses(settings.mail_domain, settings.mail_from_address)
        if recipient is not None and not own.includes(recipient):
            raise Refused(
                f"{recipient} is no address of Focal: those are {settings.mail_from_address}, and r+... and b+... "
                f"at {settings.mail_domain}."
            )
        envelope_from = envelope_sender(raw) if sender is None else sender
        if not envelope_from.isprintable():
            raise Refused("The sender is no address: it holds characters that cannot be printed.")
        async with database(settings) as data:
            for envelope_to in own.found_in(raw) if recipient is None else [recipient]:
                mail_id = await keep(data, settings, raw=raw, envelope_from=envelope_from, envelope_to=envelope_to)
                click.echo(f"{mail_id}  to {envelope_to}")

    run(work())
