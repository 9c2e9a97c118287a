"""What holds whatever the rules, the calendar, the people and the order of events."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.contracts.mail import TaskKind
from models.policies.calendar import Calendar, free_days
from models.policies.people import Absence, PersonFacts, UnitFacts
from models.policies.plan import Situation, first_plan, quiet_until, task_days
from models.policies.task_policy import Escalation, TaskPolicy, policy_problems
from models.policies.turn import DECISIONS, REMINDING
from tests.policies.simulation import ASKING, City, Deed, Errand, Event, Life, Mail, Outage, Said

MADRID = ZoneInfo("Europe/Madrid")
FREE = {region: free_days("ES", region, range(2026, 2032)) for region in ("VC", "CT")}
PEOPLE = ("anna", "biel", "carla", "dani", "elena", "ferran", "gemma")
UNITS = ("service", "area", "office")
OPENED = st.integers(0, 4 * 365 * 24 * 60).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=n))
RANDOM = st.randoms(use_true_random=True)
"""A seed is drawn, and no more: a world of some hundred small choices takes no time, and only events are shrunk."""


def sound_policy(rng: Random) -> TaskPolicy:
    """Rules without a problem."""
    while True:
        policy = some_policy(rng)
        if not list(policy_problems(policy)):
            return policy


def some_policy(rng: Random) -> TaskPolicy:
    """Rules that are mostly sound: mails are placed one after the other, never nearer than the gap."""
    gap, due_after = rng.randint(1, 4), rng.randint(1, 12)
    grace, late_window = rng.randint(0, 4), rng.randint(0, 12)
    mails, day = [], 0
    for _ in range(rng.randint(0, 6)):
        day += gap + rng.randint(0, 5)
        mails.append(day)
    before = tuple(due_after - day for day in mails if day <= due_after)
    after = tuple(day - due_after for day in mails if day > due_after and day - due_after <= grace + late_window)
    wanted = len(before) + len(after)
    levels = sorted(rng.sample(range(1, 5), rng.choice([0, 1, 1, 2, 3])))
    warning = rng.choice([0, 1, 2, 2, 3, 5]) if levels else 0
    escalations, days = [], 0
    for level in levels:
        if wanted and rng.random() < 0.5:
            wait = rng.randint(0, 5) + gap + warning
            escalations.append(Escalation(level=level, reminders=rng.randint(1, wanted), wait=wait))
        else:
            days += rng.randint(1, 5)
            escalations.append(Escalation(level=level, days=days))
    return TaskPolicy(
        name="drawn",
        version=1,
        due_after=due_after,
        reminders_before=before,
        reminders_after=after,
        gap=gap,
        cap=max(wanted, 1) + rng.choice([0, 0, 0, 1, 3]),
        warning=warning,
        escalations=tuple(escalations),
        fallback=rng.choice([None, *PEOPLE]),
        grace=grace,
        late_window=late_window,
        sends_at=time(rng.randint(8, 16), rng.choice([0, 15])),
    )


def some_calendar(rng: Random, opened: datetime) -> Calendar:
    """València's or Barcelona's days, and some more free ones."""
    local = {opened.date() + timedelta(days=rng.randint(0, 60)): "local" for _ in range(rng.randint(0, 6))}
    return Calendar(MADRID, FREE[rng.choice(["VC", "CT"])] | local)


def some_persons(rng: Random) -> dict[str, PersonFacts]:
    """Seven people, of whom one or the other has left."""
    return {
        code: PersonFacts(code, code, f"{code}@city.example", "en", "service", active=rng.random() < 0.9)
        for code in PEOPLE
    }


def some_units(rng: Random) -> dict[str, UnitFacts]:
    """Three units one above the other, with heads, without, or with the same."""
    above = dict(zip(UNITS, (*UNITS[1:], None), strict=True))
    return {code: UnitFacts(code, code, "area", "city", above[code], rng.choice([None, *PEOPLE])) for code in UNITS}


def some_absences(rng: Random, first: date) -> list[Absence]:
    """Who is away, with a substitute or without: in chains and circles as it falls."""
    absences = []
    for code in rng.sample(PEOPLE, rng.randint(0, len(PEOPLE))):
        since = first + timedelta(days=rng.randint(-5, 40))
        substitute = rng.choice([None, *(other for other in PEOPLE if other != code)])
        absences.append(Absence(code, since, since + timedelta(days=rng.randint(0, 30)), substitute))
    return absences


def some_errands(rng: Random) -> list[Errand]:
    """One to four tasks of three persons, by one policy or two, in two sets."""
    drawn = [sound_policy(rng) for _ in range(rng.randint(1, 2))]
    kinds: tuple[TaskKind, ...] = ("indicator_request", "focal_point_naming", "extension_decision")
    return [
        Errand(rng.choice(kinds), rng.choice(UNITS), rng.choice(PEOPLE[:3]), rng.choice(drawn), rng.randint(0, 1))
        for _ in range(rng.randint(1, 4))
    ]


EVENTS = st.lists(
    st.builds(
        Event,
        after=st.integers(0, 45 * 24 * 6).map(lambda n: timedelta(minutes=10 * n)),
        deed=st.sampled_from(get_args(Deed)),
        task=st.integers(0, 3),
        days=st.integers(0, 12),
        person=st.sampled_from(PEOPLE),
    ),
    max_size=10,
)
OUTAGES = st.lists(
    st.tuples(st.integers(0, 40 * 24), st.integers(1, 5), st.sampled_from([2, 7, 9, 13, 16, 20])), max_size=2
)
"""Hours after the opening, days it lasts, and the hour at which it ends."""


@st.composite
def cities(draw: st.DrawFn) -> City:
    rng, opened = draw(RANDOM), draw(OPENED)
    calendar = some_calendar(rng, opened)
    outages = [(opened + timedelta(hours=hours), days, hour) for hours, days, hour in draw(OUTAGES)]
    return City(
        calendar=calendar,
        units=some_units(rng),
        persons=some_persons(rng),
        errands=some_errands(rng),
        opened=opened,
        absences=some_absences(rng, calendar.day(opened)),
        events=draw(EVENTS),
        outages=[
            Outage(since, calendar.at(calendar.day(since) + timedelta(days=days), time(hour, 40)))
            for since, days, hour in outages
        ],
        lasts=rng.choice([None, rng.randint(1, 30)]),
        at_once=rng.random() < 0.3,
        maximum=rng.randint(1, 3),
    )


def spoken(life: Life) -> list[tuple[Mail, Said]]:
    """Every mail about a task, with the task's part in it."""
    return [(mail, said) for mail in life.mails for said in mail.about]


