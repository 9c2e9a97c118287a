"""A whole quarter of València's plan as facts: the real plan, invented answers of every kind, one fixed seed."""

import random
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from models.contracts.answering import AnswerKind
from models.policies.calendar import Calendar, free_days
from models.policies.catalogue_rows import catalogue_rows
from models.policies.period import Quarter, covers
from models.policies.report_facts import (
    AnswerFact,
    EarlierNumber,
    EntryFact,
    Escalation,
    PlannedIndicator,
    ReportFacts,
    TaskFact,
)
from operations.catalogue import read_documents

QUARTER = Quarter(2026, 4)
KINDS: tuple[AnswerKind, ...] = ("value", "nothing_to_report", "not_available")
CALENDAR = Calendar(ZoneInfo("Europe/Madrid"), free_days("ES", "VC", range(2026, 2028)))
OPENED, DUE, CLOSED = date(2027, 1, 4), date(2027, 1, 27), date(2027, 2, 10)
ALL_AREAS = "ACT-VLC-TOTES"
HABITS = {
    # working days from opening to answering, and the share of entries answered
    "ACT-VLC-STI": ((6, 9, 12), 0.96),
    "ACT-VLC-ECO": ((3,), 1.0),
    "ACT-VLC-COOP": ((11, 12), 1.0),
    "ACT-VLC-DISE": ((17,), 1.0),
    "ACT-VLC-DIEO": ((8, 18), 0.8),
    "ACT-VLC-IGUALTAT": ((5,), 1.0),
    "ACT-VLC-EDUCACIO": ((14,), 1.0),
    "ACT-VLC-BENESTAR": ((9, 19), 0.9),
    "ACT-VLC-INNOVACIO": ((2,), 1.0),
    "ACT-VLC-FORMACIO": ((12,), 1.0),
    "ACT-VLC-OTPE": ((13,), 1.0),
    "ACT-VLC-HABITATGE": ((15,), 0.7),
    "ACT-VLC-SALUT": ((), 0.0),
    "ACT-VLC-GAYGAMES": ((), 0.0),
}
PEOPLE = (
    "Amparo Ferrer", "Vicent Martí", "Carmen Soriano", "Josep Llorens", "Nuria Campos", "Pau Domènech",
    "Lucía Navarro", "Empar Sanchis", "Hugo Lefèvre", "Teresa Roig", "Andreu Bosch", "Inés Gil",
    "Remei Alcover", "Ferran Pla", "Marta Esteve",
)  # fmt: skip
REASONS = (
    "Les dades arriben de la Generalitat al març",
    "El conveni encara no s'ha signat",
    "No comptem amb un registre d'estes reunions",
)


@cache
def valencia_plan() -> tuple[PlannedIndicator, ...]:
    """València's 116 indicators as the catalogue has them."""
    rows = catalogue_rows(read_documents())
    axes, objectives, actions = ({row["code"]: row for row in rows[name]} for name in ("axes", "objectives", "actions"))
    responsible: defaultdict[str, list[str]] = defaultdict(list)
    for row in sorted(rows["responsibles"], key=lambda row: row["position"]):
        responsible[row["action_code"]].append(row["actor_code"])
    found = []
    for row in rows["indicators"]:
        action = actions[row["action_code"]]
        objective = objectives[action["objective_code"]]
        axis = axes[objective["axis_code"]]
        if axis["plan_code"] == "VLC":
            found.append(
                PlannedIndicator(
                    axis["code"], axis["title"], objective["code"], objective["title"],
                    action["code"], action["title"], action["first_year"], action["last_year"],
                    tuple(responsible[action["code"]]),
                    row["code"], row["name"], row["unit"], row["cumulative"],
                )
            )  # fmt: skip
    return tuple(found)


@cache
def unit_names() -> dict[str, str]:
    """Names of València's units by code; areas are those that "all areas" stands for."""
    return {row["code"]: row["name"] for row in catalogue_rows(read_documents())["actors"]}


def asked_of(plan: tuple[PlannedIndicator, ...], quarter: Quarter) -> dict[str, list[PlannedIndicator]]:
    """What each unit is asked in a quarter, "all areas" taken apart."""
    areas = [code for code, name in unit_names().items() if code.startswith("ACT-VLC-") and name.startswith("Àrea")]
    wanted: defaultdict[str, list[PlannedIndicator]] = defaultdict(list)
    for indicator in plan:
        if covers(indicator.first_year, indicator.last_year, quarter):
            units = [u for code in indicator.responsible for u in (areas if code == ALL_AREAS else [code])]
            for unit in dict.fromkeys(units):
                wanted[unit].append(indicator)
    return wanted


