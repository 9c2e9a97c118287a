"""What tasks are about: a quarter of a plan, a delegation that comes, a network that is weighed, a European call."""

from collections import defaultdict
from collections.abc import Collection as Several
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any
from uuid import UUID

from mail.figures import figure
from mail.network_words import recommendation_lines
from mail.question_words import assignment_name, said_of
from models.contracts.mail import AgendaSlot, Language, NetworkWords, VisitWords
from models.contracts.membership_review import Recommendation
from models.policies.period import Quarter
from models.tables.delegation_reception import Visit
from operations.call_words import CallFound, find_said
from operations.item_words import item_name
from store.calendars import load_calendar
from store.database import ReadSession
from store.delegation_reception import SlotFacts, slots_of
from store.membership_review import evidence_of
from store.task import OPEN_STATES, ItemFacts, TaskFacts, reading_of

SHOWS_EVIDENCE = frozenset({"membership_opinion", "membership_decision", "improvement_plan", "improvement_check"})
"""Kinds whose reader has to know what was said of the network."""
NOON = time(12)


@dataclass(frozen=True, slots=True)
class Subject:
    """What one task is about. One of `quarter`, visit (in `facts`), network (in `facts`) and `call` is there."""

    facts: TaskFacts
    slots: tuple[SlotFacts, ...] = ()
    evidence: tuple[ItemFacts, ...] = ()
    call: CallFound | None = None
    assignment: dict[str, Any] | None = None

    @property
    def quarter(self) -> Quarter | None:
        """The quarter, of a collection."""
        return Quarter.parse(self.facts.collection.period) if self.facts.collection else None

    def fields(self, language: Language) -> dict[str, Any]:
        """The fields that contexts of mails and headings of pages have for it."""
        quarter = self.quarter
        return {
            "quarter": quarter.number if quarter else 0,
            "year": quarter.year if quarter else 0,
            "visit": self._visit(),
            "network": self._network(language),
            "call": self.call.words(language, self._years()) if self.call else None,
            "assignment": assignment_name(self.assignment, language) if self.assignment else "",
        }

    def _visit(self) -> VisitWords | None:
        visit = self.facts.visit
        return visit_said(self.facts.process.reference, visit, self.slots) if visit else None

    def _network(self, language: Language) -> NetworkWords | None:
        review, network = self.facts.review, self.facts.network
        if review is None or network is None:
            return None
        return NetworkWords(
            reference=self.facts.process.reference,
            name=network.name,
            year=review.year,
            candidate=review.candidate,
            evidence=tuple(
                said_of(item_name(line, language), figure(reading_of(line.answer), line.unit, language))
                for line in self.evidence
                if line.answer is not None
            )
            + self._recommendation(language),
        )

    def _years(self) -> int:
        """How long a project is over, where that is asked about."""
        task = self.facts.task
        return int(task.occasion) if task.kind == "sustainability_check" else 0

    def _recommendation(self, language: Language) -> tuple[str, ...]:
        """What is recommended to whoever has to decide, and why."""
        review = self.facts.review
        if self.facts.task.kind != "membership_decision" or review is None or review.recommendation is None:
            return ()
        return tuple(recommendation_lines(Recommendation.model_validate(review.recommendation), language))


def visit_said(reference: str, visit: Visit, slots: Sequence[SlotFacts] = (), reason: str | None = None) -> VisitWords:
    """A visit as mails and pages speak of it. `reason`: where it is not the one why it was moved or called off."""
    moved = visit.moved_from_first and visit.moved_from_last
    return VisitWords(
        reference=reference,
        organisation=visit.organisation,
        city=visit.city,
        country=visit.country,
        kind=visit.kind,
        first_day=visit.first_day,
        last_day=visit.last_day,
        themes=tuple(visit.themes),
        people=visit.women + visit.men + visit.others,
        agenda=tuple(AgendaSlot(**slot.words()) for slot in slots),
        moved_from=(visit.moved_from_first, visit.moved_from_last) if moved else None,
        reason=visit.reason if reason is None else reason,
    )


async def load_subjects(
    session: ReadSession, tasks: Several[TaskFacts], items: dict[UUID, list[ItemFacts]], day: date
) -> dict[UUID, Subject]:
    """What some tasks are about on a day, by task; `items`: of each."""
    agendas: dict[tuple[UUID, int], list[SlotFacts]] = {}
    evidence: dict[UUID, list[ItemFacts]] = defaultdict(list)
    subjects = {}
    for facts in tasks:
        process_id = facts.process.id
        slots: tuple[SlotFacts, ...] = ()
        if facts.visit is not None and (version := _agenda_of(facts)) is not None:
            key = (process_id, version)
            if key not in agendas:
                agendas[key] = await slots_of(session, *key)
            slots = tuple(agendas[key])
        if facts.task.kind in SHOWS_EVIDENCE and process_id not in evidence:
            evidence[process_id] = await evidence_of(session, process_id)
        first = items[facts.task.id][0].item if items.get(facts.task.id) else None
        subjects[facts.task.id] = Subject(
            facts=facts,
            slots=slots,
            evidence=tuple(evidence[process_id]) if facts.task.kind in SHOWS_EVIDENCE else (),
            call=await _call_of(session, facts, day),
            assignment=first.detail if first is not None and facts.task.kind == "assignment" else None,
        )
    return subjects


async def _call_of(session: ReadSession, facts: TaskFacts, day: date) -> CallFound | None:
    """The call that a task is about; for whoever has to decide, with what units said and what time there is."""
    if facts.pursuit is None or facts.call is None:
        return None
    calendar = await load_calendar(session, facts.process.calendar_code)
    return await find_said(
        session,
        facts.process,
        facts.pursuit,
        facts.call,
        now=calendar.at(day, NOON),
        full=facts.task.kind == "go_decision" and facts.task.state in OPEN_STATES,
    )


def _agenda_of(facts: TaskFacts) -> int | None:
    """The agenda that a task shows: the one to be approved, or the approved one."""
    if facts.task.kind == "agenda_approval":
        return int(facts.task.occasion)
    return facts.visit.approved_version if facts.visit else None
