"""The story of a task: what happened, what happens next and when, and what would stop it."""

from datetime import date

import pytest
from sqlalchemy import delete, select, update

from models.contracts.answering import PersonChoice, Typed
from models.contracts.story import Away, FreeDay, PlannedStep
from models.tables.people import CalendarDay, FocalPoint, Person
from models.tables.process import PolicyRow
from models.tables.task import Link, Step
from operations.absences import add_absence
from operations.answering import answer_on_behalf, open_link
from operations.delegating import delegate, leave
from operations.extending import ask_for_time, decide_wish, extend
from operations.indicator_collection import close_collection
from operations.links import token
from operations.naming import name_focal_point
from operations.pausing import pause, replan_set, resume
from operations.policies import migrate_set
from operations.steering import escalate_now, remind_now, send_back, snooze, waive
from operations.story_words import task_text
from tests.operations.steps import NOTHING
from tests.story.teller import Teller, kinds, local, text, told
from tests.world import OPENING

SOME = ["TST-E1-OE1-A1-I1", "TST-E1-OE1-A2-I1"]
BY = {"by": "coordinator", "reason": "Agreed by telephone."}

LONG_WAY = """\
Task 7K2M-9QXD
--------------

Asked for: 3 indicators of Àrea Salut; 4th quarter of 2026, Pla de prova
Asked of: Pau Verd
Asked by: the coordination, in collection/TST/2026-Q4
State: open, answered in part; 2 of 3 indicators missing
Due: Wednesday 10 February 2027; before that, Wednesday 27 January 2027 and
Monday 1 February 2027
Last day: Wednesday 10 February 2027
Rules: indicator_request, version 1; hours of Europe/Madrid

What happened
-------------

- On Monday 4 January 2027 at 09:00, Sofia Salut was asked for 3 indicators
  of Àrea Salut, due on Wednesday 27 January. That is 15 working days later.
  Wednesday 6 January (Epiphany) and Friday 22 January (Sant Vicent Màrtir)
  are not counted as working days. Mail to Sofia Salut: accepted by the mail
  server at 09:00.
- On Tuesday 19 January at 09:13, Sofia Salut was reminded, 5 working days
  before the due day, Wednesday 27 January. Friday 22 January (Sant Vicent
  Màrtir) is not counted as a working day. Missing then: 3 of 3 indicators.
  Mail to Sofia Salut: accepted by the mail server at 09:13.
- On Wednesday 20 January at 19:00, Sofia Salut passed the task on to Pau
  Verd. The note: “I am on leave”.
- On Thursday 21 January at 08:00, Pau Verd was asked for 3 indicators of
  Àrea Salut, due on Wednesday 27 January. That is 3 working days later.
  Friday 22 January (Sant Vicent Màrtir) is not counted as a working day.
  Mail to Pau Verd: accepted by the mail server at 08:00.
- On Friday 22 January at 11:00, Pau Verd asked Hèctor Cap for more time
  (task W5XE-2RTB): until Tuesday 9 February instead of Wednesday 27
  January. The reason: “The survey ends late”.
- On Monday 25 January at 13:00, Hèctor Cap granted more time. The due day
  was Wednesday 27 January; it is Monday 1 February. The reason: “A few days
  will do”. Mail to Pau Verd: accepted by the mail server at 13:00.
- On Friday 29 January at 09:13, Pau Verd was reminded, 1 working day before
  the due day, Monday 1 February. Missing then: 3 of 3 indicators. Mail to
  Pau Verd: accepted by the mail server at 09:13.
- On Wednesday 3 February at 09:13, Pau Verd was warned that somebody above
  would be told 2 working days later. Missing then: 3 of 3 indicators. Mail
  to Pau Verd: accepted by the mail server at 09:13.
- On Friday 5 February at 09:13, Hèctor Cap was told that no full answer had
  come, 4 working days after the due day, Monday 1 February. A copy went to
  Pau Verd. Missing then: 3 of 3 indicators. Mail to Hèctor Cap: accepted by
  the mail server at 09:13. Mail to Pau Verd: accepted by the mail server at
  09:13.
- On Friday 5 February at 13:00, Pau Verd answered 2 indicators. 1 indicator
  was still missing. Mail to Pau Verd: accepted by the mail server at 13:00.
- On Friday 5 February at 15:00, the coordination sent back the answer to
  TST-E1-OE1-A1-I1, Nombre d'accions impulsades. The note: “Please count
  again”. The due day was Monday 1 February; it is Wednesday 10 February.
- On Friday 5 February at 15:00, Pau Verd was asked again, for 2 indicators
  of Àrea Salut, due on Wednesday 10 February. That is 3 working days later.
  Mail to Pau Verd: waits to be sent.

What happens next
-----------------

- On Tuesday 9 February at 09:13, Pau Verd will be reminded, 1 working day
  before the due day, Wednesday 10 February.
- At the end of Wednesday 10 February, the task expires: what is missing
  then stays missing.

What would stop it
------------------

- A full answer: then nothing of this happens. An answer in part changes
  only what is asked for.
- A pause of mail, or letting the task rest: mails wait until it is over;
  the last day stays.
- Waiving the task: then nothing more is asked.
- Closing collection/TST/2026-Q4: then what is missing stays missing.
"""


