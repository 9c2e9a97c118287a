"""Every mail by its name: what it is written from, and whether it answers something that arrived.

The words of a mail are in `templates/email/<name>/`, its samples in `mail/samples.py`.
"""

from dataclasses import dataclass

from models.contracts.mail import (
    ActRefused,
    CalendarGap,
    CallAlarm,
    CallNews,
    CallsDigest,
    CensusResult,
    CollectionReport,
    Context,
    FeedTrouble,
    ManagerDigest,
    OfficeCall,
    OfficeMatters,
    OfficeVisit,
    ReplyConfirmation,
    ReplyNotTaken,
    ReviewNews,
    SignIn,
    TaskChange,
    TaskEscalation,
    TaskEscalationCopy,
    TaskReceipt,
    TaskReminder,
    TaskReminders,
    TaskRequest,
    VisitNews,
    VisitThanks,
)


@dataclass(frozen=True, slots=True)
class Mail:
    """One kind of mail. `answers`: it is sent because something arrived (RFC 3834, `auto-replied`).

    `wants_away`: an out-of-office reply to it is welcome: it tells that somebody will not answer, or has left.
    """

    context: type[Context]
    answers: bool = False
    wants_away: bool = False


MAILS: dict[str, Mail] = {
    "task_request": Mail(TaskRequest, wants_away=True),
    "task_reminder": Mail(TaskReminder),
    "task_reminders": Mail(TaskReminders),
    "task_escalation": Mail(TaskEscalation),
    "task_escalation_copy": Mail(TaskEscalationCopy),
    "task_change": Mail(TaskChange),
    "task_receipt": Mail(TaskReceipt, answers=True),
    "reply_not_taken": Mail(ReplyNotTaken, answers=True),
    "reply_confirmation": Mail(ReplyConfirmation, answers=True),
    "office_matters": Mail(OfficeMatters),
    "visit_news": Mail(VisitNews),
    "visit_thanks": Mail(VisitThanks),
    "office_visit": Mail(OfficeVisit),
    "review_news": Mail(ReviewNews),
    "calls_digest": Mail(CallsDigest),
    "feed_trouble": Mail(FeedTrouble),
    "call_news": Mail(CallNews),
    "call_alarm": Mail(CallAlarm),
    "office_call": Mail(OfficeCall),
    "census_result": Mail(CensusResult),
    "act_refused": Mail(ActRefused),
    "collection_report": Mail(CollectionReport),
    "calendar_gap": Mail(CalendarGap),
    "manager_digest": Mail(ManagerDigest),
    "sign_in": Mail(SignIn),
}
