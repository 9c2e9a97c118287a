"""Opening reviews of city networks: of one network, or of all that are due in a year."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

from models.contracts.orders import ProcessOrder
from models.contracts.refusal import IsoDay, Refused, all_said, said, word_said
from models.policies.people_checks import People
from models.policies.review_people import who_problems
from models.tables.membership_review import Network, Review
from models.tables.people import Unit
from models.tables.process import Process
from operations.audit import record
from operations.processes import start_process
from operations.stuck import tell_not_opened
from settings import Settings
from store.calendars import load_calendar
from store.database import ReadSession, WriteSession
from store.membership_review import (
    Office,
    criteria,
    find_network,
    members_due,
    networks_reviewed_in,
    offices,
    reviews_of,
)
from store.people import load_people

OUTSIDE = frozenset({"candidate", "watched", "declined"})
"""States of a network of which the city is no member: joining it is weighed."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a coordinator chooses beside network and year; None for what the register and the plan say."""

    decider: str | None = None
    unit: str | None = None
    office: str | None = None
    calendar: str | None = None


@dataclass(frozen=True, slots=True)
class YearOpened:
    """The reviews that were opened for a year, and the networks that were left out, each with the reason."""

    opened: tuple[ProcessOrder, ...]
    left_out: tuple[tuple[str, str], ...]


async def start_review(
    session: WriteSession, network_code: str, year: int, wish: Wish, *, by: str, now: datetime
) -> ProcessOrder:
    """Open the review of a network for a year; everything that can be wrong is found here, before anything starts.

    Raises:
        Refused: unknown network, unit, office or person; a network that was left or is being left; a year that is not
            this one, the one before or the next; a review that is open or was held already; no criteria; nobody to
            ask, or nobody to decide who is not asked for evidence or opinion. Each problem is named.

    """
    network = await find_network(session, network_code)
    await session.refresh(network, with_for_update=True)
    office = await _office(session, network, wish)
    calendar_code = wish.calendar or office.calendar_code
    calendar = await load_calendar(session, calendar_code)
    today = calendar.day(now)
    if abs(year - today.year) > 1:
        raise Refused(
            said(
                "%(year)s is far off: a review is held for %(before)s, %(now)s or %(after)s.",
                year=year,
                before=today.year - 1,
                now=today.year,
                after=today.year + 1,
            )
        )
    await _check_reviews(session, network, year)
    pins = [{"code": each.code, "weight": each.weight, "names": each.names} for each in await criteria(session)]
    if not pins:
        raise Refused(said("There are no criteria to weigh a network by: run `focal catalogue load`."))
    people = await load_people(session)
    unit_code = _responsible(people, network, office, wish)
    if problems := who_problems(people, unit_code, office.unit_code, wish.decider, today):
        raise Refused(*problems)
    process = Process(
        id=uuid4(),
        reference=f"review/{network.code.partition('-')[2].lower()}/{year}",
        kind="membership_review",
        state="open",
        plan_code=office.plan_code,
        calendar_code=calendar_code,
        opened_by=by,
        opened_at=now,
    )
    session.add(process)
    await session.flush()
    review = Review(
        process_id=process.id,
        network_code=network.code,
        year=year,
        candidate=network.state in OUTSIDE,
        unit_code=unit_code,
        office_unit=office.unit_code,
        decider_code=wish.decider,
        criteria=pins,
    )
    session.add(review)
    told = {"network": network.code, "year": year, "candidate": review.candidate}
    return await start_process(session, process, "MembershipReview", "review.opened", by=by, now=now, **told)


async def office_of(session: ReadSession, plan_code: str | None) -> Office:
    """The office that reviews the networks of a plan; without a plan, the only one there is.

    Raises:
        Refused: there is none, or it cannot be told which.

    """
    known = await offices(session)
    found = [office for office in known if plan_code in {None, office.plan_code}]
    if len(found) == 1:
        return found[0]
    if not found:
        raise Refused(said("No unit of the roster reviews these networks: say which with --office."))
    raise Refused(
        said("Say under which plan with --plan: %(plans)s.", plans=", ".join(office.plan_code for office in found))
    )


