"""The office's pages on people: units, who leads and answers for them, who is away, and what is missing."""

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.acting import office_day
from api.desk import Fault, Unfit, clock_of, day_in, go, page, refusal_faults, words_in
from api.guard import Guarded, allowed, staff_of
from api.roster import choices_of
from api.site import READ, site_of
from api.visits import read_fields
from models.contracts.refusal import Refused
from models.policies.gaps import Gap, gaps
from models.policies.people import Absence, Appointment, PersonFacts, UnitFacts, absences_on, line_of_units
from models.policies.people_checks import People
from operations.absences import add_absence, change_absence
from operations.addresses import correct_address
from operations.appointments import add_person, appoint, end_appointment, name_head
from operations.choosing import ChoiceRefused
from operations.delegating import Leaving, leave
from store import office_mails, roster
from store.database import ReadSession
from store.people import load_people
from store.task import open_tasks_of

router = APIRouter(route_class=Guarded)
FOUND_SHOWN = 60
MAILS_SHOWN = 12
HISTORY_SHOWN = 30
LAST = date.max
RECENT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody, as a page shows them on a day: with who is away, and whose address is dead."""

    people: People
    gaps: Sequence[Gap]
    away: Mapping[str, Absence]
    dead: AbstractSet[str]
    day: date

    def person(self, code: str | None) -> PersonFacts | None:
        """A person by their code, or None."""
        return self.people.persons.get(code) if code else None

    def focal_points(self, unit_code: str) -> list[PersonFacts]:
        """Who answers for a unit today, the one who is asked first."""
        holding = [
            (row.first_day, row.person_code)
            for row in self.people.appointments
            if row.unit_code == unit_code and row.holds_on(self.day) and self.people.persons[row.person_code].active
        ]
        return [self.people.persons[code] for _, code in sorted(holding)]


@dataclass(frozen=True, slots=True)
class Node:
    """A unit of the tree with those below it."""

    unit: UnitFacts
    head: PersonFacts | None
    focal_points: Sequence[PersonFacts]
    gaps: Sequence[Gap]
    below: "Sequence[Node]"


def _today(request: Request) -> date:
    return office_day(request, datetime.now(UTC))


def _recent(request: Request) -> date:
    """A day that is typed without its year may be one of the last months: somebody is away since last week."""
    return _today(request) - RECENT


def _before(day: date) -> date:
    """A day that is typed without its year may be this one."""
    return day - timedelta(days=1)


async def _roster(request: Request, session: ReadSession) -> Roster:
    people, day = await load_people(session), _today(request)
    dead = frozenset(await roster.dead_addresses(session))
    asked = await roster.units_asked(session, people.units)
    missing = gaps(people, asked=asked, dead=dead, day=day)
    return Roster(people, missing, absences_on(people.absences, day), dead, day)


@router.api_route("/people", methods=READ)
@allowed("coordinator", "operator", city=True)
async def show_people(request: Request) -> Response:
    """The units as a tree with who leads and answers for them, what is missing, and whoever is looked for."""
    async with site_of(request).database.reading() as session:
        known = await _roster(request, session)
    looked_for = request.query_params.get("q", "").strip()[:100]
    persons = list(_found(known.people, looked_for)) if looked_for else []
    return await page(
        request,
        "office_people.html",
        roster=known,
        tree=_tree(known),
        looked_for=looked_for,
        found=persons[:FOUND_SHOWN],
        found_count=len(persons),
        kinds=_by_kind(known.gaps),
        active=sum(person.active for person in known.people.persons.values()),
        coming=sorted(
            (row for row in known.people.absences if row.last_day >= known.day),
            key=lambda row: (row.first_day, row.person_code),
        ),
    )


def _by_kind(missing: Sequence[Gap]) -> dict[str, list[Gap]]:
    kinds: dict[str, list[Gap]] = {}
    for gap in missing:
        kinds.setdefault(gap.kind, []).append(gap)
    return kinds


def _plain(text: str) -> str:
    """A text without case and accents, for looking something up."""
    split = unicodedata.normalize("NFD", text.casefold())
    return "".join(each for each in split if not unicodedata.combining(each))


def _found(people: People, words: str) -> Iterator[PersonFacts]:
    parts = _plain(words).split()
    for person in sorted(people.persons.values(), key=lambda person: _plain(person.name)):
        about = _plain(f"{person.name} {person.address} {person.code} {people.units[person.unit_code].name}")
        if all(part in about for part in parts):
            yield person


def _tree(known: Roster) -> list[Node]:
    """The units under each other; those of a circle, which nothing leads to, stand at the end."""
    below: dict[str | None, list[UnitFacts]] = {}
    for unit in sorted(known.people.units.values(), key=lambda unit: _plain(unit.name)):
        below.setdefault(unit.parent_code, []).append(unit)
    missing: dict[str | None, list[Gap]] = {}
    for gap in known.gaps:
        missing.setdefault(gap.unit_code, []).append(gap)

    def node(unit: UnitFacts) -> Node:
        under = tuple(node(each) for each in below.get(unit.code, ()))
        head = known.person(unit.head_code)
        return Node(unit, head, known.focal_points(unit.code), missing.get(unit.code, ()), under)

    return [node(unit) for unit in below.get(None, ())]


@router.api_route("/people/unit/{code}", methods=READ)
@allowed("coordinator", "operator", city=True)
async def show_unit(request: Request, code: str) -> Response:
    """One unit: its head, its focal points now, before and later, its people, and what is missing."""
    return await _unit_page(request, code)


@router.post("/people/unit/{code}")
@allowed("coordinator", city=True)
async def change_unit(request: Request, code: str) -> Response:
    """Appoint a focal point, end an appointment, name a head, or make somebody known who works there."""
    fields = await read_fields(request)
    async with site_of(request).database.reading() as session:
        if code not in (await load_people(session)).units:
            raise HTTPException(404)
    act = fields.get("act", "")
    if act not in UNIT_ACTS:
        raise HTTPException(404)
    home = f"/people/unit/{code}"
    try:
        return await UNIT_ACTS[act](request, code, fields, home)
    except Unfit as faulty:
        return await _unit_page(request, code, fields, faulty.faults)
    except Refused as refusal:
        return await _unit_page(request, code, fields, refusal_faults(refusal, FIRST_FIELD[act]))


async def _appoint(request: Request, code: str, fields: dict[str, str], home: str) -> Response:
    today, faults = _today(request), list[Fault]()
    if not fields.get("person"):
        faults.append(Fault("person", "person_missing"))
    first_day = day_in(fields, "first_day", today=_recent(request), faults=faults)
    last_day = day_in(fields, "last_day", today=_before(first_day or today), faults=faults, needed=False)
    if faults or first_day is None:
        raise Unfit(*faults)
    days = {"first_day": first_day, "last_day": last_day}
    async with site_of(request).database.transaction() as session:
        act = {"by": staff_of(request).code, "now": datetime.now(UTC), "day": today}
        await appoint(session, code, fields["person"], **days, **act)  # type: ignore[arg-type]
    return go(home, "appointed")


async def _end(request: Request, code: str, fields: dict[str, str], home: str) -> Response:
    today, faults = _today(request), list[Fault]()
    first_day = _iso_day(fields.get("of_day", ""))
    last_day = None if fields.get("call_off") else day_in(fields, "ends_on", today=_before(today), faults=faults)
    if faults:
        raise Unfit(*faults)
    async with site_of(request).database.transaction() as session:
        act: dict[str, Any] = {"by": staff_of(request).code, "now": datetime.now(UTC), "day": today}
        await end_appointment(session, code, fields.get("of", ""), first_day, last_day=last_day, **act)
    return go(home, "appointment_ended")


def _iso_day(text: str) -> date:
    """A day that a page wrote into its own form."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise HTTPException(404) from None


