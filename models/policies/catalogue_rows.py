"""The documents flattened into the rows that the database holds, level by level."""

from itertools import groupby
from typing import Any

from models.contracts.catalogue import Documents, PlanDocument
from models.policies.call_rows import clock_rows, programme_rows, theme_rows
from models.policies.catalogue import actors_named, read_period, walk_actions
from models.policies.network_rows import criterion_rows, network_rows

Row = dict[str, Any]

LANGUAGES = {"ca-valencia": "ca-ES-valencia"}
"""How the documents name a language, where Focal names it differently."""


def catalogue_rows(documents: Documents) -> dict[str, list[Row]]:
    """Rows by table, parents before children; positions count from 0 in the plan's order.

    The documents have been checked: every period can be read and every responsible name means one actor.
    """
    rows: dict[str, list[Row]] = {
        "calendars": [calendar.model_dump() for calendar in documents.calendars.calendars],
        "actors": [
            {"code": actor.code, "name": actor.name, "institution": actor.institution, "kind": actor.type}
            for actor in documents.actors.actors
        ],
        "plans": [], "axes": [], "objectives": [], "actions": [], "responsibles": [], "indicators": [],
        "networks": list(network_rows(documents)), "criteria": list(criterion_rows(documents)),
        "programmes": list(programme_rows(documents)), "programme_clocks": list(clock_rows(documents)),
        "call_themes": list(theme_rows(documents)),
    }  # fmt: skip
    for plan in documents.plans.values():
        rows["plans"].append(_plan_row(plan, documents.calendars.plans[plan.plan.code]))
        _add_axes(rows, plan)
        _add_actions(rows, plan, documents)
    return rows


def _plan_row(document: PlanDocument, calendar: str) -> Row:
    plan = document.plan
    first_year, last_year = read_period(plan.period)
    return {
        "code": plan.code,
        "title": plan.title,
        "institution": plan.institution,
        "language": LANGUAGES.get(plan.language, plan.language),
        "first_year": first_year,
        "last_year": last_year,
        "calendar": calendar,
    }


def _add_axes(rows: dict[str, list[Row]], document: PlanDocument) -> None:
    for a, axis in enumerate(document.axes):
        row = {"code": axis.code, "position": a, "title": axis.title, "kind": axis.kind}
        rows["axes"].append({**row, "plan_code": document.plan.code})
        for o, objective in enumerate(axis.objectives):
            row = {"code": objective.code, "position": o, "title": objective.title}
            rows["objectives"].append({**row, "axis_code": axis.code, "implicit": objective.implicit})


def _add_actions(rows: dict[str, list[Row]], document: PlanDocument, documents: Documents) -> None:
    plan = document.plan.code
    for objective, actions in groupby(walk_actions(document), key=lambda found: found[2].code):
        for n, (_, _, _, action) in enumerate(actions):
            first_year, last_year = read_period(action.period)
            rows["actions"].append({
                "code": action.code,
                "objective_code": objective,
                "position": n,
                "title": action.title,
                "first_year": first_year,
                "last_year": last_year,
                "activities": list(action.activities),
            })  # fmt: skip
            for r, name in enumerate(action.responsible):
                actor = actors_named(name, plan, documents.actors.actors)[0]
                rows["responsibles"].append({"action_code": action.code, "position": r, "actor_code": actor})
            for i, indicator in enumerate(action.indicators):
                row = indicator.model_dump(include={"code", "name", "unit", "cumulative"})
                rows["indicators"].append({**row, "action_code": action.code, "position": i})
