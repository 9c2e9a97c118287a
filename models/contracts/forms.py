"""Reading what people write in a file: every field that is missing, unknown or wrong is told, by its name."""

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError
from pydantic_core import ErrorDetails

from models.contracts.refusal import Refused, Said, all_said, said
from models.policies.people_rows import trimmed, unprintable

Form = TypeVar("Form", bound=BaseModel)
LONGEST_LINE = 200
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_HOUR = re.compile(r"\d{1,2}:\d{2}")


def _line(text: str) -> str:
    text = trimmed(text)
    if not text:
        raise ValueError(said("must not be empty"))
    if reason := unprintable(text):
        raise ValueError(reason)
    return text


def _written_day(value: object) -> str:
    if not isinstance(value, str) or not _DAY.fullmatch(value.strip()):
        raise ValueError(said("is not a day: write it as in 2027-03-09"))
    return value.strip()


def _written_hour(value: object) -> str:
    if not isinstance(value, str) or not _HOUR.fullmatch(value.strip()):
        raise ValueError(said("is not an hour: write it as in 9:30"))
    return value.strip().zfill(5)


FIELDS: Mapping[str, Said] = {
    str(name): name
    for name in (
        said("address"),
        said("budget"),
        said("calendar"),
        said("city"),
        said("contact"),
        said("country"),
        said("day"),
        said("deadline_model"),
        said("deadlines"),
        said("description"),
        said("end"),
        said("first_day"),
        said("grants"),
        said("head"),
        said("host"),
        said("hosts"),
        said("hour"),
        said("identifier"),
        said("keywords"),
        said("kind"),
        said("language"),
        said("largest_grant"),
        said("last_day"),
        said("men"),
        said("name"),
        said("office"),
        said("opens_on"),
        said("organisation"),
        said("others"),
        said("people"),
        said("place"),
        said("plan"),
        said("programme"),
        said("slots"),
        said("start"),
        said("theme"),
        said("themes"),
        said("title"),
        said("url"),
        said("women"),
    )
}
"""The fields of all forms, so that a page can name them in the reader's language."""

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
    problems: list[str] = []
    for error in errors:
        place = error["loc"]
        parts = [str(part + 1) if isinstance(part, int) else FIELDS.get(part, part) for part in place]
        field = all_said(parts, between=".") if parts else said("the file")
        match error["type"]:
            case "extra_forbidden":
                problems.append(said("%(field)s: there is no such field.", field=field))
            case "missing":
                problems.append(said("%(field)s: is missing.", field=field))
            case "too_short":
                # A list whose parts are wrong counts as empty, too.
                if not any(other["loc"][: len(place)] == place for other in errors if other is not error):
                    problems.append(said("%(field)s: must not be empty.", field=field))
            case _:
                problems.append(said("%(field)s: %(fault)s.", field=field, fault=_fault(error)))
    return problems


def _fault(error: ErrorDetails) -> str:
    """What is wrong with a field, without a full stop: what a validator of ours says, or pydantic's own words."""
    around = error.get("ctx", {})
    match error["type"]:
        case "value_error":
            problem = around["error"].args[0]
            return problem if isinstance(problem, Said) else str(problem).rstrip(".")
        case "string_too_long":
            return said("string should have at most %(max_length)s characters", **around)
        case "greater_than_equal":
            return said("input should be greater than or equal to %(ge)s", **around)
        case "less_than_equal":
            return said("input should be less than or equal to %(le)s", **around)
        case "too_long" if around["field_type"] == "Tuple":
            return said(
                "tuple should have at most %(max_length)s items after validation, not %(actual_length)s", **around
            )
        case "too_long":
            return said(
                "value should have at most %(max_length)s items after validation, not %(actual_length)s", **around
            )
        case "int_type":
            return said("input should be a valid integer")
        case "int_parsing":
            return said("input should be a valid integer, unable to parse string as an integer")
        case "string_type":
            return said("input should be a valid string")
        case "literal_error":
            return said("input should be %(expected)s", **around)
        case _:
            return error["msg"][:1].lower() + error["msg"][1:].rstrip(".")
