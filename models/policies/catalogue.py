"""What must hold in the plans' documents beyond their form: codes, periods, counts, names of the responsible.

Each check returns what is wrong as `(path, reason)` within one document, or as problems across all of them.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import available_timezones

from holidays import list_supported_countries

from models.contracts.catalogue import (
    ActionRecord,
    ActorRecord,
    AxisRecord,
    DocumentProblem,
    Documents,
    ObjectiveRecord,
    PlanDocument,
    Record,
)
from models.policies.catalogue_counts import Finding, count_findings, counted

ACTORS_FILE = "actors.yaml"
CALENDARS_FILE = "calendars.yaml"
NETWORKS_FILE = "networks.yaml"
PROGRAMMES_FILE = "programmes.yaml"
THEMES_FILE = "call_themes.yaml"

CRITERION_LANGUAGES = frozenset({"ca", "es", "en", "fr"})
"""In which a criterion has to be named: one of these is read by everybody who may score it."""

Years = tuple[int | None, int | None]

PERIODS = (
    re.compile(r"(?:mandat )?(?P<first>\d{4})-(?P<last>\d{4})"),
    re.compile(r"(?P<first>\d{4})(?P<last>)"),
    re.compile(r"(?P<first>)fins al (?P<last>\d{4})"),
)
REFERENCE = re.compile(r"[A-Z]+(-[A-Za-z0-9.]+)+")
OWN_NUMBER = re.compile(r"[\d.]+$")


def read_period(period: str | None) -> Years:
    """The years of a period as printed, both included; None where the text sets no bound.

    Raises:
        ValueError: none of the known forms, or it ends before it begins.

    """
    if period is None:
        return None, None
    for form in PERIODS:
        match = form.fullmatch(period)
        if match:
            first = int(match["first"]) if match["first"] else None
            last = int(match["last"]) if match["last"] else first
            if first is not None and last is not None and last < first:
                raise ValueError(f"“{period}” ends before it begins")
            return first, last
    raise ValueError(f"“{period}” is not a period: write 2022-2026, 2022, fins al 2027 or mandat 2015-2019")


def actors_named(name: str, plan_code: str, actors: Sequence[ActorRecord]) -> tuple[str, ...]:
    """Codes of the actors that a name means in a plan.

    The plan decides, because the same words mean another service in another institution, and one institution
    writes its own name in two languages.
    """
    return tuple(actor.code for actor in actors if plan_code in actor.documents and name in actor.names)


def walk_actions(document: PlanDocument) -> Iterator[tuple[str, AxisRecord, ObjectiveRecord, ActionRecord]]:
    """Every action with its path in the document, its axis and its objective, in the plan's order."""
    for a, axis in enumerate(document.axes):
        for o, objective in enumerate(axis.objectives):
            for n, action in enumerate(objective.actions):
                yield f"axes[{a}].objectives[{o}].actions[{n}]", axis, objective, action


def document_findings(document: PlanDocument) -> list[Finding]:
    """What is wrong inside one plan's document."""
    return [
        *_codes_out_of_place(document),
        *_periods(document),
        *_repetitions(document),
        *count_findings(document.counts, counted(document)),
    ]


def _codes_out_of_place(document: PlanDocument) -> Iterator[Finding]:
    plan = document.plan.code
    for a, axis in enumerate(document.axes):
        here = f"axes[{a}]"
        yield from _place(here, axis.code, (plan,))
        for r, result in enumerate(axis.expected_results):
            yield from _place(f"{here}.expected_results[{r}]", result.code, (axis.code,))
        for o, objective in enumerate(axis.objectives):
            yield from _place(f"{here}.objectives[{o}]", objective.code, (axis.code,), objective.number)
    for path, axis, objective, action in walk_actions(document):
        above = (objective.code, axis.code) if objective.implicit else (objective.code,)
        yield from _place(path, action.code, above, action.number)
        for i, indicator in enumerate(action.indicators):
            yield from _place(f"{path}.indicators[{i}]", indicator.code, (action.code,))


def _place(path: str, code: str, above: tuple[str, ...], number: int | str | None = None) -> Iterator[Finding]:
    """A code continues the code above it, or carries the plan's own number, which continues the one above.

    Under an implicit objective `above` also holds the axis's code, which may be continued by a mere number:
    AMBO-LT > AMBO-LT-OB1 (implicit) > AMBO-LT1.
    """
    if number is None:
        continues = [code.startswith(f"{above[0]}-")]
        continues += [re.match(rf"{re.escape(axis)}\d", code) is not None for axis in above[1:]]
        if not any(continues):
            yield f"{path}.code", f"{code} does not belong here: it should continue {above[0]}"
        return
    if not re.search(rf"[A-Z-]{re.escape(str(number))}$", code):
        yield f"{path}.code", f"{code} does not end with its number {number}"
    parent = OWN_NUMBER.search(above[0])
    if parent and not str(number).startswith(f"{parent[0]}."):
        yield f"{path}.number", f"{number} does not belong here: it should continue {parent[0]}"


