"""A review on the rows: who is asked what, what is refused, what is decided about which evidence."""

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from quopri import decodestring
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select, update
from temporalio.testing import ActivityEnvironment

from activities.membership_review import MembershipReviewActivities
from models.contracts.answering import Typed
from models.contracts.mail import TaskKind
from models.contracts.membership_review import Recommendation
from models.contracts.orders import ActOrder
from models.contracts.refusal import DecisionRefused, PersonRefused, Refused
from models.tables.mail import OutgoingMail
from models.tables.membership_review import Criterion, Network, Review
from models.tables.people import FocalPoint, Person
from models.tables.process import Dispatch, Process
from models.tables.task import Task
from operations import membership_outcome, membership_review
from operations.answering import answer_on_behalf
from operations.delegating import delegate
from operations.networks import NetworkChanges, set_network
from operations.review_opening import open_year
from tests.memberships.house import HOUR, Reviews, chosen, evidence, scored
from tests.world import OPENING

LATER = OPENING + 6 * HOUR


async def test_evidence_opinion_and_decision_are_asked_of_three_people(reviews: Reviews):
    process_id = await reviews.begun()
    (asked,) = await reviews.tasks("membership_evidence")
    assert (asked.unit_code, asked.assignee_code, asked.state) == ("ECOLOGY", "ecology", "scheduled")
    assert (await reviews.asks(asked))[-3:] == ["score.OWN-A", "score.OWN-B", "score.OWN-C"]
    await reviews.give("membership_evidence", evidence(4, 3, 3), OPENING + HOUR)
    await reviews.go_on(process_id, OPENING + 2 * HOUR)
    (second,) = await reviews.tasks("membership_opinion")
    assert (second.unit_code, second.assignee_code) == ("HEALTH", "health")
    await reviews.give("membership_opinion", scored(4, 3, 2), OPENING + 3 * HOUR)
    await reviews.go_on(process_id, OPENING + 4 * HOUR)
    (decision,) = await reviews.tasks("membership_decision")
    assert (decision.unit_code, decision.assignee_code, decision.occasion) == ("HEALTH", "health-head", "2")
    await reviews.office.fire(OPENING + 5 * HOUR)
    asked_for = await reviews.office.text("task_request", "health-head")
    assert "Recomendación: «" in asked_for
    assert "Criterion OWN-C: peso 1; unidad: 3; oficina: 2" in asked_for
    await reviews.answer_by_link(decision, {"membership": chosen("continue")}, OPENING + 5 * HOUR)
    review = await reviews.review(process_id)
    assert (review.decision, review.decided_by, review.decided_version) == ("continue", "health-head", 2)
    assert not review.overridden
    await reviews.carry_out(process_id, OPENING + 6 * HOUR)
    network = await reviews.network()
    assert str(network.next_review_on) == "2028-02-01"
    assert (network.fee, network.roles) == (Decimal(5000), "Junta directiva")
    assert "everything done" in (await reviews.standing(process_id, OPENING + timedelta(days=1))).reached


async def count(reviews: Reviews, table: type[Any]) -> int:
    async with reviews.database.reading() as session:
        return int(await session.scalar(select(func.count()).select_from(table)) or 0)


@pytest.mark.parametrize(
    ("network", "year", "wish", "says"),
    [
        ("NET-XYZ", 2027, {}, "There is no network “NET-XYZ”"),
        ("NET-PROVA", 2030, {}, "2030 is far off"),
        ("NET-PROVA", 2027, {"unit": "NOWHERE"}, "There is no unit “NOWHERE”"),
        ("NET-PROVA", 2027, {"office": "NOWHERE"}, "There is no unit “NOWHERE”"),
        ("NET-PROVA", 2027, {"decider": "nobody"}, "There is no person “nobody” who could decide"),
        ("NET-PROVA", 2027, {"decider": "ecology"}, "ecology is asked for evidence or opinion"),
        ("NET-PROVA", 2027, {"decider": "health"}, "health is asked for evidence or opinion"),
        ("NET-PROVA", 2027, {"calendar": "moon"}, "There is no calendar “moon”"),
    ],
)
async def test_a_review_that_cannot_be_is_refused_with_the_reason(
    reviews: Reviews, network: str, year: int, wish: dict[str, Any], says: str
):
    with pytest.raises(Refused, match=says):
        await reviews.start(network, year, **wish)
    assert (await count(reviews, Process), await count(reviews, Review), await count(reviews, Dispatch)) == (0, 0, 0)