async def go_a_long_way(office: Teller) -> None:
    """Asked, passed on, given more time, escalated, answered in part, sent back."""
    await office.open()
    await office.go_on(local(1, 20, 10))
    task = await office.task()
    note = {"to": "pau", "by": "health", "note": "I am on leave."}
    await office.act(delegate, office.settings, task.id, **note, now=local(1, 20, 19))
    await office.go_on(local(1, 21, 12))
    wish = {"by": "pau", "reason": "The survey ends late."}
    await office.act(ask_for_time, task.id, until=date(2027, 2, 9), **wish, now=local(1, 22, 11))
    await office.go_on(local(1, 25, 12))
    grant = {"by": "health-head", "reason": "A few days will do."}
    until = date(2027, 2, 1)
    await office.act(decide_wish, office.settings, task.id, grant_until=until, **grant, now=local(1, 25, 13))
    await office.deliver(local(1, 25, 13))
    await office.go_on(local(2, 5, 12))
    await office.answer(task, "pau", local(2, 5, 13), SOME)
    await office.deliver(local(2, 5, 13))
    back = {"indicator": SOME[0], "note": "Please count again.", "by": "coordinator"}
    await office.act(send_back, task.id, **back, now=local(2, 5, 15))
    await office.fire(local(2, 5, 15))


async def test_a_task_that_went_a_long_way_reads_like_a_note_that_an_officer_would_sign(office: Teller):
    await go_a_long_way(office)
    story = await office.story(local(2, 5, 16))
    written = task_text(story, "en").replace(story.reference, "7K2M-9QXD")
    assert written.replace(told(story, "wished").decision, "W5XE-2RTB") == LONG_WAY
    assert story.earlier_due == (date(2027, 1, 27), date(2027, 2, 1))
    assert (story.items, story.missing, story.more_time_until) == (3, 2, None)
    first = story.happened[0]
    assert first.at.isoformat() == "2027-01-04T09:00:00+01:00"
    assert first.kind == "request"
    assert first.reason.holidays == (
        FreeDay(day=date(2027, 1, 6), name="Epiphany", local=False),
        FreeDay(day=date(2027, 1, 22), name="Sant Vicent Màrtir", local=True),
    )


@pytest.mark.drill
async def test_the_same_story_is_told_in_every_language(office: Teller):
    await go_a_long_way(office)
    story = await office.story(local(2, 5, 16))
    english = task_text(story, "en")
    for language in ("ca", "ca-ES-valencia", "es", "fr"):
        other = task_text(story, language)
        assert other.count("\n- ") == english.count("\n- ")
        words = " ".join(other.split())
        # What people wrote is as they wrote it, and nothing else is English.
        for kept in ("Sofia Salut", "Pau Verd", "Hèctor Cap", "I am on leave", "The survey ends late"):
            assert kept in words
        for word in ("was", "the", "mail", "working", "January", "Epiphany"):
            assert f" {word} " not in words, (language, word)


