"""The mails of a task: who reads what, written once and frozen as a row of the outbox.

Each mail's key names the event it speaks of, so that the same event can never make two mails, however often
the transaction that writes it is tried.
"""

from collections.abc import Collection as Several
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert

from mail.figures import counted, figure
from mail.headers import UnsafeHeader
from mail.message import Attachment, Envelope, build, message_id, thread_root
from mail.render import render
from models.contracts.answering import Previous, Reading
from models.contracts.inbound import FoundValue
from models.contracts.mail import (
    AskedItem,
    Change,
    Context,
    Earlier,
    NotRead,
    NotTaken,
    ReadItem,
    RemindedTask,
    ReplyConfirmation,
    ReplyNotTaken,
    StandIn,
    TaskChange,
    TaskContext,
    TaskEscalation,
    TaskEscalationCopy,
    TaskReceipt,
    TaskReminder,
    TaskReminders,
    TaskRequest,
    Why,
    WhyRule,
    Wish,
)
from models.policies.people import PersonFacts, Presence
from models.policies.questions import BY_REPLY, unexplained
from models.policies.turn import Letter, Told
from models.tables.mail import OutgoingMail
from models.tables.task import Delegation, Link, Step
from operations.attachments import due_day, entries, sheet
from operations.audit import record
from operations.item_words import item_hint, item_name
from operations.links import new_link, token
from operations.planning import Planning, load_plannings
from operations.replies import bounce_address, reply_address
from operations.subjects import Subject, load_subjects
from settings import Settings
from store.database import ReadSession, WriteSession
from store.outbox import latest_mails
from store.people import load_presence
from store.task import (
    ItemFacts,
    TaskFacts,
    WishFacts,
    last_delegations,
    links_of,
    previous_answers,
    reading_of,
    task_facts,
    task_items,
    wishes_of,
)

OWN_THREADS = frozenset({"task_escalation", "task_reminders"})
"""Mails that do not belong into the conversation between the office and the person asked."""


@dataclass(frozen=True, slots=True)
class Briefing:
    """All that the mails about one task speak of, as the rows say it now."""

    facts: TaskFacts
    planning: Planning
    items: list[ItemFacts]
    previous: dict[UUID, Previous]
    links: dict[tuple[UUID, str], Link]
    presence: Presence
    subject: Subject
    wish: WishFacts | None
    handed_over: Delegation | None
    previous_mails: dict[tuple[UUID, str | None, bool], str]
    """Message-ID of the last mail of a task to a person (None: the coordinator), in the task's thread (False) or in
    that person's own (True)."""

    @property
    def assignee(self) -> PersonFacts:
        """The person asked."""
        return self.presence.persons[self.facts.task.assignee_code]

    @property
    def missing(self) -> list[ItemFacts]:
        """The items without an answer."""
        return [line for line in self.items if line.missing]

    @property
    def answered(self) -> int:
        """How many items have an answer; of those that may be left out, too."""
        return sum(line.answer is not None for line in self.items)

    def person(self, code: str | None) -> PersonFacts | None:
        """Somebody by their code; None is the coordinator."""
        return None if code is None else self.presence.persons[code]

    def told_at(self, level: int) -> PersonFacts | None:
        """Who would be told today at a level of escalation; None is the coordinator."""
        task = self.facts.task
        return self.person(
            self.presence.told(task.unit_code, task.assignee_code, level, self.planning.policy.fallback).person_code
        )

    def next_escalation(self) -> Step | None:
        """The escalation that comes next, if silence goes on."""
        planned = [step for step in self.planning.steps if step.kind == "escalation" and step.state == "planned"]
        return min(planned, key=lambda step: step.at, default=None)

    def sent(self, *kinds: str) -> list[Step]:
        """The steps of some kinds from which somebody was written to, oldest first."""
        done = [step for step in self.planning.steps if step.kind in kinds and step.state == "done"]
        return sorted(done, key=lambda step: step.done_at or step.at)


