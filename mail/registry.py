"""Every mail by its name: what it is written from, and whether it answers something that arrived.

The words of a mail are in `templates/email/<name>/`, its samples in `mail/samples.py`.
"""

from dataclasses import dataclass

from models.contracts.mail import (
    CalendarGap,
    CollectionReport,
    Context,
    TaskChange,
    TaskEscalation,
    TaskEscalationCopy,
    TaskReceipt,
    TaskReminder,
    TaskReminders,
    TaskRequest,
)


@dataclass(frozen=True, slots=True)
class Mail:
    """One kind of mail. `answers`: it is sent because something arrived (RFC 3834, `auto-replied`)."""

    context: type[Context]
    answers: bool = False


MAILS: dict[str, Mail] = {
    "task_request": Mail(TaskRequest),
    "task_reminder": Mail(TaskReminder),
    "task_reminders": Mail(TaskReminders),
    "task_escalation": Mail(TaskEscalation),
    "task_escalation_copy": Mail(TaskEscalationCopy),
    "task_change": Mail(TaskChange),
    "task_receipt": Mail(TaskReceipt, answers=True),
    "collection_report": Mail(CollectionReport),
    "calendar_gap": Mail(CalendarGap),
}
