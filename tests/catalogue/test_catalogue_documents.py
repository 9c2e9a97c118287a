"""A wrong document is told by its file and the place in it."""

from pathlib import Path
from typing import Any

import pytest

from models.policies.catalogue import read_period
from tests.catalogue.small import PLAN_FILE, Change, indicator, problems_of, small_documents, write_documents

FIRST = "axes[0].objectives[0].actions[0]"


def axis(documents: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = documents[PLAN_FILE]["axes"][0]
    return found


def first_action(documents: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = axis(documents)["objectives"][0]["actions"][0]
    return found


def actors(documents: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = documents["actors.yaml"]["actors"]
    return found


def test_the_small_documents_are_right_as_they_stand(tmp_path: Path) -> None:
    assert problems_of(write_documents(tmp_path, small_documents())) == []


CASES: dict[str, tuple[Change, str]] = {
    "a unit that does not exist": (
        lambda d: first_action(d)["indicators"][0].update(unit="kilos"),
        f"tst.yaml: {FIRST}.indicators[0].unit: Input should be 'count', 'percent', 'yes/no' or 'text'",
    ),
    "a key that is not known": (
        lambda d: first_action(d).update(colour="green"),
        f"tst.yaml: {FIRST}.colour: is not known here",
    ),
    "a section that is not known": (lambda d: d[PLAN_FILE].update(gossip=[]), "tst.yaml: gossip: is not known here"),
    "a key that is missing": (lambda d: first_action(d).pop("title"), f"tst.yaml: {FIRST}.title: is missing"),
    "a truth value written as text": (
        lambda d: first_action(d)["indicators"][1].update(cumulative="yes"),
        f"tst.yaml: {FIRST}.indicators[1].cumulative: Input should be a valid boolean",
    ),
    "a title of two lines": (
        lambda d: axis(d).update(title="Verda\nBcc: x@example.org"),
        "tst.yaml: axes[0].title: must be one line without control characters",
    ),
    "an empty name": (
        lambda d: first_action(d)["indicators"][0].update(name=" "),
        f"tst.yaml: {FIRST}.indicators[0].name: must not be empty",
    ),
    "a period nobody can read": (
        lambda d: first_action(d).update(period="aviat"),
        f"tst.yaml: {FIRST}.period: “aviat” is not a period: write 2022-2026, 2022, fins al 2027 or mandat 2015-2019",
    ),
    "a plan that ends before it begins": (
        lambda d: d[PLAN_FILE]["plan"].update(period="2026-2022"),
        "tst.yaml: plan.period: “2026-2022” ends before it begins",
    ),
    "a code defined twice": (
        lambda d: first_action(d)["indicators"][1].update(code="TST-E1-OE1-A1-I1"),
        (
            f"tst.yaml: {FIRST}.indicators[1].code: TST-E1-OE1-A1-I1 is already defined at "
            f"tst.yaml: {FIRST}.indicators[0].code"
        ),
    ),
    "an indicator under another action": (
        lambda d: first_action(d)["indicators"].append(indicator("TST-E1-OE1-A12-I1")),
        (
            f"tst.yaml: {FIRST}.indicators[2].code: TST-E1-OE1-A12-I1 does not belong here: "
            "it should continue TST-E1-OE1-A1"
        ),
    ),
    "an action under another objective": (
        lambda d: first_action(d).update(code="TST-E1-OE3-A1", indicators=[]),
        f"tst.yaml: {FIRST}.code: TST-E1-OE3-A1 does not belong here: it should continue TST-E1-OE1",
    ),
    "an axis of another plan": (
        lambda d: axis(d).update(code="VLC-E1"),
        "tst.yaml: axes[0].code: VLC-E1 does not belong here: it should continue TST",
    ),
    "a printed number out of place": (
        lambda d: first_action(d).update(code="TST-E1-OE1-A1", number="2.1"),
        f"tst.yaml: {FIRST}.number: 2.1 does not belong here: it should continue 1",
    ),
    "a code that is none": (
        lambda d: axis(d).update(code="the first axis"),
        r"tst.yaml: axes[0].code: String should match pattern '^[A-Z]+(-[A-Za-z0-9.]+)+$'",
    ),
    "a count that is not what was read": (
        lambda d: d[PLAN_FILE]["counts"].update(actions=3),
        "tst.yaml: counts.actions: says 3, but 2 were read",
    ),
    "a count of nothing known": (
        lambda d: d[PLAN_FILE]["counts"].update(dreams=3),
        "tst.yaml: counts.dreams: nothing of this name can be counted",
    ),
    "an activity said to repeat another": (
        lambda d: first_action(d).update(duplicate_activities=[{"item": 2, "repeats": 1}]),
        f"tst.yaml: {FIRST}.duplicate_activities[0]: item 2 does not repeat item 1",
    ),
    "a responsible whom nobody knows": (
        lambda d: first_action(d)["responsible"].append("Àrea Lluna"),
        f"tst.yaml: {FIRST}.responsible[1]: no actor of TST is called “Àrea Lluna”",
    ),
    "a responsible whom only other plans name": (
        lambda d: actors(d)[0].update(documents=[]),
        f"tst.yaml: {FIRST}.responsible[0]: no actor of TST is called “Salut”",
    ),
    "a responsible who may be either of two": (
        lambda d: actors(d)[1].update(variants=["Salut"], responsible_for=["TST-E1-OE1-A1", "TST-E1-OE2-A1"]),
        f"tst.yaml: {FIRST}.responsible[0]: “Salut” may be any of ACT-TST-SALUT, ACT-TST-ECO",
    ),
    "a responsible named under two names": (
        lambda d: first_action(d)["responsible"].append("Àrea Salut"),
        f"tst.yaml: {FIRST}.responsible[1]: “Àrea Salut” is ACT-TST-SALUT, who is already responsible here",
    ),
    "an actor said to be responsible for too much": (
        lambda d: actors(d)[1].update(responsible_for=["TST-E1-OE1-A1"]),
        "actors.yaml: actors[1].responsible_for: TST-E1-OE1-A1 does not name ACT-TST-ECO as responsible",
    ),
    "an actor said to be responsible for too little": (
        lambda d: actors(d)[0].update(responsible_for=["TST-E1-OE1-A1"]),
        "actors.yaml: actors[0].responsible_for: TST-E1-OE2-A1 names ACT-TST-SALUT as responsible",
    ),
    "a code that no document defines": (
        lambda d: d[PLAN_FILE]["delegations"].update(actions=[{"action": "TST-E9-OE1-A1"}]),
        "tst.yaml: delegations.actions[0].action: TST-E9-OE1-A1 is not defined in any document",
    ),
    "an actor of a plan that does not exist": (
        lambda d: actors(d)[1].update(documents=["TST", "XYZ"]),
        "actors.yaml: actors[1].documents: there is no plan XYZ",
    ),
    "a plan without a calendar": (
        lambda d: d["calendars.yaml"].update(plans={}),
        "calendars.yaml: plans: the plan TST has no calendar",
    ),
    "a calendar that does not exist": (
        lambda d: d["calendars.yaml"].update(plans={"TST": "lluna"}),
        "calendars.yaml: plans.TST: there is no calendar lluna",
    ),
    "a time zone that does not exist": (
        lambda d: d["calendars.yaml"]["calendars"][0].update(zone="Europe/Lluna"),
        "calendars.yaml: calendars[0].zone: there is no time zone Europe/Lluna",
    ),
    "a region whose holidays nobody knows": (
        lambda d: d["calendars.yaml"]["calendars"][0].update(subdivision="ZZ"),
        "calendars.yaml: calendars[0].subdivision: no holidays known for ES-ZZ",
    ),
}


@pytest.mark.parametrize(("change", "problem"), CASES.values(), ids=CASES.keys())
def test_a_wrong_document_names_file_place_and_reason(tmp_path: Path, change: Change, problem: str) -> None:
    documents = small_documents()
    change(documents)
    assert problem in problems_of(write_documents(tmp_path, documents))


def test_all_problems_of_all_files_are_listed_at_once(tmp_path: Path) -> None:
    documents = small_documents()
    first_action(documents)["indicators"][0]["unit"] = "kilos"
    axis(documents)["title"] = 7
    documents["actors.yaml"]["counts"]["actors"] = 5
    documents["calendars.yaml"]["calendars"][0]["country"] = "Spain"
    problems = problems_of(write_documents(tmp_path, documents))
    assert [problem.partition(":")[0] for problem in problems] == [
        "tst.yaml",
        "tst.yaml",
        "calendars.yaml",
        "actors.yaml",
    ]


TEXTS = {
    "broken YAML": (b"plan: [1\naxes: 2\n", "line 2"),
    "a key that stands twice": (b"plan: {}\ncounts: {}\nplan: {}\n", "line 3: “plan” stands twice"),
    "text in another encoding": ("plan:\n  title: Àrea\n".encode("latin-1"), "line 2: is not UTF-8"),
    "a control character": (b"plan:\n  title: a\x07b\n", "line 2: holds a character that YAML does not allow"),
    "a list where a plan should be": (b"- 1\n", "Input should be"),
}


@pytest.mark.parametrize(("text", "problem"), TEXTS.values(), ids=TEXTS.keys())
def test_a_file_that_cannot_be_read_names_the_line(tmp_path: Path, text: bytes, problem: str) -> None:
    folder = write_documents(tmp_path, small_documents())
    (folder / PLAN_FILE).write_bytes(text)
    (found,) = problems_of(folder)
    assert found.startswith(f"{PLAN_FILE}: {problem}")


def test_missing_files_are_named(tmp_path: Path) -> None:
    assert problems_of(tmp_path) == [
        f"actors.yaml: is missing in {tmp_path}",
        f"calendars.yaml: is missing in {tmp_path}",
        f"networks.yaml: is missing in {tmp_path}",
        f"programmes.yaml: is missing in {tmp_path}",
        f"call_themes.yaml: is missing in {tmp_path}",
        f"{tmp_path}: holds no plan (no other .yaml file)",
    ]


@pytest.mark.parametrize(
    ("period", "years"),
    [
        ("2022-2026", (2022, 2026)),
        ("2022", (2022, 2022)),
        ("fins al 2027", (None, 2027)),
        ("mandat 2015-2019", (2015, 2019)),
        (None, (None, None)),
    ],
)
def test_periods_are_read_as_the_plans_print_them(period: str | None, years: tuple[int | None, int | None]) -> None:
    assert read_period(period) == years


@pytest.mark.parametrize("period", ["", "22-26", "2022-", "2022 - 2026", "2022-2026 ", "fins 2027", "2026-2022"])
def test_any_other_period_is_an_error(period: str) -> None:
    with pytest.raises(ValueError, match=r"period|ends before"):
        read_period(period)
