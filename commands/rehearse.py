"""`focal rehearse`: what would happen, without any of it happening."""

from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.shared import counted, database, now, run, spoken, stop
from models.contracts.refusal import Refused
from settings import load_settings

if TYPE_CHECKING:
    from operations.rehearsal import Rehearsing, WhatIf

BAR = 50
"""Characters of the longest bar of the calendar."""


@click.group()
def rehearse() -> None:
    """Show what would happen, without any of it happening."""


@rehearse.command("collection")
@click.argument("plan")
@click.argument("period", required=False)
@click.option("--policy", help="A loaded policy in the place of indicator_request: NAME, or NAME@VERSION.")
@click.option(
    "--answers",
    default="never",
    show_default=True,
    help="How people answer: never, late, mixed, or a CSV file with the columns unit, answered and, if wanted, named.",
)
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Open on this day, as a schedule would; else now.")
@click.option(
    "--csv", "csv_path", type=click.Path(dir_okay=False, path_type=Path), help="Write every mail as CSV, too."
)
@click.option("--what-if", "finished", metavar="PERIOD", help="Replay this finished quarter under the policy, too.")
def collection(
    plan: str,
    period: str | None,
    policy: str | None,
    answers: str,
    on: datetime | None,
    csv_path: Path | None,
    finished: str | None,
) -> None:
    """List every mail of the collection of PLAN for PERIOD (as in VLC 2026-Q4), without sending any.

    Ends with 1 if a mail would leave on a day off or out of hours.
    """
    from models.policies.rehearsal_answers import HABITS
    from operations.rehearsal import AnswersFile, rehearse_collection, replay_collection
    from operations.rehearsal_words import rehearsal_csv

    if period is None and finished is None:
        raise click.UsageError("Name the PERIOD to rehearse, as in 2026-Q4.")
    given = next((habit for habit in HABITS if habit == answers), None) or AnswersFile(answers, _content(answers))

    async def work() -> tuple["Rehearsing | None", "WhatIf | None"]:
        settings = load_settings()
        rehearsing = what_if = None
        async with database(settings) as data, data.reading() as session:
            if period is not None:
                rehearsing = await rehearse_collection(
                    session,
                    settings,
                    plan,
                    period,
                    now=now(),
                    on=on.date() if on else None,
                    policy=policy,
                    answers=given,
                )
            if finished is not None:
                what_if = await replay_collection(session, settings, plan, finished, policy=policy)
        return rehearsing, what_if

    rehearsing, what_if = run(work())
    if rehearsing is not None:
        if csv_path is not None:
            _write(csv_path, rehearsal_csv(rehearsing))
        _tell(rehearsing)
    if what_if is not None:
        _compare(what_if)
    if rehearsing is not None and rehearsing.rehearsal.out_of_hours:
        stop(f"{counted(len(rehearsing.rehearsal.out_of_hours), 'mail')} out of hours: there must be none.")


def _content(answers: str) -> bytes:
    path = Path(answers)
    if not path.is_file():
        raise Refused(f"“{answers}” is neither never, late or mixed nor a file.")
    return path.read_bytes()


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as fault:
        raise Refused(f"{path} cannot be written: {fault.strerror}.") from fault


def _tell(rehearsing: "Rehearsing") -> None:
    from operations.rehearsal_words import name_of, why

    rehearsal, people = rehearsing.rehearsal, rehearsing.people
    days, calendar = rehearsal.days, rehearsing.calendar
    per_day = rehearsal.per_day()
    policy = f"{rehearsing.policy.name}@{rehearsing.policy.version}"
    opens = calendar.local(days.opens_at)
    free = [f"{calendar.free_days[day]} ({spoken(day)})" for day in calendar.skipped(days.opens_on, days.due_on)]
    click.echo(f"{rehearsing.reference} rehearsed under {policy}; nothing was written, nothing was sent.")
    over = f", counted over {' and '.join(free)}" if free else ""
    length = counted(calendar.working_days_between(days.opens_on, days.due_on), "working day")
    click.echo(
        f"Requests leave on {spoken(opens)} at {opens:%H:%M}; answers are due on {spoken(days.due_on)}, {length} later"
        f"{over}; it closes on {spoken(days.closes_on)}."
    )
    most = max(per_day.values())
    click.echo()
    for day, number in per_day.items():
        click.echo(f"{day:%a} {day}  {number:5}  {'█' * max(round(BAR * number / most), 1)}")
    click.echo()
    for mail in rehearsal.mails:
        head = f"{mail.local:%a %Y-%m-%d %H:%M}  {mail.name:<20}  {name_of(mail.reader, people)}"
        told = [
            f"{people.units[about.task.asked.unit_code].name}: {why(mail, about, rehearsing)}" for about in mail.about
        ]
        click.echo("  ".join([head, *told[:1]]))
        for line in told[1:]:
            click.echo(f"{'':22}  {'also':<20}  {line}")
    click.echo()
    _sum_up(rehearsing)