async def _head(request: Request, code: str, fields: dict[str, str], home: str) -> Response:
    if not fields.get("head"):
        raise Unfit(Fault("head", "person_missing"))
    async with site_of(request).database.transaction() as session:
        by, now, today = staff_of(request).code, datetime.now(UTC), _today(request)
        await name_head(session, code, fields["head"], by=by, now=now, day=today)
    return go(home, "head_named")


async def _new_person(request: Request, code: str, fields: dict[str, str], home: str) -> Response:
    named = {"name": fields.get("name", ""), "address": fields.get("new_address", "")}
    try:
        async with site_of(request).database.transaction() as session:
            by, now = staff_of(request).code, datetime.now(UTC)
            language = fields.get("language", "")
            person = await add_person(session, code, **named, language=language, by=by, now=now)
    except ChoiceRefused as refused:
        found = [("new_address" if each.field == "address" else each.field, each.code) for each in refused.problems]
        raise Unfit(*[Fault(ADDED.get(field, field), _of_new(code)) for field, code in found]) from refused
    return go(f"{home}?person={person}", "person_added")


def _of_new(code: str) -> str:
    return {"too_long": "name_long", "nobody_chosen": "person_name_missing", "name_missing": "person_name_missing"}.get(
        code, code
    )


ADDED = {"person_code": "name"}
"""The field of the form that is led to, where nothing was typed at all."""
UNIT_ACTS = {"appoint": _appoint, "end": _end, "head": _head, "new": _new_person}
FIRST_FIELD = {"appoint": "person", "end": "standing", "head": "head", "new": "name"}


