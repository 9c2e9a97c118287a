"""Bringing the plans of many tasks up to date after a fact changed for all of them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import click

from commands.shared import counted
from operations.pausing import replan_set
from store.database import Database


async def replan_sets(data: Database, sets: Sequence[UUID], instant: datetime) -> None:
    """Plan all open tasks of some sets anew, a set at a time; whoever looks sees how far it is."""
    if not sets:
        return
    tasks = 0
    for set_id in sets:
        async with data.transaction() as session:
            tasks += await replan_set(session, set_id, now=instant)
        click.echo(f"\r{tasks} tasks planned anew", nl=False)
    click.echo(f"\r{counted(tasks, 'open task')} planned anew.   ")
