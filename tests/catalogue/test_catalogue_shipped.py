"""The five plans as shipped hold what the printed plans hold."""

from collections import Counter

from models.contracts.catalogue import ActionRecord, Documents, PlanDocument
from models.policies.catalogue import actors_named, walk_actions
from models.policies.catalogue_rows import catalogue_rows


def plan(documents: Documents, code: str) -> PlanDocument:
    return next(document for document in documents.plans.values() if document.plan.code == code)


def actions(document: PlanDocument) -> list[ActionRecord]:
    return [action for *_, action in walk_actions(document)]


def size(document: PlanDocument) -> tuple[int, int, int]:
    """Axes, objectives that the plan itself has, actions."""
    objectives = sum(not objective.implicit for axis in document.axes for objective in axis.objectives)
    return len(document.axes), objectives, len(actions(document))


def test_valencia_has_four_axes_and_governance_with_their_objectives_and_actions(shipped: Documents) -> None:
    valencia = plan(shipped, "VLC")
    sector, governance = valencia.axes[:4], valencia.axes[4:]
    assert [axis.code for axis in governance] == ["VLC-G"]
    assert sum(len(axis.objectives) for axis in sector) == 15
    assert sum(len(axis.objectives) for axis in governance) == 3
    assert [sum(len(o.actions) for o in axis.objectives) for axis in valencia.axes] == [8, 12, 12, 8, 9]
    assert len(actions(valencia)) == 49


def test_valencia_has_116_indicators_of_four_units(shipped: Documents) -> None:
    indicators = [indicator for action in actions(plan(shipped, "VLC")) for indicator in action.indicators]
    assert Counter(indicator.unit for indicator in indicators) == {
        "count": 91,
        "percent": 18,
        "yes/no": 5,
        "text": 2,
    }
    assert Counter(indicator.cumulative for indicator in indicators) == {True: 83, False: 33}
    assert len({indicator.name for indicator in indicators}) == 72


def test_valencias_actions_run_for_the_whole_plan_but_three_that_are_of_2022(shipped: Documents) -> None:
    assert Counter(action.period for action in actions(plan(shipped, "VLC"))) == {"2022-2026": 46, "2022": 3}


def test_valencias_sixteen_printed_names_are_fourteen_actors(shipped: Documents) -> None:
    names = {name for action in actions(plan(shipped, "VLC")) for name in action.responsible}
    found = {name: actors_named(name, "VLC", shipped.actors.actors) for name in names}
    assert len(names) == 16
    assert len({code for codes in found.values() for code in codes}) == 14
    assert found["Àrea bienestar"] == found["Àrea benestar i drets socials"] == ("ACT-VLC-BENESTAR",)


def test_the_other_plans_have_their_own_shapes(shipped: Documents) -> None:
    assert size(plan(shipped, "AMB")) == (5, 3, 29)
    assert sum(len(axis.expected_results) for axis in plan(shipped, "AMB").axes) == 16
    assert size(plan(shipped, "ACM")) == (4, 0, 20)
    assert size(plan(shipped, "PAM")) == (2, 7, 42)
    assert size(plan(shipped, "AMBO")) == (3, 3, 13)
    assert len(shipped.actors.actors) == 89


def test_the_same_service_in_two_plans_of_one_institution_stays_two_actors(shipped: Documents) -> None:
    actors = shipped.actors.actors
    assert actors_named("Servicio de Relaciones Internacionales", "AMB", actors) == ("ACT-AMB-SRI",)
    assert actors_named("servei de relacions internacionals", "AMBO", actors) == ("ACT-AMBO-SRI",)
    assert actors_named("ajuntaments metropolitans", "PAM", actors) == ("ACT-PAM-AJ",)
    assert actors_named("ajuntaments metropolitans", "AMBO", actors) == ("ACT-AMBO-AJ",)


def test_plans_become_rows_with_their_years_language_and_calendar(shipped: Documents) -> None:
    rows = catalogue_rows(shipped)
    plans = {row["code"]: row for row in rows["plans"]}
    years = {code: (row["first_year"], row["last_year"]) for code, row in plans.items()}
    assert years == {
        "VLC": (2022, 2026), "AMB": (2021, 2025), "ACM": (2024, 2027), "PAM": (2015, 2019), "AMBO": (None, None),
    }  # fmt: skip
    assert plans["VLC"]["language"] == "ca-ES-valencia"
    assert {code: row["calendar"] for code, row in plans.items()}["VLC"] == "valencia"
    assert {row["calendar"] for code, row in plans.items() if code != "VLC"} == {"barcelona"}
    assert next(row for row in rows["actors"] if row["code"] == "ACT-VLC-TOTES")["kind"] == "all areas"


def test_the_first_named_leads_an_action(shipped: Documents) -> None:
    rows = [row for row in catalogue_rows(shipped)["responsibles"] if row["action_code"] == "VLC-E1-OE1-A1"]
    assert [(row["position"], row["actor_code"]) for row in rows] == [(0, "ACT-VLC-STI"), (1, "ACT-VLC-ECO")]
