"""The `focal` command for calls that the city follows, on the real plans and the demonstration roster."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from models.tables.call_follow_up import CallInterest
from tests.edges.command import Focal, count

AHEAD = datetime.now(UTC).date() + timedelta(days=120)
CALL = "URBACT-2027-APN"


@pytest.fixture
def call(city: Focal, tmp_path: Path) -> str:
    """A call with two cut-offs ahead of today."""
    example = Path(__file__).parents[2] / "docs" / "examples" / "call-urbact.yaml"
    content = yaml.load(example.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506
    content["opens_on"] = (AHEAD - timedelta(days=90)).isoformat()
    content["deadlines"][0]["day"] = AHEAD.isoformat()
    content["deadlines"].append({**content["deadlines"][0], "day": (AHEAD + timedelta(days=90)).isoformat()})
    content["deadline_model"] = "cut_offs"
    file = tmp_path / "call.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    assert city("calls", "add", str(file)).code == 0
    return CALL


@pytest.mark.drill
def test_a_call_is_followed_changed_and_given_up(city: Focal, call: str):
    followed = city("calls", "follow", call)
    assert followed.out.startswith(f"call/{call} is followed. Asked: "), followed.err
    assert "ACT-VLC-OTPE" in followed.out
    assert city("calls", "follow", call).err.startswith(f"call/{call} is under way: a call is followed once.")
    asked = count(CallInterest)
    assert city("calls", "ask-unit", call, "ACT-VLC-SALUT").out == f"ACT-VLC-SALUT is asked about call/{call}.\n"
    assert count(CallInterest) == asked + 1
    assert city("calls", "lead", call.lower(), "ACT-VLC-SALUT").out == f"ACT-VLC-SALUT leads call/{call}.\n"
    aimed = city("calls", "aim", call, "2", "--reason", "Too short")
    assert aimed.out.startswith(f"call/{call} aims at "), aimed.err
    told = city("calls", "status", f"call/{call}").out
    assert "open, interest: Too short\n" in told
    assert "ACT-VLC-SALUT: asked\n" in told
    assert "lead: ACT-VLC-SALUT\n" in told
    assert "council approval (" in told
    assert "working days to spare" in told
    assert city("calls", "drop", call, "--reason", "No time").out.startswith(f"call/{call} was given up")
    again = city("calls", "drop", call, "--reason", "No time")
    assert (again.code, "is over" in again.err) == (1, True)
    assert "open, dropped: No time\n" in city("calls", "status", call).out


def test_what_is_not_followed_is_said(city: Focal, call: str):
    said = city("calls", "status", call)
    assert (said.code, said.err.startswith(f"No call “{call}” is followed")) == (1, True)
    assert "There is no unit “NOBODY”" in city("calls", "follow", call, "--unit", "NOBODY").err
    assert "is not MILESTONE=UNIT" in city("calls", "follow", call, "--owner", "budget").err
