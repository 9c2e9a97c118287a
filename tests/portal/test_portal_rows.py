"""One row of the portal: what is read from it, and what is refused."""

import json
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest

from embedded.fake_calls import THEMES, Row, budget, invented, last_sunday_of_october, overview
from mail.headers import require_safe
from models.contracts.calls import CallKind, ReadCall
from models.contracts.portal import ProgrammeScope, RowRefused
from models.policies.portal_rows import is_call, portal_day, read_row
from tests.portal.reading import SCOPES, TODAY, TOWNS, document, received


def read(row: Row, kind: CallKind = "topic", scope: ProgrammeScope = SCOPES["CERV"]) -> ReadCall:
    call = read_row(received(row), scope, kind)
    assert isinstance(call, ReadCall), call
    return call


def reason(row: Row, kind: CallKind = "topic") -> str:
    """Why a row is refused."""
    refusal = read_row(received(row), SCOPES["CERV"], kind)
    assert isinstance(refusal, RowRefused), refusal
    return refusal.reason


def invention(identifier: str) -> Row:
    """One of the odd calls of the fake portal."""
    return next(row for row in invented(40, TODAY) if row["metadata"]["identifier"] == [identifier])


def days(call: ReadCall) -> list[date]:
    return [deadline.day for deadline in call.deadlines]


def test_a_call_is_read_whole():
    row = document(typesOfAction=["CERV-LS  CERV  Lump Sum Grants", "CERV-LS CERV Lump Sum Grants"])
    row["metadata"]["budgetOverview"] = [overview(2027, [budget(TOWNS, 2027, "12,000,000", grants=40, largest=60_000)])]
    call = read(row)
    assert call.identifier == TOWNS
    assert (call.kind, call.programme, call.portal_id) == ("topic", "CERV", row["metadata"]["ccm2Id"][0])
    assert call.title == "Networks of towns that remember together"
    assert call.call_title == "CERV call for cities 2027"
    assert call.action_type == "CERV-LS CERV Lump Sum Grants"
    assert (call.portal_status, call.opens_on, call.deadline_model) == ("open", date(2026, 9, 15), "single_stage")
    assert call.raw_days == ("2026-12-10T00:00:00.000+0000",)
    (deadline,) = call.deadlines
    assert (deadline.day, deadline.hour, deadline.zone) == (date(2026, 12, 10), time(17), "Europe/Brussels")
    assert not deadline.entered
    assert (call.budget, call.largest_grant, call.grants) == (Decimal(12_000_000), Decimal(60_000), 40)
    assert call.keywords == ("networks of towns", "town twinning", "citizen participation", "European remembrance")
    assert call.url.endswith(f"/portal/screen/opportunities/topic-details/{TOWNS}")
    assert "<p>Meetings of citizens of at least five towns" in call.description
    assert call.review == ""


def test_deadlines_are_at_the_hour_of_their_programme():
    scope = ProgrammeScope(code="DUT", portal_code="1", cutoff_hour=time(13), zone="Europe/Madrid")
    (deadline,) = read(document(), scope=scope).deadlines
    assert (deadline.hour, deadline.zone) == (time(13), "Europe/Madrid")


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-04-29T00:00:00.000+0000", date(2026, 4, 29)),
        ("2026-04-29T17:00:00.000+0000", date(2026, 4, 29)),
        ("2024-04-18T19:00:00.000+0200", date(2024, 4, 18)),
        ("2026-11-17T23:59:00.000+0100", date(2026, 11, 17)),
        ("2023-12-07T01:00:00.000+0100", date(2023, 12, 7)),
        ("2026-10-25T02:00:00.000+0200", date(2026, 10, 25)),
        ("2026-10-25T01:00:00.000+0100", date(2026, 10, 25)),
        ("2027-03-28T00:00:00.000+0000", date(2027, 3, 28)),
        ("2027-03-28", date(2027, 3, 28)),
        ("To be announced", None),
        ("", None),
        ("31/12/2026", None),
        ("2026-02-30", None),
        ("2026-04-29T00:00:00.000", None),
        ("2099-12-31T00:00:00.000+0000", None),
        ("1970-01-01T00:00:00.000+0000", None),
        ("9999-12-31T23:59:59.999-0500", None),
        ("0001-01-01T00:00:00.000+0500", None),
        ("1893456000000", None),
    ],
)
def test_the_day_is_the_one_of_utc(written: str, day: date | None):
    assert portal_day(written) == day


