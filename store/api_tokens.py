"""Queries on the tokens that programs of the city show."""

from sqlalchemy import select

from models.tables.staff import ApiToken
from store.database import ReadSession


async def token_of_hash(session: ReadSession, token_hash: str) -> ApiToken | None:
    """The token of a hash, revoked or not."""
    return await session.scalar(select(ApiToken).where(ApiToken.token_hash == token_hash))


async def token_of_name(session: ReadSession, name: str) -> ApiToken | None:
    """The token of a name, revoked or not."""
    return await session.scalar(select(ApiToken).where(ApiToken.name == name))


async def tokens(session: ReadSession) -> list[ApiToken]:
    """Every token there ever was, by name."""
    return list(await session.scalars(select(ApiToken).order_by(ApiToken.name)))
