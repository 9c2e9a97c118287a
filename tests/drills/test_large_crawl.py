"""A crawl as large as a real one: how long it takes with the pause off, and what it holds in memory."""

import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from doors.portal import Portal
from tests.portal.reading import CONTACT, SCOPES

CALLS = 1300
pytestmark = pytest.mark.drill
LARGE = """
import asyncio, sys
from datetime import date
from embedded.fake_portal import FakePortal, open_fake_portal

async def main():
    fake = FakePortal.invented(int(sys.argv[1]), date(2026, 10, 5))
    for row in fake.rows:  # as long as those of the portal
        row["metadata"]["topicConditions"] = ["<p>What is asked of those who apply.</p>" * 500]
    async with open_fake_portal(fake) as address:
        print(address, flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""


@contextmanager
def portal_beside(calls: int) -> Iterator[str]:
    """The address of a fake portal in a process of its own, so that what it holds is not counted here."""
    command = [sys.executable, "-c", LARGE, str(calls)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdin is not None
        assert served.stdout is not None
        try:
            yield served.stdout.readline().strip()
        finally:
            served.stdin.close()


async def read_all(address: str) -> int:
    """Read the calls of all programmes, holding none of them; gives how many there were."""
    count = 0
    async with Portal(address, contact=CONTACT, pause=0) as portal:
        for scope in SCOPES.values():
            async for page in portal.crawl(scope):
                count += len(page)
    return count


async def test_1300_calls_are_read_in_less_than_15_seconds():
    with portal_beside(CALLS) as address:
        began = time.monotonic()
        assert await read_all(address) == CALLS - 1
        assert time.monotonic() - began < 15


async def test_three_times_as_many_calls_take_no_more_memory():
    peaks = []
    for number in (CALLS, 3 * CALLS):
        with portal_beside(number) as address:
            tracemalloc.start()
            await read_all(address)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0], peaks
