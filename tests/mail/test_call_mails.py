"""Mails about European calls: deadlines with their clock, whether the time is enough, what a week brought."""

import re
from datetime import UTC, datetime
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from mail.contract import Page, flat, leaves
from mail.question_words import GRANT_STEPS, MILESTONES, assignment_name
from mail.registry import MAILS
from mail.render import render
from mail.samples import samples
from mail.translation import LANGUAGES, deadline_said
from models.contracts.mail import CallsDigest, Language
from models.policies.call_follow_up import SECOND, WHOLE
from models.policies.call_project import PREPARATIONS, REPORT
from tests.conftest import some

CALLS = ("calls_digest", "feed_trouble", "call_news", "call_alarm", "office_call")


def _parts(name: str, sample: str, language: Language = "en") -> tuple[str, str]:
    """The text and what the HTML shows, each in one line."""
    rendered = render(name, samples(name, language)[sample])
    return flat(rendered.text), Page(rendered.html).words


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("ca", "dijous, 15 d’abril de 2027, a les 17:00, hora de Brussel·les"),
        ("ca-ES-valencia", "dijous, 15 d’abril de 2027, a les 17:00, hora de Brussel·les"),
        ("es", "jueves, 15 de abril de 2027, a las 17:00, hora de Bruselas"),
        ("en", "Thursday 15 April 2027 at 17:00, Brussels time"),
        ("fr", "jeudi 15 avril 2027 à 17:00, heure de Bruxelles"),
    ],
)
def test_a_deadline_says_its_day_its_hour_and_whose_clock_it_goes_by(language: Language, said: str) -> None:
    assert deadline_said(datetime(2027, 4, 15, 17, tzinfo=ZoneInfo("Europe/Brussels")), language) == said


def test_the_same_moment_has_the_hour_of_each_clock() -> None:
    moment = datetime(2027, 4, 15, 15, tzinfo=UTC)
    zones = ("Europe/Madrid", "Atlantic/Canary", "Europe/Lisbon")
    said = [deadline_said(moment.astimezone(ZoneInfo(zone)), "en") for zone in zones]
    assert said == [
        "Thursday 15 April 2027 at 17:00, Madrid time",
        "Thursday 15 April 2027 at 16:00, Canary Islands time",
        "Thursday 15 April 2027 at 16:00, Europe/Lisbon",
    ]


@pytest.mark.parametrize("language", some(LANGUAGES, "fr"))
def test_no_mail_says_the_hour_of_a_deadline_without_its_clock(language: Language) -> None:
    told = 0
    for name in MAILS:
        for sample, context in samples(name, language).items():
            deadlines = [value for value in leaves(context) if isinstance(value, datetime)]
            if name not in CALLS and dict(context).get("call") is None:
                continue
            hours = {f"{deadline:%H:%M}" for deadline in deadlines}
            whole = [deadline_said(deadline, language) for deadline in deadlines]
            for part in (*_parts(name, sample, language), render(name, context).subject):
                bare = part
                for said in whole:
                    bare = bare.replace(said, "")
                told += len(part) - len(bare)
                assert not any(hour in bare for hour in hours)
    assert told > 0


def test_every_step_of_the_policies_has_a_name_and_no_name_is_left_over() -> None:
    assert set(MILESTONES) == {step.key for step in (*WHOLE, *SECOND)}
    assert set(GRANT_STEPS) == {step.key for step in PREPARATIONS} | {REPORT}
    assert assignment_name({"key": REPORT, "number": 2}, "en") == "Send periodic report number 2"
    assert assignment_name({"key": "concept", "deadline": "2027-04-15"}, "es") == "Redactar la idea del proyecto"


def test_whoever_decides_sees_what_units_say_and_what_is_short() -> None:
    for part in _parts("task_request", "go_decision"):
        for said in (
            "2 of 8 steps have too little time.",
            "3 working days short",
            "1 working day short",
            "has to begin today",
            "1 working day to spare",
            "24 working days to spare",
            "Begin by Friday 29 January 2027 Ready by Friday 12 February 2027",
            "would lead the proposal · “El pla de barris i dos tècniques”",
            "is not interested · “No: there is nobody to do the work”",
            "has not answered",
        ):
            assert said in part
    assert "There is time for every step." in _parts("office_call", "go")[0]


def test_the_alarm_cannot_be_missed_and_says_what_to_do() -> None:
    asked, head, nobody = samples("call_alarm", "en").values()
    subject = render("call_alarm", asked).subject
    assert subject.startswith("URGENT: the proposal for CERV-2027-CITIZENS-TOWN-NT is not confirmed as sent")
    assert subject.endswith("deadline Thursday 15 April 2027 at 17:00, Brussels time")
    for part in _parts("call_alarm", "asked"):
        assert "If it was sent: confirm it through the link, with the number that the portal gave." in part
        assert "If it will not be sent: say so through the link, and why." in part
        assert not re.search(r"\d+ hours", part), "a mail may leave late"
    told = flat(render("call_alarm", head).text)
    assert "Núria Ferrer Mas (nuria.ferrer@valencia.example) was asked to confirm" in told
    assert "let Núria Ferrer Mas (nuria.ferrer@valencia.example) confirm it" in told
    assert "through the link" not in told
    assert "nobody who could be asked" in flat(render("call_alarm", nobody).text)


