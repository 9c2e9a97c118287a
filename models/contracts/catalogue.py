"""The plans as their documents give them, strictly typed: what is not listed here is an error.

A document is the record of a printed plan. Plan, axes, objectives, actions, indicators and actors are read
whole; the sections that tell about the plan (`governance`, `delegations`, ...) are kept as they are, and only
the codes in them are checked.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from models.contracts.answering import IndicatorUnit
from models.contracts.changes import Changes
from models.contracts.mail import Language


def _one_line(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    if any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in text):
        raise ValueError("must be one line without control characters")
    return text


Part = TypeVar("Part")
Many = Annotated[tuple[Part, ...], Field(strict=False)]
"""A YAML list; strictness goes on inside it."""
Line = Annotated[str, AfterValidator(_one_line)]
"""One line of text, fit to stand in a subject or a heading."""
Code = Annotated[str, Field(pattern=r"^[A-Z]+(-[A-Za-z0-9.]+)+$")]
PlanCode = Annotated[str, Field(pattern=r"^[A-Z]+$")]
Section = dict[str, Any]


class Record(BaseModel):
    """A part of a document: no key more, no value of another type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Coded(Record):
    """Something the plan lists by title."""

    code: Code
    title: Line


class TitleVariant(Record):
    """Another wording of a title in the same plan, and where it stands."""

    where: str
    text: str


class SourceLines(Record):
    """Where an action stands in the source: in the running text and in the table of indicators."""

    text: str
    table: str


class DuplicateActivity(Record):
    """Printed item `item` repeats printed item `repeats`; both count from 1."""

    item: int
    repeats: int


class IndicatorRecord(Record):
    """One indicator; `cumulative` is a flow whose periods add up, else the latest value stands."""

    code: Code
    name: Line
    unit: IndicatorUnit
    unit_note: str
    cumulative: bool
    cumulative_note: str | None = None
    name_as_printed: str | None = None
    note: str | None = None


class ExpectedResult(Record):
    """A result the plan expects; which actions lead to it is inferred."""

    code: Code
    title: Line
    inferred_actions: Many[Code]


class ActionRecord(Record):
    """One action; `responsible` holds the names as printed, the first leads."""

    code: Code
    title: Line
    number: str | None = None
    title_in_table: str | None = None
    title_in_text: str | None = None
    title_note: str | None = None
    responsible: Many[Line]
    indicators: Many[IndicatorRecord]
    period: str | None
    rhythm: str | None = None
    activities: Many[str]
    duplicate_activities: Many[DuplicateActivity] = ()
    elements: Many[str] = ()
    participates: Many[str]
    expected_results: Many[ExpectedResult]
    from_prose: bool = False
    source_lines: str | SourceLines
    note: str | None = None


class ObjectiveRecord(Record):
    """An objective or instrument; `implicit` where the plan has no level between axis and action."""

    code: Code
    title: Line
    number: int | str | None = None
    kind: str | None = None
    implicit: bool = False
    title_variants: Many[TitleVariant] = ()
    source_lines: str | None = None
    note: str | None = None
    actions: Many[ActionRecord]


class AxisRecord(Record):
    """An axis, line or transversal element."""

    code: Code
    title: Line
    kind: Line
    title_variants: Many[TitleVariant] = ()
    priority_zones_and_institutions: str | None = None
    source_lines: str | None = None
    note: str | None = None
    objectives: Many[ObjectiveRecord]
    expected_results: Many[ExpectedResult] = ()


class PlanRecord(Record):
    """What a plan says of itself. `period` is read by `models.policies.catalogue.read_period`."""

    code: PlanCode
    title: Line
    institution: Line
    period: str | None
    language: str
    source_file: str
    period_note: str | None = None
    title_note: str | None = None
    unit: str | None = None
    coordinating_unit: str | None = None
    approved_by: str | None = None
    approved_on: str | None = None
    published: str | None = None
    editions: Many[str] = ()
    framework: Many[str] = ()
    aligned_documents: Many[str] = ()
    transversal_elements_of_the_ajuntament: Many[str] = ()
    general_objective: str | None = None
    general_objectives: Many[Coded] = ()
    general_objectives_note: str | None = None
    specific_objectives: Many[Coded] = ()
    specific_objectives_note: str | None = None
    core_objectives: Many[Coded] = ()
    main_lines: Many[Coded] = ()
    fields_of_action: Many[Coded] = ()
    priority_markets: Many[str] = ()
    priority_themes: dict[str, Many[str]] | None = None


class PlanDocument(Record):
    """One plan's file. Below `axes` stand the sections that are kept as they are."""

    plan: PlanRecord
    conventions: Section
    counts: Section
    axes: Many[AxisRecord]

    horizontal_principles: Section
    evaluation_criteria: Section
    governance: Section
    network_continuation_criteria: Section
    delegations: Section
    eu_funding: Section
    networks: Section | None = None
    targets: Many[Section] = ()
    facts: Many[Section] = ()
    forms_of_intervention: Many[Section] = ()
    geographic_zones: Many[Section] = ()
    priority_zones: Many[Coded] = ()
    priority_zones_note: str | None = None
    dated_events: Many[Section] = ()
    international_days_and_campaigns: Many[Section] = ()
    indicator_name_variants: Many[Section] = ()
    source_disagreements: Many[Section]


