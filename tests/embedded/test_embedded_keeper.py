"""One process kept running: ready, restarted, given up, stopped."""

import asyncio
import re
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
import pytest

from embedded import keeper as module
from embedded.keeper import Child, Keeper
from embedded.process import StackError

READY = "import pathlib, signal, sys, time; pathlib.Path('ready').touch(); print('began', flush=True)"


class Told:
    """What the operator was told, and a way to wait for a sentence."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self._said = asyncio.Event()

    def __call__(self, sentence: str) -> None:
        self.sentences.append(sentence)
        self._said.set()

    async def hears(self, pattern: str) -> None:
        async with asyncio.timeout(15):
            while not any(re.search(pattern, sentence) for sentence in self.sentences):
                self._said.clear()
                await self._said.wait()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    monkeypatch.setattr(module, "_FIRST_PAUSE", 0.01)
    return Told()


@pytest.fixture
def child(tmp_path: Path) -> Callable[..., Child]:
    def make(script: str, **changes: float) -> Child:
        async def ready() -> bool:
            return (tmp_path / "ready").exists()

        def prepare() -> None:
            (tmp_path / "ready").unlink(missing_ok=True)

        given: Callable[[], Awaitable[bool]] = ready
        return Child(
            name="part",
            command=(sys.executable, "-c", script),
            environment={},
            folder=tmp_path,
            log=tmp_path / "part.log",
            ready=given,
            prepare=prepare,
            **changes,  # type: ignore[arg-type]
        )

    return make


async def test_a_part_that_dies_is_started_again(child: Callable[..., Child], told: Told) -> None:
    keeper = Keeper(child(f"{READY}; signal.pause()"), told)
    await keeper.start()
    first = keeper.pid
    keeper.send(signal.SIGKILL)
    await told.hears("part is back")
    assert told.sentences == ["part died (signal SIGKILL); starting it again.", "part is back."]
    assert keeper.pid not in {None, first}
    await keeper.stop(asyncio.Event())
    assert keeper.pid is None


async def test_a_part_that_dies_five_times_within_a_minute_is_given_up(child: Callable[..., Child], told: Told) -> None:
    keeper = Keeper(child(f"{READY}; time.sleep(.2); sys.exit('no use')"), told)
    await keeper.start()
    with pytest.raises(StackError, match="part died 5 times within a minute, last with exit code 1") as caught:
        await keeper.given_up()
    assert "    no use" in str(caught.value)
    assert sum("starting it again" in sentence for sentence in told.sentences) == 4
    await keeper.stop(asyncio.Event())


async def test_a_part_that_dies_at_start_shows_the_end_of_this_runs_log(
    child: Callable[..., Child], told: Told, tmp_path: Path
) -> None:
    (tmp_path / "part.log").write_text("of an earlier run\n")
    keeper = Keeper(child("import sys; print('a'); sys.exit('the reason')"), told)
    with pytest.raises(StackError, match="part ended at once with exit code 1") as caught:
        await keeper.start()
    assert str(tmp_path / "part.log") in str(caught.value)
    assert str(caught.value).endswith("    a\n    the reason") or str(caught.value).endswith("    the reason\n    a")
    assert "of an earlier run" not in str(caught.value)


async def test_a_part_that_never_gets_ready_is_ended_and_said_so(child: Callable[..., Child], told: Told) -> None:
    keeper = Keeper(child("print('thinking', flush=True); import signal; signal.pause()", ready_within=0.5), told)
    with pytest.raises(StackError, match="part was not ready within"):
        await keeper.start()
    assert keeper.pid is None


async def test_a_part_may_finish_its_work_before_it_stops(
    child: Callable[..., Child], told: Told, tmp_path: Path
) -> None:
    drains = "signal.signal(signal.SIGTERM, lambda *_: (time.sleep(.3), pathlib.Path('done').touch(), sys.exit()))"
    keeper = Keeper(child(f"import signal; {drains}; {READY}; signal.pause()"), told)
    await keeper.start()
    await keeper.stop(asyncio.Event())
    assert (tmp_path / "done").exists()
    assert told.sentences == []


@pytest.mark.parametrize("hurried", [True, False])
async def test_a_part_that_does_not_stop_is_ended_with_all_it_started(
    child: Callable[..., Child], told: Told, *, hurried: bool
) -> None:
    stubborn = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    starts = "import subprocess; subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])"
    script = f"import signal, sys; {stubborn}; {starts}; {READY}; [signal.pause() for _ in iter(int, 1)]"
    keeper = Keeper(child(script, stop_within=60.0 if hurried else 0.3), told)
    await keeper.start()
    assert keeper.pid
    family = [psutil.Process(keeper.pid), *psutil.Process(keeper.pid).children()]
    assert len(family) == 2
    hurry = asyncio.Event()
    stopping = asyncio.create_task(keeper.stop(hurry))
    if hurried:
        hurry.set()
    await asyncio.wait_for(stopping, 5)
    assert psutil.wait_procs(family, timeout=5)[1] == []
    assert told.sentences == ["part did not stop by itself: ended by force."]
