"""Tokens with which programs of the city use `/api`."""

import click

from commands.shared import database, now, run
from models.contracts.staff import ROLES, Role
from settings import load_settings

BY = click.option("--by", default="operator", show_default=True, help="Who does it; the record names them.")


@click.group()
def token() -> None:
    """What programs of the city show to use `/api`."""


@token.command("issue")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--unit", help="Code of a unit: the role holds for it and all below it. Without it, for the city.")
@click.option("--days", type=int, default=365, show_default=True, help="For how long it is valid.")
@BY
def issue(name: str, role: Role, unit: str | None, days: int, by: str) -> None:
    """Print a token for the program NAME; it is shown this once."""
    from operations.api_tokens import issue

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            issued = await issue(session, name, role, unit_code=unit, days=days, by=by, now=now())
        click.echo(issued)

    run(work())


@token.command("list")
def list_tokens() -> None:
    """Say which tokens there are and were, and when each was last used."""
    from store.api_tokens import tokens

    async def work() -> None:
        async with database(load_settings()) as data, data.reading() as session:
            rows = await tokens(session)
        at = now()
        for row in rows:
            state = "revoked" if row.revoked_at else "expired" if row.expires_at <= at else "valid"
            used = f"last used {row.used_at:%Y-%m-%d %H:%M} UTC" if row.used_at else "never used"
            click.echo(
                f"{row.name}  {row.role}  {row.unit_code or 'whole city'}  {state}, "
                f"until {row.expires_at:%Y-%m-%d}  {used}"
            )
        if not rows:
            click.echo("There are none: `focal token issue NAME --role coordinator` makes one.")

    run(work())


@token.command("revoke")
@click.argument("name")
@BY
def revoke(name: str, by: str) -> None:
    """Take the token of the program NAME back."""
    from operations.api_tokens import revoke

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            await revoke(session, name, by=by, now=now())
        click.echo(f"The token of {name} is revoked.")

    run(work())