async def _unit_page(
    request: Request, code: str, typed: Mapping[str, str] | None = None, faults: Sequence[Fault] = ()
) -> Response:
    async with site_of(request).database.reading() as session:
        known = await _roster(request, session)
        unit = known.people.units.get(code)
        if unit is None:
            raise HTTPException(404)
        theirs = [person for person in known.people.persons.values() if person.unit_code == code and person.active]
        tasks = await roster.open_task_counts(session, [person.code for person in theirs])
        history = await roster.history_of(session, unit=code, limit=HISTORY_SHOWN)
        clock = await clock_of(request, session, [])
    units = known.people.units
    begun = {"person": request.query_params.get("person", ""), "first_day": f"{known.day:%d/%m/%Y}", "language": "ca"}
    return await page(
        request,
        "office_unit.html",
        status=422 if faults else 200,
        roster=known,
        unit=unit,
        head=known.person(unit.head_code),
        line=[units[each] for each in line_of_units(code, units)[:0:-1]],
        below=sorted((row for row in units.values() if row.parent_code == code), key=lambda row: _plain(row.name)),
        appointments=_in_time(known, code),
        theirs=sorted(theirs, key=lambda person: _plain(person.name)),
        tasks=tasks,
        missing=[gap for gap in known.gaps if gap.unit_code == code],
        persons=choices_of(known.people.persons.values(), units, code),
        history=history,
        values={**begun, **(typed or {})},
        faults=faults,
        may_change=_may_change(request),
        clock=clock,
    )


def _in_time(known: Roster, code: str) -> list[Appointment]:
    """The appointments for a unit: those that hold or come, then those that are over, the latest first."""
    rows = [row for row in known.people.appointments if row.unit_code == code]
    standing = [row for row in rows if (row.last_day or LAST) >= known.day]
    over = [row for row in rows if (row.last_day or LAST) < known.day]
    return [*standing, *sorted(over, key=lambda row: row.last_day or LAST, reverse=True)]


def _may_change(request: Request) -> bool:
    return staff_of(request).units("coordinator") is None


@router.api_route("/people/person/{code}", methods=READ)
@allowed("coordinator", "operator", city=True)
async def show_person(request: Request, code: str) -> Response:
    """One person: what they lead and answer for, what is asked of them, when they are away, what reached them."""
    return await _person_page(request, code)


