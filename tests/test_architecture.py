"""The house stands as it was drawn: layers, one name per process in every room, and nothing of the outside in it."""

import importlib
import inspect
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from settings import Settings
from store.database import Database
from worker import activities
from workflows.registry import WORKFLOWS

HOUSE = Path(__file__).resolve().parent.parent
ROOMS = ("activities", "api", "commands", "doors", "embedded", "mail", "models", "operations", "store", "workflows")
STEMS = [story.stem for story in sorted((HOUSE / "docs" / "processes").glob("*.md"))]
WITHOUT_PROCESS = {"__init__", "registry", "options", "waiting", "following", "follow_up"}
"""Workflow modules that are no process: what they share, and the clock of a set."""
SAFE = re.compile(r"Safe to run twice: \w[\w ,;’'-]{10,}")


def files() -> Iterator[Path]:
    """Every text file of the project, without what tools leave beside it."""
    for file in sorted(HOUSE.rglob("*")):
        parts = file.relative_to(HOUSE).parts
        made = any((part.startswith(".") and part != ".ci") or part.endswith(".egg-info") for part in parts[:-1])
        if file.is_file() and not made and not {"__pycache__", "build", "node_modules"} & set(parts):
            yield file


def definitions(room: str, mark: str) -> dict[str, Any]:
    """What a room defines with a mark of Temporal's, by its name; found by looking, not by being told."""
    found: dict[str, Any] = {}
    for file in sorted((HOUSE / room).glob("*.py")):
        module = importlib.import_module(f"{room}.{file.stem}")
        own = [thing for _, thing in inspect.getmembers(module) if getattr(thing, "__module__", "") == module.__name__]
        own += [method for thing in own if inspect.isclass(thing) for _, method in inspect.getmembers(thing)]
        found |= {thing.__qualname__: thing for thing in own if hasattr(thing, mark)}
    return found


