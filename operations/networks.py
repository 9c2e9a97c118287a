"""The register of city networks and the criteria they are weighed by: what people change of it."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from models.contracts.mail import Language
from models.contracts.refusal import Refused, said, word_said
from models.policies.catalogue import CRITERION_LANGUAGES
from models.policies.membership_review import Notice, Terms, leaving_days, notice
from models.policies.questions import LARGEST_FEE
from models.tables.catalogue import Plan
from models.tables.membership_review import Criterion, Network, Review
from models.tables.people import Unit
from models.tables.process import Process
from operations.audit import record
from operations.tasks import settle, take, words
from store.calendars import load_calendar
from store.database import ReadSession, WriteSession
from store.indicator_collection import sets_of
from store.membership_review import criteria, find_network
from store.task import OPEN_STATES, lock_set, poke_process, tasks_of

YEAR_ENDS = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
MOST_MONTHS = 36
BY_TERMS = frozenset({"notice_letter", "close_access"})
"""The steps of leaving a network that hang on its terms of notice."""
HEAVIEST = 100
CRITERION_CODE = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*")


@dataclass(frozen=True, slots=True)
class NetworkChanges:
    """What a coordinator sets of a network; None stays as it is. `fee`: euros a year. `year_ends`: `MM-DD`.

    `state`: how it ended to be left: member (it stays one after all) or left.
    """

    fee: Decimal | None = None
    notice_months: int | None = None
    year_ends: str | None = None
    unit_code: str | None = None
    plan_code: str | None = None
    roles: str | None = None
    next_review_on: date | None = None
    state: str | None = None

    def given(self) -> dict[str, Any]:
        """Those that were given, by column."""
        return {each.name: value for each in fields(self) if (value := getattr(self, each.name)) is not None}


async def set_network(session: WriteSession, code: str, changes: NetworkChanges, *, by: str, now: datetime) -> Network:
    """Set what is known of a network; a review that waits for its terms of notice goes on.

    Raises:
        Refused: unknown network, unit or plan, nothing to set, or a value that cannot be; each one named.

    """
    network = await find_network(session, code)
    given = changes.given()
    terms = bool(given.keys() & {"notice_months", "year_ends"})
    leaving = await _leaving(session, network) if terms else []
    await session.refresh(network, with_for_update=True)
    if not given:
        raise Refused(
            said("Say what is to be set of %(network)s: a fee, its terms of notice, a unit …", network=network.code)
        )
    problems = await _problems(session, changes)
    if changes.state is not None and (network.state != "leaving" or changes.state not in {"member", "left"}):
        problems.append(
            said(
                "%(network)s is %(state)s: only what is being left is set to be a member again, or left.",
                network=network.code,
                state=word_said(network.state),
            )
        )
    if problems:
        raise Refused(*problems)
    before = {name: getattr(network, name) for name in given}
    for name, value in given.items():
        setattr(network, name, value)
    if changes.state == "member":
        network.exit_on = network.fee_stopped_at = None
    record(session, "network.set", by=by, now=now, network=network.code, before=_plain(before), after=_plain(given))
    for process, review in leaving:
        await _give_days(session, network, process, review, now)
    return network


async def _problems(session: ReadSession, changes: NetworkChanges) -> list[str]:
    problems: list[str] = []
    if changes.fee is not None and not 0 <= changes.fee <= LARGEST_FEE:
        problems.append(said("A fee is not below zero, and not above %(limit)s euros.", limit=LARGEST_FEE))
    if changes.notice_months is not None and not 0 <= changes.notice_months <= MOST_MONTHS:
        problems.append(
            said(
                "Notice is given 0 to %(limit)s months before the end, not %(notice_months)s.",
                limit=MOST_MONTHS,
                notice_months=changes.notice_months,
            )
        )
    if changes.year_ends is not None and not _is_day(changes.year_ends):
        problems.append(
            said(
                "“%(year_ends)s” is not a day of the year: write month and day, as in 12-31.",
                year_ends=changes.year_ends,
            )
        )
    if changes.unit_code is not None and await session.get(Unit, changes.unit_code) is None:
        problems.append(said("There is no unit “%(unit)s”.", unit=changes.unit_code))
    if changes.plan_code is not None and await session.get(Plan, changes.plan_code) is None:
        problems.append(said("There is no plan “%(plan)s”.", plan=changes.plan_code))
    return problems


def _is_day(written: str) -> bool:
    if YEAR_ENDS.fullmatch(written) is None:
        return False
    try:
        date.fromisoformat(f"2024-{written}")  # a leap year: 29 February is a day
    except ValueError:
        return False
    return True


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the record keeps them."""
    return {name: value if isinstance(value, int | None) else str(value) for name, value in values.items()}


def notice_of(network: Network, today: date) -> Notice | None:
    """When a network can be left; None as long as its terms are not known."""
    if network.notice_months is None:
        return None
    return notice(Terms(network.notice_months, network.year_ends), today)


async def _leaving(session: WriteSession, network: Network) -> list[tuple[Process, Review]]:
    """The open reviews by which a network is left, each with its set locked, which comes before the network."""
    query = (
        select(Process, Review)
        .join(Review, Review.process_id == Process.id)
        .where(Review.network_code == network.code, Review.decision == "leave", Process.state == "open")
    )
    found = [(process, review) for process, review in await session.execute(query)]
    for process, _ in found:
        for task_set in await sets_of(session, process.id):
            await lock_set(session, task_set.id)
    return found


