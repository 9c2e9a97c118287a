"""A call that a person writes down, because no feed lists it: URBACT, Interreg, EUI, DUT."""

import re
from collections.abc import Mapping
from html import escape
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from models.contracts.calls import DeadlineModel, DeadlineRead, ReadCall
from models.contracts.forms import Day, Hour, Line, read_form
from models.contracts.refusal import Refused, said
from models.policies.people_rows import visible

LARGEST_BUDGET = 10**11
LONGEST_TEXT = 20_000
MOST_DEADLINES = 20
MOST_KEYWORDS = 50
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,79}")
_URL = re.compile(r"https://[^\s/@\"<>]+(/[^\s\"<>]*)?")


def _identifier(text: str) -> str:
    if not _IDENTIFIER.fullmatch(text):
        raise ValueError(said("is not an identifier: write letters, digits, dots and dashes, as in URBACT-2027-APN"))
    return text


def _url(text: str) -> str:
    if not _URL.fullmatch(text):
        raise ValueError(said("is not an address that can be opened: write it as in https://urbact.eu/calls"))
    return text


def _copied(value: object) -> object:
    return visible(value) if isinstance(value, str) else value


Copied = Annotated[Line, BeforeValidator(_copied)]
"""A line that was copied from a page, without what is invisible in it."""
Identifier = Annotated[str, AfterValidator(_identifier)]
"""How a call is named: letters, digits, dots and dashes, 3 to 80."""
Euros = Annotated[int, Field(ge=1, le=LARGEST_BUDGET)]


class Part(BaseModel):
    """A part of what was written down; what is not listed is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class EnteredDeadline(Part):
    """`hour` of the programme's clock on `day`; without an hour, at the programme's usual one."""

    day: Day
    hour: Hour | None = None


class CallEntry(Part):
    """A call as a person writes it down. Its deadlines are given in the order of their days; money in whole euros."""

    identifier: Identifier
    programme: Line
    title: Copied
    url: Annotated[Line, AfterValidator(_url)]
    opens_on: Day | None = None
    deadlines: Annotated[tuple[EnteredDeadline, ...], Field(min_length=1, max_length=MOST_DEADLINES)]
    deadline_model: DeadlineModel | None = None
    """By default: single_stage with one deadline; of several it has to be said."""
    budget: Euros | None = None
    largest_grant: Euros | None = None
    grants: Annotated[int, Field(ge=1, le=9999)] | None = None
    keywords: Annotated[tuple[Copied, ...], Field(max_length=MOST_KEYWORDS)] = ()
    description: Annotated[str, Field(max_length=LONGEST_TEXT)] = ""
    """Plain text."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        days = [deadline.day for deadline in self.deadlines]
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise ValueError(said("deadlines have to be in the order of their days, each day once"))
        if self.opens_on is not None and self.opens_on > days[0]:
            raise ValueError(said("it cannot open after its first deadline"))
        model = self.model
        if model is None:
            raise ValueError(said("say with deadline_model what several deadlines are: two_stage or cut_offs"))
        if model != "cut_offs" and len(days) > {"single_stage": 1, "two_stage": 2}[model]:
            raise ValueError(said("a call that is %(model)s has no %(count)s deadlines", model=model, count=len(days)))
        return self

    @property
    def model(self) -> DeadlineModel | None:
        """What its deadlines are."""
        return self.deadline_model or ("single_stage" if len(self.deadlines) == 1 else None)

    def as_read(self, usual: DeadlineRead) -> ReadCall:
        """The call as the register takes it; `usual` has the programme's hour and zone."""
        deadlines = tuple(
            DeadlineRead(day=each.day, hour=each.hour or usual.hour, zone=usual.zone, entered=each.hour is not None)
            for each in self.deadlines
        )
        paragraphs = [part.strip() for part in re.split(r"\n\s*\n", self.description) if part.strip()]
        return ReadCall(
            **self.model_dump(include={"identifier", "programme", "title", "url", "opens_on"}),
            **self.model_dump(include={"budget", "largest_grant", "grants", "keywords"}),
            kind="entered",
            deadline_model=self.model or "single_stage",
            deadlines=deadlines,
            description="".join(f"<p>{escape(part)}</p>" for part in paragraphs),
        )


def read_identifier(text: str) -> str:
    """An identifier that somebody gives to a call.

    Raises:
        Refused: it cannot be one.

    """
    try:
        return _identifier(text.strip())
    except ValueError as fault:
        raise Refused(said("“%(text)s” %(fault)s.", text=text, fault=fault.args[0])) from fault


def read_entry(content: Mapping[str, Any]) -> CallEntry:
    """The call that a mapping of YAML or JSON holds; see `read_form`."""
    return read_form(CallEntry, content)
