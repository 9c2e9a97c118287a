"""How activities are called, by what they do. Each has its reason."""

from dataclasses import replace
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

# Tried until it works: the rows wait, and a person's task must not depend on somebody restarting a workflow.
PATIENT = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(minutes=5)
)

ROWS = workflow.ActivityConfig(
    # A few transactions; two minutes outlast a database that fails over.
    start_to_close_timeout=timedelta(minutes=2),
    retry_policy=PATIENT,
)
OPENING = workflow.ActivityConfig(
    # A quarter that cannot be opened (no roster, outside the plan) is for people to see, not to be tried for ever.
    start_to_close_timeout=timedelta(minutes=2),
    retry_policy=replace(PATIENT, non_retryable_error_types=["Refused"]),
)
MANY_ROWS = workflow.ActivityConfig(
    # Thousands of tasks or mails in many transactions, each of some seconds at most, with a sign of life after it.
    start_to_close_timeout=timedelta(minutes=30),
    heartbeat_timeout=timedelta(seconds=20),
    retry_policy=PATIENT,
)
REPORT = workflow.ActivityConfig(
    # One long computation: about a minute for ten thousand tasks. Nobody waits for it with a stop-watch.
    start_to_close_timeout=timedelta(minutes=10),
    retry_policy=PATIENT,
)
