"""Importing units, persons, focal points and absences: all of it, or nothing and every reason why."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from models.contracts.changes import Changes
from models.contracts.files import Problem
from models.contracts.people import ImportSummary, PeopleFile, PeopleProblems
from models.contracts.refusal import said
from models.policies.people import Absence, Appointment, PersonFacts, UnitFacts
from models.policies.people_checks import Finding, People, escalation_findings, structure_findings, unknown_codes
from models.policies.people_rows import Key, Row, key_of
from operations.addresses import operators_address, out_of_reach
from operations.audit import record
from operations.people_files import Sheets, read_sheets
from store.database import ReadSession, WriteSession
from store.people import load_people, lock_people, save_people

ALREADY_STORED = said("what is already stored")
"""The place of a problem between rows of which none is in a file."""


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row that an import writes: as it is known, None where it is new, and as it will be."""

    before: Row | None
    after: Row

    def differences(self) -> dict[str, tuple[Any, Any]]:
        """The fields that change, each with what it was and will be; all of a new row."""
        after = asdict(self.after)
        before = asdict(self.before) if self.before else dict.fromkeys(after)
        return {name: (before[name], after[name]) for name in after if before[name] != after[name]}


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What an import would do. `mark`: the same for another preview that would do exactly the same."""

    summary: ImportSummary
    changes: tuple[RowChange, ...]
    mark: str


class PreviewOutdated(Exception):  # noqa: N818 - an answer to the visitor, not a fault
    """Somebody changed something since a preview; `preview`: what the files would do now."""

    def __init__(self, preview: ImportPreview) -> None:
        super().__init__("the files would do something else by now")
        self.preview = preview


@dataclass(frozen=True, slots=True)
class Examined:
    """What some files come to: everybody as they would be known, the rows to write, and how many of each."""

    people: People
    rows: tuple[Row, ...]
    summary: ImportSummary


async def import_people(
    session: WriteSession, files: Sequence[PeopleFile], *, now: datetime, by: str = "coordinator", dry_run: bool
) -> ImportSummary:
    """Import some files, in whatever order they come; a second time changes nothing.

    A row that says something new of a thing already known (by its code; a focal point by unit, person and first
    day; an absence by person and first day) changes it. Nothing is removed. `now` is aware; its own date is the
    day on which escalations must work. A dry run checks and counts, and writes nothing.

    Raises:
        PeopleProblems: something is wrong in the files, between them, or between them and what is known already;
            nothing was imported.

    """
    await lock_people(session)
    known = await load_people(session)
    examined, before = examine(files, known=known, now=now), _by_key(known)
    if examined.rows and not dry_run:
        await save_people(session, examined.rows, now=now)
        changes = [RowChange(before.get(key_of(row)), row) for row in examined.rows]
        _record(session, files, examined.summary, changes, by=by, now=now)
    return examined.summary


async def preview_people(session: ReadSession, files: Sequence[PeopleFile], *, now: datetime) -> ImportPreview:
    """What an import of some files would do, row by row; see `import_people`.

    Raises:
        PeopleProblems: it cannot be done.

    """
    known = await load_people(session)
    examined, before = examine(files, known=known, now=now), _by_key(known)
    changes = tuple(RowChange(before.get(key_of(row)), row) for row in examined.rows)
    return ImportPreview(examined.summary, changes, hashlib.sha256(repr(changes).encode()).hexdigest())


async def import_as_seen(
    session: WriteSession, files: Sequence[PeopleFile], seen: str, *, now: datetime, by: str
) -> None:
    """Import some files as somebody saw it in a preview, by its mark.

    Raises:
        PeopleProblems: it cannot be done any more, or not by somebody who is no operator.
        PreviewOutdated: it would do something else by now, because somebody changed something; nothing was imported.

    """
    await lock_people(session)
    preview = await preview_people(session, files, now=now)
    if preview.mark != seen:
        raise PreviewOutdated(preview)
    moved = {
        change.after.code: change.after.name
        for change in preview.changes
        if isinstance(change.after, PersonFacts) and change.before and "address" in change.differences()
    }
    if barred := await out_of_reach(session, moved, by=by):
        raise PeopleProblems(Problem(files[0].name, 0, "address", operators_address(moved[each])) for each in barred)
    await import_people(session, files, now=now, by=by, dry_run=False)


def examine(files: Sequence[PeopleFile], *, known: People, now: datetime) -> Examined:
    """Read some files and hold them against each other and against what is known; see `import_people`."""
    sheets = read_sheets(files)
    people = _merged(known, sheets)
    problems = _problems(sheets, files, known=known, wanted=people, now=now)
    if problems:
        raise PeopleProblems(problems)
    before, after = _by_key(known), _by_key(people)
    new = [after[key] for key in sheets.rows if key not in before]
    changed = [after[key] for key in sheets.rows if key in before and after[key] != before[key]]
    return Examined(people, (*new, *changed), _summary(sheets.rows.values(), new, changed))


def _by_key(people: People) -> dict[Key, Row]:
    rows: tuple[Row, ...] = (*people.units.values(), *people.persons.values(), *people.appointments, *people.absences)
    return {key_of(row): row for row in rows}


def _merged(known: People, sheets: Sheets) -> People:
    """What is known with the files' rows laid over it. What a file does not say stays as it is.

    No file says who is active; one of units may leave out their calendars, one of persons who wants calendar files.
    """
    merged = _by_key(known)
    for key, row in sheets.rows.items():
        before = merged.get(key)
        if isinstance(row, PersonFacts) and isinstance(before, PersonFacts):
            unsaid = "calendar_files" in sheets.unsaid[key]
            wanted = before.calendar_files if unsaid else row.calendar_files
            merged[key] = replace(row, active=before.active, calendar_files=wanted)
        elif isinstance(row, UnitFacts) and isinstance(before, UnitFacts) and "calendar" in sheets.unsaid[key]:
            merged[key] = replace(row, calendar_code=before.calendar_code)
        else:
            merged[key] = row
    every = merged.values()
    return People(
        units={row.code: row for row in every if isinstance(row, UnitFacts)},
        persons={row.code: row for row in every if isinstance(row, PersonFacts)},
        appointments=tuple(row for row in every if isinstance(row, Appointment)),
        absences=tuple(row for row in every if isinstance(row, Absence)),
        calendars=known.calendars,
    )


def _problems(
    sheets: Sheets, files: Sequence[PeopleFile], *, known: People, wanted: People, now: datetime
) -> list[Problem]:
    """Everything wrong, in the order of the files and their lines.

    Rows are held against each other, as far as each could be read, only when every file could be read as a table,
    and escalations only when nothing else is wrong: before that, what is missing would be blamed on rows that are
    right. An escalation that did not work already is not the files' doing.
    """
    problems = list(sheets.problems)
    if sheets.whole:
        problems += (_placed(finding, sheets) for finding in structure_findings(wanted, sheets.wrong))
        problems += _of_strays(sheets, wanted)
    if not problems:
        before = {finding.reason for finding in escalation_findings(known, now.date())}
        findings = escalation_findings(wanted, now.date())
        problems += (_placed(finding, sheets) for finding in findings if finding.reason not in before)
    order = {file.name: n for n, file in enumerate(files)}
    return sorted(problems, key=lambda problem: (order.get(problem.file, len(order)), problem.line))


def _of_strays(sheets: Sheets, people: People) -> Iterator[Problem]:
    for stray in sheets.strays:
        for column, reason in unknown_codes(stray.row, people):
            if column not in stray.wrong:
                yield Problem(stray.file, stray.line, column, reason)


def _placed(finding: Finding, sheets: Sheets) -> Problem:
    """A finding at the place of the first of its rows that stands in a file."""
    for key in finding.subjects:
        if key in sheets.places:
            file, line = sheets.places[key]
            return Problem(file, line, finding.column, finding.reason)
    return Problem(ALREADY_STORED, 0, finding.column, finding.reason)


def _summary(every: Iterable[Row], new: Sequence[Row], changed: Sequence[Row]) -> ImportSummary:
    rows = list(every)

    def changes(kind: type[Row]) -> Changes:
        inserted, different, total = (sum(isinstance(row, kind) for row in some) for some in (new, changed, rows))
        return Changes(inserted=inserted, changed=different, unchanged=total - inserted - different)

    return ImportSummary(
        units=changes(UnitFacts),
        persons=changes(PersonFacts),
        focal_points=changes(Appointment),
        absences=changes(Absence),
    )


def _record(
    session: WriteSession,
    files: Sequence[PeopleFile],
    summary: ImportSummary,
    changes: Sequence[RowChange],
    *,
    by: str,
    now: datetime,
) -> None:
    """New rows are named by their keys; of the others stands what was and what is."""
    new = [list(key_of(change.after)) for change in changes if change.before is None]
    changed = [
        {"row": list(key_of(change.after)), "before": _plain(change, 0), "after": _plain(change, 1)}
        for change in changes
        if change.before is not None
    ]
    record(
        session,
        "people.imported",
        by=by,
        now=now,
        files=[{"name": file.name, "sha256": hashlib.sha256(file.content).hexdigest()} for file in files],
        **summary.model_dump(),
        new=new,
        changed=changed,
    )


def _plain(change: RowChange, which: int) -> dict[str, Any]:
    """The fields that change, before (0) or after (1), fit for JSON."""
    return {
        name: value.isoformat() if isinstance(value := values[which], date) else value
        for name, values in change.differences().items()
    }