async def brief(session: ReadSession, task_ids: Several[UUID], day: date) -> dict[UUID, Briefing]:
    """The briefings of some tasks on a day, with one query per kind of fact however many tasks there are."""
    tasks = await task_facts(session, task_ids)
    plannings = await load_plannings(session, tasks)
    items = await task_items(session, task_ids)
    subjects = await load_subjects(session, tasks, items, day)
    previous = await previous_answers(session, task_ids)
    links = await links_of(session, task_ids)
    wishes = await wishes_of(session, task_ids)
    handed_over = await last_delegations(session, task_ids)
    previous_mails = await latest_mails(session, task_ids, OWN_THREADS)
    # Whoever holds a link may answer, also a head who is head no more.
    persons = {person_code for _, person_code in links} | {facts.task.assignee_code for facts in tasks}
    persons |= {each.policy.fallback for each in plannings.values() if each.policy.fallback}
    persons |= {wish.extension.wished_by for wish in wishes.values()}
    persons |= {code for each in handed_over.values() for code in (each.from_code, each.to_code)}
    presence = await load_presence(session, {facts.unit.code for facts in tasks}, persons, day)
    return {
        facts.task.id: Briefing(
            facts=facts,
            planning=plannings[facts.task.id],
            items=items[facts.task.id],
            previous=previous,
            links=links,
            presence=presence,
            subject=subjects[facts.task.id],
            wish=wishes.get(facts.task.id),
            handed_over=handed_over.get(facts.task.id),
            previous_mails=previous_mails,
        )
        for facts in tasks
    }


@dataclass(frozen=True, slots=True)
class Reply:
    """What a mail that answers a reply says of it. `came_from`: the address it bears."""

    mail_id: UUID
    received_at: datetime
    came_from: str
    values: tuple[FoundValue, ...]
    not_read: tuple[NotRead, ...]
    passed_on_to: str | None = None

    def readings(self, about: Briefing, reader: PersonFacts) -> dict[UUID, ReadItem]:
        """What was read, by item, in the language of whoever reads the mail."""
        lines = {line.item.id: line for line in about.items}
        return {
            value.item_id: _read(lines[value.item_id], value.reading, about, reader)
            for value in self.values
            if value.item_id in lines
        }