async def _office(session: ReadSession, network: Network, wish: Wish) -> Office:
    """The office of the network's plan, or the chosen unit under that plan or the plan of its institution."""
    known = await offices(session)
    own = next((office for office in known if office.plan_code == network.plan_code), None)
    if wish.office is None:
        return own or await office_of(session, network.plan_code)
    unit = await session.get(Unit, wish.office)
    if unit is None:
        raise Refused(said("There is no unit “%(unit)s”.", unit=wish.office))
    base = own or next((office for office in known if office.institution == unit.institution), None)
    if base is None:
        raise Refused(
            said(
                "%(institution)s has no plan with criteria for networks, so nothing to weigh them by.",
                institution=unit.institution,
            )
        )
    return replace(base, unit_code=unit.code)


async def _check_reviews(session: ReadSession, network: Network, year: int) -> None:
    if network.state in {"leaving", "left"}:
        when = said(" on %(day)s", day=IsoDay(network.exit_on)) if network.exit_on else ""
        if network.state == "leaving":
            told = said(
                "%(network)s is being left%(when)s: there is nothing to review.", network=network.name, when=when
            )
        else:
            told = said("%(network)s was left%(when)s: there is nothing to review.", network=network.name, when=when)
        raise Refused(told)
    for process, review in await reviews_of(session, network.code):
        if review.year == year:
            if process.state == "open":
                raise Refused(
                    said("%(process)s is open already; a network is reviewed once a year.", process=process.reference)
                )
            raise Refused(
                said(
                    "%(process)s was held already: %(decision)s; a network is reviewed once a year.",
                    process=process.reference,
                    decision=word_said(review.decision or "undecided"),
                )
            )
        if process.state == "open" and review.decision is None:
            raise Refused(
                said("%(process)s is open and not decided yet: one review at a time.", process=process.reference)
            )


def _responsible(people: People, network: Network, office: Office, wish: Wish) -> str:
    """The unit that answers for a network: the chosen one, the register's, the plan's, or else the office itself."""
    if wish.unit is not None and wish.unit not in people.units:
        raise Refused(said("There is no unit “%(unit)s”.", unit=wish.unit))
    found = (code for code in (wish.unit, network.unit_code, network.actor_code) if code in people.units)
    return next(found, None) or office.unit_code


async def open_year(
    session: WriteSession, year: int, *, by: str, now: datetime, plan_code: str | None = None, office: str | None = None
) -> YearOpened:
    """Open the review of every network of the city that is due in a year. One that cannot be is left out, and said.

    Safe to repeat: a network is reviewed once a year.

    Raises:
        Refused: it cannot be told which office; see `office_of`.

    """
    own = await office_of(session, plan_code)
    opened, left_out = [], []
    for network in await members_due(session, own.institution, year):
        try:
            opened.append(await start_review(session, network.code, year, Wish(office=office), by=by, now=now))
        except Refused as refusal:
            left_out.append((network.code, all_said(refusal.problems)))
    record(session, "review.year_opened", by=by, now=now, year=year, opened=len(opened), left_out=dict(left_out))
    return YearOpened(tuple(opened), tuple(left_out))


async def open_scheduled_year(
    session: WriteSession, settings: Settings, plan_code: str, *, nominal: datetime, now: datetime
) -> YearOpened:
    """Open the year in which a schedule's nominal time lies, in the zone of the plan; what is left out is told.

    Raises:
        Refused: see `open_year`.

    """
    office = await office_of(session, plan_code)
    year = nominal.astimezone(ZoneInfo(office.zone)).year
    told = await open_year(session, year, by="schedule", now=now, plan_code=plan_code)
    held = await networks_reviewed_in(session, year)
    if reasons := [
        said("%(place)s: %(reason)s", place=code, reason=reason) for code, reason in told.left_out if code not in held
    ]:
        reference = f"{plan_code}/{year}"
        await tell_not_opened(session, settings, plan_code, reference, "open_year", reasons, now=now)
    return told
