"""What a reply did, or did not do, is told with the rest of a task's story."""

from datetime import date

import pytest

from mail.translation import LANGUAGES
from operations.answering import open_link
from operations.audit import record
from operations.confirming import disown_reply, vouch
from operations.settling import Choices, accept_matter, dismiss_matter
from operations.story_words import mail_text, task_text
from operations.telling import tell_matters
from store.matters import open_matters
from tests.api.house import link_of
from tests.inbox import SERVER, reply
from tests.story.teller import Teller, kinds, local, text, told
from tests.world import OPENING

STRANGER = "sofia@elsewhere.example"
NOON = local(1, 5, 12)


@pytest.fixture
def trusting(office: Teller) -> Teller:
    """An office that knows its mail server."""
    office.settings = office.settings.model_copy(update={"authentication_server": SERVER})
    return office


async def asked(office: Teller) -> None:
    """A quarter is open and Sofia is asked."""
    await office.open()
    await office.fire(OPENING)


async def matter_of(office: Teller) -> str:
    """The reference of what is to be settled."""
    async with office.database.reading() as session:
        (facts,) = await open_matters(session)
    return facts.matter.reference


async def test_an_answer_by_mail_is_told_as_one(trusting: Teller):
    await asked(trusting)
    await reply(trusting, await trusting.task(), "1 = 12\n2 = 45\n", decided="accepted", now=NOON)
    story = await trusting.story(local(1, 5, 13))
    assert kinds(story) == ["request", "reply_kept", "answered"]
    assert told(story, "answered").by_mail
    assert [mail.name for mail in told(story, "answered").mails] == ["task_receipt"]
    assert "On Tuesday 5 January at 12:00, Sofia Salut answered 2 indicators by mail." in text(story)


@pytest.mark.drill
async def test_a_reply_that_a_later_one_had_overtaken_is_told_as_such(trusting: Teller):
    await asked(trusting)
    late, early = (("Date", "Tue, 05 Jan 2027 11:30:00 +0100"),), (("Date", "Tue, 05 Jan 2027 11:00:00 +0100"),)
    await reply(trusting, await trusting.task(), "1 = 12\n", now=NOON, headers=late, decided="accepted")
    await reply(trusting, await trusting.task(), "1 = 11\n", now=local(1, 5, 13), headers=early, decided="accepted")
    story = await trusting.story(local(1, 5, 14))
    assert "a reply from Sofia Salut changed nothing, as one written later had come before" in text(story)
    assert story.missing == 2


async def test_a_held_reply_is_told_with_its_question_and_what_was_said_to_it(trusting: Teller):
    await asked(trusting)
    task, strange = await trusting.task(), {"sender": STRANGER, "vouched": False}
    mail_id = await reply(trusting, task, "1 = 12\n", decided="held", now=NOON, **strange)
    story = await trusting.story(local(1, 5, 13))
    assert [mail.name for mail in told(story, "reply_held").mails] == ["reply_confirmation"]
    assert f"a reply from {STRANGER} was held until its writer is confirmed. Mail to Sofia Salut" in text(story)
    async with trusting.database.transaction() as session:
        link = await link_of(trusting.database, trusting.settings, "health", "2026-Q4")
        holder = await open_link(session, link, now=NOON)
        await disown_reply(session, holder, mail_id, now=local(1, 5, 14))
    disowned = await trusting.story(local(1, 5, 15))
    assert f"at 14:00, Sofia Salut disowned the reply from {STRANGER}; nothing of it was recorded." in text(disowned)


@pytest.mark.drill
async def test_a_reply_that_the_office_vouched_for_says_who_did(trusting: Teller):
    await asked(trusting)
    task, strange = await trusting.task(), {"sender": STRANGER, "vouched": False}
    mail_id = await reply(trusting, task, "1 = 12\n", decided="held", now=NOON, **strange)
    vouching = {"by": "coordinator", "now": local(1, 5, 14)}
    await trusting.act(vouch, trusting.settings, mail_id, task.id, "health", **vouching)
    story = await trusting.story(local(1, 5, 15))
    assert "the coordination had a reply taken as an answer of Sofia Salut to 1 indicator." in text(story)


@pytest.mark.drill
async def test_what_could_not_be_read_and_what_came_of_it_are_told(trusting: Teller):
    await asked(trusting)
    await reply(trusting, await trusting.task(), "Què vol dir això?\n", decided="not_read", now=NOON)
    settled = {"by": "health-head", "now": local(1, 5, 14)}
    await trusting.act(dismiss_matter, await matter_of(trusting), "I called her.", **settled)
    story = await trusting.story(local(1, 5, 15))
    assert [mail.name for mail in told(story, "reply_not_read").mails] == ["reply_not_taken"]
    assert "no answer could be read in a reply from Sofia Salut. Mail to Sofia Salut" in text(story)
    matter = told(story, "matter_dismissed").matter
    assert f"Hèctor Cap dismissed matter {matter}. The reason: “I called her”." in text(story)


@pytest.mark.drill
async def test_a_reply_that_names_somebody_else_is_told_to_its_end(trusting: Teller):
    await asked(trusting)
    words = "I am not the right person for this. Please write to pau@prova.example\n"
    await reply(trusting, await trusting.task(), words, decided="pass_on_proposed", now=NOON)
    accepting = {"by": "coordinator", "now": local(1, 5, 14), "day": date(2027, 1, 5)}
    await trusting.act(accept_matter, trusting.settings, await matter_of(trusting), Choices(), **accepting)
    story = await trusting.story(local(1, 5, 15))
    assert kinds(story)[1:] == ["reply_kept", "reply_pass_on_proposed", "delegated", "matter_accepted"]
    assert "a reply from Sofia Salut named pau@prova.example for the task." in text(story)
    matter = told(story, "matter_accepted")
    assert f"the coordination settled matter {matter.matter} as proposed: “" in text(story)


async def test_a_mail_of_ours_that_could_not_be_written_is_no_reply(trusting: Teller):
    await asked(trusting)
    task = await trusting.task()
    async with trusting.database.transaction() as session:
        about = {"process_id": task.process_id, "task_id": task.id}
        record(session, "task.mail_unwritten", by="focal", now=NOON, mail="task_change", **about)
    assert kinds(await trusting.story(local(1, 5, 13))) == ["request"]


async def test_the_mail_that_tells_what_is_to_be_settled_says_why_it_was_written(trusting: Teller):
    await asked(trusting)
    await reply(trusting, await trusting.task(), "Què vol dir això?\n", decided="not_read", now=NOON)
    assert await trusting.act(tell_matters, trusting.settings, now=local(1, 5, 13)) == 1
    why = await trusting.why("office_matters", None)
    assert "Mails brought up what only a person can settle" in " ".join(mail_text(why, "en").split())


@pytest.mark.drill
async def test_a_story_with_replies_is_told_in_every_language(trusting: Teller):
    await asked(trusting)
    task = await trusting.task()
    await reply(trusting, task, "1 = 12\n", decided="held", now=NOON, sender=STRANGER, vouched=None)
    await reply(trusting, task, "Què vol dir això?\n", decided="not_read", now=local(1, 5, 13))
    await reply(trusting, task, "1 = 12\n2 = 45\n3 = sí\n", decided="accepted", now=local(1, 5, 14))
    story = await trusting.story(local(1, 5, 15))
    english = task_text(story, "en")
    for language in LANGUAGES:
        assert task_text(story, language).count("\n- ") == english.count("\n- ")
        if language != "en":
            assert " reply " not in task_text(story, language)
