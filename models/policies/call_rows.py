"""Programmes with their clocks, and themes, as their documents give them. Pure."""

from collections.abc import Iterator
from datetime import time
from typing import Any

from models.contracts.catalogue import Documents
from models.policies.catalogue import walk_actions


def programme_rows(documents: Documents) -> Iterator[dict[str, Any]]:
    """The rows of programmes."""
    for record in documents.programmes.programmes:
        yield {
            "code": record.programme,
            "name": record.name,
            "portal_code": record.portal_code,
            "cutoff_hour": time.fromisoformat(record.hour),
            "zone": record.zone,
        }


def clock_rows(documents: Documents) -> Iterator[dict[str, Any]]:
    """The rows of clocks."""
    for record in documents.programmes.programmes:
        for clock in record.clocks:
            yield {"programme_code": record.programme, **clock.model_dump()}


def theme_rows(documents: Documents) -> Iterator[dict[str, Any]]:
    """The rows of themes, each under the code of its action."""
    plans = {
        action.code: document.plan.code
        for document in documents.plans.values()
        for _, _, _, action in walk_actions(document)
    }
    for record in documents.themes.themes:
        yield {
            "code": record.action,
            "plan_code": plans[record.action],
            "action_code": record.action,
            "units": list(record.units),
            "keywords": list(record.keywords),
            "programmes": list(record.programmes),
        }