def mail_keeps_to_the_hours_of_working_days(life: Life) -> None:
    for mail in life.mails:
        shown = life.calendar.local(mail.at)
        at_once = life.city.at_once and mail.at == life.city.opened and mail.kinds == {"request"}
        assert at_once or (life.calendar.is_working(mail.day) and time(8) <= shown.time() < time(18)), shown


def nobody_is_asked_twice_within_the_gap(life: Life) -> None:
    for task in life.tasks:
        asking = [(mail, said) for mail, said in life.about(task) if said.step.kind in ASKING]
        for (one, _), (other, said) in pairwise(asking):
            apart = life.calendar.working_days_between(one.day, other.day)
            assert said.step.kind == "request" or apart >= said.policy.gap, (one.day, other.day)


def what_was_missed_is_one_mail(life: Life) -> None:
    for task in life.tasks:
        instants = [mail.at for mail, _ in life.about(task)]
        assert len(set(instants)) == len(instants)


def everybody_is_asked_first(life: Life) -> None:
    for task in life.tasks:
        asked = set()
        for _, said in life.about(task):
            if said.step.kind == "request":
                asked.add(said.person)
            assert said.by_hand or said.person in asked


def reminders_by_themselves_keep_to_the_cap(life: Life) -> None:
    for task in life.tasks:
        reminders = [said for _, said in life.about(task) if said.step.kind == "reminder"]
        for number, said in enumerate(reminders, start=1):
            assert said.by_hand or number <= said.policy.cap


def nothing_follows_an_end(life: Life) -> None:
    for task in life.tasks:
        assert task.ended_at is not None
        assert all(mail.at < task.ended_at for mail, _ in life.about(task))
        assert not task.expired or task.ended_at >= task.days.closes_at


def nobody_is_told_before_the_due_day_is_over(life: Life) -> None:
    for mail, said in spoken(life):
        assert said.step.kind != "escalation" or said.by_hand or mail.at >= said.due_at


def nobody_is_told_before_the_person_was_warned(life: Life) -> None:
    for task in life.tasks:
        about = life.about(task)
        for place, (mail, said) in enumerate(about):
            before = [(m, s) for m, s in about[:place] if s.anchor == said.anchor]
            if said.step.kind != "escalation" or said.by_hand or not said.policy.warning:
                continue
            if any(s.step.kind == "escalation" for _, s in before):
                continue
            warned = [m.day for m, s in before if s.step.kind == "warning" and s.person == said.person]
            assert any(life.calendar.working_days_between(day, mail.day) >= said.policy.warning for day in warned)


def an_escalation_reaches_somebody_who_is_there(life: Life) -> None:
    for mail, said in spoken(life):
        if said.step.kind == "escalation" and mail.reader is not None:
            assert life.city.persons[mail.reader].active
            assert mail.reader not in life.city.presence(mail.day).absences


def nobody_is_told_of_their_own_delay(life: Life) -> None:
    for mail, said in spoken(life):
        if said.step.kind == "escalation":
            asked = life.city.presence(mail.day).addressee(said.task.errand.unit, said.person, said.policy.fallback)
            assert mail.copy_to == asked.person_code
            assert mail.reader is None or mail.reader not in {said.person, asked.person_code}