async def test_a_network_is_reviewed_once_a_year_and_once_at_a_time(reviews: Reviews):
    await reviews.start()
    with pytest.raises(Refused, match="review/prova/2027 is open already"):
        await reviews.start()
    with pytest.raises(Refused, match="open and not decided yet"):
        await reviews.start(year=2028)


@pytest.mark.drill
async def test_a_decided_review_does_not_keep_the_next_year_from_opening(reviews: Reviews, to_decision: UUID):
    await reviews.decide(to_decision, "optimise")
    await reviews.carry_out(to_decision, LATER)
    with pytest.raises(Refused, match="review/prova/2027 is open already"):
        await reviews.start()
    assert (await reviews.start(year=2028)).reference == "review/prova/2028"


async def test_a_network_that_is_being_left_or_was_left_is_not_reviewed(reviews: Reviews):
    for state, says in (("leaving", "is being left on 2027-12-31"), ("left", "was left on 2027-12-31")):
        async with reviews.database.transaction() as session:
            changed = {"state": state, "exit_on": date(2027, 12, 31)}
            await session.execute(update(Network).where(Network.code == "NET-PROVA").values(changed))
        with pytest.raises(Refused, match=says):
            await reviews.start()


async def test_without_criteria_there_is_nothing_to_weigh_by(reviews: Reviews):
    async with reviews.database.transaction() as session:
        await session.execute(delete(Criterion))
    with pytest.raises(Refused, match="No unit of the roster reviews these networks"):
        await reviews.start()


async def test_a_review_needs_a_writer_a_second_voice_and_a_decider(reviews: Reviews):
    async with reviews.database.transaction() as session:
        await session.execute(delete(FocalPoint).where(FocalPoint.person_code == "health"))
        await session.execute(update(Person).where(Person.code == "mayor").values(active=False))
    with pytest.raises(Refused, match="Nobody above HEALTH could decide"):
        await reviews.start()
    async with reviews.database.transaction() as session:
        await session.execute(update(Person).where(Person.code.in_(("ecology", "ecology-head"))).values(active=False))
    with pytest.raises(Refused, match="ECOLOGY has neither a focal point nor a head"):
        await reviews.start()


async def test_the_head_who_writes_the_opinion_does_not_decide_but_the_next_above(reviews: Reviews):
    async with reviews.database.transaction() as session:
        await session.execute(delete(FocalPoint).where(FocalPoint.person_code == "health"))
    await reviews.decide(await reviews.to_decision(), "continue")
    (second,) = await reviews.tasks("membership_opinion")
    (decision,) = await reviews.tasks("membership_decision")
    assert (second.assignee_code, decision.assignee_code) == ("health-head", "mayor")


async def test_whoever_was_chosen_decides(reviews: Reviews):
    process_id = await reviews.begun(decider="mayor")
    await reviews.give("membership_evidence", evidence(3, 3, 3), OPENING + HOUR)
    await reviews.go_on(process_id, OPENING + 2 * HOUR)
    await reviews.give("membership_opinion", scored(3, 3, 3), OPENING + 3 * HOUR)
    await reviews.go_on(process_id, OPENING + 4 * HOUR)
    assert [task.assignee_code for task in await reviews.tasks("membership_decision")] == ["mayor"]


async def test_every_act_twice_is_as_once(reviews: Reviews, to_decision: UUID):
    await reviews.decide(to_decision, "optimise")
    before = len(await all_tasks(reviews))
    await reviews.go_on(to_decision, LATER)
    assert len(await all_tasks(reviews)) == before
    for _ in range(2):
        await reviews.carry_out(to_decision, LATER)
    review = await reviews.review(to_decision)
    await reviews.carry_out(to_decision, LATER + timedelta(days=90))
    assert (await reviews.review(to_decision)).check_on == review.check_on
    assert len(await all_tasks(reviews)) == before + 1
    names = [name for name, _ in await reviews.office.new_mails() if name == "review_news"]
    assert len(names) == 2