def _periods(document: PlanDocument) -> Iterator[Finding]:
    periods = [("plan", document.plan.period)]
    periods += [(path, action.period) for path, _, _, action in walk_actions(document)]
    for path, period in periods:
        try:
            read_period(period)
        except ValueError as error:
            yield f"{path}.period", str(error)


def _repetitions(document: PlanDocument) -> Iterator[Finding]:
    for path, _, _, action in walk_actions(document):
        for n, duplicate in enumerate(action.duplicate_activities):
            items = dict(enumerate(action.activities, start=1))
            first, again = items.get(duplicate.repeats), items.get(duplicate.item)
            if first is None or first != again:
                yield (
                    f"{path}.duplicate_activities[{n}]",
                    f"item {duplicate.item} does not repeat item {duplicate.repeats}",
                )


def problems_across(documents: Documents) -> list[DocumentProblem]:
    """What is wrong between documents that are each readable."""
    return [
        *_codes_twice(documents),
        *_unknown_codes(documents),
        *_unresolved_names(documents),
        *_actors_disagree(documents),
        *_calendars(documents),
        *_networks(documents),
        *_programmes(documents),
        *_themes(documents),
    ]


def _records(documents: Documents) -> dict[str, Record]:
    return {**documents.plans, ACTORS_FILE: documents.actors, NETWORKS_FILE: documents.networks}


def _walk(part: Any, path: str = "") -> Iterator[tuple[str, str, Any]]:
    """Every value of a document with its path and its nearest key."""
    if isinstance(part, dict):
        for key, value in part.items():
            yield from _walk_into(value, f"{path}.{key}" if path else str(key), str(key))
    elif isinstance(part, list | tuple):
        for n, value in enumerate(part):
            yield from _walk_into(value, f"{path}[{n}]", "")


def _walk_into(value: Any, path: str, key: str) -> Iterator[tuple[str, str, Any]]:
    yield path, key, value
    yield from _walk(value, path)


def _codes_twice(documents: Documents) -> Iterator[DocumentProblem]:
    defined: dict[str, str] = {}
    for file, record in _records(documents).items():
        for path, key, code in _walk(record.model_dump(exclude_unset=True)):
            if key != "code":
                continue
            if code in defined:
                yield DocumentProblem(file, path, f"{code} is already defined at {defined[code]}")
            defined.setdefault(code, f"{file}: {path}")


def _unknown_codes(documents: Documents) -> Iterator[DocumentProblem]:
    """Words that look like a code of these documents must be one."""
    values = [
        (file, *found)
        for file, record in _records(documents).items()
        for found in _walk(record.model_dump(exclude_unset=True))
    ]
    codes = {value for _, _, key, value in values if key == "code"}
    families = {code.split("-")[0] for code in codes}
    for file, path, _, value in values:
        is_code = isinstance(value, str) and REFERENCE.fullmatch(value) and value.split("-")[0] in families
        if is_code and value not in codes:
            yield DocumentProblem(file, path, f"{value} is not defined in any document")


def _unresolved_names(documents: Documents) -> Iterator[DocumentProblem]:
    for file, document in documents.plans.items():
        for path, _, _, action in walk_actions(document):
            seen: Counter[str] = Counter()
            for n, name in enumerate(action.responsible):
                here = f"{path}.responsible[{n}]"
                codes = actors_named(name, document.plan.code, documents.actors.actors)
                if not codes:
                    yield DocumentProblem(file, here, f"no actor of {document.plan.code} is called “{name}”")
                elif len(codes) > 1:
                    yield DocumentProblem(file, here, f"“{name}” may be any of {', '.join(codes)}")
                elif seen[codes[0]]:
                    yield DocumentProblem(file, here, f"“{name}” is {codes[0]}, who is already responsible here")
                seen.update(codes)


def _actors_disagree(documents: Documents) -> Iterator[DocumentProblem]:
    actors = documents.actors.actors
    computed: dict[str, set[str]] = {actor.code: set() for actor in actors}
    for document in documents.plans.values():
        for _, _, _, action in walk_actions(document):
            for name in action.responsible:
                for code in actors_named(name, document.plan.code, actors):
                    computed[code].add(action.code)
    plans = {document.plan.code for document in documents.plans.values()}
    for n, actor in enumerate(actors):
        for code in sorted(computed[actor.code] ^ set(actor.responsible_for)):
            word = "does not name" if code in actor.responsible_for else "names"
            reason = f"{code} {word} {actor.code} as responsible"
            yield DocumentProblem(ACTORS_FILE, f"actors[{n}].responsible_for", reason)
        for code in sorted(set(actor.documents) - plans):
            yield DocumentProblem(ACTORS_FILE, f"actors[{n}].documents", f"there is no plan {code}")