@pytest.mark.drill
async def test_while_a_wish_waits_the_story_says_who_decides_and_what_silence_means(office: Teller):
    await office.open()
    await office.fire(OPENING)
    task = await office.task()
    wish = {"by": "health", "reason": "The survey ends late."}
    await office.act(ask_for_time, task.id, until=date(2027, 2, 9), **wish, now=local(1, 4, 10))
    story = await office.story(local(1, 4, 11))
    assert (
        "Hèctor Cap is to decide by Thursday 7 January whether the due day becomes Tuesday 9 February; without a "
        "decision it stays Wednesday 27 January." in text(story)
    )
    assert "more_time" in story.next[0].stops
    assert story.more_time_until == date(2027, 2, 10)
    decision = await office.story(local(1, 4, 11), kind="extension_decision")
    assert (decision.about, decision.asked_by, kinds(decision)) == (task.reference, "Sofia Salut", ["wished"])
    assert [step.kind for step in decision.next] == ["request", "reminder", "escalation", "expiry"]
    assert decision.next[2].to == "Maria Alcaldessa"
    assert {stop for step in decision.next for stop in step.stops} == {
        "decision",
        "main_task_ends",
        "pause",
        "waiving",
        "closing",
    }
    assert f"was asked to decide about more time for task {task.reference}" not in text(decision)
    await office.go_on(local(1, 15, 12))
    after = await office.story(local(1, 15, 12))
    assert "the wish for more time lapsed, as nobody had decided" in text(after)
    assert told(after, "lapsed").mails[0].name == "task_change"
    assert kinds(await office.story(local(1, 15, 12), kind="extension_decision"))[-2:] == ["expired", "lapsed"]


@pytest.mark.drill
async def test_a_wish_of_a_task_that_ends_falls_away(office: Teller):
    await office.open()
    await office.fire(OPENING)
    task = await office.task()
    wish = {"by": "health", "reason": "The survey ends late."}
    await office.act(ask_for_time, task.id, until=date(2027, 2, 9), **wish, now=local(1, 4, 10))
    await office.answer(task, "health", local(1, 4, 12))
    story = await office.story(local(1, 4, 13))
    assert (story.state, story.next, story.correctable) == ("answered", (), True)
    assert "dropped" in kinds(story)
    assert "Corrections are taken until the collection closes, on Wednesday 10 February." in text(story)
    assert kinds(await office.story(local(1, 4, 13), kind="extension_decision"))[-1] in {"cancelled", "dropped"}


async def test_more_time_given_outright_is_no_wish(office: Teller):
    await office.open()
    await office.fire(OPENING)
    given = {"until": date(2027, 2, 1), "now": local(1, 5, 9), **BY}
    await office.act(extend, office.settings, (await office.task()).id, **given)
    story = await office.story(local(1, 5, 10))
    assert kinds(story) == ["request", "given"]
    assert told(story, "request").reason.due_on == date(2027, 1, 27)
    assert "gave more time, without having been asked. The due day was Wednesday 27 January; it is Monday" in text(
        story
    )


@pytest.mark.drill
async def test_a_pause_is_told_and_what_it_moved(office: Teller):
    process_id = await office.open()
    await office.fire(OPENING)
    spell = {"since": local(1, 18, 0), "until": local(1, 20, 0), "reason": "Elections."}
    await office.act(pause, process_id, **spell, by="coordinator", now=local(1, 5, 9))
    await office.act(replan_set, (await office.task()).set_id, now=local(1, 5, 9))
    before = await office.story(local(1, 5, 10))
    assert (before.next[0].kind, before.next[0].reason.moved_from, before.next[0].reason.moved_by) == (
        "reminder",
        date(2027, 1, 19),
        "pause",
    )
    # Four days before the due day now, not five: what is told is what is so.
    assert before.next[0].reason.working_days == 4
    assert (
        "the coordination paused the mail of collection/TST/2026-Q4, from Monday 18 January at 00:00 until Wednesday "
        "20 January at 00:00. The reason: “Elections”." in text(before)
    )
    await office.go_on(local(1, 20, 12))
    assert (
        "On Wednesday 20 January at 09:13, Sofia Salut was reminded, 4 working days before the due day, Wednesday 27 "
        "January. Friday 22 January (Sant Vicent Màrtir) is not counted as a working day. Missing then: 3 of 3 "
        "indicators. A pause moved it from Tuesday 19 January." in text(await office.story(local(1, 20, 12)))
    )