def test_a_moved_deadline_is_told_with_the_old_one_and_the_reason() -> None:
    for name in ("call_news", "office_call"):
        for part in _parts(name, "moved"):
            assert (
                "was Thursday 1 April 2027 at 17:00, Brussels time. "
                "Now it is Thursday 15 April 2027 at 17:00, Brussels time." in part
            )
            assert "Reason: “La Comissió l'ha ajornada.”" in part
    for part in _parts("task_change", "assignment, with its call"):
        assert "it was due on Wednesday 20 January 2027 and is due on Wednesday 27 January 2027" in part
        assert "Instead of" in part
        assert "what the portal says now" not in part
    for part in _parts("task_change", "proposal, with its call"):
        assert "is due on Wednesday 27 January 2027. This is what the portal says now." in part
    assert (
        "has another deadline: not known yet. This is what the portal says now."
        in _parts("office_call", "moved, without a day")[0]
    )


def test_there_is_a_sample_of_every_news() -> None:
    for name in ("call_news", "office_call"):
        shown = {dict(context)["news"] for context in samples(name, "en").values()}
        assert shown == set(get_args(MAILS[name].context.model_fields["news"].annotation))


def test_news_say_what_they_mean_for_each_unit() -> None:
    lead, partner, watching = (_parts("call_news", f"go, {part}")[0] for part in ("lead", "partner", "watching"))
    assert "The unit “Àrea Salut” prepares the proposal." in lead
    assert "the unit “Àrea Salut” prepares the proposal and gets in touch" in partner
    assert "prepares the proposal" not in watching
    for text in (lead, partner, watching):
        assert "Amparo Soler Vidal has decided so." in text
    assert "“No: there is too little time: Falta l'informe”" in _parts("call_news", "no go")[0]


def test_the_week_is_told_in_groups_and_every_call_once() -> None:
    context = samples("calls_digest", "en")["every group"]
    rendered = render("calls_digest", context)
    assert rendered.subject == "5 European calls to look at"
    changes = ("Changed (1)", "Not on the portal any more (1)")
    headings = (*changes, "They concern us (1)", "Closing soon (1)", "Other new calls (1)")
    for part in (flat(rendered.text), Page(rendered.html).words):
        places = [part.index(heading) for heading in headings]
        assert places == sorted(places)
        for said in (
            "CERV-2027-CITIZENS-TOWN-NT · CERV · open · 12,000,000 euros",
            "Deadline: Thursday 15 April 2027 at 17:00, Brussels time",
            "Deadline (estimated): Tuesday 21 September 2027 at 17:00, Brussels time",
            "Found for: loneliness, citizen participation → Àrea Salut",
            "topic-details/CERV-2027-CITIZENS-TOWN-NT",
            "focal calls follow CERV-2027-CITIZENS-TOWN-NT",
            "To be checked: “to be announced” is no day",
        ):
            assert said in part


def test_forty_calls_stay_apart_and_the_others_are_counted() -> None:
    context = samples("calls_digest", "en")["forty"]
    assert isinstance(context, CallsDigest)
    rendered = render("calls_digest", context)
    assert "They concern us (27)" in rendered.text
    assert "Other new calls (13)" in rendered.text
    assert "12 more calls are not shown here." in flat(rendered.text)
    for call in context.calls:
        assert rendered.text.count(f"\n    {call.command}\n") == 1
        assert rendered.text.count(f"\n{call.title}\n") == 1
    page = Page(rendered.html)
    assert len(page.all("h3")) == 40
    assert len(rendered.html) < 102_000, "longer mails are cut by some mail programs"


def test_a_week_without_calls_says_which_programmes_were_not_read() -> None:
    for part in _parts("calls_digest", "quiet"):
        assert "CERV: last read on Saturday 2 January 2027" in part
        assert "LIFE: never read" in part


def test_what_the_portal_sent_and_was_not_taken_is_told_with_what_stands() -> None:
    for part in _parts("feed_trouble", "refused"):
        assert "The portal lists 0 calls of CERV, where there were 23." in part
        assert "The 23 calls that were known stand as they were on Sunday 10 January 2027." in part
        assert "CERV-2027-GENDER" in part
        assert "focal calls sync --programme CERV" in part
    assert "nothing of it was ever taken" in _parts("feed_trouble", "never read")[0]


def test_days_and_months_are_said_back_as_they_were_read() -> None:
    text = render("task_receipt", samples("task_receipt", "en")["grant agreement"]).text
    for said in ("Tuesday 1 June 2027", "Saturday 31 May 2031", "18, 18, 12 months"):
        assert said in text


def test_what_is_left_of_a_project_is_asked_with_the_years_since_its_end() -> None:
    text, _ = _parts("task_request", "sustainability_check")
    assert "ended 3 years ago, on Friday 31 May 2030" in text