def valencia_quarter(*, until: date = CLOSED, provisional: bool = False, seed: int = 2026) -> ReportFacts:
    """The quarter as it stood at the end of a day."""
    chance = random.Random(seed)  # noqa: S311 - invented figures
    plan = valencia_plan()
    tasks: list[TaskFact] = []
    entries: list[EntryFact] = []
    earlier: list[EarlierNumber] = []
    for number, (unit, indicators) in enumerate(sorted(asked_of(plan, QUARTER).items())):
        days, _ = HABITS[unit]
        person, head = PEOPLE[number % len(PEOPLE)], PEOPLE[(number + 7) % len(PEOPLE)]
        naming = unit == "ACT-VLC-GAYGAMES"
        mine = [_entry(chance, f"T{number:03d}-{unit[8:12]}", unit, row, days, person, until) for row in indicators]
        done = all(entry.answer for entry in mine)
        due = date(2027, 1, 12) if naming else DUE
        reminders = [CALENDAR.shift(due, -1 if naming else -5), CALENDAR.shift(due, 2)]
        slow = not done or max(days) > 10
        tasks.append(
            TaskFact(
                reference=mine[0].task_reference,
                kind="focal_point_naming" if naming else "indicator_request",
                unit_code=unit,
                unit_name=unit_names()[unit],
                asked_of=head if naming else person,
                state="answered" if done else "open" if provisional else "expired",
                timely_until=CALENDAR.end_of(due),
                asked_on=OPENED,
                reminded_on=tuple(day for day in reminders if slow and day <= until and (not done or day < DUE)),
                escalations=tuple(
                    Escalation(day, PEOPLE[(number + 3) % len(PEOPLE)] if naming else head)
                    for day in [CALENDAR.shift(due, 4)]
                    if not done and day <= until
                ),
            )
        )
        entries += mine
        earlier += [
            EarlierNumber(unit, row.code, Quarter(2026, q), _number(chance, row))
            for row in indicators
            for q in (1, 2, 3)
            if row.unit in {"count", "percent"} and chance.random() < 0.8
        ]
    return ReportFacts(
        reference="collection/VLC/2026-Q4",
        plan_code="VLC",
        plan_title="Pla d'Internacionalització de València 2022-26",
        plan_language="ca-ES-valencia",
        institution="Ajuntament de València",
        quarter=QUARTER,
        opened_on=OPENED,
        due_on=DUE,
        closed_on=CLOSED,
        until=until,
        provisional=provisional,
        plan=plan,
        tasks=tuple(tasks),
        entries=tuple(entries),
        earlier=tuple(earlier),
    )


def _entry(
    chance: random.Random,
    task: str,
    unit: str,
    indicator: PlannedIndicator,
    days: tuple[int, ...],
    person: str,
    until: date,
) -> EntryFact:
    answered = chance.random() < HABITS[unit][1]
    on = CALENDAR.shift(OPENED, chance.choice(days)) if days else CLOSED
    if not answered or on > until:
        return EntryFact(task, indicator.code, None)
    at = datetime.combine(on, time(9), UTC) + timedelta(minutes=chance.randrange(480))
    kind: AnswerKind = chance.choices(KINDS, (78, 14, 8))[0]
    value = kind == "value"
    return EntryFact(
        task,
        indicator.code,
        AnswerFact(
            kind=kind,
            number=_number(chance, indicator) if value and indicator.unit in {"count", "percent"} else None,
            yes=chance.random() < 0.7 if value and indicator.unit == "yes/no" else None,
            words="Acord amb tres ciutats de la xarxa" if value and indicator.unit == "text" else None,
            reason=chance.choice(REASONS) if kind == "not_available" else None,
            submission_reference=f"S{chance.randrange(10**6):06d}",
            answered_by=person,
            first_at=at,
            first_on=on,
        ),
    )


def _number(chance: random.Random, indicator: PlannedIndicator) -> Decimal:
    if indicator.unit == "percent":
        return Decimal(chance.choice(("62.5", "70", "75", "80", "87.5", "90", "100")))
    return Decimal(chance.choice((0, 1, 1, 2, 2, 3, 4, 5, 7, 12)))