async def test_a_request_that_a_pause_held_back_says_so(office: Teller):
    await office.open()
    spell = {"since": local(1, 4, 8), "until": local(1, 8, 0), "reason": "Elections."}
    await office.act(pause, None, **spell, by="coordinator", now=local(1, 4, 8))
    await office.fire(OPENING)
    held = await office.story(local(1, 4, 10))
    assert (held.next[0].kind, held.next[0].reason.held) == ("request", "pause")
    assert held.next[0].at.isoformat() == "2027-01-08T09:13:00+01:00"
    assert "It was held back by a pause." in text(held)
    await office.act(resume, None, by="coordinator", now=local(1, 5, 9))
    story = await office.story(local(1, 5, 10))
    assert kinds(story) == ["paused", "resumed"]
    assert "ended the pause of all mail, which was to last until Friday 8 January at 00:00" in text(story)


async def test_a_task_that_rests_says_until_when(office: Teller):
    await office.open()
    await office.fire(OPENING)
    await office.act(snooze, (await office.task()).id, until=date(2027, 1, 20), now=local(1, 5, 9), **BY)
    story = await office.story(local(1, 5, 10))
    assert told(story, "rested").until == date(2027, 1, 20)
    assert (story.next[0].reason.moved_from, story.next[0].reason.moved_by) == (date(2027, 1, 19), "rest")
    assert "Letting the task rest moved it from Tuesday 19 January." in text(story)


@pytest.mark.drill
async def test_a_chain_of_substitutes_is_told_and_its_end_foreseen(office: Teller):
    away = {"first_day": date(2027, 1, 4), "by": "coordinator", "now": local(1, 3, 9)}
    await office.act(add_absence, "health", last_day=date(2027, 1, 22), substitute="pau", **away)
    await office.act(add_absence, "pau", last_day=date(2027, 1, 8), substitute="ecology", **away)
    await office.open()
    await office.fire(OPENING)
    story = await office.story(local(1, 4, 10))
    request = told(story, "request")
    assert (story.asked, request.to) == ("Sofia Salut", "Eric Verd")
    assert request.path == (
        Away(name="Sofia Salut", until=date(2027, 1, 22), stands_in="Pau Verd"),
        Away(name="Pau Verd", until=date(2027, 1, 8), stands_in="Eric Verd"),
    )
    assert (
        "Away: Sofia Salut until Friday 22 January, with Pau Verd standing in; Pau Verd until Friday 8 January, with "
        "Eric Verd standing in." in text(story)
    )
    # On 19 January only Sofia Salut is still away; on 26 January nobody is.
    assert [(step.at.day, step.to) for step in story.next if step.kind == "reminder"] == [
        (19, "Pau Verd"),
        (26, "Sofia Salut"),
    ]


@pytest.mark.drill
async def test_one_mail_about_two_tasks_is_told_of_both(office: Teller):
    await office.open()
    await office.open(period="2026-Q3")
    await office.go_on(local(1, 19, 12))
    story = await office.story(local(1, 19, 12))
    reminder = told(story, "reminder")
    (other,) = reminder.together
    assert other.unit_name == "Àrea Salut"
    assert other.process != story.process
    assert {mail.name for mail in reminder.mails} == {"task_reminders"}
    assert f"The same mail spoke of task {other.reference} of Àrea Salut ({other.process})." in text(story)


@pytest.mark.drill
async def test_what_the_daily_maximum_held_back_is_told(office: Teller):
    office.settings = office.settings.model_copy(update={"mails_per_day": 1})
    await office.open()
    await office.open(period="2026-Q3")
    await office.fire(OPENING)
    stories = [await office.story(local(1, 4, 10), period=period) for period in ("2026-Q3", "2026-Q4")]
    asked, held = sorted(stories, key=lambda story: not story.happened)
    assert kinds(asked) == ["request"]
    assert kinds(held) == []
    assert held.next[0].reason.held == "daily_maximum"
    assert held.next[0].at.day == 5
    assert "What happened ------------- - Nothing yet." in text(held)
    await office.go_on(local(1, 5, 12))
    later = text(await office.story(local(1, 5, 12), period=held.process.rpartition("/")[2]))
    assert "It was held back by the daily maximum of mails to one person." in later


