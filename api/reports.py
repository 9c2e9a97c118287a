"""The report of a quarter: as a page to show, as a workbook, and as a CSV file.

Writing one takes a few tenths of a second, so it is done beside the loop that serves everybody else.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from babel.support import NullTranslations
from fastapi import APIRouter
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.charts import answer_curve, axis_bars, headline, unit_bars
from api.desk import frame, language_of
from api.guard import Guarded, allowed
from api.site import READ, site_of
from mail.translation import translations
from models.contracts.mail import Language
from models.contracts.report import ActionNotCovered, IndicatorFigures, QuarterReport
from models.policies.report import five_kinds, response_rate
from operations import report_words
from operations.report import read_report
from operations.report_files import CSV, XLSX, file_name, indicators_csv, workbook
from operations.report_story import short_date, story, weekday

router = APIRouter(route_class=Guarded)


@router.api_route("/collections/{plan_code}/{period}/report", methods=READ)
@allowed("coordinator", "manager", city=True)
async def show(request: Request, plan_code: str, period: str) -> Response:
    """The report as a page; provisional while its collection is open."""
    site = site_of(request)
    report = await _report(request, plan_code, period)
    language = language_of(request)
    context = page_context(report, language) | await frame(request)
    return await run_in_threadpool(site.pages.page, request, "report.html", language, **context)


@router.api_route("/collections/{plan_code}/{period}/report.xlsx", methods=READ)
@allowed("coordinator", "manager", city=True)
async def as_workbook(request: Request, plan_code: str, period: str) -> Response:
    """The report as a workbook in the reader's language."""
    report = await _report(request, plan_code, period)
    content = await run_in_threadpool(workbook, report, language_of(request))
    return _file(content, XLSX, file_name(report, "xlsx"))


@router.api_route("/collections/{plan_code}/{period}/report.csv", methods=READ)
@allowed("coordinator", "manager", city=True)
async def as_csv(request: Request, plan_code: str, period: str) -> Response:
    """Every entry of the quarter as CSV in the reader's language."""
    report = await _report(request, plan_code, period)
    content = await run_in_threadpool(indicators_csv, report, language_of(request))
    return _file(content, CSV, file_name(report, "csv"))


async def _report(request: Request, plan_code: str, period: str) -> QuarterReport:
    async with site_of(request).database.reading() as session:
        report = await read_report(session, plan_code, period, now=datetime.now(UTC))
    if report is None:
        raise HTTPException(404)
    return report


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


def page_context(report: QuarterReport, language: Language) -> dict[str, Any]:
    """What the template of the report needs to know, in the reader's language."""
    words = _words(language)
    _ = words.gettext
    return {
        **speech(language),
        "report": report,
        "until": report.days[-1].day,
        "head": headline(report),
        "axis_bars": axis_bars(report),
        "unit_bars": unit_bars(report.units),
        "days": answer_curve(report),
        "five_kinds": five_kinds,
        "response_rate": response_rate,
        "kinds": report_words.kinds(words),
        "punctuality": {"in_time": _("In time"), "late": _("Late"), "missing": _("Missing")},
        "method": report_words.method(words),
        "nature": lambda indicator: _nature(indicator, words),
        "years": lambda action: _years(action, words),
        "short_date": lambda day: short_date(day, language),
        "weekday": lambda day: weekday(day, language),
        "story": lambda gap: story(gap, language),
    }


def _nature(indicator: IndicatorFigures, words: NullTranslations) -> str:
    adds_up = indicator.cumulative and indicator.unit == "count"
    return words.gettext("adds up") if adds_up else words.gettext("latest value")


def _years(action: ActionNotCovered, words: NullTranslations) -> str:
    first, last = action.first_year, action.last_year
    if first == last:
        return str(first)
    if first is None or last is None:
        sentence = words.gettext("until %(year)s") if first is None else words.gettext("from %(year)s")
        return sentence % {"year": last if first is None else first}
    return f"{first}–{last}"


@cache
def _words(language: Language) -> NullTranslations:
    """The words of the report, and behind them those that all pages share."""
    words = translations(language, "report")
    words.add_fallback(translations(language, "pages"))
    return words


def speech_beside_charts(language: Language) -> Mapping[str, Callable[..., str]]:
    """What a page translates with that shows charts of the report among words of its own, which come first."""
    own, report = translations(language, "pages"), speech(language)["gettext"]

    def gettext(sentence: str, **values: object) -> str:
        said = own.gettext(sentence)
        return report(sentence, **values) if said == sentence else Markup(said) % values  # noqa: S704 - as below

    return {"gettext": gettext}


def speech(language: Language) -> Mapping[str, Callable[..., str]]:
    """What templates with charts of the report translate with: words first, then values put in, escaped."""
    words = _words(language)

    def gettext(sentence: str, **values: object) -> str:
        return Markup(words.gettext(sentence)) % values  # noqa: S704 - a sentence of ours; values are escaped

    def ngettext(one: str, many: str, number: int, **values: object) -> str:
        return Markup(words.ngettext(one, many, number)) % {"num": number, **values}  # noqa: S704

    return {"gettext": gettext, "ngettext": ngettext}
