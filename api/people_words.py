"""What the pages on people, the inbox and mail call things. English is the source; `pages.po` has the others."""

from collections.abc import Mapping

from api.sentences import N_

UNIT_KINDS: Mapping[str, str] = {
    "area": N_("Area"),
    "service": N_("Service"),
    "office": N_("Office"),
    "unit": N_("Unit"),
    "department": N_("Department"),
    "agency": N_("Agency"),
    "body": N_("Body"),
    "municipality": N_("Municipality"),
}
PEOPLE_KINDS: Mapping[str, str] = {
    "units": N_("Units"),
    "persons": N_("Persons"),
    "focal_points": N_("Focal points"),
    "absences": N_("Absences"),
}
"""What people files are about."""
GAPS: Mapping[str, str] = {
    "dead_address": N_("Mail comes back"),
    "no_focal_point": N_("Nobody answers for it"),
    "focal_point_ends": N_("The focal point’s time ends, and nobody follows"),
    "no_head": N_("It has no head"),
    "head_left": N_("Its head has left"),
    "own_escalation": N_("Its head answers for it, and nobody stands above"),
    "no_substitute": N_("Away, and nobody stands in"),
    "substitute_away": N_("Away, and whoever stands in is not there either"),
}
"""One for each `GapKind`."""
GAPS_DO: Mapping[str, str] = {
    "dead_address": N_("Correct the address; what did not arrive is asked again."),
    "no_focal_point": N_("Appoint somebody, or its head is asked to name somebody."),
    "focal_point_ends": N_("Appoint whoever follows."),
    "no_head": N_("Name its head: without one, the next above is told."),
    "head_left": N_("Name its new head: until then, the next above is told."),
    "own_escalation": N_("Appoint another focal point, or put the unit below another."),
    "no_substitute": N_("Their mails wait for their return. Say on their page who stands in."),
    "substitute_away": N_("Their mails go to the next above. Choose somebody else."),
}
"""What is done about each."""
MATTER_KINDS: Mapping[str, str] = {
    "dead_address": N_("No such mailbox"),
    "full_mailbox": N_("Mailbox full"),
    "mail_refused": N_("Mail refused"),
    "quarantined": N_("Not certain whose"),
    "not_read": N_("For the office"),
    "disowned": N_("Not from the person"),
    "away": N_("Away"),
    "left": N_("Has left"),
    "pass_on": N_("Names somebody else"),
    "unreadable": N_("Could not be read"),
}
"""One for each `MatterKind`."""
MAIL_DO: Mapping[str, str] = {
    "ready": N_("It leaves by itself as soon as it may. There is nothing to do."),
    "sending": N_("It is being handed to the mail server. There is nothing to do."),
    "accepted": N_("The mail server took it. There is nothing to do."),
    "rejected": N_(
        "The mail server refused it. Correct the address if it is wrong; else mend the cause and send it again."
    ),
    "unknown": N_(
        "The line broke while it was handed over: it may have arrived. "
        "Ask the person, or send it again: at worst they get it twice."
    ),
    "withdrawn": N_("What it asks for was answered or taken back before it left, or its address is dead."),
    "bounced": N_("It left and came back. Correct the address; if it is right after all, send it again."),
}
"""What to do about a mail in each state."""

PEOPLE: Mapping[str, Mapping[str, str]] = {
    "unit_kind": UNIT_KINDS,
    "people_kind": PEOPLE_KINDS,
    "gap": GAPS,
    "gap_do": GAPS_DO,
    "matter_kind": MATTER_KINDS,
    "mail_do": MAIL_DO,
}