@pytest.mark.drill
async def test_what_an_outage_held_up_is_told_as_one_late_mail(office: Teller):
    await office.open()
    await office.fire(OPENING)
    await office.fire(local(2, 1, 20))
    held = await office.story(local(2, 1, 21))
    assert {step.reason.held for step in held.next[:3]} == {"hours"}
    await office.fire(local(2, 2, 8))
    story = await office.story(local(2, 2, 9))
    warning = told(story, "warning")
    assert warning.late
    assert [step.kind for step in warning.merged] == ["reminder", "reminder"]
    # The rows say what the reminders were counted from, but not any more when the warning was to come.
    assert [step.on for step in warning.merged] == [date(2027, 1, 19), date(2027, 1, 26)]
    assert (
        "It was held back until the hours of sending. Merged into it: the reminder (Tuesday 19 January); the reminder "
        "(Tuesday 26 January)." in text(story)
    )


@pytest.mark.drill
async def test_a_request_that_leaves_after_the_due_day_leaves_no_time_and_does_not_say_so(office: Teller):
    await office.open()
    await office.fire(local(1, 29, 9))
    story = await office.story(local(1, 29, 10))
    request = told(story, "request")
    assert (request.late, request.reason.working_days, request.reason.holidays) == (True, 0, ())
    assert "due on Wednesday 27 January. It was planned for Monday 4 January 2027 at 09:00" not in text(story)
    assert "due on Wednesday 27 January. It was planned for Monday 4 January at 09:00 and left late." in text(story)


@pytest.mark.drill
async def test_mail_that_was_refused_is_not_told_as_received(office: Teller):
    await office.open()
    await office.fire(OPENING)
    await office.deliver(OPENING, refusing=("health",))
    story = await office.story(local(1, 4, 10))
    (mail,) = told(story, "request").mails
    assert (mail.state, mail.to) == ("rejected", "Sofia Salut")
    assert "Mail to Sofia Salut: refused by the mail server, which said “550 No such mailbox”." in text(story)


@pytest.mark.drill
async def test_mail_that_was_not_wanted_any_more_is_told(office: Teller):
    await office.open()
    await office.fire(OPENING)
    await office.answer(await office.task(), "health", local(1, 4, 10))
    await office.deliver(local(1, 4, 10))
    story = await office.story(local(1, 4, 11))
    assert [mail.state for mail in told(story, "request").mails] == ["withdrawn"]
    assert "not sent any more, as nothing was open that it asks for" in text(story)


async def test_corrections_and_answers_entered_for_somebody_are_told_apart(office: Teller):
    await office.open()
    await office.fire(OPENING)
    task = await office.task()
    await office.answer(task, "health", local(1, 5, 10), SOME)
    values = {SOME[1]: NOTHING, "TST-E1-OE1-A2-I2": Typed(choice="value", value="sí")}
    entered = {"person_code": "health", "by": "coordinator", "now": local(1, 5, 11)}
    await office.act(answer_on_behalf, office.settings, task.id, values, **entered)
    story = await office.story(local(1, 5, 12))
    own, entered_for = [each for each in story.happened if each.kind == "answered"]
    assert (own.new, own.corrected, own.missing, own.by_somebody_else) == (2, 0, 1, False)
    assert (entered_for.new, entered_for.corrected, entered_for.missing) == (1, 1, 0)
    assert (
        "the coordination entered an answer of Sofia Salut to 2 indicators. In 1 case this replaced an earlier answer. "
        "Nothing was missing any more." in text(story)
    )


