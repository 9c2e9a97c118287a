"""A person's own address of the calendar of deadlines: calendar programs cannot sign in.

The key is derived from the person's code with the secret key. It opens the calendar and nothing else, and only as long
as the person has a role.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from models.contracts.staff import Staff
from models.tables.people import Person
from store.database import ReadSession
from store.staff import staff_of


def feed_key(secret: str, person_code: str) -> str:
    """The key of a person's calendar: their code, and what proves it. The purpose in the MAC is this one alone."""
    return f"{person_code}.{_proof(secret, person_code)}"


def _proof(secret: str, person_code: str) -> str:
    digest = hmac.new(secret.encode(), b"calendar-feed-v1|" + person_code.encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


async def feed_holder(session: ReadSession, secret: str, key: str) -> Staff | None:
    """Whose key it is; None where it is nobody's who is still here."""
    code, _, proof = key.rpartition(".")
    if not code or not hmac.compare_digest(_proof(secret, code).encode(), proof.encode()):
        return None
    person = await session.get(Person, code)
    return None if person is None or not person.active else await staff_of(session, person)
