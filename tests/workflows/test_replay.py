"""Runs of the past, replayed with the code of today.

A history that no longer replays means that running collections would get stuck on the next deployment. Do not
record it again to make this pass: put the change behind `workflow.patched("YYYYMM-what")`. New paths get a new
history: `FOCAL_RECORD_HISTORIES=1 pytest tests/workflows`.
"""

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

with workflow.unsafe.imports_passed_through():
    from activities.call_follow_up import CallFollowUpActivities as Calls
    from activities.follow_up import FollowUpActivities
    from models.contracts.orders import FireOrder, FollowUpOrder, Outcome, ProcessOrder
    from workflows.call_follow_up import CallFollowUp
    from workflows.options import MANY_ROWS
    from workflows.registry import WORKFLOWS

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))


def history(path: Path) -> WorkflowHistory:
    content: dict[str, Any] = json.loads(path.read_text())
    # With the workflow's own id: the ids of children derive from it.
    return WorkflowHistory.from_json(content["workflow_id"], content["history"])


@workflow.defn(name="FollowUp")
class ChangedFollowUp:
    """The follow-up as somebody might change it: it looks twice."""

    @workflow.run
    async def run(self, order: FollowUpOrder) -> Outcome:
        for _ in range(2):
            turn = await workflow.execute_activity_method(
                FollowUpActivities.fire_due, FireOrder(set_id=order.set_id, now=workflow.now()), **MANY_ROWS
            )
        return turn.outcome

    @workflow.signal
    def poke(self) -> None:
        """Ignored."""


@workflow.defn(name="CallFollowUp")
class ChangedCallFollowUp(CallFollowUp):
    """The follow-up of a call, had its first record been added without a mark."""

    @workflow.init
    def __init__(self, order: ProcessOrder) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: ProcessOrder) -> Outcome:
        return await super().run(order)

    async def _learn_result(self) -> None:
        call = self._call
        await call.until("result", meanwhile=Calls.ask_for_result)
        await call.do(Calls.tell_of_result)
        await call.do(Calls.keep_interim_record)

    @workflow.signal
    def poke(self) -> None:
        super().poke()


CALLS = [path for path in HISTORIES if path.stem.startswith("call-") and path.stem.endswith("-process")]
WITH_RESULT = ("call-two-stage", "call-moved", "call-missed")
"""Stories from before the first record, in which a result came."""


def acts_of(path: Path) -> list[str]:
    """The acts of a run, and the marks of changes, in their order."""
    found = re.findall(r'"name": "call_follow_up\.(\w+)"|"markerName": "(core_patch)"', path.read_text())
    return [act or mark for act, mark in found]


def test_there_are_histories_of_every_kind() -> None:
    assert {path.stem for path in HISTORIES} >= {
        f"{path}-{kind}" for path in ("quarter", "closed-early", "naming") for kind in ("collection", "follow_up")
    } | {
        "delegation-study-process",
        "delegation-study-follow_up",
        "delegation-called-off-follow_up",
        *(f"delegation-{path}-process" for path in ("moved", "called-off", "hosts", "sent-back")),
    } | {"census-process", "census-follow_up", "review-optimise-follow_up"} | {
        f"review-{path}-process" for path in ("continue", "optimise", "leave", "undecided", "changed", "candidate")
    } | {"call-two-stage-follow_up"} | {
        f"call-{path}-process"
        for path in ("two-stage", "moved", "missed", "cancelled", "no-go", "withdrawn", "missed-later")
    }


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_run_of_the_past_replays(path: Path) -> None:
    await Replayer(workflows=WORKFLOWS, data_converter=pydantic_data_converter).replay_workflow(history(path))


async def test_a_change_that_would_break_running_workflows_is_noticed() -> None:
    path = next(path for path in HISTORIES if path.stem == "quarter-follow_up")
    changed = Replayer(workflows=[ChangedFollowUp], data_converter=pydantic_data_converter)
    with pytest.raises(NondeterminismError):
        await changed.replay_workflow(history(path))


@pytest.mark.parametrize("name", WITH_RESULT)
async def test_an_act_that_is_added_to_calls_without_a_mark_is_noticed(name: str) -> None:
    path = next(path for path in CALLS if path.stem == f"{name}-process")
    assert "keep_interim_record" not in acts_of(path), "recorded again, it proves nothing of runs of the past"
    changed = Replayer(workflows=[ChangedCallFollowUp], data_converter=pydantic_data_converter)
    with pytest.raises(NondeterminismError):
        await changed.replay_workflow(history(path))


def test_a_call_of_today_is_recorded_with_its_result_behind_the_mark() -> None:
    acts = acts_of(next(path for path in CALLS if path.stem == "call-missed-later-process"))
    told = acts.index("tell_of_result")
    assert acts[told : told + 4] == ["tell_of_result", "core_patch", "keep_interim_record", "draw_lessons"]


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
def test_no_name_address_or_answer_is_in_a_history(path: Path) -> None:
    payloads = re.findall(r'"data": "([^"]*)"', path.read_text())
    text = b"".join(base64.b64decode(payload) for payload in payloads).decode()
    assert "set_id" in text or "process_id" in text
    for word in ("prova.example", "Salut", "Sofia", "nothing_to_report"):
        assert word not in text
