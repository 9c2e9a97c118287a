"""The record of one task, read back as what happened: each event of the record with what the rows know of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from models.contracts.story import (
    Answered,
    Away,
    ByHand,
    Decided,
    Delegated,
    Disowned,
    DueMoved,
    Ended,
    Failed,
    FreeDay,
    Happening,
    Migrated,
    Named,
    Noticed,
    PassedOver,
    Paused,
    PlannedStep,
    Reason,
    Replied,
    ReplyKept,
    Rescheduled,
    Rested,
    Resumed,
    SentBack,
    Settled,
    StoryMail,
    Waived,
    Wish,
    Wished,
)
from models.policies.calendar import Calendar
from models.policies.plan import hour_of, quiet_until, spread_of
from models.tables.mail import OutgoingMail
from models.tables.process import AuditEvent
from models.tables.task import Extension, Step, Task
from operations.item_words import item_name
from operations.planning import Planning, load_planning
from store.calendars import local_days
from store.database import ReadSession
from store.outbox import NO_SUCH_ADDRESS
from store.story import StoryRows, story_rows
from store.task import OPEN_STATES

INSTANT = timedelta(microseconds=1)
"""The end of a day is the beginning of the next one: this much before it, it is still that day."""
BY_ITSELF = ("focal", "schedule")
"""Who acts in the record when nobody does."""
NOTICES = {
    "request": ("task_request",),
    "reminder": ("task_reminder", "task_reminders"),
    "warning": ("task_reminder", "task_reminders"),
    "escalation": ("task_escalation", "task_escalation_copy"),
}
"""The mails that a step may leave in."""
FROM_DUE_DAY = {"reminder_before_due", "reminder_after_due", "escalation", "expiry"}
"""Rules whose working days are counted from the due day; those of a request are counted to it."""
TO_DUE_DAY = {"request", "handed_over", "sent_back"}


@dataclass(frozen=True, slots=True)
class DueChange:
    """The due day was moved."""

    at: datetime
    before: date
    after: date


@dataclass(frozen=True, slots=True)
class Record:
    """One task with the record of it, to be told."""

    rows: StoryRows
    planning: Planning
    local_days: Mapping[date, str]
    due_changes: tuple[DueChange, ...]

    @property
    def task(self) -> Task:
        """Its row."""
        return self.rows.facts.task

    def local(self, instant: datetime) -> datetime:
        """An instant on the clock of the task's calendar."""
        return self.planning.calendar.local(instant)

    def name(self, code: str | None) -> str | None:
        """What somebody is called in a story; None is the coordination. Whoever is not known goes by their code."""
        if code is None or code == "coordinator":
            return None
        return "Focal" if code in BY_ITSELF else self.rows.names.get(code, code)

    def version_at(self, instant: datetime) -> int:
        """The version of the rules that the task went by at an instant."""
        later = [event for event in self._events("task.policy_migrated") if event.at > instant]
        return int(later[0].detail["before"]) if later else self.task.policy_version

    def wish(self) -> Wish | None:
        """The wish that a decision is about or, for any other task, the one that waits for its decision."""
        for extension, decision in self.rows.extensions:
            own = extension.decision_task_id == self.task.id
            if decision is not None and (own or extension.state == "wished"):
                return Wish(
                    by=self.name(extension.wished_by),
                    before=extension.old_due_on,
                    after=extension.wished_due_on,
                    reason=extension.reason,
                    asked=self.rows.names[decision.assignee_code],
                    decide_by=decision.due_on,
                )
        return None

    def more_time_until(self) -> date | None:
        """The last day to which the task can be extended; None if it cannot be."""
        if self.task.state not in OPEN_STATES or self.task.kind == "extension_decision":
            return None
        calendar = self.planning.calendar
        last = self.planning.latest_due_on
        last = last if calendar.is_working(last) else calendar.shift(last, -1)
        return last if last > self.task.due_on else None

    def reason(self, step: Step) -> Reason:
        """Why a step falls, or fell, on its day.

        What its plan counted is told where it left as planned; where it was moved, the days are counted again.
        """
        calendar, reason = self.planning.calendar, step.reason
        rule, moved_from, held = reason["rule"], reason.get("moved_from"), reason.get("held")
        day = calendar.day(step.at - INSTANT if rule == "expiry" else step.done_at or step.at)
        due_on = date.fromisoformat(reason["anchor"]) if "anchor" in reason else self._due_at(step.done_at)
        working_days, skipped = reason.get("working_days"), reason.get("skipped", ())
        holidays = tuple(date.fromisoformat(free) for free in skipped)
        as_planned = working_days and not held and not moved_from and day == calendar.day(step.at)
        if rule in TO_DUE_DAY:
            working_days, holidays = max(calendar.working_days_between(day, due_on), 0), calendar.skipped(day, due_on)
        elif rule not in FROM_DUE_DAY:
            holidays = ()
        elif not as_planned:
            working_days = calendar.working_days_between(day, due_on)
            holidays = calendar.skipped(*sorted((day, due_on)))
            if rule.startswith("reminder"):
                rule = "reminder_before_due" if working_days >= 0 else "reminder_after_due"
            working_days = abs(working_days)
        return Reason(
            rule=rule,
            working_days=working_days,
            due_on=due_on,
            holidays=tuple(self._free_day(free) for free in holidays),
            moved_from=date.fromisoformat(moved_from) if moved_from else None,
            moved_by=self._moved_by(date.fromisoformat(moved_from)) if moved_from else None,
            held=held,
        )

    def _moved_by(self, day: date) -> str:
        """Whether mail was paused on a day from which a step was moved; if not, the task was let rest."""
        spread = spread_of(self.planning.task_set.workflow_id)
        at = hour_of(self.planning.policy, self.planning.calendar, day, spread)
        return "rest" if quiet_until(at, self.planning.pauses) is None else "pause"

    def _free_day(self, day: date) -> FreeDay:
        name = self.planning.calendar.free_days.get(day)
        return FreeDay(day=day, name=name, local=name is not None and self.local_days.get(day) == name)

    def _due_at(self, instant: datetime | None) -> date:
        """The due day as it stood at an instant, or as it stands."""
        later = [change for change in self.due_changes if instant is not None and change.at > instant]
        return later[0].before if later else self.task.due_on

    def happened(self) -> tuple[Happening, ...]:
        """All that happened, in order."""
        told = [*self._recorded(), *self._wishes(), *self._passed_over(), *self._cancelled()]
        return tuple(sorted(told, key=lambda happening: happening.at))

    def _events(self, action: str) -> list[AuditEvent]:
        return [event for event in self.rows.events if event.action == action]

    def _recorded(self) -> Iterator[Happening]:
        standing: dict[UUID, UUID] = {}  # the answer that stands of each item, as the record goes on
        for event in self.rows.events:
            told = self._told(event, standing)
            if told is not None:
                yield told

    def _told(self, event: AuditEvent, standing: dict[UUID, UUID]) -> Happening | None:
        """One event of the record as a happening; None where it is not this task's."""
        detail, by, at = event.detail, self.name(event.actor), self.local(event.at)
        match event.action:
            case "task.request" | "task.reminder" | "task.warning" | "task.escalation":
                return self._noticed(event, len(self.rows.items) - len(standing))
            case "task.step_failed":
                return Failed(at=at, planned=self._planned(self._steps("failed", event.at)), fault=detail["fault"])
            case "task.delegated":
                return Delegated(
                    at=at,
                    mails=self._changed(event.at, "moved_away"),
                    by=by,
                    before=self.rows.names[detail["before"]],
                    after=self.rows.names[detail["after"]],
                    note=detail["note"],
                    left=any(
                        left.at == event.at and left.detail["person"] == detail["before"]
                        for left in self._events("person.left")
                    ),
                )
            case "task.due_moved":
                before, after = (date.fromisoformat(detail[name]) for name in ("before", "after"))
                return DueMoved(at=at, before=before, after=after)
            case "task.rescheduled":
                return Rescheduled(
                    at=at,
                    mails=self._changed(event.at, "rescheduled"),
                    by=by,
                    before=date.fromisoformat(detail["before"]),
                    after=date.fromisoformat(detail["after"]),
                    reason=detail.get("reason", ""),
                )
            case "task.snoozed":
                return Rested(at=at, by=by, until=date.fromisoformat(detail["after"]), reason=detail["reason"])
            case "mail.paused" | "mail.resumed":
                return self._pause(event)
            case "task.sent_back":
                return self._sent_back(event, standing)
            case "task.answered":
                return self._answered(event, standing)
            case "task.focal_point_named":
                mails = self._written(event.at, "task_receipt")
                return Named(at=at, mails=mails, by=by, person=self.rows.names[detail["named"]])
            case "task.reminded_by_hand":
                return ByHand(kind="reminded_by_hand", at=at, by=by, reason="")
            case "task.escalated_by_hand":
                return ByHand(kind="escalated_by_hand", at=at, by=by, reason=detail["reason"])
            case "task.waived":
                return Waived(at=at, mails=self._changed(event.at, "waived"), by=by, reason=detail["reason"])
            case "task.policy_migrated":
                return Migrated(at=at, by=by, policy=detail["policy"], before=detail["before"], after=detail["after"])
            case "task.reply_kept":
                return ReplyKept(at=at)
            case (
                "task.reply_held"
                | "task.reply_not_read"
                | "task.reply_too_late"
                | "task.reply_refused"
                | "task.reply_pass_on_proposed"
            ):
                return self._replied(event)
            case "task.reply_disowned":
                return Disowned(at=at, by=by, address=self.rows.came_in[UUID(detail["mail"])].sender)
            case "matter.accepted" | "matter.dismissed":
                kind = event.action.replace(".", "_")
                return Settled(at=at, kind=kind, by=by, matter=detail["matter"], outcome=detail["outcome"])
            case "task.expiry":
                kind = "waived_by_silence" if self.task.state == "waived" else "expired"
                return Ended(at=at, kind=kind, by=None, merged=self._planned(self._steps("merged", event.at)))
            case "collection.closed" if event.at == self.task.closed_at and self.task.state == "expired":
                return Ended(at=at, kind="closed", by=by)
            case _:
                return None

    def _noticed(self, event: AuditEvent, missing: int) -> Noticed:
        (step,) = self._steps("done", event.at)
        mails = self._written(event.at, *NOTICES[step.kind])
        copies = tuple(mail.to for mail in mails if mail.name == "task_escalation_copy")
        # Whom the mail was written to; rows of earlier releases do not say it of the step.
        readers = [mail.to for mail in mails if mail.name != "task_escalation_copy"] or [self.name(step.recipient_code)]
        together = [
            self.rows.others[other]
            for mail in self.rows.mails
            if mail.created_at == event.at and mail.name == "task_reminders"
            for other in (mail.task_id, *mail.also_about)
            if other is not None and other != self.task.id
        ]
        return Noticed(
            kind=step.kind,
            at=self.local(event.at),
            mails=mails,
            to=readers[0],
            level=step.level,
            reason=self.reason(step),
            path=tuple(
                Away(
                    name=self.rows.names[away["person_code"]],
                    until=date.fromisoformat(away["until"]),
                    stands_in=self.rows.names.get(away["substitute_code"] or ""),
                )
                for away in step.path or ()
            ),
            missing=missing,
            together=tuple(together),
            planned_at=self.local(step.at),
            late=event.detail["late"],
            merged=self._planned(self._steps("merged", event.at)),
            copies=copies,
        )

    def _pause(self, event: AuditEvent) -> Paused | Resumed | None:
        """A pause, or its early end, while the task was there."""
        detail, process = event.detail, self.rows.facts.process
        until = datetime.fromisoformat(detail["until" if event.action == "mail.paused" else "before"])
        ended = self.task.closed_at or self.task.answered_at or process.closed_at
        if until <= process.opened_at or (ended is not None and event.at > ended):
            return None
        shared: dict[str, Any] = {
            "at": self.local(event.at),
            "by": self.name(event.actor),
            "everything": event.process_id is None,
            "until": self.local(until),
        }
        if event.action == "mail.resumed":
            return Resumed(**shared)
        return Paused(**shared, since=self.local(datetime.fromisoformat(detail["since"])), reason=detail["reason"])

    def _sent_back(self, event: AuditEvent, standing: dict[UUID, UUID]) -> SentBack:
        detail = event.detail
        (line,) = [line for line in self.rows.items if line.code == detail["indicator"]]
        standing.pop(line.item.id, None)
        return SentBack(
            at=self.local(event.at),
            by=self.name(event.actor),
            code=line.code,
            name=item_name(line, self.rows.facts.assignee.language),
            note=detail["note"],
            before=date.fromisoformat(detail["due_before"]),
            after=date.fromisoformat(detail["due_after"]),
        )

    def _replied(self, event: AuditEvent) -> Replied:
        mail_id = UUID(event.detail["mail"])
        mail = self.rows.came_in[mail_id]
        # Of a reply that is held nobody knows who wrote it.
        writer = self.name(mail.person_code) if mail.person_code and event.action != "task.reply_held" else mail.sender
        return Replied(
            kind=event.action.removeprefix("task."),
            at=self.local(event.at),
            mails=self._written(event.at, "reply_confirmation", "reply_not_taken", step=mail_id.hex),
            writer=writer,
            instead=mail.instead,
        )

    def _answered(self, event: AuditEvent, standing: dict[UUID, UUID]) -> Answered:
        detail, person = event.detail, event.detail.get("person", event.actor)
        given = {answer.item_id: answer.id for answer in self.rows.answers[detail["submission"]]}
        corrected = len(given.keys() & standing.keys())
        standing |= given
        return Answered(
            at=self.local(event.at),
            mails=self._written(event.at, "task_receipt"),
            person=self.rows.names[person],
            by_somebody_else=event.actor != person,
            entered_by=self.name(event.actor),
            by_mail=detail["submission"] in self.rows.by_mail,
            new=len(given) - corrected,
            corrected=corrected,
            missing=detail["missing"],
        )

    def _wishes(self) -> Iterator[Happening]:
        """More time: wished for, given, refused, not decided; told of the task itself and of its decision alike."""
        asked = {event.at: event.detail["asked"] for event in self._events("task.extension_wished")}
        for extension, decision in self.rows.extensions:
            if decision is not None:
                yield Wished(
                    at=self.local(extension.wished_at),
                    by=self.name(extension.wished_by),
                    asked=self.name(asked[extension.wished_at]),
                    decision=decision.reference,
                    before=extension.old_due_on,
                    after=extension.wished_due_on,
                    reason=extension.reason,
                )
            if extension.decided_at is not None:
                yield self._decided(extension, decision, extension.decided_at)

    def _decided(self, extension: Extension, decision: Task | None, at: datetime) -> Decided:
        change = "extended" if extension.state == "granted" else f"extension_{extension.state}"
        kind = extension.state
        if decision is None:
            kind = "given"
        elif extension.state == "lapsed" and decision.state == "cancelled":
            kind = "dropped"
        return Decided(
            kind=kind,
            at=self.local(at),
            mails=self._changed(at, change),
            by=self.name(extension.decided_by),
            before=extension.old_due_on,
            after=extension.granted_due_on,
            reason=extension.decision_reason or "",
        )

    def _passed_over(self) -> Iterator[PassedOver]:
        """What was due and left in no other mail, because the last one had only just left."""
        carried_out = {step.done_at for step in self.planning.steps if step.state == "done"}
        for step in self.planning.steps:
            if step.state == "merged" and step.done_at is not None and step.done_at not in carried_out:
                yield PassedOver(at=self.local(step.done_at), planned=self._planned([step]))

    def _cancelled(self) -> Iterator[Ended]:
        if self.task.state == "cancelled" and self.task.closed_at is not None:
            closed_at = self.task.closed_at
            yield Ended(at=self.local(closed_at), mails=self._changed(closed_at, "waived"), kind="cancelled", by=None)

    def _steps(self, state: str, at: datetime) -> list[Step]:
        return [step for step in self.planning.steps if step.state == state and step.done_at == at]

    def _planned(self, steps: list[Step]) -> tuple[PlannedStep, ...]:
        return tuple(PlannedStep(kind=step.kind, on=self._planned_on(step)) for step in steps)

    def _planned_on(self, step: Step) -> date | None:
        """The day a step was planned for. One that was held back has only its rule left to tell it by."""
        calendar, reason = self.planning.calendar, step.reason
        if step.kind == "expiry":
            return calendar.day(step.at - INSTANT)
        if "held" not in reason:
            return calendar.day(step.at)
        direction = {"reminder_before_due": -1, "reminder_after_due": 1, "escalation": 1}.get(reason["rule"])
        if direction is None or "moved_from" in reason:
            return None
        due_on, days = date.fromisoformat(reason["anchor"]), reason["working_days"]
        return calendar.shift(due_on, direction * days) if days else due_on

    def _changed(self, at: datetime, change: str) -> tuple[StoryMail, ...]:
        """The mail that tells of a change somebody made at an instant."""
        return self._written(at, "task_change", step=f"{change}-")

    def _written(self, at: datetime, *names: str, step: str = "") -> tuple[StoryMail, ...]:
        """The mails of some names that were written at an instant; their keys say of which `step`."""
        return tuple(
            story_mail(mail, self.name(mail.person_code), self.planning.calendar)
            for mail in self.rows.mails
            if mail.created_at == at and mail.name in names and mail.key.split(":")[2].startswith(step)
        )