async def all_tasks(reviews: Reviews) -> list[Task]:
    async with reviews.database.reading() as session:
        return list(await session.scalars(select(Task)))


async def test_evidence_that_changes_takes_the_decision_back_and_asks_it_anew(reviews: Reviews, to_decision: UUID):
    await reviews.office.fire(OPENING + 4 * HOUR)
    first = (await reviews.review(to_decision)).recommendation
    (wrote,) = await reviews.tasks("membership_evidence")
    before = await reviews.standing(to_decision, LATER)
    await reviews.answer(wrote, scored(0, 0, 0), OPENING + 5 * HOUR)
    assert (await reviews.standing(to_decision, LATER)).revision != before.revision
    await reviews.go_on(to_decision, LATER)
    old, new = await reviews.tasks("membership_decision")
    assert (old.state, old.occasion, new.state, new.occasion) == ("cancelled", "2", "scheduled", "3")
    told = await reviews.office.text("task_change", "health-head")
    assert "Ha cambiado lo que se sabe de la red" in told
    review = await reviews.review(to_decision)
    assert first
    assert review.recommendation
    assert (first["result"], review.recommendation["result"]) == ("continue", "optimise")
    await reviews.answer(new, {"membership": chosen("leave")}, LATER + HOUR)
    review = await reviews.review(to_decision)
    assert (review.decision, review.decided_version, review.overridden) == ("leave", 3, True)


async def test_a_decision_about_evidence_that_has_changed_is_refused_even_in_the_race(
    reviews: Reviews, to_decision: UUID
):
    (wrote,) = await reviews.tasks("membership_evidence")
    (decision,) = await reviews.tasks("membership_decision")
    # Before the story has heard of it.
    await reviews.answer(wrote, scored(1, 1, 1), OPENING + 5 * HOUR)
    with pytest.raises(DecisionRefused) as refused:
        await reviews.answer(decision, {"membership": chosen("continue")}, LATER)
    assert refused.value.code == "changed_since"
    assert (await reviews.review(to_decision)).decision is None
    (decision,) = await reviews.tasks("membership_decision")
    assert decision.state == "scheduled"


async def test_of_evidence_and_decision_at_the_same_moment_one_goes_first(reviews: Reviews, to_decision: UUID):
    (wrote,) = await reviews.tasks("membership_evidence")
    await reviews.office.fire(OPENING + 4 * HOUR)
    (decision,) = await reviews.tasks("membership_decision")
    results = await asyncio.gather(
        reviews.answer(wrote, scored(1, 1, 1), LATER),
        reviews.answer_by_link(decision, {"membership": chosen("continue")}, LATER),
        return_exceptions=True,
    )
    review = await reviews.review(to_decision)
    if isinstance(results[1], DecisionRefused):
        assert review.decision is None
    else:
        assert (results[1], review.decision, review.decided_version) == (None, "continue", 2)
        assert (await reviews.standing(to_decision, LATER)).revision == "2"


async def test_nobody_decides_about_their_own_words(reviews: Reviews, to_decision: UUID):
    (decision,) = await reviews.tasks("membership_decision")
    for author in ("ecology", "health"):
        async with reviews.database.transaction() as session:
            with pytest.raises(PersonRefused):
                await delegate(session, reviews.settings, decision.id, to=author, by="coordinator", note="", now=LATER)
        async with reviews.database.transaction() as session:
            with pytest.raises(DecisionRefused) as refused:
                await answer_on_behalf(
                    session,
                    reviews.settings,
                    decision.id,
                    {"membership": chosen("continue")},
                    person_code=author,
                    by="coordinator",
                    now=LATER,
                )
            await session.rollback()
        assert refused.value.code == "own_work"
    assert (await reviews.review(to_decision)).decision is None


