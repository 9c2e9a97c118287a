"""Nothing can be carried out for some days: on return everybody gets at most one mail a task, and none is lost.

The time-skipping server does not skip while a workflow waits for its worker, so here the worker is there and what it
needs is not: each attempt to carry out a step fails until the outage is over, and time passes between attempts.
"""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from models.tables.mail import OutgoingMail
from models.tables.task import Step, Task
from tests.workflows.conftest import House
from tests.workflows.test_indicator_collection import open_quarter, until_asked
from tests.world import build_world

OUTAGE = timedelta(days=3)


async def mails_by_task(house: House) -> Counter[tuple[str, str]]:
    """How many mails there are about each task, by its unit and the reader."""
    async with house.database.reading() as session:
        rows = await session.execute(
            select(Task.unit_code, OutgoingMail.person_code)
            .select_from(OutgoingMail)
            .join(Task, Task.id == OutgoingMail.task_id)
            .where(OutgoingMail.name.in_(("task_request", "task_reminder", "task_escalation")))
        )
        return Counter((unit, person or "coordinator") for unit, person in rows)


async def rename(house: House, table: str, to: str) -> None:
    async with house.database.transaction() as session:
        await session.execute(text(f"alter table {table} rename to {to}"))


@pytest.mark.drill
async def test_after_three_days_of_outage_everybody_gets_one_mail_a_task(house: House) -> None:
    await build_world(house.database)
    opened = await open_quarter(house)
    handle = await house.start(opened.order)
    await until_asked(house)
    async with house.database.reading() as session:
        escalates = await session.scalar(select(func.min(Step.at)).where(Step.kind == "escalation"))
    assert escalates is not None
    await house.pass_time(escalates - timedelta(hours=12) - OUTAGE / 2 - await house.now())
    before = await mails_by_task(house)
    await rename(house, "steps", "steps_away")
    await house.pass_time(OUTAGE)
    await rename(house, "steps_away", "steps")
    assert await mails_by_task(house) == before, "nothing could be carried out"
    await house.pass_time(timedelta(days=1))
    new = await mails_by_task(house) - before
    assert new, "nothing is lost"
    assert set(new.values()) == {1}, "one mail a task, however much fell due"
    await house.finish(handle)
    async with house.database.reading() as session:
        left = await session.scalar(select(func.count()).where(Step.state == "planned"))
        told = await session.scalar(select(func.count()).where(OutgoingMail.name == "task_escalation"))
    assert (left, told) == (0, 2), "whoever was warned late is escalated after it"
