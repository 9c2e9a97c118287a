"""The mails about a visit: to its contact, to its hosts, and to the coordinator.

The key of each says what it tells: that is told once, however often it is tried.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mail.question_words import assignment_name
from models.contracts.mail import HostLine, Language, OfficeVisit, ShortPreparation, VisitNews, VisitThanks, VisitWords
from models.policies.delegation_reception import PlannedPreparation, leaves_at
from models.policies.people import PersonFacts
from operations.notices import hand_over, leave_at, reader_context, write
from operations.subjects import visit_said
from operations.visit_calendar import PUTS_IN, TAKES_OUT, earlier_mail, take_back, visit_files
from operations.visit_feedback_link import feedback_link
from operations.visit_news import withdraw_waiting
from settings import Settings
from store.database import WriteSession
from store.delegation_reception import SlotFacts, VisitCase, slots_of
from store.outbox import keys_written

COMPOSE = "{office}/delegations/{number}/agenda"
SHOW = "{office}/delegations/{number}"
AT_ONCE = frozenset({"opened", "moved"})
"""News to the coordinator that answer what somebody at the office has just done."""


@dataclass(frozen=True, slots=True)
class VisitReader:
    """Who is written to about a visit: its contact (`unit_code` empty), or a person, for a unit."""

    address: str
    name: str
    language: Language
    unit_code: str = ""
    person: PersonFacts | None = None


def contact_of(case: VisitCase) -> VisitReader:
    """The contact of the delegation."""
    visit = case.visit
    return VisitReader(visit.contact_address, visit.contact_name, visit.language)


def reader_for(person: PersonFacts, unit_code: str) -> VisitReader:
    """A person, written to for a unit."""
    return VisitReader(person.address, person.name, person.language, unit_code, person)


@dataclass(frozen=True, slots=True)
class VisitDesk:
    """Where the mails about one visit are written: its rows, locked, the settings and the clock's reading."""

    session: WriteSession
    settings: Settings
    case: VisitCase
    now: datetime

    async def tell(
        self,
        reader: VisitReader,
        news: str,
        about: str,
        *,
        reason: str | None = None,
        instead_of: tuple[date, date] | None = None,
    ) -> None:
        """Tell the contact or a person of a unit how the visit stands; `about` says which such news it is.

        `changed` is `confirmed` to whoever has had no word of the agenda before. `reason`: where it is the reader's
        own and not the visit's. `instead_of`: the days that the reader knows, of a visit that has moved.
        """
        key = self._key("visit_news", news, about, f"{reader.unit_code or 'contact'}:{reader.address}")
        if await keys_written(self.session, [key]):
            return
        case, session, where = self.case, self.session, {"unit_code": reader.unit_code}
        process_id = case.process.id
        if news in PUTS_IN | TAKES_OUT:
            await self.take_back(reader, all_of_it=news in TAKES_OUT)
        after_id = await earlier_mail(session, process_id, reader.address)
        if news == "changed" and after_id is None:
            news = "confirmed"
        slots = await self._agenda(news)
        context = VisitNews(
            **reader_context(self.settings, reader.language, reader.name),
            plan_title=case.plan.title,
            plan_language=case.plan.language,
            visit=self._words(slots, reason, instead_of),
            news=news,
            to="host" if reader.unit_code else "contact",
            unit_name=case.units.get(reader.unit_code, ""),
            own=tuple(slot.words() for slot in slots if slot.slot.unit_code == reader.unit_code),
        )
        files = await visit_files(
            session, self.settings, process_id, context, address=reader.address, **where, now=self.now
        )
        await self._post(key, "visit_news", context, reader, after_id=after_id, attachments=files)

    async def take_back(self, reader: VisitReader, *, all_of_it: bool = False) -> None:
        """Withdraw what has not left yet to a reader; that we have heard of the visit only with `all_of_it`."""
        whom = (self.session, self.case.process.id, reader.address)
        await take_back(*whom, unit_code=reader.unit_code, now=self.now)
        await withdraw_waiting(*whom, reader.unit_code, all_of_it=all_of_it, now=self.now)

    async def thank(self) -> None:
        """Thank the contact, and ask how it was."""
        reader = contact_of(self.case)
        context = VisitThanks(
            **reader_context(self.settings, reader.language, reader.name),
            plan_title=self.case.plan.title,
            plan_language=self.case.plan.language,
            visit=self._words(await self._agenda("reminder")),
            link=feedback_link(self.settings, self.case.process.id),
        )
        await self._post(self._key("visit_thanks"), "visit_thanks", context, reader)

    async def office(
        self,
        news: str,
        about: str,
        *,
        hosts: Sequence[HostLine] = (),
        short: Sequence[PlannedPreparation] = (),
        done: Sequence[str] = (),
        by_name: str = "",
        rating: int = 0,
        note: str = "",
        page: str = "",
    ) -> None:
        """Tell the coordinator how the visit stands, and where to go on. `done`: keys of preparations."""
        settings = self.settings
        language = settings.coordinator_language
        number = self.case.process.reference.removeprefix("delegation/")
        context = OfficeVisit(
            **reader_context(settings, language, settings.coordinator_name),
            plan_title=self.case.plan.title,
            plan_language=self.case.plan.language,
            visit=self._words(await self._agenda(news)),
            news=news,
            hosts=tuple(hosts),
            short=tuple(
                ShortPreparation(name=assignment_name({"key": each.key}, language), needed=each.needed, left=each.left)
                for each in short
            ),
            done=tuple(assignment_name({"key": key}, language) for key in done),
            by_name=by_name,
            rating=rating,
            note=note,
            page=page.format(office=settings.office_url, number=number),
        )
        await self._post(self._key("office_visit", news, about), "office_visit", context, None)

    async def nobody(self, kind: str, unit_code: str) -> None:
        """Tell the coordinator, once, that there is nobody in a unit of the visit who could be asked for something."""
        unit = self.case.units[unit_code]
        await self.office("nobody", f"{kind}:{unit_code}", by_name=unit, page=SHOW)

    async def _agenda(self, news: str) -> list[SlotFacts]:
        visit = self.case.visit
        if news in {"fallen", "sent_back", "not_approved"}:
            version: int | None = visit.agenda_version
        elif news == "reminder":
            version = visit.confirmed_version
        else:
            version = visit.approved_version
        return await slots_of(self.session, self.case.process.id, version) if version else []

    def _words(
        self, slots: Sequence[SlotFacts], reason: str | None = None, instead_of: tuple[date, date] | None = None
    ) -> VisitWords:
        said = visit_said(self.case.process.reference, self.case.visit, slots, reason)
        return said.model_copy(update={"moved_from": instead_of}) if instead_of else said

    def _key(self, *parts: str) -> str:
        name, *others = parts
        return ":".join([name, self.case.process.reference, *others])

    async def _post(self, key: str, name: str, context: Any, reader: VisitReader | None, **sent: Any) -> None:
        whose = "office" if reader is None else reader.unit_code or "contact"
        mail = write(
            self.settings,
            key=key,
            name=name,
            context=context,
            thread=f"{self.case.process.reference}:{whose}",
            process_id=self.case.process.id,
            recipient=reader.person if reader else None,
            outsider=reader.address if reader and not reader.person else None,
            now=self.now,
            **sent,
        )
        news = getattr(context, "news", "")
        if news not in AT_ONCE or reader is not None:
            leave_at(mail, self._leaves_at(news, context.visit, to_contact=whose == "contact"))
        await hand_over(self.session, [mail])

    def _leaves_at(self, news: str, told: VisitWords, *, to_contact: bool) -> datetime:
        calendar = self.case.calendar
        if self.now >= self.case.over_at():
            return calendar.sending_instant(self.now)
        # Whoever does not hear in time that a visit moved waits for it on the days of before.
        moved_from = told.moved_from[:1] if news == "moved" and told.moved_from else ()
        first_day = min(told.first_day, *moved_from) if moved_from else told.first_day
        return leaves_at(news, first_day, calendar, self.now, to_contact=to_contact)
