"""The mails about a call: to the units that were asked, to whoever has to send the proposal, and to the coordinator.

The key of each says what it tells, and to which unit: that is told once, however often it is tried.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Literal

from mail.call_reasons import why_said
from models.contracts.mail import CallAlarm, CallNews, CallWords, Language, OfficeCall
from models.policies.call_follow_up import SENT
from models.policies.people import PersonFacts
from models.tables.task import Task
from operations.call_words import call_said
from operations.links import new_link, token
from operations.notices import hand_over, leave_at, reader_context, write
from settings import Settings
from store.call_follow_up import TAKES_PART, CallCase, deadline_of_aim
from store.database import WriteSession
from store.outbox import any_written, keys_written, take_back_waiting
from store.task import links_of

SHOW = "focal calls status {identifier}"
SAYS_WHY = frozenset({"no_go", "dropped"})
"""News whose reason begins with the key of an option."""
Part = Literal["lead", "partner", "watch", "office", "asked"]
PARTS: Mapping[str, Part] = MappingProxyType({"lead": "lead", "partner": "partner", "watch": "watch"})
"""What a unit is told as, by what it said; whoever said no, or nothing, was asked."""


@dataclass(frozen=True, slots=True)
class CallDesk:
    """Where the mails about one call are written: its rows, locked, the settings and the clock's reading."""

    session: WriteSession
    settings: Settings
    case: CallCase

    async def tell(
        self, units: Mapping[str, Part], news: str, about: str = "", *, reason: str = "", by_name: str = ""
    ) -> list[str]:
        """Tell some units, once, what was decided or happened; `about` says which such news it is.

        Whoever answers for several of them is told once. Gives the codes of those who were told now.
        """
        beginning = self._key("call_news", news, about, "")
        if await any_written(self.session, beginning):
            return []
        told: list[str] = []
        for unit_code, part in units.items():
            reader = self.case.reader(unit_code)
            if reader is not None and reader.code not in told:
                await self._tell(f"{beginning}{unit_code}", reader, unit_code, part, news, reason, by_name)
                told.append(reader.code)
        return told

    async def tell_move(self, units: Mapping[str, Part], known: str, reason: str) -> None:
        """Tell some units and the coordinator that the deadline has moved; `known`: the aim of before.

        A move of which no mail has left yet is one with this; back where it was, there is nothing to tell.
        """
        seen: set[str] = set()
        for unit_code, part in units.items():
            reader = self.case.reader(unit_code)
            if reader is None or reader.code in seen:
                continue
            seen.add(reader.code)
            moved = await self._move(self._key("call_news", "moved", unit_code, ""), known)
            if moved is not None:
                await self._tell(moved.key, reader, unit_code, part, "moved", reason, "", moved.old_deadline)
        moved = await self._move(self._key("office_call", "moved", ""), known)
        if moved is not None:
            await self._office(moved.key, "moved", "", reason, None, SHOW, moved.old_deadline)

    async def _move(self, beginning: str, known: str) -> "_Move | None":
        """How a move is told to a reader: what they have not read yet of earlier moves is taken back."""
        waiting = await take_back_waiting(self.session, beginning, self.case.now)
        if waiting:
            known = waiting[0].removeprefix(beginning).partition(">")[0]
        aim = self.case.aim
        if deadline_of_aim(known) == deadline_of_aim(aim):
            return None
        return _Move(f"{beginning}{known}>{aim}@{self.case.now:%Y%m%dT%H%M%S%f}", deadline_of_aim(known))

    async def _tell(
        self,
        key: str,
        reader: PersonFacts,
        unit_code: str,
        part: Part,
        news: str,
        reason: str,
        by_name: str,
        old_deadline: datetime | None = None,
    ) -> None:
        said = await self._words(reader.language, full=False)
        context = CallNews(
            **self._shared(reader.language, reader.name),
            call=_as_moved(said, old_deadline, reason) if news == "moved" else said,
            news=news,
            unit_name=self.case.people.units[unit_code].name,
            part=part,
            reason=why_said(reason, reader.language) if news in SAYS_WHY else reason,
            by_name=by_name,
        )
        await self._post(key, "call_news", context, reader, unit_code)

    async def office(
        self,
        news: str,
        about: str = "",
        *,
        by_name: str = "",
        note: str = "",
        records_until: date | None = None,
        command: str = SHOW,
    ) -> None:
        """Tell the coordinator, once, how the call stands and what to type next; see `OfficeCall`."""
        key = self._key("office_call", news, about)
        if not await keys_written(self.session, [key]):
            await self._office(key, news, by_name, note, records_until, command)

    async def _office(
        self,
        key: str,
        news: str,
        by_name: str,
        note: str,
        records_until: date | None,
        command: str,
        old_deadline: datetime | None = None,
    ) -> None:
        settings = self.settings
        # Once the proposal was sent, nobody weighs who is interested and what time is left.
        said = await self._words(settings.coordinator_language, full=self.case.pursuit.state not in SENT)
        context = OfficeCall(
            **self._shared(settings.coordinator_language, settings.coordinator_name),
            call=_as_moved(said, old_deadline, note) if news == "moved" else said,
            news=news,
            by_name=by_name,
            note=why_said(note, settings.coordinator_language) if news in SAYS_WHY else note,
            records_until=records_until,
            command=command.format(identifier=self.case.call.identifier),
        )
        await self._post(key, "office_call", context, None, "office")

    async def nobody(self, kind: str, unit_code: str) -> None:
        """Tell the coordinator, once, that there is nobody in a unit who could be asked for something."""
        unit = self.case.people.units.get(unit_code)
        name = unit.name if unit else unit_code
        await self.office("nobody", f"{kind}:{unit_code}", by_name=name, command="focal people import FILES")

    async def alarm(self, readers: Sequence[PersonFacts], unit_code: str, task: Task | None) -> list[str]:
        """Tell each of some persons, at whatever hour, that nobody has confirmed that the proposal was sent.

        `task`: the one that asks for it; None where nobody could be asked. Gives the codes of those who were told now.
        """
        told: list[str] = []
        case, links = self.case, await links_of(self.session, [task.id] if task else [])
        asked = case.people.persons[task.assignee_code] if task else None
        for reader in readers:
            key = self._key("call_alarm", case.aim, reader.code)
            if await keys_written(self.session, [key]):
                continue
            link = links.get((task.id, reader.code)) if task else None
            if link is None and task is not None and reader.code == task.assignee_code:
                link = new_link(task, reader.code, task.closes_at, self._secret, case.now)
                self.session.add(link)
            context = CallAlarm(
                **self._shared(reader.language, reader.name),
                call=await self._words(reader.language, full=False),
                unit_name=case.people.units[unit_code].name,
                asked=asked.name if asked else "",
                asked_address=asked.address if asked else "",
                link=f"{self.settings.answer_url}/a/{token(self._secret, link.id)}" if link else "",
            )
            await self._post(key, "call_alarm", context, reader, unit_code, at_once=True)
            told.append(reader.code)
        return told

    @property
    def _secret(self) -> str:
        return self.settings.secret_key.get_secret_value()

    def _shared(self, language: Language, name: str) -> dict[str, Any]:
        plan = self.case.plan
        context = reader_context(self.settings, language, name)
        return {**context, "plan_title": plan.title, "plan_language": plan.language}

    async def _words(self, language: Language, *, full: bool) -> CallWords:
        case = self.case
        rows = (self.session, case.process, case.pursuit, case.call)
        return await call_said(*rows, language=language, now=case.now, full=full)

    def _key(self, name: str, *parts: str) -> str:
        return ":".join([name, self.case.process.reference, *parts])

    async def _post(
        self, key: str, name: str, context: Any, reader: PersonFacts | None, whose: str, *, at_once: bool = False
    ) -> None:
        case = self.case
        mail = write(
            self.settings,
            key=key,
            name=name,
            context=context,
            thread=f"{case.process.reference}:{whose}",
            process_id=case.process.id,
            recipient=reader,
            now=case.now,
        )
        if not at_once:
            leave_at(mail, case.calendar.sending_instant(case.now))
        await hand_over(self.session, [mail])


