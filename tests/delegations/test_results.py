"""After a visit: thanks, reports, commitments that are followed for months, and the record that is kept."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update

from models.contracts.delegation_reception import ClosingRecord
from models.contracts.refusal import DecisionRefused, Refused
from models.contracts.visit_feedback import TypedFeedback
from models.tables.delegation_reception import VisitRecord
from models.tables.people import Person, Unit
from operations.visit_account import account_of
from operations.visit_feedback import keep_feedback
from operations.visit_feedback_link import feedback_link
from tests.delegations.reception import Reception

DAY = timedelta(days=1)
AFTER = datetime(2027, 3, 11, 9, tzinfo=UTC)
"""Thursday, the day after the visit, 10 o'clock in València."""
PROMISES = "Send the study; Àrea Salut; 15/6/2027\nInvite the market; ; 1/9/2027\n- Write; HEALTH; 20 de març"


async def report(reception: Reception, unit: str, now: datetime, commitments: str) -> None:
    await reception.answer("visit_report", unit, {"contacts": f"Contacts of {unit}", "commitments": commitments}, now)


async def record_of(reception: Reception) -> ClosingRecord:
    async with reception.office.database.reading() as session:
        kept = await session.get_one(VisitRecord, reception.process_id)
        return ClosingRecord.model_validate(kept.content)


async def followed(reception: Reception) -> list[tuple[str, str, str]]:
    """The commitments that are followed: unit, person, due day."""
    return [
        (task.unit_code, task.assignee_code, task.due_on.isoformat())
        for task in await reception.tasks("assignment")
        if task.occasion.startswith("commitment:")
    ]


async def test_the_day_after_the_contact_is_thanked_and_each_host_asked_once(confirmed: Reception):
    assert await confirmed.tell(AFTER) == "reports"
    assert await confirmed.tell(AFTER + DAY) == "reports"
    assert await confirmed.letters() == [("thanks", "marco")]
    assert (await confirmed.visit()).state == "received"
    reports = await confirmed.tasks("visit_report")
    assert sorted((task.unit_code, task.assignee_code) for task in reports) == [
        ("ECOLOGY", "ecology"),
        ("MAYOR", "mayor"),
    ]
    assert {task.state for task in await confirmed.tasks("assignment")} == {"cancelled"}, "nothing is prepared any more"


@pytest.mark.drill
async def test_each_commitment_is_a_task_of_whom_it_names(confirmed: Reception):
    assert await confirmed.tell(AFTER) == "reports"
    await report(confirmed, "ECOLOGY", AFTER, PROMISES)
    assert await confirmed.tell(AFTER) == "reports", "the other host's report is still to come"
    assert await followed(confirmed) == [
        ("HEALTH", "health", "2027-03-22"),  # 20 March is a Saturday
        ("HEALTH", "health", "2027-06-15"),
        ("ECOLOGY", "ecology", "2027-09-01"),
    ]
    await confirmed.answer(
        "visit_report", "MAYOR", {"contacts": "None", "commitments": "Write; ; 1/4/2027"}, AFTER + DAY
    )
    assert await confirmed.tell(AFTER + DAY) == "commitments"
    assert len(await followed(confirmed)) == 4


async def test_a_corrected_report_moves_adds_and_keeps(confirmed: Reception):
    assert await confirmed.tell(AFTER) == "reports"
    await report(confirmed, "ECOLOGY", AFTER, PROMISES)
    await confirmed.tell(AFTER)
    corrected = "Invite the market; ; 2/9/2027\nWrite; HEALTH; 22/3/2027\nA new one; MAYOR; 3/5/2027"
    await report(confirmed, "ECOLOGY", AFTER + DAY, corrected)
    await confirmed.tell(AFTER + DAY)
    assert await followed(confirmed) == [
        ("HEALTH", "health", "2027-03-22"),
        ("MAYOR", "mayor", "2027-05-03"),
        ("HEALTH", "health", "2027-06-15"),  # taken out of the report: the coordinator waives it, or leaves it
        ("ECOLOGY", "ecology", "2027-09-02"),
    ]