def story_mail(mail: OutgoingMail, to: str | None, calendar: Calendar | None) -> StoryMail:
    """A mail and what became of it; `to`: its reader's name, None for the coordination."""
    finished_at = mail.finished_at
    return StoryMail(
        message_id=mail.message_id,
        name=mail.name,
        to=to,
        state=mail.state,
        finished_at=calendar.local(finished_at) if finished_at and calendar else finished_at,
        attempts=mail.attempts,
        reply=mail.last_reply,
        unreachable=(mail.last_reply or "").startswith(NO_SUCH_ADDRESS),
    )


async def load_record(session: ReadSession, task_id: UUID) -> Record:
    """The record of a task, read back."""
    rows, planning = await story_rows(session, task_id), await load_planning(session, task_id)
    code = rows.facts.task.calendar_code
    return Record(rows, planning, (await local_days(session, [code])).get(code, {}), _due_changes(rows))


def _due_changes(rows: StoryRows) -> tuple[DueChange, ...]:
    """How the due day was moved, in order: more time, an answer sent back, a day that is not worked any more."""
    granted = [
        DueChange(extension.decided_at, extension.old_due_on, extension.granted_due_on)
        for extension, _ in rows.extensions
        if extension.task_id == rows.facts.task.id and extension.decided_at and extension.granted_due_on
    ]
    keys = {
        "task.sent_back": ("due_before", "due_after"),
        "task.due_moved": ("before", "after"),
        "task.rescheduled": ("before", "after"),
    }
    moved = [
        DueChange(event.at, *(date.fromisoformat(event.detail[key]) for key in keys[event.action]))
        for event in rows.events
        if event.action in keys
    ]
    changes = [change for change in (*granted, *moved) if change.before != change.after]
    return tuple(sorted(changes, key=lambda change: change.at))
