"""Three hundred senders killed over three thousand mails: nothing is lost, and no two copies can be told apart."""

import os

import pytest

from settings import Settings
from store.database import Database
from tests.mail.kills import drill

MAILS = int(os.environ.get("FOCAL_DRILL_MAILS", "3000"))
KILLS = int(os.environ.get("FOCAL_DRILL_KILLS", "300"))
SEED = int(os.environ.get("FOCAL_DRILL_SEED", "20270104"))
pytestmark = pytest.mark.drill


async def test_senders_killed_at_random_points_lose_nothing_and_double_nothing_visibly(
    database: Database, settings: Settings, capsys: pytest.CaptureFixture[str]
):
    account = await drill(database, settings, mails=MAILS, kills=KILLS, seed=SEED, speed=100)
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{account.mails} mails, {account.kills} times kill -9 (seed {SEED}), {account.seconds:.0f} s: "
            f"{account.lost} lost, {account.distinguishable} distinguishable duplicates, "
            f"{account.copies} identical copies; {dict(account.states)}"
        )
    assert (account.lost, account.distinguishable) == (0, 0)
    assert account.states == {"accepted": MAILS}
