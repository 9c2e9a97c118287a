"""Somebody on their way to the city's identity provider and back, where they prove who they are.

A visit is taken once: that it was stands in its row, and is written in one statement that only one of two who come back
at once can win. Its state is a secret that the browser holds as well, so that nobody is signed in as somebody else by a
link that they were sent.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, update

from models.tables.staff import ProviderVisit
from operations.links import token_hash
from operations.signing_in import CannotSignIn, Entered, enter
from store.database import WriteSession
from store.staff import staff_by_address

VISIT_LASTS = timedelta(minutes=10)
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Leaving:
    """What somebody takes along: the state, which comes back, and what the provider is shown or asked to repeat."""

    state: str
    nonce: str
    code_verifier: str


async def begin_visit(session: WriteSession, next_path: str, *, now: datetime) -> Leaving:
    """Note that somebody leaves for the provider, and where they want to go afterwards."""
    await session.execute(delete(ProviderVisit).where(ProviderVisit.expires_at < now - KEPT))
    leaving = Leaving(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))
    session.add(
        ProviderVisit(
            id=uuid4(),
            state_hash=token_hash(leaving.state),
            nonce=leaving.nonce,
            code_verifier=leaving.code_verifier,
            next_path=next_path,
            began_at=now,
            expires_at=now + VISIT_LASTS,
        )
    )
    return leaving


async def take_visit(session: WriteSession, state: str, *, now: datetime) -> ProviderVisit:
    """The visit from which somebody comes back with a state, once.

    Raises:
        CannotSignIn: there was none, it was taken, or it lasted too long.

    """
    visit: ProviderVisit | None = await session.scalar(
        update(ProviderVisit)
        .where(
            ProviderVisit.state_hash == token_hash(state),
            ProviderVisit.used_at.is_(None),
            ProviderVisit.expires_at > now,
        )
        .values(used_at=now)
        .returning(ProviderVisit)
    )
    if visit is None:
        raise CannotSignIn("visit")
    return visit


async def enter_by_provider(
    session: WriteSession, claims: Mapping[str, Any], claim: str, next_path: str, *, now: datetime
) -> Entered:
    """Sign in the person whose address stands in a claim.

    An `email` counts only where the provider says that it has checked it; of any other claim, which the city has
    chosen because nobody can change it themselves, where it does not say the contrary.

    Raises:
        CannotSignIn: the address was not checked, or is nobody's who has a role.

    """
    address, checked = claims.get(claim), claims.get("email_verified", claim != "email")
    if not isinstance(address, str) or checked is not True:
        raise CannotSignIn("unverified")
    person = await staff_by_address(session, address)
    if person is None:
        raise CannotSignIn("stranger")
    return await enter(session, person, "provider", next_path, now=now)
