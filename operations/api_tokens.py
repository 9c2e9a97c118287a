"""Tokens of programs of the city: issued once, shown with every request, revoked.

A token is a random value of 256 bits of which only the hash is kept. A name is given once, so that the record can be
read later: what a program does stands there as done by `api:<name>`.
"""

import re
import secrets
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import update

from models.contracts.mail import Language
from models.contracts.refusal import Refused, said
from models.contracts.staff import Grant, Role, Staff
from models.tables.people import Unit
from models.tables.staff import ApiToken
from operations.audit import record
from operations.links import token_hash
from store.api_tokens import token_of_hash, token_of_name
from store.database import ReadSession, WriteSession
from store.staff import units_below

PREFIX = "focal_"
"""By it, programs that look for lost secrets know one."""
NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")
MOST_DAYS = 730
NOTED = timedelta(minutes=5)


async def issue(
    session: WriteSession, name: str, role: Role, *, unit_code: str | None = None, days: int, by: str, now: datetime
) -> str:
    """Issue a token for a program, with a role for a unit and all below it, or for the whole city; gives the token.

    Raises:
        Refused: the name cannot be or was given before, there is no such unit, or it would be valid for too long.

    """
    if not NAME.fullmatch(name):
        raise Refused(said("A token is named with 2 to 40 small letters, digits and hyphens, as in “crm-visits”."))
    if not 1 <= days <= MOST_DAYS:
        raise Refused(said("A token is valid for 1 to %(most)s days.", most=MOST_DAYS))
    if unit_code is not None and await session.get(Unit, unit_code) is None:
        raise Refused(said("There is no unit with the code “%(unit)s”.", unit=unit_code))
    if await token_of_name(session, name) is not None:
        raise Refused(said("There is or was a token “%(name)s” already: give this one another name.", name=name))
    token = PREFIX + secrets.token_urlsafe(32)
    session.add(
        ApiToken(
            id=uuid4(),
            name=name,
            token_hash=token_hash(token),
            role=role,
            unit_code=unit_code,
            issued_at=now,
            issued_by=by,
            expires_at=now + timedelta(days=days),
        )
    )
    record(session, "token.issued", by=by, now=now, name=name, role=role, unit=unit_code, days=days)
    return token


async def revoke(session: WriteSession, name: str, *, by: str, now: datetime) -> None:
    """Take a token back; nothing can be done with it any more.

    Raises:
        Refused: there is none of this name, or it was revoked before.

    """
    row = await token_of_name(session, name)
    if row is None:
        raise Refused(said("There is no token “%(name)s”.", name=name))
    await session.refresh(row, with_for_update=True)
    if row.revoked_at is not None:
        raise Refused(said("The token “%(name)s” was revoked already.", name=name))
    row.revoked_at = now
    record(session, "token.revoked", by=by, now=now, name=name)


async def who_shows(
    session: ReadSession, token: str, language: Language, *, now: datetime
) -> tuple[ApiToken, Staff] | None:
    """Whose a token is, with what may be done with it; None where it opens nothing."""
    row = await token_of_hash(session, token_hash(token))
    if row is None or row.revoked_at is not None or row.expires_at <= now:
        return None
    code = row.unit_code
    units = (await units_below(session, [code]))[code] if code else None
    return row, Staff(f"api:{row.name}", row.name, language, (Grant(row.role, units),))


def is_to_be_noted(row: ApiToken, now: datetime) -> bool:
    """Whether it is time to write down that a token was shown."""
    return row.used_at is None or row.used_at <= now - NOTED


async def note_use(session: WriteSession, row: ApiToken, *, now: datetime) -> None:
    """Write down that a token was shown."""
    await session.execute(update(ApiToken).where(ApiToken.id == row.id).values(used_at=now))
