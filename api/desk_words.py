"""What the office's pages say of forms and of what was done. English is the source; `pages.po` has the others."""

from collections.abc import Mapping

from api.sentences import N_

SECTIONS: Mapping[str, str] = {
    "board": N_("Board"),
    "decisions": N_("Decisions"),
    "collections": N_("Collections"),
    "delegations": N_("Delegations"),
    "networks": N_("Networks"),
    "calls": N_("Calls"),
    "people": N_("People"),
    "matters": N_("Inbox"),
    "mails": N_("Mail"),
    "audit": N_("Record"),
    "staff": N_("Access"),
}
SECTIONS_ABOUT: Mapping[str, str] = {
    "board": N_("Tasks that are overdue or due soon; remind, extend, pass on, waive, escalate."),
    "decisions": N_("What waits for your own decision, with what it rests on."),
    "collections": N_("Indicators of the plans, quarter by quarter."),
    "delegations": N_("Visits: hosts, agenda, what came of them."),
    "networks": N_("City networks, their reviews and decisions."),
    "calls": N_("European calls, from the portal to the last report."),
    "people": N_("Units, focal points, absences, gaps."),
    "matters": N_("Mails and replies that only a person can settle."),
    "mails": N_("Every mail that left or will, and what became of it."),
    "audit": N_("Who changed what, when and why."),
    "staff": N_("Who may work on these pages, and which programs."),
}
TILES: Mapping[str, str] = {
    "mine": N_("wait for your answer"),
    "overdue": N_("tasks overdue"),
    "soon": N_("tasks due within a week"),
    "matters": N_("to be settled in the inbox"),
    "stuck_mails": N_("mails not accepted by a server"),
}
"""What the numbers of the first page count; the number stands before."""
FORM_PROBLEMS: Mapping[str, str] = {
    "address_missing": N_("Write your e-mail address."),
    "address_invalid": N_("Write the e-mail address in full, such as name@example.org."),
    "day_missing": N_("Write a day."),
    "day_unread": N_("Write a day that exists, with its month, such as 5/2/2027 or 5 February."),
    "reason_missing": N_("Say why, in a few words."),
    "too_long": N_("Shorten this to %(limit)s characters: now there are %(length)s."),
    "nothing_chosen": N_("Choose at least one row."),
    "choice_missing": N_("Choose one of the answers."),
    "number_unread": N_("Write a whole number in digits only, such as 12."),
}
"""What has to be corrected in a form: told at its field and at the head of the page."""
DONE: Mapping[str, str] = {
    "saved": N_("It is saved."),
}
"""What was done just now; an address names it by its key."""

DESK: Mapping[str, Mapping[str, str]] = {
    "section": SECTIONS,
    "section_about": SECTIONS_ABOUT,
    "tile": TILES,
    "form_problem": FORM_PROBLEMS,
    "done": DONE,
}
