"""A small plan with its actors and calendar, which a test can spoil."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from models.contracts.catalogue import UnreadableDocuments
from operations.catalogue import read_documents

Change = Callable[[dict[str, Any]], object]
PLAN_FILE = "tst.yaml"
ONE, OTHER = "TST-E1-OE1-A1", "TST-E1-OE2-A1"


def small_documents() -> dict[str, Any]:
    """A plan with one axis, two objectives, two actions and two indicators; its actors; its calendar."""
    nothing: dict[str, Any] = {
        "horizontal_principles": {}, "evaluation_criteria": {}, "governance": {},
        "network_continuation_criteria": {}, "delegations": {}, "eu_funding": {}, "source_disagreements": [],
    }  # fmt: skip
    indicators = [indicator(f"{ONE}-I1"), indicator(f"{ONE}-I2")]
    objectives = [
        {"code": "TST-E1-OE1", "title": "Cuidar", "actions": [action(ONE, indicators)]},
        {"code": "TST-E1-OE2", "title": "Plantar", "actions": [action(OTHER, [])]},
    ]
    plan = {
        "plan": {
            "code": "TST", "title": "Pla de prova", "institution": "Ajuntament de Prova",
            "period": "2022-2026", "language": "ca", "source_file": "none",
        },
        "conventions": {},
        "counts": {"lines": 1, "objectives": 2, "actions": 2},
        "axes": [{"code": "TST-E1", "title": "Verda", "kind": "eix", "objectives": objectives}],
        **nothing,
    }  # fmt: skip
    return {
        PLAN_FILE: plan,
        "actors.yaml": {
            "conventions": {},
            "counts": {"actors": 2},
            "actors": [
                actor("ACT-TST-SALUT", "Àrea Salut", variants=["Salut"], responsible_for=[ONE, OTHER]),
                actor("ACT-TST-ECO", "Àrea Ecologia"),
            ],
        },
        "calendars.yaml": {
            "calendars": [{"code": "prova", "zone": "Europe/Madrid", "country": "ES", "subdivision": "VC"}],
            "plans": {"TST": "prova"},
        },
        "networks.yaml": {"conventions": {}, "counts": {"networks": 0}, "criteria": [], "networks": []},
        "programmes.yaml": {"conventions": {}, "programmes": []},
        "call_themes.yaml": {"conventions": {}, "themes": []},
    }  # fmt: skip


def indicator(code: str) -> dict[str, Any]:
    return {"code": code, "name": "Nombre d'accions", "unit": "count", "unit_note": "inferred", "cumulative": True}


def action(code: str, indicators: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "code": code, "title": "Fer", "responsible": ["Salut"], "indicators": indicators, "period": "2022",
        "activities": ["Anar", "Tornar"], "participates": [], "expected_results": [], "source_lines": "1",
    }  # fmt: skip


def actor(code: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "code": code, "name": name, "institution": "Ajuntament de Prova", "type": "area", "role": "answers",
        "documents": ["TST"], **more,
    }  # fmt: skip


def write_documents(folder: Path, documents: dict[str, Any]) -> Path:
    """Write each document as a YAML file of the folder."""
    folder.mkdir(exist_ok=True)
    for name, document in documents.items():
        text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def problems_of(folder: Path) -> list[str]:
    """What reading a folder complains about; nothing when it does not."""
    try:
        read_documents(folder)
    except UnreadableDocuments as error:
        return [str(problem) for problem in error.problems]
    return []
