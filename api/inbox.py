"""The office's inbox: what came in, what was made of it, and what only a person can settle, with the mail beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.acting import office_day
from api.desk import (
    Fault,
    Unfit,
    clock_of,
    day_in,
    go,
    language_of,
    leaf_number,
    leaf_of,
    page,
    refusal_faults,
    uuid_of,
    words_in,
)
from api.guard import Guarded, allowed, staff_of
from api.messages import Letter, parse, read_letter, text_of
from api.roster import person_choices
from api.sentences import DECISIONS
from api.site import READ, site_of
from api.visits import read_fields
from models.contracts.inbound import AskedEntry, AwayNote, Examination, ValuesRead
from models.contracts.refusal import Refused
from models.tables.mail import Matter
from models.tables.task import Task
from operations.addresses import correct_address
from operations.confirming import vouch
from operations.examining import asked_entries, read_for
from operations.incoming import examination_of, read_again
from operations.settling import Choices, accept_matter, dismiss_matter
from operations.telling import matter_line
from store import matters, office, office_mails
from store.database import ReadSession
from store.incoming import active_person
from store.matters import MatterFacts
from store.office import PAGE
from store.task import TaskFacts, find_task, open_tasks_of

router = APIRouter(route_class=Guarded)
MOST_MATTERS = 200
"""On one page, the oldest: what comes after them is shown as these are settled."""
ACCEPTED: Mapping[str, str] = {
    "away": "matter_absence",
    "left": "matter_left",
    "pass_on": "matter_passed_on",
    "quarantined": "matter_taken",
    "not_read": "matter_taken",
}
"""What is told once a matter of a kind was accepted, by its key in `sentences.done`."""
OF_ADDRESSES = frozenset({"dead_address", "full_mailbox"})
TAKEN = frozenset({"quarantined", "not_read"})
SETTLED = frozenset({"accepted", "confirmed", "disowned", "vouched"})
"""Standings of a mail of which nothing can be taken any more."""


@router.api_route("/matters", methods=READ)
@allowed("coordinator", city=True)
async def show_matters(request: Request) -> Response:
    """What somebody has to settle, the oldest first, and below what was settled last."""
    site, kind = site_of(request), request.query_params.get("kind", "")
    async with site.database.reading() as session:
        unsettled = await matters.open_matters(session, limit=MOST_MATTERS)
        total = await matters.open_count(session)
        settled = await matters.settled_matters(session, limit=PAGE)
        names = await office.person_names(session, {str(facts.matter.settled_by) for facts in settled})
        clock = await clock_of(request, session, [])
    kinds: dict[str, int] = {}
    for facts in unsettled:
        kinds[facts.matter.kind] = kinds.get(facts.matter.kind, 0) + 1
    kind = kind if kind in kinds else ""
    return await page(
        request,
        "office_matters.html",
        unsettled=[
            (facts, matter_line(facts, site.settings)) for facts in unsettled if kind in {"", facts.matter.kind}
        ],
        total=total,
        kinds=kinds,
        kind=kind,
        settled=[(facts, matter_line(facts, site.settings)) for facts in settled],
        names=names,
        clock=clock,
    )


@dataclass(frozen=True, slots=True)
class Looked:
    """What would be taken from a mail as an answer, before it is."""

    task_reference: str
    person_name: str
    read: ValuesRead
    asked: Mapping[UUID, AskedEntry]


@dataclass(frozen=True, slots=True)
class Guesses:
    """What a mail most likely means, to begin a form with; empty where nothing is known."""

    person: str = ""
    task: str = ""
    first_day: date | None = None
    last_day: date | None = None
    theirs: Sequence[TaskFacts] = field(default_factory=tuple)
    """The open tasks of that person."""


@router.api_route("/matters/{reference}", methods=READ)
@allowed("coordinator", city=True)
async def show_matter(request: Request, reference: str) -> Response:
    """One matter: what happened, what is proposed, the mail itself, and what can be done about it."""
    return await _matter_page(request, reference)


@router.post("/matters/{reference}")
@allowed("coordinator", city=True)
async def settle(request: Request, reference: str) -> Response:
    """Do what a matter proposes; look first what would be read; correct an address; or dismiss it with a reason."""
    fields = await read_fields(request)
    async with site_of(request).database.reading() as session:
        facts = await _facts(session, reference)
    try:
        match fields.get("act"):
            case "look":
                return await _matter_page(request, reference, fields, looked=await _look(request, facts, fields))
            case "accept" if facts.matter.kind in ACCEPTED:
                return await _accept(request, facts.matter, fields)
            case "address" if facts.matter.kind in OF_ADDRESSES:
                return await _address(request, facts.matter, fields)
            case "again" if facts.incoming is not None:
                return await _read_again(request, facts.incoming.id, f"/matters/{facts.matter.reference}")
            case "dismiss":
                return await _dismiss(request, facts.matter, fields)
            case _:
                raise HTTPException(404)
    except Unfit as faulty:
        return await _matter_page(request, reference, fields, faults=faulty.faults)
    except Refused as refusal:
        return await _matter_page(request, reference, fields, faults=refusal_faults(refusal, "settling"))


async def _look(request: Request, facts: MatterFacts, fields: dict[str, str]) -> Looked | None:
    if facts.incoming is None or facts.matter.kind not in TAKEN:
        raise HTTPException(404)
    return await _read_as(request, facts.incoming.id, fields)


async def _read_as(request: Request, mail_id: UUID, fields: dict[str, str]) -> Looked:
    """What would be taken from a mail as the answer of a person to a task that are typed."""
    reference, code = _task_and_person(fields)
    async with site_of(request).database.reading() as session:
        reply = await office_mails.reply(session, mail_id)
        if reply is None:
            raise HTTPException(404)
        task, person = await find_task(session, reference), await active_person(session, code)
        if person is None:
            raise Unfit(Fault("person", "person_unknown"))
        read = await read_for(session, reply.mail.raw, task, person)
        asked = {entry.item_id: entry for entry in await asked_entries(session, task.id, language_of(request))}
    return Looked(task.reference, person.name, read, asked)


def _task_and_person(fields: dict[str, str]) -> tuple[str, str]:
    reference, code = fields.get("task", "").strip(), fields.get("person", "")
    faults = [] if reference else [Fault("task", "task_missing")]
    if not code:
        faults.append(Fault("person", "person_missing"))
    if faults:
        raise Unfit(*faults)
    return reference, code


async def _accept(request: Request, matter: Matter, fields: dict[str, str]) -> Response:
    today, faults = office_day(request, datetime.now(UTC)), list[Fault]()
    first_day = last_day = None
    if matter.kind == "away":
        # Somebody may be away since last week, or until today: a day without its year is one of those.
        first_day = day_in(fields, "first_day", today=today - timedelta(days=90), faults=faults, needed=False)
        last_day = day_in(fields, "last_day", today=today - timedelta(days=1), faults=faults)
    if matter.kind == "pass_on" and not fields.get("person"):
        faults.append(Fault("person", "person_missing"))
    if faults:
        raise Unfit(*faults)
    if matter.kind in TAKEN:
        _task_and_person(fields)
    choices = Choices(
        person=fields.get("person") or None,
        task=fields.get("task", "").strip() or None,
        first_day=first_day,
        last_day=last_day,
    )
    settings, by = site_of(request).settings, staff_of(request).code
    async with site_of(request).database.transaction() as session:
        now = datetime.now(UTC)
        await accept_matter(session, settings, matter.reference, choices, by=by, now=now, day=today)
    return go("/matters", ACCEPTED[matter.kind])


async def _address(request: Request, matter: Matter, fields: dict[str, str]) -> Response:
    address = words_in(fields, "address", faults=(faults := list[Fault]()), limit=254, missing="address_missing")
    if faults:
        raise Unfit(*faults)
    try:
        async with site_of(request).database.transaction() as session:
            by, code = staff_of(request).code, matter.person_code or ""
            await correct_address(session, code, address, by=by, now=datetime.now(UTC))
    except Refused as refusal:
        raise Unfit(*refusal_faults(refusal, "address")) from refusal
    return go("/matters", "address_corrected")


async def _dismiss(request: Request, matter: Matter, fields: dict[str, str]) -> Response:
    reason = words_in(fields, "reason", faults=(faults := list[Fault]()), missing="reason_missing")
    if faults:
        raise Unfit(*faults)
    async with site_of(request).database.transaction() as session:
        await dismiss_matter(session, matter.reference, reason, by=staff_of(request).code, now=datetime.now(UTC))
    return go("/matters", "matter_dismissed")


async def _read_again(request: Request, mail_id: UUID, home: str) -> Response:
    async with site_of(request).database.transaction() as session:
        await read_again(session, mail_id, by=staff_of(request).code, now=datetime.now(UTC))
    return go(home, "read_again")


async def _facts(session: ReadSession, reference: str) -> MatterFacts:
    try:
        return await matters.find_matter(session, reference)
    except Refused:
        raise HTTPException(404) from None


async def _matter_page(
    request: Request,
    reference: str,
    typed: Mapping[str, str] | None = None,
    *,
    faults: Sequence[Fault] = (),
    looked: Looked | None = None,
) -> Response:
    """A matter with its form as it was filled in; 409 where somebody has settled it meanwhile."""
    site, letter, sent = site_of(request), Letter(), ""
    async with site.database.reading() as session:
        facts = await _facts(session, reference)
        if facts.incoming is not None:
            reply = await office_mails.reply(session, facts.incoming.id)
            letter = await run_in_threadpool(read_letter, reply.mail.raw if reply else b"")
        elif facts.outgoing is not None:
            found = await office_mails.mail(session, facts.outgoing.id)
            sent = (text_of(parse(found[1])) if found else None) or ""
        is_open = facts.matter.state == "open"
        guesses = await _guesses(session, facts) if is_open else Guesses()
        persons = await person_choices(session) if is_open else []
        names = await office.person_names(session, {str(facts.matter.settled_by)})
        clock = await clock_of(request, session, [])
    begun = {
        "person": guesses.person,
        "task": guesses.task,
        "first_day": f"{guesses.first_day:%d/%m/%Y}" if guesses.first_day else "",
        "last_day": f"{guesses.last_day:%d/%m/%Y}" if guesses.last_day else "",
        "address": facts.person.address if facts.person else "",
    }
    return await page(
        request,
        "office_matter.html",
        status=200 if not faults else 422 if is_open else 409,
        facts=facts,
        line=matter_line(facts, site.settings),
        is_open=is_open,
        values={**begun, **(typed or {})},
        guesses=guesses,
        persons=persons,
        letter=letter,
        sent=sent,
        looked=looked,
        faults=faults if is_open else (),
        too_late=bool(faults) and not is_open,
        names=names,
        clock=clock,
    )


async def _guesses(session: ReadSession, facts: MatterFacts) -> Guesses:
    """The best guess of what a mail means: of whom it speaks, about which task, from when to when."""
    found = examination_of(facts.incoming) if facts.incoming and facts.incoming.examination else None
    match facts.matter.kind:
        case "away" | "left":
            away = AwayNote.model_validate(facts.matter.detail)
            own = facts.matter.person_code
            named = [each.code for each in await matters.persons_of_addresses(session, away.contacts)]
            person = next((code for code in named if code != own), "")
            theirs = await open_tasks_of(session, own) if own else []
            return Guesses(person, "", away.first_day, away.last_day, theirs)
        case "pass_on":
            return Guesses(await _named_instead(session, found))
        case "quarantined" | "not_read":
            return await _of_reply(session, facts.matter.person_code, facts, found)
        case _:
            return Guesses()


async def _named_instead(session: ReadSession, found: Examination | None) -> str:
    wish = found.pass_on if found else None
    if wish is None:
        return ""
    named = await matters.persons_of_addresses(session, [wish.address]) if wish.address else []
    if not named and wish.name:
        named = await matters.persons_named(session, wish.name)
    return named[0].code if len(named) == 1 else ""


async def _of_reply(session: ReadSession, code: str | None, facts: MatterFacts, found: Examination | None) -> Guesses:
    if code is None and facts.incoming is not None and facts.incoming.sender:
        senders = await matters.persons_of_addresses(session, [facts.incoming.sender])
        code = senders[0].code if len(senders) == 1 else None
    if code is None and facts.task is not None:
        code = facts.task.assignee_code
    theirs = await open_tasks_of(session, code) if code else []
    about = facts.task.reference if facts.task else (found.match.task_reference if found else None)
    only = theirs[0].task.reference if len(theirs) == 1 else ""
    return Guesses(code or "", about or only, theirs=theirs)


@router.api_route("/incoming", methods=READ)
@allowed("coordinator", city=True)
async def show_replies(request: Request) -> Response:
    """Mails that came in, with what was decided about them."""
    standing, number = request.query_params.get("decision", ""), leaf_number(request)
    standing = standing if standing in DECISIONS else ""
    async with site_of(request).database.reading() as session:
        counts = await office_mails.reply_counts(session)
        rows = await office_mails.replies(session, page=number, standing=standing)
        clock = await clock_of(request, session, {row.calendar_code for row in rows})
    total = counts.get(standing, 0) if standing else sum(counts.values())
    leaf = leaf_of(request, number, total)
    return await page(
        request,
        "office_incoming.html",
        rows=rows,
        counts=counts,
        standing=standing,
        total=total,
        leaf=leaf,
        clock=clock,
    )


@router.api_route("/incoming/{mail_id}", methods=READ)
@allowed("coordinator", city=True)
async def show_reply(request: Request, mail_id: str) -> Response:
    """One mail that came in: what was read and where, what was not, what was decided and why, and its words."""
    return await _reply_page(request, mail_id)


@router.post("/incoming/{mail_id}")
@allowed("coordinator", city=True)
async def treat(request: Request, mail_id: str) -> Response:
    """Take a mail as somebody's answer, after a look at what would be taken; or have it read once more."""
    fields, wanted = await read_fields(request), uuid_of(mail_id)
    async with site_of(request).database.reading() as session:
        if await office_mails.reply(session, wanted) is None:
            raise HTTPException(404)
    try:
        match fields.get("act"):
            case "look":
                return await _reply_page(request, mail_id, fields, looked=await _read_as(request, wanted, fields))
            case "accept":
                return await _take(request, wanted, fields)
            case "again":
                return await _read_again(request, wanted, f"/incoming/{wanted}")
            case _:
                raise HTTPException(404)
    except Unfit as faulty:
        return await _reply_page(request, mail_id, fields, faults=faulty.faults)
    except Refused as refusal:
        return await _reply_page(request, mail_id, fields, faults=refusal_faults(refusal, "task"))