def test_an_hour_of_the_evening_is_not_the_hour_of_the_deadline():
    call = read(invention("CERV-2027-EQUAL-01"))
    assert call.raw_days == ("2026-11-19T19:00:00.000+0200",)
    assert [(each.day, each.hour) for each in call.deadlines] == [(date(2026, 11, 19), time(17))]


def test_a_deadline_on_the_day_of_the_clock_change_stays_on_it():
    call = read(invention("HORIZON-2027-ENERGY-01"))
    assert days(call) == [last_sunday_of_october(date(2026, 11, 4))] == [date(2027, 10, 31)]


def test_two_stages_are_in_the_order_of_their_days():
    call = read(invention("LIFE-2027-HEAT-TWO-01"))
    assert call.raw_days == ("2027-05-13T00:00:00.000+0000", "2026-12-09T00:00:00.000+0000")
    assert (call.deadline_model, days(call)) == ("two_stage", [date(2026, 12, 9), date(2027, 5, 13)])
    assert call.review == ""


def test_cut_offs_are_in_the_order_of_their_days_those_that_are_over_too():
    call = read(invention("ERASMUS-2027-YOUTH-CUT-01"))
    assert (call.deadline_model, days(call)) == (
        "cut_offs",
        [date(2026, 9, 5), date(2027, 1, 13), date(2027, 5, 23)],
    )


@pytest.mark.parametrize(
    ("written", "kept", "said"),
    [
        (["To be announced"], [], "“To be announced” is not a day"),
        (["2099-12-31T00:00:00.000+0000"], [], "“2099-12-31T00:00:00.000+0000” is not a day"),
        (["2027-01-20", "To be announced"], [date(2027, 1, 20)], "“To be announced”"),
        (["2027-01-20", "2027-02-20"], [date(2027, 1, 20), date(2027, 2, 20)], "2 deadlines, more than"),
        (["2027-01-20", "2027-01-20T17:00:00.000+0000"], [date(2027, 1, 20)], ""),
        ([], [], "open, and no deadline"),
    ],
)
def test_days_that_cannot_be_trusted_are_for_a_person_to_look_at(written: list[str], kept: list[date], said: str):
    call = read(document(deadlineDate=written))
    assert call.raw_days == tuple(written)
    assert days(call) == kept
    assert (call.review == "") == (said == "")
    assert said in call.review


def test_a_day_of_opening_that_is_none_is_for_a_person_to_look_at():
    call = read(document(startDate=["Autumn"]))
    assert call.opens_on is None
    assert call.review == "“Autumn” is not a day that can be planned with."


def test_a_forthcoming_call_may_have_no_deadline_yet():
    call = read(invention("HORIZON-2027-GOODS-01"))
    assert (call.portal_status, call.deadlines, call.review) == ("forthcoming", (), "")


def test_what_the_portal_says_of_a_call_is_kept_whatever_its_days_say():
    assert read(invention("LIFE-2027-REUSE-TWO-02")).portal_status == "closed"
    assert read(invention("ERASMUS-2024-SKILLS-OLD-01")).portal_status == "open"


@pytest.mark.parametrize(
    ("written", "model"),
    [(["2027-01-20"], "single_stage"), (["2027-01-20", "2027-02-20"], "cut_offs"), ([], "single_stage")],
)
def test_without_a_word_on_its_stages_a_call_has_cut_offs_where_it_has_several_days(written: list[str], model: str):
    assert read(document(deadlineModel=[], deadlineDate=written)).deadline_model == model


