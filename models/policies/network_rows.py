"""The register of networks as its document gives it: who is a member under which plan, and who answers for it. Pure."""

import re
from collections.abc import Iterator
from typing import Any

from models.contracts.catalogue import Documents, NetworkRecord
from models.policies.catalogue import actors_named, walk_actions
from models.policies.people import ALL_AREAS

MEMBER = re.compile(r"member\b|.*\bis part\b|.*\btakes part\b")
CONSIDERED = re.compile(r".*\bto be (explored|assessed)\b")


def standing_of(network: NetworkRecord) -> tuple[str | None, str]:
    """The plan under which the city is a member, or thinks of becoming one, and the state; (None, candidate) if named.

    Documents that only name a network, as an ally or a focus, do not make anybody its member.
    """
    for pattern, state in ((MEMBER, "member"), (CONSIDERED, "candidate")):
        for mention in network.mentions:
            if pattern.match(mention.relation):
                return mention.document, state
    return None, "candidate"


def network_rows(documents: Documents) -> Iterator[dict[str, Any]]:
    """The rows of networks; fee, terms of notice and roles are left to people, for no document states them."""
    for network in documents.networks.networks:
        plan_code, state = standing_of(network)
        yield {
            "code": network.code,
            "name": network.name,
            "aliases": list(network.other_names),
            "kind": network.kind,
            "scope": network.scope,
            "actor_code": _who_answers(documents, network, plan_code),
            "plan_code": plan_code,
            "state": state,
        }


def criterion_rows(documents: Documents) -> Iterator[dict[str, Any]]:
    """The rows of criteria, with the action that their plan puts them under as their source; equal weights."""
    sources = {
        item["code"]: section["action"]
        for plan in documents.plans.values()
        if "action" in (section := plan.network_continuation_criteria)
        for item in section.get("items", ())
    }
    for position, record in enumerate(documents.networks.criteria):
        yield {
            "code": record.criterion,
            "position": position,
            "weight": 1,
            "names": dict(record.names),
            "source": sources.get(record.criterion, ""),
        }


def _who_answers(documents: Documents, network: NetworkRecord, plan_code: str | None) -> str | None:
    """The one actor beside the leader of the plan's actions that name a network, else the one that leads them all.

    In València one service leads every action, and the area that stands beside it does the work.
    """
    actors = documents.actors.actors
    of_all = {actor.code for actor in actors if actor.type == ALL_AREAS}
    leading: set[str] = set()
    beside: set[str] = set()
    for document in documents.plans.values():
        if document.plan.code != plan_code:
            continue
        for _, _, _, action in walk_actions(document):
            if action.code in network.actions:
                codes = [actors_named(name, plan_code, actors)[0] for name in action.responsible]
                leading.update(codes[:1])
                beside.update(set(codes[1:]) - of_all)
    for found in (beside, leading):
        if len(found) == 1:
            return found.pop()
    return None