@router.post("/people/person/{code}")
@allowed("coordinator", city=True)
async def change_person(request: Request, code: str) -> Response:
    """Correct an address, say that somebody is away, or when they are back."""
    fields = await read_fields(request)
    async with site_of(request).database.reading() as session:
        if code not in (await load_people(session)).persons:
            raise HTTPException(404)
    act = fields.get("act", "")
    if act not in PERSON_ACTS:
        raise HTTPException(404)
    try:
        return await PERSON_ACTS[act](request, code, fields, f"/people/person/{code}")
    except Unfit as faulty:
        return await _person_page(request, code, fields, faulty.faults)
    except Refused as refusal:
        return await _person_page(request, code, fields, refusal_faults(refusal, FIRST_OF_PERSON[act]))


async def _correct(request: Request, code: str, fields: dict[str, str], home: str) -> Response:
    address = words_in(fields, "address", faults=(faults := list[Fault]()), limit=254, missing="address_missing")
    if faults:
        raise Unfit(*faults)
    async with site_of(request).database.transaction() as session:
        await correct_address(session, code, address, by=staff_of(request).code, now=datetime.now(UTC))
    return go(home, "address_corrected")


async def _away(request: Request, code: str, fields: dict[str, str], home: str) -> Response:
    faults = list[Fault]()
    first_day = day_in(fields, "first_day", today=_recent(request), faults=faults)
    last_day = day_in(fields, "last_day", today=_before(first_day or _today(request)), faults=faults)
    if faults or first_day is None or last_day is None:
        raise Unfit(*faults)
    substitute = fields.get("substitute") or None
    async with site_of(request).database.transaction() as session:
        act: dict[str, Any] = {"by": staff_of(request).code, "now": datetime.now(UTC)}
        await add_absence(session, code, first_day=first_day, last_day=last_day, substitute=substitute, **act)
    return go(home, "absence_added")


async def _back(request: Request, code: str, fields: dict[str, str], home: str) -> Response:
    back_on = day_in(fields, "back_on", today=_recent(request), faults=(faults := list[Fault]()))
    first_day = _iso_day(fields.get("of_day", ""))
    if faults or back_on is None:
        raise Unfit(*faults)
    async with site_of(request).database.transaction() as session:
        by, now = staff_of(request).code, datetime.now(UTC)
        substitute = fields.get("of_substitute") or None
        await change_absence(session, code, first_day, back_on=back_on, substitute=substitute, by=by, now=now)
    return go(home, "absence_changed")


PERSON_ACTS = {"address": _correct, "away": _away, "back": _back}
FIRST_OF_PERSON = {"address": "address", "away": "first_day", "back": "standing"}


@dataclass(frozen=True, slots=True)
class Standing:
    """An absence that holds or is to come, and the first day after it."""

    absence: Absence
    back_on: date


async def _person_page(
    request: Request, code: str, typed: Mapping[str, str] | None = None, faults: Sequence[Fault] = ()
) -> Response:
    now = datetime.now(UTC)
    async with site_of(request).database.reading() as session:
        known = await _roster(request, session)
        person = known.person(code)
        if person is None:
            raise HTTPException(404)
        tasks = await open_tasks_of(session, code)
        mails = await office_mails.mails_to(session, code, limit=MAILS_SHOWN)
        history = await roster.history_of(session, person=code, limit=HISTORY_SHOWN)
        dead = (await roster.dead_addresses(session)).get(person.address)
        clock = await clock_of(request, session, [row.calendar_code for row in mails])
    people = known.people
    absences = sorted((row for row in people.absences if row.person_code == code), key=lambda row: row.first_day)
    begun = {"address": person.address}
    return await page(
        request,
        "office_person.html",
        status=422 if faults else 200,
        roster=known,
        person=person,
        unit=people.units[person.unit_code],
        leads=[unit for unit in people.units.values() if unit.head_code == code],
        answers_for=[row for row in people.appointments if row.person_code == code],
        absences=[Standing(row, row.last_day + timedelta(days=1)) for row in absences if row.last_day >= known.day],
        past_absences=[row for row in reversed(absences) if row.last_day < known.day],
        stands_in=[row for row in people.absences if row.substitute_code == code and row.last_day >= known.day],
        tasks=tasks,
        mails=mails,
        history=history,
        dead=dead,
        persons=[
            each for each in choices_of(people.persons.values(), people.units, person.unit_code) if each[0] != code
        ],
        values={**begun, **(typed or {})},
        faults=faults,
        may_change=_may_change(request),
        now=now,
        clock=clock,
    )


