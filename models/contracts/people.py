"""What an import of people takes, what it says when it cannot be done, and what it did."""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from models.contracts.changes import Changes
from models.contracts.files import Problem


@dataclass(frozen=True, slots=True)
class PeopleFile:
    """One CSV file as it came: its name, only for telling files apart, and its bytes."""

    name: str
    content: bytes


class PeopleProblems(Exception):  # noqa: N818 - named after what is wrong
    """The files cannot be imported and nothing was; every problem is listed, in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class ImportSummary(BaseModel):
    """What an import did, or would do if it is a dry run, by kind. An import removes nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    units: Changes
    persons: Changes
    focal_points: Changes
    absences: Changes
