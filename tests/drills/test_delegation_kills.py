"""The worker of a delegation is killed with -9 at every act of its story: the outcome is the undisturbed one."""

import uuid
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from activities.delegation_reception import DelegationReceptionActivities
from activities.follow_up import FollowUpActivities
from embedded.postgres import EmbeddedPostgres
from settings import Settings
from tests.conftest import TEMPLATE
from tests.delegations.kills import Account, tell
from tests.delegations.mortal_worker import When
from tests.delegations.town import Town

pytestmark = pytest.mark.drill
ACTS = tuple(
    act.__temporal_activity_definition.name
    for owner in (DelegationReceptionActivities, FollowUpActivities)
    for act in vars(owner).values()
    if hasattr(act, "__temporal_activity_definition")
)


async def whole(town: Town) -> None:
    """From the announcement to the last commitment."""
    await town.prepare()
    await town.receive()
    await town.told("recorded", "international.office")
    await town.end()


async def run(
    postgres: EmbeddedPostgres, settings: Settings, graves: Path, acts: tuple[str, ...], when: When
) -> Account:
    name = f"k{uuid.uuid4().hex[:12]}"
    postgres.create_database(name, template=TEMPLATE)
    try:
        return await tell(postgres.url(name), settings, graves, acts, when, whole)
    finally:
        postgres.drop_database(name)


async def test_a_worker_killed_at_every_act_comes_to_the_same_outcome(
    postgres: EmbeddedPostgres, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    undisturbed = await run(postgres, settings, tmp_path / "none", (), "after")
    assert undisturbed.visit["process"] == "closed"
    for when in get_args(When):
        killed = await run(postgres, settings, tmp_path / when, ACTS, when)
        died = {grave.name for grave in (tmp_path / when).iterdir()}
        assert died == set(ACTS), "some act was never done"
        assert killed.mails - undisturbed.mails == undisturbed.mails - killed.mails == Counter()
        assert killed == undisturbed
        with capsys.disabled():
            print(f"\n{len(died)} times kill -9, {when} the act: {sum(killed.mails.values())} mails, none more or less")  # noqa: T201
