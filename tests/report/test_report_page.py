"""The report as a page: in every language, each chart followed by its table, nothing inline, nothing from elsewhere."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import chain
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx
import pytest
import pytest_asyncio
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from playwright.async_api import Browser
from starlette.requests import Request

from api.charts import answer_curve, axis_bars, unit_bars
from api.office import office_app
from api.pages import Pages
from api.reports import page_context
from api.serve import Server, listen
from mail.translation import DIRECTORIES, LANGUAGES, ROOT
from models.contracts.answering import Typed
from models.contracts.mail import Language
from models.contracts.report import QuarterReport
from models.policies.report import quarter_report
from settings import Settings
from store.database import Database
from store.report import store_report
from tests.office import sign_in_path, signed_in
from tests.report.quarter import OPENED, valencia_quarter
from tests.report.stored import RunningQuarter
from tests.world import OPENING

WRITTEN = datetime(2027, 2, 10, 8, 30, tzinfo=UTC)
SETTINGS = Settings(database_url="unused", secret_key="a key for tests, long enough to be accepted")


@cache
def valencia(until: date | None = None) -> QuarterReport:
    facts = valencia_quarter() if until is None else valencia_quarter(until=until, provisional=True)
    return quarter_report(facts, written_at=WRITTEN)


@cache
def rendered(language: Language, until: date | None = None) -> str:
    """The page as the office serves it."""
    pages = Pages(SETTINGS, cookie="focal-office-language", layout="layout_office.html")
    address = {"type": "http", "path": "/collections/VLC/2026-Q4/report", "query_string": b"", "headers": []}
    context = page_context(valencia(until), language)
    return bytes(pages.page(Request(address), "report.html", language, **context).body).decode()


def charts(page: str) -> list[ET.Element]:
    """The charts of a page, each of which its table follows at once."""
    followed = r'(<svg class="chart\b.*?</svg>)\s*<div class="scroll"[^>]*>\s*<table>\s*<caption>'
    found = re.findall(followed, page, re.DOTALL)
    assert len(found) == len(re.findall(r'<svg class="chart\b', page)) == 3
    return [ET.fromstring(chart) for chart in found]  # noqa: S314 - our own page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_rendered_whole_in_every_language(language: Language) -> None:
    page = rendered(language)
    assert page.count("<h1>") == 1
    assert f'<html lang="{language}">' in page
    assert page.count("</section>") == page.count("<section")
    assert len(re.findall(r'<tbody id="VLC-', page)) == 108
    identifiers = re.findall(r'\sid="([^"]+)"', page)
    assert len(identifiers) == len(set(identifiers))
    assert {target for target in re.findall(r'href="#([^"]+)"', page)} <= set(identifiers)


def test_every_chart_is_well_formed_names_itself_and_is_followed_by_its_table() -> None:
    for chart in charts(rendered("ca-ES-valencia")):
        title, summary = list(chart)[:2]
        assert (title.tag, summary.tag, chart.attrib["role"]) == ("title", "desc", "img")
        assert chart.attrib["aria-labelledby"].split() == [title.attrib["id"], summary.attrib["id"]]
        assert title.text
        assert summary.text


def test_no_look_depends_on_colour_alone() -> None:
    page = rendered("en")
    looks = set(re.findall(r'fill="url\(#(look-[a-z_]+)\)"', page))
    defined = re.findall(r'<pattern id="(look-[a-z_]+)".*?</pattern>', page, re.DOTALL)
    assert looks <= set(defined)
    shapes = {}
    for kind in ("value", "zero", "nothing_to_report", "not_available", "missing"):
        (drawing,) = re.findall(rf'<pattern id="look-{kind}"(.*?)</pattern>', page, re.DOTALL)
        shapes[kind] = re.sub(r'class="[^"]*"', "", drawing)
    assert len(set(shapes.values())) == 5


def test_the_page_has_nothing_inline_and_nothing_from_elsewhere() -> None:
    page = rendered("es")
    assert "<script" not in page
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=", page)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


def test_the_plan_speaks_its_own_language_on_a_page_in_another() -> None:
    page = rendered("fr")
    titles = re.findall(r"<span( lang=\"[^\"]+\")?>Grau de compliment|<span class=\"name\"( lang=\"[^\"]+\")?>", page)
    assert titles
    assert all(' lang="ca-ES-valencia"' in found for found in titles)
    assert "Réponses par axe" in page


def test_bars_are_as_long_as_their_counts() -> None:
    report = valencia()
    for bar in chain(axis_bars(report), unit_bars(report.units)):
        assert sum(part.count for part in bar.segments) == bar.whole
        assert sum(part.width for part in bar.segments) == pytest.approx(86, abs=0.01)
        for part, following in zip(bar.segments, bar.segments[1:], strict=False):
            assert following.x == pytest.approx(part.x + part.width, abs=0.01)


def test_the_curve_ends_at_all_that_was_answered_and_marks_the_due_day() -> None:
    report = valencia()
    drawn = answer_curve(report)
    last = drawn.columns[-1]
    assert last.so_far == report.tally.asked - report.tally.missing
    assert last.before + last.new == pytest.approx(drawn.height * last.so_far / report.tally.asked, abs=0.1)
    assert drawn.due == pytest.approx(100 * 24 / 38, abs=0.01)
    assert all(column.day.answered or column.day.reminders or column.day.escalations for column in drawn.busy)


def test_a_quarter_on_its_first_day_has_a_page_too() -> None:
    page = rendered("ca", OPENED)
    assert "Provisional." in page
    assert "Encara no ha passat res." in page
    charts(page)


def said_in_sources() -> set[str]:
    """Every sentence of the report that is to be translated; of plurals, the singular."""
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2)}
    found = set()
    python = [*Path(ROOT / "operations").glob("report*.py"), ROOT / "api" / "reports.py"]
    templates = [ROOT / "templates" / "pages" / "report.html", *Path(ROOT / "templates" / "pages" / "charts").glob("*")]
    for method, files in (("python", python), ("jinja2.ext:babel_extract", templates)):
        for path in files:
            with path.open("rb") as source:
                for _, message, _, _ in extract(method, source, keywords, options={"trimmed": "true"}):
                    found.add(message if isinstance(message, str) else message[0])
    return found


@pytest.mark.parametrize("language", [language for language in LANGUAGES if DIRECTORIES[language]])
def test_every_sentence_is_translated_and_no_translation_is_left_over(language: Language) -> None:
    sentences = said_in_sources()
    assert len(sentences) > 150
    translated = set()
    for directory in DIRECTORIES[language]:
        with (ROOT / "locale" / directory / "LC_MESSAGES" / "report.po").open("rb") as source:
            catalogue = read_po(source)
        for message in catalogue:
            if message.id:
                assert message.string, message.id
                assert not message.fuzzy
                assert not list(message.check(catalogue))
                translated.add(message.id if isinstance(message.id, str) else message.id[0])
    assert translated == sentences


@pytest.fixture
def template(small_city: str) -> str:
    """Tests that have a database begin with the small city."""
    return small_city


@pytest_asyncio.fixture
async def office(database: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The office's pages over the test's database."""
    async with signed_in(settings, database) as client:
        yield client


