"""The Temporal Schedules that start processes: created, or brought up to date, whenever they are applied."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from models.contracts.orders import OpenerOrder
from models.policies.membership_review import CENSUS_MONTHS, REVIEW_MONTH
from store.indicator_collection import Planned
from store.membership_review import Office
from workflows.indicator_collection import IndicatorCollectionOpener
from workflows.membership_review import MembershipYearOpener, NetworkCensusOpener

CATCH_UP = timedelta(days=14)
"""An opening missed for up to two weeks is made up for; after that a coordinator decides."""


def collection_schedule(planned: Planned, task_queue: str) -> Schedule:
    """At 7 o'clock local on the first day of each quarter: open the collection of the one that has just ended."""
    # The collection of a plan's first quarter opens in April of its first year, that of its last one on 1 January
    # after its last.
    start = None if planned.first_year is None else datetime(planned.first_year, 1, 2, tzinfo=UTC)
    end = None if planned.last_year is None else datetime(planned.last_year + 1, 1, 2, tzinfo=UTC)
    return Schedule(
        action=ScheduleActionStartWorkflow(
            IndicatorCollectionOpener.run,
            OpenerOrder(plan_code=planned.plan_code),
            id=f"open/collection/{planned.plan_code}",
            task_queue=task_queue,
        ),
        spec=ScheduleSpec(
            calendars=[
                ScheduleCalendarSpec(
                    month=[ScheduleRange(1, 10, 3)],
                    day_of_month=[ScheduleRange(1)],
                    hour=[ScheduleRange(7)],
                    comment="the first day of each quarter",
                )
            ],
            time_zone_name=planned.zone,
            start_at=start,
            end_at=end,
        ),
        # Two openings at once are of two quarters; skipping one would lose a quarter.
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.ALLOW_ALL, catchup_window=CATCH_UP),
    )


def membership_schedules(office: Office, task_queue: str) -> dict[str, Schedule]:
    """At 7 o'clock local on the first of a month, by id: the reviews of a year, and the question to every area."""
    months = {"review": (REVIEW_MONTH,), "census": CENSUS_MONTHS}
    openers = {"review": MembershipYearOpener.__name__, "census": NetworkCensusOpener.__name__}
    return {
        f"{kind}/{office.plan_code}": Schedule(
            action=ScheduleActionStartWorkflow(
                openers[kind],
                OpenerOrder(plan_code=office.plan_code),
                id=f"open/{kind}/{office.plan_code}",
                task_queue=task_queue,
            ),
            spec=ScheduleSpec(
                calendars=[
                    ScheduleCalendarSpec(
                        month=[ScheduleRange(month) for month in months[kind]],
                        day_of_month=[ScheduleRange(1)],
                        hour=[ScheduleRange(7)],
                    )
                ],
                time_zone_name=office.zone,
                start_at=None if office.first_year is None else datetime(office.first_year, 1, 2, tzinfo=UTC),
                end_at=None if office.last_year is None else datetime(office.last_year + 1, 1, 2, tzinfo=UTC),
            ),
            # Two years, or two rounds, at once never begin; one that is missed is made up for.
            policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.ALLOW_ALL, catchup_window=CATCH_UP),
        )
        for kind in months
    }


async def apply(
    client: Client, plans: Sequence[Planned], task_queue: str, offices: Sequence[Office] = ()
) -> dict[str, Sequence[datetime]]:
    """Create or update every schedule: of the collections of plans, of the reviews and censuses of offices.

    Gives the next instants at which each will fire, by its id.
    """
    schedules = {f"collection/{planned.plan_code}": collection_schedule(planned, task_queue) for planned in plans}
    for office in offices:
        schedules |= membership_schedules(office, task_queue)
    upcoming = {}
    for schedule_id, schedule in schedules.items():
        try:
            handle = await client.create_schedule(schedule_id, schedule)
        except ScheduleAlreadyRunningError:
            handle = client.get_schedule_handle(schedule_id)
            await handle.update(partial(_brought_up_to_date, schedule))
        description = await handle.describe()
        upcoming[schedule_id] = description.info.next_action_times
    return upcoming


def _brought_up_to_date(schedule: Schedule, known: ScheduleUpdateInput) -> ScheduleUpdate:
    """What an operator did to a schedule (a pause, a note) stays."""
    return ScheduleUpdate(replace(schedule, state=known.description.schedule.state))
