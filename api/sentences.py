"""What pages call things that are codes in the database. English is the source; `pages.po` has the others."""

from collections.abc import Mapping


def N_(sentence: str) -> str:  # noqa: N802 - the name by which extraction finds sentences
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


PROBLEMS: Mapping[str, str] = {
    "value_missing": N_("Write the figure, or choose another answer."),
    "words_missing": N_("Write something, or choose another answer."),
    "value_unwanted": N_("There is a figure and another answer is marked. Delete the figure or choose it."),
    "words_unwanted": N_("There is a text and another answer is marked. Delete the text or choose it."),
    "reason_missing": N_("Say why this figure is not available."),
    "reason_wanted": N_("Give your reasons."),
    "not_a_number": N_("Write a number in digits only, such as 12 or 1234.5."),
    "not_a_whole_number": N_("Write a whole number in digits only, such as 12 or 1234."),
    "range_given": N_("Write one number, not a range."),
    "not_whole": N_("Write a whole number: things are counted here, so it has no decimals."),
    "negative": N_("Write zero or a number above zero."),
    "percent_over_100": N_("Write a percentage between 0 and 100."),
    "number_too_large": N_("Check this number: it is larger than any figure of a city."),
    "too_long": N_("Shorten this to %(limit)s characters: now there are %(length)s."),
    "choice_unknown": N_("Choose one of the answers."),
    "yes_no_missing": N_("Choose yes or no, or another answer."),
    "score_out_of_range": N_("Choose a score from 0 to 4, or “no evidence”."),
    "too_many_lines": N_("Shorten this to %(limit)s lines: now there are %(length)s."),
    "line_unread": N_(
        "Line %(length)s cannot be read. Write what, who and by when, with semicolons between them: "
        "Send the study; Area of Health; 15/2/2027"
    ),
    "line_past": N_("Line %(length)s: write a day after today."),
    "ends_before_starts": N_("The project would end before it starts. Check both days."),
    "project_too_long": N_("The project would last more than ten years. Check both days."),
    "over_before_signed": N_("The project would be over long before its agreement was signed. Check the days."),
    "periods_too_long": N_("Together, the periods are longer than the project. Check their lengths and its days."),
    "day_unread": N_("Write a day that exists, with its month, such as 5/2/2027 or 5 February."),
    "months_unread": N_("Write how many months each period lasts, one after the other, such as 18, 18, 12."),
    "known_differs": N_("Focal counted another figure. Say why yours is right."),
    "nothing_entered": N_("Answer at least one indicator before you check your answers."),
    "nothing_said": N_("Answer at least one question before you check your answers."),
}
"""One for each `ProblemCode`; some of them have other words for other units; two for a form with nothing to check."""

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
    "own_work": N_("This person wrote what is to be decided about. Choose somebody else."),
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
    "hosting_request": N_("Receive a delegation"),
    "agenda_approval": N_("Approve an agenda"),
    "visit_report": N_("Report on a visit"),
    "assignment": N_("To be done"),
    "membership_evidence": N_("What the network brought"),
    "membership_opinion": N_("Second opinion on the network"),
    "membership_decision": N_("Decide about the network"),
    "improvement_plan": N_("Get more out of the network"),
    "improvement_check": N_("Check whether the membership has improved"),
    "joined_networks": N_("Networks that the area has joined"),
    "call_interest": N_("Interest in a call"),
    "go_decision": N_("Decide whether the city applies"),
    "proposal_upload": N_("Confirm that the proposal was sent"),
    "call_result": N_("Result of the call"),
    "call_lessons": N_("What is learned from the proposal"),
    "grant_agreement": N_("Grant agreement"),
    "sustainability_check": N_("What is left of the project"),
}
CALL_STATES: Mapping[str, str] = {
    "interest": N_("Interest is asked for"),
    "preparing": N_("In preparation"),
    "submitted": N_("Sent, no result yet"),
    "reserve": N_("On the reserve list"),
    "awarded": N_("Funded"),
    "ended": N_("Funded, project over"),
    "rejected": N_("Not funded"),
    "missed": N_("Not sent in time"),
    "not_pursued": N_("Decided against"),
    "dropped": N_("Given up"),
    "cancelled": N_("Call cancelled"),
}
"""One for each `CallState`."""
VISIT_KINDS: Mapping[str, str] = {
    "institutional": N_("Institutional visit"),
    "business": N_("Visit of businesses and investors"),
    "study": N_("Study visit"),
    "diplomatic": N_("Diplomatic visit"),
    "municipal_association": N_("Visit of an association of municipalities"),
}
FEEDBACK_PROBLEMS: Mapping[str, str] = {
    "rating_missing": N_("Choose a number from 1 to 5."),
    "too_long": N_("Shorten this: it is too long."),
}
"""One for each code of a `FeedbackProblem`."""
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
    "bounced": N_("Came back"),
}
MAILS: Mapping[str, str] = {
    "task_request": N_("Request"),
    "task_reminder": N_("Reminder"),
    "task_reminders": N_("Reminder of several tasks"),
    "task_escalation": N_("Escalation to the head"),
    "task_escalation_copy": N_("Notice of the escalation"),
    "task_receipt": N_("Receipt"),
    "task_change": N_("Notice of a change"),
    "reply_not_taken": N_("Reply that was not taken"),
    "reply_confirmation": N_("Question whose a reply is"),
    "office_matters": N_("Matters to settle"),
    "visit_news": N_("News of a visit"),
    "visit_thanks": N_("Thanks for a visit"),
    "office_visit": N_("A visit, to the office"),
    "review_news": N_("What was decided about a network"),
    "census_result": N_("Networks that areas have joined"),
    "act_refused": N_("Something that cannot be done"),
    "calls_digest": N_("European calls of the week"),
    "feed_trouble": N_("Calls that were not taken from the portal"),
    "sign_in": N_("Link to sign in"),
    "call_news": N_("News of a call"),
    "call_alarm": N_("Alarm before a deadline"),
    "office_call": N_("A call, to the office"),
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
    "task.reply_held": N_("A reply waits for its writer to be confirmed"),
    "task.reply_not_read": N_("No answer could be read in a reply"),
    "task.reply_too_late": N_("A reply came too late"),
    "task.reply_refused": N_("A reply could not be opened"),
    "task.reply_pass_on_proposed": N_("A reply names somebody else"),
    "task.reply_disowned": N_("A reply is not from the person in whose name it came"),
    "matter.accepted": N_("A matter was settled as proposed"),
    "matter.dismissed": N_("A matter was dismissed"),
    "mail.read_again": N_("A reply was read once more"),
    "task.asked_again": N_("It was asked again, at a corrected address"),
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
    "task.rescheduled": N_("The due day was moved"),
    "task.cancelled": N_("It was called off"),
    "task.mail_unwritten": N_("A mail could not be written"),
    "review.decided": N_("It was decided"),
    "call.decided": N_("It was decided"),
    "call.interest_said": N_("It was said whether the unit is interested"),
    "call.submitted": N_("It was confirmed that the proposal was sent"),
    "call.submission_corrected": N_("What was said of the proposal was corrected"),
    "task.policy_migrated": N_("It goes by another version of its policy"),
}
"""Events of a task in the record, by their action; one that is not listed is shown by its code."""