async def test_a_decision_stands(reviews: Reviews, to_decision: UUID):
    await reviews.decide(to_decision, "continue")
    (decision,) = await reviews.tasks("membership_decision")
    with pytest.raises(DecisionRefused) as refused:
        await reviews.answer(decision, {"membership": chosen("leave")}, LATER)
    assert refused.value.code == "decided_before"
    assert (await reviews.review(to_decision)).decision == "continue"


@pytest.mark.parametrize("kind", ["membership_evidence", "membership_opinion"])
async def test_a_score_without_its_reason_is_no_answer(reviews: Reviews, kind: TaskKind):
    process_id = await reviews.begun()
    if kind == "membership_opinion":
        await reviews.give("membership_evidence", evidence(3, 3, 3), OPENING + HOUR)
        await reviews.go_on(process_id, OPENING + 2 * HOUR)
    (task,) = await reviews.tasks(kind)
    async with reviews.database.transaction() as session:
        with pytest.raises(Refused, match=r"score.OWN-A.*reason missing"):
            await answer_on_behalf(
                session,
                reviews.settings,
                task.id,
                {"score.OWN-A": Typed(choice="value", value="3")},
                person_code=task.assignee_code,
                by="coordinator",
                now=LATER,
            )


async def test_no_evidence_is_said_and_leaves_its_weight_out(reviews: Reviews):
    process_id = await reviews.begun()
    await reviews.give("membership_evidence", evidence(4, None, None), OPENING + HOUR)
    await reviews.go_on(process_id, OPENING + 2 * HOUR)
    await reviews.give("membership_opinion", scored(4, 2, None), OPENING + 3 * HOUR)
    await reviews.go_on(process_id, OPENING + 4 * HOUR)
    told = Recommendation.model_validate((await reviews.review(process_id)).recommendation)
    assert (told.result, told.total, told.weight, told.weight_in_all) == ("continue", Decimal("3.00"), 2, 3)
    assert [(each.code, each.missing) for each in told.missing] == [
        ("OWN-B", ("evidence",)),
        ("OWN-C", ("evidence", "opinion")),
    ]


@pytest.mark.drill
async def test_silence_about_the_evidence_leads_to_a_decision_without_recommendation(reviews: Reviews):
    process_id = await reviews.begun()
    await reviews.office.run_until(OPENING + timedelta(days=90))
    (asked,) = await reviews.tasks("membership_evidence")
    assert asked.state == "expired"
    await reviews.go_on(process_id, OPENING + timedelta(days=90))
    await reviews.office.run_until(OPENING + timedelta(days=150))
    await reviews.go_on(process_id, OPENING + timedelta(days=150))
    review = await reviews.review(process_id)
    assert review.recommendation
    assert review.recommendation["result"] is None
    (decision,) = await reviews.tasks("membership_decision")
    assert (decision.occasion, decision.state) == ("0", "scheduled")


async def test_no_decision_at_the_end_is_told_and_leaves_the_network_due(reviews: Reviews, to_decision: UUID):
    made = await reviews.office.run_until(OPENING + timedelta(days=120))
    assert ("task_escalation", "mayor") in {(mail, reader) for _, mail, reader in made}
    end = OPENING + timedelta(days=120)
    assert (await reviews.standing(to_decision, end)).ended
    await reviews.close(to_decision, end)
    assert ("review_news", "coordinator") in await reviews.office.new_mails()
    assert (await reviews.process(to_decision)).state == "closed"
    assert (await reviews.network()).next_review_on is None


