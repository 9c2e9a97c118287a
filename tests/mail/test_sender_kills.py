"""The drill of killed senders in its short form; `make drills` runs the long one."""

from settings import Settings
from store.database import Database
from tests.mail.kills import drill


async def test_senders_that_are_killed_lose_nothing_and_double_nothing_visibly(database: Database, settings: Settings):
    account = await drill(database, settings, mails=60, kills=3, seed=1, speed=300)
    assert (account.lost, account.distinguishable) == (0, 0)
    assert account.states == {"accepted": 60}
