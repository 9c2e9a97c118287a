"""Policies as data: loaded as new versions, compared with what runs, and given to running tasks when that is wanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import yaml
from pydantic import ValidationError
from sqlalchemy import func, select

from models.contracts.refusal import Refused, said
from models.policies.plan import PlannedStep
from models.policies.task_policy import TaskPolicy, policy_problems
from models.tables.people import Person
from models.tables.process import PolicyRow
from operations.audit import record
from operations.planning import Planning, load_plannings, planned_step, replan, stays
from store.database import ReadSession, WriteSession
from store.policies import policy_version
from store.task import TaskFacts, lock_set, open_tasks_of_set, poke_if_needed, sets_of_policy


async def load_policy(session: WriteSession, content: bytes, *, by: str, now: datetime) -> TaskPolicy:
    """Add a version of a policy from YAML (the fields of `TaskPolicy`); the same version with the same rules is fine.

    Raises:
        Refused: it cannot be read or cannot work; every problem with its line.

    """
    policy = read_policy(content)
    lines = _lines(content)
    problems = [(rule, reason) for rule, reason in policy_problems(policy)]
    if policy.fallback is not None:
        person = await session.get(Person, policy.fallback)
        if person is None or not person.active:
            reason = said("an escalation would reach nobody: there is no person %(person)s", person=policy.fallback)
            problems.append(("fallback", reason))
    if problems:
        raise Refused(*(_told(lines.get(rule), rule, reason) for rule, reason in problems))
    known = await session.get(PolicyRow, (policy.name, policy.version))
    rules = policy.model_dump(mode="json")
    if known is not None:
        if TaskPolicy.model_validate(known.rules) != policy:
            raise Refused(
                said(
                    "Version %(version)s of %(name)s is there with other rules, and a version never changes: "
                    "give it the next number.",
                    version=policy.version,
                    name=policy.name,
                )
            )
        return policy
    newest = await session.scalar(select(func.max(PolicyRow.version)).where(PolicyRow.name == policy.name)) or 0
    if policy.version != newest + 1:
        reason = said("the next version of %(name)s is %(version)s", name=policy.name, version=newest + 1)
        raise Refused(_told(lines.get("version"), "version", reason))
    session.add(PolicyRow(name=policy.name, version=policy.version, rules=rules, loaded_at=now, loaded_by=by))
    record(session, "policy.loaded", by=by, now=now, policy=policy.name, version=policy.version, rules=rules)
    return policy


def read_policy(content: bytes) -> TaskPolicy:
    """The policy that some YAML describes.

    Raises:
        Refused: it cannot be read; every problem with its line.

    """
    try:
        data = yaml.safe_load(content)
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        raise Refused(_told(mark.line + 1 if mark else None, "", said("this is no YAML"))) from fault
    if not isinstance(data, dict):
        raise Refused(said("A policy is a list of rules, such as `due_after: 15`."))
    lines = _lines(content)
    try:
        return TaskPolicy.model_validate(data)
    except ValidationError as fault:
        told = [
            (str(error["loc"][0]), f"{'.'.join(map(str, error['loc'][1:]))} {error['msg']}".strip().lower())
            for error in fault.errors()
        ]
        raise Refused(*(_told(lines.get(rule), rule, reason) for rule, reason in told)) from fault


def _lines(content: bytes) -> dict[str, int]:
    """On which line, counted from 1, each rule stands."""
    node = yaml.compose(content, Loader=yaml.SafeLoader)
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return {key.value: key.start_mark.line + 1 for key, _ in pairs}


def _told(line: int | None, rule: str, reason: str) -> str:
    what = said("%(field)s: %(reason)s", field=rule, reason=reason) if rule else reason
    return said("line %(line)s: %(what)s", line=line, what=what) if line else what


@dataclass(frozen=True, slots=True)
class PlanChange:
    """What moving one running task to another version would change, in its steps still to come."""

    facts: TaskFacts
    before: tuple[PlannedStep, ...]
    after: tuple[PlannedStep, ...]

    @property
    def removed(self) -> tuple[PlannedStep, ...]:
        """Mails that would leave no more."""
        return tuple(step for step in self.before if (step.kind, step.at) not in _moments(self.after))

    @property
    def added(self) -> tuple[PlannedStep, ...]:
        """Mails that would leave at instants at which none of their kind would have left."""
        return tuple(step for step in self.after if (step.kind, step.at) not in _moments(self.before))


def _moments(steps: Sequence[PlannedStep]) -> set[tuple[str, datetime]]:
    return {(step.kind, step.at) for step in steps}


async def diff_policy(session: ReadSession, name: str, version: int, *, now: datetime) -> list[PlanChange]:
    """What moving all running tasks of a kind to a version would change; tasks that would not change are left out.

    Raises:
        Refused: there is no such version.

    """
    policy = await policy_version(session, name, version)
    changes = []
    for set_id in await sets_of_policy(session, name):
        facts = [each for each in await open_tasks_of_set(session, set_id) if each.task.policy == name]
        plannings = await load_plannings(session, facts)
        changes += [
            change
            for each in facts
            if (change := _change(each, plannings[each.task.id], policy, now)).removed or change.added
        ]
    return changes


def _change(facts: TaskFacts, planning: Planning, policy: TaskPolicy, now: datetime) -> PlanChange:
    before = tuple(planned_step(step) for step in planning.steps if step.state == "planned" and not stays(step))
    return PlanChange(facts, before, planning.new_plan(now, policy))


async def migrate_set(session: WriteSession, set_id: UUID, name: str, version: int, *, by: str, now: datetime) -> int:
    """Move the open tasks of a kind in a set to a version of their policy; gives how many were moved.

    Their due and closing days stay: they were promised. What was sent stays. Safe to run twice.

    Raises:
        Refused: there is no such version.

    """
    await policy_version(session, name, version)
    task_set = await lock_set(session, set_id)
    facts = [
        each
        for each in await open_tasks_of_set(session, set_id)
        if (each.task.policy, each.task.policy_version) != (name, version) and each.task.policy == name
    ]
    for each in facts:
        before, each.task.policy_version = each.task.policy_version, version
        record(
            session,
            "task.policy_migrated",
            by=by,
            now=now,
            process_id=each.task.process_id,
            task_id=each.task.id,
            policy=name,
            before=before,
            after=version,
        )
    await replan(session, (await load_plannings(session, facts)).values(), now)
    await poke_if_needed(session, task_set, now)
    return len(facts)