async def test_the_office_shows_the_report_and_hands_out_its_files(
    database: Database, settings: Settings, office: httpx.AsyncClient
) -> None:
    quarter = await RunningQuarter(database, settings, "2026-Q4").open(OPENING)
    await quarter.answer("health", OPENING + timedelta(days=1), A1_I1=Typed(choice="value", value="1.234"))
    page = await office.get("/collections/TST/2026-Q4/report?lang=es")
    assert page.status_code == 200
    assert page.headers["content-language"] == "es"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "1234" in page.text.replace(".", "")
    for address in re.findall(r'href="(report\.[a-z]+\?lang=es)"', page.text):
        handed = await office.get(f"/collections/TST/2026-Q4/{address}")
        assert handed.status_code == 200
        assert re.fullmatch(
            r'attachment; filename="TST-2026-Q4-[0-9-]+\.(xlsx|csv)"', handed.headers["content-disposition"]
        )
    assert handed.content.startswith("\ufeffPlan;Trimestre;".encode())


@pytest.mark.drill
async def test_the_page_fits_a_telephone_and_a_projector_and_asks_nobody_else(
    database: Database, settings: Settings, chromium: Browser
) -> None:
    quarter = await RunningQuarter(database, settings, "2026-Q4").open(OPENING)
    async with database.transaction() as session:
        await store_report(session, quarter.process_id, valencia())
    place = listen("127.0.0.1", 0)
    own = f"http://127.0.0.1:{place.getsockname()[1]}"
    server = Server(office_app(settings.model_copy(update={"office_url": own}), database))
    serving = asyncio.create_task(server.serve([place]))
    await server.listening.wait()
    complaints: list[str] = []
    elsewhere: list[str] = []
    async with await chromium.new_page() as page:
        page.on("console", lambda message: complaints.append(message.text))
        page.on("request", lambda request: elsewhere.append(request.url))
        await page.goto(own + await sign_in_path(database))
        await page.click("main button")
        for width in (320, 1280, 1920):
            await page.set_viewport_size({"width": width, "height": 900})
            answer = await page.goto(f"{own}/collections/TST/2026-Q4/report?lang=ca")
            assert answer is not None
            assert answer.ok
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
            bars = await page.locator("#chart-axes-title ~ rect.segment").all()
            boxes = [await bar.bounding_box() for bar in bars]
            assert all(box and box["width"] > 1 and box["x"] + box["width"] <= width for box in boxes)
            colours = await page.evaluate("[...document.querySelectorAll('.look')].map(e => getComputedStyle(e).fill)")
            assert len(set(colours)) >= 6
    server.should_exit = True
    await serving
    assert complaints == []
    assert all(address.startswith(own) for address in elsewhere)


@pytest.mark.parametrize("address", ["TST/2026-Q3/report", "XYZ/2026-Q4/report.xlsx", "TST/rubbish/report.csv"])
async def test_a_report_that_is_not_there_is_a_page_that_says_so(office: httpx.AsyncClient, address: str) -> None:
    answer = await office.get(f"/collections/{address}")
    assert answer.status_code == 404
    assert "<h1>" in answer.text
