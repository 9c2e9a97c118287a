"""The `focal` command, as somebody types it: what it loads, and the sentence it says when it cannot work."""

from pathlib import Path

import pytest

from embedded.postgres import EmbeddedPostgres
from models.tables.people import Person
from tests.edges.command import KEY, ROSTER, Focal, count, outside, unused_port


def test_the_catalogue_is_loaded_and_loading_it_again_changes_nothing(focal: Focal):
    first = focal("catalogue", "load")
    assert (first.code, first.err) == (0, "")
    assert "plans: 5 new, 0 changed, 0 unchanged, 0 removed" in first.out
    second = focal("catalogue", "load")
    assert second.code == 0
    assert "plans: 0 new, 0 changed, 5 unchanged, 0 removed" in second.out
    for line in second.out.splitlines():
        assert ": 0 new, 0 changed, " in line
        assert line.endswith(", 0 removed")
    assert len(second.out.splitlines()) == len(first.out.splitlines())


def test_a_dry_run_counts_and_imports_nothing(focal: Focal):
    said = focal("people", "import", *ROSTER, "--dry-run")
    assert (said.code, said.err) == (0, "")
    *kinds, last = said.out.splitlines()
    assert last == "Nothing was imported: this was a dry run."
    assert all(line.endswith(" new, 0 changed, 0 unchanged") and " 0 new" not in line for line in kinds)
    assert count(Person) == 0


@pytest.mark.drill
def test_the_demonstration_roster_is_imported_and_importing_it_again_changes_nothing(city: Focal):
    assert count(Person) > 0
    again = city("people", "import", *ROSTER)
    assert again.code == 0
    assert all(": 0 new, 0 changed, " in line for line in again.out.splitlines())
    assert [line.partition(":")[0] for line in again.out.splitlines()] == [
        "units",
        "persons",
        "focal points",
        "absences",
    ]


def test_every_problem_of_a_file_is_listed_and_nothing_is_imported(focal: Focal, tmp_path: Path):
    bad = tmp_path / "persons.csv"
    bad.write_text(
        "person,name,address,language,unit\n"
        "a,Anna,anna@prova.example,ca,NOWHERE\n"
        "b,Berta,not an address,ca,NOWHERE\n"
        "c,Carla,carla@prova.example,xx,NOWHERE\n"
    )
    said = focal("people", "import", str(bad))
    assert (said.code, said.out) == (1, "")
    *problems, last = said.err.splitlines()
    assert last == f"Nothing was imported: {len(problems)} problems."
    for line, column in ((2, "unit"), (3, "address"), (4, "language")):
        assert any(problem.startswith(f"{bad}, line {line}: {column}: ") for problem in problems), said.err
    assert count(Person) == 0


def test_one_problem_is_counted_as_one(focal: Focal, tmp_path: Path):
    bad = tmp_path / "persons.csv"
    bad.write_text("")
    said = focal("people", "import", str(bad))
    assert said.err.splitlines() == [f"{bad}: is empty", "Nothing was imported: 1 problem."]


def test_a_file_that_is_not_there_is_named(focal: Focal):
    said = focal("people", "import", "nobody.csv")
    assert said.code == 2
    assert "nobody.csv" in said.err
    assert "does not exist" in said.err


def test_settings_that_are_missing_are_named_as_they_are_set(bare: Focal):
    said = bare("collection", "status", "VLC", "2026-Q4")
    assert (said.code, said.out) == (1, "")
    assert said.err.splitlines() == [
        "Settings are missing or wrong:",
        "  FOCAL_DATABASE_URL: field required",
        "  FOCAL_SECRET_KEY: field required",
        "Start the stack with `focal up`, or set them in the environment.",
    ]


def test_a_secret_is_never_repeated(focal: Focal, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FOCAL_SECRET_KEY", "too-short-secret")
    monkeypatch.setenv("FOCAL_DATABASE_URL", "somebody:hunter2@somewhere")
    said = focal("tasks", "list")
    assert said.code == 1
    assert "FOCAL_SECRET_KEY: " in said.err
    monkeypatch.setenv("FOCAL_SECRET_KEY", KEY)
    also = focal("tasks", "list")
    assert also.err.startswith("FOCAL_DATABASE_URL is not an address")
    assert "too-short-secret" not in said.err + said.out
    assert "hunter2" not in also.err + also.out


def test_a_database_that_cannot_be_reached_is_said_in_a_sentence(focal: Focal, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FOCAL_DATABASE_URL", f"postgresql+psycopg://a:hunter2@127.0.0.1:{unused_port()}/focal")
    said = focal("tasks", "list")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("The database cannot be reached: ")
    assert said.err.endswith("Is `focal up` running?\n")
    assert "hunter2" not in said.err


def test_a_database_without_tables_says_what_to_run(
    focal: Focal, postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
):
    postgres.create_database("empty")
    monkeypatch.setenv("FOCAL_DATABASE_URL", postgres.url("empty"))
    said = focal("catalogue", "load")
    assert (said.code, said.out) == (1, "")
    assert said.err == "The database is not at the schema of this release: run `focal migrate`.\n"
    migrated = focal("migrate")
    assert (migrated.code, migrated.out) == (0, "The database is up to date.\n")
    assert focal("tasks", "list").code == 0
    postgres.drop_database("empty")


def test_a_process_of_its_own_ends_with_a_code_and_a_sentence(loaded: str, postgres: EmbeddedPostgres):
    environment = {"FOCAL_DATABASE_URL": postgres.url(loaded), "FOCAL_SECRET_KEY": KEY}
    said = outside(environment, "collection", "open", "XYZ", "2026-Q4")
    assert (said.code, said.out) == (1, "")
    assert said.err == "There is no plan “XYZ”. Plans: ACM, AMB, AMBO, PAM, VLC.\n"


def test_every_command_explains_itself(focal: Focal):
    for arguments in (
        (),
        ("catalogue",),
        ("people",),
        ("calendar",),
        ("collection",),
        ("tasks",),
        ("schedules",),
        ("mail",),
        ("networks",),
        ("review",),
    ):
        said = focal(*arguments, "--help")
        assert said.code == 0
        assert "Commands:" in said.out
        for line in said.out.partition("Commands:")[2].splitlines():
            assert not line.strip() or len(line.split()) > 1, f"{line.strip()} does not say what it does"
