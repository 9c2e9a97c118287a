"""Reading what people write in a file: every field that is missing, unknown or wrong is told, by its name."""

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError

from models.contracts.refusal import Refused
from models.policies.people_rows import trimmed, unprintable

Form = TypeVar("Form", bound=BaseModel)
LONGEST_LINE = 200
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_HOUR = re.compile(r"\d{1,2}:\d{2}")


def _line(text: str) -> str:
    text = trimmed(text)
    if not text:
        raise ValueError("must not be empty")
    if reason := unprintable(text):
        raise ValueError(reason)
    return text


def _written_day(value: object) -> str:
    if not isinstance(value, str) or not _DAY.fullmatch(value.strip()):
        raise ValueError("is not a day: write it as in 2027-03-09")
    return value.strip()


def _written_hour(value: object) -> str:
    if not isinstance(value, str) or not _HOUR.fullmatch(value.strip()):
        raise ValueError("is not an hour: write it as in 9:30")
    return value.strip().zfill(5)


Line = Annotated[str, AfterValidator(_line), Field(max_length=LONGEST_LINE)]
"""One line of text, fit to stand in a subject or a heading."""
Day = Annotated[date, BeforeValidator(_written_day)]
"""A local day."""
Hour = Annotated[time, BeforeValidator(_written_hour)]
"""A local hour and minute."""


def read_form(form: type[Form], content: Mapping[str, Any], *, unknown: str = "") -> Form:
    """The form that a mapping of YAML or JSON holds. `unknown`: what is said besides, where a field is unknown.

    Raises:
        Refused: every field that is missing, unknown or wrong, by its name.

    """
    try:
        return form.model_validate(content)
    except ValidationError as fault:
        problems = _problems(fault)
        if unknown and any(error["type"] == "extra_forbidden" for error in fault.errors(include_url=False)):
            problems.append(unknown)
        raise Refused(*problems) from fault


def _problems(fault: ValidationError) -> list[str]:
    errors = fault.errors(include_url=False)
    problems = []
    for error in errors:
        place = error["loc"]
        field = ".".join(str(part + 1) if isinstance(part, int) else part for part in place) or "the file"
        match error["type"]:
            case "extra_forbidden":
                problems.append(f"{field}: there is no such field.")
            case "missing":
                problems.append(f"{field}: is missing.")
            case "too_short":
                # A list whose parts are wrong counts as empty, too.
                if not any(other["loc"][: len(place)] == place for other in errors if other is not error):
                    problems.append(f"{field}: must not be empty.")
            case _:
                said = str(error.get("ctx", {}).get("error", error["msg"][:1].lower() + error["msg"][1:]))
                problems.append(f"{field}: {said.rstrip('.')}.")
    return problems