def nobody_gets_more_than_the_daily_maximum(life: Life) -> None:
    counted: Counter[tuple[str, date]] = Counter()
    for mail in life.mails:
        if mail.reader is None or not mail.kinds & ASKING:
            continue
        excepted = "warning" in mail.kinds or any(said.task.errand.kind in DECISIONS for said in mail.about)
        assert excepted or counted[mail.reader, mail.day] < life.city.maximum
        counted[mail.reader, mail.day] += 1


def reminders_of_one_hour_leave_as_one_mail(life: Life) -> None:
    reminding = [mail for mail in life.mails if mail.kinds & REMINDING]
    for place, mail in enumerate(reminding):
        for earlier in reminding[:place]:
            if earlier.reader == mail.reader and life.calendar.hour_around(mail.at)[0] <= earlier.at:
                assert all(said.late or said.made_at >= earlier.at for said in mail.about)


def a_pause_is_quiet(life: Life) -> None:
    for made in life.plans:
        for step in made.steps:
            assert step.kind == "expiry" or quiet_until(step.at, made.quiet) is None


def a_new_plan_keeps_what_was_sent(life: Life) -> None:
    for made in life.plans:
        numbers = [(step.kind, step.number) for step in made.steps]
        numbers += [(kept.step.kind, kept.step.number) for kept in made.kept]
        assert len(set(numbers)) == len(numbers)
        due = made.days.due_on.isoformat()
        sent = [kept.step for kept in made.kept if kept.sent and kept.step.reason.get("anchor") == due]
        told = max((step.level for step in sent), default=0)
        asked = max(kept.step.on for kept in made.kept if kept.step.kind == "request")
        warned = any(step.kind == "warning" and step.on > asked for step in sent)
        rules = [(step.reason["rule"], step.reason.get("working_days")) for step in sent if step.kind == "reminder"]
        for step in made.steps:
            assert step.kind != "escalation" or step.level > told
            assert step.kind != "warning" or not warned
            assert (step.reason["rule"], step.reason.get("working_days")) not in rules


def a_plan_is_in_order_and_ends(life: Life) -> None:
    for made in life.plans:
        assert [step.at for step in made.steps] == sorted(step.at for step in made.steps)
        *others, last = made.steps
        assert (last.kind, last.at) == ("expiry", made.days.closes_at)
        assert all(made.now < step.at < last.at for step in others)
        days = [step.on for step in others if step.kind == "escalation"]
        assert len(set(days)) == len(days)
        assert all(life.calendar.is_working(step.on) and life.calendar.day(step.at) == step.on for step in others)
        assert all(life.calendar.day(step.at) == step.on for step in made.standing)


def a_plan_keeps_the_gap(life: Life) -> None:
    for made in life.plans:
        gap = made.task.errand.policy.gap
        kept = [each.step for each in made.kept if each.sent]
        for step in made.steps:
            if step.kind not in REMINDING:
                continue
            away_from = ASKING | {"escalation"} if step.kind == "reminder" else ASKING
            others = [other for other in (*kept, *made.steps) if other is not step and other.kind in away_from]
            assert all(abs(life.calendar.working_days_between(step.on, other.on)) >= gap for other in others)


def a_turn_leaves_nothing_due(life: Life) -> None:
    assert life.left_due == []


RULES = [
    mail_keeps_to_the_hours_of_working_days,
    nobody_is_asked_twice_within_the_gap,
    what_was_missed_is_one_mail,
    everybody_is_asked_first,
    reminders_by_themselves_keep_to_the_cap,
    nothing_follows_an_end,
    nobody_is_told_before_the_due_day_is_over,
    nobody_is_told_before_the_person_was_warned,
    an_escalation_reaches_somebody_who_is_there,
    nobody_is_told_of_their_own_delay,
    nobody_gets_more_than_the_daily_maximum,
    reminders_of_one_hour_leave_as_one_mail,
    a_pause_is_quiet,
    a_new_plan_keeps_what_was_sent,
    a_plan_is_in_order_and_ends,
    a_plan_keeps_the_gap,
    a_turn_leaves_nothing_due,
]


def keeps_every_rule(city) -> None:
    life = Life(city)
    for rule in RULES:
        rule(life)


@pytest.mark.timeout(400)  # a failure takes its time until it is small
@settings(max_examples=50)
@given(cities())
def test_whatever_happens_every_rule_is_kept(city):
    keeps_every_rule(city)


@pytest.mark.drill
@settings(max_examples=400)
@given(cities())
def test_whatever_happens_in_many_cities_every_rule_is_kept(city):
    keeps_every_rule(city)


@given(opened=OPENED, rng=RANDOM)
def test_sound_rules_lose_nothing_when_nothing_comes_between(opened, rng):
    policy, calendar = sound_policy(rng), some_calendar(rng, opened)
    days = task_days(policy, calendar, opens_at=calendar.sending_instant(opened), closes_at=None)
    steps = first_plan(policy, days, calendar, Situation(timedelta(minutes=rng.randint(0, 49))))
    assert Counter(step.kind for step in steps) == Counter(
        request=1,
        reminder=len(policy.reminders_before) + len(policy.reminders_after),
        warning=int(policy.warning > 0),
        escalation=len(policy.escalations),
        expiry=1,
    )