class ActorRecord(Record):
    """Somebody the plans name. A printed name means this actor in the plans listed in `documents` only."""

    code: Code
    name: Line
    variants: Many[Line] = ()
    variants_inferred: Many[Line] = ()
    institution: Line
    type: Line
    role: str
    documents: Many[PlanCode]
    responsible_for: Many[Code] = ()
    participates_in: Many[Code] = ()
    named_in_source_as: Many[str] = ()
    note: str | None = None
    created: int | None = None
    coordinator: str | None = None
    members: Many[str] = ()
    meeting_frequency: str | None = None
    model: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Every form under which a plan may print this actor."""
        return (self.name, *self.variants, *self.variants_inferred)


class ActorsDocument(Record):
    """The file of actors."""

    conventions: Section
    counts: Section
    actors: Many[ActorRecord]


class CalendarRecord(Record):
    """The days of one place: an IANA time zone, and the country and region whose holidays hold."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    zone: str
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    subdivision: str | None


class CalendarsDocument(Record):
    """The file of calendars: which there are, and which plan goes by which."""

    calendars: Many[CalendarRecord]
    plans: dict[PlanCode, str]


class Mention(Record):
    """What one plan says of a network."""

    document: PlanCode
    relation: Line


class NetworkRecord(Record):
    """A city network that a plan names, with the codes of the actions that do."""

    code: Annotated[str, Field(pattern=r"^NET-[A-Z0-9_]+$")]
    name: Line
    aliases: Many[Line] = ()
    acronym: Line | None = None
    kind: Line
    scope: Line
    mentions: Many[Mention]
    actions: Many[Code] = ()

    @property
    def other_names(self) -> tuple[str, ...]:
        """Every name but the first, each once."""
        return tuple(dict.fromkeys(name for name in (*self.aliases, self.acronym) if name and name != self.name))


class CriterionRecord(Record):
    """A criterion of a plan for staying in a network, in the languages of those who score it."""

    criterion: Code
    names: dict[Language, Line]


class NetworksDocument(Record):
    """The file of networks and of the criteria by which the city stays in one."""

    conventions: Section
    counts: Section
    criteria: Many[CriterionRecord]
    networks: Many[NetworkRecord]


ProgrammeCode = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]


class ClockRecord(Record):
    """How long one thing takes in a programme; see `models/tables/calls.py: ProgrammeClock`."""

    event: Literal["stage_result", "result", "signature", "report", "reserve", "records"]
    amount: Annotated[int, Field(ge=1, le=400)]
    unit: Literal["months", "days"]
    counted_from: Literal["deadline", "result", "period_end", "project_end", "last_asked"]
    source: Line
    checked_on: date
    certain: bool


class ProgrammeRecord(Record):
    """A funding programme, the hour of its deadlines (`17:00`) by the clock of a zone, and its own clocks."""

    programme: ProgrammeCode
    name: Line
    portal_code: Annotated[str, Field(pattern=r"^\d+$")] | None = None
    hour: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    zone: str
    clocks: Many[ClockRecord] = ()


class ProgrammesDocument(Record):
    """The file of programmes."""

    conventions: Section
    programmes: Many[ProgrammeRecord]


class ThemeRecord(Record):
    """What an action of a plan looks for in calls, and the units that are asked, the first of which leads."""

    action: Code
    units: Annotated[Many[Code], Field(min_length=1)]
    keywords: Annotated[Many[Line], Field(min_length=1)]
    programmes: Many[ProgrammeCode] = ()


class ThemesDocument(Record):
    """The file of themes."""

    conventions: Section
    themes: Many[ThemeRecord]


@dataclass(frozen=True, slots=True)
class Documents:
    """Everything that was read; plans by the name of their file."""

    plans: Mapping[str, PlanDocument]
    actors: ActorsDocument
    calendars: CalendarsDocument
    networks: NetworksDocument
    programmes: ProgrammesDocument
    themes: ThemesDocument


@dataclass(frozen=True, slots=True)
class DocumentProblem:
    """One thing wrong, in which file and where in it: `axes[0].title`, `line 12`, or empty for all of it."""

    file: str
    path: str
    reason: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.path, self.reason) if part)


class UnreadableDocuments(Exception):  # noqa: N818 - named after what is wrong
    """The documents cannot be used; every problem is listed."""

    def __init__(self, problems: tuple[DocumentProblem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class CatalogueCounts(BaseModel):
    """What loading the documents did, level by level."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    calendars: Changes
    actors: Changes
    plans: Changes
    axes: Changes
    objectives: Changes
    actions: Changes
    responsibles: Changes
    indicators: Changes
    networks: Changes
    criteria: Changes
    programmes: Changes
    programme_clocks: Changes
    call_themes: Changes