async def test_the_record_is_kept_when_the_reports_are_in_and_told_once(confirmed: Reception):
    assert await confirmed.tell(AFTER) == "reports"
    await report(confirmed, "ECOLOGY", AFTER, "Write; ; 1/4/2027")
    await confirmed.answer("visit_report", "MAYOR", {"contacts": "C", "commitments": "Call; ; 2/4/2027"}, AFTER)
    await confirmed.letters()
    for _ in range(2):
        assert await confirmed.tell(AFTER) == "commitments"
    assert await confirmed.letters() == [("recorded", "international.office")]
    record = await record_of(confirmed)
    assert (record.reference, record.people.total) == ("delegation/2027-0001", 5)
    assert [(host.unit_code, host.state, host.contacts) for host in record.hosts] == [
        ("ECOLOGY", "accepts", "Contacts of ECOLOGY"),
        ("MAYOR", "accepts", "C"),
    ]
    assert [(each.what, each.due_on, each.state) for each in record.commitments] == [
        ("Write", date(2027, 4, 1), "scheduled"),
        ("Call", date(2027, 4, 2), "scheduled"),
    ]
    assert [each.starts_at.hour for each in record.agenda] == [9, 11], "local hours"


async def test_it_closes_when_the_last_commitment_is_kept(confirmed: Reception):
    assert await confirmed.tell(AFTER) == "reports"
    await report(confirmed, "ECOLOGY", AFTER, "Write; ; 1/4/2027")
    await confirmed.answer("visit_report", "MAYOR", {"contacts": "C", "commitments": "Call; ; 2/9/2027"}, AFTER)
    await confirmed.tell(AFTER)
    tasks = [task for task in await confirmed.tasks("assignment") if task.occasion.startswith("commitment:")]
    await confirmed.answer_task(tasks[0], {"done": "done"}, AFTER + 20 * DAY)
    assert await confirmed.tell(AFTER + 20 * DAY) == "commitments"
    await confirmed.answer_task(tasks[1], {"done": "not_done"}, AFTER + 150 * DAY, why="They found another partner")
    assert await confirmed.tell(AFTER + 150 * DAY) == "end"
    assert (await confirmed.process()).state == "closed"
    assert [each.state for each in (await record_of(confirmed)).commitments] == ["answered", "answered"]
    with pytest.raises(Refused):
        await confirmed.answer_task(tasks[1], {"done": "done"}, AFTER + 151 * DAY)


@pytest.mark.drill
async def test_hosts_that_never_report_hold_the_record_up_only_until_their_last_day(confirmed: Reception):
    assert await confirmed.tell(AFTER) == "reports"
    late = AFTER + 60 * DAY
    await confirmed.fire_until(late)
    assert await confirmed.tell(late) == "end"
    record = await record_of(confirmed)
    assert [host.contacts for host in record.hosts] == [None, None]
    assert record.commitments == ()


@pytest.mark.drill
async def test_a_story_told_again_from_its_beginning_after_months_asks_nobody_twice(confirmed: Reception):
    assert await confirmed.tell(AFTER) == "reports"
    await report(confirmed, "ECOLOGY", AFTER, PROMISES)
    await confirmed.tell(AFTER)
    tasks = [len(await confirmed.tasks(kind)) for kind in ("hosting_request", "assignment", "visit_report")]
    await confirmed.letters()
    for days in (1, 5, 10):
        assert await confirmed.tell(AFTER + days * DAY) == "reports"
    assert await confirmed.letters() == []
    assert [len(await confirmed.tasks(kind)) for kind in ("hosting_request", "assignment", "visit_report")] == tasks


@pytest.mark.drill
async def test_correcting_a_report_leaves_the_days_of_its_lines_as_they_were(confirmed: Reception):
    assert await confirmed.tell(AFTER) == "reports"
    await report(confirmed, "ECOLOGY", AFTER, "Send plans; ; 15 March\nSign; ; 1/6/2027")
    await confirmed.tell(AFTER)
    later = AFTER + 6 * DAY  # 15 March is over
    await report(confirmed, "ECOLOGY", later, "Send plans; ; 15 March\nSign; ; 1/6/2027\nCall; ; 2/6/2027")
    await confirmed.tell(later)
    assert [due_on for _, _, due_on in await followed(confirmed)] == ["2027-03-15", "2027-06-01", "2027-06-02"]


