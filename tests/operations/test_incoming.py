"""What is done with a mail that came in: taken, held, shown to a coordinator, or left alone; and never twice."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from models.contracts.answering import LinkHolder
from models.contracts.refusal import Refused
from models.tables.mail import DeadAddress, OutgoingMail
from models.tables.people import Absence, Person
from models.tables.task import Answer, Link, Task
from operations.answering import LinkUnusable, open_link
from operations.confirming import ReplySettled, confirm_reply, disown_reply, read_reply, vouch
from operations.incoming import begin_reading, read_again, receive
from operations.links import token
from operations.matters import open_matter
from operations.replies import bounce_address
from operations.settling import Choices, accept_matter, dismiss_matter
from operations.steering import waive
from operations.telling import tell_matters
from tests.inbox import SERVER, letter
from tests.operations.letters import Letters
from tests.world import OPENING

NOON = OPENING + timedelta(hours=3)
FIRST, SHARE, GUIDE = "TST-E1-OE1-A1-I1", "TST-E1-OE1-A2-I1", "TST-E1-OE1-A2-I2"
ALL = "1 = 128\n2 = 45,5 %\n3 = sí\n"


async def test_a_reply_with_values_is_taken_and_said_back(letters: Letters) -> None:
    task = await letters.office.task()
    mail_id, decision = await letters.reply(task, ALL, NOON)
    assert decision == "accepted"
    assert await letters.standing(task) == {FIRST: "128", SHARE: "45.5", GUIDE: "yes"}
    (sent,) = await letters.submissions(task)
    assert (sent.channel, sent.person_code, sent.incoming_mail_id) == ("mail", "health", mail_id)
    assert (await letters.office.task()).state == "answered"
    assert await letters.office.new_mails() == [("task_receipt", "health")]
    receipt = await letters.office.text("task_receipt", "health")
    assert "128" in receipt
    assert "45,5" in receipt
    async with letters.office.database.reading() as session:
        found = (await session.scalars(select(Answer.found).order_by(Answer.typed))).all()
    assert {each["excerpt"].strip() for each in found if each} == {"1 = 128", "2 = 45,5 %", "3 = sí"}


async def test_values_of_a_part_leave_the_rest_open(letters: Letters) -> None:
    task = await letters.office.task()
    _, decision = await letters.reply(task, f"{FIRST}: res a informar\n", NOON)
    assert decision == "accepted"
    assert await letters.standing(task) == {FIRST: "nothing_to_report"}
    assert (await letters.office.task()).state == "partly_answered"


async def test_what_is_not_understood_is_shown_back_word_for_word(letters: Letters) -> None:
    task = await letters.office.task()
    await letters.reply(task, "1 = 128\n2 = entre 10 i 12\n", NOON)
    assert await letters.standing(task) == {FIRST: "128"}
    assert "entre 10 i 12" in await letters.office.text("task_receipt", "health")


async def test_a_correction_by_a_second_mail_stands(letters: Letters) -> None:
    task = await letters.office.task()
    await letters.reply(task, ALL, NOON)
    await letters.reply(task, "1 = 130", NOON + timedelta(minutes=1))
    assert (await letters.standing(task))[FIRST] == "130"
    assert len(await letters.submissions(task)) == 2


async def test_a_mail_written_earlier_that_arrives_later_does_not_undo_the_later_one(letters: Letters) -> None:
    task = await letters.office.task()
    await letters.reply(task, "1 = 130", NOON, written_at=NOON - timedelta(minutes=1))
    await letters.reply(task, "1 = 128\n2 = 50", NOON + timedelta(minutes=2), written_at=NOON - timedelta(minutes=3))
    assert await letters.standing(task) == {FIRST: "130", SHARE: "50"}


async def test_a_copy_that_nobody_vouches_for_does_not_keep_the_real_one_out(letters: Letters) -> None:
    """Whoever knows the mail sends it first, without proof: the one that proves its sender still counts."""
    task = await letters.office.task()
    raw = letter(ALL, to=letters.address(task))
    _, copied = await letters.deliver(raw.partition(b"\r\n")[2], letters.address(task), NOON)
    _, real = await letters.deliver(raw, letters.address(task), NOON)
    assert (copied, real) == ("held", "accepted")
    _, again = await letters.deliver(b"Received: by a\r\n" + raw.partition(b"\r\n")[2], letters.address(task), NOON)
    assert again == "duplicate"


async def test_the_same_mail_fetched_again_changes_nothing(letters: Letters) -> None:
    task = await letters.office.task()
    address = letters.address(task)
    raw = letter(ALL, to=address)
    await letters.deliver(raw, address, NOON)
    _, again = await letters.deliver(b"Received: by mx2.prova.example; now\r\n" + raw, address, NOON)
    assert again == "duplicate"
    assert len(await letters.submissions(task)) == 1
    assert await letters.office.new_mails() == [("task_receipt", "health")]


async def test_a_mail_to_two_tasks_answers_both(letters: Letters) -> None:
    """One mail in copy to two reply addresses: each counts for its own task, if the writer may answer it."""
    health, ecology = await letters.office.task(), await letters.office.task("ECOLOGY")
    both = f"{letters.address(health)}, {letters.address(ecology)}"
    raw = letter(f"{FIRST} = 128\n2 = 50 %", to=both)
    _, first = await letters.deliver(raw, letters.address(health), NOON)
    _, second = await letters.deliver(raw, letters.address(ecology), NOON)
    assert (first, second) == ("accepted", "held")
    assert await letters.standing(health) == {FIRST: "128"}, "a bare number could mean either task"


@pytest.mark.parametrize(
    "letter",
    [
        {"vouched": None},
        {"vouched": "dmarc=fail"},
        {"vouched": "dmarc=none"},
        {"sender": "colleague@prova.example"},
        {"sender": "evil@evil.example"},
        {"sender": '"health@prova.example" <evil@evil.example>', "vouched": None},
        {"sender": "health@prova.example, evil@evil.example", "vouched": None},
    ],
)
async def test_whoever_is_not_proven_is_not_believed(letters: Letters, letter: dict[str, str]) -> None:
    """The right token alone is not enough: the registered person is asked, at their own address."""
    task = await letters.office.task()
    await letters.office.new_mails()
    _, decision = await letters.reply(task, ALL, NOON, **letter)
    assert decision == "held"
    assert await letters.standing(task) == {}
    assert await letters.office.new_mails() == [("reply_confirmation", "health")]
    async with letters.office.database.reading() as session:
        mail = (await session.scalars(select(OutgoingMail).order_by(OutgoingMail.created_at.desc()).limit(1))).one()
    assert mail.recipient == "health@prova.example"


async def test_two_from_headers_are_nobody(letters: Letters) -> None:
    task = await letters.office.task()
    raw = letter(ALL, to=letters.address(task)).replace(b"From:", b"From: evil@evil.example\r\nFrom:", 1)
    _, decision = await letters.deliver(raw, letters.address(task), NOON)
    assert decision == "held"
    assert await letters.standing(task) == {}


async def test_copied_authentication_results_prove_nothing(letters: Letters) -> None:
    """Only the topmost block of the configured server counts; what stands below came with the mail."""
    task = await letters.office.task()
    forged = letter(ALL, to=letters.address(task), sender="health@prova.example")
    other = letter("1 = 7", to=letters.address(task)).replace(SERVER.encode(), b"mx.evil.example", 1)
    real = f"Authentication-Results: {SERVER}; dmarc=fail header.from=prova.example\r\n".encode()
    hop = b"Received: from a by mx.elsewhere.example; Mon, 4 Jan 2027 10:00:00 +0000\r\n"
    for raw in (real + forged, hop + forged.replace(b"128", b"127"), other):
        _, decision = await letters.deliver(raw, letters.address(task), NOON)
        assert decision == "held", raw[:80]
    assert await letters.standing(task) == {}


async def test_without_its_address_a_reply_waits_for_a_coordinator_with_the_best_guess(letters: Letters) -> None:
    task = await letters.office.task()
    raw = letter(ALL, subject=f"RE: Indicadors [{task.reference}]")
    mail_id, decision = await letters.deliver(raw, "focal@focal.example", NOON)
    assert decision == "quarantined"
    assert (await letters.row(mail_id)).task_id is None
    (matter,) = await letters.matters()
    assert matter.kind == "quarantined"
    with pytest.raises(Refused, match=task.reference):
        await _accept(letters, matter.reference)
    await _accept(letters, matter.reference, Choices(task=task.reference, person="health"))
    assert (await letters.standing(task))[FIRST] == "128"
    (sent,) = await letters.submissions(task)
    assert (sent.channel, sent.entered_by) == ("mail", "coordinator")
    assert await letters.matters() == []


async def test_a_held_reply_counts_once_its_person_says_so(letters: Letters) -> None:
    task = await letters.office.task()
    mail_id, _ = await letters.reply(task, ALL, NOON, vouched=None)
    holder = await _holder(letters, task)
    async with letters.office.database.reading() as session:
        form = await read_reply(session, holder, mail_id, settings=letters.office.settings)
    assert [entry.code for entry in form.entries] == [FIRST, SHARE, GUIDE]
    async with letters.office.database.transaction() as session:
        await confirm_reply(session, letters.office.settings, holder, mail_id, now=NOON)
    assert (await letters.standing(task))[FIRST] == "128"
    async with letters.office.database.transaction() as session:
        with pytest.raises(ReplySettled):
            await disown_reply(session, holder, mail_id, now=NOON)


async def test_a_disowned_reply_never_counts_and_is_told(letters: Letters) -> None:
    task = await letters.office.task()
    mail_id, _ = await letters.reply(task, ALL, NOON, vouched=None)
    holder = await _holder(letters, task)
    async with letters.office.database.transaction() as session:
        await disown_reply(session, holder, mail_id, now=NOON)
    assert [matter.kind for matter in await letters.matters()] == ["disowned"]
    async with letters.office.database.transaction() as session:
        with pytest.raises(ReplySettled):
            await confirm_reply(session, letters.office.settings, holder, mail_id, now=NOON)
        with pytest.raises(Refused, match="disowned"):
            await vouch(session, letters.office.settings, mail_id, task.id, "health", by="coordinator", now=NOON)
    assert await letters.standing(task) == {}


async def test_a_reply_to_another_task_cannot_be_confirmed_through_this_link(letters: Letters) -> None:
    ecology = await letters.office.task("ECOLOGY")
    mail_id, decision = await letters.reply(ecology, "1 = 3", NOON, vouched=None, sender="ecology@prova.example")
    assert decision == "held"
    holder = await _holder(letters, await letters.office.task())
    async with letters.office.database.transaction() as session:
        with pytest.raises(LinkUnusable):
            await confirm_reply(session, letters.office.settings, holder, mail_id, now=NOON)


async def test_a_question_reaches_the_office_and_its_writer_is_told(letters: Letters) -> None:
    task = await letters.office.task()
    await letters.office.new_mails()
    _, decision = await letters.reply(task, "Bon dia,\n\nCom es calcula el segon indicador?\n", NOON)
    assert decision == "not_read"
    assert [matter.kind for matter in await letters.matters()] == ["not_read"]
    assert await letters.office.new_mails() == [("reply_not_taken", "health")]
    assert await letters.standing(task) == {}


async def test_who_is_not_the_right_person_is_passed_on_by_the_coordinator(letters: Letters) -> None:
    task = await letters.office.task()
    _, decision = await letters.reply(
        task, "Jo no soc la persona adequada, escriviu a Elena Cap (ecology-head@prova.example).\n", NOON
    )
    assert decision == "pass_on_proposed"
    (matter,) = await letters.matters()
    assert matter.kind == "pass_on"
    told = await _accept(letters, matter.reference)
    assert "ecology-head" in told
    assert (await letters.office.task()).assignee_code == "ecology-head"


async def test_an_absence_is_no_answer_and_is_offered_to_the_coordinator(letters: Letters) -> None:
    task = await letters.office.task()
    await letters.office.new_mails()
    text = (
        "Estaré fora de l'oficina fins al 22 de gener. Per a qualsevol urgència, "
        "podeu contactar amb Hèctor Cap, health-head@prova.example.\n"
    )
    _, decision = await letters.reply(
        task, text, NOON, subject="Resposta automàtica: Indicadors", headers=(("Auto-Submitted", "auto-replied"),)
    )
    assert decision == "away_noted"
    assert await letters.office.new_mails() == [], "a machine is not answered"
    (matter,) = await letters.matters()
    assert matter.kind == "away"
    await _accept(letters, matter.reference)
    async with letters.office.database.reading() as session:
        absence = (await session.scalars(select(Absence))).one()
    assert (absence.person_code, absence.last_day.isoformat()) == ("health", "2027-01-22")
    assert absence.substitute_code == "health-head"
    # The same program says it again to the next mail: nothing new.
    await letters.reply(task, text + " ", NOON, headers=(("Auto-Submitted", "auto-replied"),))
    assert await letters.matters() == []


async def test_a_closed_task_takes_nothing_more_and_says_so(letters: Letters) -> None:
    task = await letters.office.task()
    async with letters.office.database.transaction() as session:
        await waive(session, letters.office.settings, task.id, reason="Acordat", by="coordinator", now=NOON)
    await letters.office.new_mails()
    _, decision = await letters.reply(task, ALL, NOON)
    assert decision == "too_late"
    assert await letters.office.new_mails() == [("reply_not_taken", "health")]
    assert await letters.standing(task) == {}


async def test_a_bounce_of_a_dead_address_stops_mail_and_asks_the_coordinator(letters: Letters) -> None:
    async with letters.office.database.transaction() as session:
        ours = (await session.scalars(select(OutgoingMail).where(OutgoingMail.person_code == "health"))).one()
        ours.state, ours.accepted_at = "accepted", OPENING
    secret = letters.office.settings.secret_key.get_secret_value()
    address = bounce_address(secret, ours.id, letters.office.settings.mail_domain)
    report = (
        "From: MAILER-DAEMON@mx.prova.example\r\nTo: {to}\r\nSubject: Undelivered\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nNo such user\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.prova.example\r\n\r\n"
        "Final-Recipient: rfc822; health@prova.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 unknown user\r\n\r\n--b--\r\n"
    )
    _, forged = await letters.deliver(
        report.format(to="b+0@focal.example").encode(), "b+0@focal.example", NOON, sender=""
    )
    assert forged == "bounced"
    assert await letters.matters() == [], "a bounce without our proof is not believed"
    _, decision = await letters.deliver(report.format(to=address).encode(), address, NOON, sender="")
    assert decision == "bounced"
    assert [matter.kind for matter in await letters.matters()] == ["dead_address"]
    async with letters.office.database.reading() as session:
        assert (await session.get_one(OutgoingMail, ours.id)).state == "bounced"


async def test_nobody_is_answered_without_end(letters: Letters) -> None:
    """Whatever keeps writing, the answers stop within a day."""
    task = await letters.office.task()
    await letters.office.new_mails()
    for number in range(8):
        await letters.reply(task, f"Una pregunta més, la {number}: per què?\n", NOON + timedelta(minutes=number))
    assert await letters.office.new_mails() == [("reply_not_taken", "health")] * 3


async def test_what_was_taken_or_settled_is_not_read_again(letters: Letters) -> None:
    """What was said of it stands, whatever has become of the task, the person or the settings since."""
    task = await letters.office.task()
    taken, _ = await letters.reply(task, ALL, NOON)
    disowned, _ = await letters.reply(task, "1 = 5", NOON, vouched=None)
    async with letters.office.database.transaction() as session:
        await disown_reply(session, await _holder(letters, task), disowned, now=NOON)
    for mail_id, because in ((taken, "accepted"), (disowned, "disowned")):
        async with letters.office.database.transaction() as session:
            with pytest.raises(Refused, match=because):
                await read_again(session, mail_id, by="operator", now=NOON)


async def test_what_was_not_taken_can_be_read_again(letters: Letters) -> None:
    task = await letters.office.task()
    mail_id, _ = await letters.reply(task, "Per què?", NOON)
    async with letters.office.database.transaction() as session:
        await read_again(session, mail_id, by="operator", now=NOON)
    assert await letters.read(mail_id, NOON + timedelta(hours=1)) == "not_read"
    assert len(await letters.matters()) == 1


async def test_a_mail_is_read_by_one_reader_only(letters: Letters) -> None:
    task = await letters.office.task()
    mail_id, _ = await letters.reply(task, ALL, NOON)
    assert await letters.read(mail_id, NOON) is None


async def test_the_coordinator_is_told_once_an_hour_and_again_after_a_week(letters: Letters) -> None:
    task = await letters.office.task()
    await letters.reply(task, "Una pregunta: com es calcula?\n", NOON)
    await letters.office.new_mails()

    async def tell(now: datetime) -> int:
        async with letters.office.database.transaction() as session:
            return await tell_matters(session, letters.office.settings, now=now)

    assert await tell(NOON) == 1
    assert await tell(NOON) == 0
    assert await tell(NOON + timedelta(hours=1)) == 0
    assert await tell(NOON + timedelta(days=8)) == 1
    assert await letters.office.new_mails() == [("office_matters", "coordinator")] * 2
    (matter,) = await letters.matters()
    async with letters.office.database.transaction() as session:
        await dismiss_matter(session, matter.reference.lower(), "Contestada per telèfon", by="coordinator", now=NOON)
    assert await tell(NOON + timedelta(days=30)) == 0
    async with letters.office.database.transaction() as session:
        with pytest.raises(Refused, match="dismissed by coordinator"):
            await dismiss_matter(session, matter.reference, "x", by="coordinator", now=NOON)


async def test_a_person_who_left_has_no_say(letters: Letters) -> None:
    task = await letters.office.task()
    async with letters.office.database.transaction() as session:
        await session.execute(update(Person).where(Person.code == "health").values(active=False))
    _, decision = await letters.reply(task, ALL, NOON)
    assert decision == "held"
    assert await letters.standing(task) == {}


async def test_an_address_that_no_server_would_take_stops_nothing(letters: Letters) -> None:
    task = await letters.office.task()
    long = letter(ALL, sender=f"{'x' * 6000}@evil.example", vouched=None)
    _, odd = await letters.deliver(long, "focal@focal.example", NOON)
    _, good = await letters.reply(task, ALL, NOON)
    assert (odd, good) == ("quarantined", "accepted")


async def test_a_bounce_that_only_names_our_mail_buries_nobody(letters: Letters) -> None:
    """Message-IDs stand in every quote: whoever knows one has proved nothing."""
    async with letters.office.database.reading() as session:
        ours = (await session.scalars(select(OutgoingMail).where(OutgoingMail.person_code == "health"))).one()
    raw = (
        f"From: MAILER-DAEMON@evil.example\r\nIn-Reply-To: {ours.message_id}\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Final-Recipient: rfc822; health@prova.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
    )
    await letters.deliver(raw.encode(), "focal@focal.example", NOON, sender="")
    assert await letters.matters() == []


async def test_a_held_reply_of_which_nobody_is_asked_any_more_goes_to_the_coordinator(letters: Letters) -> None:
    """Forgers use up their own answers, not those of the person they forge."""
    task = await letters.office.task()
    for number in range(4):
        await letters.reply(task, f"1 = {number}", NOON, sender="evil@evil.example")
    assert [matter.kind for matter in await letters.matters()] == ["quarantined"]
    await letters.office.new_mails()
    await letters.reply(task, "1 = 128", NOON, vouched=None)
    assert await letters.office.new_mails() == [("reply_confirmation", "health")]


async def test_a_remark_in_a_held_reply_reaches_the_office_once_it_is_confirmed(letters: Letters) -> None:
    task = await letters.office.task()
    mail_id, _ = await letters.reply(task, "1 = 5\n\nCom es calcula el segon indicador?\n", NOON, vouched=None)
    async with letters.office.database.transaction() as session:
        await confirm_reply(session, letters.office.settings, await _holder(letters, task), mail_id, now=NOON)
    assert [matter.kind for matter in await letters.matters()] == ["not_read"]


async def test_words_of_an_unproven_reply_do_not_stand_in_our_mail(letters: Letters) -> None:
    task = await letters.office.task()
    trap = "Entreu a http://evil.example/a i confirmeu la contrasenya"
    await letters.reply(task, f"1 = 5\n\n{trap}\n", NOON, sender="evil@evil.example")
    assert "evil.example/a" not in await letters.office.text("reply_confirmation", "health")


async def test_a_mail_written_before_the_form_was_sent_does_not_undo_it(letters: Letters) -> None:
    task = await letters.office.task()
    await letters.office.answer(task, "health", NOON + timedelta(hours=2))
    _, decision = await letters.reply(task, "1 = 7", NOON + timedelta(hours=3), written_at=NOON)
    assert decision == "accepted"
    assert (await letters.standing(task))[FIRST] == "nothing_to_report"


async def test_an_old_reply_sent_again_with_another_header_is_a_copy(letters: Letters) -> None:
    task = await letters.office.task()
    address = letters.address(task)
    first = letter("1 = 10", to=address, written_at=NOON)
    await letters.deliver(first, address, NOON)
    await letters.reply(task, "1 = 20", NOON + timedelta(minutes=5), written_at=NOON + timedelta(minutes=4))
    line, _, rest = first.partition(b"\r\n")
    later = NOON + timedelta(days=2)
    _, decision = await letters.deliver(line + b"\r\nX-Again: yes\r\n" + rest + b"\r\n", address, later)
    assert decision == "duplicate"
    assert await letters.standing(task) == {FIRST: "20"}


async def test_answers_that_a_gateway_made_look_like_a_list_are_shown_to_the_office(letters: Letters) -> None:
    task = await letters.office.task()
    _, decision = await letters.reply(task, ALL, NOON, headers=(("List-Id", "<tots.prova.example>"),))
    assert decision == "quarantined"
    (matter,) = await letters.matters()
    await _accept(letters, matter.reference)
    assert (await letters.standing(task))[FIRST] == "128"


async def test_strangers_are_one_matter_a_day(letters: Letters) -> None:
    for number in range(3):
        raw = letter(f"Compreu ara {number}", sender=f"spam{number}@evil.example", vouched=None)
        assert (await letters.deliver(raw, "focal@focal.example", NOON))[1] == "quarantined"
    assert [matter.kind for matter in await letters.matters()] == ["quarantined"]


async def test_a_dead_address_that_is_dismissed_is_written_to_again(letters: Letters) -> None:
    async with letters.office.database.transaction() as session:
        ours = (await session.scalars(select(OutgoingMail).where(OutgoingMail.person_code == "health"))).one()
        dead = DeadAddress(id=uuid4(), address=ours.recipient, outgoing_mail_id=ours.id, since=NOON, status="5.1.1")
        session.add(dead)
        await open_matter(session, key="k", kind="dead_address", now=NOON, outgoing_mail_id=ours.id)
    (matter,) = await letters.matters()
    async with letters.office.database.transaction() as session:
        await dismiss_matter(session, matter.reference, "Funciona: hi he parlat", by="coordinator", now=NOON)
    async with letters.office.database.reading() as session:
        assert (await session.get_one(DeadAddress, dead.id)).cleared_by == "coordinator"


async def test_a_mail_that_ends_its_reader_is_not_read_for_ever(letters: Letters) -> None:
    """The attempt is counted before the mail is read, so that even a killed process has counted it."""
    async with letters.office.database.transaction() as session:
        mail_id = await receive(
            session, letters.office.settings, raw=b"x", envelope_from="", envelope_to="focal@focal.example", now=NOON
        )
    begun = []
    for _ in range(7):
        async with letters.office.database.transaction() as session:
            begun.append(await begin_reading(session, mail_id, now=NOON))
    assert begun == [True] * 5 + [False] * 2
    assert [matter.kind for matter in await letters.matters()] == ["unreadable"]


async def _accept(letters: Letters, reference: str, choices: Choices | None = None) -> str:
    async with letters.office.database.transaction() as session:
        return await accept_matter(
            session,
            letters.office.settings,
            reference,
            choices or Choices(),
            by="coordinator",
            now=NOON,
            day=NOON.date(),
        )


async def _holder(letters: Letters, task: Task, person: str = "health") -> LinkHolder:
    secret = letters.office.settings.secret_key.get_secret_value()
    async with letters.office.database.reading() as session:
        query = select(Link).where(Link.person_code == person, Link.task_id == task.id)
        link = (await session.scalars(query)).one()
        return await open_link(session, token(secret, link.id), now=NOON)