DECISIONS: Mapping[str, str] = {
    "accepted": N_("Taken as an answer"),
    "held": N_("Writer to be confirmed"),
    "confirmed": N_("Confirmed by the person"),
    "disowned": N_("Not from the person"),
    "vouched": N_("Taken by the office"),
    "quarantined": N_("To be looked at"),
    "not_read": N_("No answer read"),
    "too_late": N_("Too late"),
    "refused": N_("Not opened"),
    "pass_on_proposed": N_("Names somebody else"),
    "away_noted": N_("Says who is away"),
    "bounced": N_("Tells of a mail of ours"),
    "ignored": N_("Left alone"),
    "duplicate": N_("Came before"),
    "waiting": N_("Not read yet"),
    "failed": N_("Could not be read"),
}
"""What was decided about a mail that came in, what was said of it since, and what it is before."""
REASONS: Mapping[str, str] = {
    sentence: sentence
    for sentence in (
        N_("The same mail came before."),
        N_("It was written by a machine or for many."),
        N_("A server tells what became of a mail."),
        N_("An automatic reply: its writer is away."),
        N_("Its address names no task."),
        N_("It holds answers, but looks like the mail of a list or a machine."),
        N_("Beyond the limits of what is read."),
        N_("It is encrypted."),
        N_("Nothing is asked any more."),
        N_("It comes from an address that is not known for this task."),
        N_("The server does not vouch for its sender."),
        N_("From somebody who may answer, vouched for by the server."),
        N_("It names somebody else for the task."),
        N_("No value could be read in it."),
        N_("It was not answered: too many answers within a day."),
        N_("It names no mail of ours in a way that cannot be made up."),
    )
}
"""The sentences of a decision's reason, without what they say in brackets, which the page shows in its own place."""
MAIL_CLASSES: Mapping[str, str] = {
    "own_loop": N_("Our own mail, come back to us"),
    "bounce": N_("A server about a mail of ours"),
    "read_receipt": N_("A read receipt"),
    "away": N_("An automatic reply of somebody who is away"),
    "automatic": N_("Written by a machine"),
    "list": N_("From a mailing list"),
    "calendar": N_("An answer to an invitation"),
    "human": N_("Written by a person"),
}
GRADES: Mapping[str, str] = {
    "A": N_("The sender’s domain vouches for it"),
    "B": N_("Signed or sent by the sender’s domain, which has no policy"),
    "C": N_("Nothing vouches for the sender"),
    "D": N_("It does not come from whom it says"),
}
TROUBLES: Mapping[str, str] = {
    "no_text": N_("It has no text."),
    "html_only": N_("It has no plain text, only HTML."),
    "unknown_charset": N_("Its character set is unknown."),
    "broken_encoding": N_("Its encoding is broken."),
    "text_cut": N_("Its text is too long; only the beginning was read."),
    "signed": N_("It is signed."),
    "encrypted": N_("It is encrypted, and nobody here can open it."),
    "tnef": N_("It is wrapped in a file of Outlook (winmail.dat)."),
    "two_senders": N_("It names several senders."),
    "attachment_too_large": N_("An attachment is too large."),
    "too_many_attachments": N_("It has too many attachments."),
    "broken_structure": N_("Its parts do not fit together."),
}
EXCESSES: Mapping[str, str] = {
    "too_large": N_("It is too large."),
    "too_deep": N_("Its parts are nested too deeply."),
    "too_many_parts": N_("It has too many parts."),
    "header_too_long": N_("Its headers are too long."),
    "too_many_recipients": N_("It has too many recipients."),
}
"""Why a mail was not opened."""
BOUNCES: Mapping[str, str] = {
    "dead": N_("There is no such address"),
    "full": N_("The mailbox is full"),
    "delayed": N_("Delayed; it is still being tried"),
    "refused": N_("The server does not take our mail"),
    "delivered": N_("Delivered"),
    "unknown": N_("Not delivered; nobody says why"),
}
WHERES: Mapping[str, str] = {
    "said": N_("Own words"),
    "quoted": N_("Written into the quoted mail"),
    "sheet": N_("Sheet"),
}
CERTAINTIES: Mapping[str, str] = {"sure": N_("Sure"), "likely": N_("Likely")}
CHANNELS: Mapping[str, str] = {
    "form": N_("through the form"),
    "coordinator": N_("entered on their behalf"),
    "mail": N_("by mail"),
}
MATTER_STATES: Mapping[str, str] = {"accepted": N_("Done as proposed"), "dismissed": N_("Dismissed")}

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "problem": PROBLEMS,
    "person_problem": PERSON_PROBLEMS,
    "time_problem": TIME_PROBLEMS,
    "task_state": TASK_STATES,
    "process_state": PROCESS_STATES,
    "task_kind": TASK_KINDS,
    "call_state": CALL_STATES,
    "visit_kind": VISIT_KINDS,
    "feedback_problem": FEEDBACK_PROBLEMS,
    "step": STEPS,
    "step_state": STEP_STATES,
    "mail_state": MAIL_STATES,
    "mail": MAILS,
    "event": EVENTS,
    "decision": DECISIONS,
    "reason": REASONS,
    "mail_class": MAIL_CLASSES,
    "grade": GRADES,
    "trouble": TROUBLES,
    "excess": EXCESSES,
    "bounce": BOUNCES,
    "where": WHERES,
    "certainty": CERTAINTIES,
    "channel": CHANNELS,
    "matter_state": MATTER_STATES,
}
