"""The worker: runs workflows and activities, and sends what is in the outbox.

It is the one place that wires everything together. Without Temporal it waits for it and keeps sending: receipts
and answers do not need it.
"""

import asyncio
import logging
import signal
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import Client
from temporalio.common import MetricMeter
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.call_follow_up import CallFollowUpActivities
from activities.delegation_reception import DelegationReceptionActivities
from activities.follow_up import FollowUpActivities
from activities.indicator_collection import IndicatorCollectionActivities
from activities.membership_review import MembershipReviewActivities
from mail.own_words import use_own_words
from mail.sender import Measure, Sender
from mail.transport import Outcome, Transport
from models.contracts.refusal import Refused
from operations.bounces import note_long_stop, note_rejection
from readiness import announce_ready
from settings import Settings
from store.database import Database
from temporal import connect_when_there
from workflows.registry import WORKFLOWS

log = logging.getLogger(__name__)

CONCURRENT_ACTIVITIES = 8
"""As many as two cores can render mails for; the database pool is as large."""
DRAIN = timedelta(seconds=10)
SECONDS_TO_ACCEPTED = "focal_mail_seconds_to_accepted"
SERVICE_LINE = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0, 86_400.0)
"""Bounds of its histogram, in seconds: from at once to a day."""


def activities(database: Database, settings: Settings) -> Sequence[Callable[..., Any]]:
    """Every activity, bound to its database."""
    follow_up = FollowUpActivities(database, settings)
    collection = IndicatorCollectionActivities(database, settings)
    membership = MembershipReviewActivities(database, settings)
    calls = CallFollowUpActivities(database, settings)
    reception = DelegationReceptionActivities(database, settings)
    return [
        follow_up.fire_due,
        collection.open_quarter,
        collection.create_tasks,
        collection.close,
        collection.write_report,
        reception.look,
        reception.begin,
        reception.acknowledge,
        reception.ask_hosts,
        reception.plan_preparations,
        reception.tell_of_hosts,
        reception.ask_for_approval,
        reception.tell_of_decision,
        reception.confirm,
        reception.remind,
        reception.thank,
        reception.ask_for_reports,
        reception.follow_commitments,
        reception.keep_record,
        reception.close,
        membership.open_year,
        membership.open_census,
        membership.begin,
        membership.look,
        membership.ask_for_evidence,
        membership.ask_for_opinion,
        membership.recommend,
        membership.ask_for_decision,
        membership.carry_out,
        membership.follow_improvements,
        membership.ask_for_check,
        membership.close,
        membership.look_at_census,
        membership.ask_areas,
        membership.close_census,
        calls.begin,
        calls.look,
        calls.ask_interest,
        calls.tell_of_interest,
        calls.ask_for_decision,
        calls.tell_of_decision,
        calls.plan_milestones,
        calls.ask_for_upload,
        calls.raise_alarm,
        calls.ask_whether_it_was_sent,
        calls.tell_of_submission,
        calls.ask_for_result,
        calls.tell_of_result,
        calls.keep_interim_record,
        calls.draw_lessons,
        calls.prepare_agreement,
        calls.tell_of_agreement,
        calls.ask_for_reports,
        calls.keep_record,
        calls.ask_what_lasts,
        calls.close,
    ]


def build_worker(client: Client, database: Database, settings: Settings) -> Worker:
    """A worker that knows every workflow and activity."""
    return Worker(
        client,
        task_queue=settings.task_queue,
        workflows=WORKFLOWS,
        activities=activities(database, settings),
        workflow_runner=SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default),
        max_concurrent_activities=CONCURRENT_ACTIVITIES,
        graceful_shutdown_timeout=DRAIN,
        # After a crash the next worker gets a workflow's task after this long instead of ten seconds.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
    )


def shown_runtime(address: str) -> Runtime:
    """A Temporal runtime that shows its figures, and those of mail, at `http://<address>/metrics`.

    Raises:
        Refused: the address is none, or taken.

    """
    metrics = PrometheusConfig(bind_address=address, histogram_bucket_overrides={SECONDS_TO_ACCEPTED: SERVICE_LINE})
    try:
        return Runtime(telemetry=TelemetryConfig(metrics=metrics))
    except (RuntimeError, ValueError) as fault:
        raise Refused(f"Figures cannot be shown at {address} (FOCAL_METRICS_ADDRESS): {fault}") from fault


def mail_measure(meter: MetricMeter) -> Measure:
    """Counts what becomes of mails, and how long after it was due each was accepted."""
    outcomes = meter.create_counter("focal_mail_outcomes", "What servers said of mails, each attempt")
    seconds = meter.create_histogram_float(SECONDS_TO_ACCEPTED, "From when a mail was due until a server took it", "s")

    def measure(outcome: Outcome, after_due: timedelta) -> None:
        outcomes.add(1, {"outcome": outcome.state, "scope": outcome.scope})
        if outcome.state == "accepted":
            seconds.record(max(after_due.total_seconds(), 0.0))

    return measure


def build_sender(database: Database, settings: Settings, meter: MetricMeter = MetricMeter.noop) -> Sender:
    """A sender by the real clock."""
    return Sender(
        database,
        Transport(settings),
        lambda: datetime.now(UTC),
        timedelta(seconds=settings.mail_lease_seconds),
        on_rejected=note_rejection,
        on_long_stop=note_long_stop,
        measure=mail_measure(meter),
    )


async def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT, then finish what was begun.

    Raises:
        Refused: see `shown_runtime` and `use_own_words`.

    """
    use_own_words(settings.words_dir)
    runtime = shown_runtime(settings.metrics_address) if settings.metrics_address else None
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    database = Database(settings.database_url.get_secret_value(), pool_size=CONCURRENT_ACTIVITIES)
    sender = build_sender(database, settings, runtime.metric_meter if runtime else MetricMeter.noop)
    sending = asyncio.create_task(sender.run())
    client = await connect_when_there(settings, stopping, runtime)
    if client is not None:
        async with build_worker(client, database, settings):
            announce_ready()
            await stopping.wait()
    sender.stop()
    await sending
    await database.close()
