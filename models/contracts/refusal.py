"""What is said when something cannot be done."""


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault
    """The order cannot be carried out, nothing was changed. Each problem is a sentence that names the thing."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
