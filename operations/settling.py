"""Settling a matter: a coordinator does what it proposes, or dismisses it with a reason. Once, by whoever is first."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from models.contracts.inbound import AwayNote
from models.contracts.refusal import IsoDay, Refused, Said, said, word_said
from models.tables.people import Person
from operations.absences import add_absence
from operations.addresses import revive
from operations.audit import record
from operations.confirming import vouch
from operations.delegating import delegate, leave
from operations.incoming import examination_of
from operations.tasks import words
from settings import Settings
from store.database import ReadSession, WriteSession
from store.matters import MatterFacts, find_matter, lock_matter, persons_named, persons_of_addresses
from store.task import find_task


@dataclass(frozen=True, slots=True)
class Choices:
    """What a coordinator says beside the proposal, where it leaves something open. Codes of persons; days included.

    `person`: whose reply it is, who stands in, or to whom a task goes. `task`: a task's printed reference.
    """

    person: str | None = None
    task: str | None = None
    first_day: date | None = None
    last_day: date | None = None


async def accept_matter(
    session: WriteSession,
    settings: Settings,
    reference: str,
    choices: Choices,
    *,
    by: str,
    now: datetime,
    day: date,
) -> str:
    """Do what a matter proposes; gives what was done, in a sentence. `day`: today in the office's zone.

    Raises:
        Refused: it was settled before, nothing can be done about a matter of its kind but to dismiss it, or something
            is missing or wrong; nothing was changed.

    """
    facts = await find_matter(session, reference)
    await _lock_open(session, facts)
    match facts.matter.kind:
        case "away":
            told = await _absence(session, facts, choices, by=by, now=now, day=day)
        case "left":
            told = await _leaving(session, settings, facts, choices, by=by, now=now, day=day)
        case "pass_on":
            told = await _pass_on(session, settings, facts, choices, by=by, now=now)
        case "quarantined" | "not_read":
            told = await _vouch(session, settings, facts, choices, by=by, now=now)
        case "dead_address" | "full_mailbox":
            code = facts.matter.person_code or "CODE"
            raise Refused(
                said(
                    "Give the right address with `focal people address %(code)s ADDRESS`, or %(dismiss)s.",
                    code=code,
                    dismiss=_dismiss(facts),
                )
            )
        case _:
            raise Refused(said("There is nothing to accept: %(dismiss)s.", dismiss=_dismiss(facts)))
    _settle(session, facts, "accepted", told, by=by, now=now)
    return told


async def dismiss_matter(session: WriteSession, reference: str, reason: str, *, by: str, now: datetime) -> None:
    """Nothing is to be done about a matter, or it was done otherwise.

    Raises:
        Refused: it was settled before, or the reason is missing or too long.

    """
    reason = words(said("the reason"), reason)
    facts = await find_matter(session, reference)
    await _lock_open(session, facts)
    if facts.matter.kind == "dead_address" and facts.outgoing is not None:
        # To say that nothing is to be done is to say that the address is right: else nobody would ever hear of it.
        await revive(session, {facts.outgoing.recipient.lower()}, by=by, now=now)
    _settle(session, facts, "dismissed", reason, by=by, now=now)


async def _lock_open(session: WriteSession, facts: MatterFacts) -> None:
    matter = await lock_matter(session, facts.matter.id)
    if matter.state != "open":
        raise Refused(
            said(
                "%(matter)s was %(state)s by %(settled_by)s on %(day)s: %(outcome)s Nothing was changed.",
                matter=matter.reference,
                state=word_said(matter.state),
                settled_by=matter.settled_by,
                day=IsoDay(matter.settled_at) if matter.settled_at else "",
                outcome=matter.outcome,
            )
        )


def _dismiss(facts: MatterFacts) -> Said:
    return said("dismiss it with `focal matters dismiss %(matter)s --reason …`", matter=facts.matter.reference)


def _settle(session: WriteSession, facts: MatterFacts, state: str, outcome: str, *, by: str, now: datetime) -> None:
    matter = facts.matter
    matter.state, matter.settled_at, matter.settled_by, matter.outcome = state, now, by, outcome
    told: dict[str, Any] = {"matter": matter.reference, "kind": matter.kind, "outcome": outcome}
    if facts.task is not None:
        told |= {"process_id": facts.task.process_id, "task_id": facts.task.id}
    record(session, f"matter.{state}", by=by, now=now, **told)


async def _absence(
    session: WriteSession, facts: MatterFacts, choices: Choices, *, by: str, now: datetime, day: date
) -> str:
    away, person = AwayNote.model_validate(facts.matter.detail), _person(facts)
    last_day = choices.last_day or away.last_day
    if last_day is None:
        raise Refused(said("The mail does not say until when: give the day with --until."))
    if last_day < day:
        raise Refused(
            said(
                "%(name)s was away until %(last_day)s, which is over: dismiss it, or give another --until.",
                name=person.name,
                last_day=IsoDay(last_day),
            )
        )
    substitute = choices.person or next(
        (each.code for each in await persons_of_addresses(session, away.contacts) if each.code != person.code), None
    )
    first_day = choices.first_day or min(away.first_day or day, last_day)
    days = {"first_day": first_day, "last_day": last_day}
    await add_absence(session, person.code, **days, substitute=substitute, by=by, now=now)
    stands_in = f"{substitute} stands in" if substitute else "nobody stands in"
    return f"{person.code} is away from {days['first_day']} to {last_day}; {stands_in}."


async def _leaving(
    session: WriteSession,
    settings: Settings,
    facts: MatterFacts,
    choices: Choices,
    *,
    by: str,
    now: datetime,
    day: date,
) -> str:
    person = _person(facts)
    told = await leave(session, settings, person.code, to=choices.person, by=by, now=now, day=day)
    return f"{person.code} has left; {len(told.moves)} open tasks moved."


async def _pass_on(
    session: WriteSession, settings: Settings, facts: MatterFacts, choices: Choices, *, by: str, now: datetime
) -> str:
    if facts.task is None or facts.incoming is None:
        raise Refused(said("It names no task."))
    to = choices.person or (await _named(session, facts)).code
    note = f"{facts.person.name}: {_excerpt(facts)}" if facts.person else ""
    await delegate(session, settings, facts.task.id, to=to, by=by, note=note, now=now)
    return f"{facts.task.reference} was passed on to {to}."


async def _named(session: ReadSession, facts: MatterFacts) -> Person:
    """Whom a reply names instead of its writer, if there is exactly one such person."""
    wish = examination_of(facts.incoming).pass_on if facts.incoming else None
    found = await persons_of_addresses(session, [wish.address]) if wish and wish.address else []
    if not found and wish and wish.name:
        found = await persons_named(session, wish.name)
    if len(found) != 1:
        named = " ".join(filter(None, (wish.name, wish.address))) if wish else "nobody"
        raise Refused(
            said(
                "The reply names %(named)s, who is not known for certain: say who it is with --person CODE, "
                "after importing them with `focal people import` if they are new.",
                named=named,
            )
        )
    return found[0]


async def _vouch(
    session: WriteSession, settings: Settings, facts: MatterFacts, choices: Choices, *, by: str, now: datetime
) -> str:
    if facts.incoming is None:
        raise Refused(said("It is about no mail."))
    task = await find_task(session, choices.task) if choices.task else facts.task
    if task is None:
        guess = examination_of(facts.incoming).match.task_reference
        if guess:
            raise Refused(said("Say to which task it belongs with --task REFERENCE; perhaps %(task)s.", task=guess))
        raise Refused(said("Say to which task it belongs with --task REFERENCE."))
    person = choices.person or facts.matter.person_code
    if person is None:
        raise Refused(said("Say whose reply it is with --person CODE."))
    taken = await vouch(session, settings, facts.incoming.id, task.id, person, by=by, now=now)
    return f"Taken as the answer of {person} to {task.reference}: receipt {taken.submission_reference}."


def _person(facts: MatterFacts) -> Person:
    if facts.person is None:
        raise Refused(said("It is about nobody who is known."))
    return facts.person


def _excerpt(facts: MatterFacts) -> str:
    wish = examination_of(facts.incoming).pass_on if facts.incoming else None
    return wish.excerpt if wish else ""