async def _take(request: Request, mail_id: UUID, fields: dict[str, str]) -> Response:
    reference, person = _task_and_person(fields)
    settings, by = site_of(request).settings, staff_of(request).code
    async with site_of(request).database.transaction() as session:
        task = await find_task(session, reference)
        await vouch(session, settings, mail_id, task.id, person, by=by, now=datetime.now(UTC))
    return go(f"/incoming/{mail_id}", "reply_taken")


async def _reply_page(
    request: Request,
    mail_id: str,
    typed: Mapping[str, str] | None = None,
    *,
    faults: Sequence[Fault] = (),
    looked: Looked | None = None,
) -> Response:
    """A mail that came in; 409 where it was settled before somebody wanted to take it."""
    async with site_of(request).database.reading() as session:
        reply = await office_mails.reply(session, uuid_of(mail_id))
        if reply is None:
            raise HTTPException(404)
        found = examination_of(reply.mail) if reply.mail.examination else None
        about = found.match.task_id if found and found.values else None
        asked = await asked_entries(session, about, language_of(request)) if about else ()
        answers = await office_mails.answers_to(session, reply.mail.id)
        brought_up = await matters.matters_of_mail(session, reply.mail.id)
        can_be_taken = reply.standing not in SETTLED
        about_task = await session.get(Task, reply.mail.task_id) if reply.mail.task_id else None
        persons = await person_choices(session) if can_be_taken else []
        clock = await clock_of(request, session, [reply.calendar_code])
    begun: dict[str, Any] = {
        "person": reply.mail.person_code or (about_task.assignee_code if about_task else ""),
        "task": reply.task_reference or (found.match.task_reference if found else "") or "",
    }
    return await page(
        request,
        "office_reply.html",
        status=200 if not faults else 422 if can_be_taken else 409,
        reply=reply,
        found=found,
        asked={entry.item_id: entry for entry in asked},
        answers=answers,
        brought_up=brought_up,
        letter=await run_in_threadpool(read_letter, reply.mail.raw),
        can_be_taken=can_be_taken,
        values={**begun, **(typed or {})},
        persons=persons,
        looked=looked,
        faults=faults,
        clock=clock,
    )
