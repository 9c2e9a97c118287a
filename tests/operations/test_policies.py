"""Policies as data: refused with the line, pinned to a task, moved to another version when that is wanted."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from models.contracts.refusal import Refused
from models.tables.process import AuditEvent
from models.tables.task import Task
from operations.policies import diff_policy, load_policy, migrate_set
from store.policies import latest_policy
from store.task import sets_of_policy
from tests.operations.steps import Office
from tests.world import OPENING

NOON = OPENING + timedelta(hours=3)
GENTLE = """\
name: indicator_request
version: 2
due_after: 15
reminders_before: [3]
gap: 2
cap: 5
warning: 2
escalations:
  - level: 1
    days: 6
  - level: 2
    days: 8
grace: 2
late_window: 8
"""


async def loaded(office: Office, text: str = GENTLE) -> None:
    async with office.database.transaction() as session:
        await load_policy(session, text.encode(), by="operator", now=NOON)


async def test_a_running_task_keeps_its_version_and_the_next_one_lives_by_the_new(office):
    await office.open(period="2026-Q3")
    await loaded(office)
    await office.open(period="2026-Q4")
    async with office.database.reading() as session:
        versions = await session.scalars(select(Task.policy_version).order_by(Task.policy_version))
        assert list(versions) == [1, 1, 2, 2]


async def test_the_difference_is_told_before_running_tasks_move_and_what_was_sent_stays(office):
    await office.open()
    await office.run_until(datetime(2027, 1, 19, 23, 0, tzinfo=UTC))
    await loaded(office)
    now = datetime(2027, 1, 20, 9, 0, tzinfo=UTC)
    async with office.database.reading() as session:
        changes = await diff_policy(session, "indicator_request", 2, now=now)
        sets = await sets_of_policy(session, "indicator_request")
    (change,) = [change for change in changes if change.facts.unit.code == "HEALTH"]
    assert [(step.kind, f"{step.on}") for step in change.removed] == [
        ("reminder", "2027-01-25"),
        ("warning", "2027-01-28"),
        ("escalation", "2027-02-01"),
    ]
    assert [(step.kind, f"{step.on}") for step in change.added] == [
        ("reminder", "2027-01-21"),
        ("warning", "2027-02-01"),
        ("escalation", "2027-02-03"),
        ("escalation", "2027-02-05"),
    ]
    task = await office.task()
    before = await office.planned(task.id)
    assert before == [*((step.kind, f"{step.on}") for step in change.removed), ("expiry", "2027-02-09")]
    for moved in (2, 0):
        async with office.database.transaction() as session:
            assert await migrate_set(session, sets[0], "indicator_request", 2, by="operator", now=now) == moved
    assert await office.planned(task.id) == [
        *((step.kind, f"{step.on}") for step in change.added),
        ("expiry", "2027-02-09"),
    ]
    async with office.database.reading() as session:
        events = await session.scalars(select(AuditEvent).where(AuditEvent.action == "task.policy_migrated"))
        assert [(event.detail["before"], event.detail["after"]) for event in events] == [(1, 2)] * 2


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("version: 2", "version: 3", "line 2: version: the next version of indicator_request is 2"),
        ("version: 2", "version: 1", "version never changes"),
        ("cap: 5", "cap: 13", "line 5: gap: the cap of 13 cannot be reached"),
        ("days: 6", "days: 11", "line 8: escalations: an escalation 11 days after the due day falls after the end"),
        ("gap: 2", "gap: 2\nreminders_after: [30]", "line 6: reminders_after: a reminder 30 days .* after the end"),
        ("gap: 2", "gap: 2\nfallback: nobody", "line 6: fallback: an escalation would reach nobody"),
        ("due_after: 15", "due_after: soon", "line 3: due_after: .*valid integer"),
        ("due_after: 15", "due_afterwards: 15", "line 3: due_afterwards: .*not permitted"),
        ("escalations:", "escalations: [", "line .*: this is no YAML"),
    ],
)
async def test_a_policy_that_cannot_work_is_refused_with_its_line(office, old, new, says):
    with pytest.raises(Refused, match=says):
        await loaded(office, GENTLE.replace(old, new))
    async with office.database.reading() as session:
        assert (await latest_policy(session, "indicator_request")).version == 1


async def test_the_same_version_with_the_same_rules_may_be_loaded_again(office):
    await loaded(office)
    await loaded(office)
    with pytest.raises(Refused, match="with other rules"):
        await loaded(office, GENTLE.replace("cap: 5", "cap: 4"))
