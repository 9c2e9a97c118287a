"""Who may work on the office's pages: people with roles, and links for those whose mail does not work."""

import click

from commands.shared import database, now, run
from models.contracts.staff import ROLES, Role
from settings import load_settings

ROLE = click.option("--role", type=click.Choice(ROLES), required=True)
UNIT = click.option("--unit", help="Code of a unit: the role holds for it and all below it. Without it, for the city.")
BY = click.option("--by", default="operator", show_default=True, help="Who does it; the record names them.")


@click.group()
def staff() -> None:
    """Who may work on the office's pages."""


@staff.command("grant")
@click.argument("person")
@ROLE
@UNIT
@BY
def grant(person: str, role: Role, unit: str | None, by: str) -> None:
    """Give PERSON (a code, as in the people's file) a role."""
    from operations.staff import grant

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            await grant(session, person, role, unit_code=unit, by=by, now=now())
        click.echo(f"{person} is {role} for {unit or 'the whole city'}.")

    run(work())


@staff.command("revoke")
@click.argument("person")
@ROLE
@UNIT
@BY
def revoke(person: str, role: Role, unit: str | None, by: str) -> None:
    """Take a role away from PERSON; without any left, they are signed out."""
    from operations.staff import revoke

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            await revoke(session, person, role, unit_code=unit, by=by, now=now())
        click.echo(f"{person} is not {role} for {unit or 'the whole city'} any more.")

    run(work())


@staff.command("list")
def list_staff() -> None:
    """Say who has which role, and when they were last here."""
    from store.staff import standing_roles

    async def work() -> None:
        async with database(load_settings()) as data, data.reading() as session:
            rows = await standing_roles(session)
        for row in rows:
            seen = f"last here {row.last_seen:%Y-%m-%d %H:%M} UTC" if row.last_seen else "never here"
            click.echo(
                f"{row.person.code}  {row.role.role}  {row.unit_name or 'whole city'}  {row.person.name}  {seen}"
            )
        if not rows:
            click.echo("Nobody has a role: give the first one with `focal staff grant PERSON --role operator`.")

    run(work())


@staff.command("link")
@click.argument("person")
@BY
def link(person: str, by: str) -> None:
    """Print a link that signs PERSON in once: for whoever cannot get a mail. It works for 30 minutes."""
    from operations.signing_in import link_address
    from operations.staff import hand_out_link

    async def work() -> None:
        settings = load_settings()
        async with database(settings) as data, data.transaction() as session:
            token = await hand_out_link(session, person, by=by, now=now())
        click.echo(link_address(settings, token))

    run(work())
