"""The register of city networks, the criteria they are weighed by, and the question which ones were joined."""

from datetime import datetime
from decimal import Decimal

import click

from commands.shared import counted, database, now, run, spoken
from models.contracts.mail import Language
from models.tables.membership_review import Network
from settings import load_settings

STATES = ("member", "leaving", "left", "candidate", "watched", "declined")


@click.group()
def networks() -> None:
    """The city networks: of which the city is a member, what they cost, when they are reviewed."""


@networks.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only those in a state.")
def networks_list(state: str | None) -> None:
    """List the networks of the register by name."""
    from store import membership_review as store

    async def work() -> None:
        async with database(load_settings()) as data, data.reading() as session:
            rows = await store.networks(session, state)
        for row in rows:
            click.echo(f"{row.code}  {row.name}  {_state(row)}  {row.plan_code or '-'}  {_unit(row)}")
        click.echo(counted(len(rows), "network"))

    run(work())


def _state(network: Network) -> str:
    """The state; a network without a plan is only named by the documents."""
    return "only named" if network.state == "candidate" and network.plan_code is None else network.state


def _unit(network: Network) -> str:
    return network.unit_code or network.actor_code or "-"


@networks.command("show")
@click.argument("network")
def networks_show(network: str) -> None:
    """Tell what is known of NETWORK (its code, the part after the dash, or its name)."""
    from store.membership_review import find_network, reviews_of

    async def work() -> None:
        async with database(load_settings()) as data, data.reading() as session:
            row = await find_network(session, network)
            reviews = await reviews_of(session, row.code)
        click.echo(f"{row.code}: {row.name} ({row.kind}, {row.scope})")
        click.echo(f"state: {_state(row)}, plan: {row.plan_code or 'none'}, unit: {_unit(row)}")
        click.echo(f"fee: {'not known' if row.fee is None else f'{row.fee} euros a year'}")
        months = "not known" if row.notice_months is None else f"{counted(row.notice_months, 'month')} before"
        click.echo(f"notice: {months}, years end on {row.year_ends}")
        click.echo(f"positions: {row.roles or 'none known'}")
        days = {"next review": row.next_review_on, "membership ends": row.exit_on, "joined": row.joined_on}
        for name, day in days.items():
            if day is not None:
                click.echo(f"{name}: {spoken(day)}")
        for process, review in reviews:
            click.echo(f"{process.reference}: {process.state}, {review.decision or 'undecided'}")

    run(work())


@networks.command("set")
@click.argument("network")
@click.option("--fee", type=Decimal, help="Euros a year.")
@click.option("--notice-months", type=int, help="How long before the end of its year notice has to be given.")
@click.option("--year-ends", help="The last day of its year, as in 12-31.")
@click.option("--unit", help="Code of the unit that answers for it.")
@click.option("--plan", help="Code of the plan under which the city is a member.")
@click.option("--roles", help="The positions that the city holds in it.")
@click.option("--state", type=click.Choice(["member", "left"]), help="What became of a network that was to be left.")
@click.option("--next-review", type=click.DateTime(["%Y-%m-%d"]), help="When it is reviewed next.")
def networks_set(
    network: str,
    fee: Decimal | None,
    notice_months: int | None,
    year_ends: str | None,
    unit: str | None,
    plan: str | None,
    roles: str | None,
    state: str | None,
    next_review: datetime | None,
) -> None:
    """Set what is known of NETWORK; loading the catalogue again does not undo it."""
    from operations.networks import NetworkChanges, set_network

    changes = NetworkChanges(
        fee=fee,
        notice_months=notice_months,
        year_ends=year_ends,
        unit_code=unit,
        plan_code=plan,
        roles=roles,
        state=state,
        next_review_on=next_review.date() if next_review else None,
    )

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            row = await set_network(session, network, changes, by="coordinator", now=now())
        click.echo(f"{row.code}: {counted(len(changes.given()), 'entry').replace('entrys', 'entries')} set.")
        if row.state == "leaving" and row.exit_on is not None and (notice_months is not None or year_ends):
            click.echo(f"membership ends: {spoken(row.exit_on)}; the steps have their days, check the letter's draft")

    run(work())


@networks.command("add")
@click.argument("name")
@click.option("--kind", default="not stated", show_default=True)
@click.option("--scope", default="not stated", show_default=True)
@click.option("--member", is_flag=True, help="The city is in it; without, it is a candidate.")
@click.option("--plan", help="Code of the plan under which the city is, or thinks of becoming, a member.")
@click.option("--unit", help="Code of the unit that answers for it.")
def networks_add(name: str, kind: str, scope: str, member: bool, plan: str | None, unit: str | None) -> None:
    """Add a network that no plan names."""
    from operations.networks import add_network

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            row = await add_network(
                session,
                name,
                by="coordinator",
                now=now(),
                kind=kind,
                scope=scope,
                state="member" if member else "candidate",
                plan_code=plan,
                unit_code=unit,
            )
        click.echo(f"{row.code}: {row.name} is in the register as a {row.state}.")

    run(work())


@networks.group()
def criterion() -> None:
    """What networks are weighed by; reviews that run keep the criteria they were opened with."""


@criterion.command("list")
def criterion_list() -> None:
    """List the criteria with their weights."""
    from store.membership_review import criteria

    async def work() -> None:
        async with database(load_settings()) as data, data.reading() as session:
            rows = await criteria(session)
        for row in rows:
            source = f"  ({row.source})" if row.source else ""
            click.echo(f"{row.code}  weight {row.weight}  {row.names.get('en', '')}{source}")
        click.echo(counted(len(rows), "criterion").replace("criterions", "criteria"))

    run(work())


@criterion.command("set")
@click.argument("code")
@click.option("--weight", type=int, help="A whole number; what counts is how they stand to one another.")
@click.option("--ca")
@click.option("--ca-valencia")
@click.option("--es")
@click.option("--en")
@click.option("--fr")
def criterion_set(code: str, weight: int | None, **names: str | None) -> None:
    """Give criterion CODE another weight or name, or add one of the office's own with its name in every language."""
    from operations.networks import set_criterion

    tags: dict[str, Language] = {"ca": "ca", "ca_valencia": "ca-ES-valencia", "es": "es", "en": "en", "fr": "fr"}
    given = {tags[option]: name for option, name in names.items() if name is not None}

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            row = await set_criterion(session, code, weight=weight, names=given, by="coordinator", now=now())
        click.echo(f"{row.code} has weight {row.weight}; reviews that open from now on are weighed by it.")

    run(work())


@criterion.command("drop")
@click.argument("code")
def criterion_drop(code: str) -> None:
    """Take a criterion of the office's own out."""
    from operations.networks import drop_criterion

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            await drop_criterion(session, code, by="coordinator", now=now())
        click.echo(f"{code} is taken out; reviews that are open keep it.")

    run(work())


@networks.command("ask")
@click.option("--plan", help="Of which plan's institution; needed where several have criteria for networks.")
@click.option("--calendar", help="Code of the calendar to go by; by default the plan's.")
def networks_ask(plan: str | None, calendar: str | None) -> None:
    """Ask every area which networks it has joined, as the schedule does twice a year."""
    from operations.network_census import open_census

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            asked = {"plan_code": plan, "calendar_code": calendar}
            order = await open_census(session, by="coordinator", now=now(), **asked)
        click.echo(f"{order.reference} is open: every area is asked.")

    run(work())
