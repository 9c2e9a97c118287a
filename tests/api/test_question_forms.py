"""Questions on the form: each kind filled in, wrong, checked, sent and corrected; nothing typed is lost."""

import re
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from sqlalchemy import select, update

from models.contracts.mail import TaskKind
from models.tables.delegation_reception import Visit
from models.tables.membership_review import Review
from models.tables.task import Draft, Item, Submission, Task
from operations.links import new_link, token
from tests.api.desk import Asked, answers, put
from tests.api.house import COUNT, House
from tests.api.test_answer_form import hidden
from tests.conftest import some

SOON = date(datetime.now(UTC).year + 1, 2, 15)
PROMISE = f"Enviar l'estudi; Àrea de Salut; {SOON.day}/{SOON.month}/{SOON.year}"
Fields = dict[str, str]
GOOD: dict[TaskKind, tuple[Fields, dict[str, str]]] = {
    "hosting_request": ({"choice-can_host": "yes", "value-receives": "Anna"}, {"can_host": "True", "receives": "Anna"}),
    "agenda_approval": (
        {"choice-agenda": "=send_back", "reason-agenda": "Massa llarga"},
        {"agenda": "send_back · Massa llarga"},
    ),
    "visit_report": (
        {"value-contacts": "Bernd, Stadt Mainz", "value-commitments": PROMISE},
        {"contacts": "Bernd, Stadt Mainz", "commitments": PROMISE},
    ),
    "assignment": ({"choice-done": "=done"}, {"done": "done"}),
    "membership_evidence": (
        {
            "value-actions": "12",
            "value-projects": "1",
            "choice-staff_days": "not_available",
            "reason-staff_days": "No els comptem",
            "value-fee": "5.000",
            "choice-roles": "nothing_to_report",
            "choice-score.objectives": "=3",
            "reason-score.objectives": "Dos projectes",
            "choice-score.position": "not_available",
            "reason-score.position": "Encara no ho sabem",
        },
        {
            "actions": "12",
            "projects": "1",
            "staff_days": "not_available · No els comptem",
            "fee": "5000",
            "roles": "nothing_to_report",
            "score.objectives": "3 · Dos projectes",
            "score.position": "not_available · Encara no ho sabem",
        },
    ),
    "membership_opinion": (
        {
            "choice-score.objectives": "=0",
            "reason-score.objectives": "Gens",
            "choice-score.position": "=4",
            "reason-score.position": "Molt",
        },
        {"score.objectives": "0 · Gens", "score.position": "4 · Molt"},
    ),
    "membership_decision": (
        {"choice-membership": "=leave", "reason-membership": "Massa cara"},
        {"membership": "leave · Massa cara"},
    ),
    "improvement_plan": ({"value-improvements": PROMISE}, {"improvements": PROMISE}),
    "improvement_check": (
        {"choice-improved": "=not_improved", "reason-improved": "Cap grup"},
        {"improved": "not_improved · Cap grup"},
    ),
    "joined_networks": ({"choice-networks": "nothing_to_report"}, {"networks": "nothing_to_report"}),
    "call_interest": (
        {"choice-interest": "=no_other", "reason-interest": "Ja en tenim un d'igual"},
        {"interest": "no_other · Ja en tenim un d'igual"},
    ),
    "go_decision": ({"choice-go": "=go", "reason-go": "Encaixa"}, {"go": "go · Encaixa"}),
    "proposal_upload": (
        {"value-proposal_number": "101234567", "choice-role": "=coordinator", "value-money_asked": "450.000"},
        {"proposal_number": "101234567", "role": "coordinator", "money_asked": "450000"},
    ),
    "call_result": ({"choice-result": "=awarded"}, {"result": "awarded"}),
    "call_lessons": ({"value-lessons": "Faltaven socis"}, {"lessons": "Faltaven socis"}),
    "grant_agreement": (
        {
            "value-signed_on": "31 de març de 2027",
            "value-starts_on": "1.6.2027",
            "value-ends_on": "31/5/2031",
            "value-periods": "18 18; 12",
            "value-money_won": "412000",
        },
        {
            "signed_on": "2027-03-31",
            "starts_on": "2027-06-01",
            "ends_on": "2031-05-31",
            "periods": "18, 18, 12",
            "money_won": "412000",
        },
    ),
    "sustainability_check": ({"choice-lasts": "=in_part", "reason-lasts": "La web"}, {"lasts": "in_part · La web"}),
}
WRONG: dict[TaskKind, tuple[Fields, tuple[str, ...]]] = {
    "hosting_request": ({"value-other_days": "x" * 4001}, ("value-other_days",)),
    "agenda_approval": ({"choice-agenda": "=send_back"}, ("reason-agenda",)),
    "visit_report": (
        {"choice-contacts": "nothing_to_report", "value-contacts": "Bernd", "value-commitments": "Enviar l'estudi"},
        ("value-contacts", "value-commitments"),
    ),
    "assignment": ({"choice-done": "=not_done"}, ("reason-done",)),
    "membership_evidence": (
        {"value-actions": "dotze", "choice-score.objectives": "=3", "reason-score.position": "Perquè sí"},
        ("value-actions", "reason-score.objectives", "choice-score.position"),
    ),
    "membership_opinion": (
        {"choice-score.objectives": "=5", "reason-score.objectives": "Molt"},
        ("choice-score.objectives",),
    ),
    "membership_decision": ({"reason-membership": "Massa cara"}, ("choice-membership",)),
    "improvement_plan": ({"value-improvements": "Liderar un grup; Salut; 1/1/2020"}, ("value-improvements",)),
    "improvement_check": ({"choice-improved": "=perhaps", "reason-improved": "x"}, ("choice-improved",)),
    "joined_networks": ({"choice-networks": "value"}, ("value-networks",)),
    "call_interest": ({"choice-interest": "=no_other"}, ("reason-interest",)),
    "go_decision": ({"choice-go": "=go"}, ("reason-go",)),
    "proposal_upload": ({"choice-proposal_number": "not_available"}, ("reason-proposal_number",)),
    "call_result": ({"choice-result": "=perhaps"}, ("choice-result",)),
    "call_lessons": ({"value-lessons": "x" * 4001}, ("value-lessons",)),
    "grant_agreement": (
        {"value-signed_on": "31/2/2027", "value-periods": "18 mesos", "value-money_won": "molts"},
        ("value-signed_on", "value-periods", "value-money_won"),
    ),
    "sustainability_check": ({"choice-lasts": "=over"}, ("reason-lasts",)),
}


