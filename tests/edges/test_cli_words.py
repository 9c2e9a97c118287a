"""Looking at all mails, a city's own words for them, and who wants due days as calendar files."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from mail.registry import MAILS
from mail.samples import samples
from mail.translation import use_words
from models.tables.people import Person
from tests.edges.command import Focal, rows_of, unused_port

WRONG = 'msgid "Answer now"\nmsgstr "Ara %(day)s"\n'
RIGHT = 'msgid "Answer now"\nmsgstr "Respon ara mateix"\n'


@pytest.fixture(autouse=True)
def _our_words_afterwards() -> Iterator[None]:
    yield
    use_words(None)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    return folder


@pytest.mark.drill
def test_a_starter_is_written_and_checked_without_a_database(bare: Focal, tmp_path: Path):
    folder = tmp_path / "own"
    begun = bare("mail", "words", str(folder), "--language", "ca")
    assert (begun.code, begun.err) == (0, "")
    assert [file.name for file in folder.iterdir()] == ["ca.po"]
    assert f"focal mail check --words {folder}" in begun.out
    checked = bare("mail", "check", "--words", str(folder))
    assert (checked.code, checked.err) == (0, "")
    assert checked.out.endswith(f"Every mail keeps its promises with the words in {folder}.\n")
    again = bare("mail", "words", str(folder), "--language", "ca")
    assert (again.code, again.out) == (1, "")
    assert "ca.po is there already" in again.err


def test_a_check_tells_each_problem_with_its_file_line_sentence_and_remedy(focal: Focal, own: Path):
    (own / "ca.po").write_text(WRONG)
    said = focal("mail", "check", "--words", str(own))
    assert said.code == 1
    problem, count = said.err.splitlines()
    assert problem == (
        f"{own / 'ca.po'}, line 1: “Answer now”: has other placeholders than its source: keep no placeholder, "
        "letter by letter"
    )
    assert count == "1 problem; nothing was changed."


@pytest.mark.parametrize("part", ["worker", "scheduler", "web"])
def test_nothing_that_writes_mails_starts_with_words_that_break_the_contract(
    focal: Focal, own: Path, part: str, monkeypatch: pytest.MonkeyPatch
):
    (own / "ca.po").write_text(WRONG)
    monkeypatch.setenv("FOCAL_DATABASE_URL", f"postgresql+psycopg://nobody@127.0.0.1:{unused_port()}/none")
    monkeypatch.setenv("FOCAL_WORDS_DIR", str(own))
    said = focal(part)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"The words in {own} (FOCAL_WORDS_DIR) cannot be used:\n  {own / 'ca.po'}, line 1: ")
    assert said.err.endswith("look with `focal mail check`, or start without FOCAL_WORDS_DIR.\n")


@pytest.mark.drill
def test_a_preview_shows_every_mail_in_the_citys_words(focal: Focal, own: Path, tmp_path: Path):
    (own / "ca.po").write_text(RIGHT)
    folder = tmp_path / "mails"
    said = focal("mail", "preview", str(folder), "--words", str(own), "--language", "ca", "--no-pictures")
    mails = sum(len(samples(name, "ca")) for name in MAILS)
    assert (said.code, said.err) == (0, "")
    assert said.out.endswith(f"{mails} mails are in {folder}: open {folder / 'index.html'}\n")
    index = (folder / "index.html").read_text()
    assert set(re.findall(r"<caption>(\w+)</caption>", index)) == set(MAILS)
    assert "Respon ara mateix" in (folder / "task_request-twelve-ca.txt").read_text()
    assert not list(folder.glob("*.png"))


@pytest.mark.drill
def test_a_machine_without_a_browser_says_so_and_writes_the_rest(
    focal: Focal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", str(tmp_path))
    said = focal("mail", "preview", str(tmp_path / "mails"), "--language", "en")
    assert said.code == 0
    assert said.err == "No pictures: they need Chromium, and Playwright (`pip install playwright`).\n"
    assert list((tmp_path / "mails").glob("*-en.html"))


def test_a_person_gets_calendar_files_or_gets_none(city: Focal):
    wanting = select(func.count()).select_from(Person).where(Person.calendar_files)
    on = city("people", "calendar-files", "empar.llorens", "--on")
    assert (on.code, on.out) == (0, "Mails to empar.llorens bring due days as calendar files.\n")
    assert asyncio.run(rows_of(wanting)) == 1
    off = city("people", "calendar-files", "empar.llorens", "--off")
    assert (off.code, off.out) == (0, "Mails to empar.llorens bring no calendar files.\n")
    assert asyncio.run(rows_of(wanting)) == 0
    assert city("people", "calendar-files", "empar.llorens").code == 2
    unknown = city("people", "calendar-files", "nobody", "--on")
    assert (unknown.code, unknown.err) == (1, "There is no person “nobody”.\n")
