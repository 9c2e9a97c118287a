"""What is said of a file that cannot be imported."""

from dataclasses import dataclass

from models.contracts.refusal import Said, said


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct. `line` counts the lines of the file from 1 and is 0 where it concerns all of it."""

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        return str(self.sentence)

    @property
    def sentence(self) -> Said:
        """All of it, for a page to say in the reader's language."""
        place = said("%(file)s, line %(line)s", file=self.file, line=self.line) if self.line else self.file
        if self.column:
            return said("%(place)s: %(column)s: %(reason)s", place=place, column=self.column, reason=self.reason)
        return said("%(place)s: %(reason)s", place=place, reason=self.reason)
