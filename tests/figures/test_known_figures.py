"""The figures that Focal knows reach the quarter with their evidence: asked, confirmed, corrected, reported."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email import message_from_bytes
from email.policy import SMTP
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import delete, select
from starlette.requests import Request

from api.pages import Pages
from api.reports import page_context
from mail.translation import LANGUAGES, percent, translations
from models.contracts.answering import Known, PersonChoice, Typed
from models.contracts.report import UnitFigure
from models.tables.mail import OutgoingMail
from models.tables.people import FocalPoint
from models.tables.process import TaskSet
from models.tables.task import Task
from operations.answering import DraftChanged, check, save_draft
from operations.follow_up import fire_due
from operations.indicator_collection import close_collection
from operations.naming import name_focal_point
from operations.report import compute_report, write_report
from operations.report_files import indicators_csv, workbook
from operations.report_story import story
from operations.report_tables import walk
from settings import Settings
from store.database import Database
from tests.conftest import some
from tests.figures.city import (
    ALL,
    BALANCE,
    BUSINESS,
    DIPLOMATIC,
    JOINED,
    REVIEWED,
    add_network,
    add_review,
    add_visit,
    answer,
    build_city,
    figures,
    form_of,
    known_in,
    open_quarter,
)
from tests.inbox import SERVER, reply
from tests.world import OPENING

ONE = Decimal(1)


async def figure_in(database: Database, process_id, code: str, unit: str = "HEALTH") -> UnitFigure:
    async with database.reading() as session:
        report = await compute_report(session, process_id, now=OPENING)
    (found,) = [
        figure for *_, indicator, figure in walk(report.axes) if (indicator.code, figure.unit_code) == (code, unit)
    ]
    return found


async def test_delegations_received_in_the_quarter_come_prefilled_with_their_evidence(database, settings):
    await build_city(database)
    await add_visit(database, 1, date(2026, 10, 1), kind="business")
    await add_visit(database, 2, date(2026, 12, 31), kind="diplomatic", women=1, men=9)
    await add_visit(database, 3, date(2026, 9, 30))  # the quarter before
    await add_visit(database, 4, date(2027, 1, 1))  # the one after
    await add_visit(database, 5, date(2026, 11, 5), state="called_off")
    await add_visit(database, 6, date(2026, 11, 6), state="coming")
    await open_quarter(database, settings)
    known = await known_in(database, settings)
    assert {code: figure.number for code, figure in known.items()} == {ALL: 2, BUSINESS: 1, DIPLOMATIC: 1, BALANCE: 50}
    assert known[ALL].references == known[BALANCE].references == ("delegation/2026-0001", "delegation/2026-0002")
    assert known[BUSINESS].references == ("delegation/2026-0001",)


async def test_a_confirmed_visit_of_the_last_days_counts_before_the_next_working_day_has_come(database, settings):
    await build_city(database)
    last = date(2026, 12, 31)
    confirmed: dict[str, Any] = {
        "state": "coming",
        "confirmed_version": 1,
        "confirmed_first_day": last,
        "confirmed_last_day": last,
    }
    await add_visit(database, 1, last, **confirmed)
    await add_visit(database, 2, last, **confirmed | {"confirmed_first_day": date(2026, 12, 30)})  # moved since
    await add_visit(database, 3, last, **confirmed | {"state": "called_off"})
    await open_quarter(database, settings)
    assert (await known_in(database, settings))[ALL].references == ("delegation/2026-0001",)


async def test_a_visit_that_is_not_over_does_not_count_in_the_quarter_that_runs(database, settings):
    await build_city(database)
    today = OPENING.date()
    confirmed: dict[str, Any] = {"confirmed_version": 1, "confirmed_first_day": today, "confirmed_last_day": today}
    await add_visit(database, 1, today, state="coming", **confirmed)
    await open_quarter(database, settings, "2027-Q1")
    assert (await known_in(database, settings))[ALL].number == 0


async def test_a_quarter_without_delegations_is_zero_once_focal_is_used_for_them(database, settings):
    await build_city(database)
    await add_visit(database, 1, date(2027, 3, 9), state="coming")
    await open_quarter(database, settings)
    nothing = Known(number=Decimal(0), references=())
    assert await known_in(database, settings) == dict.fromkeys((ALL, BUSINESS, DIPLOMATIC), nothing)


async def test_nothing_is_known_where_focal_was_not_used(database, settings):
    await build_city(database)
    await open_quarter(database, settings)
    assert await known_in(database, settings) == {}


async def test_nothing_is_known_of_a_quarter_before_focal_was_used(database, settings):
    await build_city(database)
    await add_visit(database, 1, date(2027, 1, 2), opened_at=datetime(2026, 12, 31, 23, 0, tzinfo=UTC))  # local: 2027
    await open_quarter(database, settings)
    assert await known_in(database, settings) == {}


async def test_only_the_unit_that_leads_is_offered_the_figure_of_the_city(database, settings):
    await build_city(database)
    await add_visit(database, 1, date(2026, 10, 1), kind="business")
    await open_quarter(database, settings)
    assert BUSINESS in {entry.code for entry in (await form_of(database, settings, "ecology")).entries}
    assert await known_in(database, settings, "ecology") == {}


async def test_networks_joined_and_reviewed_come_with_their_reviews(database, settings):
    await build_city(database)
    joined = await add_network(database, "iclei", joined_on=date(2026, 11, 3))
    await add_network(database, "c40", joined_on=date(2026, 10, 1))  # from the register: no review decided it
    await add_network(database, "old", joined_on=date(2026, 9, 30))
    await add_network(database, "eldest")
    await add_review(database, joined, decision="join", decided_at=datetime(2026, 11, 2, 9, tzinfo=UTC))
    await add_review(database, "NET-OLD", decision="continue", decided_at=datetime(2027, 1, 1, 9, tzinfo=UTC))
    await add_review(database, "NET-ELDEST", decision=None, decided_at=None)
    for year in (2024, 2025):
        await add_review(
            database, "NET-ELDEST", decision="optimise", decided_at=datetime(year, 3, 1, tzinfo=UTC), year=year
        )
    await open_quarter(database, settings)
    known = await known_in(database, settings)
    assert known.keys() == {JOINED, REVIEWED}
    assert known[JOINED].references == ("NET-C40", "review/iclei/2026")
    assert known[REVIEWED].references == ("review/eldest/2025", "review/iclei/2026")


async def test_a_network_counts_for_the_unit_that_its_review_or_the_plan_names(database, settings):
    await build_city(database)
    network = await add_network(database, "iclei", unit=None)  # as the catalogue has it
    await add_network(database, "c40", unit=None, actor="ECOLOGY", joined_on=date(2026, 10, 1))
    await add_review(database, network, decision="continue", decided_at=datetime(2026, 11, 2, 9, tzinfo=UTC))
    await open_quarter(database, settings)
    known = await known_in(database, settings)
    assert known[REVIEWED].references == ("review/iclei/2026",)
    assert known[JOINED].references == ("NET-C40",)


async def test_the_request_says_what_was_counted_and_by_what(database, settings):
    await build_city(database)
    await add_visit(database, 1, date(2026, 10, 1), women=1, men=2)
    await open_quarter(database, settings)
    async with database.reading() as session:
        mail = (await session.scalars(select(OutgoingMail).where(OutgoingMail.person_code == "health"))).one()
    parts = message_from_bytes(mail.rfc822, policy=SMTP)
    plain, html = (part.get_content() for kind in ("plain", "html") if (part := parts.get_body((kind,))))
    text = " ".join(plain.split())
    for said in ("1 (delegation/2026-0001)", "0\u00a0% (delegation/2026-0001)"):
        assert said.replace("\u00a0", " ") in text.replace("\u00a0", " ")
        assert said in html.replace("&nbsp;", "\u00a0")


async def test_a_confirmed_figure_is_an_answer_like_any_other(database, settings):
    await build_city(database)
    await add_visit(database, 1, date(2026, 10, 1))
    process_id = await open_quarter(database, settings)
    assert (await figure_in(database, process_id, ALL)).kind == "missing", "a proposal is no answer"
    await answer(database, settings, figures((ALL, "1", "")))
    figure = await figure_in(database, process_id, ALL)
    assert (figure.kind, figure.number, figure.reason) == ("value", ONE, None)
    assert figure.submission_reference
    assert figure.known == Known(number=ONE, references=("delegation/2026-0001",))


async def test_another_figure_without_a_reason_is_refused_and_with_one_it_stands(database, settings):
    await build_city(database)
    await add_visit(database, 1, date(2026, 10, 1))
    process_id = await open_quarter(database, settings)
    form = await form_of(database, settings)
    (entry,) = [entry for entry in form.entries if entry.code == ALL]
    async with database.transaction() as session:
        await save_draft(session, form.holder, {entry.item_id: Typed(choice="value", value="2")}, now=OPENING)
    _, problems = check(await form_of(database, settings))
    assert [(problem.item_id, problem.field, problem.code) for problem in problems] == [
        (entry.item_id, "reason", "known_differs")
    ]
    with pytest.raises(DraftChanged):
        await answer(database, settings, figures((ALL, "2", "")))
    assert (await figure_in(database, process_id, ALL)).kind == "missing"

    await answer(database, settings, figures((ALL, "2", "Una vingué sense avisar")))
    figure = await figure_in(database, process_id, ALL)
    assert (figure.number, figure.reason) == (Decimal(2), "Una vingué sense avisar")
    assert figure.known
    assert figure.known.number == 1


async def test_the_other_answers_need_no_reason_for_what_was_counted(database, settings):
    await build_city(database)
    await add_visit(database, 1, date(2026, 10, 1))
    process_id = await open_quarter(database, settings)
    await answer(database, settings, {ALL: Typed(choice="nothing_to_report")})
    assert (await figure_in(database, process_id, ALL)).kind == "nothing_to_report"


@pytest.mark.drill
async def test_the_report_shows_the_evidence_beside_the_figure_in_every_language(database, settings):
    await build_city(database)
    await add_visit(database, 1, date(2026, 10, 1), kind="business")
    await add_visit(database, 2, date(2026, 10, 2))
    process_id = await open_quarter(database, settings)
    await answer(database, settings, figures((ALL, "3", "Una vingué sense avisar"), (BUSINESS, "1", "")))
    async with database.reading() as session:
        report = await compute_report(session, process_id, now=OPENING)
    for language in LANGUAGES:
        rows = indicators_csv(report, language).decode("utf-8-sig").splitlines()
        (row,) = [row for row in rows if f";{ALL};" in row]
        assert "Una vingué sense avisar" in row
        assert row.endswith(";2;delegation/2026-0001, delegation/2026-0002")
        (beside,) = [row for row in rows if f";{BUSINESS};" in row and ";ECOLOGY;" in row]
        assert beside.endswith(";;"), "nobody counted that"
    book = load_workbook(BytesIO(workbook(report, "en")))
    headings, *entries = book["Indicators"].iter_rows(values_only=True)
    (cells,) = [dict(zip(headings, entry, strict=True)) for entry in entries if ALL in entry]
    assert [cells[heading] for heading in ("Number", "Reason", "Counted by Focal", "Evidence")] == [
        3,
        "Una vingué sense avisar",
        2,
        "delegation/2026-0001, delegation/2026-0002",
    ]


async def test_a_figure_that_nobody_confirmed_is_missing_and_the_story_says_what_was_counted(database, settings):
    await build_city(database)
    await add_visit(database, 1, date(2026, 10, 1), kind="business", women=1, men=0)
    await add_visit(database, 2, date(2026, 10, 1), women=9, men=1)
    process_id = await open_quarter(database, settings)
    await answer(database, settings, figures((ALL, "2", "")))
    async with database.transaction() as session:
        await close_collection(session, process_id, by="focal", now=OPENING)
        report = await write_report(session, process_id, now=OPENING)
    async with database.transaction() as session:
        assert await write_report(session, process_id, now=OPENING) == report, "as it was stored"
    (gap,) = [gap for gap in report.gaps if gap.unit_code == "HEALTH"]
    assert {(known.code, known.number) for known in gap.known} == {(BUSINESS, ONE), (DIPLOMATIC, 0), (BALANCE, 0)}
    assert {BUSINESS, DIPLOMATIC, BALANCE} <= set(gap.missing)
    said = story(gap, "en")
    assert f"Focal counted 1 for {BUSINESS}, which nobody confirmed." in said
    assert f"Focal counted 0% for {BALANCE}" in said
    assert ALL not in said
    figure = await figure_in(database, process_id, BUSINESS)
    assert (figure.kind, figure.number) == ("missing", None)
    assert figure.to_date is None, "what nobody confirmed adds to nothing"


@pytest.mark.parametrize("language", some(LANGUAGES, "fr"))
async def test_the_page_of_the_report_names_the_evidence_once(database, settings, language):
    await build_city(database)
    await add_visit(database, 1, date(2026, 10, 1), women=1, men=9, kind="business")
    process_id = await open_quarter(database, settings)
    async with database.reading() as session:
        report = await compute_report(session, process_id, now=OPENING)
    pages = Pages(settings, cookie="focal-office-language", layout="layout_office.html")
    address = {"type": "http", "path": "/collections/TST/2026-Q4/report", "query_string": b"", "headers": []}
    shown = pages.page(Request(address), "report.html", language, **page_context(report, language))
    page = bytes(shown.body).decode()
    sentence = translations(language, "report").gettext("counted by Focal: %(number)s")
    counted = [f"{sentence % {'number': number}} (delegation/2026-0001)" for number in ("1", percent(0, language))]
    assert [page.count(words) for words in counted] == [2, 1]


@dataclass
class Arriving:
    """Where replies arrive."""

    database: Database
    settings: Settings


async def test_another_figure_by_mail_is_taken_and_the_receipt_asks_for_its_reason(database, settings):
    await build_city(database)
    await add_visit(database, 1, date(2026, 10, 1), kind="business")
    process_id = await open_quarter(database, settings)
    city = Arriving(database, settings.model_copy(update={"authentication_server": SERVER}))
    async with database.reading() as session:
        task = (await session.scalars(select(Task).where(Task.assignee_code == "health"))).one()
    await reply(city, task, f"{ALL} = 2\n{BUSINESS} = 1\n", decided="accepted", now=OPENING + timedelta(hours=1))
    figure = await figure_in(database, process_id, ALL)
    assert (figure.number, figure.reason) == (Decimal(2), None)
    async with database.reading() as session:
        (receipt,) = await session.scalars(select(OutgoingMail).where(OutgoingMail.name == "task_receipt"))
    parts = message_from_bytes(receipt.rfc822, policy=SMTP)
    for kind in ("plain", "html"):
        part = parts.get_body((kind,))
        assert part
        assert part.get_content().count("1 (delegation/2026-0001)") == 1, "only where it differs"


async def test_whoever_is_named_later_is_offered_the_same_figure(database, settings):
    await build_city(database)
    async with database.transaction() as session:
        await session.execute(delete(FocalPoint).where(FocalPoint.unit_code == "HEALTH"))
    await add_visit(database, 1, date(2026, 10, 1))
    await open_quarter(database, settings)
    await add_visit(database, 2, date(2026, 10, 1))  # entered afterwards: what was asked stands
    holder = (await form_of(database, settings, "health-head")).holder
    async with database.transaction() as session:
        await name_focal_point(
            session, holder, PersonChoice(person_code="health"), raw=b"{}", now=OPENING, settings=settings
        )
    async with database.transaction() as session:
        for set_id in (await session.scalars(select(TaskSet.id))).all():
            await fire_due(session, settings, set_id, OPENING)
    assert (await known_in(database, settings))[ALL].references == ("delegation/2026-0001",)