def _calendars(documents: Documents) -> Iterator[DocumentProblem]:
    plans = Counter(document.plan.code for document in documents.plans.values())
    calendars = Counter(calendar.code for calendar in documents.calendars.calendars)
    for n, calendar in enumerate(documents.calendars.calendars):
        here = f"calendars[{n}]"
        if calendars[calendar.code] > 1:
            yield DocumentProblem(CALENDARS_FILE, f"{here}.code", f"{calendar.code} is defined twice")
        if calendar.zone not in available_timezones():
            yield DocumentProblem(CALENDARS_FILE, f"{here}.zone", f"there is no time zone {calendar.zone}")
        regions = list_supported_countries().get(calendar.country)
        if regions is None:
            yield DocumentProblem(CALENDARS_FILE, f"{here}.country", f"no holidays known for {calendar.country}")
        elif calendar.subdivision is not None and calendar.subdivision not in regions:
            reason = f"no holidays known for {calendar.country}-{calendar.subdivision}"
            yield DocumentProblem(CALENDARS_FILE, f"{here}.subdivision", reason)
    for plan, calendar_code in documents.calendars.plans.items():
        if plan not in plans:
            yield DocumentProblem(CALENDARS_FILE, f"plans.{plan}", f"there is no plan {plan}")
        if calendar_code not in calendars:
            yield DocumentProblem(CALENDARS_FILE, f"plans.{plan}", f"there is no calendar {calendar_code}")
    for plan in sorted(plans.keys() - documents.calendars.plans.keys()):
        yield DocumentProblem(CALENDARS_FILE, "plans", f"the plan {plan} has no calendar")


def _networks(documents: Documents) -> Iterator[DocumentProblem]:
    plans = {document.plan.code for document in documents.plans.values()}
    criteria = Counter(record.criterion for record in documents.networks.criteria)
    for n, network in enumerate(documents.networks.networks):
        for m, mention in enumerate(network.mentions):
            if mention.document not in plans:
                path = f"networks[{n}].mentions[{m}].document"
                yield DocumentProblem(NETWORKS_FILE, path, f"there is no plan {mention.document}")
    for n, record in enumerate(documents.networks.criteria):
        here = f"criteria[{n}]"
        if criteria[record.criterion] > 1:
            yield DocumentProblem(NETWORKS_FILE, f"{here}.criterion", f"{record.criterion} stands twice")
        for language in sorted(CRITERION_LANGUAGES - record.names.keys()):
            yield DocumentProblem(NETWORKS_FILE, f"{here}.names", f"has no name in {language}")


def _programmes(documents: Documents) -> Iterator[DocumentProblem]:
    codes = Counter(record.programme for record in documents.programmes.programmes)
    for n, record in enumerate(documents.programmes.programmes):
        here = f"programmes[{n}]"
        if codes[record.programme] > 1:
            yield DocumentProblem(PROGRAMMES_FILE, f"{here}.programme", f"{record.programme} stands twice")
        if record.zone not in available_timezones():
            yield DocumentProblem(PROGRAMMES_FILE, f"{here}.zone", f"there is no time zone {record.zone}")
        events = Counter(clock.event for clock in record.clocks)
        for event in sorted(event for event, number in events.items() if number > 1):
            yield DocumentProblem(PROGRAMMES_FILE, f"{here}.clocks", f"{event} stands twice")


def _themes(documents: Documents) -> Iterator[DocumentProblem]:
    actions = {action.code for plan in documents.plans.values() for _, _, _, action in walk_actions(plan)}
    actors = {actor.code for actor in documents.actors.actors}
    programmes = {record.programme for record in documents.programmes.programmes}
    themes = Counter(record.action for record in documents.themes.themes)
    for n, record in enumerate(documents.themes.themes):
        here = f"themes[{n}]"
        if themes[record.action] > 1:
            yield DocumentProblem(THEMES_FILE, f"{here}.action", f"{record.action} stands twice")
        for field, named, known in (
            ("action", (record.action,), actions),
            ("units", record.units, actors),
            ("programmes", record.programmes, programmes),
        ):
            for code in sorted(set(named) - known):
                yield DocumentProblem(THEMES_FILE, f"{here}.{field}", f"{code} is not defined in any document")
