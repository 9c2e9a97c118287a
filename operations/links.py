"""A person's own way into a task: a token that nobody can guess and everybody can carry.

The token is derived from the link's id with the secret key, so that every reminder can carry the same link
although only the token's hash is kept. A link serves until its task's collection has been closed for a while.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from models.tables.task import Link, Task

OPEN_AFTER_CLOSING = timedelta(days=60)
"""So long after the closing day a link still shows what was answered, though it takes nothing more."""


def token(secret: str, link_id: UUID) -> str:
    """The 43 characters of a link's token. The purpose in the MAC keeps it from opening anything else."""
    digest = hmac.new(secret.encode(), b"answer-link-v1|" + link_id.bytes, hashlib.sha256).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def token_hash(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_link(task: Task, person_code: str, closes_at: datetime, secret: str, now: datetime) -> Link:
    """A link for one person into one task."""
    link_id = uuid4()
    return Link(
        id=link_id,
        task_id=task.id,
        person_code=person_code,
        token_hash=token_hash(token(secret, link_id)),
        issued_at=now,
        expires_at=closes_at + OPEN_AFTER_CLOSING,
    )