async def test_an_improvement_plan_becomes_tasks_with_owners_and_days(reviews: Reviews, to_decision: UUID):
    await reviews.decide(to_decision, "optimise")
    await reviews.carry_out(to_decision, LATER)
    review = await reviews.review(to_decision)
    assert str(review.check_on) == "2027-07-05", "4 July is a Sunday"
    assert "improvement plan" not in (await reviews.standing(to_decision, LATER)).reached
    lines = "Presidir un grup; Àrea Salut; 15/2/2027\nEnviar dades; Eric Verd; 1/3/2027\nAltres; algú; 31/3/2027"
    await reviews.give("improvement_plan", {"improvements": Typed(choice="value", value=lines)}, LATER + HOUR)
    assert "improvement plan" in (await reviews.standing(to_decision, LATER + HOUR)).reached
    for _ in range(2):
        async with reviews.database.transaction() as session:
            await membership_outcome.follow_improvements(session, reviews.settings, to_decision, now=LATER + 2 * HOUR)
    tasks = await reviews.tasks("assignment")
    assert sorted((task.unit_code, task.assignee_code, str(task.due_on)) for task in tasks) == [
        ("ECOLOGY", "ecology", "2027-03-01"),
        ("ECOLOGY", "ecology", "2027-03-31"),
        ("HEALTH", "health", "2027-02-15"),
    ]
    standing = await reviews.standing(to_decision, LATER + 3 * HOUR)
    assert standing.next_at == datetime.fromisoformat("2027-07-05T06:00:00+00:00")
    assert "check day" in (await reviews.standing(to_decision, standing.next_at)).reached
    async with reviews.database.transaction() as session:
        await membership_outcome.ask_for_check(session, to_decision, now=standing.next_at)
    (check,) = await reviews.tasks("improvement_check")
    assert (check.unit_code, check.assignee_code) == ("HEALTH", "health")


@pytest.mark.drill
async def test_a_corrected_improvement_plan_asks_for_what_is_new_and_moves_what_has_another_day(
    reviews: Reviews, to_decision: UUID
):
    await reviews.decide(to_decision, "optimise")
    await reviews.carry_out(to_decision, LATER)
    (plan,) = await reviews.tasks("improvement_plan")
    for lines in (
        "Anar a assemblees; ; 15/3/2027\nEnviar dades; Àrea Salut; 1/3/2027",
        "Publicar; ; 20/3/2027\nAnar a assemblees; ; 15/3/2027\nEnviar dades; Àrea Salut; 8/3/2027",
    ):
        await reviews.answer(plan, {"improvements": Typed(choice="value", value=lines)}, LATER + HOUR)
        async with reviews.database.transaction() as session:
            await membership_outcome.follow_improvements(session, reviews.settings, to_decision, now=LATER + 2 * HOUR)
    found = [
        (str(items["done"].detail["what"]), str(task.due_on))
        for task in await reviews.tasks("assignment")
        if (items := await reviews.items(task)) and items["done"].detail
    ]
    assert sorted(found) == [
        ("Anar a assemblees", "2027-03-15"),
        ("Enviar dades", "2027-03-08"),
        ("Publicar", "2027-03-22"),
    ], "20 March is a Saturday"


@pytest.mark.drill
async def test_a_network_is_not_left_when_nobody_says_that_the_letter_was_sent(reviews: Reviews, to_decision: UUID):
    await reviews.decide(to_decision, "leave")
    await reviews.carry_out(to_decision, LATER)
    for task in await reviews.tasks("assignment"):
        said = Typed(choice="value", value="not_done", reason="L'alcaldia no ho vol")
        await reviews.answer(task, {"done": said}, LATER + HOUR)
    await reviews.close(to_decision, datetime.fromisoformat("2028-01-03T09:00:00+00:00"))
    assert (await reviews.network()).state == "leaving"
    async with reviews.database.reading() as session:
        mail = (await session.scalars(select(OutgoingMail).where(OutgoingMail.key.contains(":unsent")))).one()
    assert mail.person_code is None
    assert b"focal networks set NET-PROVA --state left" in mail.rfc822
    async with reviews.database.transaction() as session:
        await set_network(session, "prova", NetworkChanges(state="member"), by="coordinator", now=LATER)
    network = await reviews.network()
    assert (network.state, network.exit_on) == ("member", None)
    async with reviews.database.transaction() as session:
        with pytest.raises(Refused, match="NET-PROVA is member"):
            await set_network(session, "prova", NetworkChanges(state="left"), by="coordinator", now=LATER)