@dataclass(frozen=True, slots=True)
class Desk:
    """Where mails are written: the settings and the clock's reading."""

    session: WriteSession
    settings: Settings
    now: datetime
    written: list[dict[str, Any]] = field(default_factory=list)

    async def hand_over(self) -> None:
        """Put what was written into the outbox, all at once; a mail whose key is there already is left out."""
        await hand_over(self.session, self.written)
        self.written.clear()

    def letter(self, letter: Letter, briefings: Mapping[UUID, Briefing]) -> None:
        """Write the mail of a decision, and the copy to the person asked if somebody is told of their delay."""
        about = [(briefings[told.task_id], told) for told in letter.about]
        lead, told = about[0]
        reader = lead.person(letter.reader)
        match told.step.kind:
            case _ if len(about) > 1:
                self._reminders(about, reader)
            case "request":
                self._request(lead, told, reader)
            case "reminder" | "warning":
                self._reminder(lead, told, reader)
            case "escalation":
                copy_to = letter.copy_to if letter.copy_to != letter.reader else None
                self._escalation(lead, told, reader, lead.person(copy_to))
            case "expiry":
                raise ValueError("nobody is written to when a task expires")

    def _request(self, about: Briefing, told: Told, reader: PersonFacts | None) -> None:
        """Put the task to the person, and tell them what silence will mean."""
        rule = told.step.reason["rule"]
        occasion: Literal["first", "handed_over", "sent_back"] = (
            rule if rule in {"handed_over", "sent_back"} else "first"
        )
        handed_over = about.handed_over if occasion == "handed_over" else None
        context = TaskRequest(
            **self._task_context(about, reader),
            **self._silence(about),
            why=self._why(about, told),
            occasion=occasion,
            handed_by=self._name_of(about, handed_over.by) if handed_over else None,
            note=handed_over.note if handed_over else "",
            items=self._asked(about, reader, optional=True),
            late=told.late,
        )
        files = self._due_day(about, reader, context)
        if context.kind == "indicator_request" and context.by_reply and context.items:
            asked = entries(about.missing, about.previous, context.language)
            files = (sheet(about.facts.task, about.subject, asked, context.language), *files)
        step = f"request-{told.step.number}"
        self._post(about, "task_request", step, reader, context, wanted_while_open=True, attachments=files)

    def _reminder(self, about: Briefing, told: Told, reader: PersonFacts | None) -> None:
        """Remind the person of what is still missing."""
        context = TaskReminder(
            **self._task_context(about, reader),
            **self._silence(about),
            **self._reminding(about, told, reader),
            reminders_before=len(about.sent("reminder", "warning")),
            late=told.late,
        )
        step = f"{told.step.kind}-{told.step.number}"
        self._post(about, "task_reminder", step, reader, context, wanted_while_open=True)

    def _reminders(self, about: Sequence[tuple[Briefing, Told]], reader: PersonFacts | None) -> None:
        """Remind a person of several tasks in one mail."""
        lead, told = about[0]
        tasks = tuple(
            RemindedTask(
                **{name: shared[name] for name in RemindedTask.model_fields.keys() & shared.keys()},
                **self._silence(each),
                **self._reminding(each, step, reader),
            )
            for each, step in about
            if (shared := self._task_context(each, reader))
        )
        context = TaskReminders(
            **self._reader(reader),
            plan_title=lead.facts.plan.title,
            plan_language=lead.facts.plan.language,
            tasks=tasks,
            link=tasks[0].link,
            late=any(step.late for _, step in about),
        )
        step = f"{told.step.kind}-{told.step.number}"
        also = [each.facts.task.id for each, _ in about[1:]]
        self._post(lead, "task_reminders", step, reader, context, wanted_while_open=True, also=also)

    def _escalation(self, about: Briefing, told: Told, head: PersonFacts | None, copied: PersonFacts | None) -> None:
        """Tell the head, and tell the person that the head was told."""
        task, day = about.facts.task, about.planning.calendar.day(self.now)
        shared = {"why": self._why(about, told)}
        days_late = max(about.planning.calendar.working_days_between(task.due_on, day), 0)
        to_head = TaskEscalation(
            **self._task_context(about, head),
            **shared,
            items=self._asked(about, head),
            assignee_name=about.assignee.name,
            assignee_address=about.assignee.address,
            asked_on=about.planning.calendar.day(task.asked_at or self.now),
            reminders_sent=len(about.sent("reminder", "warning")),
            working_days_late=days_late,
            late=told.late,
        )
        step = f"escalation-{told.step.number}"
        self._post(about, "task_escalation", step, head, to_head, wanted_while_open=True)
        if copied is None:
            return
        copy = TaskEscalationCopy(
            **self._task_context(about, copied),
            **shared,
            items=self._asked(about, copied),
            head_name=head.name if head else self.settings.coordinator_name,
            working_days_late=days_late,
        )
        try:
            self._post(about, "task_escalation_copy", step, copied, copy, wanted_while_open=True)
        except UnsafeHeader:
            # Whoever cannot be written to is the very reason why the head has to know.
            self._record_unwritten(about, "task_escalation_copy")

    def receipt(
        self, about: Briefing, person_code: str, submission_reference: str, *, entered_by: str | None = None
    ) -> None:
        """Say back to the person who answered what was understood and what is still missing.

        `entered_by`: who entered it on their behalf.
        """
        reader = about.presence.persons[person_code]
        naming = about.facts.task.kind == "focal_point_naming"
        context = TaskReceipt(
            **self._task_context(about, reader),
            why=self._why(about, rule="answered"),
            submission_reference=submission_reference,
            answers=tuple(
                _read(line, reading_of(line.answer), about, reader) for line in about.items if line.answer is not None
            ),
            missing=() if naming else self._asked(about, reader),
            named=about.facts.task.outcome_reason if naming else None,
            entered_by=self._name_of(about, entered_by) if entered_by else None,
        )
        files = () if context.missing else self._due_day(about, reader, context, over=True)
        self._post(
            about, "task_receipt", submission_reference, reader, context, wanted_while_open=False, attachments=files
        )

    def reply_receipt(
        self,
        about: Briefing,
        person_code: str,
        submission_reference: str,
        reply: Reply,
        *,
        outdated: Several[UUID] = (),
        entered_by: str | None = None,
    ) -> None:
        """Say back to the writer of a reply what was read from it, what was not, and what is still missing.

        `outdated`: the items of which a reply written later has said something else already.
        """
        reader = about.presence.persons[person_code]
        found = reply.readings(about, reader)
        given = tuple(item for item_id, item in found.items() if item_id not in outdated)
        context = TaskReceipt(
            **self._task_context(about, reader),
            why=self._why(about, rule="answered"),
            submission_reference=submission_reference,
            by_mail=True,
            answers=given,
            already=about.answered - len(given),
            outdated=tuple(item for item_id, item in found.items() if item_id in outdated),
            not_read=reply.not_read,
            missing=self._asked(about, reader),
            entered_by=self._name_of(about, entered_by) if entered_by else None,
            passed_on_to=reply.passed_on_to,
        )
        files = () if context.missing else self._due_day(about, reader, context, over=True)
        self._answer(about, "task_receipt", reply, reader, context, files)

    def reply_not_taken(self, about: Briefing, person_code: str, reply: Reply, outcome: NotTaken) -> None:
        """Tell the writer of a reply that no answer was taken from it, why, and what to do now."""
        reader = about.presence.persons[person_code]
        context = ReplyNotTaken(
            **self._task_context(about, reader),
            why=self._why(about, rule="answered"),
            outcome=outcome,
            not_read=reply.not_read,
            items=self._asked(about, reader) if outcome != "too_late" else (),
            passed_on_to=reply.passed_on_to,
        )
        self._answer(about, "reply_not_taken", reply, reader, context)

    def reply_confirmation(self, about: Briefing, reply: Reply) -> None:
        """Ask the person who has the task whether a reply of unproven origin is theirs."""
        reader = about.assignee
        shared = self._task_context(about, reader)
        context = ReplyConfirmation(
            **{**shared, "link": f"{shared['link']}/reply/{reply.mail_id}"},
            why=self._why(about, rule="answered"),
            came_from=reply.came_from,
            received_on=about.planning.calendar.day(reply.received_at),
            # Nothing else of it: whoever knows the address could put their own words into our mail.
            answers=tuple(reply.readings(about, reader).values()),
        )
        self._answer(about, "reply_confirmation", reply, reader, context)

    def change(
        self, about: Briefing, reader: PersonFacts, change: Change, *, by: str, reason: str, **told: Any
    ) -> None:
        """Tell a person what somebody did to their task. `told`: the further fields of `TaskChange`.

        Written outside working hours, it leaves when they begin.
        """
        context = TaskChange(
            **self._task_context(about, reader),
            why=self._why(about, rule="changed"),
            change=change,
            by_name=self._name_of(about, by),
            reason=reason,
            items=self._asked(about, reader) if change.startswith(("exten", "resched")) else (),
            **told,
        )
        step = f"{change}-{self.now:%Y%m%dT%H%M%S%f}"
        try:
            files = self._changed_due_day(about, reader, context)
            self._post(about, "task_change", step, reader, context, wanted_while_open=False, attachments=files)
        except UnsafeHeader:
            self._record_unwritten(about, "task_change")
            return
        leave_at(self.written[-1], about.planning.calendar.sending_instant(self.now))

    def _changed_due_day(self, about: Briefing, reader: PersonFacts, context: TaskChange) -> tuple[Attachment, ...]:
        """What a change means for the reader's calendar; whoever passed the task on has nothing to do any more."""
        passed_on = about.handed_over is not None and about.handed_over.from_code == reader.code
        match context.change:
            case "extended" | "rescheduled":
                return self._due_day(about, reader, context, over=passed_on)
            case "moved_away" | "waived":
                return self._due_day(about, reader, context, over=True)
            case _:
                return ()

    def _due_day(
        self, about: Briefing, reader: PersonFacts | None, context: TaskContext, *, over: bool = False
    ) -> tuple[Attachment, ...]:
        """The due day as a file, if the reader wants it. A decision ends without a mail that could take it back."""
        if reader is None or not reader.calendar_files or context.kind == "extension_decision":
            return ()
        return (due_day(about.facts, context, self.settings.mail_domain, over=over, now=self.now),)

    def _record_unwritten(self, about: Briefing, name: str) -> None:
        """A mail to an address that no header can carry holds up nothing else; the office sees it on record."""
        task = about.facts.task
        told = {"process_id": task.process_id, "task_id": task.id}
        record(self.session, "task.mail_unwritten", by="focal", now=self.now, mail=name, **told)

    def _reader(self, reader: PersonFacts | None) -> dict[str, str]:
        settings = self.settings
        if reader is None:
            return reader_context(settings, settings.coordinator_language, settings.coordinator_name)
        return reader_context(settings, reader.language, reader.name)

    def _task_context(self, about: Briefing, reader: PersonFacts | None) -> dict[str, Any]:
        task = about.facts.task
        return {
            **self._reader(reader),
            **about.subject.fields(reader.language if reader else self.settings.coordinator_language),
            "kind": task.kind,
            "by_reply": reader is not None and task.kind in BY_REPLY,
            "task_reference": task.reference,
            "plan_title": about.facts.plan.title,
            "plan_language": about.facts.plan.language,
            "unit_name": about.facts.unit.name,
            "due_on": task.due_on,
            "closes_on": task.closes_on,
            "link": self._link(about, reader),
            "wish": self._wish(about, about.wish) if about.wish else None,
        }

    def _wish(self, about: Briefing, wish: WishFacts) -> Wish:
        return Wish(
            asked_by=self._name_of(about, wish.extension.wished_by),
            old_due_on=wish.extension.old_due_on,
            wished_due_on=wish.extension.wished_due_on,
            reason=wish.extension.reason,
            missing=wish.missing,
        )

    def _link(self, about: Briefing, reader: PersonFacts | None) -> str:
        task = about.facts.task
        if reader is None:
            return f"{self.settings.office_url}/tasks/{task.reference}"
        secret = self.settings.secret_key.get_secret_value()
        link = about.links.get((task.id, reader.code))
        if link is None:
            link = new_link(task, reader.code, about.facts.process.closes_at or task.closes_at, secret, self.now)
            about.links[(task.id, reader.code)] = link
            self.session.add(link)
        return f"{self.settings.answer_url}/a/{token(secret, link.id)}"

    def _silence(self, about: Briefing) -> dict[str, Any]:
        step = about.next_escalation()
        if step is None:
            return {"escalates_on": None, "escalates_to": None}
        head = about.told_at(step.level)
        return {"escalates_on": step.on, "escalates_to": head.name if head else self.settings.coordinator_name}

    def _reminding(self, about: Briefing, told: Told, reader: PersonFacts | None) -> dict[str, Any]:
        missing = self._asked(about, reader)
        day = about.planning.calendar.day(self.now)
        return {
            "why": self._why(about, told),
            "warns": told.step.kind == "warning",
            "items": missing,
            "answered": about.answered,
            "working_days_left": about.planning.calendar.working_days_between(day, about.facts.task.due_on),
        }

    def _why(self, about: Briefing, told: Told | None = None, *, rule: WhyRule = "by_hand") -> Why:
        calendar, reason = about.planning.calendar, told.step.reason if told else {}
        moved_from = reason.get("moved_from")
        return Why(
            rule=reason.get("rule", rule),
            working_days=reason.get("working_days"),
            holidays=tuple(date.fromisoformat(day) for day in reason.get("skipped", ())),
            moved_from=date.fromisoformat(moved_from) if moved_from else None,
            stands_in_for=tuple(
                StandIn(name=about.presence.persons[away.person_code].name, until=away.until)
                for away in (told.path if told else ())
            ),
            earlier=tuple(
                Earlier(kind=step.kind, on=calendar.day(step.done_at or step.at))
                for step in about.sent("request", "reminder", "warning", "escalation")
                if step.kind != "expiry"
            ),
            handed_by=self._name_of(about, about.handed_over.by) if about.handed_over else None,
            policy=about.planning.policy.name,
            policy_version=about.planning.policy.version,
        )

    def _name_of(self, about: Briefing, code: str) -> str:
        """The name of a person by their code; who is no person of the roster speaks for the coordinator's office."""
        person = about.presence.persons.get(code)
        return person.name if person else self.settings.coordinator_name

    def _asked(self, about: Briefing, reader: PersonFacts | None, *, optional: bool = False) -> tuple[AskedItem, ...]:
        """What has no answer yet; with what is `optional` only where the task is put to somebody."""
        language = reader.language if reader else self.settings.coordinator_language
        return tuple(
            AskedItem(
                number=line.number,
                code=line.indicator.code if line.indicator else "",
                name=item_name(line, language),
                action_title=line.action_title,
                axis_title=line.axis_title,
                hint=item_hint(line, language),
                required=line.item.required,
                previous=figure(previous.reading, line.unit, language)
                if (previous := about.previous.get(line.item.id))
                else None,
                known=counted(line.known, line.unit, language) if line.known else None,
                returned_note=line.item.returned_note,
            )
            for line in about.items
            if line.missing or (optional and line.answer is None)
        )

    def _post(
        self,
        about: Briefing,
        name: str,
        step: str,
        reader: PersonFacts | None,
        context: Context,
        *,
        wanted_while_open: bool,
        also: Sequence[UUID] = (),
        attachments: tuple[Attachment, ...] = (),
    ) -> None:
        task = about.facts.task
        code = reader.code if reader else "coordinator"
        own_thread = name in OWN_THREADS
        mail = write(
            self.settings,
            key=f"{name}:{task.reference}:{step}:{code}",
            name=name,
            context=context,
            recipient=reader,
            thread=f"{task.reference}:{code}" if own_thread else task.reference,
            previous=about.previous_mails.get((task.id, reader.code if reader else None, own_thread)),
            process_id=task.process_id,
            task_id=task.id,
            also_about=also,
            # Numbers in a reply to a mail about several tasks could mean any of them: it goes to the office.
            by_reply=not also,
            wanted_while_open=wanted_while_open,
            now=self.now,
            attachments=attachments,
        )
        self.written.append(mail)

    def _answer(
        self,
        about: Briefing,
        name: str,
        reply: Reply,
        reader: PersonFacts,
        context: Context,
        attachments: tuple[Attachment, ...] = (),
    ) -> None:
        """Post a mail that answers one that came in, in its thread."""
        step = reply.mail_id.hex
        self._post(about, name, step, reader, context, wanted_while_open=False, attachments=attachments)
        self.written[-1]["answers_id"] = reply.mail_id


