"""What pages call things that are codes in the database. English is the source; `pages.po` has the others."""

from collections.abc import Mapping


def N_(sentence: str) -> str:  # noqa: N802 - the name by which extraction finds sentences
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


PROBLEMS: Mapping[str, str] = {
    "value_missing": N_("Write the figure, or choose another answer."),
    "value_unwanted": N_("There is a figure and another answer is marked. Delete the figure or choose it."),
    "reason_missing": N_("Say why this figure is not available."),
    "not_a_number": N_("Write a number in digits only, such as 12 or 1234.5."),
    "not_a_whole_number": N_("Write a whole number in digits only, such as 12 or 1234."),
    "range_given": N_("Write one number, not a range."),
    "not_whole": N_("Write a whole number: this indicator counts things, so it has no decimals."),
    "negative": N_("Write zero or a number above zero."),
    "percent_over_100": N_("Write a percentage between 0 and 100."),
    "number_too_large": N_("Check this number: it is larger than any figure of a city."),
    "too_long": N_("Shorten this to %(limit)s characters: now there are %(length)s."),
    "choice_unknown": N_("Choose one of the answers."),
    "yes_no_missing": N_("Choose yes or no, or another answer."),
    "nothing_entered": N_("Answer at least one indicator before you check your answers."),
}
"""One for each `ProblemCode`, one for a count that is no number, and one for a form with nothing to check."""

PERSON_PROBLEMS: Mapping[str, str] = {
    "nobody_chosen": N_("Choose a person, or choose “somebody else” and write who it is."),
    "person_unknown": N_("Choose one of the people listed, or choose “somebody else”."),
    "name_missing": N_("Write the person’s name and surname."),
    "name_unprintable": N_("Write the name in letters only, on one line."),
    "address_missing": N_("Write the person’s e-mail address."),
    "address_invalid": N_("Write the e-mail address in full, such as name@example.org."),
    "address_taken": N_("This address belongs to somebody else already. Check it, or choose that person above."),
    "language_missing": N_("Choose the language in which we should write."),
    "too_long": N_("Shorten this: it is too long."),
    "same_person": N_("This person has it already. Choose somebody else."),
    "circle": N_("It came from this person, and they can still answer with their own link. Choose somebody else."),
    "no_address": N_("We have no address for this person that works. Choose somebody else, or tell us."),
    "own_wish": N_("This person asked for more time and cannot decide about it. Choose somebody else."),
}
"""One for each `PersonProblemCode` and each `PersonFault`."""

TIME_PROBLEMS: Mapping[str, str] = {
    "decision_missing": N_("Choose whether you grant more time."),
    "day_missing": N_("Write until which day."),
    "day_unread": N_("Write a day that exists, with its month, such as 5/2/2027 or 5 February."),
    "day_not_later": N_("It is due on %(due)s already. Write a later day."),
    "day_past": N_("Today is %(today)s. Write a day that is not over."),
    "day_after_closing": N_("No answers are taken after %(last)s. Write a day until then."),
    "reason_missing": N_("Say why, in a few words."),
    "too_long": N_("Shorten this: it is too long."),
}
"""One for each `TimeProblemCode` and each `DayFault`."""

TASK_STATES: Mapping[str, str] = {
    "scheduled": N_("Not sent yet"),
    "open": N_("Waiting"),
    "partly_answered": N_("Partly answered"),
    "answered": N_("Answered"),
    "waived": N_("Waived"),
    "expired": N_("No answer"),
    "cancelled": N_("Cancelled"),
}
PROCESS_STATES: Mapping[str, str] = {"open": N_("In progress"), "closed": N_("Closed")}
TASK_KINDS: Mapping[str, str] = {
    "indicator_request": N_("Indicators"),
    "focal_point_naming": N_("Name a focal point"),
    "extension_decision": N_("Decide about more time"),
}
STEPS: Mapping[str, str] = {
    "request": N_("Request"),
    "reminder": N_("Reminder"),
    "warning": N_("Warning before the escalation"),
    "escalation": N_("Escalation"),
    "expiry": N_("Last day"),
}
STEP_STATES: Mapping[str, str] = {
    "planned": N_("Planned"),
    "done": N_("Done"),
    "merged": N_("Joined with a later one"),
    "failed": N_("Could not be carried out"),
    "cancelled": N_("Not needed any more"),
}
MAIL_STATES: Mapping[str, str] = {
    "ready": N_("Ready to send"),
    "sending": N_("Being sent"),
    "accepted": N_("Sent"),
    "rejected": N_("Refused by the mail server"),
    "unknown": N_("Perhaps sent"),
    "withdrawn": N_("Not needed any more"),
}
MAILS: Mapping[str, str] = {
    "task_request": N_("Request"),
    "task_reminder": N_("Reminder"),
    "task_reminders": N_("Reminder of several tasks"),
    "task_escalation": N_("Escalation to the head"),
    "task_escalation_copy": N_("Notice of the escalation"),
    "task_receipt": N_("Receipt"),
    "task_change": N_("Notice of a change"),
    "calendar_gap": N_("Calendar without local days"),
    "collection_report": N_("Report of the quarter"),
}
EVENTS: Mapping[str, str] = {
    "task.request": N_("The request was written"),
    "task.reminder": N_("A reminder was written"),
    "task.warning": N_("A warning was written"),
    "task.escalation": N_("The unit’s head was told"),
    "task.step_failed": N_("A step could not be carried out"),
    "task.expiry": N_("The last day passed without an answer"),
    "task.answered": N_("Answers were sent"),
    "task.focal_point_named": N_("A focal point was named"),
    "task.reply_kept": N_("A reply arrived and was kept"),
    "task.delegated": N_("It was passed on"),
    "task.extension_wished": N_("More time was asked for"),
    "task.extended": N_("More time was granted"),
    "task.extension_refused": N_("More time was not granted"),
    "task.snoozed": N_("Reminders rest until a day"),
    "task.waived": N_("It was waived"),
    "task.sent_back": N_("An answer was sent back"),
    "task.reminded_by_hand": N_("A reminder was asked for"),
    "task.escalated_by_hand": N_("An escalation was asked for"),
    "task.due_moved": N_("The due day was moved"),
    "task.policy_migrated": N_("It goes by another version of its policy"),
}
"""Events of a task in the record, by their action; one that is not listed is shown by its code."""

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "problem": PROBLEMS,
    "person_problem": PERSON_PROBLEMS,
    "time_problem": TIME_PROBLEMS,
    "task_state": TASK_STATES,
    "process_state": PROCESS_STATES,
    "task_kind": TASK_KINDS,
    "step": STEPS,
    "step_state": STEP_STATES,
    "mail_state": MAIL_STATES,
    "mail": MAILS,
    "event": EVENTS,
}
