"""Signing staff in: by a link in a mail that works once, or by the city's identity provider; and out.

A token is a random value of 256 bits of which only the hash is kept. That a link was used stands in its row, and is
written in one statement that only one of two who come at once can win.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import uuid4

from sqlalchemy import select, update

from models.contracts.mail import SignIn
from models.contracts.staff import Staff
from models.tables.people import Person
from models.tables.staff import SignInLink, StaffSession
from operations.audit import record
from operations.links import token_hash
from operations.notices import hand_over, reader_context, write
from settings import Settings
from store.database import ReadSession, WriteSession
from store.people import load_persons
from store.staff import links_since, signed_in, staff_by_address, staff_of

LINK_LASTS = timedelta(minutes=30)
SESSION_LASTS = timedelta(hours=12)
"""A working day; whoever is signed in signs in again the next morning."""
IDLE = timedelta(hours=2)
NOTED = timedelta(minutes=5)
"""How exactly it is known when somebody was last here; more would be a write for every page."""
MAILS_AN_HOUR, MAILS_A_DAY = 3, 8
Method = Literal["mail", "provider"]
Obstacle = Literal["used", "expired", "unknown", "visit", "declined", "provider", "unverified", "stranger"]


class CannotSignIn(Exception):  # noqa: N818 - an answer to the visitor, not a fault
    """The link or the visit opens nothing.

    `used`: it signed somebody in already. `expired`. `unknown`: cut short, forged, or of somebody without a role.
    By way of the provider: `visit`: begun elsewhere, taken or too old. `declined`: it sends them back without a proof.
    `provider`: it is away, or is not believed. `unverified`: it has not checked the address. `stranger`: no role.
    """

    def __init__(self, why: Obstacle) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody who is signed in now: the secret of their cookie, and where they wanted to go."""

    staff: Staff
    cookie: str
    next_path: str


async def send_link(session: WriteSession, settings: Settings, address: str, next_path: str, *, now: datetime) -> bool:
    """Send the person who has an address a link that signs them in; gives whether one was sent.

    Nobody who asks is told: an address that is nobody's, or had enough mails, gets none.
    """
    person = await staff_by_address(session, address)
    if person is None:
        return False
    await session.get_one(Person, person.code, with_for_update=True)
    asked = [await links_since(session, person.code, now - span) for span in (timedelta(hours=1), timedelta(days=1))]
    if asked[0] >= MAILS_AN_HOUR or asked[1] >= MAILS_A_DAY:
        return False
    token = await new_link(session, person.code, next_path, by="focal", now=now)
    facts = (await load_persons(session, [person.code]))[person.code]
    mail = write(
        settings,
        key=f"sign_in:{token_hash(token)[:32]}",
        name="sign_in",
        context=SignIn(
            **reader_context(settings, person.language, person.name),
            link=link_address(settings, token),
            minutes=int(LINK_LASTS.total_seconds() // 60),
        ),
        thread=f"sign_in:{token_hash(token)[:32]}",
        now=now,
        recipient=facts,
    )
    await hand_over(session, [mail])
    return True


async def new_link(session: WriteSession, person_code: str, next_path: str, *, by: str, now: datetime) -> str:
    """Make a link for a person; gives its token."""
    token = secrets.token_urlsafe(32)
    session.add(
        SignInLink(
            id=uuid4(),
            person_code=person_code,
            token_hash=token_hash(token),
            next_path=next_path,
            issued_at=now,
            expires_at=now + LINK_LASTS,
        )
    )
    record(session, "staff.link_issued", by=by, now=now, person=person_code)
    return token


def link_address(settings: Settings, token: str) -> str:
    """The address of a link."""
    return f"{settings.office_url}/sign-in/{token}"


async def look_at_link(session: ReadSession, token: str, *, now: datetime) -> SignInLink:
    """The link that a token opens; looking uses nothing up.

    Raises:
        CannotSignIn: it opens nothing.

    """
    link: SignInLink | None = await session.scalar(select(SignInLink).where(SignInLink.token_hash == token_hash(token)))
    if link is None:
        raise CannotSignIn("unknown")
    if link.used_at is not None:
        raise CannotSignIn("used")
    if link.expires_at <= now:
        raise CannotSignIn("expired")
    return link


async def enter_by_link(session: WriteSession, token: str, *, now: datetime) -> Entered:
    """Sign in whoever has a link; of two who use it at once, one.

    Raises:
        CannotSignIn: it opens nothing.

    """
    link = await look_at_link(session, token, now=now)
    won = await session.scalar(
        update(SignInLink)
        .where(SignInLink.id == link.id, SignInLink.used_at.is_(None))
        .values(used_at=now)
        .returning(SignInLink.id)
    )
    if won is None:
        raise CannotSignIn("used")
    person = await session.get_one(Person, link.person_code)
    return await enter(session, person, "mail", link.next_path, now=now)


async def enter(session: WriteSession, person: Person, method: Method, next_path: str, *, now: datetime) -> Entered:
    """Begin a session of a person who has proven who they are.

    Raises:
        CannotSignIn: they have no role.

    """
    staff = await staff_of(session, person)
    if not person.active or not staff.grants:
        raise CannotSignIn("unknown")
    cookie = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            id=uuid4(),
            person_code=person.code,
            token_hash=token_hash(cookie),
            method=method,
            began_at=now,
            seen_at=now,
            expires_at=now + SESSION_LASTS,
        )
    )
    record(session, "staff.signed_in", by=person.code, now=now, method=method)
    return Entered(staff, cookie, next_path)


async def who_is(session: ReadSession, cookie: str, *, now: datetime) -> tuple[StaffSession, Staff] | None:
    """Whose a cookie is, with the roles held now; None when the session has ended, was left alone, or holds none."""
    found = await signed_in(session, token_hash(cookie))
    if found is None:
        return None
    row, person = found
    if row.ended_at is not None or row.expires_at <= now or row.seen_at <= now - IDLE or not person.active:
        return None
    staff = await staff_of(session, person)
    return (row, staff) if staff.grants else None


def is_to_be_noted(row: StaffSession, now: datetime) -> bool:
    """Whether it is time to write down that somebody was here."""
    return row.seen_at <= now - NOTED


async def note_visit(session: WriteSession, row: StaffSession, *, now: datetime) -> None:
    """Write down that somebody was here."""
    await session.execute(
        update(StaffSession).where(StaffSession.id == row.id, StaffSession.seen_at < now).values(seen_at=now)
    )


async def leave(session: WriteSession, cookie: str, *, now: datetime) -> None:
    """End a session; ending it twice ends it once."""
    found = await signed_in(session, token_hash(cookie))
    if found is None or found[0].ended_at is not None:
        return
    ended = await session.scalar(
        update(StaffSession)
        .where(StaffSession.id == found[0].id, StaffSession.ended_at.is_(None))
        .values(ended_at=now)
        .returning(StaffSession.id)
    )
    if ended is not None:
        record(session, "staff.signed_out", by=found[1].code, now=now)
