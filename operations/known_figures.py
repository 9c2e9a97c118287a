"""The figures of a quarter that Focal knows itself, for the units that are asked for them."""

from datetime import datetime, time

from models.contracts.answering import Known
from models.policies.calendar import ONE_DAY
from models.policies.known_figures import INDICATORS, QuarterFacts, known_figures
from models.policies.period import Quarter
from models.tables.catalogue import Plan
from store.calendars import load_calendar
from store.database import ReadSession
from store.indicator_collection import plan_facts
from store.known_figures import (
    calls_counted,
    carries_calls,
    carries_reviews,
    carries_visits,
    networks_joined,
    networks_reviewed,
    visits_received,
)


async def known_for(
    session: ReadSession, plan_code: str, quarter: Quarter, *, now: datetime
) -> dict[tuple[str, str], Known]:
    """What Focal counted itself of a quarter, with its evidence, by the unit that leads the indicator and its code.

    Of a quarter that is not over: what has been until yesterday.
    """
    plan, facts_of_plan = await session.get_one(Plan, plan_code), await plan_facts(session, plan_code)
    responsible = {
        indicator.code: [actor.code for actor in indicator.actors]
        for indicator in (facts_of_plan.indicators if facts_of_plan else ())
        if indicator.code in INDICATORS and indicator.actors
    }
    if not responsible:
        return {}
    calendar = await load_calendar(session, plan.calendar)
    days = (quarter.first_day, min(quarter.last_day, calendar.day(now) - ONE_DAY))
    until = calendar.end_of(quarter.last_day)
    hours = (calendar.at(days[0], time(0)), calendar.end_of(days[1]))
    visits, reviews = await carries_visits(session, plan_code, until), await carries_reviews(session, plan_code, until)
    calls = await carries_calls(session, plan_code, until)
    facts = QuarterFacts(
        visits=await visits_received(session, plan_code, *days) if visits else None,
        joined=await networks_joined(session, plan_code, *days) if reviews else None,
        reviewed=await networks_reviewed(session, plan_code, until) if reviews else None,
        calls=await calls_counted(session, plan_code, days, hours) if calls else None,
    )
    return {(responsible[code][0], code): known for code, known in known_figures(facts, responsible).items()}