@router.api_route("/people/person/{code}/leave", methods=READ)
@allowed("coordinator", city=True)
async def ask_leave(request: Request, code: str) -> Response:
    """What would happen if somebody left, before it does."""
    return await _leave_page(request, code, request.query_params.get("to", ""))


@router.post("/people/person/{code}/leave")
@allowed("coordinator", city=True)
async def let_leave(request: Request, code: str) -> Response:
    """Let somebody leave as it was shown; where it would be otherwise by now, it is shown again."""
    fields = await read_fields(request)
    async with site_of(request).database.reading() as session:
        if code not in (await load_people(session)).persons:
            raise HTTPException(404)
    to, now = fields.get("to", ""), datetime.now(UTC)
    try:
        async with site_of(request).database.transaction() as session:
            settings, by, day = (
                site_of(request).settings,
                staff_of(request).code,
                _today(request),
            )
            leaving = await leave(session, settings, code, to=to or None, by=by, now=now, day=day)
            as_seen = _mark(leaving) == fields.get("seen")
            if not as_seen:
                await session.rollback()
    except Refused as refusal:
        return await _leave_page(request, code, to, refusal_faults(refusal, "to"), status=422)
    if not as_seen:
        return await _leave_page(request, code, to, changed=True, status=409)
    return go(f"/people/person/{code}", "person_left")


def _mark(leaving: Leaving) -> str:
    """The same for another leaving with the same consequences."""
    moves = sorted((move.facts.task.reference, move.to_code) for move in leaving.moves)
    return hashlib.sha256(repr((moves, leaving.appointments, leaving.loose_ends)).encode()).hexdigest()


async def _leave_page(
    request: Request, code: str, to: str, faults: Sequence[Fault] = (), *, changed: bool = False, status: int = 200
) -> Response:
    leaving: WouldLeave | None = None
    async with site_of(request).database.reading() as session:
        people = await load_people(session)
    person = people.persons.get(code)
    if person is None:
        raise HTTPException(404)
    if not faults:
        try:
            leaving = await _would_leave(request, code, to)
        except Refused as refusal:
            faults = refusal_faults(refusal, "to")
    return await page(
        request,
        "office_leave.html",
        status=status,
        person=person,
        leaving=leaving,
        names={each.code: each.name for each in people.persons.values()},
        units=people.units,
        persons=[
            each for each in choices_of(people.persons.values(), people.units, person.unit_code) if each[0] != code
        ],
        to=to,
        faults=faults,
        changed=changed,
    )


@dataclass(frozen=True, slots=True)
class WouldLeave:
    """What would follow if somebody left; `seen`: the mark of it. Each move is a task and who gets it."""

    moves: Sequence[Mapping[str, Any]]
    appointments: Sequence[str]
    loose_ends: Sequence[str]
    seen: str


async def _would_leave(request: Request, code: str, to: str) -> WouldLeave:
    """Do it, look, and take it back."""
    async with site_of(request).database.transaction() as session:
        settings, by, now, day = (
            site_of(request).settings,
            staff_of(request).code,
            datetime.now(UTC),
            _today(request),
        )
        leaving = await leave(session, settings, code, to=to or None, by=by, now=now, day=day)
        # Read before it is taken back: after that, the rows are those of before.
        moves = [
            {
                "reference": move.facts.task.reference,
                "kind": move.facts.task.kind,
                "process": move.facts.process.reference,
                "unit_name": move.facts.unit.name,
                "due_on": move.facts.task.due_on,
                "to_code": move.to_code,
            }
            for move in leaving.moves
        ]
        told = WouldLeave(moves, leaving.appointments, leaving.loose_ends, _mark(leaving))
        await session.rollback()
    return told