@pytest.mark.drill
async def test_an_answer_that_was_sent_back_is_no_correction_when_it_comes_again(office: Teller):
    await office.open()
    await office.fire(OPENING)
    task = await office.task()
    await office.answer(task, "health", local(1, 5, 10))
    back = {"indicator": SOME[0], "note": "Please count again.", "by": "coordinator"}
    await office.act(send_back, task.id, **back, now=local(1, 5, 11))
    await office.go_on(local(1, 5, 11))
    await office.answer(task, "health", local(1, 5, 12), SOME)
    story = await office.story(local(1, 5, 13))
    again = [each for each in story.happened if each.kind == "answered"][1]
    assert (again.new, again.corrected) == (1, 1)
    assert [each.missing for each in story.happened if each.kind == "request"] == [3, 1]
    assert "The due day was" not in text(story)


async def test_what_was_done_by_hand_is_told_with_who_did_it(office: Teller):
    await office.open()
    await office.fire(OPENING)
    task = await office.task()
    await office.act(remind_now, task.id, by="mayor", now=local(1, 8, 9))
    await office.go_on(local(1, 8, 10))
    await office.act(escalate_now, task.id, now=local(1, 8, 11), **BY)
    planned = await office.story(local(1, 8, 11, 30))
    assert "Its time has come: it leaves as soon as it can." in text(planned)
    await office.go_on(local(1, 8, 12))
    story = await office.story(local(1, 8, 12))
    assert kinds(story) == ["request", "reminded_by_hand", "reminder", "escalated_by_hand", "escalation"]
    assert "Maria Alcaldessa asked for a reminder out of turn" in text(story)
    assert "Sofia Salut was reminded out of turn." in text(story)
    assert told(story, "escalation").copies == ("Sofia Salut",)


async def test_a_waived_task_says_by_whom_and_that_nothing_comes(office: Teller):
    await office.open()
    await office.fire(OPENING)
    await office.act(waive, office.settings, (await office.task()).id, now=local(1, 5, 9), **BY)
    story = await office.story(local(1, 5, 10))
    assert (story.state, story.next) == ("waived", ())
    assert told(story, "waived").mails[0].to == "Sofia Salut"
    assert "the coordination waived the task: nothing is asked any more. The reason: “Agreed by telephone”." in text(
        story
    )
    assert text(story).endswith("What happens next ----------------- - Nothing: the task has ended.")


@pytest.mark.drill
async def test_a_task_that_nobody_answers_says_when_it_ended(office: Teller):
    process_id = await office.open()
    await office.go_on(local(2, 12, 12))
    story = await office.story(local(2, 12, 12))
    assert kinds(story)[-1] == "expired"
    assert "the last day was over without a full answer: the task expired." in text(story)
    # The close comes after it, and is no part of its story.
    await office.act(close_collection, process_id, by="focal", now=local(2, 12, 13))
    assert await office.story(local(2, 12, 12)) == story


async def test_a_task_that_ended_with_its_collection_says_who_closed_it(office: Teller):
    process_id = await office.open()
    await office.fire(OPENING)
    await office.act(close_collection, process_id, by="coordinator", now=local(1, 8, 9))
    story = await office.story(local(1, 8, 10))
    assert kinds(story) == ["request", "closed"]
    assert "the coordination closed the collection: the task expired with it." in text(story)


@pytest.mark.drill
async def test_the_tasks_of_a_person_who_left_say_so(office: Teller):
    await office.open()
    await office.fire(OPENING)
    moved = {"to": "pau", "by": "coordinator", "now": local(1, 8, 9), "day": date(2027, 1, 8)}
    await office.act(leave, office.settings, "health", **moved)
    story = await office.story(local(1, 8, 10))
    assert told(story, "delegated").left
    assert "Sofia Salut left; the coordination passed the task on to Pau Verd." in text(story)


async def test_a_coordinator_who_passes_a_task_on_is_named_and_the_first_person_told(office: Teller):
    await office.open()
    await office.fire(OPENING)
    moved = {"to": "pau", "by": "coordinator", "note": "", "now": local(1, 8, 9)}
    await office.act(delegate, office.settings, (await office.task()).id, **moved)
    story = await office.story(local(1, 8, 10))
    assert [mail.to for mail in told(story, "delegated").mails] == ["Sofia Salut"]
    assert "the coordination passed the task on, from Sofia Salut to Pau Verd. Mail to Sofia Salut" in text(story)