@pytest.mark.drill
async def test_whoever_has_a_commitment_hears_of_its_new_day(confirmed: Reception):
    assert await confirmed.tell(AFTER) == "reports"
    await report(confirmed, "ECOLOGY", AFTER, "Write; HEALTH; 1/6/2027")
    await confirmed.tell(AFTER)
    await confirmed.fire_until(AFTER + 2 * DAY)
    await confirmed.letters()
    await report(confirmed, "ECOLOGY", AFTER + 2 * DAY, "Write; HEALTH; 3/6/2027")
    for _ in range(2):
        await confirmed.tell(AFTER + 2 * DAY)
    assert await confirmed.letters() == [("rescheduled", "health")]


@pytest.mark.drill
async def test_a_report_can_be_corrected_some_days_after_all_is_done(confirmed: Reception):
    assert await confirmed.tell(AFTER) == "reports"
    for unit in ("ECOLOGY", "MAYOR"):
        await confirmed.answer("visit_report", unit, {"contacts": "C", "commitments": "Call; ; 12/3/2027"}, AFTER)
    await confirmed.tell(AFTER)
    for task in await confirmed.tasks("assignment"):
        if task.occasion.startswith("commitment:"):
            await confirmed.answer_task(task, {"done": "done"}, AFTER)
    assert await confirmed.tell(AFTER) == "commitments"
    await confirmed.answer(
        "visit_report", "MAYOR", {"commitments": "Call; ; 12/3/2027\nWrite; ; 1/4/2027"}, AFTER + DAY
    )
    assert await confirmed.tell(AFTER + 30 * DAY) == "commitments"
    assert ("MAYOR", "mayor", "2027-04-12") in await followed(confirmed)


async def test_a_host_changes_its_answer_no_more_when_the_visit_is_over(confirmed: Reception):
    assert await confirmed.tell(AFTER) == "reports"
    with pytest.raises(DecisionRefused) as refusal:
        await confirmed.answer("hosting_request", "MAYOR", {"can_host": "no"}, AFTER)
    assert refusal.value.code == "over"


async def test_what_a_guest_says_reaches_the_office_once_a_day_and_the_record(confirmed: Reception):
    assert await confirmed.tell(AFTER) == "reports"
    await report(confirmed, "ECOLOGY", AFTER, "Write; ; 1/4/2027")
    await report(confirmed, "MAYOR", AFTER, "Call; ; 1/4/2027")
    await confirmed.letters()
    settings = confirmed.office.settings
    token = feedback_link(settings, confirmed.process_id).rpartition("/")[2]

    async def says(rating: str, now: datetime) -> None:
        async with confirmed.office.database.transaction() as session:
            await keep_feedback(session, settings, token, TypedFeedback(rating=rating, words="Grazie!"), now=now)

    for rating in ("3", "4"):
        await says(rating, AFTER)
    await confirmed.tell(AFTER)
    assert await confirmed.letters() == [("feedback", "international.office"), ("recorded", "international.office")]
    assert "Grazie!" in await confirmed.text("feedback")
    await says("5", AFTER + DAY)
    record = await record_of(confirmed)
    assert record.feedback is not None
    assert (record.feedback.rating, record.feedback.words) == (5, "Grazie!")
    async with confirmed.office.database.reading() as session:
        lines = await account_of(session, confirmed.process_id, now=AFTER)
    assert "Its contact gives it 5 of 5: Grazie!" in lines


@pytest.mark.drill
async def test_the_coordinator_hears_that_nobody_can_report(confirmed: Reception):
    await leave_nobody(confirmed)
    for _ in range(2):
        await confirmed.tell(AFTER)
    assert [news for news, _ in await confirmed.letters()].count("nobody") == 1
    assert [task.unit_code for task in await confirmed.tasks("visit_report")] == ["MAYOR"]


async def leave_nobody(reception: Reception) -> None:
    """Nobody is left in a unit that receives the delegation."""
    async with reception.office.database.transaction() as session:
        await session.execute(update(Person).where(Person.code.in_(("ecology", "ecology-head"))).values(active=False))
        await session.execute(update(Unit).where(Unit.code == "ECOLOGY").values(head_code=None))