async def test_leaving_a_network_gives_its_days_its_letter_and_what_is_to_be_done(reviews: Reviews, to_decision: UUID):
    await reviews.decide(to_decision, "leave")
    await reviews.carry_out(to_decision, LATER)
    review, network = await reviews.review(to_decision), await reviews.network()
    assert (str(review.notice_on), str(review.exit_on), network.state) == ("2027-06-30", "2027-12-31", "leaving")
    assert review.letter
    assert "gives notice of its membership of Xarxa de Prova" in review.letter
    assert "Friday 31 December 2027" in review.letter
    tasks = {task.occasion: (task.unit_code, str(task.due_on)) for task in await reviews.tasks("assignment")}
    assert tasks == {
        "notice_letter": ("HEALTH", "2027-01-19"),
        "tell_areas": ("HEALTH", "2027-01-19"),
        "stop_fee": ("ECOLOGY", "2027-02-02"),
        "close_access": ("ECOLOGY", "2027-12-30"),
    }
    for task in await reviews.tasks("assignment"):
        await reviews.answer(task, {"done": Typed(choice="value", value="done")}, LATER + HOUR)
    assert (await reviews.network()).fee_stopped_at == LATER + HOUR
    standing = await reviews.standing(to_decision, LATER + HOUR)
    assert "everything done" not in standing.reached
    assert standing.next_at == datetime.fromisoformat("2027-12-31T23:00:00+00:00")
    assert "everything done" in (await reviews.standing(to_decision, standing.next_at)).reached
    await reviews.close(to_decision, standing.next_at)
    assert (await reviews.network()).state == "left"


@pytest.mark.drill
async def test_terms_that_become_known_later_give_a_network_its_exit_day(reviews: Reviews):
    async with reviews.database.transaction() as session:
        await session.execute(update(Network).where(Network.code == "NET-PROVA").values(notice_months=None))
    process_id = await reviews.to_decision()
    await reviews.decide(process_id, "leave")
    await reviews.carry_out(process_id, LATER)
    review = await reviews.review(process_id)
    assert (review.notice_on, review.exit_on) == (None, None)
    assert (await reviews.standing(process_id, LATER)).next_at is None
    async with reviews.database.transaction() as session:
        await set_network(session, "prova", NetworkChanges(notice_months=3), by="coordinator", now=LATER)
    review = await reviews.review(process_id)
    assert (str(review.notice_on), str(review.exit_on)) == ("2027-09-30", "2027-12-31")
    assert str((await reviews.network()).exit_on) == "2027-12-31"


async def test_corrected_terms_give_a_network_and_its_steps_other_days(reviews: Reviews, to_decision: UUID):
    await reviews.decide(to_decision, "leave")
    await reviews.carry_out(to_decision, LATER)
    async with reviews.database.transaction() as session:
        changes = NetworkChanges(notice_months=5, year_ends="06-30")
        await set_network(session, "prova", changes, by="coordinator", now=LATER + HOUR)
    review = await reviews.review(to_decision)
    assert (str(review.notice_on), str(review.exit_on)) == ("2027-01-31", "2027-06-30")
    assert (await reviews.network()).exit_on == review.exit_on
    days = {task.occasion: str(task.due_on) for task in await reviews.tasks("assignment")}
    assert (days["notice_letter"], days["close_access"]) == ("2027-01-19", "2027-06-29")
    over = datetime.fromisoformat("2027-07-01T09:00:00+00:00")
    async with reviews.database.transaction() as session:
        await set_network(session, "prova", NetworkChanges(notice_months=3), by="coordinator", now=over)
    assert (await reviews.review(to_decision)).exit_on == review.exit_on, "it is over"


async def test_an_act_that_cannot_be_done_is_told_to_the_office_once_and_tried_again(reviews: Reviews):
    process_id = await reviews.begun()
    await reviews.give("membership_evidence", evidence(3, 3, 3), OPENING + HOUR)
    async with reviews.database.transaction() as session:
        await session.execute(
            update(Person).where(Person.code.in_(("health", "health-head", "mayor"))).values(active=False)
        )
    acts = MembershipReviewActivities(reviews.database, reviews.settings)
    order = ActOrder(process_id=process_id, now=OPENING + 2 * HOUR)
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, activity_type="membership_review.ask_for_opinion")
    for _ in range(2):
        with pytest.raises(Refused, match="HEALTH has nobody for a second opinion"):
            await environment.run(acts.ask_for_opinion, order)
    async with reviews.database.reading() as session:
        mail = (await session.scalars(select(OutgoingMail).where(OutgoingMail.name == "act_refused"))).one()
    assert (mail.key, mail.person_code) == ("act_refused:review/prova/2027:ask_for_opinion", None)
    assert "HEALTH no té ningú per a una segona opinió".encode() in decodestring(mail.rfc822)


