"""The link through which the contact of a delegation says how its visit was.

Its token is made from the visit and the secret key, and nothing of it is kept.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

from settings import Settings

_PURPOSE = b"visit-feedback-v1|"
_ID_BYTES = 16
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def feedback_link(settings: Settings, process_id: UUID) -> str:
    """The address at which the contact of a visit says how it was; always the same for one visit."""
    return f"{settings.answer_url}/f/{_token(settings.secret_key.get_secret_value(), process_id)}"


def _token(secret: str, process_id: UUID) -> str:
    """The 43 characters that name a visit, and prove that we named it."""
    return urlsafe_b64encode(process_id.bytes + _mac(secret, process_id)).rstrip(b"=").decode()


def visit_of_token(secret: str, token: str) -> UUID | None:
    """The visit that a token names; None when it is not one of ours."""
    if not _TOKEN.fullmatch(token):
        return None
    named = urlsafe_b64decode(token + "=")
    process_id = UUID(bytes=named[:_ID_BYTES])
    return process_id if hmac.compare_digest(token, _token(secret, process_id)) else None


def _mac(secret: str, process_id: UUID) -> bytes:
    return hmac.new(secret.encode(), _PURPOSE + process_id.bytes, hashlib.sha256).digest()[:_ID_BYTES]
