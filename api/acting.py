"""Carrying out what a form of the office asks for, and telling what stands against it: nothing typed is lost."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from starlette.requests import Request

from api.desk import Fault, Unfit, refusal_faults
from api.site import site_of
from models.contracts.mail import Language
from models.contracts.refusal import Refused
from models.policies.answers import read_number
from models.policies.typed_day import read_day
from operations.seeing import ChangedMeanwhile, Unseen
from store.database import WriteSession

NOTHING: Mapping[str, str] = MappingProxyType({})
_HOUR = re.compile(r"(.*?)[\s,]*\b(\d{1,2})[:.h](\d{2})\s*h?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Told:
    """What a form has to tell when it is shown: what was typed, what is wrong with it, what others did meanwhile."""

    typed: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    faults: Sequence[Fault] = ()
    events: Sequence[Unseen] = ()
    chosen: Mapping[str, Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))
    """The values of fields of which several can be chosen."""

    @property
    def status(self) -> int:
        """The status of its page."""
        return 409 if self.events else 422 if self.faults else 200

    def value(self, name: str, usual: object = "") -> object:
        """What stands in a field: what was typed, or else what is usual."""
        return self.typed.get(name, usual)


FRESH = Told()


async def carry_out(
    request: Request,
    fields: Mapping[str, str],
    act: Callable[[WriteSession], Awaitable[object]],
    *,
    at: str = "main",
    chosen: Mapping[str, Sequence[str]] | None = None,
) -> Told | None:
    """Do one thing in one transaction; gives what stands against it, or None once it is done.

    `at`: the id of the field that is led to where the operation says no.
    """
    kept: dict[str, Any] = {"typed": fields, "chosen": chosen or {}}
    try:
        async with site_of(request).database.transaction() as session:
            await act(session)
    except ChangedMeanwhile as meanwhile:
        return Told(events=meanwhile.events, **kept)
    except Unfit as unfit:
        return Told(faults=unfit.faults, **kept)
    except Refused as refusal:
        return Told(faults=refusal_faults(refusal, at), **kept)
    return None


def office_day(request: Request, now: datetime) -> date:
    """The day by the office's own clock."""
    return now.astimezone(ZoneInfo(site_of(request).settings.office_zone)).date()


async def chosen_in(request: Request, name: str) -> tuple[str, ...]:
    """Every value that was sent for a field, of a form that `read_fields` has read."""
    pairs = parse_qsl((await request.body()).decode("utf-8", "replace"))
    return tuple(dict.fromkeys(value.replace("\0", "") for each, value in pairs if each == name))


def seen_in(fields: Mapping[str, str]) -> int:
    """The number of the last event that the page of a form has shown; 0 where it does not say."""
    written = fields.get("seen", "")
    return int(written) if written.isascii() and written.isdecimal() and len(written) < 19 else 0  # noqa: PLR2004


def stop_at(faults: Sequence[Fault]) -> None:
    """Go no further where something has to be corrected.

    Raises:
        Unfit: there are faults.

    """
    if faults:
        raise Unfit(*faults)


def number_in(
    fields: Mapping[str, str], name: str, language: Language, faults: list[Fault], *, whole: bool = True
) -> Decimal | None:
    """The number that is typed into a field, as the reader writes numbers; None for nothing."""
    typed = fields.get(name, "").strip().removesuffix("€").strip()
    found = read_number(typed, language, whole=whole) if typed else None
    if isinstance(found, str) or (found is not None and whole and found != found.to_integral_value()):
        faults.append(Fault(name, "number_unread"))
        return None
    return found


def whole_in(fields: Mapping[str, str], name: str, language: Language, faults: list[Fault]) -> int | None:
    """The same where only a whole number will do."""
    found = number_in(fields, name, language, faults)
    return None if found is None else int(found)


def hour_in(fields: Mapping[str, str], name: str, faults: list[Fault]) -> time | None:
    """The hour that is typed into a field, as in 17:00; None for nothing."""
    typed = fields.get(name, "").strip()
    found = read_moment(typed, None)
    if typed and (found is None or found[1] is None):
        faults.append(Fault(name, "hour_unread"))
    return found[1] if found else None


def read_moment(written: str, after: date | None) -> tuple[date | None, time | None] | None:
    """A day with an hour behind it, an hour alone (`after` None), or a day alone; None where it cannot be read."""
    if after is not None and (alone := read_day(written, after)) is not None:
        return alone, None
    match = _HOUR.fullmatch(written.strip())
    day_written, hour = written, None
    if match:
        try:
            hour = datetime.strptime(f"{match[2]}:{match[3]}", "%H:%M").time()  # noqa: DTZ007 - a time of day
        except ValueError:
            return None
        day_written = match[1]
    if after is None:
        return (None, hour) if hour is not None and not day_written.strip() else None
    day = read_day(day_written, after)
    return None if day is None else (day, hour)