def _sum_up(rehearsing: "Rehearsing") -> None:
    rehearsal, people, asked = rehearsing.rehearsal, rehearsing.people, rehearsing.roster.asked
    names = Counter(mail.name for mail in rehearsal.mails)
    answered = sum(story.answered_at is not None for story in rehearsal.stories)
    per_day = rehearsal.per_day()
    peak = max(per_day, key=per_day.__getitem__)
    click.echo(f"{counted(len(rehearsal.mails), 'mail')}: {', '.join(f'{n} {name}' for name, n in names.items())}")
    click.echo(f"answered: {answered} of {counted(len(rehearsal.stories), 'task')}")
    click.echo(f"most on one day: {per_day[peak]}, on {spoken(peak)}")
    click.echo(f"on days off or out of hours: {len(rehearsal.out_of_hours)}")
    for mail in rehearsal.out_of_hours:
        click.echo(f"  {mail.local:%a %Y-%m-%d %H:%M}  {mail.name}")
    click.echo(f"persons without a usable address: {len(rehearsing.unusable)}")
    for person in rehearsing.unusable:
        click.echo(f"  {people.persons[person.person_code].name} ({person.person_code}): {person.reason}")
    told: dict[str | None, list[str]] = defaultdict(list)
    for mail in rehearsal.mails:
        if mail.name == "task_escalation":
            told[mail.reader].append(people.units[mail.about[0].task.asked.unit_code].name)
    click.echo(f"would be escalated to: {len(told)}")
    for reader, units in told.items():
        click.echo(f"  {_person(reader, rehearsing)}: {', '.join(dict.fromkeys(units))}")
    naming = [task for task in asked if task.kind == "focal_point_naming"]
    click.echo(f"units without a focal point: {len(naming)}")
    for task in naming:
        head = people.persons[task.person_code].name
        click.echo(f"  {people.units[task.unit_code].name}: {head} is asked to name one")
    nobody = {
        about.task.asked.unit_code: None for mail in rehearsal.mails if mail.reader is None for about in mail.about
    }
    click.echo(f"units of which nobody is there, so that the coordinator is written to: {len(nobody)}")
    for unit in nobody:
        click.echo(f"  {people.units[unit].name}")


def _person(code: str | None, rehearsing: "Rehearsing") -> str:
    return "the coordinator" if code is None else f"{rehearsing.people.persons[code].name} ({code})"


def _compare(what_if: "WhatIf") -> None:
    """Print what another policy would have changed in a finished quarter."""
    comparison, actual, other = what_if.comparison, what_if.actual, what_if.other
    click.echo()
    click.echo(
        f"What if {what_if.reference}, which ran under {actual.name}@{actual.version}, had run under "
        f"{other.name}@{other.version}?"
    )
    click.echo(
        "Assumed: everybody answers as many working hours (8:00 to 18:00 of working days) after the mail they answered "
        "to as they did; where there is no such mail, after the last one before it; who never answered stays silent; "
        "heads are those of today, and nothing that was done by hand is done again."
    )
    saved = {name: number for name, number in comparison.saved.items() if number}
    told = ", ".join(f"{number} {name}" for name, number in saved.items())
    click.echo(f"mails saved: {sum(saved.values())}" + (f" ({told})" if told else ""))
    click.echo(
        f"working days gained: {sum(comparison.gained)} over {counted(len(comparison.gained), 'answer')}, "
        f"median {comparison.median_gained:g}"
    )
    click.echo(f"escalations avoided: {len(comparison.avoided)}{_units(comparison.avoided)}")
    click.echo(f"escalations added: {len(comparison.added)}{_units(comparison.added)}")
    click.echo(f"answers lost, coming after the close: {len(comparison.lost)}{_units(comparison.lost)}")


def _units(codes: tuple[str, ...]) -> str:
    return f" ({', '.join(codes)})" if codes else ""