EVERY_SHAPE = some(GOOD, "grant_agreement", "membership_evidence", "joined_networks")


def named(task: Asked, fields: Fields) -> Fields:
    """Fields as the page names them."""
    return {
        f"{field}-{task.items[code]}": value
        for name, value in fields.items()
        for field, _, code in (name.partition("-"),)
    }


def text(page: httpx.Response) -> str:
    """What a page says."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


async def sent(client: httpx.AsyncClient, task: Asked, fields: Fields) -> httpx.Response:
    """Type, check and send; gives the page that confirms it."""
    form = await client.get(task.home)
    version = form.text.split('name="draft_version" value="')[1].split('"')[0]
    typed = named(task, fields) | {"do": "check", "draft_version": version}
    checked = await client.post(task.home, data=typed)
    assert checked.status_code == 303, text(checked)
    page = await client.get(f"{task.home}/check")
    assert page.status_code == 200
    confirmed = await client.post(f"{task.home}/send", data=hidden(page))
    assert confirmed.status_code == 303, text(confirmed)
    return await client.get(confirmed.headers["location"])


@pytest.mark.parametrize("kind", EVERY_SHAPE)
async def test_a_task_of_questions_is_filled_in_checked_sent_and_shown_again(house: House, kind: TaskKind):
    task = await put(house, kind)
    fields, stands = GOOD[kind]
    async with house.client() as client:
        await task.enter(client)
        client.cookies.set("focal-language", "en")
        form = await client.get(task.home)
        assert "Indicator" not in text(form)
        wrong, places = WRONG[kind]
        back = await client.post(task.home, data=named(task, wrong) | {"do": "check"})
        assert back.status_code == 422
        linked = re.findall(r'<li><a href="#((?:value|choice|reason)-[0-9a-f-]+)"', back.text)
        assert linked == list(named(task, dict.fromkeys(places, "")))
        assert all(f'id="{place}"' in back.text for place in linked)
        typed = [value for value in wrong.values() if not value.startswith(("=", "nothing", "value"))]
        assert all(value in back.text.replace("&#39;", "'") for value in typed)
        confirmation = await sent(client, task, fields)
        again = await client.get(task.home)
    assert await answers(house, task) == stands
    assert "Nothing is missing" in text(confirmation)
    assert "Correct this answer" in text(again)
    async with house.database.reading() as session:
        assert (await session.get_one(Task, task.task_id)).state == "answered"


async def test_what_may_be_left_out_is_marked_and_not_missed(house: House):
    task = await put(house, "hosting_request")
    async with house.client() as client:
        await task.enter(client)
        client.cookies.set("focal-language", "en")
        form = await client.get(task.home)
        assert text(form).count("(optional)") == 2
        checked = await client.post(task.home, data=named(task, {"choice-can_host": "no"}) | {"do": "check"})
        assert checked.status_code == 303
        page = await client.get(f"{task.home}/check")
        assert "has no answer yet" not in text(page)
    async with house.client() as client:
        await task.enter(client)
        corrected = await sent(client, task, {"choice-can_host": "yes", "value-other_days": "10 de març"})
    assert corrected.status_code == 200
    assert await answers(house, task) == {"can_host": "True", "other_days": "10 de març"}


async def test_what_is_to_be_decided_about_stands_beside_the_question(house: House):
    approval = await put(house, "agenda_approval")
    async with house.client() as client:
        await approval.enter(client)
        page = text(await client.get(approval.home))
    for words in ("Stadt Mainz", "Mainz, DE", "Benvinguda", "Centre de salut", "5"):
        assert words in page
    evidence = await put(house, "membership_evidence")
    async with house.client() as client:
        await evidence.enter(client)
        await sent(client, evidence, GOOD["membership_evidence"][0])
    decision = await put(house, "membership_decision", occasion="1", within=evidence)
    async with house.client() as client:
        await decision.enter(client)
        page = text(await client.get(decision.home))
    assert "Xarxa de Prova" in page
    assert "Dos projectes" in page


async def test_what_is_to_be_decided_about_a_call_stands_beside_the_question(house: House):
    decision = await put(house, "go_decision")
    async with house.client() as client:
        await decision.enter(client)
        client.cookies.set("focal-language", "en")
        page = text(await client.get(decision.home))
        assert (await client.get(f"{decision.home}/more-time")).status_code == 200
    for words in (
        "CERV-2027-PROVA",
        "Xarxes de pobles",
        "at 17:00, Brussels time",
        "Àrea Salut would lead the proposal",
        "Àrea Ecologia Urbana is not interested · “No: there is too little time”",
        "Is the time enough?",
        "Write the concept Àrea Salut",
        "Somebody else should decide",
    ):
        assert words in page


async def test_days_and_months_are_shown_as_they_were_read_before_they_are_sent(house: House):
    task = await put(house, "grant_agreement")
    async with house.client() as client:
        await task.enter(client)
        client.cookies.set("focal-language", "en")
        form = await client.get(task.home)
        assert text(form).count("Write it as you always do, such as") == 2
        typed = named(task, {"value-signed_on": "31.3.27", "value-periods": "18+18+12"}) | {"do": "check"}
        assert (await client.post(task.home, data=typed)).status_code == 303
        page = text(await client.get(f"{task.home}/check"))
    assert "Wednesday 31 March 2027 You typed “31.3.27”." in page
    assert "18, 18, 12 months" in page


async def test_a_day_that_does_not_exist_and_a_length_that_is_none_are_told_with_an_example(house: House):
    task = await put(house, "grant_agreement")
    page, other = await refused_at_once(house, task, {"value-starts_on": "31/2/2027", "value-periods": "divuit"})
    assert "Write a day that exists, with its month, such as 5/2/2027 or 5 February." in page
    assert "Write how many months each period lasts, one after the other, such as 18, 18, 12." in page
    assert "Escriba cuántos meses dura cada periodo" in other


async def refused_at_once(house: House, task: Asked, fields: Fields) -> tuple[str, str]:
    """What is said of entries that cannot be read, in English and in Spanish."""
    said = []
    for language in ("en", "es"):
        async with house.client() as client:
            await task.enter(client)
            client.cookies.set("focal-language", language)
            page = await client.post(task.home, data=named(task, fields) | {"do": "check"})
            assert page.status_code == 422
            said.append(text(page))
    return said[0], said[1]


async def refused(house: House, task: Asked, fields: Fields) -> tuple[str, str]:
    """What is said of an answer that is not taken, in English and in Spanish."""
    async with house.client() as client:
        await task.enter(client)
        client.cookies.set("focal-language", "en")
        typed = named(task, fields) | {"do": "check", "draft_version": "0"}
        assert (await client.post(task.home, data=typed)).status_code == 303
        form = hidden(await client.get(f"{task.home}/check"))
        page = await client.post(f"{task.home}/send", data=form)
        other = await client.post(f"{task.home}/send", data=form | {"language": "es"})
    assert page.status_code == other.status_code == 409
    assert await answers(house, task) == {}
    return text(page), text(other)


async def test_a_decision_about_what_has_changed_is_not_taken_and_the_page_says_what_to_do(house: House):
    evidence = await put(house, "membership_evidence")
    decision = await put(house, "membership_decision", within=evidence)
    async with house.client() as client:
        await evidence.enter(client)
        await sent(client, evidence, GOOD["membership_evidence"][0])
    page, other = await refused(house, decision, GOOD["membership_decision"][0])
    assert "has changed in the meantime" in page
    assert "We ask you again" in page
    assert "Massa cara" in page, "what was typed is not lost"
    assert "ha cambiado mientras tanto" in other


@pytest.mark.drill
async def test_whoever_composed_an_agenda_is_told_to_have_somebody_else_approve_it(house: House):
    approval = await put(house, "agenda_approval")
    async with house.database.transaction() as session:
        await session.execute(update(Visit).values(composed_by="mayor"))
    page, _ = await refused(house, approval, {"choice-agenda": "=approve"})
    assert "somebody else has to decide" in page
    assert "Somebody else should decide" in page


@pytest.mark.drill
async def test_whoever_offered_to_lead_a_proposal_cannot_decide_about_it(house: House):
    interest = await put(house, "call_interest")
    decision = await put(house, "go_decision", within=interest)
    async with house.client() as client:
        await interest.enter(client)
        await sent(client, interest, {"choice-interest": "=lead"})
    async with house.database.transaction() as session:
        await session.execute(update(Submission).values(person_code="mayor"))
    page, _ = await refused(house, decision, GOOD["go_decision"][0])
    assert "You offered to lead the proposal, so somebody else has to decide." in page


@pytest.mark.drill
async def test_what_is_decided_stands(house: House):
    decision = await put(house, "membership_decision")
    async with house.client() as client:
        await decision.enter(client)
        await sent(client, decision, GOOD["membership_decision"][0])
        client.cookies.set("focal-language", "en")
        form = await client.get(decision.home)
        version = form.text.split('name="draft_version" value="')[1].split('"')[0]
        again = named(decision, {"choice-membership": "=continue", "reason-membership": "Al final sí"})
        await client.post(decision.home, data=again | {"do": "check", "draft_version": version})
        page = await client.post(f"{decision.home}/send", data=hidden(await client.get(f"{decision.home}/check")))
    assert page.status_code == 409
    assert "the decision stands" in text(page)
    async with house.database.reading() as session:
        assert (await session.scalars(select(Review.decision))).one() == "leave"


async def test_a_figure_that_focal_counted_is_filled_in_and_another_one_needs_a_reason(house: House):
    known = {"number": "4", "references": ["delegation/2026-0003", "delegation/2026-0007"]}
    ids, reference = await house.ids("health"), await house.reference("health")
    async with house.database.transaction() as session:
        await session.execute(update(Item).where(Item.id == ids[COUNT]).values(known=known))
    async with house.visitor("health") as client:
        client.cookies.set("focal-language", "en")
        page = await client.get(f"/answer/{reference}")
        assert f'name="value-{ids[COUNT]}" value="4"' in page.text
        assert "Focal counted 4 . delegation/2026-0003, delegation/2026-0007" in text(page)
        typed = {f"value-{ids[COUNT]}": "5", "do": "check"}
        wrong = await client.post(f"/answer/{reference}", data=typed)
        assert wrong.status_code == 422
        assert f'href="#reason-{ids[COUNT]}"' in wrong.text
        assert 'value="5"' in wrong.text
        right = typed | {f"reason-{ids[COUNT]}": "Una va vindre sense avisar"}
        assert (await client.post(f"/answer/{reference}", data=right)).status_code == 303
        checked = await client.get(f"/answer/{reference}/check")
        assert "Una va vindre sense avisar" in text(checked)
        assert (await client.post(f"/answer/{reference}/send", data=hidden(checked))).status_code == 303
        assert 'value="4"' not in (await client.get(f"/answer/{reference}")).text, "what was answered stands instead"


async def test_a_reason_alone_says_nothing_of_a_score(house: House):
    task = await put(house, "membership_opinion")
    async with house.client() as client:
        await task.enter(client)
        await client.post(task.home, data=named(task, {"reason-score.objectives": "Molt"}) | {"do": "save"})
    async with house.database.reading() as session:
        draft = await session.get_one(Draft, task.task_id)
    saved = draft.fields[str(task.items["score.objectives"])]
    assert saved == {"choice": "", "value": "", "reason": "Molt"}


async def test_nothing_more_is_asked_when_a_visit_was_called_off(house: House):
    task = await put(house, "hosting_request")
    ended = {"state": "cancelled", "closed_at": datetime.now(UTC), "outcome_reason": "called off"}
    async with house.database.transaction() as session:
        await session.execute(update(Task).where(Task.id == task.task_id).values(**ended))
    async with house.client() as client:
        await task.enter(client)
        client.cookies.set("focal-language", "en")
        page = await client.get(task.home)
        late = await client.post(task.home, data=named(task, {"value-receives": "Anna"}) | {"do": "check"})
        away = await client.get(f"{task.home}/more-time")
    assert "This is not asked any more since" in text(page)
    assert "quarter" not in text(page)
    assert late.status_code == 409
    assert "Anna" in late.text
    assert "Nothing has to be done any more" in text(away)


@pytest.mark.parametrize(
    "kind",
    ["joined_networks", *(pytest.param(kind, marks=pytest.mark.drill) for kind in ("hosting_request", "assignment"))],
)
async def test_the_ways_out_speak_of_what_is_asked(house: House, kind: TaskKind):
    task = await put(house, kind)
    async with house.client() as client:
        await task.enter(client)
        client.cookies.set("focal-language", "en")
        pages = [await client.get(f"{task.home}/{way}") for way in ("pass-on", "more-time")]
        passed = await client.post(f"{task.home}/pass-on", data={"person": "health-head", "do": "pass_on"})
        pages.append(await client.get(passed.headers["location"]))
    assert [page.status_code for page in pages] == [200, 200, 200]
    assert all("ndicator" not in text(page) and "quarter" not in text(page) for page in pages)


async def test_more_time_for_a_question_is_decided_about_in_its_own_words(house: House):
    task, now = await put(house, "visit_report"), datetime.now(UTC)
    day = (now + timedelta(days=25)).date()
    wish = {"day": f"{day.day}/{day.month}/{day.year}", "reason": "Esperem el company", "do": "ask"}
    async with house.client() as client:
        await task.enter(client)
        assert (await client.post(f"{task.home}/more-time", data=wish)).status_code == 303
        assert "Stadt Mainz" in text(await client.get(f"{task.home}/more-time"))
    async with house.database.transaction() as session:
        decision = (await session.scalars(select(Task).where(Task.about_id == task.task_id))).one()
        secret = house.settings.secret_key.get_secret_value()
        link = new_link(decision, decision.assignee_code, now + timedelta(days=90), secret, now)
        session.add(link)
        way, home = token(secret, link.id), f"/answer/{decision.reference}"
    async with house.client() as client:
        await client.post(f"/a/{way}")
        client.cookies.set("focal-language", "en")
        page = text(await client.get(home))
    assert "2 of 2 questions" in page
    assert "Report on a visit, Stadt Mainz" in page
