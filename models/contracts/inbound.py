"""What is known of a mail that came in, step by step: opened, classified, matched, graded, read, decided.

Every shape here is computed from the raw bytes and can be computed again.
"""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from models.contracts.answering import AnswerKind, ItemUnit, Reading
from models.contracts.problems import SheetProblem, UnreadProblem


class Frozen(BaseModel):
    """Crosses a boundary; never changed on the way."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Excess = Literal["too_large", "too_deep", "too_many_parts", "header_too_long", "too_many_recipients"]
"""Why a mail is not opened: beyond the limits of `mail.inbound.scan`."""


class Mailbox(Frozen):
    """A name and an address out of a header. The address is in lower case; the name is decoded, without controls."""

    name: str
    address: str


class Attached(Frozen):
    """A file that came with a mail. `filename` is as it was written, without any folder; it is never used as a path."""

    filename: str
    content_type: str
    content: bytes


Trouble = Literal[
    "no_text",  # neither plain text nor HTML
    "html_only",
    "unknown_charset",  # read as UTF-8, or else as Windows-1252
    "broken_encoding",  # base64 or quoted-printable that does not decode
    "text_cut",  # longer than the limit; the rest was not looked at
    "signed",
    "encrypted",  # S/MIME or PGP that nobody here can open
    "tnef",  # winmail.dat
    "two_senders",  # several From lines, or several mailboxes in one
    "attachment_too_large",
    "too_many_attachments",
    "broken_structure",
]


class Opened(Frozen):
    """A mail taken apart. Header values are decoded and hold no control characters; line ends are LF.

    `text` is the plain text or, where there is none, what the HTML says, in which quoted blocks begin with `> ` as in
    plain text. `headers` are all of them in their order, for whoever looks at one that has no field here.
    `report` is the text of the machine-readable parts of a `multipart/report`; `original_headers` those of the mail
    it is about.
    """

    message_id: str | None
    senders: tuple[Mailbox, ...]
    reply_to: tuple[Mailbox, ...]
    recipients: tuple[str, ...]
    """Addresses of To, Cc, Delivered-To, X-Original-To and X-Forwarded-To, in lower case."""
    subject: str
    written_at: datetime | None
    """Aware; what the Date header claims."""
    references: tuple[str, ...]
    """Message-IDs of References and In-Reply-To, with their angle brackets, the latest first."""
    headers: tuple[tuple[str, str], ...]
    content_type: str
    text: str
    attachments: tuple[Attached, ...]
    report: str
    original_headers: tuple[tuple[str, str], ...]
    trouble: tuple[Trouble, ...]


MailClass = Literal["own_loop", "bounce", "read_receipt", "away", "automatic", "list", "calendar", "human"]


class Classified(Frozen):
    """Who or what wrote a mail, and by which sign that is known, e.g. `Auto-Submitted: auto-replied`."""

    mail_class: MailClass
    sign: str


BounceKind = Literal["dead", "full", "delayed", "refused", "delivered", "unknown"]


class Bounce(Frozen):
    """What a server says of a mail that it did not deliver.

    `dead`: there is no such address (5.1.x). `full`: 4.2.2 or 5.2.2. `delayed`: it is still being tried.
    `refused`: for what we are or what we wrote (5.7.x, size, content). `delivered`: it says all is well.
    """

    kind: BounceKind
    status: str
    """Enhanced status code, e.g. `5.1.1`; empty when none is given."""
    recipient: str
    diagnostic: str


class AwayNote(Frozen):
    """What an automatic reply says of its writer's absence. Days are as written; a missing year is the next such day.

    `left`: the person does not work there any more. `contacts`: addresses it names instead, in lower case.
    """

    first_day: date | None
    last_day: date | None
    left: bool
    contacts: tuple[str, ...]
    excerpt: str


GradeLetter = Literal["A", "B", "C", "D"]


class Grade(Frozen):
    """How far the sender's domain is vouched for by the configured server.

    A: DMARC passed for the From domain. B: no DMARC policy, but DKIM or SPF passed for it. C: nothing is known.
    D: it failed, or From names several senders.
    """

    letter: GradeLetter
    reason: str


class Split(Frozen):
    """The text of a reply in its parts. Line numbers count from 1 in the whole text.

    `said`: lines that the writer wrote, quotes, signature and disclaimer taken away. `quoted`: lines of what they
    replied to, without their `>`; when somebody answers between quoted lines, both keep their order by number.
    """

    said: tuple[tuple[int, str], ...]
    quoted: tuple[tuple[int, str], ...]


class AskedEntry(Frozen):
    """One item of the task a reply may be about. `number` counts from 1, as printed in the mails.

    `previous`: what was said last time. `standing`: the answer that stands, if there is one. `question`: it is one, and
    no indicator: its code is printed nowhere. `other`: what may be answered besides a value.
    """

    item_id: UUID
    number: int
    code: str
    name: str
    unit: ItemUnit
    previous: Reading | None
    standing: Reading | None
    question: bool = False
    required: bool = True
    other: tuple[AnswerKind, ...] = ("nothing_to_report", "not_available")


Where = Literal["said", "quoted", "sheet"]
Certainty = Literal["sure", "likely"]


class FoundValue(Frozen):
    """One value that the writer gave, and where. `typed` of the reading is what they wrote.

    `place`: `line 3`, or file and cell as in `answers.xlsx F4`. `excerpt`: that line or cell as written.
    `sure`: named by code or number. `likely`: by its position alone, or typed into the quoted table.
    """

    item_id: UUID
    number: int
    code: str
    reading: Reading
    where: Where
    place: str
    excerpt: str
    certainty: Certainty


class UnreadLine(Frozen):
    """Something the writer wrote that was not taken as a value: shown back, never guessed."""

    place: str
    excerpt: str
    problem: UnreadProblem
    code: str | None = None


class SheetRead(Frozen):
    """One attached table: what was found in it, or why it was not read."""

    filename: str
    values: tuple[FoundValue, ...] = ()
    unread: tuple[UnreadLine, ...] = ()
    problem: SheetProblem | None = None


class ValuesRead(Frozen):
    """All that a reply says of its task, one value at most for each item."""

    values: tuple[FoundValue, ...]
    unread: tuple[UnreadLine, ...]


class PassOnWish(Frozen):
    """Whom a writer who is not the right person names instead. Address or name are empty where none is given."""

    name: str
    address: str
    excerpt: str


MatchRank = Literal["address", "references", "subject", "none"]


class Match(Frozen):
    """Which task a mail belongs to, and by what. Only `address` is proof; the others are hints."""

    rank: MatchRank
    task_id: UUID | None
    task_reference: str | None


Decision = Literal[
    "accepted",  # values were taken
    "held",  # who wrote it is not proven: the registered contact is asked to confirm
    "quarantined",  # no token, or nobody to confirm: for a coordinator
    "not_read",  # from the right person, but no value was understood: they and the coordinator are told
    "too_late",  # the process is closed
    "refused",  # beyond the limits, or encrypted: its writer is told politely
    "pass_on_proposed",
    "away_noted",
    "bounced",
    "ignored",  # a machine, a list, a calendar, our own mail back
    "duplicate",
]


class Verdict(Frozen):
    """What is done with a mail, why in one English sentence, and whether anything is answered to its sender."""

    decision: Decision
    reason: str
    answer: bool


class Examination(Frozen):
    """All that is known of one mail, computed from its raw bytes and the rows of the moment. Nothing is stored by it.

    What a later step does not need stays None or empty: a bounce has no values.
    """

    sha256: str
    size: int
    excess: Excess | None
    sender: str | None
    subject: str
    message_id: str | None
    written_at: datetime | None
    mail_class: MailClass
    sign: str
    match: Match
    person_code: str | None
    """Whose address it came from, if that is a person of the roster."""
    expected: bool
    """Whether that person may answer the task."""
    grade: Grade
    said: str = ""
    values: tuple[FoundValue, ...] = ()
    unread: tuple[UnreadLine, ...] = ()
    attachments: tuple[str, ...] = ()
    sheets: tuple[SheetRead, ...] = ()
    trouble: tuple[Trouble, ...] = ()
    bounce: Bounce | None = None
    bounced_mail_id: UUID | None = None
    away: AwayNote | None = None
    pass_on: PassOnWish | None = None
    verdict: Verdict
