"""A rehearsal in words: why each mail leaves when it does, and the table of all mails for a spreadsheet."""

from collections.abc import Iterator
from datetime import date

from models.policies.people import Away, PersonFacts
from models.policies.people_checks import People
from models.policies.rehearsal import About, RehearsedMail
from operations.rehearsal import Rehearsing
from operations.report_files import csv_file
from operations.report_tables import Cell

COORDINATOR = "the coordinator"
HEADINGS = (
    "Leaves at (local)",
    "Time zone",
    "Mail",
    "To",
    "Name",
    "Address",
    "Process",
    "Unit",
    "Unit name",
    "Task",
    "Step",
    "Level",
    "Due on",
    "On a day off or out of hours",
    "Why",
)
BECAUSE_OF = {"pause": "a pause", "daily_maximum": "the daily maximum", "hours": "the hours of sending"}


def spoken(day: date) -> str:
    """`4 January 2027`."""
    return f"{day.day} {day:%B %Y}"


def name_of(code: str | None, people: People) -> str:
    """A person's name; the coordinator has none."""
    return COORDINATOR if code is None else people.persons[code].name


def why(mail: RehearsedMail, about: About, rehearsing: Rehearsing) -> str:
    """Why a mail about a task leaves on its day, as one sentence: the rule, the holidays counted over, the absences."""
    people = rehearsing.people
    told = _rule(mail, about, rehearsing)
    if about.step is not None:
        told += _counted_over(about)
        told += _moved(about)
    if about.path:
        told += "; " + ", ".join(_away(away, people) for away in about.path)
    return f"{told[0].upper()}{told[1:]}."


def _rule(mail: RehearsedMail, about: About, rehearsing: Rehearsing) -> str:
    step = about.step
    if step is None:
        return "the answer came"
    days = step.reason.get("working_days", 0)
    due = f"the due day, {spoken(about.task.days.due_on)}"
    match step.reason["rule"]:
        case "request":
            named = about.task.days.opens_at != rehearsing.rehearsal.days.opens_at
            rule = "named by the head, asked next" if named else "the collection opens"
        case "reminder_before_due":
            rule = f"{_counted(days)} before {due}" if days else f"on {due}"
        case "reminder_after_due":
            rule = f"{_counted(days)} after {due}"
        case "warning":
            rule = f"{_counted(days)} before somebody above is told; due on {spoken(about.task.days.due_on)}"
        case "escalation":
            rule = f"{_counted(days)} after {due}"
        case "escalation_after_reminders":
            rule = f"no answer after {days} reminder{'' if days == 1 else 's'} and {due}"
        case other:
            rule = str(other).replace("_", " ")
    return f"copy to the person asked: {rule}" if mail.name == "task_escalation_copy" else rule


def _counted(working_days: int) -> str:
    return f"{working_days} working day{'' if working_days == 1 else 's'}"


def _counted_over(about: About) -> str:
    """The free weekdays between the mail and the due day, by name."""
    free = about.task.calendar.free_days
    days = [date.fromisoformat(day) for day in (about.step.reason.get("skipped", ()) if about.step else ())]
    return f", counted over {' and '.join(f'{free[day]} ({spoken(day)})' for day in days)}" if days else ""


def _moved(about: About) -> str:
    reason = about.step.reason if about.step else {}
    told = (
        f"; moved from {spoken(date.fromisoformat(reason['moved_from']))} by a pause" if "moved_from" in reason else ""
    )
    return told + (f"; held back by {BECAUSE_OF[reason['held']]}" if "held" in reason else "")


def _away(away: Away, people: People) -> str:
    who = f"{people.persons[away.person_code].name} is away until {spoken(away.until)}"
    return who if away.substitute_code is None else f"{who} and {people.persons[away.substitute_code].name} stands in"


def rehearsal_csv(rehearsing: Rehearsing) -> bytes:
    """Every mail, a row for each task it speaks of; see `csv_file`."""
    return csv_file(HEADINGS, (row for mail in rehearsing.rehearsal.mails for row in _rows(mail, rehearsing)))


def _rows(mail: RehearsedMail, rehearsing: Rehearsing) -> Iterator[tuple[Cell, ...]]:
    people, reader = rehearsing.people, _reader(mail, rehearsing.people)
    leaves: tuple[Cell, ...] = (
        mail.local.replace(tzinfo=None),
        mail.calendar.zone.key,
        mail.name,
        mail.reader,
        reader.name if reader else COORDINATOR,
        reader.address if reader else None,
    )
    if not mail.about:
        yield *leaves, rehearsing.reference, *(None,) * 6, "no", "The collection closes."
    for about in mail.about:
        asked, step = about.task.asked, about.step
        yield (
            *leaves,
            about.task.reference,
            asked.unit_code,
            people.units[asked.unit_code].name,
            asked.kind,
            step.kind if step else None,
            step.level if step else None,
            about.task.days.due_on,
            "yes" if mail.is_out_of_hours else "no",
            why(mail, about, rehearsing),
        )


def _reader(mail: RehearsedMail, people: People) -> PersonFacts | None:
    return None if mail.reader is None else people.persons[mail.reader]