def test_imports_go_one_way():
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=HOUSE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    contracts = tomllib.loads((HOUSE / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert f"Contracts: {len(contracts)} kept, 0 broken." in done.stdout


def test_every_room_is_under_the_contracts():
    configured = tomllib.loads((HOUSE / "pyproject.toml").read_text())["tool"]["importlinter"]
    packages = {file.parent.name for file in HOUSE.glob("*/__init__.py")}
    assert packages == set(configured["root_packages"]) == set(ROOMS)
    (layers,) = (contract["layers"] for contract in configured["contracts"] if contract["type"] == "layers")
    assert set(layers) == packages


@pytest.mark.parametrize("room", ROOMS)
def test_packages_are_empty_so_that_importing_one_module_imports_no_other(room: str):
    for file in (HOUSE / room).rglob("__init__.py"):
        assert file.read_text() == "", f"{file.relative_to(HOUSE)} holds something"


def test_there_are_processes():
    assert "indicator_collection" in STEMS


@pytest.mark.parametrize("stem", STEMS)
@pytest.mark.parametrize("room", ["workflows", "activities", "operations", "store", "models/policies", "models/tables"])
def test_a_process_has_one_name_in_every_room(stem: str, room: str):
    assert (HOUSE / room / f"{stem}.py").is_file()


def test_every_process_is_described():
    assert {file.stem for file in (HOUSE / "workflows").glob("*.py")} - WITHOUT_PROCESS == set(STEMS)


def test_every_workflow_is_known_to_the_worker_and_to_the_replay():
    found = definitions("workflows", "__temporal_workflow_definition")
    assert found
    assert {thing for thing in found.values() if inspect.isclass(thing)} == set(WORKFLOWS)


@pytest.fixture(scope="module")
def worked() -> list[Callable[..., Any]]:
    """The activities of the worker; nothing is connected for that."""
    address = "postgresql+psycopg://nobody@nowhere/none"
    settings = Settings(database_url=address, secret_key="a key for tests, long enough to be accepted")
    return list(activities(Database(address), settings))


def test_every_activity_is_known_to_the_worker(worked: list[Callable[..., Any]]):
    found = definitions("activities", "__temporal_activity_definition")
    assert found
    assert set(found) == {activity.__qualname__ for activity in worked}
    assert len(worked) == len(found)


def test_every_activity_is_named_after_its_process(worked: list[Callable[..., Any]]):
    for activity in worked:
        stem = activity.__module__.removeprefix("activities.")
        assert activity.__temporal_activity_definition.name == f"{stem}.{activity.__name__}"  # type: ignore[attr-defined]


def test_every_activity_says_what_makes_it_safe_to_run_twice():
    for name, activity in definitions("activities", "__temporal_activity_definition").items():
        said = " ".join((activity.__doc__ or "").split())
        assert SAFE.search(said), f"{name} does not say what makes it safe to run twice"


HOSTS = ("pypi" + ".org", "python" + "hosted", "registry." + "npmjs", "files." + "python", "index" + "-url =")
PLACES = re.compile(r"(?<![\w.$}~])/(?:work|root|home/\w+|Users/\w+|tmp/\w+)(?![\w-])")


def texts() -> Iterator[tuple[Path, str]]:
    for file in files():
        try:
            yield file.relative_to(HOUSE), file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_no_file_names_a_place_on_somebodys_machine_or_a_registry():
    seen, found = 0, []
    for file, text in texts():
        seen += 1
        if file == Path("tests/test_architecture.py"):
            continue
        found += [f"{file}: {host}" for host in HOSTS if host in text.lower()]
        found += [f"{file}: {place}" for place in PLACES.findall(text)]
    assert seen > 200, "the project was not found"
    assert found == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_holds_no_address_and_a_hash_for_everything(lock: str):
    text = (HOUSE / lock).read_text()
    assert "://" not in text
    for name, entry in pins(lock).items():
        assert re.fullmatch(r"(?:\s*\\?\s*--hash=sha256:[0-9a-f]{64})+\s*", entry[1]), name


def pins(lock: str) -> dict[str, tuple[Version, str]]:
    """What a lock pins: the version and the rest of the entry, by name."""
    found: dict[str, tuple[Version, str]] = {}
    for entry in re.split(r"\n(?=\S)", (HOUSE / lock).read_text().strip()):
        requirement, marked, hashes = entry.partition("--hash=")
        parsed = Requirement(requirement.replace("\\", " ").strip())
        (only,) = parsed.specifier
        assert only.operator == "==", entry
        found[canonicalize_name(parsed.name)] = Version(only.version), marked + hashes
    return found


@pytest.mark.parametrize(
    ("lock", "extras"), [("requirements.lock", ("build",)), ("requirements-dev.lock", ("build", "dev"))]
)
def test_what_the_project_asks_for_is_what_is_pinned(lock: str, extras: tuple[str, ...]):
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]
    asked = list(project["dependencies"])
    for extra in extras:
        asked += project["optional-dependencies"][extra]
    pinned = pins(lock)
    for written in asked:
        requirement = Requirement(written)
        name = canonicalize_name(requirement.name)
        assert name in pinned, f"{name} is not pinned in {lock}: run `make lock`"
        assert pinned[name][0] in requirement.specifier, f"{lock} pins {name} {pinned[name][0]}: run `make lock`"


def test_what_runs_and_what_tests_are_pinned_alike():
    run, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: dev[name][0] for name in run} == {name: version for name, (version, _) in run.items()}


def test_the_make_targets_are_listed():
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not here")
    help_text = subprocess.run([make, "help"], cwd=HOUSE, capture_output=True, text=True, check=True).stdout
    named = re.search(r"^\.PHONY: (.*)$", (HOUSE / "Makefile").read_text(), re.MULTILINE)
    assert named
    for target in named[1].split():
        assert f"make {target} " in help_text, f"`make {target}` does not say what it is for"