def test_a_call_of_a_funded_project_is_named_by_its_own_number():
    call = read(invention("HORIZON-2024-PORT-01"), "cascade", SCOPES["HORIZON"])
    assert (call.identifier, call.portal_id) == ("HORIZON-CASCADE-95000777", "95000777")
    assert (call.title, call.call_title) == ("Small grants for quays without engines", THEMES[7].title)
    assert call.url.endswith("/competitive-calls-cs/95000777")
    assert days(call) == [date(2026, 11, 29)]
    assert "For ports of fewer than" in call.description


def test_an_external_call_is_named_by_its_number_and_leads_to_where_it_is_published():
    call = read(invention("RELEX-PARENT"), "external", SCOPES["RELEX"])
    assert (call.identifier, call.programme) == ("RELEX-CALL-990411", "RELEX")
    assert call.url == "https://webgate.ec.europa.eu/prospect/external/publishedcalls.htm?callId=990411"


@pytest.mark.parametrize("kind", ["external", "cascade"])
def test_a_call_without_a_number_is_refused_by_its_reference(kind: CallKind):
    row = document(callIdentifier=[], callccm2Id=[])
    refusal = read_row(received(row), SCOPES["CERV"], kind)
    assert refusal == RowRefused(identifier=row["reference"], reason="Its identifier is “”, which cannot name a call.")


@pytest.mark.parametrize(
    ("keywords", "found"),
    [
        (['["urban heat","green infrastructure"]'], ("urban heat", "green infrastructure")),
        (["urban heat", "  urban\n heat ", "caf&eacute;s", ""], ("urban heat", "cafés")),
        (["[not JSON"], ("[not JSON",)),
        (["[1, 2]"], ("[1, 2]",)),
        (["2030"], ("2030",)),
        ([], ()),
    ],
)
def test_keywords_are_read_one_by_one_or_as_json_within_a_string(keywords: list[str], found: tuple[str, ...]):
    assert read(document(keywords=keywords)).keywords == found


def test_of_a_budget_of_eleven_topics_only_its_own_counts():
    assert read(invention("DIGITAL-2027-TWIN-03")).budget == Decimal(3_000_000)


def entry(**changes: Any) -> dict[str, Any]:
    return budget(TOWNS, 2027, "500", grants=3, largest=50) | changes


@pytest.mark.parametrize(
    ("entries", "money"),
    [
        ([entry()], (500, 50, 3)),
        ([entry(budgetYearMap={"2026": 1000, "2027": "2,500.50"})], (Decimal("3500.50"), 50, 3)),
        ([entry(action="The only one, under another name")], (500, 50, 3)),
        ([entry(), entry()], (500, 50, 3)),
        ([entry(action="A - x"), entry(action="B - x")], (None, None, None)),
        ([entry(action=f"{TOWNS}-02 - x"), entry(action="B - x")], (None, None, None)),
        ([entry(budgetYearMap={"2027": "0"}, expectedGrants=0, maxContribution=0)], (None, None, None)),
        ([entry(budgetYearMap={}, expectedGrants=None, maxContribution="")], (None, None, None)),
        ([], (None, None, None)),
    ],
)
def test_money_is_what_is_stated_for_this_call_and_zero_states_nothing(entries: list[Any], money: tuple[Any, ...]):
    call = read(document(budgetOverview=[overview(2027, entries)]))
    assert (call.budget, call.largest_grant, call.grants) == money


@pytest.mark.parametrize(
    "written",
    [
        "no JSON",
        "[]",
        '{"budgetTopicActionMap": []}',
        '{"budgetTopicActionMap": {"1": {}}}',
        overview(2027, [entry(action=None)]),
        overview(2027, [entry(budgetYearMap={"2027": "a lot"})]),
        overview(2027, [entry(budgetYearMap={"2027": -5})]),
        overview(2027, [entry(budgetYearMap={"2027": 10**15})]),
        overview(2027, [entry(budgetYearMap={"2027": True})]),
        overview(2027, [entry(maxContribution=float("nan"))]),
        "[" * 100_000,
    ],
)
def test_a_budget_that_cannot_be_read_refuses_the_row(written: str):
    assert reason(document(budgetOverview=[written])).startswith("Its budget cannot be read: ")