async def test_a_due_day_that_became_a_holiday_is_told(office: Teller):
    await office.open()
    await office.fire(OPENING)
    task = await office.task()
    async with office.database.transaction() as session:
        day = {"day": date(2027, 1, 27), "name": "Dol", "source": "days.csv"}
        session.add(CalendarDay(calendar_code="valencia", **day))
        await session.flush()
        await replan_set(session, task.set_id, now=local(1, 8, 9))
    story = await office.story(local(1, 8, 10))
    assert (story.due_on, story.earlier_due) == (date(2027, 1, 28), (date(2027, 1, 27),))
    assert told(story, "request").reason.due_on == date(2027, 1, 27)
    assert "the due day was moved, as it is not a working day any more. The due day was Wednesday 27 January" in text(
        story
    )


async def test_other_rules_are_told_with_both_versions(office: Teller):
    await office.open()
    await office.fire(OPENING)
    task = await office.task()
    async with office.database.transaction() as session:
        first = await session.get_one(PolicyRow, ("indicator_request", 1))
        rules = {**first.rules, "version": 2}
        session.add(PolicyRow(name=first.name, version=2, rules=rules, loaded_at=OPENING, loaded_by="coordinator"))
        await session.flush()
        await migrate_set(session, task.set_id, first.name, 2, by="coordinator", now=local(1, 8, 9))
    assert "moved the task to version 2 of its rules, indicator_request; it was version 1" in text(
        await office.story(local(1, 8, 10))
    )


async def test_a_step_that_could_not_be_carried_out_is_told_with_its_fault(office: Teller):
    async with office.database.transaction() as session:
        # No import and no form takes such a name; a hand in the database might.
        await session.execute(update(Person).where(Person.code == "health").values(name="=?UTF-8?Q?=0A?=Bcc: all@x"))
    await office.open()
    await office.fire(OPENING)
    failed = told(await office.story(local(1, 4, 10)), "failed")
    assert failed.fault == "UnsafeHeader"
    assert failed.planned == (PlannedStep(kind="request", on=date(2027, 1, 4)),)


async def test_a_reminder_that_came_too_soon_is_told_as_passed_over(office: Teller):
    await office.open()
    await office.fire(OPENING)
    task = await office.task()
    async with office.database.transaction() as session:
        # What the follow-up writes when another mail has only just left.
        reminder = (Step.task_id == task.id, Step.kind == "reminder", Step.number == 1)
        await session.execute(update(Step).where(*reminder).values(state="merged", done_at=local(1, 19, 9, 13)))
    story = await office.story(local(1, 19, 10))
    assert "this was passed over, as another mail had only just left: the reminder (Tuesday 19 January)." in text(story)


@pytest.mark.drill
async def test_the_naming_of_a_focal_point_is_told_in_its_own_words(office: Teller):
    async with office.database.transaction() as session:
        await session.execute(delete(FocalPoint).where(FocalPoint.unit_code == "HEALTH"))
    await office.open()
    await office.fire(OPENING)
    story = await office.story(local(1, 4, 10), kind="focal_point_naming")
    assert "Hèctor Cap was asked to name a focal point of Àrea Salut, due on Tuesday 12 January." in text(story)
    assert "Naming a focal point: then nothing of this happens." in text(story)
    async with office.database.reading() as session:
        link = (await session.scalars(select(Link).where(Link.person_code == "health-head"))).one()
        secret = office.settings.secret_key.get_secret_value()
        holder = await open_link(session, token(secret, link.id), now=local(1, 5, 9))
    naming = {"raw": b"", "now": local(1, 5, 9), "settings": office.settings}
    await office.act(name_focal_point, holder, PersonChoice(person_code="pau"), **naming)
    named = await office.story(local(1, 5, 10), kind="focal_point_naming")
    assert "Hèctor Cap named a focal point of Àrea Salut: Pau Verd." in text(named)
    assert (named.state, named.correctable) == ("answered", False)
    assert told(named, "named").mails[0].name == "task_receipt"
