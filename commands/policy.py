"""The rules of tasks, as data."""

from pathlib import Path

import click
import yaml

from commands.shared import counted, database, now, run
from models.contracts.refusal import Refused
from operations.policies import PlanChange, diff_policy, load_policy, migrate_set
from settings import load_settings
from store.policies import all_policies, latest_policy, policy_version
from store.task import sets_of_policy


@click.group()
def policy() -> None:
    """The rules of each kind of task: reminders, gaps, caps, escalations, grace."""


@policy.command("list")
def policy_list() -> None:
    """List every policy with its versions and how many open tasks live by each."""

    async def work() -> None:
        async with database(load_settings()) as data, data.reading() as session:
            rows = await all_policies(session)
        for name, version, open_tasks in rows:
            click.echo(f"{name} {version}: {counted(open_tasks, 'open task')}")

    run(work())


@policy.command("show")
@click.argument("name")
@click.option("--version", type=int, help="By default the newest.")
def policy_show(name: str, version: int | None) -> None:
    """Print a policy as YAML, to be changed and loaded as the next version."""

    async def work() -> None:
        async with database(load_settings()) as data, data.reading() as session:
            found = await (latest_policy(session, name) if version is None else policy_version(session, name, version))
        click.echo(yaml.safe_dump(found.model_dump(mode="json"), sort_keys=False), nl=False)

    run(work())


@policy.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def policy_load(file: Path) -> None:
    """Load FILE (YAML) as the next version of a policy; tasks that are open keep theirs."""
    content = file.read_bytes()

    async def work() -> None:
        async with database(load_settings()) as data, data.transaction() as session:
            loaded = await load_policy(session, content, by="operator", now=now())
        click.echo(f"{loaded.name} {loaded.version} is loaded: tasks that open from now on live by it.")

    try:
        run(work())
    except Refused as refusal:
        raise Refused(*(f"{file}: {problem}" for problem in refusal.problems)) from refusal


@policy.command("diff")
@click.argument("name")
@click.option("--to", "version", type=int, help="The version to move to; by default the newest.")
def policy_diff(name: str, version: int | None) -> None:
    """Tell what moving the running tasks of policy NAME to another version would change; changes nothing."""

    async def work() -> None:
        async with database(load_settings()) as data, data.reading() as session:
            target = version or (await latest_policy(session, name)).version
            changes = await diff_policy(session, name, target, now=now())
        for change in changes:
            click.echo(f"{change.facts.task.reference}  {change.facts.unit.name}: {change.facts.assignee.name}")
            for step in change.removed:
                click.echo(f"  - {step.kind} on {step.on}")
            for step in change.added:
                click.echo(f"  + {step.kind} on {step.on}")
        click.echo(summary(changes, name, target))

    run(work())


def summary(changes: list[PlanChange], name: str, version: int) -> str:
    """What moves, in one line: how many people, how many mails less and more."""
    people = len({change.facts.task.assignee_code for change in changes})
    less, more = sum(len(change.removed) for change in changes), sum(len(change.added) for change in changes)
    told = "1 person" if people == 1 else f"{people} people"
    return f"To {name} {version}: {told}, {counted(less, 'mail')} less, {more} more."


@policy.command("migrate")
@click.argument("name")
@click.option("--to", "version", type=int, help="The version to move to; by default the newest.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def policy_migrate(name: str, version: int | None, yes: bool) -> None:
    """Move the running tasks of policy NAME to another version; due days and what was sent stay."""

    async def work() -> None:
        async with database(load_settings()) as data:
            async with data.reading() as session:
                target = version or (await latest_policy(session, name)).version
                changes = await diff_policy(session, name, target, now=now())
                sets = await sets_of_policy(session, name)
            click.echo(summary(changes, name, target))
            if not yes:
                click.confirm("Move them?", abort=True)
            moved = 0
            for set_id in sets:
                async with data.transaction() as session:
                    moved += await migrate_set(session, set_id, name, target, by="operator", now=now())
                click.echo(f"\r{moved} moved", nl=False)
        click.echo(f"\r{counted(moved, 'task')} moved.")

    run(work())