def _read(line: ItemFacts, reading: Reading, about: Briefing, reader: PersonFacts) -> ReadItem:
    """One reading as a mail shows it."""
    unit, previous = line.unit, about.previous.get(line.item.id)
    return ReadItem(
        number=line.number,
        code=line.indicator.code if line.indicator else "",
        name=item_name(line, reader.language),
        typed=reading.typed,
        kind=reading.kind,
        reading=figure(reading, unit, reader.language),
        previous=figure(previous.reading, unit, reader.language) if previous else None,
        differs_from=counted(line.known, unit, reader.language)
        if line.known and unexplained(reading, line.known)
        else None,
    )


def reader_context(settings: Settings, language: str, name: str) -> dict[str, str]:
    """What every mail knows of its reader and of whom to ask."""
    return {
        "language": language,
        "reader_name": name,
        "coordinator_name": settings.coordinator_name,
        "coordinator_address": settings.coordinator_address,
    }


def write(
    settings: Settings,
    *,
    key: str,
    name: str,
    context: Context,
    thread: str,
    now: datetime,
    recipient: PersonFacts | None = None,
    outsider: str | None = None,
    process_id: UUID | None = None,
    task_id: UUID | None = None,
    wanted_while_open: bool = False,
    also_about: Sequence[UUID] = (),
    previous: str | None = None,
    by_reply: bool = True,
    after_id: UUID | None = None,
    attachments: tuple[Attachment, ...] = (),
) -> dict[str, Any]:
    """Write one mail and freeze it: the values of its row in the outbox.

    `recipient` None means the coordinator, who is known by the settings, or the address of an `outsider`: the contact
    of a delegation. `after_id`: the mail that this one must not overtake. `by_reply`: what is replied counts for the
    task; otherwise it goes to the office.
    """
    address = outsider or (settings.coordinator_address if recipient is None else recipient.address)
    secret = settings.secret_key.get_secret_value()
    rendered = render(name, context)
    mail_id = uuid4()
    envelope = Envelope(
        key=key,
        name=name,
        sender_name=settings.coordinator_name,
        sender_address=settings.mail_from_address,
        recipient_name=context.reader_name,
        recipient_address=address,
        reply_to=reply_address(secret, task_id, settings.mail_domain) if task_id and by_reply else None,
        domain=settings.mail_domain,
        language=context.language,
        date=now,
        thread=thread_root(thread, settings.mail_domain),
        previous=previous,
        attachments=attachments,
    )
    return {
        "id": mail_id,
        "key": key,
        "name": name,
        "process_id": process_id,
        "task_id": task_id,
        "also_about": list(also_about),
        "answers_id": None,
        "after_id": after_id,
        "person_code": None if recipient is None else recipient.code,
        "language": context.language,
        "wanted_while_open": wanted_while_open,
        "subject": rendered.subject,
        "message_id": message_id(key, settings.mail_domain),
        "mail_from": bounce_address(secret, mail_id, settings.mail_domain),
        "recipient": address,
        "rfc822": build(envelope, rendered),
        "state": "ready",
        "attempts": 0,
        "created_at": now,
        "due_at": now,
        "not_before": now,
    }


def leave_at(mail: dict[str, Any], instant: datetime) -> None:
    """Hold a mail that was written back until an instant; it is late only after that."""
    mail.update(due_at=instant, not_before=instant)


async def hand_over(session: WriteSession, mails: Sequence[dict[str, Any]]) -> None:
    """Put mails into the outbox; one whose key is there already is left out."""
    if mails:
        await session.execute(insert(OutgoingMail).on_conflict_do_nothing(index_elements=["key"]), mails)
