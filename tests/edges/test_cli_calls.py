"""The `focal` command for calls, on the real plans, programmes and themes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from models.tables.calls import Call
from tests.edges.command import Focal, count

AHEAD = datetime.now(UTC).date() + timedelta(days=100)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The example, with its days ahead of today."""
    example = Path(__file__).parents[2] / "docs" / "examples" / "call-urbact.yaml"
    content = yaml.load(example.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506
    content["opens_on"] = (AHEAD - timedelta(days=90)).isoformat()
    content["deadlines"][0]["day"] = AHEAD.isoformat()
    written = tmp_path / "call.yaml"
    written.write_text(yaml.safe_dump(content), encoding="utf-8")
    return written


def test_a_call_is_entered_listed_shown_moved_and_decided_about(city: Focal, file: Path):
    added = city("calls", "add", str(file))
    assert added.out.startswith("URBACT-2027-APN is in the register."), added.err
    assert city("calls", "add", str(file)).err.startswith("URBACT-2027-APN is in the register already")
    listed = city("calls", "list", "--undecided")
    line = f"URBACT-2027-APN  forthcoming  {AHEAD} 15:00 Brussels time  -  Action Planning Networks of cities\n1 call\n"
    assert listed.out == line
    assert city("calls", "list", "--for", "ACT-VLC-INNOVACIO").out == line
    assert city("calls", "list", "--for", "ACT-VLC-SALUT").out == "0 calls\n"
    assert city("calls", "list", "--status", "closed", "--programme", "urbact").out == "0 calls\n"
    day = AHEAD + timedelta(days=7)
    moved = city("calls", "move", "urbact-2027-apn", "--deadline", str(day), "--hour", "12:00", "--reason", "A strike")
    assert f"from {AHEAD} 15:00 Brussels time to {day} 12:00 Brussels time" in moved.out
    shown = city("calls", "show", "urbact-2027-apn").out
    assert "12:00 Brussels time (107 days left, entered by a person)" in shown
    assert "may concern ACT-VLC-INNOVACIO, ACT-VLC-OTPE: “" in shown
    assert f"deadline: {AHEAD} -> {day} (A strike), by coordinator" in shown
    assert city("calls", "watch", "URBACT-2027-APN").out == "URBACT-2027-APN is watched.\n"
    said = city("calls", "ignore", "URBACT-2027-APN", "--because", "boring")
    assert (said.code, "is not a reason to ignore a call" in said.err) == (1, True)
    assert city("calls", "ignore", "URBACT-2027-APN", "--because", "covered").code == 0
    assert city("calls", "list", "--undecided").out == "0 calls\n"
    assert city("calls", "rename", "URBACT-2027-APN", "URBACT-2027-APN-2").code == 0
    assert city("calls", "cancel", "URBACT-2027-APN-2", "--reason", "No money").out.endswith("is cancelled.\n")
    assert count(Call) == 1


def test_clocks_are_listed_and_set(city: Focal):
    listed = city("calls", "clocks").out
    assert "DUT  Driving Urban Transitions  13:00 Europe/Brussels  entered by hand\n" in listed
    assert "HORIZON  Horizon Europe  17:00 Europe/Brussels  portal 43108390\n" in listed
    assert "  signature: 8 months after deadline, certain, " in listed
    source = ("--source", "The guide", "--checked-on", "2027-01-04", "--certain")
    said = city("calls", "clocks-set", "cerv", "--hour", "16:00", "--event", "report", "--days", "45", *source)
    assert said.out == (
        "Calls of CERV that come in from now on close at 16:00 Europe/Brussels.\n"
        "CERV: report takes 45 days after period_end.\n"
    )
    assert (
        "  report: 45 days after period end, certain, 2027-01-04: The guide\n"
        in city("calls", "clocks", "--programme", "CERV").out
    )
    assert city("catalogue", "load").code == 0
    assert "45 days" in city("calls", "clocks", "--programme", "CERV").out
    assert "give one of --months and --days" in city("calls", "clocks-set", "CERV", "--event", "report").err
    assert "Say what is to be set" in city("calls", "clocks-set", "CERV").err


def test_themes_are_listed_and_set(city: Focal):
    assert city("calls", "themes").out.endswith("15 themes\n")
    said = city("calls", "themes-set", "OWN-SPORT", "--unit", "ACT-VLC-EDUCACIO", "--keyword", "sport")
    assert said.out == "OWN-SPORT asks ACT-VLC-EDUCACIO and looks for 1 keyword.\n"
    assert city("calls", "themes").out.endswith("16 themes\n")
    only = city("calls", "themes-set", "OWN-SPORT", "--programme", "ERASMUS")
    assert only.code == 0
    assert "OWN-SPORT  ACT-VLC-EDUCACIO  only ERASMUS  sport\n" in city("calls", "themes").out


def test_without_a_portal_nothing_is_read(city: Focal):
    said = city("calls", "sync")
    assert (said.code, "set FOCAL_CALLS_PORTAL_ADDRESS" in said.err) == (1, True)
    assert city("calls", "sync", "--accept-loss").err.startswith("Say with --programme")


def test_a_file_that_is_no_call_is_refused(city: Focal, tmp_path: Path):
    wrong = tmp_path / "call.yaml"
    wrong.write_text("identifier: X\ntitel: Y\n", encoding="utf-8")
    said = city("calls", "add", str(wrong))
    assert said.code == 1
    assert "titel: there is no such field." in said.err
    assert "programme: is missing." in said.err


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("show", "\udce9"), "There is no call"),
        (("list", "--programme", "zzz"), "There is no programme “zzz”"),
        (("pipeline", "--plan", "NOPE"), "There is no plan “NOPE”"),
        (("watch", "ANY", "--by", " "), "Say with --by who does it"),
        (("watch", "ANY", "--by", "\udce9"), "Say with --by who does it"),
    ],
)
def test_what_nobody_knows_is_refused_in_a_sentence(city: Focal, words: tuple[str, ...], problem: str):
    said = city("calls", *words)
    assert (said.code, said.out) == (1, "")
    assert problem in said.err