@dataclass(frozen=True, slots=True)
class _Move:
    """The key of a mail about a move, and the deadline that its reader knows."""

    key: str
    old_deadline: datetime | None


def _as_moved(said: CallWords, old_deadline: datetime | None, reason: str) -> CallWords:
    return said.model_copy(update={"old_deadline": old_deadline, "reason": reason})


def taking_part(case: CallCase, *, also: Sequence[str] = ()) -> dict[str, Part]:
    """The units that take part in a call, each with its part: the lead first, then partners, last the office.

    `also`: what else a unit said that is to be told (`watch`), or `asked` for all that were asked.
    """
    units: dict[str, Part] = {}
    if case.pursuit.go:
        units[case.lead] = "lead"
    for row in case.interests:
        part = PARTS.get(row.state, "asked")
        if part in TAKES_PART or (part in also and (part != "asked" or _knows(case, row.unit_code))):
            units.setdefault(row.unit_code, part)
    units.setdefault(case.pursuit.office_unit, "office")
    return units


def _knows(case: CallCase, unit_code: str) -> bool:
    """Whether a unit has heard of the call: nobody is told what became of something they never heard of."""
    own = (task for task in case.of("call_interest") if task.unit_code == unit_code)
    return any(task.asked_at is not None or task.answered_at is not None for task in own)
