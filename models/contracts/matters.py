"""What a coordinator has to settle because of a mail."""

from typing import Literal

MatterKind = Literal[
    "dead_address",  # no such mailbox: nothing is sent there any more
    "full_mailbox",  # full for days
    "mail_refused",  # a server does not take our mail
    "quarantined",  # a reply that cannot be tied to a task or a person for sure
    "not_read",  # a message for people: a question, a remark, or values nobody could read
    "disowned",  # the person in whose name it came says that they did not write it
    "away",  # an absence, and perhaps a substitute, to be entered
    "left",  # a person who does not work there any more
    "pass_on",  # somebody names another person for a task
    "unreadable",  # reading it failed, however often it was tried
]
