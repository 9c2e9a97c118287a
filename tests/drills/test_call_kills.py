"""The worker of a call is killed with -9 at every act of its story: the outcome is the undisturbed one."""

import uuid
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from sqlalchemy import select
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from embedded.postgres import EmbeddedPostgres
from models.tables.call_follow_up import CallFollowUp, CallRecord
from models.tables.mail import OutgoingMail
from models.tables.task import Task
from scheduler import Relay
from settings import Settings
from store.calendars import load_calendar
from store.database import Database
from tests.call_follow_ups.test_call_runs import Story
from tests.call_follow_ups.town import Town, build_town, chosen, sent
from tests.call_projects.town import clock_rows, typed
from tests.conftest import TEMPLATE
from tests.delegations.kills import REFERENCE, REMINDERS, PatientHouse, mortal
from tests.delegations.mortal_worker import When
from tests.workflows.conftest import TEST_SERVER

pytestmark = pytest.mark.drill
ACTS = (
    *(
        f"call_follow_up.{act}"
        for act in [
            "begin",
            "look",
            "ask_interest",
            "tell_of_interest",
            "ask_for_decision",
            "tell_of_decision",
            "plan_milestones",
            "ask_for_upload",
            "raise_alarm",
            "ask_whether_it_was_sent",
            "tell_of_submission",
            "ask_for_result",
            "tell_of_result",
            "draw_lessons",
            "keep_record",
            "close",
        ]
    ),
    "follow_up.fire_due",
)


async def whole(story: Story) -> None:
    """From the question who is interested to the lessons of a rejection."""
    await story.follow(120)
    await story.decide()
    await story.asked("assignment", "0:partners")
    await story.do_all_assignments()
    await story.answers("proposal_upload", sent("SEP-1"))
    await story.reach(await story.today() + timedelta(days=310))
    await story.answers("call_result", {"result": chosen("rejected")})
    await story.answers("call_lessons", typed(lessons="Calia un soci amb experiència"))
    await story.has_closed()


async def account(database: Database) -> dict[str, Any]:
    """All that the call has come to, without what differs from run to run: ids, references, instants."""
    async with database.reading() as session:
        pursuit = (await session.scalars(select(CallFollowUp))).one()
        tasks, mails = list(await session.scalars(select(Task))), list(await session.scalars(select(OutgoingMail)))
        record: dict[str, Any] = (await session.scalars(select(CallRecord.content))).one()
    return {
        "state": (pursuit.state, pursuit.go, pursuit.lead_unit, pursuit.proposal_number, pursuit.result),
        "tasks": Counter((task.kind, task.unit_code, task.assignee_code, task.occasion, task.state) for task in tasks),
        "mails": Counter(
            (mail.name, mail.recipient, REFERENCE.sub("", mail.key).split("|")[0] if mail.task_id is None else "")
            for mail in mails
            if mail.name not in REMINDERS
        ),
        "record": {name: record[name] for name in ("state", "lessons", "interests", "proposal_number")},
    }


async def tell(
    postgres: EmbeddedPostgres, settings: Settings, graves: Path, acts: tuple[str, ...], when: When
) -> dict[str, Any]:
    """Have the story told in a database of its own by workers that are killed at acts; gives what came of it."""
    graves.mkdir()
    name = f"k{uuid.uuid4().hex[:12]}"
    postgres.create_database(name, template=TEMPLATE)
    database = Database(postgres.url(name))
    address = type(settings.database_url)(postgres.url(name))
    own = settings.model_copy(update={"database_url": address, "task_queue": f"focal-{uuid.uuid4().hex[:8]}"})
    environment = await WorkflowEnvironment.start_time_skipping(
        data_converter=pydantic_data_converter, test_server_existing_path=str(TEST_SERVER)
    )
    relay = Relay(database, environment.client, own.task_queue, lambda: datetime.now().astimezone())
    house = PatientHouse(environment, database, own, relay)
    try:
        await build_town(database)
        async with database.transaction() as session:
            session.add_all(clock_rows({"EU"}))
            calendar = await load_calendar(session, "valencia")
        async with mortal(house, graves, acts, when):
            await whole(Story(house, Town(database, own), calendar))
        return await account(database)
    finally:
        await environment.shutdown()
        await database.close()
        postgres.drop_database(name)


async def test_a_worker_killed_at_every_act_of_a_call_comes_to_the_same_outcome(
    postgres: EmbeddedPostgres, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    undisturbed = await tell(postgres, settings, tmp_path / "none", (), "after")
    assert undisturbed["state"][0] == "rejected"
    for when in get_args(When):
        killed = await tell(postgres, settings, tmp_path / when, ACTS, when)
        died = {grave.name for grave in (tmp_path / when).iterdir()}
        assert killed == undisturbed
        with capsys.disabled():
            mails = sum(killed["mails"].values())
            print(  # noqa: T201 - a drill says what it counted
                f"\n{len(died)} times kill -9, {when} the act: {mails} mails, none more or less; not {set(ACTS) - died}"
            )
