"""The `focal delegation` commands, on the real plan."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from tests.edges.command import HOUSE, Focal

EXAMPLES = HOUSE / "docs" / "examples"
DAYS = timedelta(days=60)


@pytest.fixture
def order(tmp_path: Path) -> Path:
    """The example, for days that are still to come."""
    content = yaml.safe_load((EXAMPLES / "delegation-bologna.yaml").read_text())
    first = datetime.now(UTC).date() + DAYS
    content |= {"first_day": first.isoformat(), "last_day": (first + timedelta(days=1)).isoformat()}
    file = tmp_path / "order.yaml"
    file.write_text(yaml.safe_dump(content))
    return file


def test_a_delegation_is_started_shown_moved_and_called_off(city: Focal, order: Path):
    year = datetime.now(UTC).year
    reference = f"delegation/{year}-0001"
    started = city("delegation", "start", str(order))
    assert started.code == 0, started.err
    assert f"{reference} is started: its hosts are asked." in started.out
    assert "was started already" in city("delegation", "start", str(order)).out
    shown = city("delegation", "show", f"{year}-0001").out
    assert f"{reference}: Comune di Bologna (Bologna, Italy), institutional" in shown
    assert "7 people with Giulia Ferri" in shown
    assert "Àrea Ecologia Urbana is asked" in shown
    first = datetime.now(UTC).date() + DAYS + timedelta(days=7)
    moving = (
        "delegation",
        "move",
        reference,
        "--first-day",
        f"{first}",
        "--last-day",
        f"{first}",
        "--reason",
        "Strike",
    )
    assert f"is from {first} to {first}" in city(*moving).out
    assert "is on these days already" in city(*moving).err
    assert "is asked to receive" in city("delegation", "add-host", reference, "ACT-VLC-SALUT").out
    assert "There is no unit “X”." in city("delegation", "add-host", reference, "X").err
    released = city("delegation", "remove-host", reference, "ACT-VLC-SALUT", "--reason", "No theme")
    assert "ACT-VLC-SALUT is released" in released.out
    agenda = city("delegation", "agenda", reference, str(EXAMPLES / "agenda-bologna.yaml"), "--by", "neus.climent")
    assert agenda.code == 1
    assert "has not said yet whether it can receive the delegation" in agenda.err
    assert f"{reference} is called off" in city("delegation", "cancel", reference, "--reason", "Elections").out
    assert "was called off: Elections" in city("delegation", "cancel", reference, "--reason", "Again").err
    listed = city("delegation", "list").out
    assert "called off  Comune di Bologna (Bologna, Italy)" in listed
    assert "1 delegation\n" in listed


def test_what_is_wrong_in_a_file_is_told_and_nothing_is_started(city: Focal, order: Path):
    content = yaml.safe_load(order.read_text()) | {"diets": "vegan", "hosts": ["NOWHERE"]}
    order.write_text(yaml.safe_dump(content))
    refused = city("delegation", "start", str(order))
    assert refused.code == 1
    assert refused.err.splitlines() == [
        "diets: there is no such field.",
        "Passports, diets and health are asked about by telephone and kept nowhere.",
        "Nothing was started.",
    ]
    del content["diets"]
    order.write_text(yaml.safe_dump(content))
    assert "There is no unit “NOWHERE”." in city("delegation", "start", str(order)).err
    assert city("delegation", "list").out == "0 delegations\n"
    assert "There is no delegation “2020-0001”" in city("delegation", "show", "2020-0001").err
