"""Counting what a plan's document holds, and comparing it with what its `counts` section says."""

from collections.abc import Iterator, Sequence
from typing import Any

from models.contracts.catalogue import ActionRecord, AxisRecord, PlanDocument

Finding = tuple[str, str]
"""A path in a document, and what is wrong there."""

NOT_COUNTED = {"stated", "summary_table_items", "note", "reconciliation"}
"""Parts of a `counts` section that tell what the printed plan says of itself: not ours to confirm."""


def counted(document: PlanDocument) -> dict[str, Any]:
    """What was read, counted under every name that a `counts` section may use."""
    axes = document.axes
    sector = [axis for axis in axes if not axis.kind.startswith("element transversal")]
    transversal = [axis for axis in axes if axis not in sector]
    objectives = [objective for axis in axes for objective in axis.objectives]
    actions = [action for objective in objectives for action in objective.actions]
    in_sector, in_transversal = _tally(sector), _tally(transversal)
    names = {indicator.name for action in actions for indicator in action.indicators}
    return {
        "lines": len(axes),
        "objectives": sum(not objective.implicit for objective in objectives),
        "actions": len(actions),
        "actions_total": len(actions),
        "actions_listed": sum(not action.from_prose for action in actions),
        "actions_from_prose": sum(action.from_prose for action in actions),
        "actions_per_line": {axis.code: _tally([axis])["actions"] for axis in axes},
        "actions_per_objective": {objective.code: len(objective.actions) for objective in objectives},
        "expected_results": sum(len(axis.expected_results) for axis in axes),
        "lines_of_work": _tally([axis for axis in axes if axis.kind == "lines of work"])["actions"],
        "services": _tally([axis for axis in axes if axis.kind == "services"])["actions"],
        "priority_zones": len(document.priority_zones),
        "extracted": {
            "sector_axes": len(sector),
            "transversal_elements": len(transversal),
            "specific_objectives": in_sector["objectives"],
            "actions_in_axes": in_sector["actions"],
            "activity_items_printed_in_axes": in_sector["activity_items"],
            "activity_items_distinct": in_sector["activity_items_distinct"],
            "governance_instruments": in_transversal["objectives"],
            "governance_actions": in_transversal["actions"],
            "actions_total": len(actions),
            "indicators_in_axes": in_sector["indicators"],
            "indicators_in_governance": in_transversal["indicators"],
            "indicators_total": in_sector["indicators"] + in_transversal["indicators"],
            "distinct_indicator_names": len(names),
        },
        "per_axis": [
            {
                "axis": axis.code,
                **_tally([axis]),
                "per_objective": [
                    {"objective": objective.code, **_tally_actions(objective.actions)} for objective in axis.objectives
                ],
            }
            for axis in axes
        ],
    }


def _tally(axes: Sequence[AxisRecord]) -> dict[str, int]:
    objectives = [objective for axis in axes for objective in axis.objectives]
    actions = [action for objective in objectives for action in objective.actions]
    return {"objectives": len(objectives), **_tally_actions(actions)}


def _tally_actions(actions: Sequence[ActionRecord]) -> dict[str, int]:
    items = sum(len(action.activities) for action in actions)
    return {
        "actions": len(actions),
        "activity_items": items,
        "activity_items_distinct": items - sum(len(action.duplicate_activities) for action in actions),
        "indicators": sum(len(action.indicators) for action in actions),
    }


def count_findings(stated: dict[str, Any], found: dict[str, Any]) -> list[Finding]:
    """Where a `counts` section and what was read differ; a section may leave counts out, not add any."""
    return list(_differences("counts", stated, found))


def _differences(path: str, stated: Any, found: Any) -> Iterator[Finding]:
    if isinstance(stated, dict) and isinstance(found, dict):
        for key, value in stated.items():
            if key in NOT_COUNTED:
                continue
            if key in found:
                yield from _differences(f"{path}.{key}", value, found[key])
            else:
                yield f"{path}.{key}", "nothing of this name can be counted"
    elif isinstance(stated, list) and isinstance(found, list):
        if len(stated) != len(found):
            yield path, f"has {len(stated)} entries, but {len(found)} were read"
        for n, (one, other) in enumerate(zip(stated, found, strict=False)):
            yield from _differences(f"{path}[{n}]", one, other)
    elif stated != found:
        yield path, f"says {stated}, but {found} were read"