@pytest.mark.parametrize(
    "written",
    [
        "<p>Read this.</p><script>alert(1)</script>",
        "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
        "<p onclick='alert(1)'>Read this.</p>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)><circle r=1></svg>",
        "<iframe src='https://ec.europa.eu'></iframe>",
        "<a href=' java\tscript:alert(1)'>Apply</a>",
        "<a href='&#106;avascript:alert(1)'>Apply</a>",
        "<p>open <script",
    ],
)
def test_a_description_with_a_script_refuses_the_row(written: str):
    row = document(descriptionByte=[written])
    if written.endswith("<script"):  # never closed: a browser does not see it
        assert "script" not in read(row).description
    else:
        assert reason(row) == "Its description holds what a browser would run."


def test_a_script_in_a_title_refuses_the_row():
    assert reason(document(title=["Towns <script>alert(1)</script>"])) == "Its title holds what a browser would run."
    assert reason(document(callTitle=["<img src=x onerror=y>"])) == "Its callTitle holds what a browser would run."


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("<p>Caf&eacute;s &amp; kitchens, &lt; 50&nbsp;km</p>", "<p>Cafés &amp; kitchens, &lt; 50&nbsp;km</p>"),
        ("<p>&lt;script&gt; is a word here</p>", "<p>&lt;script&gt; is a word here</p>"),
        ("<p style='color:red' class=x>Red</p>", "<p>Red</p>"),
        ("<span class='topicdescriptionkind'>Scope:</span><p>Towns</p>", "Scope:<p>Towns</p>"),
        ("<style>p {}</style><p>Towns</p><!-- hidden --><img src='https://evil.example/x.png'>", "<p>Towns</p>"),
        ("<p>Not closed", "<p>Not closed</p>"),
        ("<p>once = 1, online = 2</p>", "<p>once = 1, online = 2</p>"),
        ("", ""),
    ],
)
def test_a_description_keeps_its_words_and_little_else(written: str, kept: str):
    assert read(document(descriptionByte=[written])).description == kept


@pytest.mark.parametrize(
    ("link", "stays"),
    [
        ("https://ec.europa.eu/guide.pdf", True),
        ("https://europa.eu/", True),
        ("https://europa.eu.evil.example/", False),
        ("https://evileuropa.eu/", False),
        ("https://ec.europa.eu@evil.example/", False),
        ("//evil.example/", False),
        ("/relative", False),
        ("mailto:somebody@ec.europa.eu", False),
        ("https://[broken", False),
    ],
)
def test_links_in_a_description_lead_to_pages_of_the_union_only(link: str, *, stays: bool):
    description = read(document(descriptionByte=[f"<p><a href='{link}'>Guide</a></p>"])).description
    assert ("href" in description) == stays
    assert "Guide" in description