async def _give_days(session: WriteSession, network: Network, process: Process, review: Review, now: datetime) -> None:
    """Give a review the days on which notice is given and the membership ends, and its open steps those before them.

    Nothing changes once the membership has ended by the days that were known.
    """
    calendar = await load_calendar(session, process.calendar_code)
    today, decided_on = calendar.day(now), calendar.day(review.decided_at or now)
    found = notice_of(network, decided_on)
    if found is None or (review.exit_on is not None and review.exit_on < today):
        return
    review.notice_on, review.exit_on = found.last_day, found.exit_on
    network.exit_on = found.exit_on
    days = leaving_days(calendar, decided_on, found)
    for task in await tasks_of(session, process.id):
        if task.occasion in BY_TERMS and task.state in OPEN_STATES:
            taken = await take(session, task.id)
            before = task.due_on
            taken.planning.move_due(max(days[task.occasion], calendar.shift(today, 1)))
            told = {"before": before.isoformat(), "after": task.due_on.isoformat()}
            await settle(session, taken, "rescheduled", by="coordinator", now=now, **told)
    await poke_process(session, process.id, now)


async def add_network(
    session: WriteSession,
    name: str,
    *,
    by: str,
    now: datetime,
    kind: str = "not stated",
    scope: str = "not stated",
    state: str = "candidate",
    plan_code: str | None = None,
    unit_code: str | None = None,
    found_by: UUID | None = None,
) -> Network:
    """Add a network to the register, under a code made from its name.

    Raises:
        Refused: no name, one of that name is there already, or an unknown unit or plan.

    """
    name = words(said("a name"), " ".join(name.split()))
    known = match_network(name, list(await session.scalars(select(Network))))
    if known is not None:
        raise Refused(
            said(
                "“%(name)s” is in the register already: %(code)s, %(known_name)s (%(state)s).",
                name=name,
                code=known.code,
                known_name=known.name,
                state=word_said(known.state),
            )
        )
    if problems := await _problems(session, NetworkChanges(plan_code=plan_code, unit_code=unit_code)):
        raise Refused(*problems)
    network = Network(
        code=await _new_code(session, name),
        name=name,
        aliases=[],
        kind=kind,
        scope=scope,
        state=state,
        plan_code=plan_code,
        unit_code=unit_code,
        found_by=found_by,
    )
    session.add(network)
    await session.flush()
    record(session, "network.added", by=by, now=now, network=network.code, name=name, state=state)
    return network


async def _new_code(session: ReadSession, name: str) -> str:
    latin = "".join(letter for letter in _letters(name) if letter.isascii())
    base = f"NET-{latin[:20].upper() or 'NEW'}"
    code, number = base, 2
    while await session.get(Network, code) is not None:
        code, number = f"{base}_{number}", number + 1
    return code


def _letters(name: str) -> str:
    """A name without accents, blanks, marks and capitals: what is left when people write it in their own ways."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in plain if character.isalnum())


def match_network(written: str, known: list[Network]) -> Network | None:
    """The network that somebody means by a name, one of its other names or its acronym."""
    wanted = _letters(written)
    for network in known:
        if wanted and wanted in {_letters(name) for name in (network.name, *network.aliases)}:
            return network
    return None


async def set_criterion(
    session: WriteSession,
    code: str,
    *,
    weight: int | None,
    names: Mapping[Language, str],
    by: str,
    now: datetime,
) -> Criterion:
    """Give a criterion another weight or other names, or add one of the office's own; reviews that run keep theirs.

    Raises:
        Refused: the weight is out of bounds, or a new criterion lacks a name in one of the languages.

    """
    if weight is not None and not 1 <= weight <= HEAVIEST:
        raise Refused(
            said("A weight is a whole number from 1 to %(limit)s, not %(weight)s.", limit=HEAVIEST, weight=weight)
        )
    if CRITERION_CODE.fullmatch(code) is None:
        raise Refused(
            said("“%(code)s” is not a code: write capital letters, digits and dashes, as in OWN-1.", code=code)
        )
    given: dict[str, str] = {
        language: words(said("a name in %(language)s", language=language), name) for language, name in names.items()
    }
    known = await criteria(session)
    criterion = next((each for each in known if each.code == code), None)
    before = None if criterion is None else {"weight": criterion.weight, "names": criterion.names}
    if criterion is None:
        if missing := sorted(CRITERION_LANGUAGES - given.keys()):
            raise Refused(
                said(
                    "A new criterion needs a name in every language: %(languages)s missing.",
                    languages=", ".join(missing),
                )
            )
        position = max((each.position for each in known), default=-1) + 1
        criterion = Criterion(code=code, position=position, weight=weight or 1, names=given, source="")
        session.add(criterion)
    elif weight is None and not given:
        raise Refused(said("Say what is to be set of %(code)s: a weight or names.", code=code))
    else:
        criterion.weight = weight or criterion.weight
        criterion.names = {**criterion.names, **given}
    after = {"weight": criterion.weight, "names": criterion.names}
    record(session, "criterion.set", by=by, now=now, criterion=code, before=before, after=after)
    return criterion


async def drop_criterion(session: WriteSession, code: str, *, by: str, now: datetime) -> None:
    """Take a criterion of the office's own out; reviews that run keep it.

    Raises:
        Refused: there is none, or it is a plan's.

    """
    criterion = await session.get(Criterion, code)
    if criterion is None:
        raise Refused(said("There is no criterion “%(code)s”.", code=code))
    if criterion.source:
        raise Refused(
            said(
                "%(code)s is a criterion of the plan (%(source)s): give it another weight instead.",
                code=code,
                source=criterion.source,
            )
        )
    await session.delete(criterion)
    record(session, "criterion.dropped", by=by, now=now, criterion=code)
