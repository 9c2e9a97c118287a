"""Two hundred random cities: what the real workflows send is what the rehearsal said, mail by mail."""

import os

import pytest

from tests.workflows.conftest import House, house, unstaffed
from tests.workflows.rosters_run import differences, run_cities

__all__ = ["house", "unstaffed"]
CITIES = int(os.environ.get("FOCAL_DRILL_CITIES", "200"))
TOGETHER = 20
"""Cities whose collections run side by side: they know nothing of each other."""
pytestmark = pytest.mark.drill


@pytest.mark.parametrize("first", range(0, CITIES, TOGETHER))
async def test_random_cities_get_the_mails_that_were_rehearsed(
    house: House,
    first: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    runs = await run_cities(house, range(first, first + TOGETHER))
    wrong = [line for run in runs for line in differences(run)]
    with capsys.disabled():
        sent = sum(len(run.sent) for run in runs)
        print(f"\ncities {first} to {first + TOGETHER - 1}: {len(runs)} with a roster that works, {sent} mails as said")  # noqa: T201
    assert not wrong, "\n".join(wrong)