@pytest.mark.parametrize(
    "link",
    [
        "https://europa.eu.evil.example/apply",
        "https://evil.example/?europa.eu",
        "https://ec.europa.eu@evil.example/",
        "https://ec.europa.eu:8443/",
        "https://evil.example\\.europa.eu/",
        "https://evil.example%2f.europa.eu/",
        "javascript:alert(1)",
        "ftp://ec.europa.eu/",
        "https://[broken",
        "ec.europa.eu",
    ],
)
def test_a_link_of_the_call_that_leaves_the_union_refuses_the_row(link: str):
    assert reason(document(url=[link])).startswith("Its link leaves the Union's domain: ")
    assert reason(document() | {"url": link}).startswith("Its link leaves the Union's domain: ")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": ["31094599"]}, "Its status is “31094599”, which is not one that is known."),
        ({"status": []}, "Its status is “”, which is not one that is known."),
        ({"title": [" "], "callTitle": []}, "It has no title."),
        ({"deadlineModel": ["three-stage"]}, "Its deadlines are “three-stage”, which is not known."),
        ({"identifier": []}, "Its identifier is “”, which cannot name a call."),
        ({"identifier": ["../../etc"]}, "Its identifier is “../../etc”, which cannot name a call."),
        ({"identifier": ["A" * 101]}, f"Its identifier is “{'A' * 100}”, which cannot name a call."),
        ({"descriptionByte": ["x" * 400_001]}, "Its description has 400001 characters; at most 400000 are taken."),
    ],
)
def test_what_cannot_be_read_refuses_the_row_and_is_named(changes: dict[str, list[str]], said: str):
    assert reason(document(**changes)) == said


def test_entities_double_spaces_and_control_characters_leave_a_title():
    title = "Municipal markets &amp; short food chains:  from\u0000 field\n to school"
    call = read(document(title=[title], descriptionByte=["<p>a\u0000b\u0007c</p>"], deadlineDate=["2027-01-20\u0000"]))
    assert call.title == "Municipal markets & short food chains: from field to school"
    assert "\\u0000" not in json.dumps(call.model_dump(mode="json"))
    assert "\u0007" not in call.description


def test_questions_with_answers_and_copies_of_an_earlier_index_are_no_calls():
    assert is_call(received(document()))
    assert not is_call(received(document(esST_question=["May a port take part?"])))
    assert not is_call(received(document(DATASOURCE=["SEDIA_PRD_CENTRICITY"])))
    assert not is_call(received(document(DATASOURCE=[])))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"expectedGrants": 10**10}, "Its budget cannot be read: "),
        ({"budgetYearMap": dict.fromkeys(map(str, range(2020, 2035)), 9 * 10**12)}, "are more than there can be."),
    ],
)
def test_numbers_that_no_column_can_hold_refuse_the_row(changes: dict[str, Any], problem: str):
    assert problem in reason(document(budgetOverview=[overview(2027, [entry(**changes)])]))


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Safe \u202egpj.exe\u202c", "Safe gpj.exe"),
        ("\u2067Networks\u2069 of\u200b towns\ufeff", "Networks of towns"),
        ("&rlm;Networks&#x200E;", "Networks"),
        ("Towns =?UTF-8?Q?=0A?=Bcc: x", "Towns = ?UTF-8?Q?=0A?=Bcc: x"),
        ("Towns =\u200b? yes", "Towns = ? yes"),
        ("Towns \x85\x9b of peace", "Towns of peace"),
    ],
)
def test_a_title_is_read_without_what_no_mail_can_hold(written: str, title: str):
    call = read(document(title=[written], callTitle=[written], keywords=[written], typesOfAction=[written]))
    assert [call.title, call.call_title, call.action_type, *call.keywords] == [title] * 4
    assert require_safe("Subject", call.title) == title


def test_a_title_of_which_nothing_can_be_seen_refuses_the_row():
    assert reason(document(title=["\u200b\u202e \u2066"])) == "It has no title."


def test_the_reason_why_a_row_is_refused_can_be_kept_and_written():
    assert reason(document(status=["1\x00\u202e2"])) == "Its status is “1 2”, which is not one that is known."


@pytest.mark.parametrize(
    "end", ["x\r\nATTENDEE:mailto:evil@example.com", "a b", "a\tb", "<script>", 'a"b', "a\u202eb", "a\u00a0b"]
)
def test_a_link_with_what_no_link_can_hold_refuses_the_row(end: str):
    refused = read_row(received(document(url=[f"https://ec.europa.eu/{end}"])), SCOPES["RELEX"], "topic")
    assert isinstance(refused, RowRefused)
    assert refused.reason.startswith("Its link leaves the Union's domain")
