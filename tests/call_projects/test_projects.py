"""The project of a funded call on the rows: agreement, reports, amendments, end, what lasts, the closing record."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from models.contracts.refusal import DecisionRefused, Refused
from models.policies.questions import QUESTIONS, months_of
from models.tables.people import FocalPoint, Unit
from models.tables.process import AuditEvent, Process
from models.tables.task import Draft, Link, Task
from operations.answering import DraftChanged, check, open_link, read_form, save_draft, submit
from operations.links import token
from store.task import OPEN_STATES, task_items
from tests.call_projects.town import AGREEMENT, CALL, Town, chosen, morning, typed

DAY = timedelta(days=1)
AWARDED, SIGNED = date(2028, 3, 31), date(2028, 6, 16)


async def keys(town: Town, process_id: UUID) -> dict[str, Task]:
    """The assignments of a call by occasion."""
    return {task.occasion: task for task in await town.tasks("assignment", process_id)}


async def test_a_funded_call_asks_for_what_its_agreement_needs_and_for_its_days(town: Town):
    process_id = await town.awarded(interests={"HEALTH": "partner"})
    assert {occasion: task.unit_code for occasion, task in (await keys(town, process_id)).items()} == {
        "grant:budget_line": "ECOLOGY",
        "grant:consortium_agreement": "ECOLOGY",
        "grant:declaration_of_honour": "MAYOR",
        "grant:legal_validation": "MAYOR",
    }
    (agreement,) = await town.tasks("grant_agreement")
    # Three months after the result, by the clock of every programme.
    assert (agreement.unit_code, agreement.due_on) == ("ECOLOGY", date(2028, 6, 30))
    assert (await keys(town, process_id))["grant:budget_line"].due_on == date(2028, 6, 23)
    assert await town.asks(agreement) == [question.key for question in QUESTIONS["grant_agreement"]]
    news = [("call_news:awarded", person) for person in ("ecology", "health", "mayor")]
    assert await town.mails() == [*news, ("office_call:awarded", "coordinator")]
    before = await town.counts()
    await town.go_on(process_id, morning(AWARDED + DAY))
    assert await town.counts() == before


async def test_who_applied_alone_needs_no_consortium_and_a_clock_that_is_over_leaves_time(town: Town):
    process_id = await town.awarded(programme="HORIZON", deadlines=(date(2027, 8, 31),))
    assert "grant:consortium_agreement" not in await keys(town, process_id)
    (agreement,) = await town.tasks("grant_agreement")
    # Eight months after the deadline is 30 April; four weeks are left to whoever signs.
    assert agreement.due_on > date(2028, 4, 28)


async def test_an_agreement_is_kept_in_the_rows_and_told(town: Town, funded: UUID):
    pursuit = await town.pursuit(funded)
    assert (pursuit.signed_on, pursuit.starts_on, pursuit.ends_on) == (
        date(2028, 6, 15),
        date(2028, 7, 1),
        date(2031, 6, 30),
    )
    assert (pursuit.periods, pursuit.money_won, pursuit.grant_number) == ([18, 18], Decimal(120000), "101200300")
    assert ("office_call:signed", "coordinator") in await town.mails()
    standing = await town.standing(funded, morning(date(2028, 7, 3)))
    assert "agreement" in standing.reached
    assert "project end" not in standing.reached
    assert standing.next_at is not None
    assert standing.next_at.date() == date(2030, 1, 2)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"ends_on": "30/6/2027"}, "ends_on cannot be taken \\(ends before starts\\)"),
        ({"ends_on": "30/6/2041"}, "ends_on cannot be taken \\(project too long\\)"),
        ({"starts_on": "1/1/2024", "ends_on": "31/12/2025"}, "ends_on cannot be taken \\(over before signed\\)"),
        ({"periods": "18, 18, 12"}, "periods cannot be taken \\(periods too long\\)"),
        ({"ends_on": "soon"}, "ends_on: “soon” cannot be taken"),
        ({"periods": "18 and 18"}, "periods: “18 and 18” cannot be taken"),
    ],
)
async def test_an_agreement_that_cannot_be_is_refused_when_it_is_answered(
    town: Town, awarded: UUID, said: dict[str, str], problem: str
):
    with pytest.raises(Refused, match=problem):
        await town.give("grant_agreement", typed(**(AGREEMENT | said)), morning(SIGNED))
    assert (await town.pursuit(awarded)).ends_on is None
    assert (await town.tasks("grant_agreement"))[0].answered_at is None


def test_periods_of_a_mad_length_are_none() -> None:
    assert months_of("9" * 5_000) == ()


async def test_days_that_contradict_what_was_said_before_are_refused_too(town: Town, awarded: UUID):
    (agreement,) = await town.tasks("grant_agreement")
    await town.answer(agreement, typed(starts_on="1/7/2028"), morning(SIGNED))
    with pytest.raises(Refused, match="ends before starts"):
        await town.answer(agreement, typed(ends_on="30/6/2028"), morning(SIGNED))


async def test_on_the_page_each_contradiction_stands_at_its_question_and_nothing_typed_is_lost(
    town: Town, awarded: UUID
):
    await town.office.fire(morning(AWARDED + 3 * DAY))
    (agreement,) = await town.tasks("grant_agreement")
    secret = town.settings.secret_key.get_secret_value()
    wrong = typed(**(AGREEMENT | {"ends_on": "1/1/2028"}))
    async with town.database.transaction() as session:
        link = (await session.scalars(select(Link).where(Link.task_id == agreement.id))).one()
        holder = await open_link(session, token(secret, link.id), now=morning(SIGNED))
        form = await read_form(session, holder, settings=town.settings)
        fields = {entry.item_id: wrong[entry.code] for entry in form.entries}
        version = await save_draft(session, holder, fields, now=morning(SIGNED))
        form = await read_form(session, holder, settings=town.settings)
        _, problems = check(form)
        with pytest.raises(DraftChanged):
            await submit(
                session, holder, draft_version=version, raw=b"raw", now=morning(SIGNED), settings=town.settings
            )
    codes = {entry.item_id: entry.code for entry in form.entries}
    assert [(codes[each.item_id], each.field, each.code) for each in problems] == [
        ("ends_on", "value", "ends_before_starts")
    ]
    async with town.database.reading() as session:
        draft = await session.get_one(Draft, agreement.id)
    assert {value["value"] for value in draft.fields.values()} == {each.value for each in wrong.values()}
    assert (await town.pursuit(awarded)).ends_on is None


async def test_a_part_of_an_agreement_begins_no_project(town: Town, awarded: UUID):
    (agreement,) = await town.tasks("grant_agreement")
    await town.answer(agreement, typed(starts_on="1/7/2028", ends_on="30/6/2031"), morning(SIGNED))
    assert (await town.pursuit(awarded)).ends_on is None
    rest = {key: value for key, value in AGREEMENT.items() if key not in {"starts_on", "ends_on"}}
    await town.answer(agreement, typed(**rest), morning(SIGNED + DAY))
    assert (await town.pursuit(awarded)).ends_on == date(2031, 6, 30)


async def test_an_agreement_that_nobody_told_of_in_time_is_asked_for_again(town: Town, awarded: UUID):
    async with town.database.transaction() as session:
        expired = update(Task).where(Task.kind == "grant_agreement").values(state="expired", closed_at=morning(SIGNED))
        await session.execute(expired)
    await town.go_on(awarded, morning(date(2029, 9, 3)))
    first, second = await town.tasks("grant_agreement")
    assert (first.state, second.state, second.occasion) == ("expired", "scheduled", "2")
    assert second.due_on > date(2029, 9, 20)


async def test_each_report_is_asked_for_when_its_period_is_over(town: Town, funded: UUID):
    await town.go_on(funded, morning(date(2029, 12, 31)))
    assert "report:2029-12-31" not in await keys(town, funded)
    await town.go_on(funded, morning(date(2030, 1, 2)))
    report = (await keys(town, funded))["report:2029-12-31"]
    # Sixty days after 31 December is 1 March.
    assert (report.unit_code, report.due_on) == ("ECOLOGY", date(2030, 3, 1))
    async with town.database.reading() as session:
        (line,) = (await task_items(session, [report.id]))[report.id]
    assert line.item.detail == {"key": "periodic_report", "number": 1, "period_end": "2029-12-31"}
    before = await town.counts()
    await town.go_on(funded, morning(date(2030, 1, 3)))
    assert await town.counts() == before
    assert "report:2031-06-30" not in await keys(town, funded)


@pytest.mark.drill
async def test_an_amendment_moves_the_end_and_the_open_reports_and_a_second_one_likewise(town: Town, funded: UUID):
    await town.go_on(funded, morning(date(2030, 1, 2)))
    await town.office.fire(morning(date(2030, 1, 3)))
    await town.mails()
    await town.amend(date(2032, 6, 30), morning(date(2030, 1, 10)), periods=(24, 24))
    pursuit = await town.pursuit(funded)
    assert (pursuit.ends_on, pursuit.periods, pursuit.amendment_reason) == (date(2032, 6, 30), [24, 24], "Pròrroga")
    assert (await keys(town, funded))["report:2030-06-30"].due_on == date(2030, 8, 29)
    assert await town.mails() == [("call_news:amended", "ecology"), ("office_call:amended", "coordinator")]
    told = await town.office.text("task_change", "ecology")
    assert "Pròrroga" in told
    assert "29 August 2030" in told
    await town.amend(date(2032, 9, 30), morning(date(2030, 2, 10)))
    assert (await keys(town, funded))["report:2030-06-30"].due_on == date(2030, 8, 29)
    assert await town.mails() == [("call_news:amended", "ecology"), ("office_call:amended", "coordinator")]
    await town.amend(date(2032, 9, 30), morning(date(2030, 3, 10)), periods=(18, 30))
    assert (await keys(town, funded))["report:2029-12-31"].due_on == date(2030, 3, 15)


@pytest.mark.drill
async def test_reports_that_an_amendment_leaves_out_are_withdrawn_and_answered_ones_stay(town: Town):
    process_id = await town.funded(periods="6, 6, 12, 12")
    for last_day in (date(2029, 1, 2), date(2029, 7, 2), date(2030, 7, 2)):
        await town.go_on(process_id, morning(last_day))
    reports = await keys(town, process_id)
    await town.answer(reports["report:2028-12-31"], {"done": chosen("done")}, morning(date(2030, 7, 2)))
    await town.amend(date(2031, 6, 30), morning(date(2030, 7, 3)), periods=(6, 30))
    states = {occasion: task.state for occasion, task in (await keys(town, process_id)).items() if "report" in occasion}
    assert states == {
        "report:2028-12-31": "answered",
        "report:2031-06-30": "scheduled",
        "report:2030-06-30": "cancelled",
    }
    assert (await keys(town, process_id))["report:2031-06-30"].due_on == date(2031, 8, 29)


@pytest.mark.parametrize(
    ("ends_on", "on", "periods", "says"),
    [
        ("2031-06-30", "2029-01-10", None, "already, with these periods"),
        ("2028-06-30", "2028-06-20", None, "before the project starts"),
        ("2029-01-09", "2029-01-10", None, "is over: give a day from today on"),
        ("2040-06-30", "2029-01-10", None, "more than ten years"),
        ("2031-12-31", "2029-01-10", (24, 24), "longer than the project"),
        ("2032-06-30", "2031-07-01", None, "cannot be amended any more"),
    ],
)
async def test_an_amendment_that_cannot_be_is_refused_and_changes_nothing(
    town: Town, funded: UUID, ends_on: str, on: str, periods: tuple[int, ...] | None, says: str
):
    before = await town.counts()
    with pytest.raises(Refused, match=says):
        await town.amend(date.fromisoformat(ends_on), morning(date.fromisoformat(on)), periods=periods)
    assert (await town.pursuit(funded)).ends_on == date(2031, 6, 30)
    assert await town.counts() == before


async def test_only_a_signed_agreement_can_be_amended(town: Town, awarded: UUID):
    with pytest.raises(Refused, match=f"{CALL} has no project"):
        await town.amend(date(2032, 6, 30), morning(SIGNED))


async def test_after_an_amendment_the_days_of_the_first_agreement_cannot_be_corrected(town: Town, funded: UUID):
    (agreement,) = await town.tasks("grant_agreement")
    await town.answer(agreement, typed(ends_on="31/5/2031"), morning(SIGNED + DAY))
    assert (await town.pursuit(funded)).ends_on == date(2031, 5, 31)
    await town.amend(date(2032, 6, 30), morning(date(2029, 1, 10)))
    with pytest.raises(DecisionRefused) as refusal:
        await town.answer(agreement, typed(ends_on="30/6/2031"), morning(date(2029, 1, 11)))
    assert refusal.value.code == "decided_before"
    await town.answer(agreement, typed(grant_number="101200301"), morning(date(2029, 1, 11)))
    pursuit = await town.pursuit(funded)
    assert (pursuit.ends_on, pursuit.grant_number) == (date(2032, 6, 30), "101200301")


async def test_the_end_of_a_project_is_recorded_and_told_once(town: Town, ended: UUID):
    assert (await town.pursuit(ended)).state == "ended"
    record = await town.record(ended)
    assert (record["state"], record["role"], record["points"]) == ("ended", "coordinator", "87")
    assert (record["records_until"], record["ends_on"]) == ("2036-06-30", "2031-06-30")
    assert (record["money_asked"], record["money_won"]) == ("200000.00", "120000.00")
    assert ("office_call:recorded", "coordinator") in await town.mails()
    assert {"report:2029-12-31", "report:2031-06-30"} <= (await keys(town, ended)).keys()
    before = await town.counts()
    await town.go_on(ended, morning(date(2031, 7, 2)))
    assert await town.counts() == before
    (agreement,) = await town.tasks("grant_agreement")
    with pytest.raises(DecisionRefused) as refusal:
        await town.answer(agreement, typed(ends_on="30/6/2032"), morning(date(2031, 7, 2)))
    assert refusal.value.code == "over"


@pytest.mark.drill
async def test_one_three_and_five_years_after_the_end_it_is_asked_what_lasts(town: Town, ended: UUID):
    said = {1: "continues", 3: "in_part", 5: "over"}
    for years, option in said.items():
        last = date(2031 + years, 6, 30)
        await town.go_on(ended, morning(last))
        assert len(await town.tasks("sustainability_check")) == sorted(said).index(years)
        await town.go_on(ended, morning(last + 4 * DAY))
        check = (await town.tasks("sustainability_check"))[-1]
        assert (check.occasion, check.unit_code) == (str(years), "ECOLOGY")
        await town.answer(check, {"lasts": chosen(option, "Perquè sí")}, morning(last + 5 * DAY))
    assert (await town.record(ended))["lasting"] == [[1, "continues"], [3, "in_part"], [5, "over"]]
    for task in await town.tasks("assignment"):
        await town.answer(task, {"done": chosen("done")}, morning(date(2036, 7, 6)))
    assert "everything settled" in (await town.standing(ended, morning(date(2036, 9, 1)))).reached
    outcome = await town.close(ended, morning(date(2036, 9, 1)))
    async with town.database.reading() as session:
        tasks = list(await session.scalars(select(Task)))
        process = await session.get_one(Process, ended)
    assert outcome.answered == len(tasks) == 10
    assert process.state == "closed"


async def test_years_that_nobody_was_asked_in_are_not_asked_about_together(town: Town, ended: UUID):
    await town.go_on(ended, morning(date(2034, 8, 1)))
    assert [task.occasion for task in await town.tasks("sustainability_check")] == ["3"]


async def test_a_unit_that_is_gone_leaves_the_question_what_lasts_to_the_office(town: Town, ended: UUID):
    async with town.database.transaction() as session:
        await session.execute(delete(FocalPoint).where(FocalPoint.unit_code == "ECOLOGY"))
        (await session.get_one(Unit, "ECOLOGY")).head_code = None
    await town.go_on(ended, morning(date(2032, 7, 2)))
    (check,) = await town.tasks("sustainability_check")
    assert (check.unit_code, check.assignee_code) == ("MAYOR", "mayor")


async def test_what_is_open_when_a_follow_up_closes_has_a_named_outcome(town: Town, awarded: UUID):
    outcome = await town.close(awarded, morning(AWARDED + DAY))
    assert (outcome.answered, outcome.expired) == (1, 4)
    assert {task.state for task in await town.tasks("assignment")} == {"expired"}
    assert all(task.state not in OPEN_STATES for task in await town.tasks("grant_agreement"))
    async with town.database.reading() as session:
        closings = list(await session.scalars(select(AuditEvent.detail).where(AuditEvent.action == "process.closed")))
    assert closings == [{"expired": 4}]
    assert (await town.record(awarded))["state"] == "awarded"


async def reports(town: Town, process_id: UUID) -> list[tuple[str, str]]:
    """The last day of the period of each report that was asked for, and what became of it."""
    tasks = await town.tasks("assignment", process_id)
    return [
        (task.occasion.removeprefix("report:"), task.state) for task in tasks if task.occasion.startswith("report:")
    ]


@pytest.mark.drill
async def test_after_an_amendment_to_one_period_the_last_report_is_still_asked_for(town: Town, funded: UUID):
    await town.go_on(funded, morning(date(2030, 1, 7)))
    await town.answer(
        (await keys(town, funded))["report:2029-12-31"], {"done": chosen("done")}, morning(date(2030, 1, 20))
    )
    await town.amend(date(2031, 6, 30), morning(date(2030, 2, 1)), periods=(36,))
    standing = await town.standing(funded, morning(date(2030, 2, 1)))
    assert standing.next_at is not None
    assert standing.next_at.date() == date(2031, 7, 1)
    await town.go_on(funded, morning(date(2031, 7, 3)))
    assert await reports(town, funded) == [("2029-12-31", "answered"), ("2031-06-30", "scheduled")]


@pytest.mark.drill
async def test_after_an_agreement_was_corrected_to_one_period_the_last_report_is_still_asked_for(
    town: Town, funded: UUID
):
    await town.go_on(funded, morning(date(2030, 1, 7)))
    await town.answer(
        (await keys(town, funded))["report:2029-12-31"], {"done": chosen("done")}, morning(date(2030, 1, 20))
    )
    (agreement,) = await town.tasks("grant_agreement")
    await town.answer(agreement, typed(periods="36"), morning(date(2030, 2, 1)))
    await town.go_on(funded, morning(date(2031, 7, 3)))
    assert await reports(town, funded) == [("2029-12-31", "answered"), ("2031-06-30", "scheduled")]


@pytest.mark.drill
async def test_a_report_that_told_of_more_covers_a_period_that_ends_before(town: Town):
    process_id = await town.funded(periods="12, 12, 12")
    for last_day in (date(2029, 7, 9), date(2030, 7, 9)):
        await town.go_on(process_id, morning(last_day))
        report = max((await keys(town, process_id)).items())[1]
        await town.answer(report, {"done": chosen("done")}, morning(last_day + DAY))
    await town.amend(date(2032, 6, 30), morning(date(2031, 1, 10)), periods=(18, 30))
    await town.go_on(process_id, morning(date(2032, 7, 6)))
    answered = [(day, "answered") for day in ("2029-06-30", "2030-06-30")]
    assert await reports(town, process_id) == [*answered, ("2032-06-30", "scheduled")]


@pytest.mark.drill
async def test_a_report_that_was_asked_for_no_more_is_asked_for_again_when_its_period_is_back(town: Town):
    process_id = await town.funded(periods="6, 6, 12, 12")
    for last_day in (date(2029, 1, 2), date(2029, 7, 2)):
        await town.go_on(process_id, morning(last_day))
    await town.amend(date(2031, 6, 30), morning(date(2029, 7, 3)), periods=(12, 24))
    # The open report of these days is that of the first period now; that of the first half is in it.
    assert await reports(town, process_id) == [("2028-12-31", "cancelled"), ("2029-06-30", "scheduled")]
    await town.amend(date(2031, 6, 30), morning(date(2029, 7, 4)), periods=(6, 6, 12, 12))
    states = dict(await reports(town, process_id))
    assert states == {"2028-12-31": "cancelled", "2028-12-31#2": "scheduled", "2029-06-30": "scheduled"}
    async with town.database.reading() as session:
        tasks = {task.id: task.occasion for task in await town.tasks("assignment", process_id)}
        items = await task_items(session, list(tasks))
    numbers = {tasks[task_id]: (line.item.detail or {}).get("number") for task_id, (line, *_) in items.items()}
    assert (numbers["report:2028-12-31#2"], numbers["report:2029-06-30"]) == (1, 2)
    before = await town.counts()
    await town.go_on(process_id, morning(date(2029, 7, 5)))
    assert await town.counts() == before


async def test_a_funded_call_is_on_record_from_its_result_on_and_the_record_grows(town: Town, awarded: UUID):
    await town.act("keep_interim_record", awarded, morning(AWARDED))
    record = await town.record(awarded)
    assert (record["state"], record["result"], record["ends_on"], record["records_until"]) == (
        "awarded",
        "awarded",
        None,
        None,
    )
    before = await town.counts()
    await town.act("keep_interim_record", awarded, morning(AWARDED + DAY))
    assert await town.counts() == before
    await town.give("grant_agreement", typed(**AGREEMENT), morning(SIGNED))
    record = await town.record(awarded)
    assert (Decimal(record["money_won"]), record["ends_on"]) == (Decimal(120000), "2031-06-30")
    await town.amend(date(2032, 6, 30), morning(date(2029, 1, 10)))
    assert (await town.record(awarded))["ends_on"] == "2032-06-30"


async def test_a_call_whose_result_is_not_known_is_not_on_record(town: Town):
    process_id = await town.call()
    await town.act("keep_interim_record", process_id, morning(AWARDED))
    assert (await town.counts())["call_records"] == 0