async def test_a_fee_that_the_register_cannot_hold_is_no_answer(reviews: Reviews):
    await reviews.begun()
    with pytest.raises(Refused, match="fee"):
        await reviews.give("membership_evidence", evidence(3, 3, 3, fee="20000000000"), LATER)


@pytest.mark.parametrize(("option", "state"), [("join", "member"), ("watch", "watched"), ("no", "declined")])
async def test_a_candidate_is_weighed_by_the_same_criteria_and_joined_watched_or_not(
    reviews: Reviews, option: str, state: str
):
    process_id = await reviews.to_decision("NET-NOVA")
    await reviews.decide(process_id, option, "joining")
    review = await reviews.review(process_id)
    assert review.candidate
    assert review.recommendation
    assert review.recommendation["result"] == "join"
    (asked,) = await reviews.tasks("membership_evidence")
    assert await reviews.asks(asked) == ["fee", "score.OWN-A", "score.OWN-B", "score.OWN-C"]
    await reviews.carry_out(process_id, LATER)
    network = await reviews.network("NET-NOVA")
    assert network.state == state
    assert (network.joined_on is not None) == (option == "join")


async def test_the_next_year_shows_what_was_said_in_the_last(reviews: Reviews, to_decision: UUID):
    await reviews.decide(to_decision, "continue")
    await reviews.carry_out(to_decision, LATER)
    await reviews.close(to_decision, LATER)
    order = await reviews.start(year=2028, at=LATER)
    async with reviews.database.transaction() as session:
        await membership_review.begin(session, order.process_id, now=LATER)
        await membership_review.ask_for_evidence(session, order.process_id, now=LATER)
    (asked,) = await reviews.tasks("membership_evidence", order.process_id)
    known = {code: item.known for code, item in (await reviews.items(asked)).items() if item.known}
    assert known == {
        "actions": {"number": "4", "references": ["review/prova/2027"]},
        "projects": {"number": "1", "references": ["review/prova/2027"]},
        "staff_days": {"number": "20", "references": ["review/prova/2027"]},
        "fee": {"number": "5000", "references": []},
    }


async def test_a_year_opens_what_is_due_and_says_what_it_leaves_out(reviews: Reviews):
    async with reviews.database.transaction() as session:
        common = {"kind": "network", "scope": "european", "plan_code": "TST", "state": "member"}
        session.add(Network(code="NET-LATER", name="Later", next_review_on=date(2028, 2, 1), **common))
        session.add(Network(code="NET-OFFICE", name="Office", **common))
    await reviews.start()
    async with reviews.database.transaction() as session:
        told = await open_year(session, 2027, by="coordinator", now=OPENING)
    assert [order.reference for order in told.opened] == ["review/office/2027"]
    assert [code for code, _ in told.left_out] == ["NET-PROVA"]
    async with reviews.database.reading() as session:
        units = await session.scalars(select(Review.unit_code).order_by(Review.network_code))
        assert list(units) == ["HEALTH", "ECOLOGY"], "a network nobody answers for is the office's"


async def test_what_changes_wakes_the_story(reviews: Reviews):
    process_id = await reviews.begun()

    async def pokes() -> int:
        async with reviews.database.reading() as session:
            query = select(func.count()).where(Dispatch.kind == "poke", Dispatch.workflow_id == "review/prova/2027")
            return int(await session.scalar(query) or 0)

    before = await pokes()
    await reviews.give("membership_evidence", evidence(3, 3, 3), OPENING + HOUR, process_id)
    assert await pokes() > before
