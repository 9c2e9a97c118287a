"""Waiting, the one thing every workflow does."""

from collections.abc import Callable
from datetime import datetime, timedelta

from temporalio import workflow


async def happened_before(condition: Callable[[], bool], moment: datetime | None, why: str) -> bool:
    """Wait until a condition holds or a moment comes; tells whether it was the condition.

    No moment means to wait as long as it takes. `why` is what operators see beside the running timer.
    """
    timeout = None if moment is None else max(moment - workflow.now(), timedelta(0))
    try:
        await workflow.wait_condition(condition, timeout=timeout, timeout_summary=why)
    except TimeoutError:
        return False
    return True
