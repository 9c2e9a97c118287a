"""`focal calls pipeline` and `focal calls amend`: the real clock, a project that runs today."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from settings import load_settings
from store.database import Database
from tests.call_projects.town import CALL, Town
from tests.edges.command import Focal, command

TODAY = datetime.now(UTC).date()
STARTS, ENDS = TODAY - timedelta(days=300), TODAY + timedelta(days=60)


@pytest.fixture
def focal(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Focal:
    """The command beside the city of these tests."""
    return command(database_url, tmp_path, monkeypatch, capsys)


def followed(**facts: Any) -> None:
    """A call that was funded and whose project runs."""

    async def work() -> None:
        settings = load_settings()
        database = Database(settings.database_url.get_secret_value())
        project = {"signed_on": STARTS, "starts_on": STARTS, "ends_on": ENDS, "periods": [12]}
        won: dict[str, Any] = {"state": "awarded", "result": "awarded", "money_won": Decimal(90000), **project}
        await Town(database, settings).call(**(won | facts))
        await database.close()

    asyncio.run(work())


def test_the_pipeline_is_told_in_numbers(focal: Focal):
    followed()
    said = focal("calls", "pipeline", "--plan", "TST")
    assert (said.code, said.err) == (0, "")
    assert "    1  awarded\n" in said.out
    assert "    1  proposals sent, 1 with a result, 1 funded\n" in said.out
    assert "success rate: 100 %\nasked for: 200,000 euros, granted: 90,000 euros\n" in said.out
    wrong = focal("calls", "pipeline", "--plan", "VLC")
    assert (wrong.code, wrong.out, wrong.err) == (1, "", "There is no plan “VLC”.\n")


def test_an_agreement_is_amended_at_the_command_line_and_a_wrong_one_refused(focal: Focal):
    followed()
    later = ENDS + timedelta(days=90)
    wish = ("calls", "amend", CALL.lower(), "--ends", later.isoformat(), "--reason", "Pròrroga")
    said = focal(*wish, "--periods", "6, 9")
    assert (said.code, said.err) == (0, "")
    assert "in periods of 6, 9 months." in said.out
    again = focal(*wish, "--periods", "6, 9")
    assert again.code == 1
    assert "already, with these periods" in again.err
    unread = focal(*wish, "--periods", "six")
    assert unread.code == 1
    assert "“six” are no lengths in months" in unread.err
    unknown = focal("calls", "amend", "LIFE-1", "--ends", later.isoformat(), "--reason", "Pròrroga")
    assert unknown.code == 1
    assert "No call “LIFE-1” is followed" in unknown.err
