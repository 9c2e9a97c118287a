"""What the real workflows send is what the rehearsal said, mail by mail."""

import pytest

from tests.workflows.conftest import House
from tests.workflows.rosters_run import differences, run_cities


@pytest.mark.drill
async def test_random_cities_get_the_mails_that_were_rehearsed(house: House) -> None:
    runs = await run_cities(house, range(3))
    assert len(runs) >= 2, "most cities have a roster that works"
    assert sum(len(run.sent) for run in runs) > 25
    wrong = [line for run in runs for line in differences(run)]
    assert not wrong, "\n".join(wrong)
